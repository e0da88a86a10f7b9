/** The plain text field: what a screen reader or a phone does best. Tab leaves it, as in every form. */
import { el } from "./dom.ts";
import type { Editor, Hooks } from "./editor.ts";
import type { SourceFile } from "./types.ts";

export function plainEditor(hooks: Hooks): Editor {
	const field = el("textarea", { class: "plain", spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off" });
	const cursors = new Map<string, number>();
	let open = "";
	field.addEventListener("input", () => hooks.typed(open, field.value));
	field.addEventListener("keydown", (e) => {
		if (e.key === "Enter" && !e.ctrlKey && !e.metaKey && !e.shiftKey && indent(field)) {
			e.preventDefault();
			hooks.typed(open, field.value);
		}
	});
	const show = (file: SourceFile): void => {
		if (open) cursors.set(open, field.selectionStart);
		open = file.name;
		field.value = file.text;
		field.readOnly = file.readOnly === true;
		field.setAttribute("aria-label", hooks.label(file.name));
		const at = cursors.get(open) ?? 0;
		field.setSelectionRange(at, at);
	};
	return {
		element: field,
		open: show,
		replace: (file) => {
			if (file.name === open && field.value !== file.text) field.value = file.text;
		},
		goTo: (line, column = 1) => {
			const lines = field.value.split("\n");
			const start = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
			field.focus();
			field.setSelectionRange(start + column - 1, start + (lines[line - 1]?.length ?? 0));
			field.scrollTop = Math.max(0, (field.scrollHeight / Math.max(1, lines.length)) * (line - 4));
		},
		light: () => undefined,
		blame: () => undefined,
		diagnose: () => undefined,
		focus: () => field.focus(),
		close: () => field.remove(),
	};
}

/** Begins a new line as deep as the one before. Reports whether there was anything to do. */
function indent(field: HTMLTextAreaElement): boolean {
	const { value, selectionStart: at } = field;
	const line = value.slice(value.lastIndexOf("\n", at - 1) + 1, at);
	const depth = /^[\t ]*/.exec(line)![0] + (/[{(]\s*$/.test(line) ? "\t" : "");
	if (depth === "" || field.readOnly) return false;
	field.setRangeText(`\n${depth}`, at, field.selectionEnd, "end");
	return true;
}
