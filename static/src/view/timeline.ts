/** The timeline under a picture: a slider over all events with marks, steps, jumps, play and its speed. */
import { el, svg } from "../dom.ts";
import type { Say } from "../strings.ts";

/** What the timeline asks for. */
export interface Moves {
	go(index: number): void;
	/** To the next event that the filter lets through, or that is marked. */
	jump(by: 1 | -1): void;
	/** To the newest event, and on with the run. */
	follow(): void;
}

/** Marks are drawn in this order, the last on top. */
export const markKinds = ["found", "effect", "fault", "lost", "proof", "mine"] as const;
export type MarkKind = (typeof markKinds)[number];
export interface Mark {
	index: number;
	kind: MarkKind;
}

const beat = 700; // Milliseconds of play for each event, at speed 1.
const speeds = [1, 2, 4, 16, 64, 256] as const;
const columns = 1000; // Of the marks: more are not told apart.

export class Timeline {
	readonly element: HTMLElement;
	readonly slider: HTMLInputElement;
	private readonly count = el("span", { class: "at", "aria-hidden": "true" });
	private readonly playing: HTMLButtonElement;
	private readonly speed: HTMLSelectElement;
	private readonly follow: HTMLButtonElement;
	private readonly ticks = svg("svg", { class: "ticks", viewBox: `0 0 ${columns} 10`, preserveAspectRatio: "none", "aria-hidden": "true" });
	private paths = new Map<MarkKind, SVGPathElement>();
	private readonly coming = svg("path", { class: "mark coming", "vector-effect": "non-scaling-stroke" });
	private n = 0;
	private labels: readonly string[] = []; // Of moments to come, behind the events.
	private chosen: (index: number) => void = () => undefined;
	private stands = 0; // The event that is shown, also while the slider is in what is to come.
	private running = 0;
	private due = 0; // Events that play is to go through, in fractions.

	constructor(private readonly say: Say, private readonly moves: Moves, compact: boolean) {
		this.slider = el("input", { type: "range", min: 0, value: 0, "aria-label": say("view.timeline"), input: () => this.stopped(Number(this.slider.value)), keydown: (e: KeyboardEvent) => this.key(e) });
		this.playing = el("button", { type: "button", class: "btn play", click: () => this.toggle() }, say("replay.play"));
		this.speed = el("select", { class: "speed", "aria-label": say("view.speed") }, ...speeds.map((s) => el("option", { value: s }, `${s}×`)));
		this.follow = el("button", { type: "button", class: "btn follow", hidden: true, "aria-pressed": "true", title: say("view.follow.long"), click: () => moves.follow() }, say("view.follow"));
		const step = (text: string, name: string, act: () => void): HTMLElement => el("button", { type: "button", class: "btn step", "aria-label": name, title: name, click: act }, text);
		const back = step("‹", say("replay.back"), () => this.stopped(this.index - 1));
		const forth = step("›", say("replay.forward"), () => this.stopped(this.index + 1));
		const [before, next] = compact ? [null, null] : [step("«", say("view.jump.back"), () => moves.jump(-1)), step("»", say("view.jump.forward"), () => moves.jump(1))];
		this.ticks.append(this.coming, ...markKinds.map((kind) => this.path(kind)));
		const track = el("div", { class: "track" }, this.ticks, this.slider);
		this.element = el("div", { class: "timeline", role: "group", "aria-label": say("view.timeline.all") }, track, el("div", { class: "moves" }, this.follow, this.playing, compact ? null : this.speed, before, back, forth, next, this.count));
	}

	get index(): number { return Number(this.slider.value); }

	/** Says how many events there are. */
	size(n: number): void {
		if (n === this.n) return;
		this.n = n;
		this.span();
	}

	/** Says which moments are still to come, in their order, and who hears which one is marked. */
	future(labels: readonly string[], chosen: (index: number) => void): void {
		this.labels = labels;
		this.chosen = chosen;
		this.span();
		this.coming.setAttribute("d", labels.map((_, i) => `M${this.column(this.n + i)} 3V7`).join(""));
	}

	/** Marks a moment to come. */
	foresee(index: number): void {
		this.mark("mine", [this.n + index]);
		this.slider.value = String(this.n + index);
		this.ahead();
	}

