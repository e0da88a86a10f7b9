/**
 * The view that makes a broker visible: one component for the lab page, the replay page, the
 * exported file, fences and predict steps. Read it in this order: here, what goes between the
 * parts; scene.ts and layout.ts, what is drawn and where; picture.ts, motion.ts and camera.ts,
 * the drawing; timeline.ts; events.ts and filters.ts, the journal; message.ts, frame.ts and
 * places.ts, the panels. History, which knows the state at every event, is in history.ts.
 */
import { el, perFrame } from "../dom.ts";
import { Lights, lightOf } from "../light.ts";
import type { Say } from "../strings.ts";
import type { Light } from "../light.ts";
import { eventInWords } from "../words.ts";
import type { History } from "./history.ts";
import { type Mark, type MarkKind, markKinds, Timeline } from "./timeline.ts";
import { bare, faults, losses, overview } from "./overview.ts";
import { AccessTable } from "./access-table.ts";
import { Panels } from "./panels.ts";
import { Picture } from "./picture.ts";
import { PlaceTable } from "./places.ts";
import { legend } from "../shapes.ts";
import { Cast, holds, sceneInWords } from "./scene.ts";
import type { Filter, Frame, JournalEvent, Recording, State, Token } from "./types.ts";

export interface PlayerOptions {
	say: Say;
	/** What else on the page lights up together with the picture. */
	lights?: Lights;
	/** Picture, timeline and sentence only, built when it comes into sight: for fences. */
	compact?: boolean;
	/** Goes to a line of the student's program. Without it, lines are not shown as links. */
	line?: (file: string, line: number) => void;
	/** Fetches the frame of an event that the recording does not hold. */
	frame?: (event: JournalEvent) => Promise<Frame | null>;
	/** Stands at the head of the player, such as the choice between runs. */
	head?: HTMLElement;
	/** Called when the player has come to an event; -1 is the start. */
	moved?: (index: number, event: JournalEvent | null) => void;
}

const mostAnimated = 8; // Events in one step whose messages are seen to move.
const resting = 60; // Milliseconds between two events that are both lit in the editor.
const between = 250; // Milliseconds after which the marks of a run that goes on are drawn again.
const calm = 1000; // Milliseconds without a step before a screen reader is told where it is.

export class Player {
	private readonly say: Say;
	private readonly lights: Lights;
	private readonly cast = new Cast();
	private readonly title = el("h3");
	private readonly sentence = el("p", { class: "sentence" });
	private readonly spoken = el("p", { class: "offscreen", role: "status" });
	private picture!: Picture;
	private places!: PlaceTable;
	private access!: AccessTable;
	private timeline!: Timeline;
	private panels: Panels | null = null;
	private modes: HTMLButtonElement[] = [];
	private history: History | null = null;
	private rec: Recording | null = null;
	private at = -1;
	private drawn = { index: -2, state: null as State | null };
	private following: boolean | null = null; // null: a recording.
	private bare: boolean | null = null; // A scene that begins with the default exchange keeps it.
	private known = 0; // Events whose places the cast has taken in.
	private tabular = false;
	private future: { labels: readonly string[]; chosen: (index: number) => void } | null = null;
	private foreseen = -1;
	private timer = 0;
	private lighting = 0;
	private marking = 0;
	private losses: { of: number; at: Int32Array } = { of: -1, at: new Int32Array() };
	private unheard: boolean | null = null; // No service heard of the message of the counter-example; null: not looked up yet.
	private lit = 0; // When an event was last come to.
	private built = false;
	private again = false; // The recording that comes is of the same places.
	private watcher: IntersectionObserver | null = null;
	private readonly redraw = perFrame(() => this.draw());

