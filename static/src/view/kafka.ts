/** The things of Kafka: nodes, partitions with a log on each replica, groups with their members, transactions. */
import { Ordered, type Owner } from "./ordered.ts";
import type { Flow, Place, Token, TokenState, Whereabouts } from "./types.ts";
import { maxTokens, Thing, tokenOf, type World } from "./world.ts";

const padded = (n: number): string => String(n).padStart(9, "0");

export const nodeKey = (id: number): string => `1node:${id}`;
export const groupKey = (id: string): string => `3group:${id}`;
export const memberKey = (group: string, ordinal: number): string => `3group:${group}\0${padded(ordinal)}`;
export const transactionKey = (id: string): string => `4transaction:${id}`;

/** Sorts by topic, then by number. */
export function partitionKey(name: string): string {
	const [topic, index] = split(name);
	return `2partition:${topic}\0${padded(index)}`;
}

/** The topic and the number of a partition that is called topic/0. */
export function split(name: string): [topic: string, index: number] {
	const at = name.lastIndexOf("/");
	return [name.slice(0, at), Number(name.slice(at + 1))];
}

export class Node extends Thing {
	up = true;
	controller = false;

	constructor(readonly id: number, owner: Owner) { super(nodeKey(id), owner); }

	override draw(): Place {
		return { id: `node:${this.id}`, kind: "node", name: `node-${this.id}`, ready: 0, inFlight: 0, done: 0, dead: 0, detail: { node: this.id, up: this.up, controller: this.controller } };
	}
}

/** A record in a log, or, without a number, the marker that ends a transaction. It never changes. */
export interface Entry {
	message: number;
	label?: string | undefined;
	/** The transaction that it belongs to. */
	txn?: string | undefined;
	/** A marker: whether it commits. */
	commit?: boolean;
}

/** One replica. What is before its start has been deleted, and its end is the offset that comes next. */
export interface Log {
	start: number;
	end: number;
	entries: Ordered<number, Entry>;
}

/** The end of a transaction that is not on all replicas in sync yet. */
interface Pending {
	txn: string;
	/** Of the transaction here; -1 when it wrote nothing. */
	first: number;
	/** The offset after the marker. */
	end: number;
}

/** Offsets between which the records of a partition stand alike. */
interface Marks {
	/** By every group that knows the partition; -1 when none does. */
	committed: number;
	given: readonly [from: number, to: number][];
}

export class Partition extends Thing {
	leader = 0;
	epoch = -1;
	hw = 0;
	isr: readonly number[];
	logs: ReadonlyMap<number, Log>;
	/** Transactions that are open here, and their first offset. */
	open: ReadonlyMap<string, number> = new Map();
	aborted: readonly { txn: string; first: number; last: number }[] = [];
	pending: readonly Pending[] = [];
	private marked = "";

	constructor(readonly name: string, public replicas: readonly number[], owner: Owner) {
		super(partitionKey(name), owner);
		this.isr = replicas;
		this.logs = new Map(replicas.map((id) => [id, { start: 0, end: 0, entries: new Ordered<number, Entry>(owner) }]));
	}

	get id(): string { return `partition:${this.name}`; }
	/** Its picture depends on where groups are. */
	override get fickle(): boolean { return true; }

	/** The log that counts: the leader's or, without one, that of a replica in sync. */
	get log(): Log { return this.logs.get(this.leader || (this.isr[0] ?? 0)) ?? { start: 0, end: 0, entries: new Ordered<number, Entry>(this.owner) }; }

	/** The offset before which no transaction is open, for records that are still there. */
	get stable(): number {
		const first = Math.min(this.hw, ...this.open.values(), ...this.pending.filter((p) => p.first >= 0).map((p) => p.first));
		return Math.max(first, Math.min(this.log.start, this.hw));
	}

	/** The log of a replica, to change. */
	own(node: number): Log | undefined {
		const log = this.logs.get(node);
		if (!log) return undefined;
		const copy = { ...log, entries: log.entries.at(this.owner) };
		this.logs = new Map(this.logs).set(node, copy);
		return copy;
	}

	/** How a record stands: dead if its transaction was aborted, done when every group is past it, in flight when a member was given it. */
	stateOf(entry: Entry, offset: number, marks: Marks): TokenState {
		if (entry.txn !== undefined && this.aborted.some((a) => a.txn === entry.txn && a.first <= offset && offset < a.last)) return "dead";
		if (offset < marks.committed) return "done";
		return marks.given.some(([from, to]) => from <= offset && offset < to) ? "flight" : "ready";
	}

	private marks(world: World): Marks {
		let committed = Infinity;
		const given: [number, number][] = [];
		for (const group of world.all(Group)) if (group.knows(this.name)) committed = Math.min(committed, group.next(this));
		for (const member of world.all(Member)) {
			const at = member.reads.includes(this.name) ? member.at.get(this.name) : undefined;
			const next = at === undefined ? 0 : world.get<Group>(groupKey(member.group))!.next(this);
			if (at !== undefined && next < at) given.push([next, at]);
		}
		return { committed: committed === Infinity ? -1 : committed, given };
	}

	override draw(world: World): Place {
		const marks = this.marks(world);
		const marked = JSON.stringify(marks);
		if (this.view && this.marked === marked) return this.view;
		this.marked = marked;
		return this.drawn(marks);
	}

