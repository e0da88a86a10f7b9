/** The right pane under the verdict: the player, live or replaying a graded run. */
import { foundEmpty } from "./deliveries.ts";
import { el } from "./dom.ts";
import type { Light, Lights } from "./light.ts";
import { Live } from "./live.ts";
import type { Say } from "./strings.ts";
import type { LabData, State, Verdict } from "./types.ts";
import { History } from "./view/history.ts";
import { heightOf } from "./view/layout-cluster.ts";
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
	/** What of a cluster is going to be seen as soon as the broker is up. */
	room?: LabData["lab"]["room"];
}

const around = 34; // Pixels beside a picture, see view.css and picture.ts,
const above = 20; // and above and below it.

export class Stage {
	private view: View = "live";
	private readonly player: Player;
	private readonly title: HTMLElement;
	private readonly runs: HTMLElement;
	private readonly switches: Record<View, HTMLButtonElement>;
	private readonly live = new Live();
	private events_: JournalEvent[] = []; // The events of the run that goes on, or of the last one.
	private replay: { history: History; rec: Recording } | null = null;
	private graded: { schedule: string; title: string } | null = null; // The run that the verdict is about.
	private picture: HTMLElement | null = null;
	private asked = 0; // Counts verdicts: an answer for an older one comes too late.

	constructor(private readonly options: StageOptions, place: HTMLElement) {
		const { say, lights } = options;
		const choose = (view: View): HTMLButtonElement => el("button", { type: "button", "aria-pressed": "false", click: () => this.turn(view) }, say(`journal.${view}`));
		this.switches = { live: choose("live"), replay: choose("replay") };
		this.title = el("h3", {}, say("picture.title"));
		this.runs = el("div", { class: "views runs", role: "group", "aria-label": say("view.run") }, this.switches.live, this.switches.replay);
		this.player = new Player(place, { say, lights, head: el("div", { class: "head" }, this.title, this.runs), line: (file, line) => options.line(line, file || undefined), frame: (event) => this.frame(event) });
		this.turn("live");
		this.keepRoom(place);
	}

	/** Keeps the room for a picture that is yet to come, so that nothing under it moves when it does. */
	private keepRoom(place: HTMLElement): void {
		const { room } = this.options;
		this.picture = place.querySelector<HTMLElement>(".picture");
		if (room && this.picture) this.picture.style.minHeight = `${above + heightOf(room.partitions, room.services, Math.max(240, this.picture.clientWidth - around))}px`;
	}

	/** A run begins: its events start afresh, from the state that the run before has left. */
	begin(): void {
		this.events_ = [];
		this.live.restart();
		if (this.view !== "live") this.turn("live");
	}

	/** Turns to what happens now. */
	now(): void {
		if (this.view !== "live") this.turn("live");
	}

	/** The server says how the broker is. What the journal has told already is known better from there. */
	state(said: State): void {
		if (this.live.state(said)) this.refresh();
	}

	events(all: readonly JournalEvent[]): void {
		const events = this.live.events(all);
		if (events.length === 0) return;
		this.events_.push(...events);
		if (this.events_.length > mostKept) this.events_.splice(0, this.events_.length - mostKept);
		this.refresh();
	}

	/** Reports whether the run that goes on, or the last one, found nothing in the queues that it reads. */
	foundEmpty(): boolean {
		const { history, said } = this.live;
		return foundEmpty(this.events_, history?.length ? history.stateAt(history.length - 1) : said);
	}

	/** A verdict is there; the run that it tells of comes into view. */
	async verdict(verdict: Verdict | null, attempt: number): Promise<void> {
		const asked = ++this.asked;
		this.replay = null;
		const replay = verdict?.replay;
		if (!replay) return this.turn("live");
		this.graded = { schedule: replay.schedule, title: this.options.say(replay.failing ? "journal.replay" : "journal.graded") };
		const rec = await this.options.recording(attempt, replay.schedule).catch(() => null);
		if (asked !== this.asked) return;
		if (!rec) return this.turn("live"); // Not to be had now: the verdict says what matters.
		this.bring(rec, this.graded.title);
	}

	/** Brings one of the runs under a fault into view, the number-th; reports whether it could be had. */
	async run(attempt: number, schedule: string, number: number): Promise<boolean> {
		const asked = ++this.asked;
		const rec = await this.options.recording(attempt, schedule).catch(() => null);
		if (asked !== this.asked) return true; // Something newer is shown.
		if (rec) this.bring(rec, schedule === this.graded?.schedule ? this.graded.title : this.options.say("journal.point", { number }));
		return rec !== null;
	}

	private bring(rec: Recording, title: string): void {
		this.switches.replay.textContent = title;
		if (this.picture) this.picture.style.minHeight = ""; // Another picture, and it is there at once.
		this.replay = { history: new History(rec), rec };
		this.turn("replay");
	}

	/** What happened at a line of the program, for the light of the editor. */
	atLine(line: number, file?: string): Light {
		const events = this.view === "live" ? this.events_ : (this.replay?.rec.events ?? []);
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
		this.player.live(this.live.history ?? this.live.restart());
	}

	/** The frame of a live event; a recording brings its own. */
	private async frame(event: JournalEvent): Promise<Frame | null> {
		return this.view === "live" && event.frame ? this.options.frame(event.frame) : null;
	}

	private refresh(): void { if (this.view === "live" && this.live.history) this.player.live(this.live.history); }
}

const mostKept = 5000; // Events of a run that are looked through for its lines.