	private span(): void {
		const last = this.n + this.labels.length - 1;
		this.slider.max = String(Math.max(0, last));
		this.slider.disabled = last < 0;
	}

	/** Where on the track an event or a moment is. */
	private column(index: number): number {
		return Math.round((index / Math.max(1, this.n + this.labels.length - 1)) * columns);
	}

	/** Says the moment to come that the slider is at; false when it is at an event. */
	private ahead(): boolean {
		const i = this.index - this.n;
		if (i < 0 || i >= this.labels.length) return false;
		const words = this.say("view.moment", { i: this.say.number(i + 1), n: this.say.number(this.labels.length) });
		this.count.textContent = words;
		this.slider.setAttribute("aria-valuetext", `${words}: ${this.labels[i]}`);
		this.slider.style.setProperty("--done", `${(this.column(this.index) / columns) * 100}%`);
		return true;
	}

	/** Stands at an event; `text` is its sentence. */
	at(index: number, text: string): void {
		if (index === this.stands && this.ahead()) return;
		this.stands = index;
		if (this.index !== index) this.slider.value = String(index);
		const words = this.n === 0 ? "" : this.say("replay.at", { i: this.say.number(index + 1), n: this.say.number(this.n) });
		if (this.count.textContent !== words) this.count.textContent = words;
		this.slider.setAttribute("aria-valuetext", text ? `${words}: ${text}` : words);
		this.slider.style.setProperty("--done", `${(this.column(index) / columns) * 100}%`);
	}

	/** Draws the marks of a kind in place of those it had. */
	mark(kind: MarkKind, indexes: Iterable<number>): void {
		const taken = new Set<number>();
		for (const i of indexes) taken.add(this.column(i));
		const path = this.paths.get(kind)!;
		path.classList.toggle("many", taken.size > columns / 5);
		path.setAttribute("d", [...taken].map((x) => (kind === "mine" ? `M${x} 5V10` : `M${x} 0V10`)).join(""));
	}

	/** A run that goes on: whether the newest event is shown as it comes; null when there is no such run. */
	live(following: boolean | null): void {
		this.follow.hidden = following === null;
		this.follow.setAttribute("aria-pressed", String(following === true));
		this.playing.hidden = following === true;
		this.speed.hidden = following === true;
	}

	stop(): void {
		cancelAnimationFrame(this.running);
		this.running = 0;
		this.playing.textContent = this.say("replay.play");
	}

	get plays(): boolean { return this.running !== 0; }

	private stopped(index: number): void {
		this.stop();
		this.to(index);
	}

	/** Goes to an event. The slider is there at once, so that the next key counts from it; the rest is drawn with the next frame. */
	private to(index: number): void {
		this.slider.value = String(index);
		if (!this.ahead()) return this.moves.go(this.index);
		this.mark("mine", [this.index]);
		this.chosen(this.index - this.n);
	}

	private path(kind: MarkKind): SVGPathElement {
		const path = svg("path", { class: `mark ${kind}`, "vector-effect": "non-scaling-stroke" });
		this.paths.set(kind, path);
		return path;
	}

	/** The slider's own keys move by one; Page Up and Down go by a twentieth, ten at least. */
	private key(e: KeyboardEvent): void {
		const page = Math.max(10, Math.round(this.n / 20));
		const to = { ArrowLeft: this.index - 1, ArrowDown: this.index - 1, ArrowRight: this.index + 1, ArrowUp: this.index + 1, PageDown: this.index - page, PageUp: this.index + page, Home: 0, End: this.n + this.labels.length - 1 }[e.key];
		if (to === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
		e.preventDefault();
		this.stopped(to);
	}

	private toggle(): void {
		if (this.running) return this.stop();
		if (this.n === 0) return;
		this.playing.textContent = this.say("replay.pause");
		if (this.index >= this.n - 1) this.to(0);
		this.due = 0;
		let last = performance.now();
		const frame = (now: number): void => {
			this.running = requestAnimationFrame(frame);
			this.due += ((now - last) / beat) * Number(this.speed.value || 1);
			last = now;
			const whole = Math.floor(this.due);
			if (whole === 0) return;
			this.due -= whole;
			this.to(Math.min(this.index + whole, this.n - 1));
			if (this.index >= this.n - 1) this.stop();
		};
		this.running = requestAnimationFrame(frame);
	}
}
