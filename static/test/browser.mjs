// A student's path through the pages in a real browser, against the stand-in server under the
// product's Content-Security-Policy. Any error in the console fails it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, comes, lab, noOverflow, open, says, settled, stands, text, visit } from "./visit.mjs";

const source = (page) => page.evaluate(() => fetch("/api/labs/rabbitmq/work-queue").then((r) => r.json()).then((l) => l.files[0].text));

/** Types at the start of the program. */
async function type(page, what) {
	await page.click(".cm-line");
	await page.keyboard.down("Control");
	await page.keyboard.press("Home");
	await page.keyboard.up("Control");
	await page.keyboard.type(what);
}

for (const path of ["/en/", "/en/rabbitmq/acknowledgements", lab]) {
	for (const [scheme, width] of [["light", 1440], ["dark", 1440], ["light", 390], ["dark", 390]]) {
		test(`${path} is accessible, ${scheme}, ${width} wide`, () => visit(path, { scheme, width }, async (page) => {
			if (path === lab) {
				await says(page, ".compiles", /compiles/);
				await page.click("#submit");
				await page.waitForSelector("tr[aria-current]");
			}
			await accessible(page);
			await noOverflow(page);
		}));
	}
}

test("the reading page needs no script", () => visit("/en/", {}, async (page) => {
	await page.setJavaScriptEnabled(false);
	await page.goto(`${page.base}/en/rabbitmq/acknowledgements`);
	assert.match(await text(page, "article"), /The right moment/);
	assert.equal(await page.$eval(".rail", (e) => getComputedStyle(e).display), "block");
}));

test("on paper a lesson and a lab are one column, dark on white, with what was written", () => visit("/en/rabbitmq/acknowledgements", { scheme: "dark", width: 720 }, async (page) => {
	const ground = () => page.evaluate(() => [getComputedStyle(document.documentElement).backgroundColor, document.documentElement.scrollWidth <= innerWidth].join());
	await page.emulateMediaType("print");
	assert.equal(await ground(), "rgb(255, 255, 255),true");
	assert.equal(await page.$eval(".rail", (e) => e.checkVisibility()), false);
	assert.equal(await page.$eval("article", (e) => e.getBoundingClientRect().left < 40), true);
	await page.emulateMediaType("screen");
	await open(page, lab);
	await type(page, "// mine\n");
	await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
	assert.equal(await page.$eval("#printed", (e) => e.checkVisibility()), false);
	await page.emulateMediaType("print");
	assert.equal(await ground(), "rgb(255, 255, 255),true");
	assert.match(await text(page, "#printed"), /^main\.go\/\/ mine\n\/\/ The worker/);
	assert.deepEqual(await page.evaluate(() => ["#text h1", "#printed pre", "#editor", ".top", "#state"].map((s) => document.querySelector(s).checkVisibility())), [true, true, false, false, false]);
	assert.equal(await page.$eval("#text", (e) => e.scrollHeight <= e.clientHeight + 1), true);
}));

test("the theme is chosen and stays", () => visit("/en/rabbitmq/acknowledgements", {}, async (page) => {
	const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
	const light = await ground();
	await page.click("#theme button");
	await page.click("#theme button");
	assert.equal(await text(page, "#theme button"), "Dark");
	assert.notEqual(await ground(), light);
	await open(page);
	assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
	await page.click("#theme button");
	assert.equal(await ground(), light);
}));

test("the contents follow the reader, and the end counts as read", () => visit("/en/rabbitmq/acknowledgements", { height: 600 }, async (page) => {
	await says(page, ".toc [aria-current]", /^What the broker keeps$/);
	const read = page.waitForRequest((r) => r.url().endsWith("/api/progress") && /"read"/.test(r.postData()));
	await page.evaluate(() => scrollTo({ top: document.body.scrollHeight, behavior: "instant" }));
	await says(page, ".toc [aria-current]", /How many at a time/);
	await read;
}));

