import assert from "node:assert/strict";
import { test } from "node:test";
import en from "../i18n/en.json";
import ru from "../i18n/ru.json";
import { voice } from "../src/strings.ts";
import { bookmarkInShort, logOf, noteOfCluster } from "../src/view/cluster.ts";
import { History } from "../src/view/history.ts";
import { heightOf, isCluster, layCluster } from "../src/view/layout-cluster.ts";
import type { Box } from "../src/view/layout.ts";
import { rowOf, tokenSpots } from "../src/view/log.ts";
import { Cast, sceneInWords, type Seat } from "../src/view/scene.ts";
import type { JournalEvent, State } from "../src/view/types.ts";
import { eventInWords } from "../src/words.ts";

const say = voice(en, "en");
const sayRu = voice(ru, "ru");
const box = (width: number): Box => ({ x: 0, y: 0, width, height: 90, head: 0, rows: 1, perRow: 10, lines: 1 });

/** A journal of three nodes, a topic with one partition, and what follows. */
function journal(...events: Partial<JournalEvent>[]): State {
	const all: Partial<JournalEvent>[] = [
		...[1, 2, 3].map((node) => ({ kind: "node-up", node, reason: "started" })), { kind: "elected", place: "controller", node: 1, reason: "started" },
		{ kind: "declared", place: "orders", n: 1 }, { kind: "elected", place: "orders/0", node: 1, reason: "created", detail: { replicas: [1, 2, 3] } }, ...events,
	];
	const history = new History({ start: null, services: [], events: all.map((e, i) => ({ seq: i + 1, at: i, source: "kafka", ...e }) as JournalEvent) });
	return history.stateAt(history.length - 1);
}

const published = (offset: number): Partial<JournalEvent> => ({ kind: "published", place: "orders/0", tag: offset, message: offset + 1, label: String(offset), node: 1 });
const place = (state: State, id: string) => state.places.find((p) => p.id === id)!;

test("a record that is not on all replicas in sync stands behind the watermark, and a dead leader's is gone", () => {
	const copied = [published(0), ...[2, 3].map((node) => ({ kind: "replicated", place: "orders/0", node, tag: 0, n: 1 })), { kind: "watermark", place: "orders/0", tag: 1 }];
	const before = journal(...copied, published(1));
	const log = logOf(place(before, "partition:orders/0"), before)!;
	assert.deepEqual([log.hw, log.end, log.replicas.map((r) => `${r.node} ${r.role} ${r.lacks}`)], [1, 2, ["1 leader 0", "2 sync 1", "3 sync 1"]]);
	const after = journal(...copied, published(1), { kind: "node-down", node: 1 }, { kind: "out-of-sync", place: "orders/0", node: 1, n: 2 }, { kind: "elected", place: "orders/0", node: 2, tag: 1 });
	assert.equal(noteOfCluster(place(after, "partition:orders/0"), after, say), "led by node 2, in sync: 3, down: 1; 1 record, offset 0");
	assert.equal(noteOfCluster(place(after, "node:1"), after, sayRu), "выключен");
});

test("ten thousand records are the first offset, a gap that says how many, and the newest", () => {
	const state = journal(...Array.from({ length: 10_000 }, (_, i) => published(i)));
	const partition = place(state, "partition:orders/0");
	assert.equal(partition.tokens!.length, 32);
	const row = rowOf(logOf(partition, state)!, box(400), say);
	const shown = row.cells.filter((c) => c.token >= 0).length;
	assert.deepEqual([row.cells[0]!.offset, row.cells[1]!.offset, row.cells[1]!.hidden, row.cells.at(-1)!.offset], [0, -1, 10_000 - shown, 10_000]);
	assert.ok(row.cells.at(-1)!.x + row.cells.at(-1)!.width <= 400 && shown >= 4, `${shown} cells`);
	assert.equal(tokenSpots(row).size, shown);
});

test("offsets without records are seen, and nothing is drawn twice in a narrow box", () => {
	const state = journal(published(0), { kind: "txn-commit", place: "orders/0", key: "tx", tag: 1, node: 1 }, published(2));
	const row = rowOf(logOf(place(state, "partition:orders/0"), state)!, box(300), say);
	assert.deepEqual(row.cells.map((c) => c.offset), [0, -2, 2, 3]);
});

