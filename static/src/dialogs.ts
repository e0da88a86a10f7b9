/** The two questions that the page asks: start again, and which of two drafts to go on with. */
import { problemInWords } from "./api.ts";
import { el } from "./dom.ts";
import { times } from "./snapshots.ts";
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
		el("h2", { id: "reset-title", tabindex: -1 }, say("reset.title")),
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
	const shown = snapshots.slice(0, 30);
	const names = times(shown.map((s) => s.at), document.documentElement.lang);
	const rows = shown.map((s, i) => {
		const facts = [reasonOf(s, say), s.lines ? say.count("reset.lines", s.lines) : ""].filter(Boolean).join(", ");
		const button = el("button", { type: "button", class: "btn", "aria-label": `${say("reset.restore")}: ${names[i]}, ${facts}`, click: doing(() => actions.restore(s)) }, say("reset.restore"));
		return el("li", {}, el("time", { datetime: s.at }, names[i]), el("span", {}, facts), button);
	});
	list.replaceChildren(...(rows.length > 0 ? rows : [el("li", { class: "quiet" }, say("reset.none"))]));
}

function reasonOf({ reason, score }: Snapshot, say: Say): string {
	if (reason === "submit" && score) return say("reset.submitted", score);
	return reason ? say.any(`reset.reason.${reason}`, reason) : "";
}

export interface Versions {
	/** When each was written last; null when that is not known. */
	mine: Date | null;
	theirs: Date | null;
	/** In how many lines they differ. */
	lines: number;
}

/** Asks which of two drafts to go on with. Resolves with the answer; Escape keeps this one. */
export function askConflict(say: Say, versions: Versions): Promise<"mine" | "theirs"> {
	return new Promise((resolve) => {
		const answer = (value: string, text: string, primary: boolean): HTMLElement => el("button", { class: primary ? "btn go" : "btn", value }, text);
		const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium" });
		const age = (name: "conflict.this" | "conflict.other", at: Date | null): HTMLElement[] => (at ? [el("dt", {}, say(name)), el("dd", {}, when.format(at))] : []);
		const dialog = el(
			"dialog",
			{ class: "sheet-dialog", "aria-labelledby": "conflict-title" },
			el("h2", { id: "conflict-title", tabindex: -1 }, say("conflict.title")),
			el("p", {}, say.count("conflict.differ", versions.lines), " ", say("conflict.text")),
			el("dl", { class: "versions" }, ...age("conflict.this", versions.mine), ...age("conflict.other", versions.theirs)),
			el("form", { method: "dialog", class: "answers" }, answer("theirs", say("conflict.theirs"), false), answer("mine", say("conflict.mine"), true)),
		);
		dialog.addEventListener("close", () => resolve(dialog.returnValue === "theirs" ? "theirs" : "mine"));
		show(dialog);
	});
}

/** Opens a dialog. The focus is on its heading: no answer is chosen by a key that was meant for something else. */
function show(dialog: HTMLDialogElement): void {
	dialog.addEventListener("close", () => dialog.remove());
	dialog.addEventListener("click", (e) => e.target === dialog && dialog.close());
	document.body.append(dialog);
	dialog.showModal();
	dialog.querySelector("h2")?.focus();
}
