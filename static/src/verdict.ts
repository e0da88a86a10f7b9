/**
 * The verdict, in the order in which a student needs it: the sentence, the strip of fault
 * points, why with its lines, hints; the picture and the events follow in panels of their own.
 */
import { el, inline } from "./dom.ts";
import { read, write } from "./panes.ts";
import type { Say } from "./strings.ts";
import type { Check, Span, Verdict } from "./types.ts";

export interface Actions {
	line(line: number, file?: string): void;
	hint(task: number, tier: number): void;
	/** The file whose lines need no name. */
	main(): string;
	/** Shows what happened under one of the faults; `number` counts from 1. Reports whether it could. */
	run(attempt: number, schedule: string, number: number): Promise<boolean>;
}

/** Where the page keeps how much room its verdict took: its width and height, in pixels. */
const roomKey = `verdict-room ${location.pathname}`;

export class VerdictPanel {
	/** The next stop of Tab after Submit, once there is a verdict: seen while it has the focus. */
	readonly way: HTMLElement;
	private readonly stale: HTMLElement;

	constructor(private readonly place: HTMLElement, private readonly say: Say, private readonly actions: Actions, promise: string) {
		this.stale = el("p", { class: "stale", hidden: true });
		place.setAttribute("aria-label", say("verdict.title"));
		place.setAttribute("role", "region");
		place.tabIndex = -1;
		this.way = el("a", { href: `#${place.id}`, class: "way-to", hidden: true, click: (e: Event) => this.arrive(e) }, say("verdict.way"));
		this.note(promise);
	}

	/** Shows a sentence in place of a verdict: none yet, received, our fault. What stands below stays where it is. */
	note(text: string): void {
		const before = this.place.dataset["status"];
		if (before && before !== "none") this.place.style.minHeight = `${this.place.offsetHeight}px`;
		this.place.dataset["status"] = "none";
		this.place.replaceChildren(el("p", { class: "quiet" }, text));
	}

	/** A verdict from before is on its way: what stands below it is put where it will be. */
	expect(): void {
		const [width, height] = (read(roomKey) ?? "").split(" ");
		if (width === String(this.place.clientWidth)) this.place.style.minHeight = `${Number(height)}px`;
	}

	/** Says that the program, or an answer beside it, is not any more what was judged. */
	outdated(what: "written" | "answered"): void {
		if (this.stale.hidden) this.stale.textContent = this.say(what === "answered" ? "answers.stale" : "verdict.stale");
		this.stale.hidden = false;
	}

	/** Shows the verdict of an attempt. */
	show(verdict: Verdict, attempt: number): void {
		this.place.dataset["status"] = verdict.status;
		this.place.style.minHeight = "";
		this.way.hidden = false;
		this.stale.hidden = true;
		this.place.replaceChildren(
			this.headline(verdict),
			this.stale,
			...this.strip(verdict, attempt),
			...(verdict.why?.length ? [el("p", { class: "why" }, ...this.spans(verdict.why))] : []),
			el("div", { class: "more" }, ...this.hints(verdict), ...this.checks(verdict.checks ?? []), ...this.replay(verdict, attempt)),
		);
		requestAnimationFrame(() => write(roomKey, `${this.place.clientWidth} ${this.place.offsetHeight}`));
	}

	private arrive(e: Event): void {
		e.preventDefault(); // The address stays as it is.
		this.place.focus();
		this.place.scrollIntoView({ block: "nearest" });
	}

	private headline(v: Verdict): HTMLElement {
		const facts = [
			v.survived && v.survived.of > 0 ? this.say("verdict.survives", { n: v.survived.n, of: v.survived.of }) : "",
			v.real ? this.say("verdict.real") : "",
			v.score ? this.say("verdict.points", { points: v.score.points, of: v.score.of }) : "",
		].filter(Boolean);
		const mark = v.mark ?? (v.status === "passed" ? "✓" : "✕");
		return el("h2", {}, el("span", { class: "mark-of", "aria-hidden": "true" }, mark), el("span", { class: "sentence" }, v.sentence), el("small", {}, facts.join(" · ")));
	}

	/**
	 * The strip: one stop for Tab, arrows inside. What a point says stands under it while it is
	 * pointed at, so it needs no pointer; a click or Enter goes through its run in the player.
	 */
	private strip({ points = [], survived, replay }: Verdict, attempt: number): HTMLElement[] {
		if (points.length === 0) return [];
		const said = el("p", { class: "said", "aria-live": "polite" });
		let shown = points.findIndex((p) => replay ? p.id === replay.schedule : p.outcome === "failed"); // -1: the verdict tells of a run that is none of these.
		const buttons = points.map((point, i) => {
			const name = `${i + 1}. ${point.title || `${point.label}: ${this.say.any(`verdict.point.${point.outcome}`, point.outcome)}`}`;
			return el("button", { type: "button", class: point.outcome, title: name, "aria-label": name, tabindex: -1 });
		});
		const words = buttons.map((b) => b.title);
		const tell = (i: number): void => { said.textContent = words[i] ?? ""; };
		const mark = (i: number): void => {
			shown = i;
			buttons.forEach((b, j) => b.toggleAttribute("aria-current", i === j));
			rove(i);
		};
		const rove = (i: number): void => {
			buttons.forEach((b, j) => { b.tabIndex = Math.max(0, i) === j ? 0 : -1; });
			tell(i);
		};
		const open = async (i: number): Promise<void> => {
			mark(i);
			const point = points[i]!;
			const there = point.kept === true && await this.actions.run(attempt, point.id, i + 1);
			if (shown !== i) return; // Another one was chosen meanwhile.
			if (there) return void this.place.querySelector(".open-replay")?.setAttribute("href", replayOf(attempt, point.id));
			words[i] = `${buttons[i]!.title}. ${this.say("verdict.point.unkept")}`; // It stays: nothing moves when the pointer leaves.
			tell(i);
		};
		const label = this.say("verdict.strip", { n: survived?.n ?? points.filter((p) => p.outcome === "survived").length, of: survived?.of ?? points.length });
		const strip = el("div", { class: "strip", role: "toolbar", "aria-label": label, title: this.say("verdict.strip.keys") }, ...buttons);
		buttons.forEach((b, i) => {
			b.addEventListener("focus", () => rove(i));
			b.addEventListener("click", () => void open(i));
			b.addEventListener("pointerenter", () => tell(i));
		});
		strip.addEventListener("pointerleave", () => tell(shown));
		strip.addEventListener("focusout", (e) => { if (!strip.contains(e.relatedTarget as Node | null)) rove(shown); });
		strip.addEventListener("keydown", (e) => walk(e, buttons));
		mark(shown);
		return [strip, said];
	}

