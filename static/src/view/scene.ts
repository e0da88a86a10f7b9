/**
 * What a picture shows, before it is drawn: the places that are there, those that were there
 * and are gone, and what each says of itself. Pure; picture.ts draws it.
 */
import { states } from "../shapes.ts";
import type { Say } from "../strings.ts";
import { clustered, logOf, type LogView, noteOfCluster } from "./cluster.ts";
import { separator } from "./layout.ts";
import type { Flow, JournalEvent, Place, State, Token, TokenState } from "./types.ts";

export interface Total {
	state: TokenState;
	n: number;
}

export interface Spot {
	place: Place;
	/** Where it sits in the layout. Consumers that come one after the other share a seat. */
	seat: string;
	/** Drawn as it is, or dashed because it was there and is not any more. */
	when: "now" | "gone";
	title: string;
	/** The virtual host that it is in; empty for "/", which goes without saying. */
	vhost: string;
	note: string;
	/** What leads messages here, such as binding keys. */
	keys: string;
	totals: Total[];
	/** What the note counts: the totals, and what a queue has in flight elsewhere. */
	parts: Total[];
	/** The oldest messages one by one, of a log the newest; the totals say how many there are. */
	tokens: Token[];
	/** What a partition shows besides. */
	log?: LogView | undefined;
}

export interface Scene {
	spots: Spot[];
	/** Between seats. */
	flows: Flow[];
	/** The message of the event that is shown while it is in an exchange: it stays in none. */
	passing?: { token: Token; seat: string } | undefined;
}

/** What the events say of a moment, and the state does not. */
export interface Told {
	/** The message of the counter-example once it is nowhere any more, or where it has not come to what it was for. */
	lost?: Token | null;
	/** By partition: records that a log lost, and one that it did not take because it has it. */
	aside?: ReadonlyMap<string, readonly Token[]>;
	/** The event that is shown. */
	event?: JournalEvent | null;
}

/** A seat of the layout, with everything that ever sat there. */
export interface Seat {
	id: string;
	kind: string;
	names: string[];
	/** The virtual host that it is in, whose name stands over its own; empty for "/". */
	vhost?: string;
	/** Room for the keys of flows that lead here, and the longest that they were at one time. */
	keyed: boolean;
	keys?: string;
}

interface Known {
	place: Place;
	first: number;
	seat: string;
}

/** How many places that are gone stay in the picture. */
const mostGone = 2;

/**
 * A Cast remembers the places of a run, so that a place keeps its seat and a consumer that
 * died is still seen. A replay is known to its end before it is shown.
 */
export class Cast {
	private known = new Map<string, Known>();
	private flows = new Map<string, Flow>();
	private seated = new Map<string, Seat>();
	private holders = new Map<string, string>(); // Seat to the place that took it last.
	/** The default exchange is drawn: nothing else shows which way messages come. */
	bare = false;

	/** Takes in a state. States come in the order of the run, as far as they are known. */
	take(state: State): void {
		const now = new Set(state.places.map((p) => p.id));
		for (const place of state.places) {
			const old = this.known.get(place.id);
			if (old) {
				old.place = place;
				old.first = Math.min(old.first, state.seq);
			} else if (this.shows(place)) this.seat(place, state.seq, now);
		}
		const flows = direct(state);
		const fresh = new Set<Known>(); // A new key leads to them.
		for (const flow of flows) {
			const key = `${flow.from}>${flow.to}>${flow.label ?? ""}`;
			if (this.flows.has(key)) continue;
			this.flows.set(key, flow);
			const to = this.known.get(flow.to);
			if (to && keyed(flow)) fresh.add(to);
		}
		for (const { place, seat } of fresh) {
			const seated = this.seated.get(seat)!;
			const keys = keysOf(place, flows);
			seated.keyed = true;
			if (keys.length > (seated.keys ?? "").length) seated.keys = keys;
		}
	}

	/** Starts afresh. */
	forget(): void {
		this.bare = false;
		for (const all of [this.known, this.flows, this.seated, this.holders]) all.clear();
	}

	/** Every seat, in the order in which they were first taken. */
	seats(): Seat[] { return [...this.seated.values()]; }

	/** Every flow that was ever seen, between seats. */
	ways(): Flow[] { return this.between([...this.flows.values()]); }

