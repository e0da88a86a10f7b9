/** What a database and a search index record: rows and documents that come, change and go. */
import type { Owner } from "./ordered.ts";
import { serviceKey } from "./reduce-services.ts";
import type { JournalEvent, Place, Token, Whereabouts } from "./types.ts";
import { maxTokens, Thing, tokenOf, type World } from "./world.ts";

/** The services that hold something under keys. */
export const tables: ReadonlySet<string> = new Set(["db", "search"]);

/** One row or document. Of a picture from before only the label is known. */
interface Holding {
	place: string;
	key: string;
	label: string;
	message: number;
}

/** A database draws its rows, an index its documents: the first of them, in the order in which they came. */
export class Table extends Thing {
	held: readonly Holding[] = [];

	constructor(readonly name: string, owner: Owner) { super(serviceKey(name), owner); }

	get id(): string { return `service:${this.name}`; }
	override get fickle(): boolean { return this.held.some((h) => h.message === 0); }

	override draw(world: World): Place {
		const place: Place = { id: this.id, kind: "service", name: this.name, ready: 0, inFlight: 0, done: this.held.length, dead: 0 };
		if (this.held.length === 0) return place;
		return { ...place, tokens: this.marked().map(([h, state]) => tokenOf(h.message || world.numberOf(h.label), h.label, state)) };
	}

	override find(message: number): Whereabouts[] {
		return this.marked().filter(([h]) => h.message === message).map(([, state]) => ({ place: this.id, state }));
	}

	/** What is shown; of two in one place with the same label the second is one too many. */
	private marked(): [Holding, Token["state"]][] {
		const seen = new Set<string>();
		return this.held.slice(0, maxTokens).map((h) => {
			const name = JSON.stringify([h.place, h.label]);
			const state = h.label !== "" && seen.has(name) ? ("twice" as const) : ("done" as const);
			seen.add(name);
			return [h, state];
		});
	}
}

/** Kafka Connect: its connectors move data; it holds none. */
export class Connect extends Thing {
	connectors: readonly string[] = [];

	constructor(owner: Owner) { super(serviceKey("connect"), owner); }

	override draw(): Place {
		return { id: "service:connect", kind: "service", name: "connect", ready: 0, inFlight: 0, done: 0, dead: 0, ...(this.connectors.length > 0 ? { detail: { connectors: this.connectors } } : {}) };
	}
}

/** The reducer of Connect. */
export function connect(world: World, e: JournalEvent): void {
	if (!e.place || (e.kind !== "declared" && e.kind !== "deleted")) return;
	const there = world.edit(serviceKey("connect"));
	const own = there instanceof Connect ? there : world.add((owner) => new Connect(owner));
	const others = own.connectors.filter((name) => name !== e.place);
	own.connectors = e.kind === "declared" ? [...others, e.place].sort() : others;
}

/** Takes up Connect in the middle: from a picture of it. */
export function seedConnect(world: World, place: Place): void {
	const { connectors } = place.detail ?? {};
	world.add((owner) => new Connect(owner)).connectors = Array.isArray(connectors) ? connectors.map(String) : [];
}

/** Takes up a table in the middle: from a picture of it. */
export function seedTable(world: World, place: Place): void {
	const own = world.add((owner) => new Table(place.name, owner));
	const known = (place.tokens ?? []).map((t) => ({ place: "", key: t.label ?? "", label: t.label ?? "", message: t.message }));
	const more = Array.from({ length: Math.max(0, (place.done ?? 0) - known.length) }, () => ({ place: "", key: "", label: "", message: 0 }));
	own.held = [...known, ...more];
}

/** The reducer of the database and the index. */
export function table(world: World, e: JournalEvent): void {
	if (!e.source || !e.key || (e.kind !== "effect" && e.kind !== "declared")) return;
	const there = world.edit(serviceKey(e.source));
	const own = there instanceof Table ? there : world.add((owner) => new Table(e.source!, owner));
	const holding = { place: e.place ?? "", key: e.key, label: e.label ?? "", message: e.message ?? 0 };
	const at = own.held.findIndex((h) => h.key === holding.key && (h.place === holding.place || h.place === ""));
	if (e.reason === "delete") own.held = own.held.filter((_, i) => i !== at);
	else if (at >= 0) own.held = own.held.map((h, i) => (i === at ? holding : h));
	else own.held = [...own.held, holding];
}
