/** Several terminals on one console: what is typed in them and what they say. The lab page and the terminals of lessons put their own head around them. */
import { el } from "../dom.ts";
import type { Say } from "../strings.ts";
import { plainScreen } from "./plain.ts";
import type { Completed, ConsoleIn, ConsoleOut, Keys, Screen } from "./types.ts";
import { xtermScreen } from "./xterm.ts";

export const mostPanes = 4;
const patience = 2000; // Milliseconds that a line waits for its completion, and Submit for a command.
const mostLines = 200; // Of the history.
const mostText = 100_000; // Characters of a terminal that are kept for its other form.
const ready = "$ ";

export interface PanesOptions {
	/** Under what the history of this console is kept. */
	key: string;
	say: Say;
	/** Tells the server what was done at a terminal. */
	send(action: ConsoleIn): Promise<Completed | null>;
	/** Says that this did not arrive, and gives the words for it. */
	failed(problem: unknown): string;
	/** A line was sent, under this id; its end comes with it. */
	entered?(id: string): void;
	/** Other commands run than before. */
	runs?(busy: Busy[]): void;
}

/** A command that has not ended, and the number of its terminal, from 0. */
export interface Busy {
	number: number;
	command: string;
}

interface Pane {
	number: number;
	box: HTMLElement;
	screen: Screen;
	text: string;
	prompt: string;
	command: string; // The last one, by its first line.
}

export class Panes {
	readonly element = el("div", { class: "consoles" });
	private readonly split: HTMLButtonElement;
	private readonly form: HTMLButtonElement;
	private plain: boolean;
	private panes: Pane[] = [];
	private readonly history: string[];
	private ended: (() => void) | null = null; // Asks whether what runs has ended.
	private sending: Promise<unknown> = Promise.resolve(); // Lines arrive in the order in which they were typed.

	constructor(private readonly options: PanesOptions) {
		this.history = stored(localStorage, options.key);
		const chosen = localStorage.getItem("console");
		this.plain = chosen ? chosen === "plain" : matchMedia("(pointer: coarse)").matches;
		this.split = el("button", { type: "button", click: () => this.add(true) }, options.say("console.split"));
		this.form = el("button", { type: "button", class: "mode", click: () => this.toggle() });
	}

	/** One more terminal, and the other form of them: for the head that the page puts around them. */
	get head(): HTMLElement[] { return [this.split, this.form]; }

	/** Opens one more terminal, if there is room. */
	add(focus: boolean): void {
		if (this.panes.length >= mostPanes) return;
		let number = 0;
		while (this.panes.some((p) => p.number === number)) number++;
		const { say } = this.options;
		const pane: Pane = { number, box: el("section", { class: "console" }), screen: this.screen(number), text: "", prompt: ready, command: "" };
		const stop = el("button", { type: "button", title: "Ctrl-C", click: () => { this.interrupt(number); pane.screen.focus(); } }, say("console.stop"));
		const end = el("button", { type: "button", title: "Ctrl-D", click: () => { this.tell({ pane: number, eof: true }); pane.screen.focus(); } }, say("console.eof"));
		const close = el("button", { type: "button", class: "close", click: () => this.close(pane) }, say("console.close"));
		pane.box.setAttribute("aria-label", say("console.pane", { n: number + 1 }));
		pane.box.append(el("div", { class: "bar" }, el("span", { class: "name" }, say("console.pane", { n: number + 1 })), stop, end, close), pane.screen.element);
		if (number === 0) pane.screen.element.before(el("p", { class: "hint" }, say("console.welcome")));
		this.panes = [...this.panes, pane].sort((a, b) => a.number - b.number);
		this.element.append(pane.box);
		this.arrange();
		pane.screen.prompt(ready);
		if (focus) pane.screen.focus();
	}

