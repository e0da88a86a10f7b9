/**
 * A history is a journal that one can go to any event of. It keeps a fork of the world at every
 * 256th event, so a state is at most that many events away; what the forks share is kept once.
 */
import { touches } from "./find.ts";
import { reduce, begin } from "./reduce.ts";
import type { Filter, JournalEvent, LifeStep, Recording, State } from "./types.ts";
import type { World } from "./world.ts";

/** Events between two forks. */
const stride = 256;

/** How many states are kept as they were drawn. */
const recent = 64;

export class History {
	private events: JournalEvent[] = [];
	/** forks[i] is the world before event i*stride. */
	private forks: World[] = [];
	/** The world where one last was, and the index of the event that it includes. */
	private here: { world: World; index: number };
	/** The world after the newest event. */
	private tail: World;
	private readonly states = new Map<number, State>();
	private readonly byMessage = new Map<number, number[]>();
	private readonly counts = new Map<string, number>();
	private latest: State | null = null;
	private startSeq: number;
	/** How many events were forgotten; indexes count from the first that is kept. */
	forgotten = 0;

	/** A history keeps so many events of a run that grows while one looks; past that, the older half goes. A recording is kept whole. */
	constructor(rec: Pick<Recording, "start" | "events" | "services">, private readonly most = 200_000) {
		this.tail = begin(rec);
		this.here = { world: this.tail.fork(), index: -1 };
		this.startSeq = rec.start?.seq ?? 0;
		this.take(rec.events);
	}

	get length(): number { return this.events.length; }

	/** Takes events that follow the newest one; those that are here already are left out. */
	append(events: readonly JournalEvent[]): void {
		this.take(events);
		if (this.events.length > this.most) this.forget();
	}

	private take(events: readonly JournalEvent[]): void {
		let last = this.events.at(-1)?.seq ?? this.startSeq;
		for (const event of events) {
			if (event.seq <= last) continue;
			last = event.seq;
			if (this.events.length % stride === 0) this.forks.push(this.tail.fork());
			const index = this.events.push(event) - 1;
			reduce(this.tail, event);
			this.counts.set(event.kind, (this.counts.get(event.kind) ?? 0) + 1);
			if (event.message) this.note(event.message, index);
		}
	}

	/** The event at an index. */
	event(index: number): JournalEvent | undefined { return this.events[index]; }

	/** All events, oldest first, to look at. */
	all(): readonly JournalEvent[] { return this.events; }

	/** The state just after an event; -1 is the start. The same object for the same index, as long as it is kept. */
	stateAt(index: number): State {
		const i = Math.max(-1, Math.min(index, this.events.length - 1));
		const seq = this.events[i]?.seq ?? this.startSeq;
		if (i === this.events.length - 1 && this.latest?.seq === seq) return this.latest;
		const known = this.states.get(i);
		if (known) return known;
		const state = this.worldAt(i).draw(seq);
		if (this.states.size >= recent) this.states.delete(this.states.keys().next().value!);
		this.states.set(i, state);
		return state;
	}

	/** Takes what the broker itself says of the newest event: where a journal has lost its beginning, it knows better. */
	know(state: State): void { this.latest = state; }

	/** The index of the last event whose seq is not greater; -1 when all are. */
	indexOf(seq: number): number {
		let low = 0;
		let high = this.events.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (this.events[middle]!.seq <= seq) low = middle + 1;
			else high = middle;
		}
		return low - 1;
	}

	/** Every event of a message, oldest first, with where it then was. */
	life(message: number): LifeStep[] {
		const history = this;
		return (this.byMessage.get(message) ?? []).map((index) => ({
			index,
			event: this.events[index]!,
			get at() { return history.worldAt(index).find(message); },
		}));
	}

	/** The indexes of the events that a filter lets through, ascending. */
	find(filter: Filter): Int32Array {
		const wants = touches(filter);
		if (filter.message) return Int32Array.from((this.byMessage.get(filter.message) ?? []).filter((i) => wants(this.events[i]!)));
		const found = new Int32Array(this.events.length);
		let n = 0;
		for (let i = 0; i < this.events.length; i++) if (wants(this.events[i]!)) found[n++] = i;
		return found.slice(0, n);
	}

	/** How many events of each kind there are. */
	kinds(): Map<string, number> { return new Map(this.counts); }

	/** The world just after an event: from here, if that is before it and nearer than a fork. */
	private worldAt(index: number): World {
		const fork = Math.max(0, Math.floor(index / stride));
		if (index < this.here.index || this.here.index < fork * stride - 1) {
			const world = this.forks[fork] ?? this.here.world;
			this.here = { world: world.fork(), index: this.forks[fork] ? fork * stride - 1 : this.here.index };
		}
		const { world } = this.here;
		while (this.here.index < index) reduce(world, this.events[++this.here.index]!);
		return world;
	}

	private note(message: number, index: number): void {
		const list = this.byMessage.get(message);
		if (list) list.push(index);
		else this.byMessage.set(message, [index]);
	}

	/** Forgets the older half; the world before the rest is known from its fork. */
	private forget(): void {
		const n = Math.floor(this.forks.length / 2);
		const kept = this.events.slice(n * stride);
		this.forgotten += n * stride;
		this.startSeq = this.events[n * stride - 1]!.seq;
		this.forks = this.forks.slice(n);
		this.events = kept;
		this.here = { world: this.forks[0]!.fork(), index: -1 };
		this.states.clear();
		this.byMessage.clear();
		this.counts.clear();
		kept.forEach((event, index) => {
			this.counts.set(event.kind, (this.counts.get(event.kind) ?? 0) + 1);
			if (event.message) this.note(event.message, index);
		});
	}
}
