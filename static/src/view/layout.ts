/**
 * Where each seat of a picture stands. Seats go in bands along the way of a message: exchanges,
 * queues, consumers, services; from left to right, or downwards where the window is narrow.
 * A seat that has its place keeps it when others come: they go to the end of their band.
 * Only when a band is full is everything laid out again, in the same order.
 */
import { wrap } from "../text.ts";
import { isCluster, layCluster } from "./layout-cluster.ts";
import type { Seat } from "./scene.ts";
import type { Flow } from "./types.ts";

export interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
	/** Where the first row of messages is, below y. */
	head: number;
	/** Rows of messages, and how many fit in each. */
	rows: number;
	perRow: number;
	/** Lines for the keys of flows that lead here; absent where there are none. */
	keys?: number;
	/** Lines for where groups are in a partition's log; absent for all else. */
	lines?: number;
}

export interface Layout {
	width: number;
	height: number;
	boxes: Map<string, Box>;
	/** The bands go downwards. */
	down: boolean;
	/** One line for each place. */
	dense: boolean;
	/** Nodes, logs, groups and members, in rows as wide as the window. */
	cluster?: boolean;
}

export interface Room {
	width: number;
	/** The most that a picture may take before it is made smaller. */
	height: number;
	/** More places may come: there is room for what is sure to be there when a group does. */
	growing?: boolean;
}

export const tokenStep = 18;
export const lineHeight = 15;
export const pad = 12;
const gapAlong = { most: 72, least: 26 }; // Between bands.
const gapAcross = 12; // Between the boxes of a band.
const widest = 190;
const narrowest = 104;
const denseHeight = 24;
const denseGap = 4;
const denseWidth = 132;
const denseStretch = 1.45; // So much higher a dense picture may be than one with room.
const lossForColumns = 0.12; // So much smaller a picture may be that reads from left to right.
const lossForRoom = 0.15; // So much smaller a picture may be that shows messages one by one.
const manyInBand = 3;
const slack = 1.25; // So far over its limit a band grows before everything is laid out again.

/** Where kinds stand along the way; one that is not here stands in the middle. */
const homes: Record<string, number> = { client: 0, producer: 0, node: 1, exchange: 1, topic: 1, channel: 2, queue: 2, partition: 2, stream: 2, group: 3, subscription: 3, consumer: 4, connector: 5, service: 6 };
const middle = 2;

/** Rows of messages in a box of each kind. */
const rowsOf: Record<string, number> = { exchange: 0, topic: 0, node: 0, consumer: 1, group: 1 };

/** What holds for all boxes of one layout. */
interface Plan {
	down: boolean;
	dense: boolean;
	boxWidth: number;
	/** The most rows of messages in a box. */
	rows: number;
	/** How far a band may grow across before everything is laid out again. */
	limit: number;
	/** For each band: where it begins along the way, and the end of each of its lanes across. */
	lanes: Map<number, { at: number; end: number }[]>;
}

export class Arranger {
	private plan: Plan | null = null;
	private layout: Layout = { width: 0, height: 0, boxes: new Map(), down: false, dense: false };
	private bands = new Map<string, number>();
	private order = new Map<number, string[]>();
	private room: Room = { width: 0, height: 0 };

	/** Forgets every place: what comes next is another picture. */
	forget(): void {
		this.plan = null;
		this.bands.clear();
		this.order.clear();
		this.layout = { ...this.layout, boxes: new Map(), cluster: false };
	}

	/** Gives every seat its place. The same seats in the same room keep the same layout. */
	arrange(seats: readonly Seat[], flows: readonly Flow[], room: Room): Layout {
		const fresh = seats.filter((s) => !this.layout.boxes.has(s.id));
		const sized = room.width !== this.room.width || room.height !== this.room.height;
		const taller = !this.layout.dense && seats.some((s) => outgrown(s, this.layout.boxes.get(s.id))); // It had its place before its newest binding.
		if ((this.plan || this.layout.cluster) && !sized && !taller && fresh.length === 0) return this.layout;
		this.room = room;
		if (isCluster(seats)) return this.layCluster(seats, room);
		const first = this.bands.size === 0;
		for (const seat of fresh) this.join(seat, flows);
		if (first) this.untangle(seats, flows);
		const fits = this.plan && !sized && !taller && fresh.every((seat) => this.append(seat));
		if (!fits) this.layAll(seats);
		return this.layout;
	}

	private layCluster(seats: readonly Seat[], room: Room): Layout {
		this.plan = null;
		return (this.layout = layCluster(seats, room));
	}

