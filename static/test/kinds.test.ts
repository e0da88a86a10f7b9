import assert from "node:assert/strict";
import { test } from "node:test";
import en from "../i18n/en.json";
import ru from "../i18n/ru.json";
import { promise, voiceOf, type Work } from "../src/kinds.ts";
import { voice } from "../src/strings.ts";

const works: Work[] = ["program", "session", "files", "answers"];
const kinds = ["crash", "disconnect", "refuse", "node-down", "leader-move", "rebalance"]; // As labs/schedule.go has them.

test("what Submit will do is told by the faults of the lab, and none are told where there are none", () => {
	const say = voiceOf("program", voice(en, "en"));
	assert.equal(promise("program", [], say), "Submit runs the program and grades what the broker saw of it.");
	assert.equal(
		promise("program", [{ kind: "node-down", sweep: false }, { kind: "crash", sweep: true }], say),
		"Submit runs the program and grades what the broker saw of it. Then it does so again, with something going wrong on purpose: a node goes down; the program is killed at one point after another.",
	);
	assert.match(promise("files", [{ kind: "crash", sweep: true }], voiceOf("files", voice(ru, "ru"))), /Connect падает в одной точке за другой\.$/);
});

test("there are words for every kind of lab and of fault, in both languages", () => {
	for (const [lang, table] of Object.entries({ en, ru })) for (const work of works) {
		const say = voiceOf(work, voice(table, lang));
		assert.notEqual(promise(work, [], say), "");
		for (const kind of kinds) assert.doesNotMatch(promise(work, [{ kind, sweep: false }], say), new RegExp(`: ${kind}`), `${lang}, ${work}: ${kind}`);
	}
});

test("a lab without a program does not speak of one", () => {
	for (const work of ["session", "files", "answers"] as const) {
		const say = voiceOf(work, voice(en, "en"));
		const keys = ["verdict.stale", ...(work === "answers" ? [] : ["picture.empty", "reset.code", "reset.done", "reset.broker.long", "conflict.title"])] as (keyof typeof en)[];
		for (const key of keys) assert.doesNotMatch(say(key), /program/, `${work}: ${key}`);
	}
});
