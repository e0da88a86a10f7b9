/**
 * Bindings while they are written: the picture of what the file says now, the lab's table with what
 * comes of it, and keys to publish. A file that cannot be read leaves the last picture where it is
 * and says why. The server plays it all on the miniature's own model; nothing is run.
 */
import { type Api, problemInWords } from "./api.ts";
import { el } from "./dom.ts";
import { Pace } from "./pace.ts";
import { isRight, type Kind, kindOf, marks } from "./reached.ts";
import type { Say } from "./strings.ts";
import type { SourceFile, Tried, TriedKey } from "./types.ts";
import { History } from "./view/history.ts";
import { Player } from "./view/player.ts";

const rest = 250; // Milliseconds from the last key to a new picture.
const mostKeys = 24; // That the server publishes at once.

type View = "write" | "broker";

export interface RoutingOptions {
	api: Api;
	say: Say;
	files(): readonly SourceFile[];
	/** Goes to a line of a file. */
	line(line: number, file: string): void;
	/** What shows the broker of the page: stands in the same place, and takes turns. */
	stage: HTMLElement;
}

export class Routing {
	private readonly say: Say;
	private readonly player: Player;
	private readonly pace: Pace;
	private readonly root: HTMLElement;
	private readonly turns: Record<View, HTMLButtonElement>;
	private readonly why = el("p", { class: "routing-why", role: "status" });
	private readonly sum = el("p", { class: "routing-sum", role: "status" });
	private readonly over: HTMLButtonElement;
	private readonly input: HTMLInputElement;
	private readonly place = el("div", { class: "routing-table", role: "region", tabindex: 0, "aria-labelledby": "routing-caption" });
	private keys: string[] = []; // Published by hand, oldest first.
	private tried: Tried | null = null; // The last that could be drawn.
	private timer = 0;
	private abort = new AbortController();

	constructor(private readonly options: RoutingOptions) {
		const say = (this.say = options.say);
		const turn = (view: View): HTMLButtonElement => el("button", { type: "button", "aria-pressed": "false", click: () => this.turn(view) }, say(`routing.${view}`));
		this.turns = { write: turn("write"), broker: turn("broker") };
		const view = el("div", { class: "routing-view" });
		this.input = el("input", { id: "routing-key", name: "key", maxlength: 255, autocomplete: "off", autocapitalize: "none", spellcheck: "false", required: true });
		this.over = el("button", { type: "button", class: "btn", "aria-disabled": "true", click: () => this.startOver() }, say("routing.over"));
		this.root = el("section", { id: "routing", "aria-label": say("routing.title") }, view, this.why, this.place, this.legend(), this.form());
		this.root.className = "blank";
		const head = el("div", { class: "routing-turns" }, el("div", { class: "views", role: "group", "aria-label": say("routing.title") }, this.turns.write, this.turns.broker), this.sum);
		options.stage.before(head, this.root);
		options.stage.parentElement?.classList.add("routed");
		this.player = new Player(view, { say, compact: true });
		this.pace = new Pace(this.player, view);
		this.turn("write");
	}

	/** The files have changed, and with them the picture. */
	changed(): void {
		this.turn("write");
		clearTimeout(this.timer);
		this.timer = window.setTimeout(() => void this.draw(), rest);
	}

	/** Shows what is written, or the broker of the page. */
	turn(view: View): void {
		for (const name of ["write", "broker"] as const) this.turns[name].setAttribute("aria-pressed", String(name === view));
		this.root.hidden = this.sum.hidden = view !== "write";
		this.options.stage.hidden = view !== "broker";
	}

	/** Draws the files as they are now; with keys, as these are published to what is drawn already. */
	async draw(fresh: readonly string[] = []): Promise<void> {
		this.abort.abort();
		const { signal } = (this.abort = new AbortController());
		const keys = [...this.keys, ...fresh].slice(-mostKeys);
		try {
			const tried = await this.options.api.try(this.options.files(), keys, signal);
			if (signal.aborted) return;
			const bad = tried.diagnostics.find((d) => d.severity === "error");
			if (bad || !tried.recording) return this.keep(bad ? this.say("routing.kept", { file: bad.file, line: bad.line, message: bad.message }) : "");
			this.keys = keys;
			this.show(tried, fresh.length);
		} catch (problem) {
			if (!signal.aborted) this.keep(problemInWords(problem, this.say));
		}
	}

	/** What cannot be drawn leaves the last picture, and says why. */
	private keep(why: string): void {
		this.pace.stop();
		this.sum.textContent = "";
		this.root.classList.add("kept");
		this.root.classList.toggle("blank", !this.tried);
		this.why.textContent = this.tried ? `${why} ${this.say("routing.last")}` : why;
	}

