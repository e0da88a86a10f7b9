/** A world from a State, for journals that do not go back to the beginning: what a State only counts becomes messages without a name. */
import { Consumer, Exchange, Queue } from "./rabbitmq.ts";
import { Service, serviceKey } from "./reduce-services.ts";
import type { Place, State } from "./types.ts";
import { Thing, type World } from "./world.ts";

/** A place that no reducer knows: drawn as it was. */
class Fixture extends Thing {
	override draw(): Place { return this.view!; }
}

const makers: Record<string, (world: World, place: Place, state: State) => void> = { exchange, queue, consumer, service };

export function seed(world: World, state: State): void {
	for (const place of state.places) {
		const make = makers[place.kind];
		if (make) make(world, place, state);
		else world.add((owner) => Object.assign(new Fixture(`8${place.id}`, owner), { view: place }));
	}
	world.rewire();
}

function exchange(world: World, place: Place, state: State): void {
	const name = place.id.replace(/^exchange:/, "");
	const it = world.add((owner) => new Exchange(name, owner));
	it.detail = { ...place.detail };
	for (const flow of state.flows) {
		if (flow.from !== place.id) continue;
		const key = name === "" ? (flow.label ?? "") : [flow.label ?? "", flow.to, flow.label ?? ""].join("\0");
		if (flow.label !== "alternate" || !it.detail["alternate"]) it.bindings.set(key, flow);
	}
}

function queue(world: World, place: Place, state: State): void {
	const it = world.add((owner) => new Queue(place.name, owner));
	const { consumers, ...detail } = place.detail ?? {};
	it.detail = detail;
	it.consumers = Number(consumers ?? 0);
	it.done = place.done ?? 0;
	it.dead = place.dead ?? 0;
	it.inFlight = place.inFlight ?? 0;
	it.deadLetter = state.flows.find((f) => f.from === place.id && f.to.startsWith("exchange:"))?.to.replace(/^exchange:/, "") ?? null;
	const ready = (place.tokens ?? []).filter((t) => t.state === "ready" || t.state === "twice");
	for (let i = 0; i < (place.ready ?? 0); i++) {
		const token = ready[i];
		it.put({ message: token?.message ?? 0, label: token?.label, position: ++it.arrived, line: 0, again: token?.state === "twice" });
	}
}

function consumer(world: World, place: Place): void {
	const d = place.detail ?? {};
	const it = world.add((owner) => new Consumer({
		seq: 0, at: 0, kind: "subscribed", client: String(d["client"] ?? ""), channel: Number(d["channel"] ?? 0), consumer: place.name,
		place: String(d["queue"] ?? ""), n: Number(d["prefetch"] ?? 0), ...(d["no_ack"] ? { reason: "auto-ack" } : {}),
	}, owner));
	it.detail = { ...d };
	it.done = place.done ?? 0;
	(place.tokens ?? []).forEach((t, i) => it.held.set(-1 - (place.tokens!.length - i), { message: t.message, label: t.label, position: 0, line: 0, again: t.state === "twice" }));
}

function service(world: World, place: Place): void {
	if (!world.get(serviceKey(place.name))) world.add((owner) => new Service(place.name, owner));
	const it = world.edit<Service>(serviceKey(place.name))!;
	it.done = place.done ?? 0;
	it.shown = (place.tokens ?? []).map((t) => ({ label: t.label ?? "", message: t.message, state: t.state }));
	for (const t of it.shown) {
		if (t.state === "ready") it.todo.set(t.label, 0);
		else it.times.set(t.label, t.state === "twice" ? 2 : 1);
	}
}
