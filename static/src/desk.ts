/** The middle pane: tabs, the editor in one of its two forms, and under it output and problems. */
import { codeEditor } from "./code.ts";
import { el } from "./dom.ts";
import type { Editor, Hooks } from "./editor.ts";
import type { Output } from "./output.ts";
import { read, separator, write } from "./panes.ts";
import { plainEditor } from "./plain.ts";
import type { Program } from "./program.ts";
import type { Say } from "./strings.ts";
import type { Diagnostic } from "./types.ts";

const modeKey = "editor";

/** What has a tab of its own beside the files. */
export interface Beside {
	name: string;
	/** Controls that stand above it. */
	head: HTMLElement[];
	element: HTMLElement;
	/** It is the first tab, and open at first. */
	first: boolean;
}

export class Desk {
	private editor: Editor;
	private plain = read(modeKey) === "plain";
	private open: string;
	private problems: readonly Diagnostic[] = [];
	private readonly tabs = new Map<string, HTMLButtonElement>();
	private readonly verdict = el("button", { type: "button", class: "compiles", click: () => this.lower("problems") });
	private readonly mode: HTMLButtonElement;
	private readonly list = el("ol", { class: "problems" });
	private readonly lowerTabs = new Map<string, HTMLButtonElement>();
	private readonly place: HTMLElement;
	private panel: HTMLElement | null = null; // What stands beside the files, with its head.

	constructor(private readonly program: Program, private readonly hooks: Hooks, private readonly say: Say, private readonly nonce: string, output: Output, parts: { pane: HTMLElement; tabs: HTMLElement; editor: HTMLElement; output: HTMLElement }, private readonly beside: Beside | null = null) {
		this.open = program.files[0]?.name ?? "";
		this.place = parts.editor;
		this.mode = el("button", { type: "button", class: "mode", click: () => this.toggle() });
		this.fillTabs(parts.tabs);
		const bar = separator(parts.pane, { property: "--h-under", label: say("pane.output"), controls: "output", axis: "y", least: 10, most: 75, start: 28, fromEnd: true });
		parts.output.before(bar);
		parts.output.replaceChildren(this.lowerBar(), output.element, this.list);
		this.editor = this.make();
		program.listen((why) => {
			if (why === "replace") for (const file of program.files) this.editor.replace(file);
		});
		this.lower("output");
		this.found(null);
		if (beside?.first) this.showBeside();
	}

	/** The name of the file in view. */
	get file(): string { return this.open; }

	show(name: string): void {
		const file = this.program.file(name);
		if (!file) return;
		this.open = name;
		this.editor.open(file);
		this.select(name);
	}

	/** Brings what stands beside the files to the front. */
	private showBeside(): void { this.select(""); }

	/** Selects the tab of a file, or of what stands beside the files (""). */
	private select(name: string): void {
		for (const [other, tab] of this.tabs) {
			tab.setAttribute("aria-selected", String(other === name));
			tab.tabIndex = other === name ? 0 : -1;
		}
		this.editor.element.hidden = name === "";
		if (this.panel) this.panel.hidden = name !== "";
	}

	goTo(file: string, line: number, column?: number): void {
		if (file !== this.open) this.show(file);
		this.editor.goTo(line, column);
	}

	light(line: number | null, reveal: boolean): void { this.editor.light(line, reveal); }
	blame(file: string, line: number | null): void { this.editor.blame(file, line); }

	/** Shows what a check found; null: nothing is known yet. */
	found(diagnostics: readonly Diagnostic[] | null): void {
		this.problems = diagnostics ?? [];
		this.editor.diagnose(this.problems);
		const n = this.problems.length;
		const errors = this.problems.some((d) => d.severity === "error");
		this.verdict.className = `compiles ${diagnostics === null ? "" : errors ? "no" : "ok"}`;
		this.verdict.textContent = diagnostics === null ? this.say("edit.checking") : n > 0 ? `${errors ? "✕" : "!"} ${this.say.count("edit.problems", n)}` : `✓ ${this.say("edit.compiles")}`;
		this.lowerTabs.get("problems")!.textContent = n > 0 ? `${this.say("problems.title")} (${n})` : this.say("problems.title");
		const rows = this.problems.map((d) => el("li", { class: d.severity }, this.problem(d)));
		this.list.replaceChildren(...(n > 0 ? rows : [el("li", { class: "quiet" }, this.say(diagnostics === null ? "problems.unknown" : "problems.none"))]));
	}