test("an error shows while typing, is reached by keyboard, and goes when mended", () => visit(lab, {}, async (page) => {
	await says(page, ".compiles", /✓ compiles/);
	await type(page, "");
	await page.keyboard.sendCharacter("oops "); // In one piece, so that there is one check: a later one writes the problems anew.
	await says(page, ".compiles", /1 problem/);
	await page.waitForSelector(".cm-lintRange-error");
	await page.click(".compiles");
	await says(page, ".problems", /main.go:1:1 undefined: oops/);
	await page.focus(".problems button");
	await page.keyboard.press("Enter");
	assert.equal(await page.evaluate(() => document.activeElement.classList.contains("cm-content")), true);
	for (let i = 0; i < 5; i++) await page.keyboard.press("Delete");
	await says(page, ".compiles", /✓ compiles/);
	await says(page, "#status", /built/);
	await says(page, "#status", /0.4 s/);
}));

test("why there is no real broker is said to whoever asks for one, by keyboard too", () => visit(lab, {}, async (page) => {
	await says(page, "#backend", /in a container/);
	assert.equal(await page.$eval("#backend-note", (note) => note.checkVisibility()), false);
	assert.equal(await page.$eval("#backend button", (b) => b.getAttribute("aria-pressed")), "true");
	await page.focus("#backend button:last-of-type");
	assert.equal(await page.evaluate(() => document.getElementById(document.activeElement.getAttribute("aria-describedby")).textContent.includes("Docker")), true);
	await page.keyboard.press("Enter");
	assert.equal(await page.$eval("#backend-note", (note) => note.checkVisibility() && /Docker does not answer/.test(note.textContent)), true);
	assert.equal(await page.$eval("#backend button", (b) => b.getAttribute("aria-pressed")), "true");
	assert.doesNotMatch(await text(page, "#status"), /starting/);
	await page.keyboard.press("Enter");
	assert.equal(await page.$eval("#backend-note", (note) => note.checkVisibility()), false);
}));

test("completion offers what the server knows", () => visit(lab, {}, async (page) => {
	await type(page, "d.");
	await page.waitForSelector(".cm-tooltip-autocomplete");
	assert.match(await text(page, ".cm-tooltip-autocomplete"), /Nack/);
}));

test("line numbers stay in view while the cursor moves", () => visit(lab, {}, async (page) => {
	const left = () => page.$eval(".cm-gutters", (e) => e.getBoundingClientRect().left - document.querySelector("#edit").getBoundingClientRect().left);
	assert.equal(await left(), 0);
	await page.click(".cm-line");
	await page.keyboard.down("Control");
	await page.keyboard.press("End");
	await page.keyboard.up("Control");
	await page.keyboard.type("// a line that is a good deal longer than the pane of the editor is wide, so that the text has to move to the left");
	assert.equal(await left(), 0);
}));

test("Tab indents; Escape and then Tab leaves the editor", () => visit(lab, {}, async (page) => {
	await type(page, "");
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.classList.contains("cm-content")), true);
	await page.keyboard.press("Escape");
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.classList.contains("cm-content")), false);
}));