	private drawn(marks: Marks): Place {
		const { log } = this;
		const counts = { ready: 0, flight: 0, done: 0, dead: 0, twice: 0 };
		const newest: { entry: Entry; offset: number }[] = [];
		const skip = log.entries.size - 8 * maxTokens; // Markers have no token.
		log.entries.each((entry, offset, position) => {
			if (entry.commit !== undefined) return;
			counts[this.stateOf(entry, offset, marks)]++;
			if (position >= skip && entry.message) newest.push({ entry, offset });
		});
		const shown = newest.slice(-maxTokens);
		const tokens = shown.map(({ entry, offset }): Token => tokenOf(entry.message, entry.label, this.stateOf(entry, offset, marks)));
		const [topic, partition] = split(this.name);
		const place: Place = { id: this.id, kind: "partition", name: this.name, ready: counts.ready, inFlight: counts.flight, done: counts.done, dead: counts.dead };
		if (tokens.length > 0) place.tokens = tokens;
		const detail = {
			topic, partition, base: log.start, end: log.end, hw: this.hw, stable: this.stable, leader: this.leader, epoch: this.epoch, isr: this.isr, replicas: this.replicas,
			ends: Object.fromEntries(this.replicas.map((id) => [id, this.logs.get(id)?.end ?? 0])), offsets: shown.map((one) => one.offset),
		};
		return { ...place, detail };
	}

	override flows(): Flow[] { return this.leader ? [{ from: `node:${this.leader}`, to: this.id, label: "leads" }] : []; }

	override find(message: number): Whereabouts[] {
		let found: Whereabouts[] = [];
		this.log.entries.each((entry, _offset, position) => {
			if (entry.message === message) found = [{ place: this.id, state: "ready", position }];
			return found.length === 0;
		});
		return found;
	}

	/** How many records there are between two offsets. */
	records(from: number, to: number): number {
		let n = 0;
		this.log.entries.each((entry, offset) => {
			if (offset >= from && offset < to && entry.commit === undefined) n++;
			return offset < to;
		});
		return n;
	}
}

export class Group extends Thing {
	state = "Empty";
	generation = 0;
	protocol = "";
	/** Keys of its members, in the order in which they came. */
	members: readonly string[] = [];
	/** By partition. */
	offsets: ReadonlyMap<string, number> = new Map();
	/** Where its members began to read, before any commit. */
	began: ReadonlyMap<string, number> = new Map();
	/** Gives members that come their place behind the others. */
	came = 0;
	/** The generation whose members have been counted. */
	round = -1;

	constructor(readonly group: string, owner: Owner) { super(groupKey(group), owner); }

	get id(): string { return `group:${this.group}`; }

	knows(partition: string): boolean { return this.offsets.has(partition) || this.began.has(partition); }

	/** The offset at which the group goes on. */
	next(p: Partition): number { return this.offsets.get(p.name) ?? this.began.get(p.name) ?? p.hw; }

	override draw(): Place {
		const detail = { state: this.state, generation: this.generation, protocol: this.protocol, members: this.members.length, offsets: Object.fromEntries(this.offsets) };
		return { id: this.id, kind: "group", name: this.group, ready: 0, inFlight: 0, done: 0, dead: 0, detail };
	}
}

export class Member extends Thing {
	client = "";
	instance = "";
	leads = false;
	/** Killed in a scene, and not yet missed by its group. */
	died = false;
	/** The generation in which it was last given its share. */
	shared = -1;
	/** Partitions that it reads. */
	reads: readonly string[] = [];
	/** Where it is in them: after the last record that it was given. */
	at: ReadonlyMap<string, number> = new Map();

	constructor(readonly group: string, readonly member: string, ordinal: number, owner: Owner) { super(memberKey(group, ordinal), owner); }

	get id(): string { return `consumer:${this.group}/${this.member}`; }
	/** Its picture depends on what its group has committed, and on the logs. */
	override get fickle(): boolean { return true; }

	override draw(world: World): Place {
		const group = world.get<Group>(groupKey(this.group));
		const positions: Record<string, number> = {};
		const lag: Record<string, number> = {};
		let inFlight = 0;
		for (const name of this.reads) {
			const p = world.get<Partition>(partitionKey(name));
			if (!p || !group) continue;
			const next = group.next(p);
			const at = this.at.get(name);
			lag[name] = Math.max(p.hw - next, 0);
			if (at === undefined) continue;
			positions[name] = at;
			inFlight += p.records(next, at);
		}
		const place: Place = {
			id: this.id, kind: "consumer", name: this.member, ready: 0, inFlight, done: 0, dead: 0,
			detail: { group: this.group, client: this.client, member: this.member, instance: this.instance, leader: this.leads, positions, lag, ...(this.died ? { died: true } : {}) },
		};
		return this.view && JSON.stringify(this.view) === JSON.stringify(place) ? this.view : place;
	}

	override flows(world: World): Flow[] {
		return [
			...this.reads.map((name) => ({ from: `partition:${name}`, to: this.id })), { from: this.id, to: `group:${this.group}`, label: "member" },
			...servicesOf(world).map((to) => ({ from: this.id, to })),
		];
	}
}

/** What members call. Those of Connect write to the index; tables are read by sources, which are in no group. */
function servicesOf(world: World): string[] {
	const all = world.services();
	return all.includes("service:connect") ? all.filter((id) => id === "service:search") : all;
}

export class Transaction extends Thing {
	state = "open";

	constructor(readonly name: string, owner: Owner) { super(transactionKey(name), owner); }

	get id(): string { return `transaction:${this.name}`; }

	override draw(): Place {
		return { id: this.id, kind: "transaction", name: this.name, ready: 0, inFlight: 0, done: 0, dead: 0, detail: { state: this.state } };
	}

	override flows(world: World): Flow[] {
		return world.all(Partition).filter((p) => p.open.has(this.name)).map((p) => ({ from: this.id, to: p.id, label: "writes" }));
	}
}
