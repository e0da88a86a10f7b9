import assert from "node:assert/strict";
import { test } from "node:test";
import { type Deps, Draft, type SaveResult } from "../src/draft.ts";
import type { SourceFile } from "../src/types.ts";

const files = (text: string): SourceFile[] => [{ name: "main.go", text }];

/** A desk: a draft with a clock, a browser's storage and a server that the test plays. */
function desk(answers: (SaveResult | (() => Promise<SaveResult>))[]) {
	const stored = new Map<string, string>();
	const timers: { ms: number; fn: () => void }[] = [];
	const sent: { text: string; base: number; leaving: boolean }[] = [];
	const states: string[] = [];
	const deps: Deps = {
		save: async (given, base, leaving) => {
			sent.push({ text: given[0]!.text, base, leaving });
			const answer = answers.shift();
			assert.ok(answer, "the server was asked once too often");
			return typeof answer === "function" ? answer() : answer;
		},
		keep: { getItem: (k) => stored.get(k) ?? null, setItem: (k, v) => void stored.set(k, v), removeItem: (k) => void stored.delete(k) },
		key: "draft:x",
		wait: (ms, fn) => {
			const timer = { ms, fn };
			timers.push(timer);
			return () => {
				const i = timers.indexOf(timer);
				if (i >= 0) timers.splice(i, 1);
			};
		},
		changed: (state) => states.push(state),
	};
	return { draft: new Draft(deps, 1), stored, timers, sent, states };
}

const ok = (revision: number): SaveResult => ({ kind: "ok", revision });

test("typing is kept in the browser at once and saved when it rests", async () => {
	const d = desk([ok(2)]);
	d.draft.edit(files("a"));
	d.draft.edit(files("ab"));
	assert.match(d.stored.get("draft:x")!, /"ab"/);
	assert.equal(d.timers.length, 1, "a key that follows moves the save, it does not add one");
	await d.draft.flush();
	assert.deepEqual(d.sent, [{ text: "ab", base: 1, leaving: false }]);
	assert.equal(d.draft.state, "saved");
	assert.equal(d.stored.size, 0);
});

test("what is typed during a save is saved after it, on the new revision", async () => {
	let answer = (_: SaveResult): void => undefined;
	const d = desk([() => new Promise((resolve) => (answer = resolve)), ok(3)]);
	d.draft.edit(files("a"));
	const first = d.draft.flush();
	d.draft.edit(files("ab"));
	answer(ok(2));
	await first;
	assert.equal(d.draft.state, "waiting");
	await d.draft.flush();
	assert.deepEqual(d.sent.map((s) => [s.text, s.base]), [["a", 1], ["ab", 2]]);
	assert.equal(d.draft.state, "saved");
});

test("without a connection it tries again, each time later, and keeps the text", async () => {
	const d = desk([{ kind: "lost" }, { kind: "lost" }, ok(2)]);
	d.draft.edit(files("a"));
	await d.draft.flush();
	assert.equal(d.draft.state, "offline");
	assert.equal(d.timers[0]!.ms, 1000);
	await d.draft.flush();
	assert.equal(d.timers[0]!.ms, 2000);
	assert.match(d.stored.get("draft:x")!, /"a"/);
	await d.draft.flush();
	assert.equal(d.draft.state, "saved");
});

test("a draft that is newer elsewhere is not overwritten", async () => {
	const d = desk([{ kind: "stale", other: { revision: 7, files: files("theirs") } }]);
	d.draft.edit(files("mine"));
	await d.draft.flush();
	assert.equal(d.draft.state, "conflict");
	d.draft.edit(files("mine, more"));
	await d.draft.flush();
	assert.equal(d.sent.length, 1, "nothing is sent before the student has chosen");
	assert.match(d.stored.get("draft:x")!, /mine, more/);
});

test("choosing the other draft sends both, so that ours is among the revisions", async () => {
	const d = desk([{ kind: "stale", other: { revision: 7, files: files("theirs") } }, ok(8), ok(9)]);
	d.draft.edit(files("mine"));
	await d.draft.flush();
	const chosen = await d.draft.choose("theirs");
	assert.equal(chosen![0]!.text, "theirs");
	assert.deepEqual(d.sent.slice(1).map((s) => [s.text, s.base]), [["mine", 7], ["theirs", 8]]);
	assert.equal(d.draft.state, "saved");
});

test("the same text from elsewhere is no conflict", async () => {
	const d = desk([{ kind: "stale", other: { revision: 7, files: files("same") } }]);
	d.draft.edit(files("same"));
	await d.draft.flush();
	assert.equal(d.draft.state, "saved");
});

test("leaving sends what is not saved, with a request that outlives the page", () => {
	const d = desk([ok(2)]);
	d.draft.leave();
	assert.equal(d.sent.length, 0, "there was nothing to save");
	d.draft.edit(files("a"));
	d.draft.leave();
	assert.deepEqual(d.sent, [{ text: "a", base: 1, leaving: true }]);
});

test("what an earlier visit could not save comes back", async () => {
	const d = desk([ok(2)]);
	d.stored.set("draft:x", JSON.stringify({ base: 1, files: files("kept") }));
	assert.equal(d.draft.recover(files("server"))![0]!.text, "kept");
	await d.draft.flush();
	assert.equal(d.draft.state, "saved");
});

test("kept text on an old revision asks, and what is broken is left alone", () => {
	const d = desk([]);
	d.stored.set("draft:x", JSON.stringify({ base: 0, files: files("kept") }));
	d.draft.recover(files("server"));
	assert.equal(d.draft.state, "conflict");
	const e = desk([]);
	e.stored.set("draft:x", "{");
	assert.equal(e.draft.recover(files("server")), null);
});

test("a refusal is said and not repeated", async () => {
	const d = desk([{ kind: "refused", message: "too long" }]);
	d.draft.edit(files("a"));
	await d.draft.flush();
	assert.equal(d.draft.state, "refused");
	assert.equal(d.timers.length, 0);
});
