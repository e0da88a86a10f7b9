import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../src/view/history.ts";
import { Ordered } from "../src/view/ordered.ts";
import type { JournalEvent, State } from "../src/view/types.ts";
import { traffic } from "../bench/traffic.ts";

/** Random numbers that are the same in every run. */
function dice(seed: number): (n: number) => number {
	return (n) => {
		seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
		return Math.floor((seed / 2 ** 32) * n);
	};
}

const by = (seq: number, e: Partial<JournalEvent> & { kind: string }): JournalEvent => ({ seq, at: seq * 1000, source: "rabbitmq", ...e });
const journal = (...events: (Partial<JournalEvent> & { kind: string })[]): JournalEvent[] => events.map((e, i) => by(i + 1, e));
const history = (events: JournalEvent[], services: string[] = []): History => new History({ start: null, events, services });
const place = (state: State, id: string) => state.places.find((p) => p.id === id);
const held = (state: State, id: string): string => (place(state, id)?.tokens ?? []).map((t) => `${t.message}${t.state === "ready" ? "" : ` ${t.state}`}`).join(", ");

/** Traffic of any kind, in an order that no broker would have, over many events. */
function soup(n: number, seed: number): JournalEvent[] {
	const roll = dice(seed);
	const kinds = ["declared", "subscribed", "cancelled", "purged", "deleted", ..."routed routed routed delivered delivered acked nacked requeued dead-lettered expired dropped published bound unbound effect crash".split(" ")];
	return Array.from({ length: n }, (_, i) => {
		const kind = i < 3 ? "declared" : kinds[roll(i % 97 === 0 ? 5 : kinds.length - 5) + (i % 97 === 0 ? 0 : 5)]!;
		const e = by(i + 1, { kind, client: `c${1 + roll(3)}`, channel: 1, message: 1 + roll(500), tag: 1 + roll(40), place: "abc"[i < 3 ? i : roll(3)]! });
		if (kind === "effect") Object.assign(e, { source: "ledger", label: String(roll(200)) });
		if (kind === "crash") e.source = "host";
		if (kind === "bound" || kind === "unbound") Object.assign(e, { exchange: ["x", "amq.topic"][roll(2)], key: String(roll(3)) });
		if (kind === "routed") Object.assign(e, { exchange: "", n: roll(2) });
		if (roll(2)) e.consumer = "worker";
		return e;
	});
}

test("a queue keeps its order: what comes back takes its old place", () => {
	const events = journal(
		{ kind: "declared", place: "q" }, { kind: "subscribed", place: "q", client: "c1", channel: 1, consumer: "w", n: 2 },
		...[1, 2, 3].map((message) => ({ kind: "routed", place: "q", message })),
		{ kind: "delivered", place: "q", message: 1, client: "c1", channel: 1, consumer: "w", tag: 1 },
		{ kind: "delivered", place: "q", message: 2, client: "c1", channel: 1, consumer: "w", tag: 2 },
		{ kind: "acked", place: "q", message: 1, client: "c1", channel: 1, consumer: "w", tag: 1 },
		{ kind: "cancelled", place: "q", client: "c1", channel: 1, consumer: "w" },
		{ kind: "requeued", place: "q", message: 2, client: "c1", channel: 1, consumer: "w", tag: 2 },
	);
	const h = history(events);
	assert.equal(held(h.stateAt(6), "queue:q"), "3");
	assert.equal(held(h.stateAt(6), "consumer:c1/1/w"), "1 flight, 2 flight");
	assert.equal(held(h.stateAt(8), "queue:q"), "2 flight, 3", "what a cancelled consumer holds stays with its channel");
	assert.equal(held(h.stateAt(9), "queue:q"), "2 twice, 3");
	assert.deepEqual(h.life(2).map((s) => s.at.map((w) => `${w.place} ${w.state} ${w.position ?? "-"}`).join()), [
		"queue:q ready 1", "consumer:c1/1/w flight -", "queue:q twice 0",
	]);
});

test("bindings are ways from exchange to queue, and go with either", () => {
	const events = journal(
		{ kind: "declared", place: "q" }, { kind: "declared", exchange: "x", reason: "topic" }, { kind: "bound", exchange: "x", place: "q", key: "a.*" },
		{ kind: "bound", exchange: "amq.fanout", place: "x", reason: "exchange", key: "k" }, { kind: "deleted", exchange: "x" },
	);
	const h = history(events);
	assert.deepEqual(h.stateAt(3).flows, [{ from: "exchange:amq.fanout", to: "exchange:x", label: "k" }, { from: "exchange:x", to: "queue:q", label: "a.*" }]);
	assert.deepEqual(h.stateAt(4).flows, []);
	assert.deepEqual(h.stateAt(4).places.map((p) => p.id), ["exchange:amq.fanout", "queue:q"]);
});

test("a service that does the same once more has done it twice", () => {
	const charge = { kind: "effect", source: "ledger", place: "ledger", label: "4", message: 4 };
	const h = history(journal(charge, charge), ["ledger"]);
	assert.equal(held(h.stateAt(0), "service:ledger"), "4 done");
	assert.equal(held(h.stateAt(1), "service:ledger"), "4 twice, 4 twice");
	assert.equal(place(h.stateAt(1), "service:ledger")!.done, 2);
	assert.equal(place(h.stateAt(-1), "service:ledger")!.done, 0, "services are there from the start");
});