	/** Types a whole command where nothing runs, in one more terminal if need be. Reports whether there was room for it. */
	run(command: string): boolean {
		let pane = this.panes.find((p) => p.prompt === ready);
		if (!pane && this.panes.length < mostPanes) {
			this.add(false);
			pane = this.panes.find((p) => p.prompt === ready);
		}
		if (!pane) return false;
		pane.box.scrollIntoView({ block: "nearest" });
		for (const line of command.split("\n")) this.enter(pane.number, line);
		this.ask(pane, ""); // Until it says otherwise: the next command must not come between its lines.
		return true;
	}

	/** Takes what a terminal said. */
	take(out: ConsoleOut): void {
		if (out.gone) return this.gone();
		while (this.panes.length <= out.pane && this.panes.length < mostPanes && (out.text || out.done)) this.add(false); // Of before a reload.
		const pane = this.panes.find((p) => p.number === out.pane);
		if (!pane) return;
		const command = [...(out.text ?? "").matchAll(/^\$ (.+)$/gm)].at(-1)?.[1]; // As it comes back, of a reload or another window, too.
		if (command) pane.command = command;
		if (out.text) this.print(pane, out.text);
		if (out.prompt !== undefined) this.ask(pane, out.prompt);
	}

	/** The console was put away, and all that ran in its terminals. */
	gone(): void {
		for (const pane of this.panes) {
			if (pane.prompt === "") this.print(pane, `\n${this.options.say("console.gone")}\n`);
			this.ask(pane, ready);
		}
	}

	/** Interrupts what runs, and waits until it has ended or takes too long. */
	finish(): Promise<void> {
		const busy = this.panes.filter((pane) => pane.prompt === "");
		for (const pane of busy) this.interrupt(pane.number);
		if (busy.length === 0) return Promise.resolve();
		return new Promise((done) => {
			const late = setTimeout(done, patience);
			this.ended = () => {
				if (this.panes.some((pane) => pane.prompt === "")) return;
				clearTimeout(late);
				this.ended = null;
				setTimeout(done); // What comes with the end is taken first.
			};
		});
	}

	/** Switches between the two forms of a terminal. */
	private toggle(): void {
		this.plain = !this.plain;
		localStorage.setItem("console", this.plain ? "plain" : "full");
		for (const pane of this.panes) {
			const other = this.screen(pane.number);
			pane.screen.element.replaceWith(other.element);
			pane.screen.close();
			pane.screen = other;
			other.prompt(pane.prompt);
			other.write(pane.text);
			other.fit();
		}
		this.nameHead();
		this.panes[0]?.screen.focus();
	}

	/** Focuses a terminal by its place, from 0. */
	jump(index: number): boolean {
		this.panes[index]?.screen.focus();
		return this.panes[index] !== undefined;
	}

	private close(pane: Pane): void {
		if (this.panes.length < 2) return;
		if (pane.prompt === "") this.interrupt(pane.number);
		pane.screen.close();
		pane.box.remove();
		this.panes = this.panes.filter((p) => p !== pane);
		this.tellRuns();
		this.arrange();
		this.panes[0]!.screen.focus();
	}

	private arrange(): void {
		this.element.dataset["n"] = String(this.panes.length);
		for (const pane of this.panes) {
			pane.box.querySelector<HTMLElement>(".close")!.hidden = this.panes.length < 2;
			pane.screen.fit();
		}
		this.nameHead();
	}

	private nameHead(): void {
		const { say } = this.options;
		this.split.disabled = this.panes.length >= mostPanes;
		this.form.textContent = say(this.plain ? "console.rich" : "console.plain");
		this.form.title = say(this.plain ? "console.rich.long" : "console.plain.long");
	}

	private screen(number: number): Screen {
		const { say } = this.options;
		const keys: Keys = {
			line: (text) => this.enter(number, text),
			interrupt: () => this.interrupt(number),
			eof: () => this.tell({ pane: number, eof: true }),
			complete: (line) => this.complete(number, line),
			history: () => this.history,
			label: say("console.pane", { n: number + 1 }), hint: say("console.keys"), send: say("console.send"), much: say("console.much"),
		};
		return this.plain ? plainScreen(keys) : xtermScreen(keys);
	}