	private spans(spans: readonly Span[]): (Node | string)[] {
		const marks = spans.map(({ text }, i) => (spans[i - 1]?.line ? (/^[,.;:!?)»”…]+/.exec(text)?.[0] ?? "") : "")); // What follows a line's number stays beside it.
		return spans.flatMap((span, i): (Node | string)[] => {
			const line = span.line;
			if (!line) return inline(span.text.slice(marks[i]!.length));
			const button = el("button", { type: "button", class: "line", click: () => this.actions.line(line, span.file) }, span.text);
			return [el("span", { class: "unbroken" }, button, ...this.fileOf(span, spans), marks[i + 1] ?? "")];
		});
	}

	/** A line of another file than the main one says whose it is, unless the text has said so. */
	private fileOf({ file }: Span, all: readonly Span[]): string[] {
		return file && file !== this.actions.main() && !all.some(({ text }) => text.includes(file)) ? [` (${file})`] : [];
	}

	/** Hints open one after the other; each opening is recorded, and costs nothing. */
	private hints(v: Verdict): HTMLElement[] {
		const task = v.hintTask ?? v.checks?.find((c) => outcome(c.status) === "fail")?.task ?? 1;
		const tiers = Array.isArray(v.hint) ? v.hint : (v.hint?.[String(task)] ?? Object.values(v.hint ?? {})[0] ?? []);
		const details = tiers.map((tier, i) => {
			const summary = el("summary", {}, this.say(i === 0 ? "verdict.hint" : "verdict.hint.more"));
			return el("details", { class: "hint", hidden: i > 0 }, summary, el("p", {}, ...inline(tier)));
		});
		details.forEach((d, i) => {
			d.addEventListener("toggle", () => {
				if (!d.open) return;
				details[i + 1]?.removeAttribute("hidden");
				this.actions.hint(task, i + 1);
			});
		});
		return details;
	}

	/** The way to the page where the run is gone through, passed on and saved. */
	private replay({ replay }: Verdict, attempt: number): HTMLElement[] {
		if (!replay) return [];
		return [el("a", { class: "open-replay", href: replayOf(attempt, replay.schedule) }, this.say("verdict.replay"))];
	}

	private checks(checks: readonly Check[]): HTMLElement[] {
		if (checks.length === 0) return [];
		const rows = checks.map((c) => {
			const facts = [
				outcome(c.status) !== "pass" && c.expected ? el("p", { class: "fact" }, `${this.say("verdict.expected")}: `, ...inline(c.expected)) : null,
				outcome(c.status) !== "pass" && c.found ? el("p", { class: "fact" }, `${this.say("verdict.found")}: `, ...inline(c.found)) : null,
			];
			const message = c.message?.length ? el("p", {}, ...this.spans(c.message)) : null;
			const status = el("span", { class: "offscreen" }, `${this.say.any(`task.${outcome(c.status)}`, c.status)}: `);
			return el("li", { class: outcome(c.status) }, status, el("b", {}, ...inline(c.title)), message, ...facts);
		});
		return [el("details", { class: "checks" }, el("summary", {}, this.say("verdict.checks")), el("ol", {}, ...rows))];
	}
}

function replayOf(attempt: number, schedule: string): string {
	return `/${document.documentElement.lang}/replays/${attempt}/${encodeURIComponent(schedule)}`;
}

/** Moves the focus along a row of buttons with the arrow keys. */
function walk(e: KeyboardEvent, buttons: readonly HTMLElement[]): void {
	const i = buttons.indexOf(document.activeElement as HTMLElement);
	const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: buttons.length - 1 }[e.key];
	if (i < 0 || to === undefined) return;
	e.preventDefault();
	buttons[Math.max(0, Math.min(buttons.length - 1, to))]?.focus();
}

/** One word for each outcome, whether it is told of a check ("fail") or of a verdict ("failed"). */
function outcome(status: string): string {
	return { passed: "pass", failed: "fail" }[status] ?? status;
}

/** Marks the tasks in the text with how they went. */
export function markTasks(text: ParentNode, verdict: Verdict, say: Say): void {
	for (const task of verdict.tasks ?? []) {
		const heading = text.querySelector<HTMLElement>(`[data-task="${task.n}"]`);
		if (!heading) continue;
		heading.classList.toggle("ok", outcome(task.status) === "pass");
		heading.classList.toggle("no", outcome(task.status) === "fail");
		heading.querySelector(".offscreen")?.remove();
		heading.append(el("span", { class: "offscreen" }, ` (${say.any(`task.${outcome(task.status)}`, task.status)})`));
	}
}
