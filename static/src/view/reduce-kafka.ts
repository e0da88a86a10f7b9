/** What each event of a Kafka journal does to its logs, replicas, groups and transactions: brokers/kafka/model tells it. */
import { type Entry, Group, groupKey, type Log, Member, memberKey, Node, nodeKey, Partition, partitionKey, split, Transaction, transactionKey } from "./kafka.ts";
import { Ordered } from "./ordered.ts";
import type { JournalEvent } from "./types.ts";
import type { World } from "./world.ts";

const steps: Record<string, (world: World, e: JournalEvent) => void> = {
	"node-down": (world, e) => node(world, e, false),
	"node-up": (world, e) => node(world, e, true),
	elected, published, replicated, truncated, watermark, expired, dropped, configured, deleted, rebalancing, joined, assigned, left, committed, delivered,
	purged: logStart,
	"log-start": logStart,
	"in-sync": inSync,
	"out-of-sync": outOfSync,
	"txn-began": began,
	"txn-commit": ended,
	"txn-abort": ended,
};

export function kafka(world: World, e: JournalEvent): void { steps[e.kind]?.(world, e); }

const partition = (world: World, e: JournalEvent): Partition | undefined => world.edit<Partition>(partitionKey(e.place ?? ""));

function node(world: World, e: JournalEvent, up: boolean): void {
	const own = world.edit<Node>(nodeKey(e.node ?? 0)) ?? world.add((owner) => new Node(e.node ?? 0, owner));
	own.up = up;
	if (!up) return;
	for (const { key, leader, replicas } of world.all(Partition)) {
		if (leader && leader !== own.id && replicas.includes(own.id)) follow(world.edit<Partition>(key)!, own.id);
	}
}

/** Has a replica begin where its leader's log begins. */
function follow(p: Partition, id: number): void {
	const start = p.log.start;
	if ((p.logs.get(id)?.start ?? start) < start) deleteBefore(p.own(id)!, start);
}

function elected(world: World, e: JournalEvent): void {
	if (e.place === "controller") {
		for (const { key } of world.all(Node)) {
			const own = world.edit<Node>(key)!;
			own.controller = own.id === e.node;
		}
		return;
	}
	const replicas = e.detail?.["replicas"] as number[] | undefined;
	const p = replicas ? world.add((owner) => new Partition(e.place ?? "", replicas, owner)) : partition(world, e);
	if (!p) return;
	p.leader = e.node ?? 0;
	p.epoch = e.tag ?? 0;
	world.rewire();
	if (!p.leader) return;
	if (!p.isr.includes(p.leader)) p.isr = [p.leader];
	drop(p);
	p.hw = Math.min(p.hw, p.log.end);
	rebuild(p);
	for (const id of p.replicas) if (id !== p.leader && world.get<Node>(nodeKey(id))?.up) follow(p, id);
}

/** Reads the leader's log for what it tells of transactions. */
function rebuild(p: Partition): void {
	const open = new Map<string, number>();
	const aborted: { txn: string; first: number; last: number }[] = [];
	p.log.entries.each((entry, offset) => {
		if (entry.txn === undefined) return;
		if (entry.commit === undefined) {
			if (!open.has(entry.txn)) open.set(entry.txn, offset);
			return;
		}
		const first = open.get(entry.txn);
		if (first !== undefined && !entry.commit) aborted.push({ txn: entry.txn, first, last: offset });
		open.delete(entry.txn);
	});
	p.open = open;
	p.aborted = aborted;
}

/** Puts an entry at the end of the leader's log. */
function append(p: Partition, offset: number, entry: Entry): void {
	const log = p.own(p.leader);
	if (!log) return;
	log.entries.set(offset, entry);
	log.end = Math.max(log.end, offset + 1);
}

function published(world: World, e: JournalEvent): void {
	const p = partition(world, e);
	if (!p) return;
	append(p, e.tag ?? 0, { message: e.message ?? 0, label: e.label, txn: e.reason || undefined });
	if (!e.reason || p.open.has(e.reason)) return;
	p.open = new Map(p.open).set(e.reason, e.tag ?? 0);
	world.rewire();
}

/** A follower gets all that its leader has. */
function replicated(world: World, e: JournalEvent): void {
	const p = partition(world, e);
	const to = p?.own(e.node ?? 0);
	if (!p || !to) return;
	const from = p.log;
	if (to.end < from.start) deleteBefore(to, from.start);
	from.entries.each((entry, offset) => { if (offset >= (e.tag ?? 0)) to.entries.set(offset, entry); });
	to.end = from.end;
}

