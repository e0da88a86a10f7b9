/** The two questions that the page asks: start again, and which of two drafts to go on with. */
import { problemInWords } from "./api.ts";
import { el } from "./dom.ts";
import type { Say } from "./strings.ts";
import type { Snapshot } from "./types.ts";

export interface ResetActions {
	code(): Promise<void>;
	broker(): Promise<void>;
	snapshots(): Promise<Snapshot[]>;
	restore(snapshot: Snapshot): Promise<void>;
}

/** Opens the dialog for starting again: the program, the broker, or a snapshot from before. */
export function askReset(say: Say, actions: ResetActions): void {
	const list = el("ul", { class: "snapshots" });
	const error = el("p", { class: "warn", role: "alert" });
	const dialog = el("dialog", { class: "sheet-dialog", "aria-labelledby": "reset-title" });
	const doing = (work: () => Promise<void>) => async (): Promise<void> => {
		try {
			await work();
			dialog.close();
		} catch (problem) {
			error.textContent = problemInWords(problem, say);
		}
	};
	const choice = (name: string, note: string, work: () => Promise<void>): HTMLElement =>
		el("div", { class: "choice" }, el("button", { type: "button", class: "btn", click: doing(work) }, name), el("span", {}, note));
	dialog.append(
		el("h2", { id: "reset-title" }, say("reset.title")),
		choice(say("reset.code"), say("reset.code.long"), () => actions.code()),
		choice(say("reset.broker"), say("reset.broker.long"), () => actions.broker()),
		el("h3", {}, say("reset.snapshots")),
		list,
		error,
		el("form", { method: "dialog" }, el("button", { class: "btn" }, say("cancel"))),
	);
	void fillSnapshots(list, say, actions, doing).catch((problem: unknown) => (error.textContent = problemInWords(problem, say)));
	show(dialog);
}

type Doing = (work: () => Promise<void>) => () => Promise<void>;

async function fillSnapshots(list: HTMLElement, say: Say, actions: ResetActions, doing: Doing): Promise<void> {
	const snapshots = await actions.snapshots();
	const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
	const rows = snapshots.slice(0, 30).map((s) => {
		const name = when.format(new Date(s.at));
		const reason = s.reason ? say.any(`reset.reason.${s.reason}`, s.reason) : "";
		const button = el("button", { type: "button", class: "btn", "aria-label": `${say("reset.restore")}: ${name}`, click: doing(() => actions.restore(s)) }, say("reset.restore"));
		return el("li", {}, el("time", { datetime: s.at }, name), el("span", {}, reason), button);
	});
	list.replaceChildren(...(rows.length > 0 ? rows : [el("li", { class: "quiet" }, say("reset.none"))]));
}

/** Asks which of two drafts to go on with. Resolves with the answer; Escape keeps this one. */
export function askConflict(say: Say): Promise<"mine" | "theirs"> {
	return new Promise((resolve) => {
		const answer = (value: string, text: string, primary: boolean): HTMLElement => el("button", { class: primary ? "btn go" : "btn", value }, text);
		const dialog = el(
			"dialog",
			{ class: "sheet-dialog", "aria-labelledby": "conflict-title" },
			el("h2", { id: "conflict-title" }, say("conflict.title")),
			el("p", {}, say("conflict.text")),
			el("form", { method: "dialog", class: "answers" }, answer("theirs", say("conflict.theirs"), false), answer("mine", say("conflict.mine"), true)),
		);
		dialog.addEventListener("close", () => resolve(dialog.returnValue === "theirs" ? "theirs" : "mine"));
		show(dialog);
	});
}

function show(dialog: HTMLDialogElement): void {
	dialog.addEventListener("close", () => dialog.remove());
	dialog.addEventListener("click", (e) => e.target === dialog && dialog.close());
	document.body.append(dialog);
	dialog.showModal();
}
