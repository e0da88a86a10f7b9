/**
 * The reading pages: course, chapter page. They work without this script; it adds the
 * theme switch, copy buttons, the current section in the contents, progress, answers to
 * questions that leave the reader in place, scenes that can be watched, and terminals.
 */
import { addCopyButtons } from "./copy.ts";
import { followPlays } from "./plays.ts";
import { followQuizzes } from "./quiz.ts";
import { followTries } from "./tries.ts";
import { addThemeSwitch } from "./theme.ts";

addThemeSwitch(document.getElementById("theme"));
addCopyButtons(document);
followQuizzes(document);
followPlays(document, document.body.dataset);
followTries(document, document.body.dataset);
followSections(document.querySelector(".toc"));
followReading(document.querySelector("article"), document.body.dataset["page"]);
if ("live" in document.body.dataset) followAuthor();
showPlace(document.querySelector<HTMLElement>(".rail"));

/** Scrolls the rail, where it scrolls by itself, to the page that is open. */
function showPlace(rail: HTMLElement | null): void {
	const here = rail?.querySelector<HTMLElement>("[aria-current='page']");
	if (!rail || !here) return;
	const down = here.getBoundingClientRect().top - rail.getBoundingClientRect().top;
	if (down > rail.clientHeight * 0.8) rail.scrollTop = down - rail.clientHeight / 2;
}

/** Marks the section being read in the contents of the page: the last heading above the upper third. */
function followSections(toc: Element | null): void {
	const links = [...(toc?.querySelectorAll<HTMLAnchorElement>("a[href^='#']") ?? [])];
	const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
	if (links.length === 0) return;
	const mark = (): void => {
		const line = innerHeight / 3;
		const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
		let now = headings.findLastIndex((h) => h !== null && h.getBoundingClientRect().top <= line);
		if (atEnd) now = links.length - 1;
		links.forEach((link, i) => {
			if (i === Math.max(now, 0)) link.setAttribute("aria-current", "true");
			else link.removeAttribute("aria-current");
		});
	};
	const observer = new IntersectionObserver(mark, { rootMargin: "0px 0px -66% 0px", threshold: [0, 1] });
	for (const heading of headings) if (heading) observer.observe(heading);
	addEventListener("scrollend", mark, { passive: true });
	mark();
}

/** Shows what an author saved as soon as it is read: only where the server follows a folder. */
function followAuthor(): void {
	const source = new EventSource("/api/reload");
	source.onmessage = ({ data }: MessageEvent<string>) => {
		if ((JSON.parse(data) as { type?: string }).type === "reload") location.reload();
	};
	addEventListener("pagehide", () => source.close());
}

/** Tells the server that a page was opened, and that it was read once its end has been in view. */
function followReading(article: Element | null, page: string | undefined): void {
	if (!article || !page) return;
	tell(page, "open");
	const end = article.querySelector(".turn") ?? article.lastElementChild;
	if (!end) return;
	const observer = new IntersectionObserver((seen) => {
		if (!seen.some((s) => s.isIntersecting)) return;
		observer.disconnect();
		tell(page, "read");
	});
	observer.observe(end);
}

/** Progress is a courtesy: a page that cannot tell is still read. */
function tell(page: string, state: "open" | "read"): void {
	const body = JSON.stringify({ page, state });
	const headers = { "Content-Type": "application/json" };
	fetch("/api/progress", { method: "POST", headers, body, keepalive: true }).catch(() => undefined);
}
