/** The status line: how the program is, for how long, and whether the work is saved. Always in the same place. */
import { el } from "./dom.ts";
import type { Say } from "./strings.ts";
import { seconds } from "./text.ts";

/** States in which time passes. */
const moving = new Set(["queued", "building", "container", "starting", "running", "blocked", "grading"]);

export class StatusLine {
	private readonly save = el("span", { class: "save" });
	private readonly word = el("span", { class: "word" });
	private readonly time = el("span", { class: "time", "aria-hidden": "true" });
	private timer = 0;
	private since = 0;
	private before: (() => void) | null = null; // Shows what stood before the connection was lost.

	constructor(place: HTMLElement, private readonly say: Say) {
		this.save.setAttribute("aria-live", "off"); // Saved, not saved yet, saving: nobody wants that told with every word.
		place.replaceChildren(this.save, this.word, this.time);
	}

	/** Says whether the work is saved. */
	saved(text: string, warn = false): void {
		this.save.setAttribute("aria-live", warn ? "polite" : "off");
		if (this.save.textContent !== text) this.save.textContent = text;
		this.save.classList.toggle("warn", warn);
	}

	/** Says that there is no connection, until `back` or another state. */
	lost(text: string): void {
		if (this.word.dataset["state"] === "lost") return;
		const [state = "", words, time] = [this.word.dataset["state"], this.word.textContent ?? "", this.time.textContent];
		const since = this.since;
		this.show("lost", text);
		this.before = () => {
			this.show(state, words, moving.has(state) ? performance.now() - since : undefined);
			if (!moving.has(state)) this.time.textContent = time;
		};
	}

	/** The connection is back: what was shown before it was lost holds again. */
	back(): void { this.before?.(); }

	/** Shows a state in words. `millis` is for how long it has been so, or how long it took. */
	show(state: string, text: string, millis?: number): void {
		clearInterval(this.timer);
		this.before = null;
		// That it is being graded is told once, and not how far with every step.
		this.word.setAttribute("aria-live", moving.has(state) && this.word.dataset["state"] === state ? "off" : "polite");
		if (this.word.textContent !== text) this.word.textContent = this.word.title = text;
		this.word.dataset["state"] = state;
		const since = (this.since = performance.now() - (millis ?? 0));
		const draw = (): void => {
			this.time.textContent = this.say("seconds", { s: seconds(performance.now() - since, this.say.decimal) });
		};
		if (moving.has(state)) {
			draw();
			this.timer = window.setInterval(draw, 100);
		} else {
			this.time.textContent = millis === undefined ? "" : this.say("seconds", { s: seconds(millis, this.say.decimal) });
		}
	}
}
