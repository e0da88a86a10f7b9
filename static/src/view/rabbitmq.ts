/** The things of RabbitMQ: exchanges with their bindings, queues with their lines, consumers with what they hold. */
import { Ordered, type Owner } from "./ordered.ts";
import type { Flow, JournalEvent, Place, Token, Whereabouts } from "./types.ts";
import { maxTokens, Thing, tokenOf, type World } from "./world.ts";

export const exchangeKey = (name: string): string => `1exchange:${name}`;
export const queueKey = (name: string): string => `2queue:${name}`;

/** Sorts by connection, channel and tag, whatever their digits. */
export function consumerKey(e: Pick<JournalEvent, "client" | "channel" | "consumer">): string {
	return `3consumer:${byClient(e)}/${e.consumer ?? ""}`;
}

/** Sorts what a queue holds for those who have no consumer. */
export const deliveryKey = (e: JournalEvent): string => `${byClient(e)}/${padded(e.tag ?? 0)}`;

/** Sorts before every deliveryKey: what a queue held before the journal began, when nobody knows its tag. */
export const seededKey = (i: number): string => `!${padded(i)}`;

/** Stands for the arguments of a binding from before the journal began. */
export const seededArguments = "?";

function byClient({ client = "", channel = 0 }: Pick<JournalEvent, "client" | "channel">): string {
	return `${padded(Number(client.replace(/^\D+/, "")))}${client}/${padded(channel)}`;
}

const padded = (n: number): string => String(n).padStart(9, "0");

/** A message in one queue; number 0 when nobody knows which. It never changes. */
export interface Entry {
	message: number;
	label?: string | undefined;
	/** Its turn in the queue, which it keeps when it comes back. */
	position: number;
	/** Which line it stands in; the highest goes first. */
	line: number;
	/** Given out before. */
	again: boolean;
}

export class Exchange extends Thing {
	detail: Record<string, unknown> = {};
	/** Ways to queues and exchanges, by label, destination and arguments. */
	bindings: Ordered<string, Flow>;

	constructor(readonly name: string, owner: Owner) {
		super(exchangeKey(name), owner);
		this.bindings = new Ordered(owner);
	}

	get id(): string { return `exchange:${this.name}`; }
	/** The default exchange has no name but that of its virtual host. */
	get isDefault(): boolean { return this.name === "" || this.name.endsWith(":"); }

	override draw(): Place {
		return { id: this.id, kind: "exchange", name: this.isDefault ? `${this.name}(default)` : this.name, ready: 0, inFlight: 0, done: 0, dead: 0, detail: this.detail };
	}

	override flows(): Flow[] {
		const out: Flow[] = [];
		this.bindings.each((flow) => { out.push(flow); });
		const { alternate } = this.detail;
		if (typeof alternate === "string") out.push({ from: this.id, to: `exchange:${alternate}`, label: "alternate" });
		return out;
	}
}

export class Queue extends Thing {
	detail: Record<string, unknown> = {};
	/** What is ready, by position; one line for each priority, the lowest first. */
	lines: Ordered<number, Entry>[];
	/** Given out to those who have no consumer. */
	loose: Ordered<string, Entry>;
	/** Refused, and not yet put back or given up. */
	refused: Ordered<string, Entry>;
	arrived = 0;
	ready = 0;
	inFlight = 0;
	done = 0;
	dead = 0;
	consumers = 0;
	/** Exchange that it sends dead letters to. */
	deadLetter: string | null = null;

	constructor(readonly name: string, owner: Owner) {
		super(queueKey(name), owner);
		this.lines = [new Ordered(owner)];
		this.loose = new Ordered(owner);
		this.refused = new Ordered(owner);
	}

	get id(): string { return `queue:${this.name}`; }

	/** Puts a message into its line. */
	put(entry: Entry): void {
		while (this.lines.length <= entry.line) this.lines = [...this.lines, new Ordered<number, Entry>(this.owner)];
		this.line(entry.line).set(entry.position, entry);
		this.ready++;
	}