	/** Puts a seat at the end of its band. An exchange behind an exchange stands after it. */
	private join(seat: Seat, flows: readonly Flow[]): void {
		const home = homes[seat.kind] ?? middle;
		const before = flows.filter((f) => f.to === seat.id && this.bands.has(f.from)).map((f) => this.bands.get(f.from)!);
		const behind = Math.max(home - 1, ...before.filter((band) => Math.floor(band) === home));
		const band = home === 1 && behind >= home ? Math.min(behind + 0.25, home + 0.75) : home;
		this.bands.set(seat.id, band);
		this.order.set(band, [...(this.order.get(band) ?? []), seat.id]);
	}

	/** Orders the bands by name, then each by where its flows come from, so that few cross. Those of a virtual host stand together. */
	private untangle(seats: readonly Seat[], flows: readonly Flow[]): void {
		const names = new Map(seats.map((s) => [s.id, s.names[0] ?? ""]));
		const hosts = new Map(seats.map((s) => [s.id, s.vhost ?? ""]));
		const collator = new Intl.Collator("en", { numeric: true });
		const rank = new Map<string, number>();
		for (const band of [...this.order.keys()].sort((a, b) => a - b)) {
			const ids = this.order.get(band)!;
			if (Math.floor(band) !== homes["consumer"]) ids.sort((a, b) => collator.compare(names.get(a)!, names.get(b)!));
			const pull = (id: string, i: number): number => {
				const from = flows.filter((f) => f.to === id && rank.has(f.from)).map((f) => rank.get(f.from)!);
				return from.length > 0 ? from.reduce((sum, r) => sum + r, 0) / from.length : (i + 0.5) / ids.length;
			};
			const pulls = new Map(ids.map((id, i) => [id, pull(id, i)]));
			ids.sort((a, b) => collator.compare(hosts.get(a)!, hosts.get(b)!) || pulls.get(a)! - pulls.get(b)!);
			ids.forEach((id, i) => rank.set(id, (i + 0.5) / ids.length));
		}
	}

	/** Tries to give a seat a place without moving any other. */
	private append(seat: Seat): boolean {
		const { plan, layout } = this;
		if (!plan) return false;
		const lane = plan.lanes.get(this.bands.get(seat.id)!)?.at(-1);
		if (!lane) return false;
		const size = sizeOf(seat, plan);
		const gap = plan.dense ? denseGap : gapAcross;
		if (lane.end + gap + (plan.down ? size.width : size.height) > plan.limit * (plan.down ? 1 : slack) || (plan.down && size.height > this.depth(lane.at))) return false;
		const [x, y] = plan.down ? [lane.end + gap, lane.at] : [lane.at, lane.end + gap];
		layout.boxes.set(seat.id, { ...size, x, y });
		lane.end += gap + (plan.down ? size.width : size.height);
		this.layout = { ...layout, width: Math.max(layout.width, x + size.width), height: Math.max(layout.height, y + size.height) };
		return true;
	}

	/** How high the boxes of the row that begins at y are. */
	private depth(y: number): number {
		return Math.max(0, ...[...this.layout.boxes.values()].filter((b) => b.y === y).map((b) => b.height));
	}

	/** Lays everything out in whichever of the four ways leaves the text largest. */
	private layAll(seats: readonly Seat[]): void {
		const byId = new Map(seats.map((s) => [s.id, s]));
		const bands = [...this.order].sort(([a], [b]) => a - b).map(([band, ids]) => ({ band, seats: ids.map((id) => byId.get(id)).filter((s): s is Seat => s !== undefined) }));
		// A queue beside a service means that a consumer will stand between them.
		if (this.order.has(homes["queue"]!) && this.order.has(homes["service"]!) && !this.order.has(homes["consumer"]!)) {
			bands.push({ band: homes["consumer"]!, seats: [] });
			bands.sort((a, b) => a.band - b.band);
		}
		const ways = [[false, false], [true, false], [false, true], [true, true]] as const;
		let best: { plan: Plan; layout: Layout; scale: number } | null = null;
		for (const [down, dense] of ways) {
			const made = down ? layDown(bands, this.room, dense) : layAcross(bands, this.room, dense);
			const scale = Math.min(1, this.room.width / made.layout.width, mostHeight(this.room.height, dense) / made.layout.height);
			if (!best || scale > best.scale + (dense && !best.plan.dense ? lossForRoom : lossForColumns)) best = { ...made, scale };
		}
		this.plan = best!.plan;
		this.layout = best!.layout;
	}
}

interface Band {
	band: number;
	seats: readonly Seat[];
}

type Made = { plan: Plan; layout: Layout };

/** Where many places share a band each has one row of messages; the rest is a number anyway. */
function rowsFor(bands: readonly Band[]): number { return bands.some((b) => b.seats.length > manyInBand) ? 1 : 2; }

