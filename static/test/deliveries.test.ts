import assert from "node:assert/strict";
import { test } from "node:test";
import { foundEmpty } from "../src/deliveries.ts";
import type { JournalEvent, State } from "../src/types.ts";

const event = (kind: string, place = "orders"): JournalEvent => ({ seq: 1, at: 0, kind, place });
const queues = (...ready: number[]): State => ({ seq: 1, flows: [], places: ready.map((n, i) => ({ id: `q${i}`, kind: "queue", name: i === 0 ? "orders" : `other${i}`, ready: n })) });

test("a run that reads an empty queue and gets nothing found it empty", () => {
	assert.equal(foundEmpty([event("declared"), event("subscribed")], queues(0)), true);
	assert.equal(foundEmpty([event("subscribed")], queues(0, 3)), true, "another queue is not what it reads");
});

test("a run that got or sent messages, or left some waiting, did not", () => {
	assert.equal(foundEmpty([event("subscribed"), event("delivered")], queues(0)), false);
	assert.equal(foundEmpty([event("published"), event("subscribed")], queues(0)), false);
	assert.equal(foundEmpty([event("subscribed")], queues(2)), false);
});

test("a run that reads no queue says nothing about queues", () => {
	assert.equal(foundEmpty([event("declared")], queues(0)), false);
	assert.equal(foundEmpty([event("subscribed")], null), false);
});
