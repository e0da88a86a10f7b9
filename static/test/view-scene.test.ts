import assert from "node:assert/strict";
import { test } from "node:test";
import en from "../i18n/en.json";
import { voice } from "../src/strings.ts";
import { windowOf, rowHeight } from "../src/view/events.ts";
import { rightsOf } from "../src/view/access-table.ts";
import { History } from "../src/view/history.ts";
import { Cast, holds, sceneInWords, visible } from "../src/view/scene.ts";
import type { Flow, JournalEvent, Place, State, Token } from "../src/view/types.ts";
import { eventInWords, lineInWords } from "../src/words.ts";

const say = voice(en, "en");
const tokens = (n: number, state: Token["state"] = "ready"): Token[] => Array.from({ length: n }, (_, i) => ({ message: i + 1, label: String(i + 1), state }));
const orders = (n: number): Place => ({ id: "queue:orders", kind: "queue", name: "orders", ready: n, tokens: tokens(Math.min(n, 32)) });
const worker: Place = { id: "consumer:c1/1/worker", kind: "consumer", name: "worker", inFlight: 1, tokens: [{ message: 4, label: "4", state: "flight" }], detail: { prefetch: 1, queue: "orders" } };
const state = (seq: number, ...places: Place[]): State => ({ seq, places, flows: places.filter((p) => p.kind === "consumer").map((p) => ({ from: "queue:orders", to: p.id })) });

function castOf(...states: State[]): Cast {
	const cast = new Cast();
	for (const s of states) cast.take(s);
	return cast;
}
const seen = (...states: State[]) => castOf(...states).scene(states.at(-1)!, say);

test("ten thousand messages are a number, not dots; the number is written as people do", () => {
	const spot = seen(state(1, orders(10_000))).spots[0]!;
	assert.deepEqual([spot.tokens.length, spot.totals, spot.note], [32, [{ state: "ready", n: 10_000 }], "10,000 ready"]);
});

test("a place that says numbers but shows no messages is counted", () => {
	assert.deepEqual(seen(state(1, { id: "queue:orders", kind: "queue", name: "orders", ready: 3 })).spots[0]!.totals, [{ state: "ready", n: 3 }]);
});

test("what a queue is rid of is not in it", () => {
	assert.deepEqual(seen(state(1, { id: "queue:orders", kind: "queue", name: "orders", done: 8, dead: 1 })).spots[0]!.note, "nothing here");
});

test("what is in flight is drawn once, at the consumer, and said at the queue", () => {
	const queue: Place = { ...orders(2), inFlight: 1 };
	const spot = seen(state(1, queue, worker)).spots[0]!;
	assert.deepEqual([spot.tokens.length, spot.totals, spot.note], [2, [{ state: "ready", n: 2 }], "2 ready · 1 in flight"]);
});

test("a consumer that comes after another has its seat; the one before is not drawn any more", () => {
	const second = { ...worker, id: "consumer:c2/1/worker" };
	const cast = castOf(state(1, orders(3), worker), state(4, orders(3)), state(5, orders(2), second));
	assert.equal(cast.seats().length, 2);
	assert.deepEqual(cast.scene(state(5, orders(2), second), say).spots.map((s) => [s.seat, s.when]), [["queue:orders", "now"], [worker.id, "now"]]);
	assert.deepEqual(cast.scene(state(4, orders(3)), say).spots.map((s) => [s.seat, s.when]), [["queue:orders", "now"], [worker.id, "gone"]]);
});

test("a consumer that died keeps its seat, and the lost message lies there", () => {
	const dead = { ...worker, tokens: [], inFlight: 0, detail: { died: true, queue: "orders" } };
	const second = { ...worker, id: "consumer:c2/1/worker", tokens: [], inFlight: 0 };
	const cast = castOf(state(1, orders(3), worker), state(2, orders(3), dead), state(3, orders(3)), state(4, orders(3), second));
	const lost: Token = { message: 4, label: "4", state: "dead" };
	for (const after of [state(2, orders(3), dead), state(3, orders(3)), state(4, orders(3), second)]) {
		const grave = cast.scene(after, say, { lost }).spots.find((s) => s.seat === worker.id)!;
		assert.deepEqual([grave.note, grave.tokens.map((t) => t.state)], ["died holding 4", ["dead"]], `at ${after.seq}`);
		assert.equal(holds(after, 4), false);
	}
});

