/**
 * The terminals of a lab; loaded in labs that have some. Read it in this order: here, the pane of
 * a lab that is worked at terminals, with the list of what was typed; console/panes.ts, the terminals
 * themselves; console/xterm.ts and console/plain.ts, their two forms; console/line.ts, a line that
 * is typed, and console/waiting.ts, keys that come while it is being completed.
 */
import { type Busy, keep, Panes, type PanesOptions, stored } from "./console/panes.ts";
import type { ConsoleOut } from "./console/types.ts";
import { allowStyles } from "./console/xterm.ts";
import { el } from "./dom.ts";
import type { Editor } from "./editor.ts";
import type { Program } from "./program.ts";
import type { Diagnostic } from "./types.ts";

const sessionFile = "session.txt";

export interface TerminalsOptions extends Pick<PanesOptions, "say" | "send" | "failed"> {
	lab: string;
}

/** The terminals of a lab. */
export class Terminals {
	readonly panes: Panes;

	constructor({ lab, ...options }: TerminalsOptions, more: Pick<PanesOptions, "entered" | "runs"> = {}) {
		allowStyles();
		this.panes = new Panes({ key: `console-history:${lab}`, ...options, ...more });
		document.addEventListener("keydown", (e) => this.jump(e));
		this.panes.add(false);
	}

	/** Alt and a number lead to a terminal. */
	private jump(e: KeyboardEvent): void {
		const place = e.altKey && !e.ctrlKey ? Number(e.key) - 1 : -1;
		if (this.panes.element.checkVisibility() && this.panes.jump(place)) e.preventDefault();
	}
}

export interface ConsoleOptions extends TerminalsOptions {
	program: Program;
	editor: Editor;
	parts: { tabs: HTMLElement; editor: HTMLElement; output: HTMLElement; bar: HTMLElement };
}

/** The middle pane of a lab that is worked at terminals only: they take the place of the program. */
export class ConsoleDesk {
	readonly file = sessionFile;
	private readonly terminals: Terminals;
	private readonly running = el("ul", { class: "still" });
	private awaited: string[];

	constructor(private readonly options: ConsoleOptions) {
		const { say, parts, program, editor } = options;
		this.awaited = stored(sessionStorage, this.key);
		this.terminals = new Terminals(options, { entered: (id) => this.entered(id), runs: (busy) => this.runs(busy) });
		parts.tabs.replaceChildren(el("h2", { class: "name" }, say("console.title")), ...this.terminals.panes.head);
		parts.editor.replaceChildren(this.terminals.panes.element);
		parts.output.before(parts.bar);
		parts.output.replaceChildren(this.listHead(), el("div", { class: "listed" }, editor.element, this.running));
		editor.open(program.file(sessionFile) ?? { name: sessionFile, text: "" });
		program.listen((why) => {
			const file = program.file(sessionFile);
			if (why === "replace" && file) editor.replace(file);
		});
	}

	/** Takes what a terminal said. */
	take(out: ConsoleOut): void {
		this.terminals.panes.take(out);
		if (out.done && out.id) this.done(out.id, out.record ?? "");
	}

	/** The lab was put away, and all that ran in its terminals. */
	gone(): void { this.terminals.panes.gone(); }
	/** Ends what still runs, so that it is in the list. */
	finish(): Promise<void> { return this.terminals.panes.finish(); }

	goTo(_file: string, line: number): void { this.options.editor.goTo(line); }
	light(line: number | null, reveal: boolean): void { this.options.editor.light(line, reveal); }
	blame(_file: string, line: number | null): void { this.options.editor.blame(sessionFile, line); }
	found(diagnostics: readonly Diagnostic[] | null): void { this.options.editor.diagnose(diagnostics ?? []); }
	/** There is one list only. */
	lower(): void { return; }

	private get key(): string { return `console-awaited:${this.options.lab}`; }

	private listHead(): HTMLElement {
		const { say, program } = this.options;
		const clear = el("button", { type: "button", click: () => {
			program.write(sessionFile, "");
			this.options.editor.replace({ name: sessionFile, text: "" });
		} }, say("console.clear"));
		return el("div", { class: "tabs low" }, el("h2", { class: "name" }, say("console.session")), clear);
	}

	/** Commands that have not ended stand under the list: they are not in it yet. */
	private runs(busy: readonly Busy[]): void {
		const { say } = this.options;
		this.running.replaceChildren(...busy.map(({ number, command }) => el("li", {}, el("code", {}, command), " ", el("span", {}, say("console.runs", { n: number + 1 })))));
	}

	private entered(id: string): void {
		this.awaited = [...this.awaited, id].slice(-50);
		keep(sessionStorage, this.key, this.awaited);
	}

	/** What was typed here has been done; the list gets it. What another page typed is in its list. */
	private done(id: string, record: string): void {
		if (!this.awaited.includes(id)) return;
		this.awaited = this.awaited.filter((other) => other !== id);
		keep(sessionStorage, this.key, this.awaited);
		if (record === "") return;
		const { program, editor } = this.options;
		const before = program.file(sessionFile)?.text ?? "";
		const text = `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${record}`;
		program.write(sessionFile, text);
		editor.replace({ name: sessionFile, text });
		editor.light(text.trimEnd().split("\n").length, true);
	}
}
