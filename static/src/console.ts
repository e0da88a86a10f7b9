/**
 * The middle pane of a lab that is worked at a terminal; loaded in such labs only. Read it in
 * this order: here, the terminals and the list of what was typed; console/xterm.ts and
 * console/plain.ts, the two forms of a terminal; console/line.ts, a line that is typed.
 */
import { plainScreen } from "./console/plain.ts";
import type { Completed, ConsoleIn, ConsoleOut, Keys, Screen } from "./console/types.ts";
import { allowStyles, xtermScreen } from "./console/xterm.ts";
import { el } from "./dom.ts";
import type { Editor } from "./editor.ts";
import type { Program } from "./program.ts";
import type { Say } from "./strings.ts";
import type { Diagnostic } from "./types.ts";

export const sessionFile = "session.txt";

const mostPanes = 4;
const mostLines = 200; // Of the history.
const mostText = 100_000; // Characters of a terminal that are kept for its other form.
const ready = "$ ";

export interface ConsoleOptions {
	lab: string;
	program: Program;
	say: Say;
	nonce: string;
	editor: Editor;
	/** Tells the lab what was done at a terminal. */
	send(action: ConsoleIn): Promise<Completed | null>;
	failed(problem: unknown): void;
	parts: { tabs: HTMLElement; editor: HTMLElement; output: HTMLElement; pane: HTMLElement; bar: HTMLElement };
}

interface Pane {
	number: number;
	box: HTMLElement;
	screen: Screen;
	text: string;
	prompt: string;
}

export class ConsoleDesk {
	readonly file = sessionFile;
	private panes: Pane[] = [];
	private plain: boolean;
	private readonly history: string[];
	private awaited: string[];
	private sending: Promise<unknown> = Promise.resolve(); // Lines arrive in the order in which they were typed.
	private readonly place: HTMLElement;
	private readonly split: HTMLButtonElement;
	private readonly mode: HTMLButtonElement;

	constructor(private readonly options: ConsoleOptions) {
		const { say, parts, program } = options;
		allowStyles(options.nonce);
		this.history = stored(localStorage, this.key("history"));
		this.awaited = stored(sessionStorage, this.key("awaited"));
		const chosen = localStorage.getItem("console");
		this.plain = chosen ? chosen === "plain" : matchMedia("(pointer: coarse)").matches;
		this.place = el("div", { class: "consoles" });
		this.split = el("button", { type: "button", click: () => this.add(true) }, say("console.split"));
		this.mode = el("button", { type: "button", class: "mode", click: () => this.toggle() });
		parts.tabs.replaceChildren(el("h2", { class: "name" }, say("console.title")), this.split, this.mode);
		parts.editor.replaceChildren(this.place);
		parts.output.before(parts.bar);
		parts.output.replaceChildren(this.listHead(), el("div", { class: "listed" }, options.editor.element));
		options.editor.open(program.file(sessionFile) ?? { name: sessionFile, text: "" });
		program.listen((why) => {
			const file = program.file(sessionFile);
			if (why === "replace" && file) options.editor.replace(file);
		});
		document.addEventListener("keydown", (e) => this.jump(e));
		this.add(false);
		this.name();
	}

	/** Takes what a terminal said. */
	take(out: ConsoleOut): void {
		if (out.gone) return this.gone();
		while (this.panes.length <= out.pane && this.panes.length < mostPanes && (out.text || out.done)) this.add(false); // Of before a reload.
		const pane = this.panes.find((p) => p.number === out.pane);
		if (pane) {
			if (out.text) this.print(pane, out.text);
			if (out.prompt !== undefined) this.ask(pane, out.prompt);
		}
		if (out.done && out.id) this.done(out.id, out.record ?? "");
	}

	/** The lab was put away, and all that ran in its terminals. */
	gone(): void {
		for (const pane of this.panes) {
			if (pane.prompt === "") this.print(pane, `\n${this.options.say("console.gone")}\n`);
			this.ask(pane, ready);
		}
	}

	goTo(_file: string, line: number): void { this.options.editor.goTo(line); }
	light(line: number | null, reveal: boolean): void { this.options.editor.light(line, reveal); }
	blame(_file: string, line: number | null): void { this.options.editor.blame(sessionFile, line); }
	found(diagnostics: readonly Diagnostic[] | null): void { this.options.editor.diagnose(diagnostics ?? []); }
	/** There is one list only. */
	lower(): void { return; }

	private key(what: string): string { return `console-${what}:${this.options.lab}`; }

	private listHead(): HTMLElement {
		const { say, program } = this.options;
		const clear = el("button", { type: "button", click: () => {
			program.write(sessionFile, "");
			this.options.editor.replace({ name: sessionFile, text: "" });
		} }, say("console.clear"));
		return el("div", { class: "tabs low" }, el("h2", { class: "name" }, say("console.session")), clear);
	}

