/**
 * A world is what a journal tells up to one of its events: the things that brokers and services
 * are made of. Reducers change it event by event; it draws itself as a State. A fork of it costs
 * next to nothing and shares everything that neither side changes afterwards.
 */
import { Ordered, type Owner } from "./ordered.ts";
import type { Flow, Place, State, Token, Whereabouts } from "./types.ts";

/** How many messages of a place a State names one by one: brokers.MaxTokens. */
export const maxTokens = 32;

/**
 * A thing is a part of a world that reducers know by its key; most are places. What it holds it
 * changes only through World.edit, and Ordered maps in it only through `at(this.owner)`.
 */
export abstract class Thing {
	/** Its picture, as long as nothing has changed. */
	view: Place | null = null;

	/** Keys order the things of a picture: what messages reach first comes first. */
	constructor(readonly key: string, public owner: Owner) {}

	/** Draws the thing; null for what no picture shows. */
	abstract draw(world: World): Place | null;

	/** The ways from here to others. */
	flows(_world: World): Flow[] { return []; }

	/** Where in the thing copies of a message are. */
	find(_message: number): Whereabouts[] { return []; }

	/** Whether its picture depends on more than itself, and is not kept. */
	get fickle(): boolean { return false; }
}

export class World {
	private owner: Owner = {};
	private things = new Ordered<string, Thing>(this.owner);
	private named = new Ordered<string, number>(this.owner);
	private ways: Flow[] | null = null;

	/** Another world that is the same now. Either may change without the other. */
	fork(): World {
		const other = new World();
		this.owner = {};
		other.things = this.things.at(other.owner);
		other.named = this.named.at(other.owner);
		other.ways = this.ways;
		this.things = this.things.at(this.owner);
		this.named = this.named.at(this.owner);
		return other;
	}

	/** The thing with a key, to look at. */
	get<T extends Thing>(key: string): T | undefined { return this.things.get(key) as T | undefined; }

	/** The thing with a key, to change. */
	edit<T extends Thing>(key: string): T | undefined {
		const thing = this.things.get(key);
		if (!thing) return undefined;
		if (thing.owner === this.owner) {
			thing.view = null;
			return thing as T;
		}
		const copy = Object.assign(Object.create(Object.getPrototypeOf(thing) as object) as Thing, thing);
		copy.owner = this.owner;
		copy.view = null;
		this.things.set(key, copy);
		return copy as T;
	}

	/** Adds a thing, which make makes for the owner, in place of one with the same key. */
	add<T extends Thing>(make: (owner: Owner) => T): T {
		const thing = make(this.owner);
		this.things.set(thing.key, thing);
		this.rewire();
		return thing;
	}

	remove(key: string): void {
		if (this.things.delete(key)) this.rewire();
	}

	/** All things of a class, in order. */
	all<T extends Thing>(kind: abstract new (...args: never[]) => T): T[] {
		const out: T[] = [];
		this.things.each((thing) => { if (thing instanceof kind) out.push(thing); });
		return out;
	}

	/** The ids of the services: whoever takes messages may ask them. */
	services(): string[] {
		const ids: string[] = [];
		this.things.each((_thing, key) => { if (key.startsWith("9service:")) ids.push(key.slice(1)); });
		return ids;
	}

	/** Says that a way has come or gone. */
	rewire(): void { this.ways = null; }

	/** Notes which message the lab calls by a label; the first of a name counts. */
	name(label: string | undefined, message: number | undefined): void {
		if (label && message && this.named.get(label) === undefined) this.named.set(label, message);
	}

	/** The message that the lab calls by a label; 0 when there was none yet. */
	numberOf(label: string): number { return this.named.get(label) ?? 0; }

	draw(seq: number): State {
		const places: Place[] = [];
		this.things.each((thing) => {
			const place = thing.view && !thing.fickle ? thing.view : (thing.view = thing.draw(this));
			if (place) places.push(place);
		});
		return { seq, places, flows: (this.ways ??= this.wire()) };
	}

	/** Where copies of a message are. */
	find(message: number): Whereabouts[] {
		const out: Whereabouts[] = [];
		this.things.each((thing) => { out.push(...thing.find(message)); });
		return out;
	}

	private wire(): Flow[] {
		const ways: Flow[] = [];
		this.things.each((thing) => { ways.push(...thing.flows(this)); });
		return ways;
	}
}

/** A token; a label that is empty is left out. */
export function tokenOf(message: number, label: string | undefined, state: Token["state"]): Token {
	return label ? { message, label, state } : { message, state };
}