test("backwards, in jumps and live tell the same as forwards", () => {
	const events = soup(3000, 7);
	const forwards = events.map((_, i) => i).map(((h) => (i: number) => JSON.stringify(h.stateAt(i)))(history(events, ["ledger"])));
	const check = (h: History, i: number): void => assert.equal(JSON.stringify(h.stateAt(i)), forwards[i], `at ${i}`);
	const h = history(events, ["ledger"]);
	for (let i = events.length - 1; i >= 0; i--) check(h, i);
	const roll = dice(11);
	for (let n = 0; n < 2000; n++) check(h, roll(events.length));
	const live = history([], ["ledger"]);
	for (let i = 0; i < events.length; i += 50) {
		live.append(events.slice(i, i + 50));
		check(live, i + 49);
		check(live, roll(i + 50));
	}
	assert.ok(new Set(forwards.map((s) => s.slice(s.indexOf("places")))).size > 900, "states differ");
});

test("a run that goes on for long is kept in part, and what is kept tells the same", () => {
	const events = soup(6000, 5);
	const whole = history(events, ["ledger"]);
	const live = new History({ start: null, events: [], services: ["ledger"] }, 1500);
	for (let i = 0; i < events.length; i += 50) {
		live.append(events.slice(i, i + 50));
		assert.ok(live.length <= 1500, `${live.length} events are kept`);
		for (const k of [0, live.length >> 1, live.length - 1]) assert.equal(JSON.stringify(live.stateAt(k)), JSON.stringify(whole.stateAt(live.forgotten + k)));
	}
	assert.ok(live.forgotten > 4000);
	const message = events.at(-1)!.message!;
	const kept = whole.life(message).filter((step) => step.index >= live.forgotten);
	assert.deepEqual(live.life(message).map((s) => [s.event.seq, s.at]), kept.map((s) => [s.event.seq, s.at]));
	assert.equal([...live.kinds().values()].reduce((a, b) => a + b, 0), live.length);
});

test("a journal without its beginning goes on from a state", () => {
	const all = journal(
		{ kind: "declared", place: "q" }, { kind: "subscribed", place: "q", client: "c1", channel: 1, consumer: "w", n: 1 },
		...Array.from({ length: 50 }, (_, i) => ({ kind: "routed", place: "q", message: i + 1, label: `m${i}` })),
		...Array.from({ length: 50 }, (_, i) => ({ kind: "delivered", place: "q", message: i + 1, client: "c1", channel: 1, consumer: "w", tag: i + 1, reason: "auto-ack" })),
	);
	const whole = history(all);
	const half = new History({ start: whole.stateAt(60), events: all.slice(61), services: [] });
	const last = half.stateAt(half.length - 1);
	assert.deepEqual([last.seq, place(last, "queue:q")!.ready, place(last, "queue:q")!.done], [102, 0, 50]);
	const known = held(half.stateAt(2), "queue:q");
	assert.ok(known.length > 100 && held(whole.stateAt(63), "queue:q").startsWith(known), "messages that were only counted have no token");
});

test("from a state in the middle the counts come out as from the beginning, and what is drawn one by one as well", () => {
	const all = traffic(3000, 20);
	const whole = history(all, ["ledger"]);
	for (const cut of [100, 800, 1555, 2222]) {
		const rest = new History({ start: whole.stateAt(cut), events: all.slice(cut + 1), services: ["ledger"] });
		for (let i = cut + 1; i < all.length; i++) {
			const [want, got] = [whole.stateAt(i), rest.stateAt(i - cut - 1)];
			assert.deepEqual(got.places.filter((p) => p.kind !== "service"), want.places.filter((p) => p.kind !== "service"), `from ${cut}, at ${i}`);
			assert.deepEqual(got.flows, want.flows);
		}
	}
});

test("events are found by message, place, kind, client and text", () => {
	const h = history(journal(
		{ kind: "declared", place: "orders" }, { kind: "published", exchange: "shop", key: "new", message: 1, client: "c1", label: "A7" },
		{ kind: "routed", place: "orders", exchange: "shop", key: "new", message: 1, label: "A7" }, { kind: "routed", place: "mail", exchange: "shop", message: 2 },
	));
	const found = (filter: Parameters<History["find"]>[0]): number[] => [...h.find(filter)];
	assert.deepEqual(found({ message: 1 }), [1, 2]);
	assert.deepEqual(found({ place: "orders" }), [0, 2]);
	assert.deepEqual(found({ place: "queue:mail" }), [3]);
	assert.deepEqual(found({ place: "exchange:shop" }), [1, 2, 3]);
	assert.deepEqual(found({ kinds: ["routed"], message: 2 }), [3]);
	assert.deepEqual(found({ client: "c1" }), [1]);
	assert.deepEqual(found({ text: "a7" }), [1, 2]);
	assert.deepEqual([...h.kinds()], [["declared", 1], ["published", 1], ["routed", 2]]);
	assert.deepEqual([h.indexOf(3), h.indexOf(99), h.indexOf(0)], [2, 3, -1]);
});

test("an ordered map keeps its order, and a copy is a thing of its own", () => {
	const roll = dice(3);
	let map = new Ordered<number, number>({});
	const plain = new Map<number, number>();
	const copies: { copy: Ordered<number, number>; then: string }[] = [];
	const flat = (m: Ordered<number, number>): string => { const out: string[] = []; m.each((v, k) => { out.push(`${k}=${v}`); }); return out.join(); };
	for (let i = 0; i < 5000; i++) {
		const key = roll(600);
		if (roll(3)) {
			map.set(key, i);
			plain.set(key, i);
		} else {
			assert.equal(map.delete(key), plain.get(key));
			plain.delete(key);
		}
		if (i % 500 === 0) {
			const copy = map.at({});
			copies.push({ copy, then: flat(copy) });
			map = map.at({});
		}
	}
	assert.equal(flat(map), [...plain].sort((a, b) => a[0] - b[0]).map(([k, v]) => `${k}=${v}`).join());
	assert.equal(map.size, plain.size);
	for (const { copy, then } of copies) assert.equal(flat(copy), then);
});
