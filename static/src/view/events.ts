/**
 * The journal as a table. Only the rows in sight are in the page, so that a hundred thousand
 * events cost no more than thirty. Walked with the arrow keys; one stop for Tab.
 */
import { el, perFrame } from "../dom.ts";
import { type Light, type Lights, lightOf } from "../light.ts";
import type { Say } from "../strings.ts";
import { alarming, kindInWords, lineInWords } from "../words.ts";
import type { JournalEvent } from "./types.ts";

/** Where the rows come from. */
export interface Source {
	readonly length: number;
	event(index: number): JournalEvent | undefined;
	text(event: JournalEvent): string;
}

/** What the page does with a row. */
export interface Choices {
	chosen(index: number): void;
	line?: ((line: number, file?: string) => void) | undefined;
}

export const rowHeight = 36; // Pixels; the style sheet holds rows to it,
const stackedHeight = 54; // and to this where the words of an event stand below its kind,
const stackedBelow = 480; // as they do in a pane that is narrower.
const spare = 6; // Rows above and below those in sight.

/** Which rows are in the page, of `n`, when `top` pixels are scrolled past and `height` are in sight. */
export function windowOf(n: number, top: number, height: number, row = rowHeight): { from: number; to: number } {
	const from = Math.max(0, Math.min(n - 1, Math.floor(top / row)) - spare);
	return { from, to: Math.min(n, Math.ceil((top + height) / row) + spare) };
}

export class EventTable {
	readonly element: HTMLElement;
	private source: Source | null = null;
	private found: Int32Array | null = null; // The indexes that the filter lets through; null: all.
	private readonly body = el("tbody", { role: "rowgroup" });
	private readonly above = el("tr", { class: "gap", "aria-hidden": "true" }, el("td", { colspan: 3 }));
	private readonly below = el("tr", { class: "gap", "aria-hidden": "true" }, el("td", { colspan: 3 }));
	private readonly table: HTMLTableElement;
	private readonly quiet = el("p", { class: "quiet" });
	private readonly rows = new Map<number, HTMLTableRowElement>(); // By index of the event.
	private current = -1;
	private stop = -1; // The row that Tab comes to.
	private light: Light | null = null;
	private step = rowHeight;
	private proof: ReadonlySet<number> = new Set();
	private top = 0; // Where the table is scrolled to, and how much is in sight: known, so that nothing has to be measured while scrubbing.
	private height = 0;
	private readonly draw = perFrame(() => this.render());

	constructor(private readonly say: Say, private readonly lights: Lights, private readonly choices: Choices) {
		const head = el("tr", {}, ...(["journal.number", "journal.kind", "journal.what"] as const).map((key) => el("th", { scope: "col" }, say(key))));
		const columns = el("colgroup", {}, el("col", { class: "c-seq" }), el("col", { class: "c-kind" }), el("col"));
		this.table = el("table", { role: "table", "aria-label": say("journal.title"), title: say("journal.keys") }, columns, el("thead", { class: "offscreen" }, head), this.body);
		this.body.append(this.above, this.below);
		this.element = el("div", { class: "rows", scroll: () => this.scrolled() }, this.quiet, this.table);
		new ResizeObserver(() => {
			const hidden = this.height === 0;
			const before = this.positionOf(this.current) * this.step - this.top;
			const seen = this.current >= 0 && before >= 0 && before < this.height;
			this.height = this.element.clientHeight;
			this.stack(this.element.clientWidth < stackedBelow);
			if ((hidden && this.current >= 0) || seen) this.goTo(this.positionOf(this.current)); // It was gone to before there was this height.
			else this.draw();
		}).observe(this.element);
		this.body.addEventListener("keydown", (e) => this.key(e));
		this.body.addEventListener("click", (e) => this.click(e));
		this.body.addEventListener("focusin", (e) => this.focus(e));
		this.body.addEventListener("pointerover", (e) => this.hover(e));
		this.body.addEventListener("pointerleave", () => lights.point(null));
		lights.add((light) => this.showLight(light));
		this.render();
	}

