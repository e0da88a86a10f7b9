import assert from "node:assert/strict";
import { test } from "node:test";
import { readable, times } from "../src/snapshots.ts";
import { marked, differingLines } from "../src/text.ts";
import type { Snapshot } from "../src/types.ts";

const at = (minute: number, second = 0): string => new Date(Date.UTC(2026, 0, 2, 10, minute, second)).toISOString();
const save = (revision: number, minute: number, second = 0): Snapshot => ({ revision, at: at(minute, second), reason: "autosave" });

test("of the autosaves one in five minutes is listed, the newest", () => {
	assert.deepEqual(readable([save(1, 0), save(2, 1), save(3, 4), save(4, 5)], []).map((s) => s.revision), [4, 3]);
});

test("what has a reason of its own is always listed", () => {
	const list = readable([save(1, 0), { id: 7, at: at(1), reason: "reset" }, { id: 8, at: at(2), reason: "restore" }], []);
	assert.deepEqual(list.map((s) => s.reason), ["restore", "reset", "autosave"]);
});

test("the save that an attempt was made from says so, with its score", () => {
	const list = readable([save(1, 0), save(2, 1), save(3, 2)], [{ id: 1, at: at(1, 30), status: "graded", score: 4, of: 10 }]);
	assert.deepEqual(list.map((s) => [s.revision, s.reason, s.score?.points]), [[3, "autosave", undefined], [2, "submit", 4]]);
});

test("seconds are said only where two rows would read the same", () => {
	const [a, b, c] = times([at(0, 5), at(0, 45), at(1)], "en") as [string, string, string];
	assert.match(a, /:05\b/);
	assert.match(b, /:45\b/);
	assert.doesNotMatch(c, /:\d\d:\d\d/);
});

test("lines that differ are counted once each", () => {
	assert.equal(differingLines("a\nb\nc", "a\nb\nc"), 0);
	assert.equal(differingLines("a\nb\nc", "a\nx\nc"), 1);
	assert.equal(differingLines("a\nb\nc", "a\nn\nm\nb\nc"), 2);
	assert.equal(differingLines("a\nb", "c\nd"), 2);
});

test("emphasis, strong and code are found, arithmetic is not", () => {
	const kinds = (text: string) => marked(text).map((p) => `${p.kind}:${p.text}`);
	assert.deepEqual(kinds("a *b* and **c d** `e*f*`"), ["text:a ", "em:b", "text: and ", "strong:c d", "text: ", "code:e*f*"]);
	assert.deepEqual(kinds("2 * 3 * 4"), ["text:2 * 3 * 4"]);
	assert.deepEqual(kinds("**use `Ack`**"), ["strong:use `Ack`"]);
	assert.deepEqual(kinds("*not <b>markup</b>*"), ["em:not <b>markup</b>"]);
});