	constructor(private readonly root: HTMLElement, private readonly options: PlayerOptions) {
		this.say = options.say;
		this.lights = options.lights ?? new Lights();
		root.classList.add("player");
		root.classList.toggle("compact", options.compact === true);
		root.addEventListener("keydown", this.escape);
		if (!options.compact) this.build();
		else {
			this.watcher = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && this.build(), { rootMargin: "200px" });
			this.watcher.observe(root);
		}
	}

	/** The index of the event that is shown; -1 is the start. */
	get index(): number { return this.at; }

	/** Shows a recording, paused at rec.at; `again`, one of the same places, each of which stays where it stands. */
	load(history: History, rec: Recording, again = false): void {
		this.again = again;
		this.begin(history, rec, null);
		const at = history.indexOf(rec.at);
		this.at = Math.max(history.length > 0 ? 0 : -1, at);
		this.redraw();
	}

	/** Shows a run that goes on. Call it again after each append: the newest event is shown unless the reader went back. */
	live(history: History): void {
		if (this.history !== history) this.begin(history, null, true);
		if (this.following) this.at = history.length - 1;
		this.redraw();
	}

	/** Goes to an event by its index; -1 is the start. */
	go(index: number): void {
		if (!this.history) return;
		const last = this.history.length - 1;
		this.at = Math.max(Math.min(last, 0), Math.min(last, index));
		if (this.following !== null) this.following = false;
		this.redraw();
	}

	/** Filters the events, as if the reader had chosen it; {} clears. */
	filter(filter: Filter): void { this.panels?.filter(filter); }

	/** Shows the whole life of a message, and marks it wherever it is. */
	follow(message: number): void {
		this.panels?.message(message);
		this.picture.seek(message);
	}

	/** Puts marks on the timeline, in place of those of the same kind: such as the reader's own. */
	mark(kind: MarkKind, marks: readonly Mark["index"][]): void { if (this.built) this.timeline.mark(kind, marks); }

	/** Lets the reader mark one of several moments that are still to come, on the timeline behind the newest event. */
	moments(labels: readonly string[], chosen: (index: number) => void): void {
		this.future = { labels, chosen };
		this.foreseen = -1;
		if (this.built) this.timeline.future(labels, chosen);
	}

	/** Marks a moment to come, as the reader can on the timeline. */
	foresee(index: number): void {
		this.foreseen = index;
		if (this.built) this.timeline.foresee(index);
	}

	/** Takes the player off the page. */
	destroy(): void {
		this.watcher?.disconnect();
		if (this.built) this.timeline.stop();
		clearTimeout(this.timer);
		clearTimeout(this.lighting);
		this.root.removeEventListener("keydown", this.escape);
		this.root.classList.remove("player", "compact");
		this.root.replaceChildren();
		this.history = this.rec = null;
	}

	private build(): void {
		this.watcher?.disconnect();
		if (this.built) return;
		this.built = true;
		const { say, lights, options } = this;
		const compact = options.compact === true;
		const choices = { place: (name: string) => this.choosePlace(name), message: (n: number) => this.follow(n) };
		this.picture = new Picture(say, lights, choices, this.redraw);
		this.places = new PlaceTable(say, choices);
		this.access = new AccessTable(say, choices);
		this.timeline = new Timeline(say, { go: (i) => this.go(i), jump: (by) => this.jump(by), follow: () => this.followRun() }, compact);
		this.modes = (["view.picture", "view.table"] as const).map((key, i) => el("button", { type: "button", "aria-pressed": String(i === 0), click: () => this.turn(i === 1) }, say(key)));
		const switches = el("div", { class: "views modes", role: "group", "aria-label": say("view.mode") }, ...this.modes);
		const over = el("div", { class: "over" }, options.head ?? this.title, switches, el("div", { class: "key" }, legend(say), this.picture.lenses));
		if (!compact) {
			this.panels = new Panels(say, lights, {
				go: (i) => this.go(i), text: (e) => this.text(e), filtered: (found) => this.timeline.mark("found", found ?? []),
				sought: (message) => this.picture.seek(message), frame: (e) => this.frameOf(e),
				line: options.line && ((line, file) => options.line!(file ?? this.mainFile(), line)),
				place: (id, index) => this.nameAt(id, index),
			});
		}
		this.root.replaceChildren(...(compact && !options.head ? [] : [over]), this.picture.element, this.places.element, this.access.element, this.timeline.element, ...(this.panels ? [this.panels.now] : [this.sentence]), this.spoken, ...(this.panels ? [this.panels.element] : []));
		if (this.history) this.prepare();
	}

	private begin(history: History, rec: Recording | null, following: boolean | null): void {
		this.history = history;
		this.rec = rec;
		this.following = following;
		this.at = -1;
		if (this.built) this.prepare();
	}

	/** Makes the parts ready for another run. */
	private prepare(): void {
		const history = this.history!;
		this.timeline.stop();
		if (!this.again) this.picture.forget(this.rec === null);
		this.again = false;
		this.cast.forget();
		this.known = 0;
		this.drawn = { index: -2, state: null };
		this.losses = { of: -1, at: new Int32Array() };
		this.unheard = null;
		if (!this.options.compact || this.bare === null) this.bare = this.rec !== null && bare(history);
		this.cast.bare = this.bare;
		this.panels?.show(history, this.rec?.proof ?? []);
		if (this.rec) {
			for (const i of overview(history)) this.cast.take(history.stateAt(i));
			this.known = history.length;
		}
		this.timeline.size(history.length);
		const { labels = [], chosen = () => undefined } = this.future ?? {};
		this.timeline.future(labels, chosen);
		for (const kind of markKinds) this.timeline.mark(kind, []);
		if (labels.length > 0 && this.foreseen >= 0) this.timeline.foresee(this.foreseen);
		// Where nothing has happened and nothing is to be marked there is nothing to go through.
		const idle = this.options.compact === true && this.rec !== null && history.length <= 1 && labels.length === 0;
		this.timeline.element.hidden = this.sentence.hidden = idle;
		this.marks();
		this.redraw();
	}

	/** Marks what a reader looks for: faults, effects, losses, and the events of the counter-example. */
	private marks(): void {
		const history = this.history!;
		this.timeline.mark("effect", history.find({ kinds: ["effect"] }));
		this.timeline.mark("fault", history.find({ kinds: faults }));
		this.timeline.mark("lost", history.find({ kinds: losses }));
		this.timeline.mark("proof", (this.rec?.proof ?? []).map((seq) => history.indexOf(seq)));
		if (this.rec?.mine) this.timeline.mark("mine", this.rec.mine.map((seq) => history.indexOf(seq)));
	}

	/** Draws where the player stands. At most once per frame, however often it is moved. */
	private draw(): void {
		const { history } = this;
		if (!history || !this.built) return;
		if (this.following) this.at = history.length - 1;
		const event = history.event(this.at) ?? null;
		const state = history.stateAt(this.at);
		this.grow(history);
		const before = this.drawn;
		this.drawn = { index: this.at, state };
		const text = event ? this.text(event) : "";
		this.drawTitle(event);
		if (this.tabular) this.places.show(state, this.title.textContent ?? "");
		else this.drawPicture(state, before.index);
		this.access.show(state);
		this.timeline.at(Math.max(0, this.at), text);
		this.timeline.live(this.following);
		this.sentence.textContent = text;
		this.panels?.at(this.at, event, this.following === true);
		if (before.index === this.at) return;
		this.light(event);
		this.options.moved?.(this.at, event);
		this.announce(text);
	}

	/** Lights the event everywhere: at once when it was stepped to, and when it rests while it is scrubbed to. */
	private light(event: JournalEvent | null): void {
		clearTimeout(this.lighting);
		if (this.following === true) return;
		const now = performance.now();
		const hold = (): void => this.lights.hold(event ? lightOf(event) : null);
		if (now - this.lit > resting) hold();
		else this.lighting = window.setTimeout(hold, resting);
		this.lit = now;
	}

	/** Takes in what a run that goes on has brought. */
	private grow(history: History): void {
		if (this.rec || history.length === this.known) return;
		this.known = history.length;
		this.timeline.size(history.length);
		this.cast.take(history.stateAt(history.length - 1));
		this.panels?.grown();
		this.marking ||= window.setTimeout(() => {
			this.marking = 0;
			if (this.history !== history) return;
			this.marks();
			this.panels?.offer();
		}, between);
	}

	private drawTitle(event: JournalEvent | null): void {
		const words = this.following !== null && this.following ? this.say("picture.title") : event ? this.say("view.at", { seq: event.seq }) : this.say("view.start");
		if (this.title.textContent !== words) this.title.textContent = words;
	}

	private drawPicture(state: State, from: number): void {
		const event = this.history!.event(this.at) ?? null;
		const scene = this.cast.scene(state, this.say, { lost: this.lostIn(state), aside: this.aside(state), event });
		const step = this.at - from;
		const moved = from >= -1 && step > 0 && step <= mostAnimated ? this.history!.all().slice(from + 1, this.at + 1) : [];
		this.picture.show(scene, this.cast.seats(), this.cast.ways(), sceneInWords(scene, this.say, this.history!.length > 0), moved);
	}

	/** The message of the counter-example, once it is in no place any more. */
	private lostIn(state: State): Token | null {
		const { rec, history } = this;
		if (!rec || !history || rec.proof.length === 0 || state.seq < Math.min(...rec.proof)) return null;
		const blamed = history.event(history.indexOf(Math.min(...rec.proof)));
		if (!blamed?.message || (holds(state, blamed.message) && !this.undone(blamed, state))) return null;
		return { message: blamed.message, state: "dead", ...(blamed.label ? { label: blamed.label } : {}) };
	}

	/** Reports whether a group has done with a record that no service ever heard of. */
	private undone(blamed: JournalEvent, { seq }: State): boolean {
		if (blamed.source !== "kafka" || seq < Math.max(...this.rec!.proof)) return false;
		if (this.unheard === null) {
			const effects = [...this.history!.find({ kinds: ["effect"] })].map((i) => this.history!.event(i)!);
			this.unheard = effects.length > 0 && !effects.some((e) => e.message === blamed.message || (e.label && e.label === blamed.label));
		}
		return this.unheard;
	}

	/** By partition: the records that its log has lost up to here, and the one that it is not taking now. */
	private aside(state: State): Map<string, Token[]> {
		const history = this.history!;
		if (this.losses.of !== history.length) this.losses = { of: history.length, at: history.find({ kinds: ["lost"] }) };
		const now = history.event(this.at);
		const told = [...this.losses.at].filter((i) => i <= this.at).map((i) => history.event(i)!);
		const out = new Map<string, Token[]>();
		for (const e of now?.kind === "duplicate" ? [...told, now] : told) {
			const dropped = e.kind === "duplicate";
			const log = state.places.find((p) => p.kind === "partition" && p.name === e.place);
			if (!e.place || !e.message || (!dropped && log?.tokens?.some((t) => t.message === e.message))) continue;
			const label = e.label || history.life(e.message).find((s) => s.event.label)?.event.label;
			const others = (out.get(e.place) ?? []).filter((t) => t.message !== e.message || dropped);
			out.set(e.place, [...others, { message: e.message, state: dropped ? "twice" : "dead", ...(label ? { label } : {}) }]);
		}
		return out;
	}

	private text(event: JournalEvent): string {
		return this.rec?.texts[event.seq] ?? eventInWords(event, this.say);
	}

	/** The file that lines are of where an event names none. */
	private mainFile(): string {
		const names = this.rec?.files?.map((f) => f.name) ?? [];
		return names.includes("main.go") ? "main.go" : (names[0] ?? "");
	}

	private async frameOf(event: JournalEvent): Promise<Frame | null> {
		if (!event.frame) return null;
		return this.rec?.frames?.[event.frame] ?? (await this.options.frame?.(event)) ?? null;
	}

	/** The name of a place, whether it is there now or was. */
	private nameAt(id: string, index: number): string {
		const place = this.history?.stateAt(index).places.find((p) => p.id === id);
		return place?.name || id.replace(/^[a-z]+:/, "");
	}

	private choosePlace(name: string): void {
		this.panels?.place(name);
		this.lights.hold({ place: name } satisfies Light);
	}

	/** To the next event that the filter lets through; without a filter, to the next that is marked. */
	private jump(by: 1 | -1): void {
		if (!this.history) return;
		this.timeline.stop();
		const found = this.panels?.found ?? this.history.find({ kinds: [...faults, ...losses, "effect"] });
		const next = by > 0 ? found.find((i) => i > this.at) : found.findLast((i) => i < this.at);
		if (next !== undefined) this.go(next);
	}

	private followRun(): void {
		this.timeline.stop();
		this.following = true;
		this.lights.hold(null);
		this.redraw();
	}

	private turn(tabular: boolean): void {
		this.tabular = tabular;
		this.modes.forEach((button, i) => button.setAttribute("aria-pressed", String((i === 1) === tabular)));
		this.picture.element.hidden = this.picture.lenses.hidden = tabular;
		this.places.element.hidden = !tabular;
		this.redraw();
	}

	/** Tells a screen reader where the player is once it rests; the slider speaks for itself. */
	private announce(text: string): void {
		clearTimeout(this.timer);
		if (this.following === true || document.activeElement === this.timeline.slider) return;
		this.timer = window.setTimeout(() => {
			if (!this.timeline.plays && text !== this.spoken.textContent) this.spoken.textContent = text;
		}, calm);
	}

	private readonly escape = (e: KeyboardEvent): void => {
		if (e.key !== "Escape" || e.defaultPrevented || !this.panels?.clear()) return;
		e.preventDefault();
		this.picture.seek(0);
		this.lights.hold(null);
	};
}
