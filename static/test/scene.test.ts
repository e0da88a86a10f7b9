import assert from "node:assert/strict";
import { test } from "node:test";
import en from "../i18n/en.json";
import { holds, Memory, mostTokens, sceneInWords } from "../src/scene.ts";
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
	assert.deepEqual(seen(state(1, { id: "q", kind: "queue", name: "orders", ready: 3 })).spots[0]!.counts, [{ state: "ready", n: 3 }]);
});

test("what a queue is rid of is not in it", () => {
	assert.deepEqual(seen(state(1, { id: "q", kind: "queue", name: "orders", done: 8, dead: 1 })).spots[0]!.note, "nothing here");
});

test("in a replay a place that is still to come has its room, and is not there yet", () => {
	const memory = new Memory();
	const second = { ...worker, id: "c2" };
	const [one, two] = [state(1, orders(3), worker), state(5, orders(2), second)];
	memory.take(one);
	memory.take(two);
	assert.deepEqual(memory.scene(one, say).spots.map((s) => [s.place.id, s.when]), [["q", "now"], ["c1", "now"], ["c2", "later"]]);
	assert.deepEqual(memory.scene(two, say).spots.map((s) => [s.place.id, s.when]), [["q", "now"], ["c1", "gone"], ["c2", "now"]]);
	assert.equal(sceneInWords(memory.scene(one, say), say).includes("gone"), false);
});

test("a lost message lies where its consumer died", () => {
	const memory = new Memory();
	const after = state(2, orders(3), { ...worker, tokens: [], inFlight: 0, detail: { died: true } });
	memory.take(after);
	const spot = memory.scene(after, say, { message: 4, label: "4", state: "dead" }).spots[1]!;
	assert.deepEqual([spot.note, spot.tokens.map((t) => t.state)], ["died holding 4", ["dead"]]);
	assert.equal(holds(after, 4), false);
});

test("what is in flight is drawn once, at the consumer", () => {
	const queue: Place = { id: "q", kind: "queue", name: "orders", ready: 2, inFlight: 1, tokens: tokens(2) };
	const spot = seen(state(1, queue, worker)).spots[0]!;
	assert.deepEqual([spot.tokens.length, spot.counts, spot.note], [2, [], "2 ready · 1 in flight"]);
});

test("a consumer that is gone stays as a ghost in its place, without messages", () => {
	const scene = seen(state(1, orders(3), worker), state(2, orders(4)));
	assert.deepEqual(scene.spots.map((s) => [s.place.id, s.when, s.tokens.length]), [["q", "now", 4], ["c1", "gone", 0]]);
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
