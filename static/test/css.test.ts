import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

/** What stands in the files of a folder and those below it. */
const read = (folder: string, ends: RegExp): string[] =>
	readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => ends.test(name) && !name.includes("_test.")).map((name) => readFileSync(`${folder}/${name}`, "utf8"));

const sheets = Object.fromEntries(readdirSync("css").filter((name) => name.endsWith(".css")).map((name) => [name, readFileSync(`css/${name}`, "utf8").replace(/\/\*[\s\S]*?\*\//g, "")]));
const makers = [...read("src", /\.ts$/), ...read("../server", /\.(go|html)$/), ...read("../course", /\.go$/)].join("\n");
const said = (word: string): boolean => new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(makers);
const foreign = /^(cm-|xterm|tok-|footnotes$)/; // Of the editor, the terminal and the Markdown renderer.

test("every class and id of a style sheet is somewhere in a page", () => {
	for (const [name, text] of Object.entries(sheets)) {
		const selectors = text.replace(/\{[^{}]*\}/g, "{}");
		for (const [what, word] of selectors.matchAll(/[.#]([a-zA-Z][\w-]*)/g)) assert.ok(foreign.test(word!) || said(word!), `${name}: ${what} is on no page`);
	}
});

test("every custom property and every animation is used", () => {
	const all = Object.values(sheets).join("\n");
	for (const [, name] of all.matchAll(/(--[\w-]+)\s*:/g)) assert.ok(all.includes(`var(${name}`) || makers.includes(name!), `${name} is never used`);
	for (const [, name] of all.matchAll(/@keyframes\s+([\w-]+)/g)) assert.ok(all.split(name!).length > 2, `the animation ${name} is never used`);
});