/** How large the box of a seat is. */
function sizeOf(seat: Seat, { dense, boxWidth: width, rows: most }: Pick<Plan, "dense" | "boxWidth" | "rows">): Omit<Box, "x" | "y"> {
	if (dense) return { width, height: denseHeight, head: 0, rows: 0, perRow: 0 };
	const lines = Math.max(...seat.names.map((name) => wrap(name, lettersIn(width)).length), 1);
	const rows = Math.min(most, rowsOf[seat.kind] ?? 2);
	const keys = seat.keyed ? keyLines(seat.keys ?? "", width).length : 0;
	const head = 24 + (lines + keys + (seat.vhost ? 1 : 0)) * lineHeight;
	return { ...(keys > 0 ? { keys } : {}), width, height: head + rows * tokenStep + (rows > 0 ? 6 : -4) + 2, head, rows, perRow: Math.max(3, Math.floor((width - pad * 2 + 5) / tokenStep)) };
}

/** Reports whether a seat that has its box needs more lines for keys than there are. */
function outgrown(seat: Seat, box: Box | undefined): boolean {
	return seat.keyed && box !== undefined && keyLines(seat.keys ?? "", box.width).length > (box.keys ?? 0);
}

const keyLetter = 8.1;
const mostKeyLines = 3;

/** The keys that lead to a place, in as few lines as they fit into, three at most; what is too long is left whole. */
export function keyLines(keys: string, width: number, most = mostKeyLines): string[] {
	const room = Math.floor(((width - 20) / keyLetter) * 1.15);
	const lines = [""];
	for (const key of keys.split(separator)) {
		const last = lines.length - 1;
		const joined = lines[last] ? lines[last] + separator + key : key;
		if (joined.length <= room || !lines[last] || lines.length === most) lines[last] = joined;
		else lines.push(key);
	}
	return lines;
}

/** Stands between the keys that lead to a place. */
export const separator = " · ";

/** How high a picture may be: one with many places more than another. */
export function mostHeight(height: number, dense: boolean): number { return dense ? height * denseStretch : height; }

/** How many letters of a name fit in a line of a box. */
export function lettersIn(width: number): number { return Math.floor((width - 22) / 7.4); }

/** Bands from left to right; one that is too high takes several lanes. */
function layAcross(bands: readonly Band[], room: Room, dense: boolean): Made {
	const gap = dense ? denseGap : gapAcross;
	const limit = Math.max(120, mostHeight(room.height, dense));
	const rows = rowsFor(bands);
	const heightOf = (seat: Seat): number => sizeOf(seat, { dense, boxWidth: narrowest, rows }).height + gap;
	const lanesOf = bands.map(({ seats }) => Math.max(1, Math.ceil(seats.reduce((sum, s) => sum + heightOf(s), -gap) / (limit * slack))));
	const lanes = lanesOf.reduce((sum, n) => sum + n, 0);
	const between = bands.length - 1;
	const roomy = (room.width - lanes * 150 - (lanes - bands.length) * gap) / Math.max(1, between);
	const along = Math.max(gapAlong.least, Math.min(gapAlong.most, roomy));
	const ideal = (room.width - between * along - (lanes - bands.length) * gap) / lanes;
	const boxWidth = dense ? Math.max(denseWidth, Math.min(widest, ideal)) : Math.max(narrowest, Math.min(widest, ideal));
	const plan: Plan = { down: false, dense, boxWidth, rows, limit, lanes: new Map() };
	const layout: Layout = { width: 0, height: 0, boxes: new Map(), down: false, dense };
	let x = 0;
	bands.forEach(({ band, seats }, i) => {
		const perLane = Math.ceil(seats.length / lanesOf[i]!);
		const ends: { at: number; end: number }[] = [];
		for (let lane = 0; lane < lanesOf[i]!; lane++) {
			let y = 0;
			for (const seat of seats.slice(lane * perLane, (lane + 1) * perLane)) {
				const size = sizeOf(seat, plan);
				layout.boxes.set(seat.id, { ...size, x, y });
				y += size.height + gap;
			}
			ends.push({ at: x, end: y - gap });
			layout.height = Math.max(layout.height, y - gap);
			x += boxWidth + (lane < lanesOf[i]! - 1 ? gap : along);
		}
		plan.lanes.set(band, ends);
	});
	layout.width = Math.max(boxWidth, x - along);
	centre(plan, layout);
	return { plan, layout };
}

/** Moves each lane to the middle across, as it is at the beginning. */
function centre(plan: Plan, layout: Layout): void {
	for (const lane of [...plan.lanes.values()].flat()) {
		const by = Math.max(0, (layout.height - Math.max(0, lane.end)) / 2);
		for (const box of layout.boxes.values()) if (box.x === lane.at) box.y += by;
		lane.end += by;
	}
}

