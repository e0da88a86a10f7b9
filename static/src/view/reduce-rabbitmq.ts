/** What each event of a RabbitMQ journal does to its queues, exchanges and consumers: brokers/rabbitmq/model tells it. */
import { access } from "./access.ts";
import { Consumer, consumerKey, deliveryKey, type Entry, Exchange, exchangeKey, Queue, queueKey, seededArguments, seededKey } from "./rabbitmq.ts";
import type { Ordered } from "./ordered.ts";
import type { JournalEvent } from "./types.ts";
import type { World } from "./world.ts";

/** The exchanges that are there from the start; they are drawn once they are used. */
const builtIn: Record<string, string> = {
	"": "direct", "amq.direct": "direct", "amq.fanout": "fanout", "amq.topic": "topic",
	"amq.headers": "headers", "amq.match": "headers", "amq.rabbitmq.trace": "topic",
};

const steps: Record<string, (world: World, e: JournalEvent) => void> = {
	declared, deleted, bound, unbound, purged, subscribed, cancelled, routed, delivered, requeued, expired, dropped,
	published: (world, e) => use(world, e.exchange ?? ""),
	acked: (world, e) => settle(world, e, "done"),
	nacked: refused,
	rejected: refused,
	limited,
	governed,
	"dead-lettered": deadLettered,
};

export function rabbitmq(world: World, e: JournalEvent): void { (steps[e.kind] ?? access)(world, e); }

function declared(world: World, e: JournalEvent): void {
	if (e.place) {
		const queue = world.add((owner) => new Queue(e.place!, owner));
		const { deadLetter, ...detail } = e.detail ?? {};
		queue.detail = detail;
		if (typeof deadLetter === "string") queue.deadLetter = deadLetter;
	} else if (e.exchange) {
		const exchange = world.add((owner) => new Exchange(e.exchange!, owner));
		exchange.detail = { type: e.reason ?? "", ...e.detail };
		if (typeof e.detail?.["alternate"] === "string") use(world, e.detail["alternate"]);
	}
}

/** Another policy applies to a queue or an exchange, or none: what holds for it now. */
function governed(world: World, e: JournalEvent): void {
	const { deadLetter, ...detail } = e.detail ?? {};
	if (e.place) {
		const queue = world.edit<Queue>(queueKey(e.place));
		if (!queue) return;
		queue.detail = detail;
		queue.deadLetter = typeof deadLetter === "string" ? deadLetter : null;
	} else if (e.exchange) {
		use(world, e.exchange);
		const exchange = world.edit<Exchange>(exchangeKey(e.exchange));
		if (!exchange) return;
		exchange.detail = detail;
		if (typeof detail["alternate"] === "string") use(world, detail["alternate"]);
	}
	world.rewire();
}

/** Has an exchange drawn that is there from the start. Those of other virtual hosts have the host's name before theirs. */
function use(world: World, name: string): void {
	const at = name.lastIndexOf(":");
	const own = name.slice(at + 1);
	const type = builtIn[own];
	if (type === undefined || world.get(exchangeKey(name))) return;
	const exchange = world.add((owner) => new Exchange(name, owner));
	exchange.detail = { type, durable: true, autoDelete: false, internal: own === "amq.rabbitmq.trace", ...(at < 0 ? {} : { vhost: name.slice(0, at) }) };
}

function deleted(world: World, e: JournalEvent): void {
	if (e.place) {
		world.remove(queueKey(e.place));
		for (const consumer of world.all(Consumer)) if (consumer.queue === e.place) world.remove(consumer.key);
	} else if (e.exchange) {
		world.remove(exchangeKey(e.exchange));
	}
	const gone = e.place ? `queue:${e.place}` : `exchange:${e.exchange}`;
	for (const exchange of world.all(Exchange)) {
		const keys: string[] = [];
		exchange.bindings.each((flow, key) => { if (flow.to === gone) keys.push(key); });
		for (const key of keys) bindings(world, exchange.name)?.delete(key);
	}
	world.rewire();
}

