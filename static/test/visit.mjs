// A browser for the tests of the pages: the stand-in server under the product's
// Content-Security-Policy, and a fresh profile for each visit. Any error in the console fails it.
// Nothing here may depend on how fast a machine is: what is waited for is the thing itself, and
// SLOW=6 shows the tests a processor that is six times slower.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before } from "node:test";
import puppeteer from "puppeteer-core";
import { start } from "../dev/server.mjs";

export const lab = "/en/labs/rabbitmq/work-queue";
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const patience = 120_000; // Milliseconds after which what has to come does not come, on the slowest of machines.
const slow = Number(process.env.SLOW ?? 1); // How many times slower than this machine the pages are to be.
const dist = new URL("../dist/", import.meta.url);
const built = new Map(readdirSync(dist).map((name) => [name, readFileSync(new URL(name, dist))])); // Whoever builds meanwhile changes nothing.
let server, base, browser;

before(async () => {
	const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
	browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args, timeout: patience, protocolTimeout: 2 * patience });
});
after(async () => {
	await browser?.close();
	server?.closeAllConnections();
	server?.close();
});

/**
 * Opens a page on a fresh server and browser profile; `body` works with it, and no error may have
 * been logged but those that it said are expected. `scene` names the recording of an attempt that is
 * there already: see dev/api.mjs. With `held` a run and a grading come on only by page.pass(), so that
 * what they show in between stays for as long as it is looked at.
 */
export async function visit(path, { width = 1440, height = 900, scheme = "light", motion = "no-preference", scene = "", touch = false, held = false } = {}, body) {
	server?.closeAllConnections();
	server?.close();
	const time = new HeldTime();
	server = await start(0, scene, held ? time.wait : undefined, (name) => built.get(name));
	base = `http://127.0.0.1:${server.address().port}`;
	const context = await browser.createBrowserContext();
	try {
		const page = await context.newPage();
		const errors = [];
		const expected = [];
		page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
		page.on("pageerror", (e) => errors.push(e.stack));
		Object.assign(page, { base, expected: (pattern) => expected.push(pattern), pass: (ms) => time.pass(ms) });
		page.setDefaultTimeout(patience);
		atRestOnly(page);
		if (slow > 1) await page.emulateCPUThrottling(slow);
		await page.setViewport({ width, height, hasTouch: touch, isMobile: touch });
		await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }, { name: "prefers-reduced-motion", value: motion }]);
		await open(page, path);
		await body(page);
		await page.evaluate(() => undefined); // What the page has logged so far has arrived.
		assert.deepEqual(errors.filter((e) => !expected.some((pattern) => pattern.test(e))), []);
	} finally {
		await context.close();
	}
}

/** Time of the stand-in server that passes when a test lets it. */
class HeldTime {
	due = [];
	now = 0;
	wait = (ms, fn) => {
		const one = { at: this.now + ms, fn };
		this.due.push(one);
		return () => { this.due = this.due.filter((other) => other !== one); };
	};

	/** Lets what is under way, or is about to be, go on for so long; to its end, unless told otherwise. */
	async pass(ms = Infinity) {
		await comes("something on the server that takes time", () => this.due.length > 0);
		for (const until = this.now + ms; ; ) {
			const next = this.due.reduce((first, one) => (one.at < (first?.at ?? Infinity) ? one : first), null);
			if (!next || next.at > until) break;
			this.due = this.due.filter((other) => other !== next);
			this.now = next.at;
			next.fn();
		}
	}
}

/** Waits for something that is no matter of a page. */
export async function comes(what, there) {
	for (const began = performance.now(); !(await there()); await new Promise((r) => setTimeout(r, 10))) {
		if (performance.now() - began > patience) throw new Error(`${what} did not come`);
	}
}

/** Opens a path, or the page again. A lab is open once it hears what the server says: only then has everything been put together. */
export async function open(page, path = null) {
	const heard = (path ?? page.url()).includes("/labs/") ? page.waitForResponse((r) => r.url().includes("/stream")) : null;
	await Promise.all([heard, path === null ? page.reload({ waitUntil: "load" }) : page.goto(page.base + path, { waitUntil: "load" })]);
	if (heard) await page.waitForSelector(".cm-content, textarea.plain");
}

/** Makes a pointer go to elements that stand still only: what moves away under it is missed. */
function atRestOnly(page) {
	page.open = new Set(); // Requests without an answer.
	page.on("request", (r) => r.url().includes("/stream") || page.open.add(r));
	for (const end of ["requestfinished", "requestfailed"]) page.on(end, (r) => page.open.delete(r));
	page.on("framenavigated", (frame) => frame === page.mainFrame() && page.open.clear()); // What another page asked is not answered any more.
	const select = page.select.bind(page);
	page.select = async (selector, value) => { // A list offers what a run has a while after that has come.
		await page.waitForSelector(`${selector} option[value="${value}"]`);
		await select(selector, value);
	};
	for (const way of ["click", "hover", "tap"]) {
		const go = page[way].bind(page);
		page[way] = async (selector, ...more) => {
			await stands(page, selector);
			await go(selector, ...more);
		};
	}
}

/** Waits until a page does not change by itself any more: all is answered, and what came is drawn and has stopped moving. */
export async function settled(page) {
	do {
		await comes("an answer to each request", () => page.open.size === 0);
		await page.evaluate(async () => {
			await document.fonts.ready;
			for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
			const ending = document.getAnimations().filter((a) => Number.isFinite(a.effect.getComputedTiming().endTime)); // A caret blinks for ever.
			await Promise.all(ending.map((a) => a.finished.catch(() => undefined)));
		});
	} while (page.open.size > 0);
}

/** Waits until an element is there and stands still, and gives its box. */
export async function stands(page, selector) {
	await page.waitForSelector(selector);
	await settled(page);
	return page.evaluate((s, patience) => new Promise((done, fail) => {
		let [before, still] = ["", 0];
		const began = performance.now();
		const look = () => {
			const box = document.querySelector(s)?.getBoundingClientRect();
			const now = box?.width ? JSON.stringify(box) : "";
			still = now !== "" && now === before ? still + 1 : 0;
			before = now;
			if (still === 5) done(box.toJSON());
			else if (performance.now() - began > patience) fail(new Error(`${s} does not stand still: ${now}`));
			else requestAnimationFrame(look);
		};
		look();
	}), selector, patience);
}

export const text = (page, selector) => page.$eval(selector, (e) => e.textContent);
/** Waits until an element says something. */
export const says = (page, selector, pattern) =>
	page.waitForFunction((s, p) => new RegExp(p).test(document.querySelector(s)?.textContent ?? ""), {}, selector, pattern.source);

/** Fails on anything that axe finds: names, roles, contrast, landmarks. */
export async function accessible(page) {
	await settled(page);
	const session = await page.createCDPSession();
	const { result } = await session.send("Runtime.evaluate", { expression: `${axe}; axe.run(document, { resultTypes: ["violations"] }).then((r) => JSON.stringify(r.violations.map((v) => [v.id, v.nodes.slice(0, 4).map((n) => n.target.join(" ") + ": " + n.failureSummary.split("\\n").slice(1, 3).join(" "))])))`, awaitPromise: true });
	assert.deepEqual(JSON.parse(result.value), []);
}

export const noOverflow = async (page) => assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "the page scrolls sideways");
