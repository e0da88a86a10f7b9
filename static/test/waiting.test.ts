import assert from "node:assert/strict";
import { test } from "node:test";
import { Waiting } from "../src/console/waiting.ts";

/** A line that is typed, whose Tab asks; `answer` gives what was asked for first. */
function typist() {
	let line = "";
	const asked: ((end: string) => void)[] = [];
	const waiting = new Waiting((key) => {
		if (key === "\t") waiting.until(new Promise<string>((done) => asked.push(done)), (end) => { line += end; });
		else if (key === "\r") line += "|";
		else line += key;
	});
	return {
		type: (keys: string) => [...keys].forEach((key) => waiting.key(key)),
		drop: () => waiting.drop(),
		answer: async (end: string) => {
			asked.shift()!(end);
			await new Promise((r) => setImmediate(r));
		},
		get line() { return line; },
		get asked() { return asked.length; },
	};
}

test("what is typed while a line is being completed comes after it", async () => {
	const t = typist();
	t.type("us\t --list\r");
	assert.equal(t.line, "us");
	await t.answer("er-events");
	assert.equal(t.line, "user-events --list|");
	t.type("x");
	assert.equal(t.line, "user-events --list|x");
});

test("a second Tab that was typed meanwhile is asked when its turn comes", async () => {
	const t = typist();
	t.type("a\tb\tc");
	assert.equal(t.asked, 1);
	await t.answer("A");
	assert.equal(t.line, "aAb");
	assert.equal(t.asked, 1);
	await t.answer("B");
	assert.equal(t.line, "aAbBc");
});

test("an interruption forgets what waits, and an answer that comes then", async () => {
	const t = typist();
	t.type("us\tmore");
	t.drop();
	t.type("!");
	assert.equal(t.line, "us!");
	await t.answer("er-events");
	assert.equal(t.line, "us!");
});

test("an answer that never comes lets the keys through", async () => {
	let line = "";
	const waiting = new Waiting((key) => { line += key; });
	waiting.until(Promise.reject(new Error("lost")), () => assert.fail("there is no answer"));
	waiting.key("x");
	await new Promise((r) => setImmediate(r));
	assert.equal(line, "x");
});
