/** The right pane under the verdict: the player, live or replaying a graded run. */
import { foundEmpty } from "./deliveries.ts";
import { el } from "./dom.ts";
import type { Light, Lights } from "./light.ts";
import type { Say } from "./strings.ts";
import type { State, Verdict } from "./types.ts";
import { History } from "./view/history.ts";
import { Player } from "./view/player.ts";
import type { Frame, JournalEvent, Recording } from "./view/types.ts";

type View = "live" | "replay";

export interface StageOptions {
	say: Say;
	lights: Lights;
	line(line: number, file?: string): void;
	/** Fetches what happened in one run of an attempt. */
	recording(attempt: number, schedule: string): Promise<Recording>;
	/** Fetches what was on the wire when something happened in the session that is open. */
	frame(id: number): Promise<Frame | null>;
}

export class Stage {
	private view: View = "live";
	private readonly player: Player;
	private readonly title: HTMLElement;
	private readonly runs: HTMLElement;
	private readonly switches: Record<View, HTMLButtonElement>;
	private live: History | null = null;
	private from = 0; // Seq of the state that the live history began at.
	private run: JournalEvent[] = []; // The events of the run that goes on, or of the last one.
	private state_: State | null = null; // What the server said last.
	private replay: { history: History; rec: Recording } | null = null;
	private asked = 0; // Counts verdicts: an answer for an older one comes too late.

	constructor(private readonly options: StageOptions, place: HTMLElement) {
		const { say, lights } = options;
		const choose = (view: View): HTMLButtonElement => el("button", { type: "button", "aria-pressed": "false", click: () => this.turn(view) }, say(`journal.${view}`));
		this.switches = { live: choose("live"), replay: choose("replay") };
		this.title = el("h3", {}, say("picture.title"));
		this.runs = el("div", { class: "views runs", role: "group", "aria-label": say("view.run") }, this.switches.live, this.switches.replay);
		this.player = new Player(place, { say, lights, head: el("div", { class: "head" }, this.title, this.runs), line: (file, line) => options.line(line, file || undefined), frame: (event) => this.frame(event) });
		this.turn("live");
	}

	/** A run begins: its events start afresh, from the state that the run before has left. */
	begin(): void {
		this.run = [];
		this.live = null;
		this.restart(this.state_);
		if (this.view !== "live") this.turn("live");
	}

	/** The server says how the broker is. What the journal has told already is known better from there. */
	state(said: State): void {
		const state = { ...said, places: said.places ?? [], flows: said.flows ?? [] }; // Go writes an empty list as null.
		this.state_ = state;
		const known = this.live && this.live.length > 0;
		if (known && state.seq > this.lastSeq()) return; // Its events are still on their way.
		if (known && state.seq === this.lastSeq()) this.live!.know(state);
		else this.restart(state);
		this.refresh();
	}

	events(events: readonly JournalEvent[]): void {
		this.run.push(...events);
		if (this.run.length > mostKept) this.run.splice(0, this.run.length - mostKept);
		const missing = (events[0]?.seq ?? 0) > this.lastSeq() + 1 && (this.state_?.seq ?? 0) > this.lastSeq();
		if (!this.live || missing) this.restart(this.state_); // Some never came: on from what the server said.
		this.live!.append(events);
		this.refresh();
	}

	/** Reports whether the run that goes on, or the last one, found nothing in the queues that it reads. */
	foundEmpty(): boolean { return foundEmpty(this.run, this.live?.length ? this.live.stateAt(this.live.length - 1) : this.state_); }

	/** A verdict is there; the run that it tells of comes into view. */
	async verdict(verdict: Verdict | null, attempt: number): Promise<void> {
		const asked = ++this.asked;
		this.replay = null;
		this.switches.replay.textContent = this.options.say(verdict?.status === "passed" ? "journal.graded" : "journal.replay");
		const replay = verdict?.replay;
		if (!replay) return this.turn("live");
		const rec = await this.options.recording(attempt, replay.schedule).catch(() => null);
		if (asked !== this.asked) return;
		if (!rec) return this.turn("live"); // Not to be had now: the verdict says what matters.
		this.replay = { history: new History(rec), rec };
		this.turn("replay");
	}

	/** What happened at a line of the program, for the light of the editor. */
	atLine(line: number, file?: string): Light {
		const events = this.view === "live" ? this.run : (this.replay?.rec.events ?? []);
		const last = events.findLast((e) => e.line === line && e.file === file);
		return { line, ...(file ? { file } : {}), ...(last?.place ? { place: last.place } : {}) };
	}

	private turn(view: View): void {
		this.view = view;
		for (const name of ["live", "replay"] as const) this.switches[name].setAttribute("aria-pressed", String(name === view));
		this.runs.hidden = !this.replay; // With one run there is nothing to choose.
		this.title.hidden = this.replay !== null;
		this.options.lights.hold(null);
		if (view === "replay" && this.replay) return this.player.load(this.replay.history, this.replay.rec);
		if (!this.live) this.restart(this.state_);
		this.player.live(this.live!);
	}

	/** The frame of a live event; a recording brings its own. */
	private async frame(event: JournalEvent): Promise<Frame | null> {
		return this.view === "live" && event.frame ? this.options.frame(event.frame) : null;
	}

	private lastSeq(): number { return this.live?.event(this.live.length - 1)?.seq ?? this.from; }

	/** Starts the history at a state: what came before it is not known. */
	private restart(state: State | null): void {
		this.from = state?.seq ?? 0;
		this.live = new History({ start: state, events: [], services: [] });
	}

	private refresh(): void { if (this.view === "live" && this.live) this.player.live(this.live); }
}

const mostKept = 5000; // Events of a run that are looked through for its lines.