	/** Takes a message out: the one that goes next if it is that, else the first copy of it. */
	take(message: number): Entry | undefined {
		let found: Entry | undefined;
		for (let i = this.lines.length - 1; i >= 0 && !found; i--) {
			const first = this.lines[i]!.first()?.value;
			if (first && (first.message === message || first.message === 0)) found = first;
		}
		for (let i = this.lines.length - 1; i >= 0 && !found; i--) {
			this.lines[i]!.each((entry) => {
				if (entry.message === message) found = entry;
				return !found;
			});
		}
		if (!found) return undefined;
		this.line(found.line).delete(found.position);
		this.ready--;
		return found;
	}

	clear(): void {
		this.lines = [new Ordered(this.owner)];
		this.ready = 0;
	}

	override draw(): Place {
		const tokens: Token[] = [];
		this.loose.each((entry) => push(tokens, entry, "flight"));
		for (let i = this.lines.length - 1; i >= 0 && tokens.length < maxTokens; i--) this.lines[i]!.each((entry) => push(tokens, entry, "ready"));
		const place: Place = { id: this.id, kind: "queue", name: this.name, ready: this.ready, inFlight: this.inFlight, done: this.done, dead: this.dead };
		if (tokens.length > 0) place.tokens = tokens;
		return { ...place, detail: { ...this.detail, consumers: this.consumers } };
	}

	override flows(): Flow[] {
		return this.deadLetter === null ? [] : [{ from: this.id, to: `exchange:${this.deadLetter}`, label: "dead letters" }];
	}

	override find(message: number): Whereabouts[] {
		const out: Whereabouts[] = [];
		let before = 0;
		for (let i = this.lines.length - 1; i >= 0; i--) {
			const line = this.lines[i]!;
			line.each((entry, _key, position) => {
				if (entry.message === message) out.push({ place: this.id, state: entry.again ? "twice" : "ready", position: before + position });
			});
			before += line.size;
		}
		this.loose.each((entry) => {
			if (entry.message === message) out.push({ place: this.id, state: entry.again ? "twice" : "flight" });
		});
		return out;
	}

	private line(i: number): Ordered<number, Entry> {
		const own = this.lines[i]!.at(this.owner);
		if (own !== this.lines[i]) this.lines = this.lines.with(i, own);
		return own;
	}
}

export class Consumer extends Thing {
	detail: Record<string, unknown> = {};
	/** What it has not settled, by delivery tag. */
	held: Ordered<number, Entry>;
	done = 0;
	/** Killed by a fault, and not yet given up by the broker. */
	died = false;

	constructor(readonly event: JournalEvent, owner: Owner) {
		super(consumerKey(event), owner);
		this.held = new Ordered(owner);
		this.detail = {
			prefetch: event.n ?? 0, no_ack: event.reason === "auto-ack", exclusive: false, ...event.detail,
			client: event.client ?? "", channel: event.channel ?? 0, tag: event.consumer ?? "", queue: this.queue,
		};
	}

	get queue(): string { return this.event.place ?? ""; }
	get id(): string { return `consumer:${this.event.client ?? ""}/${this.event.channel ?? 0}/${this.event.consumer ?? ""}`; }

	override draw(): Place {
		const tokens: Token[] = [];
		this.held.each((entry) => push(tokens, entry, "flight"));
		const place: Place = { id: this.id, kind: "consumer", name: this.event.consumer ?? "", ready: 0, inFlight: this.held.size, done: this.done, dead: 0 };
		if (tokens.length > 0) place.tokens = tokens;
		return { ...place, detail: this.died ? { ...this.detail, died: true } : this.detail };
	}

	override flows(world: World): Flow[] {
		return [{ from: `queue:${this.queue}`, to: this.id }, ...world.services().map((to) => ({ from: this.id, to }))];
	}

	override find(message: number): Whereabouts[] {
		const out: Whereabouts[] = [];
		this.held.each((entry) => {
			if (entry.message === message) out.push({ place: this.id, state: entry.again ? "twice" : "flight" });
		});
		return out;
	}
}

/** Adds the token of an entry, if it has a number; false when no more fit. */
function push(tokens: Token[], entry: Entry, state: Token["state"]): boolean {
	if (entry.message && tokens.length < maxTokens) tokens.push(tokenOf(entry.message, entry.label, entry.again ? "twice" : state));
	return tokens.length < maxTokens;
}
