/** The scrubber over a failing run: a slider, a step each way, and play. */
import { el } from "./dom.ts";
import type { Say } from "./strings.ts";
import type { ReplayEvent, State, Verdict } from "./types.ts";

const beat = 700; // Milliseconds of play for each event.

type Replay = NonNullable<Verdict["replay"]>;

export class Scrubber {
	readonly element: HTMLElement;
	private readonly slider: HTMLInputElement;
	private readonly place = el("span", { class: "at", "aria-hidden": "true" });
	private readonly play: HTMLButtonElement;
	private events: ReplayEvent[] = [];
	private states: { seq: number; state: State }[] = [];
	private timer = 0;

	constructor(private readonly say: Say, private readonly moved: (event: ReplayEvent, state: State | null) => void) {
		this.slider = el("input", { type: "range", min: 0, "aria-label": say("replay.title"), input: () => this.go(Number(this.slider.value)) });
		this.play = el("button", { type: "button", class: "btn", click: () => this.toggle() }, say("replay.play"));
		const step = (by: number, text: string, name: string): HTMLElement => el("button", { type: "button", class: "btn step", "aria-label": name, title: name, click: () => this.go(this.index + by) }, text);
		this.element = el("div", { class: "scrub", hidden: true }, this.play, step(-1, "‹", say("replay.back")), this.slider, step(1, "›", say("replay.forward")), this.place);
	}

	get index(): number { return Number(this.slider.value); }

	load(replay: Replay): void {
		this.stop();
		this.events = replay.events;
		this.states = Object.entries(replay.states ?? {})
			.map(([seq, state]) => ({ seq: Number(seq), state }))
			.sort((a, b) => a.seq - b.seq);
		this.slider.max = String(Math.max(0, this.events.length - 1));
		const at = this.events.findIndex((e) => e.event.seq >= replay.at);
		this.slider.value = String(Math.max(0, at));
	}

	/** Goes to an event by its place in the run. */
	go(index: number): void {
		const i = Math.max(0, Math.min(this.events.length - 1, index));
		const event = this.events[i];
		if (!event) return;
		this.slider.value = String(i);
		const words = this.say("replay.at", { i: i + 1, n: this.events.length });
		this.place.textContent = words;
		this.slider.setAttribute("aria-valuetext", `${words}: ${event.text}`);
		this.moved(event, this.stateAt(event.event.seq));
	}

	/** Goes to an event by its number in the journal. */
	goTo(seq: number): void {
		const i = this.events.findIndex((e) => e.event.seq === seq);
		if (i >= 0 && i !== this.index) this.go(i);
	}

	stop(): void {
		clearInterval(this.timer);
		this.timer = 0;
		this.play.textContent = this.say("replay.play");
	}

	allStates(): State[] { return this.states.map((s) => s.state); }

	/** The newest state that is not younger than an event. */
	private stateAt(seq: number): State | null {
		const i = this.states.findLastIndex((s) => s.seq <= seq);
		return this.states[Math.max(0, i)]?.state ?? null;
	}

	private toggle(): void {
		if (this.timer) return this.stop();
		this.play.textContent = this.say("replay.pause");
		if (this.index === this.events.length - 1) this.go(0);
		this.timer = window.setInterval(() => {
			if (this.index === this.events.length - 1) this.stop();
			else this.go(this.index + 1);
		}, beat);
	}
}