/** The bindings of an exchange, to change. */
function bindings(world: World, name: string): Exchange["bindings"] | undefined {
	const exchange = world.edit<Exchange>(exchangeKey(name));
	if (exchange) exchange.bindings = exchange.bindings.at(exchange.owner);
	return exchange?.bindings;
}

/** The name of a binding: what tells it from the others of its exchange. */
function bindingOf(e: JournalEvent): { key: string; from: string; to: string; label: string } {
	const to = `${e.reason === "exchange" ? "exchange" : "queue"}:${e.place ?? ""}`;
	const label = String(e.detail?.["label"] ?? e.key ?? "");
	return { key: [e.key ?? "", to, String(e.detail?.["arguments"] ?? label)].join("\0"), from: `exchange:${e.exchange ?? ""}`, to, label };
}

function bound(world: World, e: JournalEvent): void {
	use(world, e.exchange ?? "");
	if (e.reason === "exchange") use(world, e.place ?? "");
	const { key, from, to, label } = bindingOf(e);
	bindings(world, e.exchange ?? "")?.set(key, label ? { from, to, label } : { from, to });
	world.rewire();
}

function unbound(world: World, e: JournalEvent): void {
	const { key, to, label } = bindingOf(e);
	const of = bindings(world, e.exchange ?? "");
	if (of?.delete(key) === undefined) { // One from before the journal.
		let before: string | undefined;
		of?.each((_, k) => {
			if (k.startsWith([label, to, seededArguments].join("\0"))) before = k;
			return before === undefined;
		});
		if (before !== undefined) of!.delete(before);
	}
	world.rewire();
}

function purged(world: World, e: JournalEvent): void { world.edit<Queue>(queueKey(e.place ?? ""))?.clear(); }

function subscribed(world: World, e: JournalEvent): void {
	world.add((owner) => new Consumer(e, owner));
	const queue = world.edit<Queue>(queueKey(e.place ?? ""));
	if (queue) queue.consumers++;
}

/** What a consumer holds when it is cancelled stays with its channel. */
function cancelled(world: World, e: JournalEvent): void {
	const consumer = world.get<Consumer>(consumerKey(e));
	if (!consumer) return;
	const queue = world.edit<Queue>(queueKey(consumer.queue));
	if (queue) {
		queue.consumers--;
		const loose = (queue.loose = queue.loose.at(queue.owner));
		consumer.held.each((entry, tag) => loose.set(tag < 0 ? seededKey(loose.size) : deliveryKey({ ...e, tag }), entry));
	}
	world.remove(consumer.key);
}

/** The limit of a consumer has changed. */
function limited(world: World, e: JournalEvent): void {
	const consumer = world.edit<Consumer>(consumerKey(e));
	if (consumer) consumer.detail = { ...consumer.detail, prefetch: e.n ?? 0 };
}

function routed(world: World, e: JournalEvent): void {
	const { message, label } = e;
	const queue = world.edit<Queue>(queueKey(e.place ?? ""));
	if (!queue || !message) return;
	queue.put({ message, label, position: ++queue.arrived, line: e.n ?? 0, again: false });
	const exchange = world.get<Exchange>(exchangeKey(e.exchange ?? ""));
	if (!exchange?.isDefault || exchange.bindings.get(queue.name)) return;
	bindings(world, exchange.name)!.set(queue.name, { from: exchange.id, to: queue.id, label: queue.name.slice(exchange.name.length) });
	world.rewire();
}

function delivered(world: World, e: JournalEvent): void {
	const queue = world.edit<Queue>(queueKey(e.place ?? ""));
	const had = queue?.take(e.message ?? 0);
	const entry: Entry = {
		message: e.message ?? 0, label: e.label ?? had?.label, position: had?.position ?? 0, line: had?.line ?? 0, again: e.redelivered === true,
	};
	const consumer = e.consumer === undefined ? undefined : world.edit<Consumer>(consumerKey(e));
	if (e.reason === "auto-ack") {
		if (queue) queue.done++;
		if (consumer) consumer.done++;
		return;
	}
	if (queue) queue.inFlight++;
	if (consumer) {
		consumer.held = consumer.held.at(consumer.owner);
		consumer.held.set(e.tag ?? 0, entry);
	} else if (queue) {
		queue.loose = queue.loose.at(queue.owner);
		queue.loose.set(deliveryKey(e), entry);
	}
}

