import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, layOut, tokenSpot, wayBetween } from "../src/layout.ts";
import type { Flow, Place } from "../src/types.ts";

const place = (id: string, kind: string): Place => ({ id, kind, name: id });
const names = (columns: Place[][]): string[][] => columns.map((c) => c.map((p) => p.id));

const queue = place("orders", "queue");
const worker = place("worker", "consumer");
const ledger = place("ledger", "service");
const dead = place("orders.dead", "queue");

test("places stand in columns along the flows", () => {
	const flows = [{ from: "orders", to: "worker" }, { from: "worker", to: "ledger" }, { from: "orders", to: "orders.dead" }];
	assert.deepEqual(names(columnsOf([queue, worker, ledger, dead], flows)), [["orders"], ["worker", "orders.dead"], ["ledger"]]);
});

test("a place that no flow leads to stands where its kind belongs", () => {
	assert.deepEqual(names(columnsOf([ledger, queue], [])), [["orders"], ["ledger"]]);
});

test("a cycle ends: a retry queue that leads back", () => {
	const flows: Flow[] = [{ from: "orders", to: "orders.dead" }, { from: "orders.dead", to: "orders" }];
	assert.equal(columnsOf([queue, dead], flows).flat().length, 2);
});

test("flows to places that are not there are left out", () => {
	assert.deepEqual(names(columnsOf([queue], [{ from: "orders", to: "gone" }])), [["orders"]]);
});

test("boxes do not overlap and stay inside, wide and narrow", () => {
	const places = [queue, worker, place("worker 2", "consumer"), ledger, dead];
	const flows = [{ from: "orders", to: "worker" }, { from: "orders", to: "worker 2" }, { from: "worker", to: "ledger" }];
	for (const width of [280, 480, 900]) {
		const layout = layOut(places, flows, width, () => 12);
		const boxes = [...layout.boxes.values()];
		for (const [i, a] of boxes.entries()) {
			assert.ok(a.x >= 0 && a.y >= 0 && a.x + a.width <= layout.width + 0.01 && a.y + a.height <= layout.height + 0.01);
			for (const b of boxes.slice(i + 1)) {
				assert.ok(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y, "two boxes overlap");
			}
			for (let t = 0; t < 12; t++) {
				const spot = tokenSpot(a, t, layout.perRow);
				assert.ok(spot.x + 7 <= a.x + a.width && spot.y + 7 <= a.y + a.height, `token ${t} stands outside its box of ${a.width}`);
			}
		}
	}
});

test("a place keeps its spot when its messages change", () => {
	const places = [queue, worker];
	const flows = [{ from: "orders", to: "worker" }];
	const a = layOut(places, flows, 480, () => 8);
	const b = layOut(places.map((p) => ({ ...p, ready: 3 })), flows, 480, () => 8);
	assert.deepEqual(a.boxes, b.boxes);
});

test("ways lead from edge to edge in each direction", () => {
	const left = { x: 0, y: 0, width: 10, height: 10, head: 46 };
	const right = { x: 50, y: 20, width: 10, height: 10, head: 46 };
	assert.match(wayBetween(left, right), /^M10 5C.* 50 25$/);
	assert.match(wayBetween(right, left), /^M50 33C.* 10 13$/);
	assert.equal(wayBetween(left, { ...left, y: 40 }), "M5 10V40");
});
