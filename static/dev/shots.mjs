// Takes pictures of the pages into static/shots, or the folder in SHOTS: node dev/shots.mjs [name…]
// The view is taken in states that no lab of the course reaches: forty queues, ten thousand messages.
import { mkdirSync } from "node:fs";
import puppeteer from "puppeteer-core";
import { start } from "./server.mjs";

const folder = process.env.SHOTS ?? "shots";
const only = process.argv.slice(2);
const lab = "/labs/rabbitmq/work-queue";
const pages = {
	course: { path: "/" },
	chapter: { path: "/rabbitmq/acknowledgements" },
	everything: { path: "/rabbitmq/everything", lang: "ru" },
	lab: { path: lab, act: submitted },
	"view-replay": { path: lab, scene: "workQueue", act: (page) => step(page, "ArrowRight") },
	"view-life": { path: lab, scene: "workQueue", act: (page) => page.click(".token[data-message='7']") },
	"view-frame": { path: lab, scene: "workQueue", act: (page) => page.click(".tabs-of :nth-child(3)") },
	"view-table": { path: lab, scene: "workQueue", lang: "ru", act: (page) => page.click(".modes :nth-child(2)") },
	"view-40-queues": { path: lab, scene: "fortyQueues" },
	"view-10000": { path: lab, scene: "tenThousand", lang: "ru" },
};
const sizes = [[390, 844], [820, 1180], [1440, 900]];

mkdirSync(folder, { recursive: true });
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
for (const [name, page] of Object.entries(pages)) {
	if (only.length > 0 && !only.some((o) => name.startsWith(o))) continue;
	const server = await start(0, page.scene);
	for (const [width, height] of sizes) for (const theme of ["light", "dark"]) await shoot(name, page, server.address().port, width, height, theme);
	server.closeAllConnections();
	server.close();
}
await browser.close();

async function shoot(name, { path, lang = "en", scene, act }, port, width, height, theme) {
	const page = await browser.newPage();
	page.on("console", (m) => m.type() === "error" && console.log(name, m.text()));
	page.on("pageerror", (e) => console.log(name, e.message));
	await page.setViewport({ width, height });
	await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
	await page.goto(`http://127.0.0.1:${port}/${lang}${path}`, { waitUntil: "load" });
	if (scene) await page.waitForSelector("tr[aria-current]");
	await act?.(page);
	await new Promise((r) => setTimeout(r, 700));
	if (scene && width < 768) await page.evaluate(() => document.querySelector("#state").scrollIntoView());
	await page.screenshot({ path: `${folder}/${name}-${lang}-${width}-${theme}.png`, fullPage: width < 768 && !scene });
	await page.close();
}

async function submitted(page) {
	await page.waitForSelector(".cm-content");
	await page.click("#run");
	await new Promise((r) => setTimeout(r, 3500));
	await page.click("#submit");
	await page.waitForSelector("tr[aria-current]");
}

async function step(page, key) {
	await page.focus(".track input");
	await page.keyboard.press(key);
}
