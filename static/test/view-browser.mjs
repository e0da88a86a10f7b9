// The player in a real browser: scrubbing, filters, the life of a message, frames, the table, zoom.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, lab, noOverflow, says, settled, stands, text, visit } from "./visit.mjs";

const phone = { width: 390, height: 844 };

/** Opens the lab with an attempt whose run is one of dev/recordings.mjs. */
const replay = (scene, more, body) => visit(lab, { scene, ...more }, async (page) => {
	await page.waitForSelector("tr[aria-current]");
	await settled(page);
	await body(page);
});

const at = (page) => page.$eval(".track input", (e) => e.getAttribute("aria-valuetext"));
const words = (page) => page.$eval(".picture .window", (e) => e.getAttribute("aria-label"));
const drawn = (page) => page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));
const press = async (page, ...keys) => {
	for (const key of keys) await page.keyboard.press(key);
	await drawn(page);
};
const click = async (page, selector) => {
	await page.click(selector);
	await drawn(page);
};

test("the timeline is walked by keyboard, and says where it is", () => replay("workQueue", {}, async (page) => {
	assert.match(await at(page), /^28 of 59: tag 4: the broker forgets message 4$/);
	await page.focus(".track input");
	await press(page, "ArrowRight");
	assert.match(await at(page), /^29 of 59: injected here: the program is killed/);
	assert.match(await words(page), /worker: died holding 4/);
	await press(page, "Home");
	assert.match(await at(page), /^1 of 59/);
	await press(page, "PageUp");
	assert.match(await at(page), /^11 of 59/);
	await press(page, "End", "ArrowLeft");
	assert.match(await at(page), /^58 of 59/);
	assert.match(await text(page, ".now .sentence"), /accounts: message 12 is charged/);
	await says(page, "tr[aria-current]", /#58/);
}));

test("what died with a message in its hands is seen to the end, beside the second life", () => replay("workQueue", {}, async (page) => {
	await page.focus(".track input");
	await press(page, "End");
	assert.equal(await page.$$eval(".place.gone", (p) => p.length), 1);
	assert.match(await words(page), /worker: prefetch 1.*worker: died holding 4/);
	assert.equal(await page.$eval(".token[data-message='4']", (t) => t.dataset.state), "dead");
}));

test("a click on a message shows its whole life, lights it, and Escape lets it go", () => replay("workQueue", {}, async (page) => {
	await page.click(".token[data-message='7']");
	await page.waitForSelector(".life ol");
	const steps = await page.$$eval(".life li", (all) => all.map((e) => e.textContent));
	assert.equal(steps.length, 4);
	assert.match(steps[0], /#9routedmessage 7 is ready in orders\s*orders/);
	assert.match(steps[1], /delivered.*→ worker.*line 42/);
	assert.match(steps[2], /acked/);
	assert.match(steps[3], /effect.*charged/);
	assert.equal(await page.$$eval(".token.lit", (t) => t.length), 1);
	await click(page, ".life li:nth-child(2) button.step");
	assert.match(await at(page), /message 7 → worker/);
	assert.equal(await page.$eval(".life li:nth-child(2)", (e) => e.getAttribute("aria-current")), "step");
	await page.click(".life li:nth-child(2) button.line");
	await says(page, ".cm-lit", /for d := range deliveries/);
	await page.focus(".track input");
	await press(page, "Escape");
	assert.equal(await page.$$eval(".token.lit, .chip", (t) => t.length), 1, "only the event's own message is lit");
	await says(page, ".tabs-of [aria-selected=true]", /Events 59/);
}));

test("filters: by kind, place, word, each a chip; jumps go through what was found", () => replay("workQueue", {}, async (page) => {
	const rows = () => page.$eval(".rows table", (t) => Number(t.ariaRowCount) - 1);
	await page.select(".filters select", "kind:effect");
	await drawn(page);
	assert.equal(await rows(), 11);
	await page.select(".filters select", "kind:crash");
	await drawn(page);
	assert.equal(await rows(), 12);
	await click(page, "[aria-label^='Next marked']");
	assert.match(await at(page), /^29 of 59/);
	await click(page, "[aria-label^='Next marked']");
	assert.match(await at(page), /message 5 is charged/);
	await click(page, "[aria-label='Remove the filter: effect']");
	assert.equal(await rows(), 1);
	assert.equal(await page.evaluate(() => document.activeElement.className), "chip");
	await click(page, ".chip.all");
	assert.equal(await rows(), 59);
	await page.type(".filters input", "second");
	await says(page, ".rows .quiet", /No event matches/);
	await page.focus(".filters input");
	await press(page, "Escape");
	assert.equal(await rows(), 59);
	await click(page, ".place[data-place='orders.dead'] rect");
	await says(page, ".chip", /orders.dead/);
	assert.equal(await rows(), 1);
}));

test("a frame: its name, its fields, its bytes; field and bytes light up together", () => replay("workQueue", {}, async (page) => {
	await page.click(".tabs-of :nth-child(3)");
	await page.mouse.move(0, 0);
	await says(page, ".frame h3", /basic\.ack from c1, channel 1 · 21 bytes/);
	const names = await page.$$eval(".frame tbody th", (all) => all.map((e) => e.textContent));
	assert.deepEqual(names, ["type", "channel", "length", "class", "method", "delivery-tag", "multiple", "frame-end"]);
	const lit = () => page.$$eval(".dump .bytes .lit", (all) => all.map((e) => e.textContent).join(""));
	await page.focus(".frame tbody tr");
	for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowDown");
	assert.equal(await lit(), "0000000000000004");
	await page.hover(".dump .bytes span[data-at='9']");
	assert.equal(await lit(), "0050");
	assert.match(await text(page, ".frame tr.lit"), /method/);
	await page.focus(".track input");
	await press(page, "ArrowRight");
	await says(page, ".frame", /No frame caused this event/);
}));

test("the same as a table: numbers and messages of every place, which are buttons", () => replay("workQueue", {}, async (page) => {
	await page.click(".modes button:nth-child(2)");
	await says(page, ".places table:not([hidden]) caption", /After event 28/);
	const row = await page.$eval(".places tbody tr", (tr) => [...tr.cells].map((c) => c.textContent));
	assert.deepEqual(row, ["ordersqueue", "8", "–", "4", "–"]);
	assert.equal(await text(page, ".places .held"), "56789101112");
	assert.equal(await page.$eval(".picture", (e) => e.checkVisibility()), false);
	await page.click(".places [aria-label='message 9, ready']");
	await says(page, ".life h3", /message 9/);
	await page.focus(".track input");
	await press(page, "ArrowLeft");
	await says(page, ".places table:not([hidden]) caption", /After event 27/);
	assert.match(await page.$eval(".places", (e) => e.textContent), /workerconsumer, prefetch 1–1/);
}));

test("the picture is zoomed and moved by keyboard and by wheel with Ctrl; a plain wheel scrolls the page", () => replay("workQueue", {}, async (page) => {
	const scale = () => page.$eval(".picture svg > g", (g) => Number(/scale\(([\d.]+)\)/.exec(g.getAttribute("transform"))[1]));
	const x = () => page.$eval(".picture svg > g", (g) => Number(/translate\(([-\d.]+)/.exec(g.getAttribute("transform"))[1]));
	assert.equal(await scale(), 1);
	await page.focus(".picture .window");
	await press(page, "+", "+");
	assert.ok(await scale() > 1.5);
	const before = await x();
	await press(page, "ArrowRight");
	assert.ok(await x() < before);
	await press(page, "0");
	assert.equal(await scale(), 1);
	const box = await (await page.$(".picture .window")).boundingBox();
	await page.mouse.move(box.x + 40, box.y + 40);
	await page.mouse.wheel({ deltaY: -200 });
	assert.equal(await scale(), 1);
	await page.keyboard.down("Control");
	await page.mouse.wheel({ deltaY: -200 });
	await page.keyboard.up("Control");
	await page.waitForFunction(() => !/scale\(1\.0000\)/.test(document.querySelector(".picture svg > g").getAttribute("transform")));
	await page.click(".lenses button:nth-child(3)");
	assert.equal(await scale(), 1);
}));

test("what is dragged is moved, and a drag is no click", () => replay("workQueue", {}, async (page) => {
	await page.focus(".picture .window");
	await press(page, "+", "+", "+");
	const place = await (await page.$(".place[data-place='orders'] rect")).boundingBox();
	await page.mouse.move(place.x + 90, place.y + 10);
	await page.mouse.down();
	await page.mouse.move(place.x + 30, place.y + 5, { steps: 4 });
	await page.mouse.up();
	assert.equal(await page.$$eval(".chip", (c) => c.length), 0);
}));

test("play goes on by itself, at the chosen speed, and stops where a step is made", () => replay("workQueue", {}, async (page) => {
	await page.select(".speed", "64");
	await page.click(".play");
	await page.waitForFunction(() => Number(document.querySelector(".track input").value) > 30);
	await says(page, ".play", /Play/); // It has come to the end.
	await drawn(page);
	assert.match(await at(page), /^59 of 59/);
}));

test("ten thousand messages: few dots, the rest a number; the journal holds only the rows in sight", () => replay("tenThousand", {}, async (page) => {
	assert.match(await words(page), /audit: 10,000 ready/);
	const dots = await page.$$eval(".token[data-message]", (all) => all.length);
	const rests = await page.$$eval(".place .rest", (all) => all.map((e) => Number(e.textContent.replace(/\D/g, ""))));
	const said = 10_000 + 9_563 + 3 * 19 + 380; // In audit, in orders, at three workers, in the ledger.
	assert.equal(dots + rests.reduce((sum, n) => sum + n, 0), said);
	assert.ok(await page.$$eval(".token", (all) => all.length) < 60);
	assert.ok(await page.$$eval(".rows tr[data-index]", (all) => all.length) < 60);
	await page.focus(".rows tr[tabindex='0']");
	await press(page, "End");
	assert.match(await page.evaluate(() => document.activeElement.textContent), /#56\d{3}/);
	await press(page, "Home", "ArrowDown");
	assert.match(await page.evaluate(() => document.activeElement.textContent), /^#2/);
	assert.match(await at(page), /^2 of/);
}));

test("a message is seen to move from queue to worker; not by who wants no motion", async () => {
	const moves = (page) => page.evaluate(async () => {
		let most = 0;
		const count = () => { most = Math.max(most, document.getAnimations().filter((a) => a.effect.target.closest(".tokens")).length); };
		document.querySelector("[aria-label='Step back']").click();
		for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame); // It is drawn: two steps in one frame are none.
		document.querySelector("[aria-label='Step forward']").click();
		for (let i = 0; i < 6; i++) { await new Promise((r) => requestAnimationFrame(r)); count(); }
		return most;
	});
	await replay("tenThousand", {}, async (page) => assert.ok(await moves(page) > 0));
	await replay("tenThousand", { motion: "reduce" }, async (page) => assert.equal(await moves(page), 0));
});

test("a cluster: what a dead leader took with it, who reads, what is open; in tables, what matters of each kind", () => replay("cluster", {}, async (page) => {
	assert.match(await words(page), /orders\/0: led by node 2, in sync: 3, down: 1; 3 records, offsets 0–2;.*lost: 8/);
	assert.equal(await page.$eval(".token[data-message='8']", (t) => t.dataset.state), "dead");
	assert.deepEqual(await page.$$eval("text.reader", (all) => all.map((e) => e.textContent)), ["a-1", "b-2"]);
	assert.equal(await page.$$eval(".cell.open", (all) => all.length), 1);
	assert.ok(await page.$$eval("tr.proof", (all) => all.length) === 2);
	await page.click(".modes button:nth-child(2)");
	const tables = await page.$$eval(".player > .places table:not([hidden])", (all) => all.map((t) => [t.caption.textContent, ...[...t.tBodies[0].rows].map((r) => [...r.cells].map((c) => c.textContent).join(" | "))]));
	assert.deepEqual(tables, [
		["Nodes", "node-1 | down | –", "node-2 | up, controller | orders/0, 1", "node-3 | up | –"],
		["Partitions", "orders/0 | 2 | 2, 3 | 0 | 3 | 3", "135", "orders/1 | 2 | 2, 3 | 0 | 4 | 4", "2467"],
		["Consumer groups", "charges | stable | 2 | 1 | 4"],
		["Where groups are", "charges orders/0 | a-1 | 2 | 2 | 1", "charges orders/1 | b-2 | 1 | 1 | 3"],
		["Members", "a-1 | charges | orders/0", "b-2 | charges | orders/1"],
		["Transactions", "shop | open | orders/1"],
		["After event 65", "ledgerservice | – | – | 3 | –", "123"],
	]);
	await page.focus(".track input");
	await press(page, "End");
	assert.match(await page.$eval(".places", (e) => e.textContent), /rebalancing/);
}));

test("a retry that the broker throws away is seen, while it is the event", () => replay("cluster", {}, async (page) => {
	await page.select(".filters select", "kind:duplicate");
	await drawn(page);
	await page.focus(".track input");
	await press(page, "Home");
	assert.equal(await page.$$eval(".cell.dropped", (all) => all.length), 0);
	await click(page, "[aria-label^='Next marked']");
	assert.equal(await page.$$eval(".cell.dropped", (all) => all.length), 1);
	assert.equal(await page.$$eval(".token[data-message='6'][data-state='twice']", (all) => all.length), 1);
}));

/** Fingers on the page, as the browser itself hears them: what scrolls it does scroll it. */
async function fingers(page, ...steps) {
	const session = await page.createCDPSession();
	for (const [i, points] of steps.entries()) {
		await session.send("Input.dispatchTouchEvent", { type: i === 0 || points.length > steps[i - 1].length ? "touchStart" : "touchMove", touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
		await new Promise((r) => setTimeout(r, 16));
	}
	await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
	await drawn(page);
}

/** Brings an element into the middle of the screen, and gives its box when nothing above it moves any more. */
async function atRest(page, selector) {
	await stands(page, selector);
	await page.$eval(selector, (e) => e.scrollIntoView({ block: "center", behavior: "instant" }));
	return stands(page, selector);
}

const camera = (page) => page.$eval(".picture svg > g", (g) => {
	const [, x, y, scale] = /translate\(([-\d.]+) ([-\d.]+)\) scale\(([\d.]+)/.exec(g.getAttribute("transform")).map(Number);
	return { x, y, scale };
});
const line = (from, to, steps = 8) => Array.from({ length: steps + 1 }, (_, i) => [from[0] + ((to[0] - from[0]) * i) / steps, from[1] + ((to[1] - from[1]) * i) / steps]);

for (const scene of ["workQueue", "cluster"]) {
	test(`${scene} on a phone: two fingers zoom and move the picture, one moves it sideways and scrolls the page`, () => replay(scene, { ...phone, touch: true }, async (page) => {
		const box = await atRest(page, ".picture .window");
		const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
		const scrolled = () => page.evaluate(() => scrollY);
		const start = { ...(await camera(page)), top: await scrolled() };
		await fingers(page, ...line([0, 0], [60, 0]).map(([d]) => [[x - 20 - d / 2, y], [x + 20 + d / 2, y]]));
		const pinched = await camera(page);
		assert.ok(pinched.scale > start.scale * 1.6, `pinched from ${start.scale} to ${pinched.scale}`);
		assert.equal(await scrolled(), start.top, "a pinch is not for the page");
		assert.equal(await page.evaluate(() => visualViewport.scale), 1);
		assert.equal(await page.$eval(".touching", (e) => e.checkVisibility()), true);
		await fingers(page, ...line([x - 30, y], [x - 30, y + 40]).map(([a, b]) => [[a, b], [a + 60, b]]));
		assert.ok((await camera(page)).y > pinched.y + 10 || pinched.y > 0, "two fingers move it");
		assert.equal(await scrolled(), start.top);
		const before = await camera(page);
		await fingers(page, ...line([x + 40, y], [x - 60, y]).map((p) => [p]));
		assert.ok((await camera(page)).x < before.x - 20, "one finger moves it sideways");
		const at = await camera(page);
		await fingers(page, ...line([x, y + 60], [x, y - 90], 12).map((p) => [p]));
		await page.waitForFunction((top) => scrollY > top + 60, {}, start.top).catch(() => undefined);
		assert.ok(await scrolled() > start.top + 60, `one finger scrolls the page, also over a picture that is zoomed: ${start.top} to ${await scrolled()}`);
		assert.ok(Math.abs((await camera(page)).y - at.y) < 25);
		assert.equal(await page.$$eval(".chip", (c) => c.length), 0, "none of it is a tap");
	}));
}

test("on a phone the timeline is dragged by a finger, and a tap on a message shows its life", () => replay("cluster", { ...phone, touch: true }, async (page) => {
	const now = await page.$eval(".rows", (e) => ({ two: e.classList.contains("stacked"), pane: e.getBoundingClientRect().toJSON(), row: e.querySelector("tr[aria-current]").getBoundingClientRect().toJSON() }));
	assert.ok(now.two && now.row.height === 54, "an event has two lines");
	assert.ok(now.row.top >= now.pane.top && now.row.bottom <= now.pane.bottom, "the event that is shown is in view");
	const box = await atRest(page, ".track input");
	const y = box.y + box.height / 2;
	const max = await page.$eval(".track input", (e) => Number(e.max));
	await fingers(page, ...line([box.x + box.width - 12, y], [box.x + box.width / 2, y]).map((p) => [p]));
	await page.waitForFunction((low, high) => { const { value } = document.querySelector(".track input"); return value > low && value < high; }, {}, max * 0.4, max * 0.6).catch(() => undefined);
	const value = await page.$eval(".track input", (e) => Number(e.value));
	assert.ok(value > max * 0.4 && value < max * 0.6, `${value} of ${max}`);
	await atRest(page, ".picture .window");
	await new Promise((r) => setTimeout(r, 500)); // Two touches in a hurry are one gesture to a browser.
	await page.tap(".token[data-message='1']");
	await says(page, ".life h3", /message 1/);
}));

for (const lang of ["en", "ru"]) {
	for (const scheme of ["light", "dark"]) {
		test(`a cluster is accessible, ${lang}, ${scheme}: picture, life, frame, tables, filtered, nothing found, at the start`, () => visit(lab.replace("/en/", `/${lang}/`), { scene: "cluster", scheme }, async (page) => {
			await page.waitForSelector("tr[aria-current]");
			await accessible(page);
			await page.select(".filters select", "kind:lost");
			await drawn(page);
			await page.click(".token[data-message='1']");
			await page.waitForSelector(".life ol");
			await accessible(page);
			await page.click(".tabs-of :nth-child(3)");
			await page.click(".modes button:nth-child(2)");
			await accessible(page);
			await page.click(".tabs-of :nth-child(1)");
			await page.type(".filters input", "no such word");
			await page.waitForSelector(".rows .quiet:not([hidden])");
			await page.focus(".track input");
			await press(page, "Home");
			await accessible(page);
		}));
	}
}

for (const scene of ["workQueue", "fortyQueues"]) {
	for (const more of [{}, { scheme: "dark" }, phone, { ...phone, scheme: "dark" }]) {
		test(`${scene} is accessible, ${more.scheme ?? "light"}, ${more.width ?? 1440} wide: events, life, frame, table`, () => replay(scene, more, async (page) => {
			await accessible(page);
			await page.select(".filters select", "kind:routed");
			await accessible(page);
			await page.click(".ways-on button:not(:first-child), .ways-on button");
			await accessible(page);
			await page.click(".tabs-of :nth-child(3)");
			await page.click(".modes button:nth-child(2)");
			await accessible(page);
			await noOverflow(page);
		}));
	}
}

test("on a phone every control of the player is large enough to touch", () => replay("workQueue", phone, async (page) => {
	await page.click(".token[data-message='7']");
	await page.waitForSelector(".life ol");
	const small = await page.$$eval(".player :is(button, select, input)", (all) =>
		all.filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 36 && !e.closest(".rows")).map((e) => e.outerHTML.slice(0, 90)));
	assert.deepEqual(small, []);
}));
