/** The journal as a table: filtered by kind and message, followed while it grows, walked with the arrow keys. */
import { el, perFrame } from "./dom.ts";
import type { Light, Lights } from "./light.ts";
import type { Say } from "./strings.ts";
import type { ReplayEvent } from "./types.ts";
import { alarming, kindInWords, messageInWords } from "./words.ts";

const mostKept = 5000; // Events held for the filters.
const mostShown = 400; // Rows in the page.

/** What the page does with a row. */
export interface Choices {
	chosen(row: ReplayEvent): void;
	line(line: number): void;
}

export class Journal {
	readonly element: HTMLElement;
	private rows: ReplayEvent[] = [];
	private fresh: ReplayEvent[] = [];
	private bySeq = new Map<number, ReplayEvent>();
	private readonly body = el("tbody");
	private readonly kinds: HTMLSelectElement;
	private readonly messages: HTMLSelectElement;
	private readonly quiet = el("p", { class: "quiet" });
	private readonly scroller: HTMLElement;
	private seenKinds = new Set<string>();
	private seenMessages = new Map<number, string>();
	private current = 0;
	private readonly draw = perFrame(() => this.append());

	constructor(private readonly say: Say, private readonly lights: Lights, private readonly choices: Choices, tools: HTMLElement) {
		this.kinds = this.filter("journal.kind");
		this.messages = this.filter("journal.message");
		const head = el("tr", {}, el("th", { scope: "col" }, say("journal.number")), el("th", { scope: "col" }, say("journal.kind")), el("th", { scope: "col" }, say("journal.what")));
		const table = el("table", { "aria-label": say("journal.title"), title: say("journal.keys") }, el("thead", { class: "offscreen" }, head), this.body);
		this.scroller = el("div", { class: "rows" }, this.quiet, table);
		this.element = el("div", { class: "events" }, el("div", { class: "bar" }, tools, this.kinds, this.messages), this.scroller);
		this.body.addEventListener("keydown", (e) => this.key(e));
		this.body.addEventListener("click", (e) => this.click(e));
		this.body.addEventListener("focusin", (e) => this.focus(e));
		this.body.addEventListener("pointerover", (e) => this.hover(e));
		this.body.addEventListener("pointerleave", () => lights.point(null));
		lights.add((light) => this.showLight(light));
		this.clear();
	}

	clear(): void {
		this.rows = [];
		this.fresh = [];
		this.bySeq.clear();
		this.seenKinds.clear();
		this.seenMessages.clear();
		this.current = 0;
		this.kinds.replaceChildren(el("option", { value: "" }, this.say("journal.kind.all")));
		this.messages.replaceChildren(el("option", { value: "" }, this.say("journal.message.all")));
		this.body.replaceChildren();
		this.showQuiet();
	}

	add(events: readonly ReplayEvent[]): void {
		this.rows.push(...events);
		for (const row of events) this.bySeq.set(row.event.seq, row);
		if (this.rows.length > mostKept) {
			for (const old of this.rows.splice(0, this.rows.length - mostKept)) this.bySeq.delete(old.event.seq);
		}
		this.fresh.push(...events);
		this.draw();
	}

	/** Marks the event that the scrubber stands at, and brings it into view. */
	mark(seq: number): void {
		this.current = seq;
		if (this.fresh.length > 0) this.append();
		for (const row of this.body.rows) {
			const here = Number(row.dataset["seq"]) === seq;
			row.toggleAttribute("aria-current", here);
			if (here) {
				row.setAttribute("aria-current", "true");
				requestAnimationFrame(() => this.reveal(row));
			}
		}
	}

	private filter(name: "journal.kind" | "journal.message"): HTMLSelectElement {
		return el("select", { "aria-label": this.say(name), change: () => this.refill() });
	}

	private matches(row: ReplayEvent): boolean {
		const { kind, message } = row.event;
		return (this.kinds.value === "" || this.kinds.value === kind) && (this.messages.value === "" || this.messages.value === String(message ?? ""));
	}

	private refill(): void {
		this.fresh = [];
		this.body.replaceChildren(...this.rows.filter((r) => this.matches(r)).slice(-mostShown).map((r) => this.row(r)));
		this.showQuiet();
	}

	private append(): void {
		const box = this.scroller;
		const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
		for (const row of this.fresh) this.know(row);
		this.body.append(...this.fresh.filter((r) => this.matches(r)).slice(-mostShown).map((r) => this.row(r)));
		this.fresh = [];
		while (this.body.rows.length > mostShown) this.body.rows[0]!.remove();
		this.showQuiet();
		if (atEnd && this.current === 0) box.scrollTop = box.scrollHeight;
	}

