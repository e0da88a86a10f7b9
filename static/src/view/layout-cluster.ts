/**
 * Where the places of a cluster stand: nodes in a row, below them the partitions, then each group
 * with its members, then the rest. Logs are read along their length, so a partition is as wide as
 * there is room; where there are many, each is a box of two short lines.
 */
import type { Box, Layout, Room } from "./layout.ts";
import { logHeight, shortHeight } from "./log.ts";
import type { Seat } from "./scene.ts";

const gap = 8;
const between = 16; // Between one kind and the next.
const moreHeight = 14; // Of a second line.
const narrowShort = 290; // A node or a member that is narrower says in two lines what it does.
const denseHeight = 42;
const wideLog = 330; // A partition's log is at least so wide, where the window is;
const narrowLog = 236; // where there are more than a few, so wide.
const fewLogs = 4;
const tightLog = 150; // On a phone, where there are many.
const phone = 480;
const narrowBox = 150;
const widestBox = 280;
const narrowDense = 128;
const highest = 700; // From here on partitions are drawn in short.
const mostGroups = 3; // Whose bookmarks have a line of their own.

/** Reports whether seats are a cluster's. */
export function isCluster(seats: readonly Seat[]): boolean { return seats.some((s) => s.kind === "partition" || s.kind === "node"); }

/** How high the picture of a cluster is going to be that has three nodes and nothing else but so many partitions and services. */
export function heightOf(partitions: number, services: number, width: number): number {
	const seats = (kind: string, n: number): Seat[] => Array.from({ length: n }, (_, i) => ({ id: `${kind}:${i}`, kind, names: [`${i}`], keyed: false }));
	return layCluster([...seats("node", 3), ...seats("partition", partitions), ...seats("service", services)], { width, height: 0, growing: true }).height;
}

/** Lays out a cluster: nodes, groups and members in the order of the seats, the rest by name. */
export function layCluster(seats: readonly Seat[], room: Room): Layout {
	const of = (kind: string): Seat[] => seats.filter((s) => s.kind === kind);
	const layout: Layout = { width: room.width, height: 0, boxes: new Map(), down: true, dense: false, cluster: true };
	const partitions = of("partition").sort((a, b) => inner(a) - inner(b) || collator.compare(a.names[0] ?? "", b.names[0] ?? ""));
	const groups = Math.min(mostGroups, Math.max(of("group").length, room.growing ? 1 : 0));
	const least = partitions.length <= fewLogs ? wideLog : room.width < phone ? tightLog : narrowLog;
	const columns = columnsFor(room.width, least, partitions.length);
	const dense = Math.ceil(partitions.length / columns) * (logHeight(groups) + gap) > highest;
	let y = 0;
	const rows = (list: readonly Seat[], least: number, size: Omit<Box, "x" | "y" | "width">, widest = Infinity): void => {
		if (list.length === 0) return;
		const columns = columnsFor(room.width, least, list.length);
		const width = Math.min(widest, (room.width - (columns - 1) * gap) / columns);
		list.forEach((seat, i) => {
			layout.boxes.set(seat.id, { ...size, x: (i % columns) * (width + gap), y: y + Math.floor(i / columns) * (size.height + gap), width, perRow: Math.max(3, Math.floor((width - 19) / 18)) });
		});
		y += Math.ceil(list.length / columns) * (size.height + gap) - gap + between;
	};
	const plain = { head: 0, rows: 0, perRow: 0 };
	const short = (list: readonly Seat[], least: number, oneLine = narrowShort): void => {
		const columns = columnsFor(room.width, least, list.length);
		rows(list, least, { ...plain, height: shortHeight + (Math.min(widestBox, room.width / columns) < oneLine ? moreHeight : 0) }, widestBox);
	};
	short(of("node"), 84, 160);
	if (dense) rows(partitions, narrowDense, { ...plain, height: denseHeight });
	else rows(partitions, least, { ...plain, height: logHeight(groups), rows: 1, lines: groups });
	for (const group of of("group")) {
		rows([group], room.width, { ...plain, height: 22 });
		y -= between - gap / 2;
		short(seats.filter((s) => s.kind === "consumer" && s.id.startsWith(`consumer:${group.names[0]}/`)), narrowBox);
	}
	short(of("transaction"), narrowBox, 0);
	rows(seats.filter((s) => !layout.boxes.has(s.id)).sort((a, b) => collator.compare(a.names[0] ?? "", b.names[0] ?? "")), narrowBox, { head: 39, rows: 2, height: 84, perRow: 0 }, 2 * widestBox);
	layout.height = Math.max(0, y - between);
	return layout;
}

/** Tells topics in which Kafka and Connect keep their own notes: they stand behind the others. */
function inner(seat: Seat): number { return /^(__|connect-(configs|status|offsets)\/)/.test(seat.names[0] ?? "") ? 1 : 0; }

const collator = new Intl.Collator("en", { numeric: true });

/** How many boxes of at least a width stand beside each other, in rows of nearly the same length. */
function columnsFor(width: number, least: number, n: number): number {
	const most = Math.max(1, Math.min(n, Math.floor((width + gap) / (least + gap))));
	return Math.ceil(n / Math.ceil(n / most));
}