test("Run by keyboard: output as it comes, the picture, the journal, where it waits, how it ended", () => visit(lab, { held: true }, async (page) => {
	await type(page, "");
	await page.keyboard.down("Control");
	await page.keyboard.press("Enter");
	await page.keyboard.up("Control");
	await says(page, "#run", /Stop/);
	await page.pass(600);
	await says(page, ".print", /order 1 charged/);
	assert.doesNotMatch(await text(page, ".print"), /\x1b|\[32m|order 2/);
	await page.pass(2000);
	await says(page, "#status", /waiting in Channel.Consume, line 38/);
	await page.pass();
	await says(page, "#status", /ended/);
	await says(page, ".print .end", /The program has ended/);
	await says(page, "#run", /Run/);
	await settled(page);
	assert.match(await page.$eval(".picture .window", (e) => e.getAttribute("aria-label")), /ledger: 8 done/);
	assert.equal(await page.$eval(".rows table", (table) => table.ariaRowCount), "27");
	await page.select(".filters select", "kind:effect");
	await page.waitForFunction(() => document.querySelector(".rows table").ariaRowCount === "9");
	await page.click(".rows tr[data-index]:nth-child(5) td");
	await says(page, ".cm-lit", /if err := Charge/);
	assert.equal(await page.$$eval(".place.lit", (p) => p.map((e) => e.dataset.place).join()), "ledger");
}));

test("a run can be stopped", () => visit(lab, { held: true }, async (page) => {
	await page.click("#run");
	await page.pass(600);
	await says(page, ".print", /order 1/);
	await page.click("#run");
	await says(page, "#status", /ended/);
	await says(page, ".print .end", /stopped by you/);
	await says(page, "#run", /Run/);
}));

test("a run that finds the queues empty says so, and puts the messages back", () => visit(lab, {}, async (page) => {
	await page.click("#run");
	await says(page, "#status", /ended/);
	assert.equal(await page.$(".print .btn"), null);
	await page.click("#run");
	await says(page, "#status", /nothing was waiting/);
	await says(page, ".print", /The queues were already empty/);
	await page.click(".print .btn");
	await says(page, ".print", /order 8 charged/);
	await says(page, "#status", /ended\d/);
	assert.equal(await page.$(".print .btn"), null);
}));

test("Submit: the sentence, the strip, why, the hint, the replay, the events; and all of it after a reload", () => visit(lab, { held: true }, async (page) => {
	await page.waitForSelector("#verdict .quiet");
	await page.click("#submit");
	await page.pass(300);
	await says(page, "#status", /grading, 10 of 25/);
	await page.pass();
	await says(page, "#verdict h2", /Order 4 was lost/);
	const check = async () => {
		await page.waitForSelector("tr[aria-current]");
		await settled(page);
		assert.equal(await page.$$eval(".strip button.failed", (b) => b.length), 4);
		assert.match(await text(page, ".said"), /4. Crash after ack 4: order 4 lost$/);
		assert.match(await text(page, ".cm-dead"), /d.Ack/);
		assert.equal(await page.$eval("[data-task='2']", (e) => e.className), "task no");
		assert.match(await text(page, "tr[aria-current]"), /tag 4: the broker forgets message 4/);
	};
	await check();
	await page.focus(".strip [tabindex='0']");
	await page.keyboard.press("ArrowRight");
	assert.match(await text(page, ".said"), /5. Crash after ack 5: nothing lost/);
	const fifth = page.waitForRequest((r) => /\/api\/attempts\/\d+\/recordings\/p5/.test(r.url()));
	await page.keyboard.press("Enter");
	await fifth;
	await says(page, ".runs [aria-pressed=true]", /Fault 5/);
	assert.match(await page.$eval(".open-replay", (a) => a.href), /\/p5$/);
	await page.keyboard.press("ArrowRight");
	await page.keyboard.press("Enter");
	await says(page, ".said", /6. .* What happened in this run is not kept/);
	await says(page, ".runs [aria-pressed=true]", /Fault 5/);
	await page.keyboard.press("ArrowLeft");
	await page.keyboard.press("ArrowLeft");
	await page.keyboard.press("Enter");
	await says(page, ".runs [aria-pressed=true]", /The failing run/);
	const hint = page.waitForRequest((r) => r.url().includes("/api/hints/rabbitmq/work-queue") && r.postData() === '{"task":2,"tier":1}');
	await page.click(".hint summary");
	await hint;
	await page.waitForSelector(".hint:nth-of-type(2):not([hidden])");
	await page.click(".hint:nth-of-type(2) summary");
	assert.equal(await text(page, ".hint:nth-of-type(2) em"), "does");
	await page.click(".why .line");
	assert.equal(await page.evaluate(() => document.activeElement.classList.contains("cm-content")), true);
	await page.click(".checks summary");
	assert.match(await text(page, ".checks li.fail p"), /line 13 \(ledger\.go\) was not reached/);
	await page.evaluate(() => [...document.querySelectorAll(".checks .line")].find((b) => b.textContent === "line 13").click());
	assert.equal(await text(page, "#tabs [aria-selected=true]"), "ledger.goread only");
	await says(page, ".cm-activeLine", /body, err := json.Marshal/);
	await page.click(".why .line");
	assert.equal(await text(page, "#tabs [aria-selected=true]"), "main.go");
	await page.click("[aria-label='Step forward']");
	await says(page, "tr[aria-current]", /crash/);
	await page.waitForSelector(".place.crashed");
	assert.match(await page.$eval(".picture .window", (e) => e.getAttribute("aria-label")), /worker: died holding 4/);
	await open(page);
	await says(page, "#verdict h2", /Order 4 was lost/);
	await check();
}));

test("what stands under a verdict stays where it is while the next one is awaited", () => visit(lab, { held: true }, async (page) => {
	await says(page, ".compiles", /compiles/);
	await page.click("#submit");
	await page.pass();
	await says(page, "#verdict h2", /Order 4 was lost/);
	await page.waitForSelector("tr[aria-current]");
	await page.evaluate(() => {
		window.seen = new Set();
		new MutationObserver(() => window.seen.add(document.querySelector("#state").offsetTop)).observe(document.querySelector("#verdict"), { childList: true });
	});
	await settled(page);
	const at = await page.$eval("#state", (e) => e.offsetTop);
	await page.click("#submit");
	await page.waitForFunction(() => document.querySelector("#verdict").dataset.status === "none");
	await page.pass();
	await says(page, "#verdict h2", /Order 4 was lost/);
	assert.deepEqual(await page.evaluate(() => [...window.seen]), [at]);
	assert.equal(await page.$eval("#verdict", (e) => e.style.minHeight), "");
}));

test("a screen reader is told that it is graded and how it ended, and neither each step nor each save", () => visit(lab, {}, async (page) => {
	await says(page, "#status .word", /^built$/); // What is built as the page opens is told, too.
	const live = (part) => page.$eval(`#status .${part}`, (e) => e.getAttribute("aria-live"));
	assert.equal(await live("save"), "off");
	await page.evaluate(() => {
		window.told = [];
		new MutationObserver(() => document.querySelector("#status .word").getAttribute("aria-live") === "polite" && window.told.push(document.querySelector("#status .word").textContent)).observe(document.querySelector("#status .word"), { childList: true, characterData: true, subtree: true });
	});
	await page.click("#submit");
	await says(page, "#status .word", /graded: Order 4 was lost/);
	assert.deepEqual(await page.evaluate(() => window.told), ["waiting for a free place", "graded: Order 4 was lost"]);
	await page.setOfflineMode(true);
	await type(page, "// offline\n");
	await page.waitForFunction(() => { const save = document.querySelector("#status .save"); return /kept in this browser/.test(save.textContent) && save.getAttribute("aria-live") === "polite"; });
	page.expected(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
}));

test("what is typed is saved, and there after a reload", () => visit(lab, {}, async (page) => {
	await type(page, "// mine\n");
	await says(page, "#status", /Saved/);
	await page.waitForFunction(() => localStorage.getItem("draft:rabbitmq/work-queue") === null);
	await open(page);
	await says(page, ".cm-content", /\/\/ mine/);
}));

test("what is typed at the very end is saved as the page goes away", () => visit(lab, {}, async (page) => {
	await type(page, "");
	await page.keyboard.sendCharacter("// last words ");
	await open(page, "/en/");
	await comes("what was typed last", async () => /last words/.test(await source(page)));
}));

test("without a connection the work is kept, said so, and saved later", () => visit(lab, {}, async (page) => {
	await says(page, ".compiles", /compiles/);
	await page.setOfflineMode(true);
	await type(page, "// offline\n");
	await says(page, "#status", /kept in this browser/);
	await page.setOfflineMode(false);
	await says(page, "#status", /Saved/);
	assert.match(await source(page), /offline/);
	page.expected(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
}));

test("without a connection Run says so in the page's own words, and the words go with the cause", () => visit(lab.replace("/en/", "/ru/"), {}, async (page) => {
	await says(page, ".compiles", /компилируется/);
	await page.setOfflineMode(true);
	await page.click("#run");
	await says(page, "#status .word", /^Нет связи с brokerlab. Он ещё запущен\?$/);
	await page.setOfflineMode(false);
	await type(page, "// online\n");
	await says(page, "#status .word", /^(готово|сборка|собрано)$/);
	page.expected(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
}));

test("a verdict stands beside its own output, not beside an earlier run's", () => visit(lab, {}, async (page) => {
	await page.click("#run");
	await says(page, ".print .end", /The program has ended/);
	await page.click("#submit");
	await says(page, "#verdict h2", /Order 4 was lost/);
	await says(page, ".print", /The last output of the run that failed:/);
	await says(page, ".print", /panic: no such order/);
	assert.doesNotMatch(await text(page, ".print"), /has ended|charged/);
}));

test("who submits by keyboard keeps the focus, and Tab and Enter lead to the verdict", () => visit(lab, { held: true }, async (page) => {
	await page.focus("#submit");
	await page.keyboard.press("Enter");
	await page.pass(300);
	await says(page, "#status", /grading/);
	const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
	assert.equal(await focused(), "submit");
	await page.pass();
	await page.waitForSelector(".strip");
	assert.equal(await focused(), "submit");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	assert.equal(await focused(), "verdict");
	await page.waitForSelector(".rows tr[data-index]");
	assert.equal(await page.$$eval(".rows tr[tabindex='0']", (rows) => rows.length), 1);
}));

test("typing over the whole program leaves nothing in the console", () => visit(lab, {}, async (page) => {
	await type(page, "");
	await page.keyboard.down("Control");
	await page.keyboard.press("a");
	await page.keyboard.up("Control");
	await page.keyboard.type("package main");
	assert.equal(await text(page, ".cm-content"), "package main");
	await page.keyboard.down("Control");
	await page.keyboard.press("z");
	await page.keyboard.up("Control");
	await says(page, ".cm-content", /func main/);
}));

test("on a reload the picture is at once where the verdict lets it be", () => visit(lab, { scene: "workQueue" }, async (page) => {
	await page.waitForSelector("#verdict h2");
	await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith("verdict-room")));
	await page.evaluateOnNewDocument(() => {
		window.moved = [];
		new PerformanceObserver((list) => {
			for (const { sources } of list.getEntries()) for (const { node, previousRect, currentRect } of sources) if (node?.id === "state") window.moved.push(currentRect.top - previousRect.top);
		}).observe({ type: "layout-shift", buffered: true });
	});
	await open(page);
	await page.waitForSelector("#verdict h2");
	await page.waitForSelector("#state .timeline");
	await page.waitForSelector("tr[aria-current]");
	await settled(page);
	assert.deepEqual(await page.evaluate(() => window.moved), []);
}));

test("a pointer over the code takes no letter from who types", () => visit(lab, {}, async (page) => {
	await type(page, "");
	await page.evaluate(() => document.addEventListener("input", () => {
		const line = document.querySelector(".cm-line");
		const { left, top } = line.getBoundingClientRect();
		line.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, clientX: left + 4, clientY: top + 4 }));
	}, true));
	await page.keyboard.type("// Every letter of this line is there in the end.\n");
	await says(page, ".cm-line", /^\/\/ Every letter of this line is there in the end\.$/);
}));

