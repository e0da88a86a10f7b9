/** What stands under the timeline: the event in words, and three panels: the events, the life of a message, the frame. */
import { el } from "../dom.ts";
import type { Lights } from "../light.ts";
import type { Say } from "../strings.ts";
import { lineInWords, messageInWords } from "../words.ts";
import { EventTable, type Source } from "./events.ts";
import { Filters } from "./filters.ts";
import { FramePanel } from "./frame.ts";
import type { History } from "./history.ts";
import { MessageLife } from "./message.ts";
import type { Filter, Frame, JournalEvent } from "./types.ts";

export interface Hooks {
	go(index: number): void;
	text(event: JournalEvent): string;
	/** What the filter lets through; null: everything. */
	filtered(found: Int32Array | null): void;
	/** The message whose life is shown; 0: none. */
	sought(message: number): void;
	frame(event: JournalEvent): Promise<Frame | null>;
	line: ((line: number, file?: string) => void) | undefined;
	place(id: string, index: number): string;
}

const tabs = ["events", "life", "frame"] as const;
type Tab = (typeof tabs)[number];

const near = 30; // Rows: so far the table has most of them already.
const scrubbing = 90; // Milliseconds between two looks at the table while it is scrubbed through.
const resting = 120; // Milliseconds at one event before its frame is fetched.
const mostOffered = 200; // Places and clients in the list of filters.

export class Panels {
	readonly element: HTMLElement;
	/** The event that the timeline stands at. */
	readonly now: HTMLElement;
	/** What the filter lets through; null: everything. */
	found: Int32Array | null = null;
	private readonly sentence = el("p", { class: "sentence" });
	private readonly ways = el("p", { class: "ways-on" });
	private readonly events: EventTable;
	private readonly filters: Filters;
	private readonly life: MessageLife;
	private readonly frame: FramePanel;
	private readonly buttons: Record<Tab, HTMLButtonElement>;
	private readonly panes: Record<Tab, HTMLElement>;
	private tab: Tab = "events";
	private history: History | null = null;
	private source: Source | null = null;
	private message_ = 0;
	private index = -1;
	private shown: JournalEvent | null = null;
	private timer = 0;
	private marking = 0;
	private marked = { index: -1, at: 0 }; // The row that was marked last, and when.

	constructor(private readonly say: Say, lights: Lights, private readonly hooks: Hooks) {
		this.events = new EventTable(say, lights, { chosen: (i) => hooks.go(i), line: hooks.line });
		this.filters = new Filters(say, () => this.refilter(), (n) => this.nameOf(n));
		this.life = new MessageLife(say, { go: (i) => hooks.go(i), line: hooks.line, text: (e) => hooks.text(e), place: (id, index) => hooks.place(id, index) });
		this.frame = new FramePanel(say);
		this.panes = {
			events: el("div", { class: "pane journal" }, this.filters.element, this.filters.chips, this.events.element),
			life: el("div", { class: "pane" }, this.life.element),
			frame: el("div", { class: "pane" }, this.frame.element),
		};
		this.buttons = Object.fromEntries(tabs.map((tab) => [tab, this.button(tab)])) as Record<Tab, HTMLButtonElement>;
		const bar = el("div", { class: "views tabs-of", role: "tablist", "aria-label": say("view.panels"), keydown: (e: KeyboardEvent) => this.key(e) }, ...tabs.map((t) => this.buttons[t]));
		for (const tab of tabs) this.label(tab);
		this.element = el("div", { class: "panels" }, bar, ...tabs.map((t) => this.panes[t]));
		this.now = el("div", { class: "now" }, this.sentence, this.ways);
		this.turn("events");
	}

	/** Shows another run, with the seqs of its counter-example. Filters of the one before say nothing about it. */
	show(history: History, proof: readonly number[]): void {
		clearTimeout(this.marking);
		this.marked = { index: -1, at: 0 };
		this.history = history;
		this.source = { get length() { return history.length; }, event: (i) => history.event(i), text: (e) => this.hooks.text(e) };
		this.message_ = 0;
		this.shown = null;
		this.life.none();
		this.filters.clear();
		this.found = null;
		this.events.prove(proof);
		this.events.show(this.source, null);
		this.offer();
	}

	/** More events have come. */
	grown(): void {
		this.label("events");
		if (this.filters.on) this.refilter();
		else this.events.show(this.source, null);
		if (this.message_) this.life.show(this.nameOf(this.message_), this.history!.life(this.message_));
	}

	/** Stands at an event. With `newest`, the run goes on and the last rows are in view. */
	at(index: number, event: JournalEvent | null, newest: boolean): void {
		this.index = index;
		this.markRow(newest);
		if (this.tab === "life") this.life.mark(index);
		if (event === this.shown) return;
		this.shown = event;
		this.sentence.textContent = event ? this.hooks.text(event) : this.say(this.history?.length ? "view.start" : "journal.empty");
		this.ways.replaceChildren(...(event ? this.waysOn(event) : []));
		if (this.tab === "frame") this.loadFrame();
	}

	/** Marks the row of the event: at once, or soon while the reader scrubs far and fast. */
	private markRow(newest: boolean): void {
		clearTimeout(this.marking);
		const now = performance.now();
		if (Math.abs(this.index - this.marked.index) > near && now - this.marked.at < scrubbing && !newest) {
			this.marking = window.setTimeout(() => this.markRow(false), scrubbing);
			return;
		}
		this.marked = { index: this.index, at: now };
		this.events.mark(this.index, newest);
	}