test("members, their shares and where they are, in words of both languages", () => {
	const state = journal(
		published(0), { kind: "watermark", place: "orders/0", tag: 1 }, { kind: "rebalancing", group: "mailer", tag: 0 },
		{ kind: "joined", group: "mailer", consumer: "a-1", client: "c1", tag: 1, n: 1, detail: { protocol: "range", leader: true } },
		{ kind: "assigned", group: "mailer", consumer: "a-1", place: "orders/0", tag: 1 },
		{ kind: "delivered", group: "mailer", consumer: "a-1", place: "orders/0", tag: 0, message: 1 },
	);
	const cast = new Cast();
	cast.take(state);
	const words = sceneInWords(cast.scene(state, say), say);
	assert.match(words, /mailer: a-1 at 1, lag 1/);
	assert.match(words, /mailer: stable · generation 1/);
	assert.match(words, /node-1: leads 1 · controller\. node-2: leads none\./, "no number that could be that of a partition");
	assert.match(words, /a-1: orders\/0 · lag 1/);
	assert.match(sceneInWords(cast.scene(state, sayRu), sayRu), /a-1: orders\/0 · отставание 1/);
	assert.equal(place(state, "partition:orders/0").tokens![0]!.state, "flight");
});

test("what Kafka and Connect note for themselves stands behind the topics", () => {
	const named = ["connect-configs/0", "__consumer_offsets/0", "connections/0", "shop/0"].map((name) => ({ id: `partition:${name}`, kind: "partition", names: [name], keyed: false }));
	const boxes = layCluster(named, { width: 200, height: 400 }).boxes;
	const from = (name: string): number => boxes.get(`partition:${name}`)!.y;
	assert.ok(from("connections/0") < from("shop/0") && from("shop/0") < from("__consumer_offsets/0") && from("__consumer_offsets/0") < from("connect-configs/0"));
});

test("forty partitions fit a phone; boxes do not overlap", () => {
	const seat = (id: string, kind: string) => ({ id, kind, names: [id.slice(id.indexOf(":") + 1)], keyed: false });
	const seats = [...[1, 2, 3].map((n) => seat(`node:${n}`, "node")), ...Array.from({ length: 40 }, (_, i) => seat(`partition:t/${i}`, "partition")), seat("group:g", "group"), seat("consumer:g/a", "consumer"), seat("service:ledger", "service")];
	assert.ok(isCluster(seats));
	for (const width of [300, 500, 900]) {
		const { boxes } = layCluster(seats, { width, height: 430 });
		const all = [...boxes.values()];
		assert.equal(all.length, seats.length);
		for (const [i, a] of all.entries()) {
			assert.ok(a.x >= 0 && a.x + a.width <= width + 0.01);
			for (const b of all.slice(i + 1)) assert.ok(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y);
		}
	}
});

test("a record that was lost with its leader stands beside the log; a group that has done with it leaves it dead there", () => {
	const state = journal(published(0), published(1));
	const cast = new Cast();
	cast.take(state);
	const spot = (told: Parameters<Cast["scene"]>[2]) => cast.scene(state, say, told).spots.find((s) => s.place.name === "orders/0")!;
	const lost = spot({ aside: new Map([["orders/0", [{ message: 9, label: "9", state: "dead" as const }]]]) });
	assert.match(lost.note, /; lost: 9$/);
	const row = rowOf(lost.log!, box(400), say);
	assert.deepEqual(row.cells.map((c) => [c.offset, c.label ?? ""]), [[0, "0"], [1, "1"], [2, ""], [-3, "9"]]);
	assert.equal(lost.tokens[row.cells.at(-1)!.token]!.state, "dead");
	assert.equal(tokenSpots(row).size, 3);
	assert.deepEqual(spot({ lost: { message: 1, state: "dead" } }).tokens.map((t) => t.state), ["dead", "ready"]);
});

test("records of an open transaction are told apart, and the reader's name stands beside its marks, not over them", () => {
	const state = journal(published(0), { kind: "watermark", place: "orders/0", tag: 1 }, { kind: "txn-began", key: "tx", tag: 0 }, { ...published(1), reason: "tx" }, { kind: "watermark", place: "orders/0", tag: 2 });
	const log = logOf(place(state, "partition:orders/0"), state)!;
	assert.deepEqual([log.hw, log.stable], [2, 1]);
	assert.match(noteOfCluster(place(state, "partition:orders/0"), state, sayRu)!, /2 записи, смещения 0–1;/);
	assert.match(noteOfCluster(place(state, "partition:orders/0"), state, sayRu)!, /с 1\u00a0— открытые транзакции/);
	for (const b of [{ committed: 1, at: -1 }, { committed: -1, at: -1 }, { committed: 0, at: 2 }]) {
		const [long, short] = bookmarkInShort({ group: "mailer", member: "kgo-1", lag: 1, ...b }, "", say);
		assert.ok(long.length >= short.length && !long.includes("kgo-1"), long);
	}
});

