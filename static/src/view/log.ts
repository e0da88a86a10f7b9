/** Draws a partition: its replicas, its newest records in a row with their offsets, and below it where groups are. */
import { svg } from "../dom.ts";
import type { Say } from "../strings.ts";
import { widthOf } from "../text.ts";
import { bookmarkInShort, type LogView, type Replica } from "./cluster.ts";
import type { Box } from "./layout.ts";

const pad = 12;
const cellsAt = 28; // From the top of the box.
const cellHeight = 36;
const roomiest = 18; // Letters of a record's name in its cell where all have room;
const longest = 9; // else so many,
const narrow = 400; // and fewer in a box that is narrower.
const bookmarkHeight = 17;
const letter = 6.3; // Pixels that a letter of a note takes,
const chipLetter = 6.6; // of a sign,
const nameLetter = 7.6; // and of a name.

/** The height of a box with room for so many groups. */
export function logHeight(groups: number): number { return cellsAt + cellHeight + 16 + groups * bookmarkHeight + 6; }

/** Of a node or a member that says all in one line. */
export const shortHeight = 42;

interface Cell {
	x: number;
	width: number;
	/** -1: a gap; -2: offsets between that have no record; -3: a record that is not in the log. */
	offset: number;
	/** Index of its token; -1: none. */
	token: number;
	/** Records that a gap stands for. */
	hidden: number;
	/** What the lab calls the record. */
	label?: string;
}

interface Row {
	cells: Cell[];
	y: number;
}

const holeWidth = 12;
const mostAside = 3; // Of the records that are not in the log, the last.

/** The cells that fit: as many of the newest records as possible, and before them the first offset and a gap. After them comes the next offset. */
export function rowOf(log: LogView, box: Box, say: Say): Row {
	const least = Math.max(28, String(log.end).length * 6.4 + 10);
	const all = log.offsets.length;
	const atMost = (letters: number): number => log.labels.slice(0, all).reduce((sum, text) => sum + Math.max(least, widthOf(cut(text, letters), 6.1) + 8), 0);
	const whole = box.width - 2 * pad - least;
	const letters = [roomiest, longest + 2].find((n) => atMost(n) <= whole) ?? (box.width < narrow ? longest - 2 : longest);
	const labelOf = (i: number): string => cut(log.labels[i] ?? "", letters);
	const widthAt = (i: number): number => Math.max(least, labelOf(i).length > 2 ? labelOf(i).length * 6.1 + 8 : 0);
	const aside = log.aside.slice(-mostAside).map((token, i): Omit<Cell, "x"> => {
		const name = cut(token.label ?? `#${token.message}`, letters);
		return { offset: -3, token: log.offsets.length + log.aside.length - Math.min(mostAside, log.aside.length) + i, hidden: 0, label: name, width: Math.max(least, widthOf(name, 6.1) + 8, widthOf(say(`log.${token.state === "twice" ? "dropped" : "lost"}`), 6.4) + 6) };
	});
	let room = whole - aside.reduce((sum, cell) => sum + cell.width, aside.length > 0 ? holeWidth : 0); // For what comes next.
	const before = 2 * least; // The first offset, and a gap.
	let from = all;
	while (from > 0) {
		const hole = from < all && log.offsets[from]! > log.offsets[from - 1]! + 1 ? holeWidth : 0;
		const rest = from > 1 || log.records > all ? before : 0;
		if (widthAt(from - 1) + hole + rest > room) break;
		room -= widthAt(--from) + hole;
	}
	const cells: Cell[] = [];
	let x = box.x + pad;
	const add = (cell: Omit<Cell, "x">): void => {
		cells.push({ ...cell, x });
		x += cell.width;
	};
	if (from > 0 || log.records > all) {
		add({ offset: log.base, token: -1, hidden: 0, width: least });
		add({ offset: -1, token: -1, hidden: log.records - (all - from), width: least });
	}
	for (let i = from; i < all; i++) {
		if (i > from && log.offsets[i]! > log.offsets[i - 1]! + 1) add({ offset: -2, token: -1, hidden: 0, width: holeWidth });
		add({ offset: log.offsets[i]!, token: i, hidden: 0, width: widthAt(i), label: labelOf(i) });
	}
	if (all > 0 && log.end > log.offsets[all - 1]! + 1) add({ offset: -2, token: -1, hidden: 0, width: holeWidth });
	add({ offset: log.end, token: -1, hidden: 0, width: least });
	if (aside.length > 0) x += holeWidth;
	aside.forEach(add);
	return { cells, y: box.y + cellsAt };
}

/** Of a name that is too long, its end: names of many members differ there. */
const tail = (text: string, most: number): string => (text.length > most ? `…${text.slice(1 - most)}` : text);
const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Where the tokens stand that are drawn, by their index. */
export function tokenSpots(row: Row): Map<number, { x: number; y: number }> {
	return new Map(row.cells.filter((c) => c.token >= 0).map((c) => [c.token, { x: c.x + c.width / 2, y: row.y + (c.label ? 12 : cellHeight / 2) }]));
}