	/** Brings the output or the problems to the front. */
	lower(which: "output" | "problems"): void {
		for (const [name, tab] of this.lowerTabs) {
			tab.setAttribute("aria-selected", String(name === which));
			tab.tabIndex = name === which ? 0 : -1;
		}
		this.list.hidden = which !== "problems";
		(this.list.previousElementSibling as HTMLElement).hidden = which !== "output";
	}

	private problem(d: Diagnostic): HTMLElement {
		const at = this.say("problems.at", { file: d.file, line: d.line, column: d.column });
		const kind = this.say(d.severity === "error" ? "problems.error" : "problems.warning");
		return el("button", { type: "button", click: () => this.goTo(d.file, d.line, d.column) }, el("span", { class: "offscreen" }, `${kind}: `), el("code", {}, at), " ", d.message);
	}

	private fillTabs(place: HTMLElement): void {
		for (const file of this.program.files) {
			const tab = el("button", { type: "button", role: "tab", "aria-controls": "editor", click: () => this.show(file.name) }, file.name);
			if (file.readOnly) tab.append(el("span", { class: "lock", title: this.say("edit.readonly.long") }, this.say("edit.readonly")));
			this.tabs.set(file.name, tab);
		}
		if (this.beside) {
			const tab = el("button", { type: "button", role: "tab", "aria-controls": "editor", click: () => this.showBeside() }, this.beside.name);
			const files = [...this.tabs];
			this.tabs.clear();
			for (const [name, each] of this.beside.first ? [["", tab] as const, ...files] : [...files, ["", tab] as const]) this.tabs.set(name, each);
			this.panel = el("div", { class: "beside" }, el("div", { class: "tabs low" }, ...this.beside.head), this.beside.element);
		}
		const list = el("div", { role: "tablist", "aria-label": this.say("edit.title") }, ...this.tabs.values());
		arrows(list, (tab) => tab.click());
		place.replaceChildren(list, this.verdict, this.mode);
		place.after(el("p", { class: "offscreen", id: "edit-keys" }, this.say("edit.keys")));
	}

	private lowerBar(): HTMLElement {
		const bar = el("div", { class: "tabs low", role: "tablist", "aria-label": this.say("output.title") });
		for (const name of ["output", "problems"] as const) {
			const tab = el("button", { type: "button", role: "tab", click: () => this.lower(name) }, this.say(`${name}.title`));
			this.lowerTabs.set(name, tab);
			bar.append(tab);
		}
		arrows(bar, (tab) => tab.click());
		return bar;
	}

	private make(): Editor {
		const editor = this.plain ? plainEditor(this.hooks) : codeEditor(this.hooks, this.nonce);
		this.place.replaceChildren(editor.element, ...(this.panel ? [this.panel] : []));
		this.place.setAttribute("aria-describedby", "edit-keys");
		this.mode.textContent = this.say(this.plain ? "edit.rich" : "edit.plain");
		this.mode.title = this.say(this.plain ? "edit.rich.long" : "edit.plain.long");
		this.editor = editor;
		this.show(this.open);
		return editor;
	}

	private toggle(): void {
		this.plain = !this.plain;
		write(modeKey, this.plain ? "plain" : "full");
		this.editor.close();
		this.make();
		this.editor.diagnose(this.problems);
		this.editor.focus();
	}
}

/** Arrow keys move along a row of tabs and choose. */
function arrows(list: HTMLElement, choose: (tab: HTMLElement) => void): void {
	list.addEventListener("keydown", (e) => {
		const tabs = [...list.querySelectorAll<HTMLElement>("[role=tab]")];
		const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
		const now = tabs.indexOf(document.activeElement as HTMLElement);
		if (by === undefined || now < 0) return;
		e.preventDefault();
		const next = tabs[(now + by + tabs.length) % tabs.length]!;
		choose(next);
		next.focus();
	});
}
