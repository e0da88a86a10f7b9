/** The right pane: the verdict, the picture with its scrubber, the journal; live, or replaying the failing run. */
import { foundEmpty } from "./deliveries.ts";
import { el } from "./dom.ts";
import { Journal } from "./journal.ts";
import type { Light, Lights } from "./light.ts";
import { legend, Picture } from "./picture.ts";
import { Scrubber } from "./replay.ts";
import { holds, Memory } from "./scene.ts";
import type { Say } from "./strings.ts";
import type { JournalEvent, ReplayEvent, State, Token, Verdict } from "./types.ts";
import { eventInWords } from "./words.ts";

type View = "live" | "replay";

export class Stage {
	private view: View = "live";
	private readonly picture: Picture;
	private readonly title = el("h3");
	private readonly scrubber: Scrubber;
	private readonly journal: Journal;
	private readonly switches: Record<View, HTMLButtonElement>;
	private readonly memory = { live: new Memory(), replay: new Memory() };
	private live: { state: State | null; events: ReplayEvent[] } = { state: null, events: [] };
	private replay: Verdict["replay"];
	private passed = false; // The replay is of a run in which nothing went wrong.

	constructor(private readonly say: Say, private readonly lights: Lights, line: (line: number) => void, places: { state: HTMLElement; journal: HTMLElement }) {
		this.picture = new Picture(say, lights);
		this.scrubber = new Scrubber(say, (event, state) => this.at(event, state));
		const choose = (view: View): HTMLButtonElement => el("button", { type: "button", "aria-pressed": "false", click: () => this.turn(view) }, say(`journal.${view}`));
		this.switches = { live: choose("live"), replay: choose("replay") };
		const tools = el("div", { class: "views", role: "group", "aria-label": say("journal.title") }, this.switches.live, this.switches.replay);
		this.journal = new Journal(say, lights, { line, chosen: (row) => this.chosen(row) }, tools);
		places.state.replaceChildren(el("div", { class: "over" }, this.title, legend(say)), this.picture.element, this.scrubber.element);
		places.journal.replaceChildren(this.journal.element);
		this.turn("live");
	}

	/** A run begins: its events and places start afresh. */
	begin(): void {
		this.live.events = [];
		this.memory.live.forget();
		this.picture.forget();
		if (this.view === "live") this.journal.clear();
		else this.turn("live");
	}

	state(state: State): void {
		this.live.state = state;
		this.memory.live.take(state);
		if (this.view === "live") this.picture.show(this.memory.live.scene(state, this.say));
	}

	events(events: readonly JournalEvent[]): void {
		const rows = events.map((event) => ({ event, text: eventInWords(event, this.say), ...(event.line ? { line: event.line } : {}) }));
		this.live.events.push(...rows);
		if (this.live.events.length > 5000) this.live.events.splice(0, this.live.events.length - 5000);
		if (this.view === "live") this.journal.add(rows);
	}

	/** Reports whether the run that goes on, or the last one, found nothing in the queues that it reads. */
	foundEmpty(): boolean { return foundEmpty(this.live.events.map((row) => row.event), this.live.state); }

	/** A verdict is there; its failing run, if it has one, comes into view. */
	verdict(verdict: Verdict | null): void {
		this.replay = verdict?.replay?.events?.length ? verdict.replay : undefined;
		this.passed = verdict?.status === "passed";
		this.switches.replay.textContent = this.say(this.passed ? "journal.graded" : "journal.replay");
		this.journal.element.classList.toggle("passed", this.passed);
		this.memory.replay.forget();
		for (const state of Object.values(this.replay?.states ?? {}).sort((a, b) => a.seq - b.seq)) this.memory.replay.take(state);
		if (this.replay) this.scrubber.load(this.replay);
		this.turn(this.replay ? "replay" : "live");
	}

	/** What happened at a line of the program, for the light of the editor. */
	atLine(line: number): Light {
		const events = this.view === "live" ? this.live.events : (this.replay?.events ?? []);
		const last = events.findLast((e) => e.line === line);
		return last?.event.place ? { line, place: last.event.place } : { line };
	}

	private turn(view: View): void {
		this.view = view;
		this.scrubber.stop();
		this.scrubber.element.hidden = view === "live";
		for (const name of ["live", "replay"] as const) this.switches[name].setAttribute("aria-pressed", String(name === view));
		this.switches.replay.hidden = !this.replay;
		this.journal.clear();
		this.picture.forget();
		if (view === "live") {
			this.lights.hold(null);
			this.title.textContent = this.say("picture.title");
			this.journal.add(this.live.events);
			this.picture.show(this.live.state ? this.memory.live.scene(this.live.state, this.say) : { spots: [], flows: [] });
		} else {
			this.journal.add(this.replay?.events ?? []);
			this.scrubber.go(this.scrubber.index);
		}
	}

	private at({ event, line }: ReplayEvent, state: State | null): void {
		this.title.textContent = this.say(this.passed ? "picture.graded" : "picture.replay", { seq: event.seq });
		if (state) this.picture.show(this.memory.replay.scene(state, this.say, this.lostIn(state)));
		this.journal.mark(event.seq);
		const light: Light = { seq: event.seq };
		if (line) light.line = line;
		if (event.place) light.place = event.place;
		if (event.message) light.message = event.message;
		this.lights.hold(light);
	}

	/** The message of the counterexample, once it is in no place any more. */
	private lostIn(state: State): Token | null {
		const blamed = this.replay?.events.find((e) => e.event.seq >= this.replay!.at)?.event;
		if (this.passed || !blamed?.message || state.seq < blamed.seq || holds(state, blamed.message)) return null;
		return { message: blamed.message, state: "dead", ...(blamed.label ? { label: blamed.label } : {}) };
	}

	private chosen(row: ReplayEvent): void {
		if (this.view === "replay") this.scrubber.goTo(row.event.seq);
	}
}