	/** Shows the events of a source, or those of them that were found. */
	show(source: Source | null, found: Int32Array | null): void {
		const other = source !== this.source;
		this.source = source;
		this.found = found;
		if (other) {
			this.current = this.stop = -1;
			for (const row of this.rows.values()) row.remove();
			this.rows.clear();
			this.top = 0;
		}
		this.draw();
	}

	/** Says which events are the counter-example. */
	prove(seqs: Iterable<number>): void { this.proof = new Set(seqs); }

	/** In a narrow pane an event takes two lines. */
	private stack(narrow: boolean): void {
		const step = narrow ? stackedHeight : rowHeight;
		if (step === this.step || this.height === 0) return;
		this.top = (this.top / this.step) * step;
		this.step = step;
		this.element.classList.toggle("stacked", narrow);
		this.render();
		this.element.scrollTop = this.top;
	}

	/** Marks the event that the timeline stands at, and brings it into view. With `end`, the newest is in view. */
	mark(index: number, end = false): void {
		const same = index === this.current && !end;
		this.rows.get(this.current)?.removeAttribute("aria-current");
		this.current = end ? -1 : index;
		if (!same) this.goTo(end ? this.length - 1 : this.positionOf(index));
		this.rows.get(this.current)?.setAttribute("aria-current", "true");
	}

	private get length(): number { return this.found?.length ?? this.source?.length ?? 0; }

	private indexAt(position: number): number { return this.found ? (this.found[position] ?? -1) : position; }

	/** The position of an event among the rows, or of the last before it. */
	private positionOf(index: number): number {
		if (!this.found) return index;
		let [low, high] = [0, this.found.length];
		while (low < high) {
			const middle = (low + high) >> 1;
			if (this.found[middle]! <= index) low = middle + 1;
			else high = middle;
		}
		return Math.max(0, low - 1);
	}

	/** Draws the rows in sight, and keeps those that are there already. */
	private render(): void {
		const n = this.length;
		this.top = Math.max(0, Math.min(this.top, n * this.step - this.height));
		const { from, to } = windowOf(n, this.top, this.height || 400, this.step);
		this.table.setAttribute("aria-rowcount", String(n + 1));
		const wanted = new Set<number>();
		let before: Element = this.above;
		for (let i = from; i < to; i++) {
			const index = this.indexAt(i);
			const row = this.rows.get(index) ?? this.row(index);
			if (!row) continue;
			wanted.add(index);
			row.setAttribute("aria-rowindex", String(i + 2));
			if (before.nextElementSibling !== row) before.after(row);
			before = row;
		}
		for (const [index, row] of this.rows) {
			if (wanted.has(index) || row.contains(document.activeElement)) continue;
			row.remove();
			this.rows.delete(index);
		}
		(this.above.firstElementChild as HTMLElement).style.height = `${from * this.step}px`;
		(this.below.firstElementChild as HTMLElement).style.height = `${(n - to) * this.step}px`;
		this.above.hidden = from === 0;
		this.below.hidden = to >= n;
		this.quiet.hidden = n > 0;
		if (n === 0) this.quiet.textContent = this.say(this.source?.length ? "journal.nothing" : "journal.empty");
		this.rove(from);
	}

	private row(index: number): HTMLTableRowElement | null {
		const event = this.source?.event(index);
		if (!event) return null;
		const { line } = event;
		const at = this.say("journal.at", { ms: Math.round(event.at / 1e6) });
		const text = this.source!.text(event);
		const to = line && this.choices.line ? el("button", { class: "line", type: "button", tabindex: -1, "data-line": line }, lineInWords(event, this.say)) : null;
		const proves = this.proof.has(event.seq);
		const row = el("tr", { role: "row", class: proves ? "proof" : "", "data-index": index, "data-seq": event.seq, tabindex: -1, "aria-current": index === this.current && "true" },
			el("td", { role: "cell", class: "seq", title: at }, `#${event.seq}`),
			el("th", { role: "rowheader", scope: "row", class: alarming.has(event.kind) ? "alarm" : "" }, kindInWords(event.kind, this.say), proves ? el("span", { class: "offscreen" }, ` (${this.say("journal.proof")})`) : null),
			el("td", { role: "cell", title: text }, el("div", { class: "what" }, el("span", { class: "text" }, text), to)));
		row.classList.toggle("lit", lit(event, this.light));
		this.rows.set(index, row);
		return row;
	}