/** The left edge of the cell where an offset is, or would be. */
function edgeOf(row: Row, offset: number): number {
	const gap = row.cells.findIndex((c) => c.offset === -1);
	const first = row.cells[gap + 1]?.offset ?? 0;
	if (gap >= 0 && offset < first && offset > row.cells[0]!.offset) return row.cells[gap]!.x + row.cells[gap]!.width / 2;
	return (row.cells.find((c) => c.offset >= offset) ?? row.cells.findLast((c) => c.offset >= 0)!).x;
}

/** What a partition's box shows, its frame and its tokens left out. */
export function logParts(title: string, log: LogView, box: Box, say: Say, most: number): SVGElement[] {
	const row = rowOf(log, box, say);
	const least = log.replicas.reduce((sum, r) => sum + (r.role === "down" ? 2 : 1) * chipLetter + 16, pad); // Of the replicas, in short.
	const name = tail(title, Math.max(5, Math.floor((box.width - pad - least) / nameLetter)));
	const chips = replicaChips(log.replicas, box, say, name.length * nameLetter + pad);
	return [
		svg("text", { x: box.x + pad, y: box.y + 19, class: "name" }, name), ...chips,
		...row.cells.flatMap((cell) => cellParts(cell, row, log, say)),
		...watermark(row, log),
		...log.bookmarks.slice(0, most).flatMap((b, i) => {
			const y = row.y + cellHeight + 16 + i * bookmarkHeight;
			const committed = b.committed >= 0 ? [edgeOf(row, b.committed)] : [];
			const at = b.at >= 0 && b.at !== b.committed ? [edgeOf(row, b.at)] : [];
			return [
				...committed.map((x) => svg("path", { class: "bookmark", d: `M${x} ${y}l5 9h-10z` })),
				...at.map((x) => svg("path", { class: "bookmark open", d: `M${x} ${y + 1}l4.5 8h-9z` })),
				...label(bookmarkInShort(b, most > 1 ? b.group : "", say), b.member, [...committed, ...at].sort((a, c) => a - c), y + 9, box),
			];
		}),
	];
}

const longestReader = 14; // Letters of a reader's name: its end, where readers differ.

/** Words beside marks, behind a sign with the reader's name: after the marks where there is room, else before them, else between; of several texts the first that fits. */
function label(texts: readonly string[], reader: string, marks: readonly number[], y: number, box: Box): SVGElement[] {
	const name = tail(reader, longestReader);
	const chip = name ? widthOf(name, chipLetter) + 10 : 0;
	const [first, last] = [marks[0] ?? box.x + pad - 8, marks.at(-1) ?? box.x + pad - 8];
	const spans = [[last + 10, box.x + box.width - 5], [box.x + 5, first - 12], ...marks.slice(1).map((mark, i) => [marks[i]! + 9, mark - 9])];
	for (const text of [...texts, ""]) {
		const wide = chip + (text && chip ? 5 : 0) + widthOf(text, letter);
		const i = spans.findIndex(([from, to]) => to! - from! >= wide);
		if (i < 0) continue;
		const x = i === 0 ? spans[0]![0]! : spans[i]![1]! - wide; // Close to its mark.
		return [
			...(name ? [svg("rect", { class: "reader", x, y: y - 11, width: chip, height: 15, rx: 7.5 }), svg("text", { class: "reader", x: x + chip / 2, y, "text-anchor": "middle" }, name)] : []),
			...(text ? [svg("text", { x: x + chip + (chip ? 5 : 0), y, class: "note" }, text)] : []),
		];
	}
	return [];
}

function cellParts(cell: Cell, row: Row, log: LogView, say: Say): SVGElement[] {
	const middle = cell.x + cell.width / 2;
	if (cell.offset === -2) return [svg("path", { class: "hole", d: `M${middle} ${row.y + 9}v${cellHeight - 18}` })];
	if (cell.offset === -1) {
		return [
			svg("text", { x: middle, y: row.y + 22, class: "offset", "text-anchor": "middle" }, "…"),
			svg("text", { x: middle, y: row.y + cellHeight + 11, class: "offset", "text-anchor": "middle" }, cell.hidden > 0 && cell.hidden < 1000 ? `+${say.number(cell.hidden)}` : cell.hidden > 0 ? `+${short(cell.hidden)}` : ""),
		];
	}
	const away = cell.offset === -3 ? log.aside[cell.token - log.offsets.length] : undefined;
	const kind = away ? (away.state === "twice" ? "cell dropped" : "cell lost") : cell.offset >= log.end ? "cell next" : cell.offset >= log.hw ? "cell young" : cell.offset >= log.stable ? "cell open" : "cell";
	const below = away ? say(`log.${away.state === "twice" ? "dropped" : "lost"}`) : String(cell.offset);
	return [
		svg("rect", { x: cell.x + 1, y: row.y, width: cell.width - 2, height: cellHeight, rx: 3, class: kind }),
		svg("text", { x: middle, y: row.y + cellHeight + 11, class: away ? "fate" : "offset", "text-anchor": "middle" }, below),
		...(cell.label ? [svg("text", { x: middle, y: row.y + 31, class: "label", "text-anchor": "middle" }, cell.label)] : []),
	];
}

