/** The full editor: CodeMirror 6 with Go, diagnostics, completion and lines that light up. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { go } from "@codemirror/lang-go";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic as Lint, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, Prec, StateEffect, StateField, type Text, type Transaction } from "@codemirror/state";
import { Decoration, type DecorationSet, drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, type ViewUpdate } from "@codemirror/view";
import { tags as tag } from "@lezer/highlight";
import { configLanguage } from "./config.ts";
import type { Editor, Hooks } from "./editor.ts";
import type { Diagnostic, SourceFile } from "./types.ts";

/** Lines that are marked: the one pointed at somewhere, and the one that the verdict blames. */
interface Marks {
	lit: number | null;
	dead: number | null;
}

const setMarks = StateEffect.define<Partial<Marks>>();

const marks = StateField.define<Marks & { drawn: DecorationSet }>({
	create: () => ({ lit: null, dead: null, drawn: Decoration.none }),
	update(value, transaction) {
		let next = transaction.docChanged ? { ...value, drawn: value.drawn.map(transaction.changes) } : value;
		for (const effect of transaction.effects) {
			if (!effect.is(setMarks)) continue;
			const merged = { ...next, ...effect.value };
			next = { ...merged, drawn: drawMarks(transaction.state.doc, merged) };
		}
		return next;
	},
	provide: (field) => EditorView.decorations.from(field, (value) => value.drawn),
});

function drawMarks(doc: Text, { lit, dead }: Marks): DecorationSet {
	const ranges = [];
	if (dead && dead <= doc.lines) ranges.push(Decoration.line({ class: "cm-dead" }).range(doc.line(dead).from));
	if (lit && lit <= doc.lines) ranges.push(Decoration.line({ class: "cm-lit" }).range(doc.line(lit).from));
	return Decoration.set(ranges, true);
}

/** Colours by class, so that the style sheet decides and both themes hold. */
const colours = HighlightStyle.define([
	{ tag: [tag.keyword, tag.bool, tag.null, tag.self, tag.tagName], class: "tok-keyword" },
	{ tag: [tag.string, tag.character, tag.special(tag.string)], class: "tok-string" },
	{ tag: tag.comment, class: "tok-comment" },
	{ tag: [tag.number, tag.escape], class: "tok-number" },
	{ tag: [tag.typeName, tag.namespace, tag.propertyName, tag.attributeName, tag.definition(tag.propertyName)], class: "tok-type" },
	{ tag: tag.function(tag.definition(tag.variableName)), class: "tok-defines" },
]);

/** What CodeMirror says in the parts of it that are used here. */
const phrases = [
	"Find", "Replace", "next", "previous", "all", "match case", "regexp", "by word", "replace", "replace all", "close", "current match", "on line",
	"replaced match on line $", "replaced $ matches", "Go to line", "go", "Diagnostics", "No diagnostics", "Completions", "Control character", "Selection deleted",
];

class CodeEditor implements Editor {
	readonly element = document.createElement("div");
	private readonly view: EditorView;
	private readonly states = new Map<string, EditorState>();
	private readonly dead = new Map<string, number | null>();
	private found: readonly Diagnostic[] = [];
	private name = "";
	private quiet = false; // True while a change is ours, not typed.

	constructor(private readonly hooks: Hooks, private readonly nonce: string) {
		this.element.className = "cm-host";
		this.view = new EditorView({ parent: this.element, extensions: EditorView.cspNonce.of(nonce) });
		this.element.addEventListener("pointerover", (e) => queueMicrotask(() => this.pointed(e)));
		this.element.addEventListener("pointerleave", () => hooks.at(null));
	}

	open(file: SourceFile): void {
		if (this.name) this.states.set(this.name, this.view.state);
		this.name = file.name;
		const kept = this.states.get(file.name);
		this.view.setState(kept && kept.doc.toString() === file.text ? kept : this.fresh(file));
		this.view.dispatch({ effects: setMarks.of({ lit: null, dead: this.dead.get(file.name) ?? null }) });
		this.showDiagnostics();
	}