	private shows(place: Place): boolean { return visible(place) || (this.bare && !inAccess(place)); }

	/** The scene of a state. A message that is nowhere any more died with the last consumer that did. */
	scene(state: State, say: Say, { lost = null, aside, event }: Told = {}): Scene {
		if (state.places.some((p) => this.shows(p) && !this.known.has(p.id))) this.take(state);
		const flows = direct(state);
		const spots = state.places.filter((p) => this.known.has(p.id)).map((p) => spotOf(p, this.known.get(p.id)!.seat, "now", keysOf(p, flows), say));
		for (const spot of spots) {
			spot.note = noteOfCluster(spot.place, state, say) ?? spot.note;
			spot.log = logOf(spot.place, state);
			if (spot.log) this.setAside(spot, spot.log, lost, aside?.get(spot.place.name) ?? [], say);
		}
		const gone = this.gone(state, new Set(spots.map((s) => s.seat))).map((k) => spotOf(k.place, k.seat, "gone", "", say));
		const grave = lost && !holds(state, lost.message) && (spots.findLast((s) => died(s.place)) ?? gone.at(-1));
		if (lost && grave) {
			grave.tokens = [...grave.tokens, { ...lost, state: "dead" }];
			grave.totals = [...grave.totals, { state: "dead", n: 1 }];
			grave.note = say("picture.died", { what: lost.label || `#${lost.message}` });
		}
		const ghosts = new Set(gone.map((s) => s.seat));
		const former = [...this.flows.values()].filter((f) => [f.from, f.to].some((id) => ghosts.has(this.known.get(id)?.seat ?? "")));
		const shown = new Set([...spots, ...gone].map((s) => s.seat));
		return { spots: [...spots, ...gone], flows: this.between([...flows, ...former]).filter((f) => shown.has(f.from) && shown.has(f.to)), passing: this.passing(event, shown) };
	}

	/** Beside a log stands what it has lost; in it, what its reader has lost. */
	private setAside(spot: Spot, log: LogView, lost: Token | null, aside: readonly Token[], say: Say): void {
		spot.tokens = [...spot.tokens.map((t) => (lost && t.message === lost.message ? { ...t, state: "dead" as const } : t)), ...aside];
		log.aside = aside;
		const gone = aside.filter((t) => t.state === "dead").map((t) => t.label || `#${t.message}`);
		if (gone.length > 0) spot.note += `; ${say("log.gone", { what: gone.join(", ") })}`;
	}

	/** A message at its exchange: on its way, or at its end since no queue wants it. */
	private passing(event: JournalEvent | null | undefined, shown: ReadonlySet<string>): Scene["passing"] {
		if (!event?.message || (event.kind !== "published" && event.kind !== "unroutable")) return undefined;
		const seat = this.known.get(`exchange:${event.exchange ?? ""}`)?.seat;
		if (!seat || !shown.has(seat) || event.place) return undefined;
		return { seat, token: { message: event.message, state: event.kind === "published" ? "ready" : "dead", ...(event.label ? { label: event.label } : {}) } };
	}

	/** The last consumers that were there before a state, and whose seats are free. */
	private gone(state: State, taken: Set<string>): Known[] {
		const ids = new Set(state.places.map((p) => p.id));
		const bySeat = new Map<string, Known>();
		for (const k of this.known.values()) {
			if (k.place.kind === "consumer" && k.first <= state.seq && !ids.has(k.place.id) && !taken.has(k.seat)) bySeat.set(k.seat, k);
		}
		return [...bySeat.values()].slice(-mostGone);
	}

	/** Gives a place its seat: a consumer takes that of one that went and read from the same place. One that died keeps its own. */
	private seat(place: Place, seq: number, now: ReadonlySet<string>): void {
		const from = (p: Place): unknown => p.detail?.["queue"] ?? p.detail?.["group"];
		const free = place.kind !== "consumer" ? undefined : [...this.holders].find(([, holder]) => {
			const old = this.known.get(holder)?.place;
			return old?.kind === "consumer" && !now.has(holder) && !died(old) && from(old) === from(place);
		})?.[0];
		const id = free ?? place.id;
		const seat = this.seated.get(id) ?? { id, kind: place.kind, names: [], keyed: false, vhost: vhostOf(place) };
		if (!seat.names.includes(ownName(place))) seat.names.push(ownName(place));
		this.seated.set(id, seat);
		this.holders.set(id, place.id);
		this.known.set(place.id, { place, first: seq, seat: id });
	}

