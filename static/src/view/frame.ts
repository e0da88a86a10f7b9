/** A wire frame, decoded: its fields as a table and its bytes in hex. A field and its bytes light up together. */
import { el } from "../dom.ts";
import type { Say } from "../strings.ts";
import type { Frame, FrameField } from "./types.ts";

const narrow = "(max-width: 48rem)"; // As in the style sheet.

export class FramePanel {
	readonly element = el("div", { class: "frame" });
	private bytes: HTMLElement[] = [];
	private rows: HTMLElement[] = [];
	private shown: Frame | null | undefined; // The frame of the event, even while its request is looked at.

	constructor(private readonly say: Say) { this.show(null); }

	/** Shows a frame; null: the event has none. */
	show(frame: Frame | null): void {
		if (frame === this.shown) return;
		this.shown = frame;
		if (!frame) {
			this.bytes = this.rows = [];
			this.element.replaceChildren(el("p", { class: "quiet" }, this.say("view.frame.none")));
			return;
		}
		this.draw(frame);
	}

	/** Draws a frame; from one that is an answer there is a way to its request, and back to the answer. */
	private draw(frame: Frame, answer?: Frame): void {
		const raw = decode(frame.bytes);
		const way = frame.channel
			? this.say(frame.out ? "view.frame.out" : "view.frame.in", { client: frame.client, channel: frame.channel })
			: this.say(frame.out ? "view.frame.to" : "view.frame.from", { client: frame.client });
		const size = this.say.count("view.frame.size", frame.size, { n: this.say.number(frame.size) });
		const cut = frame.size > raw.length ? [el("p", { class: "quiet" }, this.say("view.frame.cut", { n: raw.length, of: this.say.number(frame.size) }))] : [];
		const other = answer ?? frame.request;
		const turn = other && el("button", { type: "button", class: "line", click: () => this.turn(other, answer ? undefined : frame) }, this.say(answer ? "view.frame.answer" : "view.frame.request"));
		this.element.replaceChildren(el("h3", {}, el("code", {}, frame.name), " ", el("small", {}, `${way} · ${size}`), " ", turn), this.fields(frame), this.dump(frame, raw), ...cut);
		this.listen(frame);
	}

	/** Goes to the request or back; whoever went there by key goes on from the way back. */
	private turn(to: Frame, answer?: Frame): void {
		this.draw(to, answer);
		this.element.querySelector<HTMLElement>("h3 button")?.focus();
	}

	/** Says that the frame is being fetched, or could not be. */
	note(text: string): void {
		this.shown = undefined;
		this.element.replaceChildren(el("p", { class: "quiet" }, text));
	}

	private fields(frame: Frame): HTMLElement {
		this.rows = frame.fields.map((field, i) =>
			el("tr", { "data-field": i, tabindex: i === 0 ? 0 : -1 },
				el("th", { scope: "row" }, field.name),
				el("td", {}, el("code", {}, field.value)),
				el("td", { class: "range" }, rangeOf(field))));
		const head = el("tr", {}, el("th", { scope: "col" }, this.say("view.frame.field")), el("th", { scope: "col" }, this.say("view.frame.value")), el("th", { scope: "col" }, this.say("view.frame.bytes")));
		return el("table", { class: "fields", "aria-label": this.say("view.frame.fields", { name: frame.name }), title: this.say("view.frame.keys") }, el("thead", { class: "offscreen" }, head), el("tbody", {}, ...this.rows));
	}

	private dump(frame: Frame, raw: Uint8Array): HTMLElement {
		this.bytes = [...raw].map((byte, at) => el("span", { "data-at": at, title: this.nameAt(frame, at) }, hex(byte, 2)));
		const letters = [...raw].map((byte, at) => el("span", { "data-at": at }, byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·"));
		const perRow = matchMedia(narrow).matches ? 8 : 16;
		const lines: HTMLElement[] = [];
		for (let from = 0; from < raw.length; from += perRow) {
			const cells = this.bytes.slice(from, from + perRow);
			lines.push(el("div", {}, el("i", {}, hex(from, 4)), el("span", { class: "bytes" }, ...cells), el("span", { class: "letters" }, ...letters.slice(from, from + perRow))));
		}
		this.bytes.push(...letters);
		return el("div", { class: "dump", role: "img", tabindex: 0, "aria-label": this.say("view.frame.dump", { n: raw.length }) }, ...lines);
	}

	private nameAt(frame: Frame, at: number): string {
		return innermost(frame.fields, at)?.name ?? "";
	}

	private listen(frame: Frame): void {
		const [table, dump] = [this.element.querySelector("table")!, this.element.querySelector<HTMLElement>(".dump")!];
		const rowOf = (e: Event): number => Number((e.target as Element).closest<HTMLElement>("[data-field]")?.dataset["field"] ?? -1);
		const byteOf = (e: Event): number => Number((e.target as Element).closest<HTMLElement>("[data-at]")?.dataset["at"] ?? -1);
		const light = (i: number): void => this.light(frame.fields, i);
		table.addEventListener("pointerover", (e) => light(rowOf(e)));
		table.addEventListener("focusin", (e) => light(rowOf(e)));
		table.addEventListener("pointerleave", () => light(-1));
		dump.addEventListener("pointerover", (e) => light(indexAt(frame.fields, byteOf(e))));
		dump.addEventListener("pointerleave", () => light(-1));
		table.addEventListener("keydown", (e) => {
			const i = rowOf(e);
			const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: this.rows.length - 1 }[e.key];
			const row = to === undefined ? undefined : this.rows[Math.max(0, Math.min(this.rows.length - 1, to))];
			if (!row) return;
			e.preventDefault();
			for (const other of this.rows) other.tabIndex = other === row ? 0 : -1;
			row.focus();
		});
	}

	/** Lights a field and its bytes; -1: none. */
	private light(fields: readonly FrameField[], index: number): void {
		const field = fields[index];
		this.rows.forEach((row, i) => row.classList.toggle("lit", i === index));
		for (const byte of this.bytes) {
			const at = Number(byte.dataset["at"]);
			byte.classList.toggle("lit", field !== undefined && at >= field.at && at < field.at + field.length);
		}
	}
}

/** The shortest field that a byte belongs to. */
function innermost(fields: readonly FrameField[], at: number): FrameField | undefined {
	return fields.filter((f) => at >= f.at && at < f.at + f.length).sort((a, b) => a.length - b.length)[0];
}

function indexAt(fields: readonly FrameField[], at: number): number {
	const field = at < 0 ? undefined : innermost(fields, at);
	return field ? fields.indexOf(field) : -1;
}

function rangeOf({ at, length }: FrameField): string {
	return length > 1 ? `${hex(at, 4)}–${hex(at + length - 1, 4)}` : length === 1 ? hex(at, 4) : "";
}

function decode(base64: string): Uint8Array {
	try {
		return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
	} catch {
		return new Uint8Array(); // Not base64: nothing to show.
	}
}

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, "0");