	replace(file: SourceFile): void {
		if (file.name !== this.name) {
			this.states.delete(file.name);
			return;
		}
		const doc = this.view.state.doc;
		if (doc.toString() === file.text) return;
		this.quiet = true;
		this.view.dispatch({ changes: { from: 0, to: doc.length, insert: file.text } });
		this.quiet = false;
	}

	goTo(line: number, column = 1): void {
		const doc = this.view.state.doc;
		const at = doc.line(Math.max(1, Math.min(line, doc.lines)));
		const anchor = Math.min(at.from + column - 1, at.to);
		this.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
		this.view.focus();
	}

	/**
	 * What points at things lights up while typing goes on: Chromium hands over the pointer's event
	 * before the editor has been told of a letter that is already on the screen, and a measure or
	 * an update in that moment drops the letter. A microtask is run after the editor has read it.
	 */
	light(line: number | null, reveal: boolean): void {
		const { name } = this;
		queueMicrotask(() => name === this.name && this.lit(line, reveal));
	}

	private lit(line: number | null, reveal: boolean): void {
		if (!reveal && this.view.state.field(marks, false)?.lit === line) return;
		this.view.dispatch({ effects: setMarks.of({ lit: line }) });
		if (reveal && line) this.reveal(line);
	}

	/** Scrolls the editor, and never the page around it, until a line is well in view. */
	private reveal(line: number): void {
		const { scrollDOM, state } = this.view;
		if (line > state.doc.lines) return;
		const { top, bottom } = this.view.lineBlockAt(state.doc.line(line).from);
		const margin = Math.min(72, scrollDOM.clientHeight / 4);
		if (top >= scrollDOM.scrollTop + margin && bottom <= scrollDOM.scrollTop + scrollDOM.clientHeight - margin) return;
		scrollDOM.scrollTop = top - scrollDOM.clientHeight / 2;
	}

	blame(file: string, line: number | null): void {
		this.dead.clear();
		this.dead.set(file, line);
		this.view.dispatch({ effects: setMarks.of({ dead: this.dead.get(this.name) ?? null }) });
	}

	diagnose(diagnostics: readonly Diagnostic[]): void {
		this.found = diagnostics;
		this.showDiagnostics();
	}

	focus(): void { this.view.focus(); }

	close(): void {
		this.view.destroy();
		this.element.remove();
	}

	private showDiagnostics(): void {
		const { doc } = this.view.state;
		const own = this.found.filter((d) => d.file === this.name && d.line <= doc.lines).map((d) => lintOf(doc, d));
		own.sort((a, b) => a.from - b.from);
		this.view.dispatch(setDiagnostics(this.view.state, own));
	}

	private fresh(file: SourceFile): EditorState {
		return EditorState.create({ doc: file.text, extensions: this.extensions(file) });
	}

	private extensions(file: SourceFile): Extension {
		const own = keymap.of([
			{ key: "Mod-Enter", run: () => (this.hooks.run(), true) },
			{ key: "Mod-Shift-Enter", run: () => (this.hooks.submit(), true) },
			{ key: "Mod-s", run: () => (this.hooks.save(), true), preventDefault: true },
		]);
		return [
			Prec.highest(own),
			lineNumbers(), highlightActiveLineGutter(), lintGutter(), history(), drawSelection(), indentOnInput(),
			bracketMatching(), closeBrackets(), highlightActiveLine(), highlightSelectionMatches(), search({ top: true }),
			configLanguage(file.name) ?? (file.name.endsWith(".go") ? [go()] : []), indentUnit.of("\t"), syntaxHighlighting(colours), EditorState.tabSize.of(4), marks,
			autocompletion({ override: [(context) => this.complete(context)], activateOnTypingDelay: 80 }),
			keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
			EditorView.cspNonce.of(this.nonce), EditorView.domEventHandlers({ beforeinput: overwrite }),
			EditorView.contentAttributes.of({ "aria-label": this.hooks.label(file.name), tabindex: "0", spellcheck: "false", autocapitalize: "off", "data-gramm": "false" }),
			EditorState.readOnly.of(file.readOnly === true),
			EditorState.phrases.of(Object.fromEntries(phrases.map((english) => [english, this.hooks.phrase(english)]))),
			EditorView.updateListener.of((update) => this.updated(update)),
		];
	}