function truncated(world: World, e: JournalEvent): void {
	const log = partition(world, e)?.own(e.node ?? 0);
	if (!log) return;
	cut(log, (offset) => offset >= (e.tag ?? 0));
	log.end = Math.min(log.end, e.tag ?? 0);
	log.start = Math.min(log.start, log.end);
}

function deleteBefore(log: Log, offset: number): void {
	if (offset <= log.start) return;
	log.start = offset;
	log.end = Math.max(log.end, offset);
	cut(log, (at) => at < offset);
}

/** Takes entries out of a log that one may change. */
function cut(log: Log, which: (offset: number) => boolean): void {
	const gone: number[] = [];
	log.entries.each((_, offset) => { if (which(offset)) gone.push(offset); });
	for (const offset of gone) log.entries.delete(offset);
}

function watermark(world: World, e: JournalEvent): void {
	const p = partition(world, e);
	if (!p) return;
	p.hw = e.tag ?? 0;
	p.pending = p.pending.filter((m) => m.end > p.hw);
}

function logStart(world: World, e: JournalEvent): void {
	const p = partition(world, e);
	for (const id of p?.replicas ?? []) {
		if (id === p!.leader || world.get<Node>(nodeKey(id))?.up) deleteBefore(p!.own(id)!, e.tag ?? 0);
	}
}

/** A record's time is over; with a group, it is an offset that the group forgets. */
function expired(world: World, e: JournalEvent): void {
	if (e.group === undefined) {
		const p = partition(world, e);
		p?.own(p.leader)?.entries.delete(e.tag ?? 0);
		return;
	}
	const own = world.edit<Group>(groupKey(e.group));
	if (own) own.offsets = without(own.offsets, (name) => name === e.place);
}

/** Compaction takes a record out of every replica that has it. */
function dropped(world: World, e: JournalEvent): void {
	const p = partition(world, e);
	for (const id of p?.replicas ?? []) {
		if (p!.logs.get(id)!.entries.get(e.tag ?? 0)?.message === e.message) p!.own(id)!.entries.delete(e.tag ?? 0);
	}
}

/** Other replicas are to hold the partition. */
function configured(world: World, e: JournalEvent): void {
	const p = e.key === "replicas" ? partition(world, e) : undefined;
	if (!p) return;
	p.replicas = (e.reason ?? "").split(",").map(Number);
	const logs = new Map(p.logs);
	const { start } = p.log;
	for (const id of p.replicas) if (!logs.has(id)) logs.set(id, { start, end: start, entries: new Ordered<number, Entry>(p.owner) });
	p.logs = logs;
	drop(p);
}

/** Deletes the logs of nodes that hold the partition no more, once they are not in sync: should they hold it again, they begin anew. */
function drop(p: Partition): void {
	const kept = new Set([...p.replicas, ...p.isr, p.leader]);
	if ([...p.logs.keys()].some((id) => !kept.has(id))) p.logs = new Map([...p.logs].filter(([id]) => kept.has(id)));
}

function inSync(world: World, e: JournalEvent): void {
	const p = partition(world, e);
	if (!p) return;
	p.isr = [...p.replicas.filter((id) => id === e.node || p.isr.includes(id)), ...p.isr.filter((id) => !p.replicas.includes(id))];
}

function outOfSync(world: World, e: JournalEvent): void {
	const p = partition(world, e);
	if (!p) return;
	p.isr = p.isr.filter((id) => id !== e.node);
	drop(p);
}

function without<V>(map: ReadonlyMap<string, V>, gone: (name: string) => boolean): ReadonlyMap<string, V> {
	return new Map([...map].filter(([name]) => !gone(name)));
}

/** A group is gone, or a topic with all that groups know of it. */
function deleted(world: World, e: JournalEvent): void {
	if (e.group !== undefined) return world.remove(groupKey(e.group));
	const of = (name: string): boolean => split(name)[0] === e.place;
	for (const p of world.all(Partition)) if (of(p.name)) world.remove(p.key);
	for (const { key } of world.all(Group)) {
		const own = world.edit<Group>(key)!;
		own.offsets = without(own.offsets, of);
		own.began = without(own.began, of);
	}
	for (const { key } of world.all(Member)) {
		const own = world.edit<Member>(key)!;
		own.reads = own.reads.filter((name) => !of(name));
		own.at = without(own.at, of);
	}
	world.rewire();
}

