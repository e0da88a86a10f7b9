import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

type Colour = [number, number, number];

const css = readFileSync("css/tokens.css", "utf8");
const colour = (name: string, theme: 0 | 1): Colour => {
	const found = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css);
	assert.ok(found, `tokens.css has no colour --${name}`);
	const hex = found[theme + 1]!;
	return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as Colour;
};

const luminance = (c: Colour): number => {
	const [r, g, b] = c.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)) as Colour;
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a: Colour, b: Colour): number => {
	const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
	return (light + 0.05) / (dark + 0.05);
};
const mix = (over: Colour, under: Colour, part: number): Colour => over.map((v, i) => v * part + under[i]! * (1 - part)) as Colour;

for (const [theme, name] of [[0, "light"], [1, "dark"]] as const) {
	test(`every text colour has 4.5:1 on every ground, ${name}`, () => {
		for (const text of ["ink", "soft", "accent", "ready", "flight", "done", "dead", "twice"]) {
			for (const ground of ["paper", "raised", "sunken", "quoted"]) {
				const ratio = contrast(colour(text, theme), colour(ground, theme));
				assert.ok(ratio >= 4.5, `--${text} on --${ground}: ${ratio.toFixed(2)}`);
			}
		}
		assert.ok(contrast(colour("accent-ink", theme), colour("accent", theme)) >= 4.5);
	});
	test(`code stays readable on lines that are lit or blamed, ${name}`, () => {
		for (const text of ["ink", "soft", "twice", "done", "flight", "accent"]) {
			for (const [over, part] of [["dead", 0.11], ["accent", 0.11]] as const) {
				const ratio = contrast(colour(text, theme), mix(colour(over, theme), colour("raised", theme), part));
				assert.ok(ratio >= 4.5, `--${text} on ${over} ${part}: ${ratio.toFixed(2)}`);
			}
		}
	});
	test(`borders of controls have 3:1, ${name}`, () => {
		for (const ground of ["paper", "raised"]) assert.ok(contrast(colour("edge", theme), colour(ground, theme)) >= 3);
	});
}

test("no colour is written down anywhere else", () => {
	for (const file of readdirSync("css").filter((f) => f.endsWith(".css") && f !== "tokens.css")) {
		const found = readFileSync(`css/${file}`, "utf8").match(/#[0-9a-f]{3,8}\b/gi) ?? [];
		assert.deepEqual(found, [], `${file} has colours of its own`);
	}
});