	private print(pane: Pane, text: string): void {
		pane.text = (pane.text + text).slice(-mostText);
		pane.screen.write(text);
	}

	private ask(pane: Pane, prompt: string): void {
		pane.prompt = prompt;
		pane.screen.prompt(prompt);
		pane.box.classList.toggle("busy", prompt === "");
		this.tellRuns();
		this.ended?.();
	}

	private tellRuns(): void { this.options.runs?.(this.panes.filter((p) => p.prompt === "" && p.command !== "").map(({ number, command }) => ({ number, command }))); }

	/** A line was typed. What belongs to the terminal itself is done here. */
	private enter(number: number, text: string): void {
		const pane = this.panes.find((p) => p.number === number)!;
		const word = text.trim();
		if (pane.prompt === ready && word !== "") this.remember(text);
		if (pane.prompt === ready && word === "clear") {
			pane.text = "";
			pane.screen.clear();
			return;
		}
		if (pane.prompt === ready && word === "history") {
			this.print(pane, `${ready}${text}\n${this.history.map((line, i) => `${String(i + 1).padStart(4)}  ${line}`).join("\n")}\n`);
			return;
		}
		if (pane.prompt === ready) pane.command = text;
		const id = Math.random().toString(36).slice(2);
		this.options.entered?.(id);
		this.tell({ pane: number, id, line: text });
	}

	private interrupt(pane: number): void { this.tell({ pane, interrupt: true }); }

	private tell(action: ConsoleIn): void {
		const send = (): Promise<unknown> => this.options.send(action).catch((problem: unknown) => this.unsent(action, this.options.failed(problem)));
		if (action.interrupt) void send(); // Not behind what waits.
		else this.sending = this.sending.then(send);
	}

	/** A line that did not arrive is not lost: it stands here, and in the history. */
	private unsent({ pane: number, line }: ConsoleIn, why: string): void {
		const pane = this.panes.find((p) => p.number === number);
		if (!pane || line === undefined) return;
		this.print(pane, `${pane.prompt}${line}\n[${why}]\n`);
		this.ask(pane, pane.prompt);
	}

	/** Completes the end of a line, as far as it is clear how. */
	private async complete(pane: number, line: string): Promise<{ line: string; choices: string[] }> {
		const late = new Promise<null>((done) => setTimeout(done, patience, null));
		const found = await Promise.race([this.options.send({ pane, complete: line }).catch(() => null), late]);
		const items = found?.items ?? [];
		const kept = line.slice(0, line.length - (found?.back ?? 0));
		const part = line.slice(kept.length);
		if (items.length === 0) return { line, choices: [] };
		if (items.length === 1) return { line: `${kept}${items[0]} `, choices: [] };
		let common = items[0]!;
		for (const item of items) while (!item.startsWith(common)) common = common.slice(0, -1);
		return common.length > part.length ? { line: kept + common, choices: [] } : { line, choices: items };
	}

	private remember(line: string): void {
		if (this.history.at(-1) === line) return;
		this.history.push(line);
		if (this.history.length > mostLines) this.history.shift();
		keep(localStorage, this.options.key, this.history);
	}
}

/** What a store of the browser has under a key: a list of texts, or nothing. */
export function stored(where: Storage, key: string): string[] {
	try {
		const value: unknown = JSON.parse(where.getItem(key) ?? "[]");
		return Array.isArray(value) ? value.filter((v) => typeof v === "string") : [];
	} catch {
		return [];
	}
}

export function keep(where: Storage, key: string, value: string[]): void {
	try {
		where.setItem(key, JSON.stringify(value));
	} catch {
		// A full store keeps what it has.
	}
}
