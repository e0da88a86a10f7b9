// Takes pictures of the pages into static/shots: node dev/shots.mjs [name…]
import { mkdirSync } from "node:fs";
import puppeteer from "puppeteer-core";
import { start } from "./server.mjs";

const sizes = { wide: [1440, 900], phone: [390, 844], half: [1000, 800] };
const paths = { course: "/en/", chapter: "/en/rabbitmq/acknowledgements", everything: "/ru/rabbitmq/everything", lab: "/en/labs/rabbitmq/work-queue" };
const only = process.argv.slice(2);

mkdirSync("shots", { recursive: true });
const server = await start(0);
const base = `http://127.0.0.1:${server.address().port}`;
const browser = await puppeteer.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
for (const [name, path] of Object.entries(paths)) {
	for (const [size, [width, height]] of Object.entries(sizes)) {
		for (const theme of ["light", "dark"]) {
			const file = `${name}-${size}-${theme}`;
			if (only.length > 0 && !only.some((o) => file.startsWith(o))) continue;
			const page = await browser.newPage();
			page.on("console", (m) => m.type() === "error" && console.log(file, m.text()));
			page.on("pageerror", (e) => console.log(file, e.message));
			await page.setViewport({ width, height });
			await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
			await page.goto(base + path, { waitUntil: "load" });
			if (name === "lab") await submitAndWait(page);
			await page.screenshot({ path: `shots/${file}.png`, fullPage: size === "phone" });
			await page.close();
		}
	}
}
await browser.close();
server.closeAllConnections();
server.close();

async function submitAndWait(page) {
	await new Promise((r) => setTimeout(r, 600));
	await page.click("#run");
	await new Promise((r) => setTimeout(r, 3500));
	await page.click("#submit");
	await new Promise((r) => setTimeout(r, 2500));
}