	/** Adds what a row brings to the choices of the filters. */
	private know({ event }: ReplayEvent): void {
		if (!this.seenKinds.has(event.kind)) {
			this.seenKinds.add(event.kind);
			this.kinds.append(el("option", { value: event.kind }, kindInWords(event.kind, this.say)));
		}
		if (event.message && !this.seenMessages.has(event.message) && this.seenMessages.size < 200) {
			const label = messageInWords(event, this.say);
			this.seenMessages.set(event.message, label);
			this.messages.append(el("option", { value: event.message }, label));
		}
	}

	private row({ event, text, line }: ReplayEvent): HTMLTableRowElement {
		const at = this.say("journal.at", { ms: Math.round(event.at / 1e6) });
		const to = line ? el("button", { class: "line", type: "button", tabindex: -1, "data-line": line }, this.say("journal.line", { line })) : null;
		const row = el(
			"tr",
			{ "data-seq": event.seq, tabindex: -1, "aria-current": event.seq === this.current && "true" },
			el("td", { class: "seq", title: at }, `#${event.seq}`),
			el("th", { scope: "row", class: alarming.has(event.kind) ? "alarm" : "" }, kindInWords(event.kind, this.say)),
			el("td", {}, text, to ? " " : null, to),
		);
		return row;
	}

	private at(target: EventTarget | null): { row: HTMLTableRowElement; event: ReplayEvent } | null {
		const row = (target as Element | null)?.closest?.("tr");
		const event = row && this.bySeq.get(Number(row.dataset["seq"]));
		return row && event ? { row, event } : null;
	}

	private hover(e: Event): void {
		const hit = this.at(e.target);
		if (hit) this.lights.point(lightOf(hit.event));
	}

	private focus(e: Event): void {
		const hit = this.at(e.target);
		if (!hit || e.target !== hit.row) return;
		this.body.querySelector("tr[tabindex='0']")?.setAttribute("tabindex", "-1");
		hit.row.tabIndex = 0;
		if (hit.row.matches(":focus-visible")) this.choose(hit.event);
	}

	private click(e: Event): void {
		const hit = this.at(e.target);
		if (!hit) return;
		this.choose(hit.event);
		const line = (e.target as Element).closest<HTMLElement>("[data-line]");
		if (line) this.choices.line(Number(line.dataset["line"]));
	}

	private choose(event: ReplayEvent): void {
		this.lights.hold(lightOf(event));
		this.choices.chosen(event);
	}

	private key(e: KeyboardEvent): void {
		const hit = this.at(e.target);
		if (!hit) return;
		const rows = this.body.rows;
		const i = [...rows].indexOf(hit.row);
		const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: rows.length - 1, PageDown: i + 10, PageUp: i - 10 }[e.key];
		if (to !== undefined) {
			e.preventDefault();
			rows[Math.max(0, Math.min(rows.length - 1, to))]?.focus();
		} else if (e.key === "Enter" && hit.event.line) {
			e.preventDefault();
			this.choices.line(hit.event.line);
		}
	}

	private showLight(light: Light | null): void {
		for (const row of this.body.rows) {
			const event = this.bySeq.get(Number(row.dataset["seq"]));
			row.classList.toggle("lit", event !== undefined && lit(event, light));
		}
	}

	/** Sees to it that Tab stops at one row, whichever rows have come and gone. */
	private rove(): void {
		const { rows } = this.body;
		if (rows.length > 0 && !this.body.querySelector("tr[tabindex='0']")) rows[0]!.tabIndex = 0;
	}

	private showQuiet(): void {
		this.rove();
		const none = this.body.rows.length === 0;
		const cut = !none && this.rows.filter((r) => this.matches(r)).length > mostShown;
		this.quiet.hidden = !none && !cut;
		if (none) this.quiet.textContent = this.say(this.rows.length === 0 ? "journal.empty" : "journal.nothing");
		if (cut) this.quiet.textContent = this.say("journal.cut", { n: mostShown });
	}

	/** Scrolls the table only: never the page. */
	private reveal(row: HTMLElement): void {
		const box = this.scroller;
		if (box.scrollHeight <= box.clientHeight) return;
		const [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
		if (top < box.scrollTop + 40) box.scrollTop = top - 60;
		else if (bottom > box.scrollTop + box.clientHeight - 40) box.scrollTop = bottom - box.clientHeight + 60;
	}
}

function lightOf({ event, line }: ReplayEvent): Light {
	const light: Light = { seq: event.seq };
	if (line) light.line = line;
	if (event.place) light.place = event.place;
	if (event.message) light.message = event.message;
	return light;
}

/** A row is lit by its own number; else by its line, its message or its place, whichever the light is about. */
function lit({ event, line }: ReplayEvent, light: Light | null): boolean {
	if (!light) return false;
	if (light.seq !== undefined) return light.seq === event.seq;
	if (light.line !== undefined) return light.line === line;
	if (light.message !== undefined) return light.message === event.message;
	return light.place !== undefined && light.place === event.place;
}
