/** What the services and the host record: effects in the world, and faults. */
import { Member } from "./kafka.ts";
import { Consumer } from "./rabbitmq.ts";
import { Ordered, type Owner } from "./ordered.ts";
import type { JournalEvent, Place, Token, Whereabouts } from "./types.ts";
import { maxTokens, Thing, tokenOf, type World } from "./world.ts";

export const serviceKey = (name: string): string => `9service:${name}`;

/** One thing that a service has done, or has still to do. */
interface Deed {
	label: string;
	message: number;
	state: Token["state"];
}

/**
 * A service draws what it still has to do, where the journal tells that, and what it has done:
 * the first of a list that was given to it, else the newest.
 */
export class Service extends Thing {
	done = 0;
	/** How often each thing was done, by label. */
	times: Ordered<string, number>;
	/** What was given to it to do, by label. */
	todo: Ordered<string, number>;
	shown: readonly Deed[] = [];

	constructor(readonly name: string, owner: Owner) {
		super(serviceKey(name), owner);
		this.times = new Ordered(owner);
		this.todo = new Ordered(owner);
	}

	get id(): string { return `service:${this.name}`; }
	override get fickle(): boolean { return this.shown.some((deed) => deed.message === 0); }

	override draw(world: World): Place {
		const place: Place = { id: this.id, kind: "service", name: this.name, ready: this.todo.size, inFlight: 0, done: this.done, dead: 0 };
		if (this.shown.length === 0) return place;
		return { ...place, tokens: this.shown.map((d) => tokenOf(d.message || world.numberOf(d.label), d.label, d.state)) };
	}

	override find(message: number): Whereabouts[] {
		return this.shown.filter((d) => d.message === message).map((d) => ({ place: this.id, state: d.state }));
	}
}

/** The reducer of every source that has none of its own. What has a place of its own when it is declared is a broker's, not a service's. */
export function service(world: World, e: JournalEvent): void {
	if (!e.source || (e.kind !== "effect" && (e.kind !== "declared" || e.place))) return;
	const own = world.edit<Service>(serviceKey(e.source)) ?? world.add((owner) => new Service(e.source!, owner));
	if (e.kind === "declared") give(own, e);
	else if (own.todo.get(e.label ?? "") !== undefined) finish(own, e);
	else if (!(e.redelivered && own.times.get(e.label ?? ""))) act(own, e);
}

/** Something was given to the service to do. */
function give(own: Service, e: JournalEvent): void {
	own.todo = own.todo.at(own.owner);
	own.todo.set(e.label ?? "", e.seq);
	if (own.shown.length < maxTokens) own.shown = [...own.shown, { label: e.label ?? "", message: e.message ?? 0, state: "ready" }];
}

function finish(own: Service, e: JournalEvent): void {
	own.todo = own.todo.at(own.owner);
	own.todo.delete(e.label ?? "");
	own.times = own.times.at(own.owner);
	own.times.set(e.label ?? "", 1);
	own.done++;
	own.shown = own.shown.map((d) => (d.label === e.label ? { ...d, message: d.message || (e.message ?? 0), state: "done" as const } : d));
}

/** The service did something by itself; to do the same once more is to have done it twice. */
function act(own: Service, e: JournalEvent): void {
	const label = e.label ?? "";
	const times = (own.times.get(label) ?? 0) + 1;
	own.times = own.times.at(own.owner);
	own.times.set(label, times);
	own.done++;
	const state = times > 1 ? ("twice" as const) : ("done" as const);
	const before = times > 1 ? own.shown.map((d) => (d.label === label ? { ...d, state } : d)) : own.shown;
	own.shown = [...before, { label, message: e.message ?? 0, state }].slice(-maxTokens);
}

/** The reducer of the host: from a fault on, the program's consumers are dead. */
export function host(world: World, e: JournalEvent): void {
	if (e.kind !== "crash" && e.kind !== "disconnected") return;
	for (const { key } of world.all(Consumer)) world.edit<Consumer>(key)!.died = true;
}

/** The reducer of a scene: a consumer that was killed is missed by nobody yet. */
export function play(world: World, e: JournalEvent): void {
	if (e.kind !== "crash") return;
	for (const { key, event } of world.all(Consumer)) if (event.consumer === e.consumer) world.edit<Consumer>(key)!.died = true;
	for (const { key, client } of world.all(Member)) if (client === e.consumer) world.edit<Member>(key)!.died = true;
}
