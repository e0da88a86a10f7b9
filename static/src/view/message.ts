/** The whole life of a message: every event that it met, in sentences, and where each one left it. */
import { el } from "../dom.ts";
import type { Say } from "../strings.ts";
import { alarming, kindInWords, lineInWords } from "../words.ts";
import type { JournalEvent, LifeStep, TokenState } from "./types.ts";

export interface Choices {
	go(index: number): void;
	line?: ((line: number, file?: string) => void) | undefined;
	text(event: JournalEvent): string;
	/** The name of the place with an id, as it was at an event. */
	place(id: string, index: number): string;
}

const mostSteps = 400;

export class MessageLife {
	readonly element = el("div", { class: "life" });
	private steps: { index: number; row: HTMLElement }[] = [];

	constructor(private readonly say: Say, private readonly choices: Choices) { this.none(); }

	/** No message is chosen. */
	none(): void {
		this.steps = [];
		this.element.replaceChildren(el("p", { class: "quiet" }, this.say("view.life.none")));
	}

	/** Shows the life of a message, which is called `name`. */
	show(name: string, life: readonly LifeStep[]): void {
		this.steps = life.slice(0, mostSteps).map((step) => ({ index: step.index, row: this.row(step) }));
		const last = life.at(-1);
		const heading = el("h3", {}, name, " ", el("small", {}, last ? this.whereabouts(last) : ""));
		const more = life.length > mostSteps ? el("p", { class: "quiet" }, this.say("view.life.more", { n: this.say.number(life.length - mostSteps) })) : null;
		this.element.replaceChildren(heading, el("ol", {}, ...this.steps.map((s) => s.row)), ...(more ? [more] : []));
	}

	/** Marks the step that the timeline stands at or has just passed. */
	mark(index: number): void {
		const here = this.steps.findLast((s) => s.index <= index);
		for (const step of this.steps) {
			if (step === here) step.row.setAttribute("aria-current", "step");
			else step.row.removeAttribute("aria-current");
			step.row.classList.toggle("later", step.index > index);
		}
		if (here) this.reveal(here.row);
	}

	private row(step: LifeStep): HTMLElement {
		const { event, index } = step;
		const line = event.line && this.choices.line ? el("button", { type: "button", class: "line", click: () => this.choices.line!(event.line!, event.file) }, lineInWords(event, this.say)) : null;
		return el("li", {},
			el("button", { type: "button", class: "step", click: () => this.choices.go(index) },
				el("span", { class: "seq" }, `#${event.seq}`), el("b", { class: alarming.has(event.kind) ? "alarm" : "" }, kindInWords(event.kind, this.say)), el("span", { class: "said" }, this.choices.text(event))),
			el("span", { class: "then" }, ...this.where(step), line));
	}

	/** Where the message was just after an event: a shape and a name for each copy. */
	private where(step: LifeStep): HTMLElement[] {
		return step.at.map(({ place, state }) => el("span", { class: `state ${state}`, title: this.say(`state.${state as TokenState}`) }, this.choices.place(place, step.index)));
	}

	private whereabouts(step: LifeStep): string {
		if (step.at.length === 0) return this.say("view.life.nowhere");
		return step.at.map(({ place, state }) => `${this.choices.place(place, step.index)}: ${this.say(`state.${state}`)}`).join(", ");
	}

	private reveal(row: HTMLElement): void {
		const box = this.element.parentElement;
		if (!box || box.scrollHeight <= box.clientHeight) return;
		const top = row.offsetTop - box.offsetTop;
		if (top < box.scrollTop + 40) box.scrollTop = top - 60;
		else if (top + row.offsetHeight > box.scrollTop + box.clientHeight - 20) box.scrollTop = top + row.offsetHeight - box.clientHeight + 40;
	}
}