	/** Flows by their seats, each once, with all its labels. */
	private between(flows: readonly Flow[]): Flow[] {
		const out = new Map<string, Flow>();
		for (const flow of flows) {
			const [from, to] = [this.known.get(flow.from)?.seat, this.known.get(flow.to)?.seat];
			if (!from || !to || from === to) continue;
			const old = out.get(`${from}>${to}`);
			const labels = [old?.label, flow.label].filter((l): l is string => Boolean(l));
			out.set(`${from}>${to}`, { from, to, ...(labels.length > 0 ? { label: [...new Set(labels)].join(", ") } : {}) });
		}
		return [...out.values()];
	}
}

/** Reports whether a consumer died in this state. */
export function died(place: Place): boolean {
	return place.kind === "consumer" && (place.detail?.["died"] === true || place.detail?.["crashed"] === true);
}

/** Reports whether a message is somewhere in a state, in any place. */
export function holds(state: State, message: number): boolean {
	return state.places.some((p) => p.tokens?.some((t) => t.message === message));
}

/** The default exchange is everywhere and says nothing, so it is not drawn; users and virtual hosts have a table of their own. */
export function visible(place: Place): boolean {
	return !inAccess(place) && !(place.kind === "exchange" && ["", "(default)"].includes(ownName(place)));
}

/** Reports whether a place only says who may do what. */
function inAccess(place: Place): boolean { return place.kind === "user" || place.kind === "vhost"; }

/** The virtual host that an exchange or a queue is in; empty for "/". */
export function vhostOf(place: Place): string {
	const { vhost } = place.detail ?? {};
	return typeof vhost === "string" ? vhost : "";
}

/** What a place is called in its virtual host. */
export function ownName(place: Place): string {
	const vhost = vhostOf(place);
	return vhost && place.name.startsWith(`${vhost}:`) ? place.name.slice(vhost.length + 1) : place.name;
}

/** The default exchange of a virtual host. */
function isDefault(id: string): boolean { return id.startsWith("exchange:") && id.endsWith(":"); }

/** The flows of a state. Dead letters that go through the default exchange lead straight to their queue. */
function direct(state: State): Flow[] {
	const flows = state.flows ?? [];
	if (!flows.some((f) => isDefault(f.to))) return flows;
	return flows.map((f) => {
		if (!isDefault(f.to)) return f;
		const from = state.places.find((p) => p.id === f.from);
		const to = args(from)["x-dead-letter-routing-key"] ?? policyOf(from)["dead-letter-routing-key"];
		return typeof to === "string" ? { ...f, to: f.to.replace(/^exchange:/, "queue:") + to } : f;
	});
}

function args(place: Place | undefined): Record<string, unknown> {
	return (place?.detail?.["arguments"] as Record<string, unknown> | undefined) ?? {};
}

/** What the policy says that applies to a place. */
function policyOf(place: Place | undefined): Record<string, unknown> {
	return (place?.detail?.["definition"] as Record<string, unknown> | undefined) ?? {};
}

/** A binding's key stands in the box that it leads to. Those of the default exchange repeat the queue's name. */
function keyed(flow: Flow): boolean {
	return Boolean(flow.label) && flow.from.startsWith("exchange:") && !isDefault(flow.from);
}

function keysOf(place: Place, flows: readonly Flow[]): string {
	return [...new Set(flows.filter((f) => f.to === place.id && keyed(f)).map((f) => f.label))].join(separator);
}

function spotOf(place: Place, seat: string, when: Spot["when"], keys: string, say: Say): Spot {
	const tokens = when === "now" ? (place.tokens ?? []) : [];
	const totals = when === "now" ? totalsOf(place, tokens) : [];
	const parts = partsOf(place, totals);
	const note = when === "gone" ? say("picture.gone") : noteOf(place, tokens, parts, say);
	return { place, seat, when, title: nameOf(place, say), vhost: vhostOf(place), note, keys, totals, parts, tokens: [...tokens] };
}

/** What a place is called where it is shown. */
export function nameOf(place: Place, say: Say): string {
	return ownName(place) || kindOf(place, say);
}

