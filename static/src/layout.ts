/**
 * Where each place of a picture stands. Places go in columns from left to right along the
 * flows; within a column the order never changes once a place has been seen, so that nothing jumps.
 */
import type { Flow, Place } from "./types.ts";

export interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
	/** Height of the lines of text above the tokens. */
	head: number;
}

export interface Layout {
	width: number;
	height: number;
	boxes: Map<string, Box>;
	/** Tokens that fit in one row of a box. */
	perRow: number;
}

export const tokenStep = 19;
const pad = 12;
const gapX = { most: 64, least: 26 };
const gapY = 12;
const widest = 190;
const narrowest = 96;
const head = 46; // Height of a box's first two lines of text.
export const lineHeight = 15; // Of each further one.

/** Kinds have a column to begin with, for places that no flow leads to. */
const homes: Record<string, number> = { exchange: 0, queue: 1, consumer: 2, service: 3 };

/**
 * Lays out places in `width` pixels. `room` says how many tokens a place must have room for,
 * `further` how many lines of text it has after the first two, in a box of a width.
 */
export function layOut(places: readonly Place[], flows: readonly Flow[], width: number, room: (place: Place) => number, further: (place: Place, width: number) => number = () => 0): Layout {
	const columns = columnsOf(places, flows);
	const n = Math.max(1, columns.length);
	const gap = Math.max(gapX.least, Math.min(gapX.most, (width - n * 150) / Math.max(1, n - 1)));
	const boxWidth = Math.max(narrowest, Math.min(widest, (width - (n - 1) * gap) / n));
	const perRow = Math.max(3, Math.floor((boxWidth - pad * 2 + 5) / tokenStep));
	const headOf = (place: Place): number => head + further(place, boxWidth) * lineHeight;
	const heightOf = (place: Place): number => headOf(place) + Math.max(1, Math.ceil(room(place) / perRow)) * tokenStep + 6;

	const heights = columns.map((column) => column.reduce((sum, p) => sum + heightOf(p) + gapY, -gapY));
	const height = Math.max(...heights, head + tokenStep);
	const whole = n * boxWidth + (n - 1) * gap;
	const left = Math.max(0, (width - whole) / 2);
	const boxes = new Map<string, Box>();
	columns.forEach((column, i) => {
		let y = (height - heights[i]!) / 2;
		for (const place of column) {
			const own = heightOf(place);
			boxes.set(place.id, { x: left + i * (boxWidth + gap), y, width: boxWidth, height: own, head: headOf(place) });
			y += own + gapY;
		}
	});
	return { width: Math.max(width, whole), height, boxes, perRow };
}

/** Gives the places of each column that is not empty, in the order in which they are given. */
export function columnsOf(places: readonly Place[], flows: readonly Flow[]): Place[][] {
	const rank = new Map(places.map((p) => [p.id, homes[p.kind] ?? 1]));
	const known = flows.filter((f) => rank.has(f.from) && rank.has(f.to) && f.from !== f.to);
	// Each round moves the end of a flow to the right of its beginning. A cycle is cut by the bound.
	for (let round = 0; round < places.length; round++) {
		let moved = false;
		for (const { from, to } of known) {
			if (rank.get(to)! <= rank.get(from)! && !leadsTo(known, to, from)) {
				rank.set(to, rank.get(from)! + 1);
				moved = true;
			}
		}
		if (!moved) break;
	}
	const used = [...new Set(rank.values())].sort((a, b) => a - b);
	return used.map((r) => places.filter((p) => rank.get(p.id) === r));
}

/** Reports whether there is a way along the flows from one place to another. */
function leadsTo(flows: readonly Flow[], from: string, to: string): boolean {
	const seen = new Set([from]);
	const open = [from];
	while (open.length > 0) {
		const at = open.pop()!;
		if (at === to) return true;
		for (const flow of flows) {
			if (flow.from === at && !seen.has(flow.to)) {
				seen.add(flow.to);
				open.push(flow.to);
			}
		}
	}
	return false;
}

/** Where a token stands in its box. */
export function tokenSpot(box: Box, index: number, perRow: number): { x: number; y: number } {
	const row = Math.floor(index / perRow);
	return { x: box.x + pad + 7 + (index % perRow) * tokenStep, y: box.y + box.head + 8 + row * tokenStep };
}

/** A line from one box to another: a curve between columns, an arc beside one column. */
export function wayBetween(from: Box, to: Box): string {
	const [y1, y2] = [from.y + from.height / 2, to.y + to.height / 2];
	if (to.x > from.x + from.width) {
		const [x1, x2] = [from.x + from.width, to.x];
		const mid = (x1 + x2) / 2;
		return y1 === y2 ? `M${x1} ${y1}H${x2}` : `M${x1} ${y1}C${mid} ${y1} ${mid} ${y2} ${x2} ${y2}`;
	}
	if (to.x + to.width < from.x) {
		const [x1, x2] = [from.x, to.x + to.width];
		const mid = (x1 + x2) / 2;
		return `M${x1} ${y1 + 8}C${mid} ${y1 + 8} ${mid} ${y2 + 8} ${x2} ${y2 + 8}`;
	}
	const x = from.x + from.width / 2;
	return from.y < to.y ? `M${x} ${from.y + from.height}V${to.y}` : `M${x} ${from.y}V${to.y + to.height}`;
}