	filter(filter: Filter): void { this.filters.set({ message: undefined, place: undefined, kinds: undefined, client: undefined, text: undefined, ...filter }); }

	/** Shows the events of a place only. */
	place(name: string): void {
		this.filters.set({ place: name });
		this.turn("events");
	}

	/** Shows the whole life of a message, and its events only. */
	message(number: number): void {
		this.message_ = number;
		this.filters.set({ message: number });
		this.life.show(this.nameOf(number), this.history?.life(number) ?? []);
		this.turn("life");
	}

	/** Clears every filter. Reports whether there was one. */
	clear(): boolean {
		const any = this.filters.on || this.message_ > 0;
		this.filters.clear();
		if (this.message_) this.forgetMessage();
		return any;
	}

	/** From an event to the rest that is known of it: its line, its message, its frame. */
	private waysOn(event: JournalEvent): HTMLElement[] {
		const way = (text: string, act: () => void): HTMLElement => el("button", { type: "button", class: "line", click: act }, text);
		const { line, message, frame, client } = event;
		return [
			...(line && this.hooks.line ? [way(lineInWords(event, this.say), () => this.hooks.line!(line, event.file))] : []),
			...(message ? [way(this.say("view.life.of", { message: event.label ? messageInWords(event, this.say) : this.nameOf(message) }), () => this.message(message))] : []),
			...(frame ? [way(this.say("view.frame.of"), () => this.turn("frame"))] : []),
			...(client ? [el("span", { class: "who" }, [client, event.channel ? this.say("view.channel", { channel: event.channel }) : ""].filter(Boolean).join(", "))] : []),
		];
	}

	private refilter(): void {
		const { now, on } = this.filters;
		this.found = on && this.history ? this.history.find(now) : null;
		if (this.message_ && now.message !== this.message_) this.forgetMessage();
		this.events.show(this.source, this.found);
		this.events.mark(this.index);
		this.label("events");
		this.hooks.filtered(this.found);
		this.hooks.sought(this.message_);
	}

	private forgetMessage(): void {
		this.message_ = 0;
		this.life.none();
		if (this.tab === "life") this.turn("events");
		this.hooks.sought(0);
	}

	/** Offers what the run has by now to filter by. */
	offer(): void {
		const { history } = this;
		if (!history) return;
		const clients = new Set<string>();
		const places = new Set<string>();
		for (const e of history.all()) {
			if (e.client && clients.size < mostOffered) clients.add(e.client);
			if (e.place && places.size < mostOffered) places.add(e.place);
			if (e.exchange && places.size < mostOffered) places.add(e.exchange);
		}
		const sorted = (names: Set<string>): string[] => [...names].sort(new Intl.Collator(undefined, { numeric: true }).compare);
		this.filters.offer({ kinds: history.kinds(), places: sorted(places), clients: sorted(clients) });
		this.label("events");
	}

	private nameOf(message: number): string {
		const life = this.history?.life(message) ?? [];
		const first = (life.find((step) => step.event.label) ?? life[0])?.event;
		return first ? messageInWords(first, this.say) : this.say("event.nameless", { message });
	}

	private button(tab: Tab): HTMLButtonElement {
		const pane = this.panes[tab];
		pane.id = `panel-${tab}-${++made}`;
		pane.setAttribute("role", "tabpanel");
		const button = el("button", { type: "button", role: "tab", id: `${pane.id}-tab`, "aria-controls": pane.id, click: () => this.turn(tab) });
		pane.setAttribute("aria-labelledby", button.id);
		return button;
	}

	private label(tab: Tab): void {
		const n = tab === "events" ? (this.found?.length ?? this.history?.length ?? 0) : 0;
		this.buttons[tab].replaceChildren(this.say(`view.panel.${tab}`), n > 0 ? el("small", {}, ` ${this.say.number(n)}`) : "");
	}

	private turn(tab: Tab): void {
		this.tab = tab;
		for (const t of tabs) {
			this.buttons[t].setAttribute("aria-selected", String(t === tab));
			this.buttons[t].tabIndex = t === tab ? 0 : -1;
			this.panes[t].hidden = t !== tab;
		}
		if (tab === "frame") this.loadFrame();
		if (tab === "life") this.life.mark(this.index);
		if (tab === "events") this.events.mark(this.index);
	}

	private key(e: KeyboardEvent): void {
		const i = tabs.indexOf(this.tab);
		const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[e.key];
		const tab = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length];
		if (!tab) return;
		e.preventDefault();
		this.turn(tab);
		this.buttons[tab].focus();
	}

	/** Fetches the frame of the event once the reader rests at it. */
	private loadFrame(): void {
		clearTimeout(this.timer);
		const event = this.shown;
		if (!event?.frame) return this.frame.show(null);
		this.timer = window.setTimeout(() => {
			this.hooks.frame(event).then((frame) => event === this.shown && this.frame.show(frame), () => event === this.shown && this.frame.note(this.say("view.frame.lost")));
		}, resting);
	}
}

let made = 0; // So that several players on a page have panels of their own.
