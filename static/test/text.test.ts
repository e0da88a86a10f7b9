import assert from "node:assert/strict";
import { test } from "node:test";
import { AnsiFilter, seconds, wrap } from "../src/text.ts";

const clean = (...pieces: string[]): string => {
	const filter = new AnsiFilter();
	return pieces.map((p) => filter.take(p)).join("");
};

test("escape sequences are taken out, text is kept", () => {
	assert.equal(clean("\x1b[32mok\x1b[0m done"), "ok done");
	assert.equal(clean("\x1b]0;title\x07text"), "text");
	assert.equal(clean("a\x1b[2K\x1b[1;5Hb"), "ab");
	assert.equal(clean("[32m is text"), "[32m is text");
});

test("a sequence that is cut between pieces is still one", () => {
	assert.equal(clean("a\x1b", "[3", "2mb"), "ab");
	assert.equal(clean("a\x1b[38;5;", "196mb\x1b", "[0m"), "ab");
});

test("an unending sequence does not hold text back for ever", () => {
	assert.equal(clean("\x1b[" + "1;".repeat(400), "x text").endsWith("text"), true);
});

test("line ends are one character, control characters none", () => {
	assert.equal(clean("a\r\nb\x00\x07c\td\n"), "a\nbc\td\n");
});

test("times read as a person reads them", () => {
	assert.equal(seconds(412, "."), "0.4");
	assert.equal(seconds(412, ","), "0,4");
	assert.equal(seconds(9949, "."), "9.9");
	assert.equal(seconds(9960, "."), "9");
	assert.equal(seconds(65_000, "."), "1:05");
	assert.equal(seconds(-5, "."), "0.0");
});

test("a text too long for its box goes on two lines", () => {
	assert.deepEqual(wrap("orders", 11), ["orders"]);
	assert.deepEqual(wrap("orders.dead", 10), ["orders.", "dead"]);
	assert.deepEqual(wrap("8 ready · 1 in flight", 14), ["8 ready · 1 in", "flight"]);
	assert.deepEqual(wrap("предвыборка 1", 11), ["предвыборка", "1"]);
	assert.deepEqual(wrap("abcdefghijklmnop", 6), ["abcdef", "ghijk…"]);
});
