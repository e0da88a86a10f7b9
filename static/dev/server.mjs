// A stand-in for the server, to work on the pages without it: the skeletons in dev/pages
// with the built assets, under the real Content-Security-Policy, and an API that pretends.
// Nothing here is embedded in the product.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { api } from "./api.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const kinds = { ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

const pages = [
	[/^\/(en|ru)\/$/, "course.html"],
	[/^\/(en|ru)\/labs\/[^/]+\/[^/]+$/, "lab.html"],
	[/^\/(en|ru)\/[^/]+\/[^/]+$/, "chapter.html"],
];

/** A file of the built page, as it is now. */
const fromDist = (name) => readFileSync(join(here, "../dist", name));

/**
 * Starts the stand-in on a port (0 for any) and returns the server. For `scene` and `wait` see api.mjs;
 * `read` gives the files of the built page.
 */
export function start(port, scene = "", wait = undefined, read = fromDist) {
	const backend = api(scene, wait);
	const server = createServer((req, res) => {
		const url = new URL(req.url, "http://localhost");
		if (url.pathname.startsWith("/api/")) return backend(req, res, url);
		if (url.pathname.startsWith("/static/")) return asset(res, url.pathname.slice(8), read);
		page(req, res, url, read);
	});
	return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

function asset(res, name, read) {
	res.setHeader("Content-Type", kinds[extname(name)] ?? "application/octet-stream");
	res.end(read(name));
}

function page(req, res, url, read) {
	const found = pages.find(([path]) => path.test(url.pathname));
	if (!found) {
		res.statusCode = 404;
		return res.end("no such page");
	}
	const lang = url.pathname.slice(1, 3);
	const manifest = JSON.parse(read("manifest.json").toString());
	const values = Object.fromEntries(Object.entries(manifest).map(([name, file]) => [name, "/static/" + file]));
	values.nonce = randomBytes(12).toString("base64");
	values.theme = /theme=(light|dark)/.exec(req.headers.cookie ?? "")?.[1] ?? "";
	values.strings = readFileSync(join(here, `../i18n/${lang}.json`), "utf8");
	let html = readFileSync(join(here, "pages", found[1]), "utf8").replace(/\{\{([^}]+)\}\}/g, (_, name) => values[name] ?? "");
	if (url.pathname.endsWith("/everything")) {
		const prose = readFileSync(join(here, `../../course/testdata/everything.${lang}.html`), "utf8");
		html = html.replace(/<div class="prose">[\s\S]*?\n  <\/div>/, () => `<div class="prose">${prose}</div>`);
	}
	if (lang === "ru") html = html.replace('<html lang="en"', '<html lang="ru"').replace('data-lang="en"', 'data-lang="ru"');
	res.setHeader("Content-Security-Policy", "default-src 'none'; script-src 'self'; " +
		`style-src 'self' 'nonce-${values.nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`);
	res.setHeader("Content-Type", "text/html; charset=utf-8");
	res.end(html);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const server = await start(Number(process.env.PORT ?? 7171), process.env.SCENE);
	console.log(`http://127.0.0.1:${server.address().port}/en/`);
}