test("in a run that goes on the first group finds its line in the logs: nothing above it moves", () => {
	const seat = (id: string, kind: string): Seat => ({ id, kind, names: [id.slice(id.indexOf(":") + 1)], keyed: false });
	const before = [seat("node:1", "node"), seat("partition:orders/0", "partition"), seat("partition:orders/1", "partition")];
	const after = [...before, seat("group:billing", "group"), seat("consumer:billing/c1", "consumer")];
	const room = { width: 460, height: 430, growing: true };
	const [first, then] = [layCluster(before, room), layCluster(after, room)];
	for (const { id } of before) assert.deepEqual(then.boxes.get(id), first.boxes.get(id), id);
	assert.equal(layCluster(before, { ...room, growing: false }).height < first.height, true, "a whole recording takes no room for what never comes");
});

test("Connect's connectors are named, and its members write to the index only", () => {
	const events = [
		{ kind: "node-up", node: 1, source: "kafka", reason: "started" }, { kind: "declared", place: "shop", n: 1, source: "kafka" }, { kind: "elected", place: "shop/0", node: 1, reason: "created", source: "kafka", detail: { replicas: [1] } },
		{ kind: "declared", source: "connect", place: "sink", reason: "sink" }, { kind: "declared", source: "connect", place: "source", reason: "source" }, { kind: "deleted", source: "connect", place: "source" },
		{ kind: "declared", source: "db", place: "articles", key: "1", label: "1", reason: "insert" },
		{ kind: "joined", group: "connect-sink", consumer: "c-1", tag: 1, n: 1, client: "c1", source: "kafka" }, { kind: "assigned", group: "connect-sink", consumer: "c-1", place: "shop/0", tag: 1, client: "c1", source: "kafka" },
	].map((e, i) => ({ seq: i + 1, at: i, ...e }) as JournalEvent);
	const state = new History({ start: null, services: ["connect", "db", "search"], events }).stateAt(events.length - 1);
	assert.deepEqual(place(state, "service:connect").detail, { connectors: ["sink"] });
	const on = new History({ start: state, events: [{ seq: state.seq + 1, at: 0, source: "connect", kind: "declared", place: "source" } as JournalEvent], services: [] });
	assert.deepEqual(place(on.stateAt(0), "service:connect").detail, { connectors: ["sink", "source"] }, "from the middle, too");
	assert.deepEqual(state.flows!.filter((f) => f.to.startsWith("service:")).map((f) => f.to), ["service:search"]);
	const cast = new Cast();
	cast.take(state);
	assert.match(sceneInWords(cast.scene(state, say), say), /connect: sink\. db: 1 done/);
});

test("the copy of a transaction's end is called that", () => {
	const copy = { seq: 1, at: 0, kind: "replicated", source: "kafka", place: "orders/0", node: 2, tag: 3 } as JournalEvent;
	assert.equal(eventInWords(copy, say), "node 2 copies orders/0: the end of a transaction, offset 3");
	assert.equal(eventInWords({ ...copy, n: 2 }, sayRu), "узел 2 копирует orders/0 со смещения 3, записей: 2");
});

test("the room that is kept for a cluster is what it takes, and services stand by name whoever came first", () => {
	const seat = (id: string, kind: string): Seat => ({ id, kind, names: [id.slice(id.indexOf(":") + 1)], keyed: false });
	const nodes = [1, 2, 3].map((n) => seat(`node:${n}`, "node"));
	const logs = [0, 1].map((n) => seat(`partition:orders/${n}`, "partition"));
	const services = ["outbox", "ledger", "db"].map((name) => seat(`service:${name}`, "service"));
	for (const width of [322, 454, 900]) {
		const layout = layCluster([...nodes, ...logs, ...services], { width, height: 430, growing: true });
		assert.equal(heightOf(2, 3, width), layout.height);
		const after = layCluster([...services.toReversed(), ...logs, ...nodes], { width, height: 430, growing: true });
		for (const { id } of services) assert.deepEqual(after.boxes.get(id), layout.boxes.get(id), id);
	}
});
