import assert from "node:assert/strict";
import { test } from "node:test";
import en from "../i18n/en.json";
import ru from "../i18n/ru.json";
import { voice } from "../src/strings.ts";
import { eventInWords } from "../src/words.ts";

const said = (event: object): string => eventInWords({ seq: 1, at: 0, source: "kafka", ...event } as Parameters<typeof eventInWords>[0], voice(ru, "ru"));

test("a reason is said in the language of the page", () => {
	assert.equal(said({ kind: "rebalancing", group: "g", reason: "a member joins" }), "группа g делит партиции заново, входит новый участник");
	assert.equal(said({ kind: "out-of-sync", place: "orders/0", node: 2, n: 2, reason: "node-2 is down" }), "orders/0: узел 2 отстал, синхронных реплик: 2, node-2 не работает");
	assert.equal(said({ kind: "elected", place: "orders/0", node: 3, reason: "unclean: node-1 is down" }), "лидер orders/0 теперь узел 3, не из синхронных реплик: node-1 не работает");
	assert.equal(said({ kind: "quota", reason: "bytes of messages", source: "rabbitmq" }), "достигнут предел лабораторной, объём сообщений");
});

test("what a client or a broker gave as a reason stays as it is", () => {
	assert.equal(said({ kind: "rebalancing", group: "g", reason: "a member has another subscription: left" }), "группа g делит партиции заново, участник сменил подписку: left");
	assert.equal(said({ kind: "refused", source: "rabbitmq", reason: "NOT_FOUND - no queue 'q' in vhost '/'" }), "брокер отвечает ошибкой, NOT_FOUND - no queue 'q' in vhost '/'");
});

test("a reason that the sentence has already is not said twice", () => {
	assert.equal(said({ kind: "effect", source: "db", place: "t", label: "3", reason: "delete" }), "t: удалена строка, сообщение 3");
});

test("CodeMirror's places for numbers are kept", () => {
	for (const [key, text] of Object.entries<string>(ru)) {
		if (key.startsWith("phrase.")) assert.equal(text.split("$").length, (en as Record<string, string>)[key]!.split("$").length, key);
	}
});