test("a draft changed in another window is a choice, and nothing is lost", () => visit(lab, {}, async (page) => {
	await says(page, ".compiles", /compiles/);
	await page.evaluate(() => fetch("/api/labs/rabbitmq/work-queue/draft", { method: "PUT", body: JSON.stringify({ files: [{ name: "main.go", text: "// theirs" }], base: 1 }) }));
	await type(page, "// mine\n");
	await page.waitForSelector("dialog[open]");
	assert.equal(await page.evaluate(() => document.activeElement.tagName), "H2");
	assert.match(await text(page, "dialog"), /The two differ in \d+ lines\..*This one, typed/);
	await page.click("dialog button[value=theirs]");
	await says(page, ".cm-content", /^\/\/ theirs$/);
	await says(page, "#status", /Saved/);
	page.expected(/409/);
}));

test("Reset keeps a snapshot that can be restored", () => visit(lab, {}, async (page) => {
	await type(page, "// mine\n");
	await page.click("#reset");
	assert.equal(await page.evaluate(() => document.activeElement.tagName), "H2");
	await page.click("dialog .choice button");
	await page.waitForFunction(() => !document.querySelector("dialog"));
	assert.doesNotMatch(await text(page, ".cm-content"), /mine/);
	await page.click("#reset");
	await page.waitForSelector(".snapshots button");
	await page.click(".snapshots button");
	await says(page, ".cm-content", /\/\/ mine/);
}));

