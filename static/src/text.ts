/** Pure work on text: what terminals draw, and times as people read them. */

/**
 * An AnsiFilter takes escape sequences out of text that comes in pieces. A sequence that is
 * cut at the end of a piece is held back until the next one.
 */
export class AnsiFilter {
	private held = "";

	take(piece: string): string {
		const text = this.held + piece;
		const open = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200}|)$/.exec(text);
		this.held = open && open[0].length < 256 ? open[0] : "";
		const whole = this.held ? text.slice(0, open!.index) : text;
		return whole
			.replace(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]/g, "")
			.replace(/\r\n/g, "\n")
			.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "");
	}
}

/** Says a time in seconds as a person would read it: 0.4, 12, 1:05. `decimal` is the mark of the language. */
export function seconds(millis: number, decimal: string): string {
	const s = Math.max(0, millis) / 1000;
	if (s < 9.95) return s.toFixed(1).replace(".", decimal);
	if (s < 60) return String(Math.floor(s));
	return `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
}

interface Piece {
	kind: "text" | "code" | "strong" | "em";
	text: string;
}

/** Finds `code`, **strong** and *emphasis* in a line of Markdown. Asterisks with space inside them are text. */
export function marked(text: string): Piece[] {
	const pieces: Piece[] = [];
	let end = 0;
	for (const found of text.matchAll(/`([^`]+)`|\*\*(?!\s)((?:`[^`]*`|[^*])+)(?<!\s)\*\*|\*(?![\s*])((?:`[^`]*`|[^*])+)(?<!\s)\*/g)) {
		if (found.index > end) pieces.push({ kind: "text", text: text.slice(end, found.index) });
		const [whole, code, strong, em] = found;
		pieces.push(code ? { kind: "code", text: code } : strong ? { kind: "strong", text: strong } : { kind: "em", text: em! });
		end = found.index + whole.length;
	}
	if (end < text.length) pieces.push({ kind: "text", text: text.slice(end) });
	return pieces;
}

/** About how wide a text is drawn when a Latin letter takes `letter` pixels: Cyrillic ones are wider. */
export function widthOf(text: string, letter: number): number { return text.length * letter * (/[а-яё]/i.test(text) ? 1.13 : 1); }

/** Counts the lines in which two texts differ; a line that was changed counts once. */
export function differingLines(one: string, other: string): number {
	let [a, b] = [one.split("\n"), other.split("\n")];
	let from = 0;
	while (from < a.length && from < b.length && a[from] === b[from]) from++;
	[a, b] = [a.slice(from), b.slice(from)];
	while (a.length > 0 && b.length > 0 && a.at(-1) === b.at(-1)) [a, b] = [a.slice(0, -1), b.slice(0, -1)];
	if (a.length * b.length > 1_000_000) return Math.max(a.length, b.length); // Too much to compare line by line.
	let row = new Array<number>(b.length + 1).fill(0); // Lengths of the longest common subsequence.
	for (const line of a) {
		const next = [0];
		for (let j = 0; j < b.length; j++) next.push(line === b[j] ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!));
		row = next;
	}
	return Math.max(a.length, b.length) - row[b.length]!;
}

/** Puts a text on two lines at most of `most` characters: broken at a space or after a dot where there is one; what is still too long is cut. */
export function wrap(text: string, most: number): string[] {
	if (text.length <= most || most < 2) return [text];
	const head = text.slice(0, most + 1);
	const space = head.lastIndexOf(" ");
	const dot = head.slice(0, most).search(/[._\-/][^._\-/]*$/);
	const at = space > 0 ? space : dot > 0 ? dot + 1 : most;
	const rest = text.slice(at).trimStart();
	return [text.slice(0, at).trimEnd(), rest.length <= most ? rest : `${rest.slice(0, most - 1)}…`];
}