/** That with the virtual host that it is in. */
export function fullName(place: Place, say: Say): string {
	const vhost = vhostOf(place);
	return vhost ? say("access.name", { name: nameOf(place, say), vhost }) : nameOf(place, say);
}

/**
 * How many messages a place holds in each state: what it says itself, or its tokens counted.
 * What a queue or a consumer is rid of is not there any more, and what is in flight from a
 * queue is drawn at its consumer.
 */
function totalsOf(place: Place, tokens: readonly Token[] = place.tokens ?? []): Total[] {
	const counted: Partial<Record<TokenState, number>> = {};
	for (const token of tokens) counted[token.state] = (counted[token.state] ?? 0) + 1;
	const said: Partial<Record<TokenState, number>> = {};
	const { twice = 0 } = counted;
	switch (place.kind) {
		case "queue":
			said.ready = Math.max(0, (place.ready ?? 0) - twice);
			break;
		case "consumer":
			said.flight = Math.max(0, (place.inFlight ?? 0) - twice - (counted.dead ?? 0));
			break;
		case "service":
			said.done = Math.max(0, (place.done ?? 0) - twice);
			break;
		default:
			Object.assign(said, { ready: place.ready ?? 0, flight: place.inFlight ?? 0, done: place.done ?? 0, dead: place.dead ?? 0 });
	}
	return states.map((state) => ({ state, n: Math.max(said[state] ?? 0, counted[state] ?? 0) })).filter((t) => t.n > 0);
}

/** What a place counts in its note; consumers and exchanges say something else there. */
function partsOf(place: Place, totals: readonly Total[]): Total[] {
	if (place.kind === "consumer" || place.kind === "exchange" || clustered(place)) return [];
	const flight = place.kind === "queue" ? (place.inFlight ?? 0) : 0;
	return flight > 0 && !totals.some((t) => t.state === "flight") ? [...totals, { state: "flight", n: flight }] : [...totals];
}

function noteOf(place: Place, tokens: readonly Token[], parts: readonly Total[], say: Say): string {
	const detail = place.detail ?? {};
	switch (place.kind) {
		case "consumer": {
			const held = tokens.map((t) => t.label || `#${t.message}`).slice(0, 3).join(", ");
			if (died(place)) return held ? say("picture.died", { what: held }) : say("picture.crashed");
			if (detail["no_ack"]) return say("picture.autoack");
			const prefetch = Number(detail["prefetch"] ?? 0);
			return prefetch > 0 ? say("picture.prefetch", { n: prefetch }) : say("picture.unlimited");
		}
		case "service":
			if (Array.isArray(detail["connectors"])) return detail["connectors"].join(", ");
			break;
		case "exchange":
			return governed(place, say("picture.exchange", { type: String(detail["type"] ?? "") }), say);
	}
	if (parts.length === 0) return governed(place, place.kind === "queue" ? say("picture.none") : kindOf(place, say), say);
	return governed(place, parts.map((t) => say.count(`count.${t.state}`, t.n, { n: say.number(t.n) })).join(" · "), say);
}

/** A text about a place with the policy that applies to it, if one does. */
export function governed(place: Place, text: string, say: Say): string {
	const { policy } = place.detail ?? {};
	return typeof policy === "string" ? `${text} · ${say("picture.policy", { name: policy })}` : text;
}

/** What kind of place it is, in the reader's words; a kind without words says itself. */
export function kindOf(place: Place, say: Say): string {
	return say.any(`place.${place.kind}`, place.kind);
}

/**
 * The picture in words, for those who do not see it, and for all when there is nothing to draw: in a run that has
 * not begun, or whose broker has nothing that is drawn.
 */
export function sceneInWords(scene: Scene, say: Say, begun = true): string {
	if (scene.spots.length === 0) return say(begun ? "picture.bare" : "picture.empty");
	return scene.spots
		.map((spot) => {
			const holding = spot.tokens.filter((t) => t.state === "flight");
			const held = holding.length > 0 && spot.place.kind === "consumer" && !died(spot.place) ? `, ${say("picture.holds", { what: holding.map((t) => t.label || `#${t.message}`).join(", ") })}` : "";
			return say("picture.in", { name: fullName(spot.place, say), what: spot.note + held });
		})
		.join(". ");
}