	/** Shows what came of the files, and has the newest keys seen to move. */
	private show(tried: Tried, fresh: number): void {
		this.root.classList.remove("kept", "blank");
		this.why.textContent = "";
		const again = this.tried !== null;
		this.tried = tried;
		this.over.setAttribute("aria-disabled", String(this.keys.length === 0));
		const rec = tried.recording!;
		const history = new History(rec);
		this.pace.stop();
		this.player.load(history, rec, again);
		const published = history.find({ kinds: ["published"] });
		const first = published[published.length - fresh];
		if (fresh > 0 && first !== undefined) {
			this.player.go(first - 1);
			this.pace.play(history, first - 1);
		} else this.player.go(history.length - 1);
		this.fill(tried);
	}

	private publish(keys: readonly string[]): void { void this.draw(keys.slice(-mostKeys)); }

	private startOver(): void {
		if (this.keys.length === 0) return;
		this.keys = [];
		void this.draw();
	}

	private form(): HTMLElement {
		const { say } = this;
		const all = el("button", { type: "button", class: "btn", click: () => this.publish((this.tried?.keys ?? []).filter((k) => k.shown).map((k) => k.key)) }, say("routing.all"));
		const form = el("form", { class: "routing-form" },
			el("label", { for: "routing-key" }, say("routing.key")), this.input,
			el("button", { type: "submit", class: "btn" }, say("routing.publish")), all, this.over);
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			this.publish([this.input.value]);
			this.input.select();
		});
		return form;
	}

	/** Writes the table anew; who was on a key of it stays there. */
	private fill(tried: Tried): void {
		const { say } = this;
		const held = this.place.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["key"] : undefined;
		const shown = tried.keys.filter((k) => k.shown);
		const right = shown.filter(isRight).length;
		const sum = `${say("routing.sum", { n: right, of: shown.length })} · ${say.count("routing.bindings", tried.bindings)}`;
		if (this.sum.textContent !== sum) this.sum.textContent = sum;
		this.sum.classList.toggle("all", right === shown.length);
		const head = el("tr", {}, el("th", { scope: "col" }, say("routing.column")), ...tried.queues.map((q) => el("th", { scope: "col", class: "queue" }, el("span", {}, q))));
		const rows = tried.keys.map((key) => this.row(key, tried.queues));
		this.place.replaceChildren(el("table", {}, el("caption", { class: "offscreen", id: "routing-caption" }, say("routing.table", { exchange: tried.exchange })), el("thead", {}, head), el("tbody", {}, ...rows)));
		if (held !== undefined) this.place.querySelector<HTMLElement>(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
	}

	private row(key: TriedKey, queues: readonly string[]): HTMLElement {
		const { say } = this;
		const mark = !key.shown ? null : isRight(key) ? "right" : "wrong";
		const button = el("button", { type: "button", "data-key": key.key, title: say("routing.publish.this"), click: () => this.publish([key.key]) }, ...broken(key.key));
		const head = el("th", { scope: "row", class: mark }, mark && el("span", { class: "offscreen" }, `${say(`routing.${mark}`)}: `), button);
		return el("tr", {}, head, ...queues.map((queue) => this.cell(key, queue)));
	}

	/** A queue's cell: whether it is reached as it is wanted, by a mark and in words. */
	private cell(key: TriedKey, queue: string): HTMLElement {
		const reached = key.reached.find((r) => r.queue === queue);
		const kind = kindOf(key, queue);
		const by = reached?.by[0];
		const ways = reached?.by.map((b) => b.pattern).join(", ") ?? "";
		const words = this.say(`routing.cell.${kind}`) + (ways ? `: ${ways}` : "");
		const mark = [el("span", { "aria-hidden": "true" }, marks[kind]), el("span", { class: "offscreen" }, words)];
		if (kind !== "stray" || !by) return el("td", { class: kind, title: words }, ...mark);
		const go = el("button", { type: "button", title: `${words} (${by.file}:${by.line})`, click: () => this.options.line(by.line, by.file) }, ...mark);
		return el("td", { class: kind }, go);
	}

	private legend(): HTMLElement {
		const entry = (kind: Kind): HTMLElement => el("span", { class: kind }, el("span", { class: "mark", "aria-hidden": "true" }, marks[kind]), this.say(`routing.cell.${kind}`));
		return el("p", { class: "routing-legend" }, entry("ok"), entry("missing"), entry("stray"));
	}
}

/** A key that may be broken behind its dots. */
function broken(key: string): (string | HTMLElement)[] {
	return key.split(".").flatMap((word, i, all) => (i < all.length - 1 ? [`${word}.`, el("wbr")] : [word]));
}
