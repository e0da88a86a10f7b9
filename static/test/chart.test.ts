import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsAt, clock, holdsAt } from "../src/chart.ts";

test("what holds at a moment is the last of what came before it", () => {
	const list: [number, string][] = [[0, "a"], [10, "b"], [20, "c"]];
	const seen = [-1, 0, 9, 10, 19, 20, 99].map((at) => holdsAt(list, at)?.[1]);
	assert.deepEqual(seen, [undefined, "a", "a", "b", "b", "c", "c"]);
});

test("a partition's row is what kafka-consumer-groups would print", () => {
	const points: [number, number, number, number, string][] = [[5, 0, -1, 3, ""], [10, 0, 3, 8, "a"], [20, 6, 3, 9, ""]];
	assert.deepEqual(cellsAt(points, 0), ["0", "–", "0", "–", "–"], "before it was there");
	assert.deepEqual(cellsAt(points, 5), ["0", "–", "3", "–", "–"], "nothing committed");
	assert.deepEqual(cellsAt(points, 12), ["0", "3", "8", "5", "a"]);
	assert.deepEqual(cellsAt(points, 20), ["6", "3", "9", "6", "–"], "the lag counts what is gone");
});

test("times are minutes and seconds", () => {
	assert.deepEqual([0, 59_400, 60_000, 605_000].map(clock), ["0:00", "0:59", "1:00", "10:05"]);
});
