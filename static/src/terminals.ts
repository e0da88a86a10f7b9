/**
 * The terminals of a lesson: loaded when the first one is opened, by terminals.en.ts or terminals.ru.ts.
 * Each is a console on a broker of the reader's own, with the picture of that broker under it. The
 * commands that stand in the lesson are typed by a press; anything else is typed by hand.
 */
import { call, Refused } from "./call.ts";
import { Panes, mostPanes } from "./console/panes.ts";
import { allowStyles } from "./console/xterm.ts";
import { el } from "./dom.ts";
import { Live } from "./live.ts";
import { follow } from "./stream.ts";
import type { Say } from "./strings.ts";
import type { Update } from "./types.ts";
import { Player } from "./view/player.ts";

/** Opens the terminal of a figure. The function it gives types a command there. */
export function openTerminal(figure: HTMLElement, lang: string, say: Say): (command: string) => void {
	const terminal = new Terminal(figure, lang, say);
	return (command) => void terminal.run(command);
}

class Terminal {
	private readonly api: string;
	private readonly panes: Panes;
	private readonly player: Player;
	private readonly live = new Live((e) => e.kind !== "opened" && e.kind !== "closed"); // Each command has a connection of its own.
	private readonly said = el("p", { class: "try-said", role: "status" });
	private readonly known: Promise<void>; // What runs in the terminals already, since a visit before.

	constructor(figure: HTMLElement, private readonly lang: string, private readonly say: Say) {
		allowStyles();
		this.api = figure.dataset["console"]!;
		const over = el("button", { type: "button", title: say("try.over.long"), click: () => void this.over() }, say("try.over"));
		this.panes = new Panes({
			key: `console-history:${this.api}`, say,
			send: (action) => this.post("", action), failed: (problem) => this.fail(problem),
		});
		const view = el("div", { class: "try-view" });
		const bar = el("div", { class: "try-bar" }, ...this.panes.head, over);
		figure.querySelector(".try-open")!.replaceWith(el("div", { class: "try-desk" }, el("div", { class: "try-terminals" }, bar, this.panes.element), this.said, view));
		this.player = new Player(view, { say, compact: true });
		this.panes.add(false);
		this.known = new Promise((told) => {
			follow((last) => `${this.api}/stream?lang=${lang}${last ? `&last=${last}` : ""}`, (u) => this.take(u), (live) => {
				this.said.textContent = live ? "" : say("status.lost");
			}, told);
		});
	}

	/** Types a command that stands in the lesson. */
	async run(command: string): Promise<void> {
		await this.known;
		this.said.textContent = this.panes.run(command) ? "" : this.say("try.full", { n: mostPanes });
	}

	/** Empties the broker, and puts back what the lesson begins with. */
	private async over(): Promise<void> {
		try {
			await this.post("/broker-reset", {});
			this.said.textContent = this.say("try.fresh");
		} catch (problem) {
			this.fail(problem);
		}
	}

	private take(update: Update): void {
		switch (update.type) {
			case "console": return this.panes.take(update.console);
			case "state": {
				if (this.live.state(update.state)) this.draw();
				return;
			}
			case "events": {
				if (this.live.events(update.events).length > 0) this.draw();
				return;
			}
			case "status": {
				if (update.status !== "evicted") return;
				this.panes.gone();
				this.said.textContent = this.say("try.evicted");
			}
		}
	}

	private draw(): void { if (this.live.history) this.player.live(this.live.history); }

	private fail(problem: unknown): string {
		return this.said.textContent = problem instanceof Refused ? problem.message : this.say("status.lost");
	}

	private post<T>(path: string, body: unknown): Promise<T> { return call("POST", this.api + path, this.lang, body); }
}