const short = (n: number): string => (n >= 1e6 ? `${Math.floor(n / 1e5) / 10}M` : `${Math.floor(n / 1e3)}k`);

/** A line before the first record that is not on all replicas in sync. */
function watermark(row: Row, log: LogView): SVGElement[] {
	if (log.hw >= log.end) return [];
	const x = edgeOf(row, log.hw);
	return [svg("path", { class: "watermark", d: `M${x} ${row.y - 4}v${cellHeight + 8}` })];
}

/** The replicas, from the right: the leader filled, those in sync with a line around, the others dashed, one that is down struck out. */
function replicaChips(replicas: readonly Replica[], box: Box, say: Say, from: number): SVGElement[] {
	const texts = replicas.map((r) => [r.role === "leader" ? say("log.chip.leader", { node: r.node }) : r.role === "down" ? `${r.node} ✕` : String(r.node), r.lacks > 0 ? `−${say.number(r.lacks)}` : ""].filter(Boolean).join(" "));
	const fits = texts.reduce((sum, text) => sum + text.length * chipLetter + 16, 0) < box.width - from - pad;
	let x = box.x + box.width - pad + 4;
	return replicas.map((r, i) => ({ r, i })).toReversed().flatMap(({ r, i }): SVGElement[] => {
		const text = fits ? texts[i]! : r.role === "down" ? `${r.node}✕` : String(r.node);
		const width = text.length * chipLetter + 12;
		x -= width + 4;
		return [
			svg("rect", { x, y: box.y + 6, width, height: 17, rx: 4, class: `replica ${r.role}` }),
			svg("text", { x: x + width / 2, y: box.y + 18.5, class: `replica ${r.role}`, "text-anchor": "middle" }, text),
		];
	});
}

/** A node or a member: its name, and what it leads or reads; in two lines where the box has room for them. */
export function shortBox(spot: { title: string; note: string }, box: Box): SVGElement[] {
	const lines = box.height > shortHeight ? spot.note.split(" · ") : [spot.note];
	return [
		svg("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: 8 }),
		svg("text", { x: box.x + pad - 2, y: box.y + 17, class: "name" }, tail(spot.title, Math.floor((box.width - 2 * pad) / 6.9))),
		...lines.map((line, i) => {
			const { text, squeeze } = fitted(line, box.width - 2 * pad + 6);
			return svg("text", { x: box.x + pad - 2, y: box.y + 33 + i * 14, class: "note", ...squeeze }, text);
		}),
		svg("title", {}, `${spot.title}: ${spot.note}`),
	];
}

const tightest = 0.86; // So much narrower a text may be drawn.

/** A text that is wider than its room is drawn a little narrower, or cut. */
function fitted(text: string, room: number): { text: string; squeeze: { textLength?: number; lengthAdjust?: string } } {
	const wide = widthOf(text, letter);
	if (wide <= room) return { text, squeeze: {} };
	const most = Math.floor((text.length * room) / wide / tightest);
	return { text: cut(text, most), squeeze: { textLength: room, lengthAdjust: "spacingAndGlyphs" } };
}

/** The heading of a group's members: its name, and how it stands. */
export function groupHead(spot: { title: string; note: string }, box: Box): SVGElement[] {
	return [
		svg("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: 4 }),
		svg("text", { x: box.x + 2, y: box.y + 15 }, svg("tspan", { class: "name" }, spot.title), svg("tspan", { class: "note", dx: 10 }, spot.note)),
	];
}

/** Two short lines: name and number of records, replicas and lag. */
export function denseLog(title: string, log: LogView, box: Box, say: Say): SVGElement[] {
	const lag = log.bookmarks.reduce((sum, b) => sum + b.lag, 0);
	const most = Math.max(4, Math.floor((box.width - 20 - say.number(log.records).length * 7) / 7));
	return [
		svg("text", { x: box.x + 8, y: box.y + 16, class: "name" }, title.length > most ? `${title.slice(0, 2)}…${title.slice(title.length - most + 3)}` : title),
		svg("text", { x: box.x + box.width - 8, y: box.y + 16, class: "amount", "text-anchor": "end" }, say.number(log.records)),
		...replicaChips(log.replicas.map((r) => ({ ...r, lacks: 0 })), { ...box, y: box.y + 17 }, say, log.bookmarks.length > 0 ? 100 : 0),
		...(log.bookmarks.length > 0 ? [svg("text", { x: box.x + 8, y: box.y + 35, class: "note" }, say("log.lag", { n: say.number(lag) }))] : []),
	];
}
