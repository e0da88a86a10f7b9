import assert from "node:assert/strict";
import { test } from "node:test";
import en from "../i18n/en.json";
import { Memory, mostTokens, sceneInWords } from "../src/scene.ts";
import { voice } from "../src/strings.ts";
import type { Place, State, Token } from "../src/types.ts";
import { eventInWords } from "../src/words.ts";

const say = voice(en, "en");
const tokens = (n: number, state: Token["state"] = "ready"): Token[] => Array.from({ length: n }, (_, i) => ({ message: i + 1, label: String(i + 1), state }));
const orders = (n: number): Place => ({ id: "q", kind: "queue", name: "orders", ready: n, tokens: tokens(Math.min(n, 32)) });
const worker: Place = { id: "c1", kind: "consumer", name: "worker", inFlight: 1, tokens: [{ message: 4, label: "4", state: "flight" }], detail: { prefetch: 1 } };
const state = (seq: number, ...places: Place[]): State => ({ seq, places, flows: [{ from: "q", to: "c1" }] });

function seen(...states: State[]) {
	const memory = new Memory();
	for (const s of states) memory.take(s);
	return memory.scene(states.at(-1)!, say);
}

test("up to twelve messages are drawn one by one, more are counted", () => {
	assert.equal(seen(state(1, orders(mostTokens))).spots[0]!.tokens.length, mostTokens);
	const many = seen(state(1, orders(40))).spots[0]!;
	assert.deepEqual([many.tokens.length, many.counts], [0, [{ state: "ready", n: 40 }]]);
});

test("a place that says numbers but shows no messages is counted", () => {
	assert.deepEqual(seen(state(1, { id: "q", kind: "queue", name: "orders", ready: 3, done: 2 })).spots[0]!.counts, [{ state: "ready", n: 3 }, { state: "done", n: 2 }]);
});

test("what is in flight is drawn once, at the consumer", () => {
	const queue: Place = { id: "q", kind: "queue", name: "orders", ready: 2, inFlight: 1, tokens: tokens(2) };
	const spot = seen(state(1, queue, worker)).spots[0]!;
	assert.deepEqual([spot.tokens.length, spot.counts, spot.note], [2, [], "2 ready · 1 in flight"]);
});

test("a consumer that is gone stays as a ghost in its place, without messages", () => {
	const scene = seen(state(1, orders(3), worker), state(2, orders(4)));
	assert.deepEqual(scene.spots.map((s) => [s.place.id, s.gone, s.tokens.length]), [["q", false, 4], ["c1", true, 0]]);
	assert.equal(scene.flows.length, 1);
});

test("a place keeps its turn however the server orders them", () => {
	const scene = seen(state(1, orders(3), worker), state(2, worker, orders(2)));
	assert.deepEqual(scene.spots.map((s) => s.place.id), ["q", "c1"]);
});

test("the default exchange is not drawn", () => {
	assert.equal(seen(state(1, { id: "x", kind: "exchange", name: "" }, orders(1))).spots.length, 1);
});

test("the picture says in words what it shows", () => {
	assert.equal(sceneInWords(seen(state(1, orders(4), worker)), say), "orders: 4 ready. worker: prefetch 1, holds 4");
});

test("events read as sentences", () => {
	const e = { seq: 1, at: 0 };
	assert.equal(eventInWords({ ...e, kind: "acked", message: 9, label: "4", tag: 7 }, say), "tag 7: the broker forgets message 4");
	assert.equal(eventInWords({ ...e, kind: "delivered", message: 9, place: "orders", tag: 1, redelivered: true }, say), "message #9 → program, tag 1, again");
	assert.equal(eventInWords({ ...e, kind: "subscribed", place: "orders" }, say), "program reads orders, no prefetch limit");
	assert.equal(eventInWords({ ...e, kind: "exploded", place: "orders", reason: "why not" }, say), "orders, why not");
});
