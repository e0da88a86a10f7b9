// A browser for the tests of the pages: the stand-in server under the product's
// Content-Security-Policy, and a fresh profile for each visit. Any error in the console fails it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import puppeteer from "puppeteer-core";
import { start } from "../dev/server.mjs";

export const lab = "/en/labs/rabbitmq/work-queue";
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
let server, base, browser;

before(async () => {
	browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
});
after(async () => {
	await browser?.close();
	server?.closeAllConnections();
	server?.close();
});

/**
 * Opens a page on a fresh server and browser profile; `body` works with it, and no error may have
 * been logged. `scene` names the recording of an attempt that is there already: see dev/api.mjs.
 */
export async function visit(path, { width = 1440, height = 900, scheme = "light", motion = "no-preference", scene = "", touch = false } = {}, body) {
	server?.closeAllConnections();
	server?.close();
	server = await start(0, scene);
	base = `http://127.0.0.1:${server.address().port}`;
	const context = await browser.createBrowserContext();
	const page = await context.newPage();
	const errors = [];
	page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
	page.on("pageerror", (e) => errors.push(e.stack));
	page.expected = (pattern) => {
		for (let i = errors.length - 1; i >= 0; i--) if (pattern.test(errors[i])) errors.splice(i, 1);
	};
	page.base = base;
	await page.setViewport({ width, height, hasTouch: touch, isMobile: touch });
	await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }, { name: "prefers-reduced-motion", value: motion }]);
	await page.goto(base + path, { waitUntil: "load" });
	if (path.includes("/labs/")) await page.waitForSelector(".cm-content");
	await body(page);
	assert.deepEqual(errors, []);
	await context.close();
}

export const text = (page, selector) => page.$eval(selector, (e) => e.textContent);
export const says = (page, selector, pattern, timeout = 6000) =>
	page.waitForFunction((s, p) => new RegExp(p).test(document.querySelector(s)?.textContent ?? ""), { timeout }, selector, pattern.source);

/** Fails on anything that axe finds: names, roles, contrast, landmarks. */
export async function accessible(page) {
	const session = await page.createCDPSession();
	const { result } = await session.send("Runtime.evaluate", { expression: `${axe}; axe.run(document, { resultTypes: ["violations"] }).then((r) => JSON.stringify(r.violations.map((v) => [v.id, v.nodes.slice(0, 4).map((n) => n.target.join(" ") + ": " + n.failureSummary.split("\\n").slice(1, 3).join(" "))])))`, awaitPromise: true });
	assert.deepEqual(JSON.parse(result.value), []);
}

export const noOverflow = async (page) => assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "the page scrolls sideways");
