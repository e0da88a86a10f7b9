/**
 * Kafka's part of a world that begins with a State. Of a long log only the newest records have
 * numbers there; the others are as many as they were, at the offsets before.
 */
import { type Entry, Group, groupKey, type Log, Member, memberKey, Node, Partition, Transaction } from "./kafka.ts";
import { Ordered } from "./ordered.ts";
import type { Place, State } from "./types.ts";
import type { World } from "./world.ts";

/** Adds a place of Kafka to a world; false when it is none. */
export function seedKafka(world: World, place: Place, state: State): boolean {
	const d = place.detail ?? {};
	switch (place.kind) {
		case "node":
			Object.assign(world.add((owner) => new Node(Number(d["node"]), owner)), { up: d["up"] === true, controller: d["controller"] === true });
			return true;
		case "partition":
			partition(world, place, state);
			return true;
		case "group":
			Object.assign(world.add((owner) => new Group(place.name, owner)), {
				state: String(d["state"]), generation: Number(d["generation"]), protocol: String(d["protocol"]), offsets: numbers(d["offsets"]),
			});
			return true;
		case "consumer":
			if (d["group"] === undefined) return false;
			member(world, place, state);
			return true;
		case "transaction":
			world.add((owner) => new Transaction(place.name, owner)).state = String(d["state"]);
			return true;
	}
	return false;
}

const numbers = (of: unknown): Map<string, number> => new Map(Object.entries((of ?? {}) as Record<string, number>));

function partition(world: World, place: Place, state: State): void {
	const d = place.detail ?? {};
	const p = world.add((owner) => new Partition(place.name, d["replicas"] as number[], owner));
	Object.assign(p, { leader: d["leader"], epoch: d["epoch"], hw: d["hw"], isr: d["isr"] });
	const entries = entriesOf(place);
	const open = state.flows.find((f) => f.to === place.id && f.label === "writes")?.from.replace(/^transaction:/, "");
	if (open !== undefined) { // What stands behind its first record is its own, as far as one can tell.
		p.open = new Map([[open, Number(d["stable"])]]);
		for (const [offset, entry] of entries) if (offset >= Number(d["stable"])) entries.set(offset, { ...entry, txn: open });
	}
	p.aborted = [...entries].filter(([, entry]) => entry.txn === "?").map(([offset]) => ({ txn: "?", first: offset, last: offset + 1 }));
	p.logs = new Map([...numbers(d["ends"])].map(([id, end]): [number, Log] => {
		const log = { start: Number(d["base"]), end, entries: new Ordered<number, Entry>(p.owner) };
		for (const [offset, entry] of entries) if (offset < end) log.entries.set(offset, entry);
		return [Number(id), log];
	}));
}

/** The records by their offsets: those with numbers, and before them the others. */
function entriesOf(place: Place): Map<number, Entry> {
	const tokens = place.tokens ?? [];
	const offsets = (place.detail?.["offsets"] ?? []) as number[];
	const rest = (place.ready ?? 0) + (place.inFlight ?? 0) + (place.done ?? 0) + (place.dead ?? 0) - tokens.length;
	const entries = new Map<number, Entry>();
	for (let i = rest; i > 0; i--) entries.set((offsets[0] ?? Number(place.detail?.["end"])) - i, { message: 0 });
	tokens.forEach((token, i) => entries.set(offsets[i]!, { message: token.message, label: token.label, ...(token.state === "dead" ? { txn: "?" } : {}) }));
	return entries;
}

function member(world: World, place: Place, state: State): void {
	const d = place.detail ?? {};
	const group = world.edit<Group>(groupKey(String(d["group"])));
	if (!group) return;
	const ordinal = group.came++;
	group.members = [...group.members, memberKey(group.group, ordinal)];
	const m = world.add((owner) => new Member(group.group, place.name, ordinal, owner));
	const positions = numbers(d["positions"]);
	Object.assign(m, { client: d["client"], instance: d["instance"], leads: d["leader"] === true, shared: group.generation, at: positions });
	m.reads = state.flows.filter((f) => f.to === place.id).map((f) => f.from.replace(/^partition:/, ""));
	const began = new Map(group.began);
	for (const [name, lag] of numbers(d["lag"])) {
		const hw = Number(state.places.find((p) => p.id === `partition:${name}`)?.detail?.["hw"] ?? 0);
		if (!group.offsets.has(name) && (lag > 0 || positions.has(name))) began.set(name, hw - lag);
	}
	group.began = began;
}
