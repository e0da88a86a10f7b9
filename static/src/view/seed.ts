/**
 * A world from a State, for journals that do not go back to the beginning. What a State only
 * counts becomes messages that nobody knows the number of. Delivery tags are not known either:
 * what is held is found by its message.
 */
import { seedAccess } from "./access.ts";
import { Consumer, type Entry, Exchange, Queue, seededArguments, seededKey } from "./rabbitmq.ts";
import { seedKafka } from "./seed-kafka.ts";
import { Service, serviceKey } from "./reduce-services.ts";
import { seedConnect, seedTable, tables } from "./reduce-tables.ts";
import type { Place, State, Token } from "./types.ts";
import { Thing, type World } from "./world.ts";

/** A place that no reducer knows: drawn as it was. */
class Fixture extends Thing {
	override draw(): Place { return this.view!; }
}

export function seed(world: World, state: State): void {
	const consumers = state.places.filter((p) => p.kind === "consumer" && p.detail?.["group"] === undefined);
	for (const place of state.places) {
		if (place.kind === "exchange") exchange(world, place, state);
		else if (place.kind === "service") service(world, place);
		else if (seedKafka(world, place, state) || seedAccess(world, place)) continue;
		else if (place.kind === "queue") queue(world, place, state, consumers.filter((c) => c.detail?.["queue"] === place.name));
		else if (place.kind !== "consumer") world.add((owner) => Object.assign(new Fixture(`8${place.id}`, owner), { view: place }));
	}
	world.rewire();
}

function exchange(world: World, place: Place, state: State): void {
	const name = place.id.replace(/^exchange:/, "");
	const it = world.add((owner) => new Exchange(name, owner));
	it.detail = { ...place.detail };
	for (const flow of state.flows) {
		if (flow.from !== place.id || (flow.label === "alternate" && it.detail["alternate"])) continue;
		it.bindings.set(it.isDefault ? flow.to.replace(/^queue:/, "") : [flow.label ?? "", flow.to, seededArguments, it.bindings.size].join("\0"), flow);
	}
}

/** A queue with its consumers. */
function queue(world: World, place: Place, state: State, consumers: readonly Place[]): void {
	const it = world.add((owner) => new Queue(place.name, owner));
	const { consumers: n, ...detail } = place.detail ?? {};
	it.detail = detail;
	it.consumers = Number(n ?? 0);
	it.done = place.done ?? 0;
	it.dead = place.dead ?? 0;
	it.inFlight = place.inFlight ?? 0;
	it.deadLetter = state.flows.find((f) => f.from === place.id && f.to.startsWith("exchange:"))?.to.replace(/^exchange:/, "") ?? null;
	const held = consumers.map((c) => entries(c.tokens, c.inFlight));
	const loose = entries(place.tokens, Math.max(0, it.inFlight - consumers.reduce((sum, c) => sum + (c.inFlight ?? 0), 0)));
	const ready = entries(place.tokens?.slice(loose.length), place.ready);
	for (const entry of turns([...held.flat(), ...loose], ready)) entry.position = ++it.arrived;
	consumers.forEach((c, i) => consumer(world, c, held[i]!));
	loose.forEach((entry, i) => it.loose.set(seededKey(i), entry));
	for (const entry of ready) it.put(entry);
}

/** n messages, of which the first have tokens. */
function entries(tokens: readonly Token[] = [], n = 0): Entry[] {
	return Array.from({ length: n }, (_, i) => ({ message: tokens[i]?.message ?? 0, label: tokens[i]?.label, position: 0, line: 0, again: tokens[i]?.state === "twice" }));
}

/** The order in which messages had come, as far as it can be told: by their numbers, unless what is ready contradicts that. What was given out was before it then. */
function turns(given: readonly Entry[], ready: readonly Entry[]): Entry[] {
	const byNumber = (a: Entry, b: Entry): number => (a.message || Infinity) - (b.message || Infinity) || 0;
	const known = ready.filter((entry) => entry.message > 0);
	const inOrder = known.every((entry, i) => i === 0 || known[i - 1]!.message < entry.message);
	return inOrder ? [...given, ...ready].sort(byNumber) : [...[...given].sort(byNumber), ...ready];
}

function consumer(world: World, place: Place, held: readonly Entry[]): void {
	const d = place.detail ?? {};
	const it = world.add((owner) => new Consumer({
		seq: 0, at: 0, kind: "subscribed", client: String(d["client"] ?? ""), channel: Number(d["channel"] ?? 0), consumer: place.name,
		place: String(d["queue"] ?? ""), n: Number(d["prefetch"] ?? 0), ...(d["no_ack"] ? { reason: "auto-ack" } : {}),
	}, owner));
	it.detail = { ...d };
	it.done = place.done ?? 0;
	held.forEach((entry, i) => it.held.set(i - held.length, entry)); // before every tag
}

function service(world: World, place: Place): void {
	if (tables.has(place.name)) return seedTable(world, place);
	if (place.name === "connect") return seedConnect(world, place);
	if (!world.get(serviceKey(place.name))) world.add((owner) => new Service(place.name, owner));
	const it = world.edit<Service>(serviceKey(place.name))!;
	it.done = place.done ?? 0;
	it.shown = (place.tokens ?? []).map((t) => ({ label: t.label ?? "", message: t.message, state: t.state }));
	for (const t of it.shown) {
		if (t.state === "ready") it.todo.set(t.label, 0);
		else it.times.set(t.label, t.state === "twice" ? 2 : 1);
	}
}