test("the plain field holds the same program and is remembered", () => visit(lab, {}, async (page) => {
	await page.click(".mode");
	await page.type("textarea.plain", "// plain\n");
	await says(page, "#status", /Saved/);
	await open(page);
	await page.waitForSelector("textarea.plain");
	assert.match(await page.$eval("textarea.plain", (e) => e.value), /\/\/ plain/);
	await page.click(".mode");
	await says(page, ".cm-content", /\/\/ plain/);
}));

test("panes are sized by keyboard, and the size stays", () => visit(lab, {}, async (page) => {
	const width = () => page.$eval("#text", (e) => Math.round(e.getBoundingClientRect().width));
	const first = await width();
	await page.focus("[role=separator][aria-controls=text]");
	await page.keyboard.press("ArrowRight");
	const wider = await width();
	assert.ok(wider > first);
	await open(page);
	assert.equal(await width(), wider);
}));

test("a file of the lab is read only", () => visit(lab, {}, async (page) => {
	await page.click("#tabs [role=tab]:nth-child(2)");
	await says(page, ".cm-content", /Charge tells the ledger/);
	await page.click(".cm-line");
	await page.keyboard.type("x");
	assert.doesNotMatch(await text(page, ".cm-content"), /^x/);
}));

test("on a phone the verdict comes into view, and the page stays there", () => visit(lab, { width: 390, height: 844 }, async (page) => {
	await page.click("#submit");
	await page.waitForSelector("tr[aria-current]");
	const inView = () => { const { top } = document.querySelector("#verdict").getBoundingClientRect(); return top > 80 && top < 300; };
	await page.waitForFunction(inView);
	const { top } = await stands(page, "#verdict");
	assert.ok(await page.evaluate(inView), `the verdict begins at ${top}`);
}));

test("on a phone every control is large enough to touch", () => visit(lab, { width: 390, height: 844 }, async (page) => {
	await page.click("#submit");
	await page.waitForSelector("tr[aria-current]");
	await settled(page);
	const small = await page.$$eval("header button, header a:not(.skip), .tabs button, .moves button, .moves select, .views button, .filters select, .lenses button, .problems button", (all) =>
		all.filter((e) => e.offsetParent && e.getBoundingClientRect().height < 36).map((e) => e.outerHTML.slice(0, 80)));
	assert.deepEqual(small, []);
}));

test("Russian says everything in Russian", () => visit(lab.replace("/en/", "/ru/"), { held: true }, async (page) => {
	await says(page, ".compiles", /компилируется/);
	await page.click("#run");
	await page.pass(2600);
	await says(page, "#status", /ждёт в Channel.Consume, строка 38/);
	await settled(page);
	assert.match(await page.$eval(".rows", (e) => e.textContent), /списан/);
	assert.doesNotMatch(await page.$eval(".rows", (e) => e.textContent), /[a-z]+\.[a-z]+\b(?<!orders\.dead)/);
}));