test("places that are still to come have their seat, and are not drawn", () => {
	const one = state(1, orders(3));
	const cast = castOf(one, state(5, orders(2), worker));
	assert.equal(cast.seats().length, 2);
	assert.deepEqual(cast.scene(one, say).spots.map((s) => s.seat), ["queue:orders"]);
});

test("a place keeps its seat however the states order them", () => {
	const cast = castOf(state(1, orders(3), worker));
	const before = cast.seats().map((s) => s.id);
	cast.take(state(2, worker, orders(2)));
	assert.deepEqual(cast.seats().map((s) => s.id), before);
});

test("the default exchange is not drawn; dead letters through it lead to their queue", () => {
	const retry: Place = { ...orders(1), detail: { arguments: { "x-dead-letter-routing-key": "orders.dead" } } };
	const dead: Place = { id: "queue:orders.dead", kind: "queue", name: "orders.dead" };
	const flows: Flow[] = [{ from: "queue:orders", to: "exchange:", label: "dead letters" }, { from: "exchange:", to: "queue:orders", label: "orders" }];
	const scene = seen({ seq: 1, places: [{ id: "exchange:", kind: "exchange", name: "(default)" }, retry, dead], flows });
	assert.deepEqual(scene.spots.map((s) => s.seat), ["queue:orders", "queue:orders.dead"]);
	assert.deepEqual(scene.flows, [{ from: "queue:orders", to: "queue:orders.dead", label: "dead letters" }]);
	assert.equal(scene.spots[0]!.keys, "");
});

test("a queue says the keys that it is bound with, of one exchange or of several", () => {
	const exchange = (name: string): Place => ({ id: `exchange:${name}`, kind: "exchange", name });
	const flows: Flow[] = [["a", "x.*"], ["a", "y.#"], ["b", "z"]].map(([from, label]) => ({ from: `exchange:${from}`, to: "queue:orders", label: label! }));
	const scene = seen({ seq: 1, places: [exchange("a"), exchange("b"), orders(0)], flows });
	assert.equal(scene.spots[2]!.keys, "x.* · y.# · z");
	assert.deepEqual(scene.flows.map((f) => f.label), ["x.*, y.#", "z"]);
});

test("a place of an unknown kind says what it counts", () => {
	const place: Place = { id: "stream:orders", kind: "stream", name: "orders/0", ready: 7, detail: { lag: 7 } };
	assert.equal(seen(state(1, place)).spots[0]!.note, "7 ready");
	assert.equal(seen(state(1, { ...place, kind: "gizmo", ready: 0 })).spots[0]!.note, "gizmo");
});

test("the picture says in words what it shows", () => {
	assert.equal(sceneInWords(seen(state(1, orders(4), worker)), say), "orders: 4 ready. worker: prefetch 1, holds 4");
	assert.equal(sceneInWords(seen(state(1)), say), say("picture.bare"), "a run in which nothing has been declared");
	assert.equal(sceneInWords(seen(state(0)), say, false), say("picture.empty"), "no run yet");
});

test("of a hundred thousand rows those in sight are in the page, and a few more", () => {
	for (const top of [0, 500, 1_799_000, 100_000 * rowHeight - 400]) {
		const { from, to } = windowOf(100_000, top, 400);
		assert.ok(from <= top / rowHeight && to >= Math.min(100_000, (top + 400) / rowHeight), `at ${top}: ${from} to ${to}`);
		assert.ok(to - from <= 400 / rowHeight + 15 && from >= 0 && to <= 100_000);
	}
	assert.deepEqual(windowOf(3, 0, 400), { from: 0, to: 3 });
	assert.deepEqual(windowOf(0, 0, 400), { from: 0, to: 0 });
});

test("events read as sentences", () => {
	const e = { seq: 1, at: 0 };
	assert.equal(eventInWords({ ...e, kind: "acked", message: 9, label: "4", tag: 7 }, say), "tag 7: the broker forgets message 4");
	assert.equal(eventInWords({ ...e, kind: "delivered", message: 9, place: "orders", tag: 1, redelivered: true }, say), "message #9 → program, tag 1, again");
	assert.equal(eventInWords({ ...e, kind: "subscribed", place: "orders" }, say), "program reads orders, no prefetch limit");
	assert.equal(eventInWords({ ...e, kind: "exploded", place: "orders", reason: "why not" }, say), "orders, why not");
});