interface Released {
	queue: Queue;
	consumer?: Consumer;
	entry: Entry;
}

/** Takes a delivery out of the hands that hold it. Its queue, to change, is there unless it was deleted in the meantime. */
function release(world: World, e: JournalEvent): Released | undefined {
	const consumer = world.get<Consumer>(consumerKey(e));
	const tag = consumer && keyOf(consumer.held, e.tag ?? 0, (key) => key < 0, e);
	if (tag !== undefined) {
		const own = world.edit<Consumer>(consumer!.key)!;
		own.held = own.held.at(own.owner);
		const entry = own.held.delete(tag)!;
		const queue = world.edit<Queue>(queueKey(own.queue));
		if (!queue) return undefined;
		queue.inFlight--;
		return { queue, consumer: own, entry };
	}
	const there = world.get<Queue>(queueKey(e.place ?? ""));
	const key = there && keyOf(there.loose, deliveryKey(e), (key) => key.startsWith("!"), e);
	if (key === undefined) return undefined;
	const queue = world.edit<Queue>(there!.key)!;
	queue.loose = queue.loose.at(queue.owner);
	queue.inFlight--;
	return { queue, entry: queue.loose.delete(key)! };
}

/** The key of a delivery: its tag or, of what was held before the journal began, that of its message or of one that nobody knows. */
function keyOf<K extends number | string>(held: Ordered<K, Entry>, key: K, seeded: (key: K) => boolean, e: JournalEvent): K | undefined {
	if (held.get(key)) return key;
	const first = held.first();
	if (!first || !seeded(first.key)) return undefined;
	let found: K | undefined;
	let nameless: K | undefined;
	held.each((entry, k) => {
		if (!seeded(k)) return false;
		if (entry.message === e.message) found ??= k;
		if (entry.message === 0) nameless ??= k;
		return found === undefined;
	});
	return found ?? nameless;
}

/** Ends a delivery for good. */
function settle(world: World, e: JournalEvent, how: "done" | "dead"): void {
	const held = unrefused(world, e) ?? release(world, e);
	if (!held) return;
	held.queue[how]++;
	if (how === "done" && held.consumer) held.consumer.done++;
}

/** A delivery is refused: what follows says where it goes. */
function refused(world: World, e: JournalEvent): void {
	const held = release(world, e);
	if (!held) return;
	held.queue.refused = held.queue.refused.at(held.queue.owner);
	held.queue.refused.set(deliveryKey(e), held.entry);
}

/** Takes back what was refused a moment ago. */
function unrefused(world: World, e: JournalEvent): Released | undefined {
	const queue = world.get<Queue>(queueKey(e.place ?? ""));
	if (!queue?.refused.get(deliveryKey(e))) return undefined;
	const own = world.edit<Queue>(queue.key)!;
	own.refused = own.refused.at(own.owner);
	return { queue: own, entry: own.refused.delete(deliveryKey(e))! };
}

function requeued(world: World, e: JournalEvent): void {
	const held = unrefused(world, e) ?? release(world, e);
	const message = held?.entry.message || e.message || 0;
	held?.queue.put({ ...held.entry, message, label: held.entry.label ?? e.label, again: true });
}

function expired(world: World, e: JournalEvent): void { giveUp(world, e); }

/** A queue parts with a message that was ready. */
function giveUp(world: World, e: JournalEvent): void {
	const queue = world.edit<Queue>(queueKey(e.place ?? ""));
	if (queue?.take(e.message ?? 0)) queue.dead++;
}

function dropped(world: World, e: JournalEvent): void {
	if (e.reason === "rejected") settle(world, e, "dead");
	if (e.reason === "maxlen") giveUp(world, e);
}

/** A message moves on. One that expired has left already; one that a full queue turned away was never in it. */
function deadLettered(world: World, e: JournalEvent): void {
	use(world, e.exchange ?? "");
	if (e.tag) settle(world, e, "dead");
	else if (e.reason === "maxlen") giveUp(world, e);
}