/** A group, to change; it is there from the first that is heard of it. */
function group(world: World, e: JournalEvent): Group {
	return world.edit<Group>(groupKey(e.group ?? "")) ?? world.add((owner) => new Group(e.group ?? "", owner));
}

/** The key of a member. */
function member(world: World, e: JournalEvent, id = e.consumer): string | undefined {
	return world.get<Group>(groupKey(e.group ?? ""))?.members.find((key) => world.get<Member>(key)?.member === id);
}

function rebalancing(world: World, e: JournalEvent): void {
	const own = group(world, e);
	own.state = "PreparingRebalance";
	own.generation = e.tag ?? 0;
}

function joined(world: World, e: JournalEvent): void {
	const own = group(world, e);
	const { protocol, leader, instance, instead } = e.detail ?? {};
	const old = typeof instead === "string" ? world.get<Member>(member(world, e, instead) ?? "") : undefined;
	if (!old) own.state = "CompletingRebalance";
	own.generation = e.tag ?? 0;
	own.protocol = String(protocol ?? "");
	let key = old?.key ?? member(world, e);
	if (!key || old) {
		key ??= memberKey(own.group, own.came++);
		const ordinal = Number(key.slice(key.lastIndexOf("\0") + 1));
		const fresh = world.add((owner) => new Member(own.group, e.consumer ?? "", ordinal, owner));
		fresh.reads = old?.reads ?? [];
		if (!old) own.members = [...own.members, key];
	}
	const it = world.edit<Member>(key)!;
	it.client = e.client ?? "";
	it.instance = String(instance ?? "");
	it.leads = leader === true;
}

function assigned(world: World, e: JournalEvent): void {
	const own = world.edit<Group>(groupKey(e.group ?? ""));
	if (own) own.state = "Stable";
	const it = world.edit<Member>(member(world, e) ?? "");
	if (!it) return;
	if (it.shared !== (e.tag ?? 0)) {
		it.at = without(it.at, (name) => !it.reads.includes(name));
		it.reads = [];
		it.shared = e.tag ?? 0;
	}
	if (e.place) it.reads = [...it.reads, e.place];
	world.rewire();
}

function left(world: World, e: JournalEvent): void {
	const own = world.edit<Group>(groupKey(e.group ?? ""));
	const key = member(world, e);
	if (own && key) {
		own.members = own.members.filter((other) => other !== key);
		world.remove(key);
	}
	if (!own || e.n || e.reason === "replaced") return;
	own.state = "Empty";
	own.generation++;
	own.protocol = "";
}

function committed(world: World, e: JournalEvent): void {
	const own = group(world, e);
	own.offsets = new Map(own.offsets).set(e.place ?? "", e.tag ?? 0);
}

function delivered(world: World, e: JournalEvent): void {
	const own = e.group === undefined ? undefined : world.get<Group>(groupKey(e.group));
	const place = e.place ?? "";
	if (!own) return;
	if (!own.began.has(place)) {
		const mine = world.edit<Group>(own.key)!;
		mine.began = new Map(mine.began).set(place, e.tag ?? 0);
	}
	const it = world.edit<Member>(member(world, e) ?? "");
	if (it) it.at = new Map(it.at).set(place, (e.tag ?? 0) + 1);
}

function began(world: World, e: JournalEvent): void {
	const own = world.edit<Transaction>(transactionKey(e.key ?? "")) ?? world.add((owner) => new Transaction(e.key ?? "", owner));
	own.state = "open";
}

/** A transaction ends: first by itself, then with a marker in each partition. */
function ended(world: World, e: JournalEvent): void {
	const commit = e.kind === "txn-commit";
	const txn = e.key ?? "";
	if (!e.place) {
		const own = world.edit<Transaction>(transactionKey(txn));
		if (own) own.state = commit ? "committed" : "aborted";
		return;
	}
	const p = partition(world, e);
	if (!p) return;
	const offset = e.tag ?? 0;
	const first = p.open.get(txn);
	if (first !== undefined && !commit) p.aborted = [...p.aborted, { txn, first, last: offset }];
	const known = p.pending.find((m) => m.txn === txn);
	p.pending = [...p.pending.filter((m) => m !== known), { txn, first: known?.first ?? first ?? -1, end: offset + 1 }];
	p.open = without(p.open, (name) => name === txn);
	append(p, offset, { message: 0, txn, commit });
	world.rewire();
}
