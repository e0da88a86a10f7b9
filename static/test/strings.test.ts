import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import en from "../i18n/en.json";
import ru from "../i18n/ru.json";
import { voice } from "../src/strings.ts";

const forms = { en: ["one", "other"], ru: ["one", "few", "many", "other"] };
const base = (key: string): string => key.replace(/_(one|few|many|other)$/, "");
const tables: Record<string, Record<string, string>> = { en, ru };

test("both languages say the same things", () => {
	assert.deepEqual([...new Set(Object.keys(ru).map(base))].sort(), [...new Set(Object.keys(en).map(base))].sort());
});

test("every count has all the forms of its language", () => {
	for (const [lang, table] of Object.entries(tables)) {
		for (const key of Object.keys(table).filter((k) => k.endsWith("_other"))) {
			for (const form of forms[lang as "en" | "ru"]) assert.ok(`${base(key)}_${form}` in table, `${lang}: ${base(key)}_${form} is missing`);
		}
	}
});

test("both languages take the same values", () => {
	const slots = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
	for (const [key, text] of Object.entries(ru)) {
		const other = tables["en"]![key] ?? tables["en"]![`${base(key)}_other`]!;
		assert.deepEqual(slots(text), slots(other), key);
	}
});

test("the texts are safe inside a script element", () => {
	for (const [lang, table] of Object.entries(tables)) {
		for (const [key, text] of Object.entries(table)) assert.doesNotMatch(text, /</, `${lang}: ${key}`);
	}
});

test("every text is said somewhere", () => {
	const source = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts")).map((name) => readFileSync(`src/${name}`, "utf8")).join("\n");
	const families = [...source.matchAll(/[`"]([a-z.]+\.)\$\{/g)].map((m) => m[1]!);
	for (const key of new Set(Object.keys(en).map(base))) {
		const said = source.includes(`"${key}"`) || families.some((f) => key.startsWith(f)) || source.includes("`${name}.title`") && key.endsWith(".title");
		assert.ok(said, `${key} is never said`);
	}
});

test("counts take the right form", () => {
	const say = voice(ru, "ru");
	assert.equal(say.count("edit.problems", 1), "1 ошибка");
	assert.equal(say.count("edit.problems", 3), "3 ошибки");
	assert.equal(say.count("edit.problems", 11), "11 ошибок");
	assert.equal(voice(en, "en").count("edit.problems", 1), "1 problem");
	assert.equal(say.decimal, ",");
});

test("no line begins with a dash", () => {
	const say = voice(ru, "ru");
	for (const key of Object.keys(ru)) assert.doesNotMatch(say.any(key, ""), / —/, key);
	assert.equal(say("log.leader", { node: 2 }), "лидер\u00a0— узел 2");
});

test("an unknown kind is said as it is", () => {
	assert.equal(voice(en, "en").any("kind.exploded", "exploded"), "exploded");
});
