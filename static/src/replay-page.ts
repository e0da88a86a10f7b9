/**
 * The replay page, and the file that is exported from it: one run of an attempt in the player,
 * with the student's source beside it. In the file the recording is in the page; else it is
 * fetched. The address always names the event that is shown, so it can be passed on.
 */
import { call } from "./call.ts";
import { el } from "./dom.ts";
import { Lights } from "./light.ts";
import { voiceOfPage } from "./strings.ts";
import { addThemeSwitch } from "./theme.ts";
import { History } from "./view/history.ts";
import { Player } from "./view/player.ts";
import { Source } from "./view/source.ts";
import type { Recording } from "./view/types.ts";

const page = document.body.dataset;
const player = document.getElementById("player")!;

addThemeSwitch(document.getElementById("theme"));
addRunChoice();
addCopyLink();
void open();

async function open(): Promise<void> {
	try {
		show(await recording());
	} catch (problem) {
		player.replaceChildren(el("p", { class: "quiet", role: "alert" }, page["failed"] ?? ""));
		console.warn(problem);
	}
}

async function recording(): Promise<Recording> {
	const inside = document.getElementById("recording")?.textContent;
	if (inside) return JSON.parse(inside) as Recording;
	return call("GET", `/api/attempts/${page["attempt"]}/recordings/${encodeURIComponent(page["schedule"] ?? "")}`, document.documentElement.lang);
}

function show(rec: Recording): void {
	const lights = new Lights();
	const source = new Source(document.getElementById("source")!, rec.files ?? [], lights);
	const asked = Number(address().get("at"));
	const history = new History(rec);
	let moved = false; // Away from where the page was opened.
	const view = new Player(player, {
		say: voiceOfPage(), lights, line: (file, line) => source.show(line, file),
		moved: (_, event) => {
			if (moved && event) remember(event.seq);
			moved = true;
		},
	});
	view.load(history, asked > 0 && history.event(history.indexOf(asked)) ? { ...rec, at: asked } : rec);
}

/** What the address says: a file has no query that survives, so there it is the fragment. */
function address(): URLSearchParams {
	return new URLSearchParams(location.protocol === "file:" ? location.hash.slice(1) : location.search);
}

let waiting = 0;

/** Keeps the address at the event that is shown, at most a few times a second: browsers allow no more. */
function remember(seq: number): void {
	clearTimeout(waiting);
	waiting = window.setTimeout(() => {
		const at = `at=${seq}`;
		history.replaceState(null, "", location.protocol === "file:" ? `#${at}` : `?${at}`);
		for (const link of document.querySelectorAll<HTMLAnchorElement>(".lang a")) link.search = at;
	}, 250);
}

/** Another run of the attempt is another page. */
function addRunChoice(): void {
	const choice = document.getElementById("run") as HTMLSelectElement | null;
	choice?.addEventListener("change", () => location.assign(choice.value));
}

function addCopyLink(): void {
	const button = document.getElementById("copy");
	if (!button) return;
	button.hidden = !navigator.clipboard; // The address bar holds the link in any case.
	const words = button.textContent ?? "";
	button.addEventListener("click", async () => {
		await navigator.clipboard.writeText(location.href);
		button.textContent = button.dataset["copied"] ?? words;
		setTimeout(() => (button.textContent = words), 1500);
	});
}
