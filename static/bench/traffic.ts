/** A journal as a busy RabbitMQ would leave it: a backlog that is worked off by consumers that die, refuse and come back. */
import type { JournalEvent } from "../src/view/types.ts";

const consumers = 6;
const prefetch = 20;

export function traffic(size: number, backlog: number): JournalEvent[] {
	const events: JournalEvent[] = [];
	const add = (kind: string, more: Partial<JournalEvent>): void => { events.push({ seq: events.length + 1, at: events.length * 20_000, kind, source: "rabbitmq", ...more }); };
	let seed = 1;
	const roll = (n: number): number => {
		seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
		return Math.floor((seed / 2 ** 32) * n);
	};
	const ready: { message: number; again: boolean }[] = [];
	const held: { message: number; tag: number }[][] = Array.from({ length: consumers }, () => []);
	const lives = held.map(() => 1);
	let messages = 0;
	const by = (c: number) => ({ client: `c${c + 2}`, channel: lives[c]!, consumer: `worker-${c + 1}`, place: "orders" });
	const of = (message: number) => ({ message, label: String(message), exchange: "shop", key: `order.${message % 7}` });
	const publish = (): void => {
		messages++;
		add("published", { client: "c1", channel: 1, ...of(messages), n: 120 });
		add("routed", { place: "orders", ...of(messages) });
		ready.push({ message: messages, again: false });
	};
	const subscribe = (c: number): void => add("subscribed", { ...by(c), n: prefetch });
	add("declared", { exchange: "shop", reason: "topic", detail: { type: "topic", durable: true, autoDelete: false, internal: false } });
	for (const place of ["orders", "orders.dead"]) add("declared", { place, detail: { durable: true, exclusive: false, auto_delete: false, arguments: {} } });
	add("bound", { place: "orders", exchange: "shop", key: "order.*", detail: { label: "order.*", arguments: "" } });
	for (let i = 0; i < backlog; i++) publish();
	for (let c = 0; c < consumers; c++) subscribe(c);
	let tag = 0;
	while (events.length < size) {
		const c = roll(consumers);
		const what = roll(1000);
		const first = held[c]![0];
		if (what < 250 || ready.length < backlog / 2) publish();
		if (what === 999) { // It dies: everything that it held goes back.
			const back = held[c]!.splice(0);
			add("cancelled", { ...by(c), reason: "crash" });
			for (const h of back) add("requeued", { ...by(c), ...of(h.message), tag: h.tag, redelivered: true, reason: "crash" });
			ready.unshift(...back.map((h) => ({ message: h.message, again: true })));
			lives[c]!++;
			subscribe(c);
		} else if (held[c]!.length < prefetch && ready.length > 0 && what % 2 === 0) {
			const { message, again } = ready.shift()!;
			held[c]!.push({ message, tag: ++tag });
			add("delivered", { ...by(c), ...of(message), tag, ...(again ? { redelivered: true } : {}) });
		} else if (first) {
			held[c]!.shift();
			add("effect", { source: "ledger", place: "ledger", message: first.message, label: String(first.message), n: 100 });
			add("acked", { ...by(c), ...of(first.message), tag: first.tag });
		}
	}
	return events;
}