	private updated(update: ViewUpdate): void {
		if (update.docChanged && !this.quiet) this.hooks.typed(this.name, update.state.doc.toString());
		if (update.selectionSet && !update.docChanged && this.view.hasFocus) {
			this.hooks.at(update.state.doc.lineAt(update.state.selection.main.head).number);
		}
	}

	/** The pointer is over a line: what happened there lights up. */
	private pointed(e: PointerEvent): void {
		if (!(e.target as Element).closest(".cm-line")) return;
		const at = this.view.posAtCoords({ x: e.clientX, y: e.clientY });
		this.hooks.at(at === null ? null : this.view.state.doc.lineAt(at).number);
	}

	private async complete(context: CompletionContext): Promise<CompletionResult | null> {
		const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}_]*/u);
		const afterDot = context.matchBefore(/\.\s*$/) !== null;
		if (!context.explicit && !word && !afterDot) return null;
		const abort = new AbortController();
		context.addEventListener("abort", () => abort.abort());
		const items = await this.hooks.complete(this.name, context.pos, abort.signal);
		if (items.length === 0) return null;
		return {
			from: word?.from ?? context.pos,
			validFor: /^[\p{L}\p{N}_]*$/u,
			options: items.map((item) => ({
				label: item.label,
				...(item.kind ? { type: item.kind } : {}),
				...(item.detail ? { detail: item.detail } : {}),
				...(item.import ? { apply: withImport(item.label, item.import) } : {}),
			})),
		};
	}
}

/**
 * Types over a selection in the editor's own way. Left to the browser, text over whole lines is
 * given the style of the first one in an attribute, which the page's Content-Security-Policy refuses.
 */
function overwrite(e: InputEvent, view: EditorView): boolean {
	const { main, ranges } = view.state.selection;
	if (e.inputType !== "insertText" || !e.data || e.isComposing || ranges.length > 1 || main.empty || view.state.readOnly) return false;
	const text = e.data;
	const insert = (): Transaction => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
	const taken = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, main.from, main.to, text, insert));
	if (!taken) view.dispatch(insert());
	e.preventDefault();
	return true;
}

/** Takes a completion from a package that is not imported yet: the word, and its import. */
function withImport(label: string, path: string) {
	return (view: EditorView, _: unknown, from: number, to: number): void => {
		const changes = [{ from, to, insert: label }];
		const text = view.state.doc.toString();
		const block = /^import \(\n/m.exec(text);
		const clause = /^package .*\n/m.exec(text);
		if (!text.includes(`"${path}"`)) {
			if (block) changes.push({ from: block.index + block[0].length, to: block.index + block[0].length, insert: `\t"${path}"\n` });
			else if (clause) changes.push({ from: clause.index + clause[0].length, to: clause.index + clause[0].length, insert: `\nimport "${path}"\n` });
		}
		const set = view.state.changes(changes);
		view.dispatch({ changes: set, selection: { anchor: set.mapPos(to, 1) }, userEvent: "input.complete" });
	};
}

function lintOf(doc: Text, d: Diagnostic): Lint {
	const spot = (line: number, column: number): number => {
		const at = doc.line(Math.max(1, Math.min(line, doc.lines)));
		return Math.min(at.from + Math.max(0, column - 1), at.to);
	};
	const from = spot(d.line, d.column);
	const to = Math.max(from, spot(d.endLine ?? d.line, d.endColumn ?? d.column + 1));
	return { from, to, severity: d.severity, message: d.message };
}

/** Makes the full editor. `nonce` allows its own style sheet under the page's Content-Security-Policy. */
export function codeEditor(hooks: Hooks, nonce: string): Editor {
	return new CodeEditor(hooks, nonce);
}
