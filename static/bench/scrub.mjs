// Scrubs a journal of 100 000 events in headless Chromium, as fast as frames come, and prints
// what it took. Figures only: how fast a machine is decides nothing here.
import { build } from "esbuild";
import puppeteer from "puppeteer-core";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const size = Number(process.env.EVENTS ?? 100_000);
const backlog = 10_000;
const frames = 600;

const out = mkdtempSync(join(tmpdir(), "brokerlab-bench-"));
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
try {
	const bundled = await build({ entryPoints: [join(here, "page.ts"), join(here, "..", "css", "replay-page.css")], entryNames: "[name]", bundle: true, outdir: out, format: "iife", loader: { ".woff2": "empty" }, logLevel: "warning" });
	if (bundled.errors.length > 0) throw new Error("the page could not be bundled");
	writeFileSync(join(out, "page.html"), '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="stylesheet" href="replay-page.css"><body class="replay"><header></header><div></div><main><section id="player"></section></main><script src="page.js"></script></body></html>');
	const page = await browser.newPage();
	page.on("pageerror", (e) => console.error(e.stack));
	await page.setViewport({ width: 1440, height: 900 });
	await page.goto(pathToFileURL(join(out, "page.html")).href);
	await measure(page);
} finally {
	await browser.close();
	rmSync(out, { recursive: true });
}

async function measure(page) {
	const opened = await page.evaluate((n, m) => window.bench.open(n, m), size, backlog);
	console.log(`view: ${opened.length} events, ${backlog} messages in a queue: indexed in ${opened.indexing.toFixed(0)} ms, loaded in ${opened.loading.toFixed(0)} ms, JS heap ${await heap(page)} MiB`);
	const last = opened.length - 1;
	const sweep = Array.from({ length: frames }, (_, i) => Math.round((i * last) / frames));
	const jumps = Array.from({ length: frames }, (_, i) => (i * 7919 * 127) % last);
	const steps = Array.from({ length: frames }, (_, i) => Math.round(last / 2) + i);
	const client = await page.createCDPSession();
	await client.send("Performance.enable", { timeDomain: "threadTicks" });
	for (const [name, indexes] of [["from end to end", sweep], ["back again", [...sweep].reverse()], ["jumping about", jumps], ["event by event", steps]]) {
		const before = await cpu(client);
		const figures = await page.evaluate((list) => window.bench.scrub(list), [...indexes].reverse());
		const after = await cpu(client);
		const busy = Object.keys(after).map((key) => `${key} ${((1000 * (after[key] - before[key])) / frames).toFixed(2)}`).join(", ");
		const states = await page.evaluate((list) => window.bench.states(list), indexes);
		const time = figures.intervals.reduce((sum, ms) => sum + ms, 0);
		const dropped = figures.intervals.filter((ms) => ms > 25).length;
		console.log(`view: ${name}: ${((1000 * figures.intervals.length) / time).toFixed(1)} frames/s, ${dropped} of ${figures.intervals.length} late; a step takes p50 ${at(figures.costs, 0.5)}, p99 ${at(figures.costs, 0.99)} ms; a state alone p50 ${at(states, 0.5)}, p99 ${at(states, 0.99)} ms\nview:     processor time of a step in ms: ${busy}`);
	}
	console.log(`view: JS heap afterwards ${await heap(page)} MiB`);
}

/** What the page's thread has used, in seconds of processor time: other work on the machine does not count. */
async function cpu(client) {
	const { metrics } = await client.send("Performance.getMetrics");
	const named = Object.fromEntries(metrics.map((m) => [m.name, m.value]));
	return { all: named.TaskDuration, script: named.ScriptDuration, style: named.RecalcStyleDuration, layout: named.LayoutDuration };
}

function at(list, share) {
	return [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))].toFixed(2);
}

/** What is in use once everything that can go has gone. */
async function heap(page) {
	const client = await page.createCDPSession();
	await client.send("HeapProfiler.collectGarbage");
	const { usedSize } = await client.send("Runtime.getHeapUsage");
	return (usedSize / 2 ** 20).toFixed(1);
}