	private at(target: EventTarget | null): { row: HTMLTableRowElement; index: number; event: JournalEvent } | null {
		const row = (target as Element | null)?.closest?.<HTMLTableRowElement>("tr[data-index]");
		const index = Number(row?.dataset["index"] ?? -1);
		const event = this.source?.event(index);
		return row && event ? { row, index, event } : null;
	}

	private hover(e: Event): void {
		const hit = this.at(e.target);
		if (hit) this.lights.point(lightOf(hit.event));
	}

	private focus(e: Event): void {
		const hit = this.at(e.target);
		if (!hit || e.target !== hit.row) return;
		this.stop = hit.index;
		this.rove(0);
	}

	private click(e: Event): void {
		const hit = this.at(e.target);
		if (!hit) return;
		this.choices.chosen(hit.index);
		const line = (e.target as Element).closest<HTMLElement>("[data-line]");
		if (line) this.choices.line?.(Number(line.dataset["line"]), hit.event.file);
	}

	private key(e: KeyboardEvent): void {
		const hit = this.at(e.target);
		if (!hit || e.target !== hit.row) return;
		const i = this.positionOf(hit.index);
		const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: this.length - 1, PageDown: i + 10, PageUp: i - 10 }[e.key];
		if (to !== undefined) {
			e.preventDefault();
			this.walk(Math.max(0, Math.min(this.length - 1, to)));
		} else if (e.key === "Enter") {
			e.preventDefault();
			this.choices.chosen(hit.index);
			if (hit.event.line) this.choices.line?.(hit.event.line, hit.event.file);
		}
	}

	private walk(position: number): void {
		const index = this.indexAt(position);
		this.goTo(position);
		this.rows.get(index)?.focus({ preventScroll: true });
		this.choices.chosen(index);
	}

	/** Sees to it that Tab stops at one row: where one was, at the current one, or at the first. */
	private rove(from: number): void {
		const here = [this.stop, this.current, this.indexAt(from)].find((i) => this.rows.has(i));
		for (const [index, row] of this.rows) row.tabIndex = index === here ? 0 : -1;
	}

	private showLight(light: Light | null): void {
		this.light = light;
		for (const [index, row] of this.rows) {
			const event = this.source?.event(index);
			row.classList.toggle("lit", event !== undefined && lit(event, light));
		}
	}

	private scrolled(): void {
		this.top = this.element.scrollTop;
		this.draw();
	}

	/** Brings a row into view. Scrolls the table only: never the page. */
	private goTo(position: number): void {
		const { step } = this;
		const top = position * step;
		if (this.height > 0 && position >= 0) {
			if (top < this.top + step) this.top = Math.max(0, top - step);
			else if (top + step > this.top + this.height - step) this.top = top - this.height + step * 2;
		}
		this.top = Math.max(0, Math.min(this.top, this.length * step - this.height));
		this.render();
		this.element.scrollTop = this.top;
	}
}

/** A row is lit by its own number; else by its line, its message or its place, whichever the light is about. */
function lit(event: JournalEvent, light: Light | null): boolean {
	if (!light) return false;
	if (light.seq !== undefined) return light.seq === event.seq;
	if (light.line !== undefined) return light.line === event.line && light.file === event.file;
	if (light.message !== undefined) return light.message === event.message;
	return light.place !== undefined && light.place === event.place;
}