/** Bands from top to bottom, for narrow windows; each is a grid of boxes. */
function layDown(bands: readonly Band[], room: Room, dense: boolean): Made {
	const gap = dense ? denseGap : gapAcross;
	const columnsFor = (least: number): number => Math.max(1, Math.floor((room.width + gap) / (least + gap)));
	const fullest = Math.max(1, ...bands.map((b) => b.seats.length));
	const widthIn = (columns: number): number => Math.min(widest, (room.width - (columns - 1) * gap) / columns);
	const common = Math.min(columnsFor(dense ? denseWidth : 116), fullest);
	const plan: Plan = { down: true, dense, boxWidth: widthIn(common), rows: rowsFor(bands), limit: room.width, lanes: new Map() };
	const layout: Layout = { width: room.width, height: 0, boxes: new Map(), down: true, dense };
	const between = gapAlong.least + (dense ? 0 : 6);
	let y = 0;
	for (const { band, seats } of bands.filter((b) => b.seats.length > 0)) {
		const columns = dense && rowsOf[seats[0]!.kind] === 0 ? Math.min(columnsFor(100), Math.max(common, seats.length)) : common; // Without counts a line is shorter.
		y = layGrid(seats, { plan: { ...plan, boxWidth: widthIn(columns) }, layout, columns, gap, y }, band) + between;
	}
	layout.height = Math.max(0, y - between);
	return { plan, layout };
}

interface Grid {
	plan: Plan;
	layout: Layout;
	columns: number;
	gap: number;
	y: number;
}

/** Lays the seats of a band in rows of nearly the same length, and returns where they end. */
function layGrid(seats: readonly Seat[], { plan, layout, columns, gap, y }: Grid, band: number): number {
	const lanes: { at: number; end: number }[] = [];
	const perRow = Math.ceil(seats.length / Math.ceil(seats.length / columns));
	for (let from = 0; from < seats.length; from += perRow) {
		const row = seats.slice(from, from + perRow);
		const sizes = row.map((seat) => sizeOf(seat, plan));
		let x = Math.max(0, (layout.width - perRow * plan.boxWidth - (perRow - 1) * gap) / 2);
		row.forEach((seat, i) => {
			layout.boxes.set(seat.id, { ...sizes[i]!, x, y });
			x += plan.boxWidth + gap;
		});
		lanes.push({ at: y, end: x - gap });
		y += Math.max(...sizes.map((s) => s.height)) + gap;
	}
	plan.lanes.set(band, lanes);
	return y - gap;
}

/** Where a message stands in its box. */
export function tokenSpot(box: Box, index: number): { x: number; y: number } {
	const row = Math.floor(index / Math.max(1, box.perRow));
	return { x: box.x + pad + 7 + (index % Math.max(1, box.perRow)) * tokenStep, y: box.y + box.head + 6 + row * tokenStep };
}

/** How many messages a box draws one by one when it holds `n`: the last spots are for the number of the rest. */
export function drawnOf(box: Box, n: number): number {
	const most = Math.min(32, box.rows * box.perRow);
	if (n <= most) return n;
	return Math.max(0, most - Math.min(box.perRow, Math.ceil((String(n).length * 8.5 + 12) / tokenStep)));
}

/** A line from one box to another, from edge to edge: a curve between bands, an arc within one. */
export function wayBetween(from: Box, to: Box, down: boolean): string {
	return down ? turn(wayAcross(flip(from), flip(to))) : wayAcross(from, to).map(text).join("");
}

type Step = [letter: string, ...points: [number, number][]];

function wayAcross(from: Box, to: Box): Step[] {
	const [y1, y2] = [from.y + from.height / 2, to.y + to.height / 2];
	if (to.x >= from.x + from.width) return curve(from.x + from.width, y1, to.x, y2);
	if (to.x + to.width <= from.x) return curve(from.x, y1 + 9, to.x + to.width, y2 + 9);
	const x = from.x + from.width;
	const out = x + 18;
	return [["M", [x, y1]], ["C", [out, y1], [out, y2], [to.x + to.width, y2]]];
}

function curve(x1: number, y1: number, x2: number, y2: number): Step[] {
	if (Math.abs(y1 - y2) < 1) return [["M", [x1, y1]], ["L", [x2, y2]]];
	const mid = (x1 + x2) / 2;
	return [["M", [x1, y1]], ["C", [mid, y1], [mid, y2], [x2, y2]]];
}

const flip = (box: Box): Box => ({ ...box, x: box.y, y: box.x, width: box.height, height: box.width });
const text = ([letter, ...points]: Step): string => letter + points.map(([x, y]) => `${round(x)} ${round(y)}`).join(" ");
const turn = (steps: Step[]): string => steps.map(([letter, ...points]) => text([letter, ...points.map(([x, y]): [number, number] => [y, x])])).join("");
const round = (n: number): number => Math.round(n * 10) / 10;
