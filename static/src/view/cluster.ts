/**
 * What a cluster's places say of themselves: partitions as logs with their replicas and with where
 * groups are in them, nodes with what they lead, members with what they read. Pure; log.ts draws it.
 */
import type { Say } from "../strings.ts";
import type { Place, State, Token } from "./types.ts";

/** A replica of a partition, and how it stands to its leader. */
export interface Replica {
	node: number;
	role: "leader" | "sync" | "behind" | "down";
	/** Records that the leader has and it has not. */
	lacks: number;
}

/** Where a group is in a partition. */
interface Bookmark {
	group: string;
	/** The next record to read, as the group has committed it; -1: it has committed none. */
	committed: number;
	/** Where its member is that reads here; -1: nobody does, or has not begun. */
	at: number;
	/** Who that is. */
	member: string;
	lag: number;
}

/** All that is drawn of a partition besides its records. */
export interface LogView {
	base: number;
	end: number;
	hw: number;
	/** Of the newest records, those that are tokens. */
	offsets: readonly number[];
	/** What the lab calls them; empty for those that it does not name. */
	labels: readonly string[];
	/** How many records there are. */
	records: number;
	replicas: readonly Replica[];
	bookmarks: readonly Bookmark[];
	/** From here on there are records of open transactions, which readers of committed records do not get. */
	stable: number;
	/** Records that are not in the log: lost with a leader, or thrown away because they were there already. */
	aside: readonly Token[];
}

const ofCluster = new Set(["node", "partition", "group", "transaction"]);

/** Reports whether a place is a cluster's. */
export function clustered(place: Place): boolean {
	return (ofCluster.has(place.kind) && place.detail !== undefined) || (place.kind === "consumer" && place.detail?.["group"] !== undefined);
}

const table = (of: unknown): Record<string, number> => (of ?? {}) as Record<string, number>;

/** The log of a partition; undefined for what is none. */
export function logOf(place: Place, state: State): LogView | undefined {
	const d = place.detail;
	if (place.kind !== "partition" || !d || !Array.isArray(d["replicas"])) return undefined;
	const ends = table(d["ends"]);
	const isr = (d["isr"] ?? []) as number[];
	const end = Number(d["end"]);
	const up = new Map(state.places.filter((p) => p.kind === "node").map((p) => [Number(p.detail?.["node"]), p.detail?.["up"] === true]));
	const replicas = (d["replicas"] as number[]).map((node): Replica => {
		const role = up.get(node) === false ? "down" : node === d["leader"] ? "leader" : isr.includes(node) ? "sync" : "behind";
		return { node, role, lacks: Math.max(0, end - (ends[node] ?? 0)) };
	});
	return {
		base: Number(d["base"]), end, hw: Number(d["hw"]), offsets: (d["offsets"] ?? []) as number[],
		labels: (place.tokens ?? []).map((t) => t.label ?? ""), replicas, bookmarks: bookmarks(place, state),
		stable: Number(d["stable"] ?? d["hw"]), aside: [],
		records: (place.ready ?? 0) + (place.inFlight ?? 0) + (place.done ?? 0) + (place.dead ?? 0),
	};
}

/** Where each group is that knows the partition, by name. */
function bookmarks(place: Place, state: State): Bookmark[] {
	const hw = Number(place.detail?.["hw"]);
	return state.places.filter((p) => p.kind === "group").flatMap((group): Bookmark[] => {
		const committed = table(group.detail?.["offsets"])[place.name] ?? -1;
		const member = state.places.find((p) => p.kind === "consumer" && p.detail?.["group"] === group.name && table(p.detail?.["lag"])[place.name] !== undefined);
		const at = table(member?.detail?.["positions"])[place.name] ?? -1;
		if (committed < 0 && !member) return [];
		const lag = table(member?.detail?.["lag"])[place.name] ?? Math.max(0, hw - committed);
		return [{ group: group.name, committed, at, member: member?.name ?? "", lag }];
	});
}

/** The replicas in words: who leads, who is in sync, who is not. */
function replicasInWords(replicas: readonly Replica[], say: Say): string {
	const leader = replicas.find((r) => r.role === "leader");
	const some = (role: Replica["role"], key: "log.sync" | "log.behind" | "log.down"): string[] => {
		const of = replicas.filter((r) => r.role === role).map((r) => (r.lacks > 0 ? say("log.lacks", { node: r.node, n: say.number(r.lacks) }) : String(r.node)));
		return of.length > 0 ? [say(key, { nodes: of.join(", ") })] : [];
	};
	return [leader ? say("log.leader", { node: leader.node }) : say("log.leaderless"), ...some("sync", "log.sync"), ...some("behind", "log.behind"), ...some("down", "log.down")].join(", ");
}