test("a line of another file than the main one says whose it is", () => {
	const event = { seq: 1, at: 0, kind: "acked", line: 14 };
	assert.equal(lineInWords(event, say), "line 14");
	assert.equal(lineInWords({ ...event, file: "handle.go" }, say), "handle.go, line 14");
});

test("a message at its exchange is seen there: on its way, or at its end when no queue wants it", () => {
	const cast = castOf(state(1, { id: "exchange:shop", kind: "exchange", name: "shop", detail: { type: "direct" } } as Place, orders(3)));
	const at = (kind: string, exchange = "shop") => cast.scene(state(1, { id: "exchange:shop", kind: "exchange", name: "shop" } as Place, orders(3)), say, { event: { seq: 2, at: 0, kind, exchange, message: 7, source: "rabbitmq" } as JournalEvent }).passing;
	assert.deepEqual(at("published"), { seat: "exchange:shop", token: { message: 7, state: "ready" } });
	assert.equal(at("unroutable")?.token.state, "dead");
	assert.equal(at("delivered"), undefined);
	assert.equal(at("published", ""), undefined); // The default exchange is not drawn.
});

test("what is in a virtual host has its own name, and that of the host over it; its default exchange is not drawn", () => {
	const detail = { vhost: "/app1" };
	const places: Place[] = [
		{ id: "exchange:/app1:", kind: "exchange", name: "/app1:(default)", detail },
		{ id: "exchange:/app1:events", kind: "exchange", name: "/app1:events", detail: { ...detail, type: "topic" } },
		{ id: "queue:/app1:dead", kind: "queue", name: "/app1:dead", detail },
		{ id: "queue:/app1:jobs", kind: "queue", name: "/app1:jobs", detail: { ...detail, arguments: { "x-dead-letter-routing-key": "dead" } } },
		{ id: "queue:jobs", kind: "queue", name: "jobs" },
	];
	const flows: Flow[] = [{ from: "exchange:/app1:", to: "queue:/app1:jobs", label: "jobs" }, { from: "queue:/app1:jobs", to: "exchange:/app1:", label: "dead letters" }];
	const scene = seen({ seq: 1, places, flows });
	assert.deepEqual(scene.spots.map((s) => [s.vhost, s.title, s.keys]), [["/app1", "events", ""], ["/app1", "dead", ""], ["/app1", "jobs", ""], ["", "jobs", ""]]);
	assert.deepEqual(scene.flows, [{ from: "queue:/app1:jobs", to: "queue:/app1:dead", label: "dead letters" }]);
	assert.match(sceneInWords(scene, say), /jobs in \/app1: nothing here\. jobs: nothing here/);
});

test("users and virtual hosts come from the journal; they have a table and no box", () => {
	const events = [
		{ kind: "vhost-added", place: "/app1" }, { kind: "user-added", user: "ann" }, { kind: "user-changed", user: "ann", reason: "tags: management" },
		{ kind: "permitted", user: "ann", place: "/app1", detail: { configure: "^$", write: "^jobs", read: ".*" } }, { kind: "vhost-deleted", place: "/app1" },
	].map((e, i): JournalEvent => ({ seq: i + 1, at: 0, source: "rabbitmq", ...e }));
	const history = new History({ start: null, events, services: [] });
	const [before, named, after] = [-1, 3, 4].map((i) => history.stateAt(i).places.map((p) => [p.id, p.detail?.["permissions"]]));
	const guest = ["user:guest", { "/": { configure: ".*", write: ".*", read: ".*" } }];
	assert.deepEqual(before, []);
	assert.deepEqual(named, [["user:ann", { "/app1": { configure: "^$", write: "^jobs", read: ".*" } }], guest, ["vhost:/", undefined], ["vhost:/app1", undefined]]);
	assert.deepEqual(after, [["user:ann", {}], guest, ["vhost:/", undefined]]);
	assert.deepEqual(history.stateAt(3).places.filter(visible), []);
	assert.equal(seen(history.stateAt(3)).spots.length, 0);
});

test("a permission is said as what it allows", () => {
	assert.deepEqual(rightsOf(undefined), []);
	assert.deepEqual(rightsOf({ configure: "^$", write: "", read: "^$" }), []);
	assert.deepEqual(rightsOf({ configure: "", write: "^jobs", read: ".*" }), [{ what: "write", pattern: "^jobs" }, { what: "read" }]);
});
