import assert from "node:assert/strict";
import { test } from "node:test";
import { isRight, kindOf } from "../src/reached.ts";
import type { TriedKey } from "../src/types.ts";

const key = (wanted: string[], reached: string[], shown = true): TriedKey => ({ key: "a.b", shown, wanted, reached: reached.map((queue) => ({ queue, by: [] })) });

test("a queue that wants a key and gets it is right, and so is one that does neither", () => {
	assert.equal(kindOf(key(["q"], ["q"]), "q"), "ok");
	assert.equal(kindOf(key(["q"], ["q"]), "r"), "none");
	assert.ok(isRight(key(["q", "r"], ["r", "q"])));
	assert.ok(isRight(key([], [])));
});

test("a key that is missed and one that strays are told apart", () => {
	assert.equal(kindOf(key(["q"], []), "q"), "missing");
	assert.equal(kindOf(key([], ["q"]), "q"), "stray");
	assert.ok(!isRight(key(["q"], [])));
	assert.ok(!isRight(key(["q"], ["r"])));
	assert.ok(!isRight(key(["q"], ["q", "r"])));
});

test("of a key that the lab says nothing of only its way is told", () => {
	assert.equal(kindOf(key([], ["q"], false), "q"), "here");
	assert.equal(kindOf(key([], ["q"], false), "r"), "none");
});