	/** Opens one more terminal. */
	private add(focus: boolean): void {
		const number = [0, 1, 2, 3].find((n) => !this.panes.some((p) => p.number === n));
		if (number === undefined) return;
		const { say } = this.options;
		const pane: Pane = { number, box: el("section", { class: "console" }), screen: this.screen(number), text: "", prompt: ready };
		const stop = el("button", { type: "button", title: "Ctrl-C", click: () => { this.interrupt(number); pane.screen.focus(); } }, say("console.stop"));
		const end = el("button", { type: "button", title: "Ctrl-D", click: () => { this.tell({ pane: number, eof: true }); pane.screen.focus(); } }, say("console.eof"));
		const close = el("button", { type: "button", class: "close", click: () => this.close(pane) }, say("console.close"));
		pane.box.setAttribute("aria-label", say("console.pane", { n: number + 1 }));
		pane.box.append(el("div", { class: "bar" }, el("span", { class: "name" }, say("console.pane", { n: number + 1 })), stop, end, close), pane.screen.element);
		this.panes = [...this.panes, pane].sort((a, b) => a.number - b.number);
		this.place.append(pane.box);
		this.arrange();
		pane.screen.prompt(ready);
		if (number === 0) this.print(pane, `${say("console.welcome")}\n`);
		if (focus) pane.screen.focus();
	}

	private close(pane: Pane): void {
		if (this.panes.length < 2) return;
		if (pane.prompt === "") this.interrupt(pane.number);
		pane.screen.close();
		pane.box.remove();
		this.panes = this.panes.filter((p) => p !== pane);
		this.arrange();
		this.panes[0]!.screen.focus();
	}

	private arrange(): void {
		this.place.dataset["n"] = String(this.panes.length);
		this.split.disabled = this.panes.length >= mostPanes;
		for (const pane of this.panes) {
			pane.box.querySelector<HTMLElement>(".close")!.hidden = this.panes.length < 2;
			pane.screen.fit();
		}
	}

	private screen(number: number): Screen {
		const { say } = this.options;
		const keys: Keys = {
			line: (text) => this.enter(number, text),
			interrupt: () => this.interrupt(number),
			eof: () => this.tell({ pane: number, eof: true }),
			complete: (line) => this.complete(number, line),
			history: () => this.history,
			label: say("console.pane", { n: number + 1 }), hint: say("console.keys"), send: say("console.send"),
		};
		return this.plain ? plainScreen(keys) : xtermScreen(keys);
	}

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
		this.name();
		this.panes[0]!.screen.focus();
	}

	private name(): void {
		this.mode.textContent = this.options.say(this.plain ? "console.rich" : "console.plain");
		this.mode.title = this.options.say(this.plain ? "console.rich.long" : "console.plain.long");
	}

	/** Alt and a number lead to a terminal. */
	private jump(e: KeyboardEvent): void {
		const pane = e.altKey && !e.ctrlKey ? this.panes[Number(e.key) - 1] : undefined;
		if (!pane) return;
		e.preventDefault();
		pane.screen.focus();
	}

	private print(pane: Pane, text: string): void {
		pane.text = (pane.text + text).slice(-mostText);
		pane.screen.write(text);
	}

	private ask(pane: Pane, prompt: string): void {
		pane.prompt = prompt;
		pane.screen.prompt(prompt);
		pane.box.classList.toggle("busy", prompt === "");
	}

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
		const id = Math.random().toString(36).slice(2);
		this.awaited = [...this.awaited, id].slice(-50);
		this.keepAwaited();
		this.tell({ pane: number, id, line: text });
	}

	private interrupt(pane: number): void { this.tell({ pane, interrupt: true }); }

	private tell(action: ConsoleIn): void {
		const send = (): Promise<unknown> => this.options.send(action).catch((problem: unknown) => this.options.failed(problem));
		if (action.interrupt) void send(); // Not behind what waits.
		else this.sending = this.sending.then(send);
	}

	/** Completes the end of a line, as far as it is clear how. */
	private async complete(pane: number, line: string): Promise<{ line: string; choices: string[] }> {
		const found = await this.options.send({ pane, complete: line }).catch(() => null);
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
		keep(localStorage, this.key("history"), this.history);
	}

	/** What was typed here has been done; the list gets it. What another page typed is in its list. */
	private done(id: string, record: string): void {
		if (!this.awaited.includes(id)) return;
		this.awaited = this.awaited.filter((other) => other !== id);
		this.keepAwaited();
		if (record === "") return;
		const { program, editor } = this.options;
		const before = program.file(sessionFile)?.text ?? "";
		const text = `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${record}`;
		program.write(sessionFile, text);
		editor.replace({ name: sessionFile, text });
		editor.light(text.trimEnd().split("\n").length, true);
	}

	private keepAwaited(): void { keep(sessionStorage, this.key("awaited"), this.awaited); }
}

function stored(where: Storage, key: string): string[] {
	try {
		const value: unknown = JSON.parse(where.getItem(key) ?? "[]");
		return Array.isArray(value) ? value.filter((v) => typeof v === "string") : [];
	} catch {
		return [];
	}
}

function keep(where: Storage, key: string, value: string[]): void {
	try {
		where.setItem(key, JSON.stringify(value));
	} catch {
		// A full store keeps what it has.
	}
}