/** Where a group is, in words. */
function bookmarkInWords(b: Bookmark, say: Say): string {
	const parts = [
		...(b.committed >= 0 ? [say("log.committed", { at: say.number(b.committed) })] : []),
		...(b.at >= 0 && b.at !== b.committed ? [say("log.at", { member: b.member, at: say.number(b.at) })] : []),
		b.committed < 0 && b.at < 0 ? say("log.unread") : say("log.lag", { n: say.number(b.lag) }),
	];
	return say("log.bookmark", { group: b.member && b.at < 0 || b.at === b.committed && b.member ? `${b.group} (${b.member})` : b.group, what: parts.join(", ") });
}

/** What stands beside the marks of a group: the numbers at length, and the one that matters most. Who reads has a sign of its own. */
export function bookmarkInShort(b: Bookmark, group: string, say: Say): [long: string, short: string] {
	const named = (text: string): string => (group ? say("log.bookmark", { group, what: text }) : text);
	if (b.committed < 0 && b.at < 0) return [named(say("log.unread")), say("log.unread")];
	const lag = say("log.lag", { n: say.number(b.lag) });
	const parts = [
		...(b.committed >= 0 ? [say("log.committed", { at: say.number(b.committed) })] : []),
		...(b.at >= 0 && b.at !== b.committed ? [say("log.position", { at: say.number(b.at) })] : []), lag,
	];
	return [named(parts.join(" · ")), named(lag)];
}

/** Says from which offset to which a log holds records, the one before `end` the last. */
function offsetsInWords(base: number, end: number, say: Say): string {
	if (end - base === 1) return say("log.offset", { at: say.number(base) });
	return say("log.offsets", { span: `${say.number(base)}–${say.number(end - 1)}` });
}

/** What a place of a cluster says of itself; undefined when it is none. */
export function noteOfCluster(place: Place, state: State, say: Say): string | undefined {
	const d = place.detail ?? {};
	switch (place.kind) {
		case "node": {
			if (d["up"] === false) return say("node.down");
			const leads = state.places.filter((p) => p.kind === "partition" && p.detail?.["leader"] === d["node"]).length;
			// Not "leads 0", which is read as the number of a partition.
			return [leads === 0 ? say("node.follows") : say.count("node.leads", leads, { n: say.number(leads) }), ...(d["controller"] === true ? [say("node.controller")] : [])].join(" · ");
		}
		case "partition": {
			const log = logOf(place, state);
			if (!log) return undefined;
			const span = log.records === 0 ? say("log.empty", { end: say.number(log.end) }) : say.count("log.records", log.records, { n: say.number(log.records), span: offsetsInWords(log.base, log.end, say) });
			const hw = log.hw < log.end ? [say("log.hw", { at: say.number(log.hw) })] : [];
			const stable = log.stable < log.hw ? [say("log.stable", { at: say.number(log.stable) })] : [];
			return [replicasInWords(log.replicas, say), span, ...hw, ...stable, ...log.bookmarks.map((b) => bookmarkInWords(b, say))].join("; ");
		}
		case "group": {
			const state = String(d["state"] ?? "");
			return [say.any(`group.${state}`, state), ...(Number(d["generation"]) > 0 ? [say("group.generation", { n: say.number(Number(d["generation"])) })] : [])].join(" · ");
		}
		case "transaction":
			return say.any(`transaction.${String(d["state"])}`, String(d["state"]));
		case "consumer": {
			if (d["group"] === undefined) return undefined;
			if (d["died"] === true) return say("picture.crashed");
			const reads = Object.keys(table(d["lag"]));
			if (reads.length === 0) return say("member.idle");
			const group = state.places.find((p) => p.kind === "group" && p.name === d["group"]);
			const begun = reads.some((name) => table(group?.detail?.["offsets"])[name] !== undefined || table(d["positions"])[name] !== undefined);
			if (!begun) return `${shortened(reads)} · ${say("log.unread")}`;
			const lag = Object.values(table(d["lag"])).reduce((sum, n) => sum + n, 0);
			return say("member.reads", { what: shortened(reads), lag: say.number(lag) });
		}
	}
	return undefined;
}

/** Names of partitions: those of one topic by their numbers. */
export function shortened(names: readonly string[]): string {
	const topics = new Map<string, string[]>();
	for (const name of names) {
		const at = name.lastIndexOf("/");
		topics.set(name.slice(0, at), [...(topics.get(name.slice(0, at)) ?? []), name.slice(at + 1)]);
	}
	return [...topics].map(([topic, parts]) => `${topic}/${runs(parts.map(Number))}`).join("; ");
}

/** Numbers, those that follow each other as runs: 0–3, 7. */
function runs(of: readonly number[]): string {
	const out: [from: number, to: number][] = [];
	for (const n of [...of].sort((a, b) => a - b)) {
		const last = out.at(-1);
		if (last?.[1] === n - 1) last[1] = n;
		else out.push([n, n]);
	}
	return out.map(([from, to]) => (from === to ? String(from) : to === from + 1 ? `${from}, ${to}` : `${from}–${to}`)).join(", ");
}
