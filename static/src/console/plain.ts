/** A terminal of plain parts: a text, and a field under it. What a phone and a screen reader do best. */
import { el } from "../dom.ts";
import { Line } from "./line.ts";
import type { Keys, Screen } from "./types.ts";

const most = 200_000; // Characters that are kept.

/** Reports whether a line is of a table: it has three columns or more, or a wide gap. */
export function isRow(line: string): boolean { return /\S( {2,}|\t)\S.*( {2,}|\t)\S| {6}\S/.test(line); }

/** Lines of a table are kept whole, so that its columns can be read: one scrolls to their ends. All else is wrapped. */
function inRows(text: string): (string | HTMLElement)[] {
	return text.split(/(?<=\n)/).map((line) => (isRow(line) ? el("span", { class: "row" }, line) : line));
}

export function plainScreen(keys: Keys): Screen {
	const text = el("pre", { class: "said", role: "log", tabindex: "0", "aria-label": keys.label });
	const before = el("span", { class: "before", "aria-hidden": "true" });
	const field = el("input", { type: "text", autocapitalize: "off", autocomplete: "off", autocorrect: "off", spellcheck: "false", enterkeyhint: "send", "aria-label": keys.label, title: keys.hint });
	const form = el("form", { class: "ask" }, before, field, el("button", { type: "submit", class: "btn" }, keys.send));
	const line = new Line(keys.history);
	let completing: Promise<void> | null = null; // What waits for an answer.
	const show = (): void => {
		field.value = line.text;
		field.setSelectionRange(line.at, line.at);
	};
	const write = (more: string): void => {
		const atEnd = text.scrollHeight - text.scrollTop - text.clientHeight < 40;
		text.append(...inRows(more));
		while (text.textContent!.length > most && text.firstChild) text.firstChild.remove();
		if (atEnd) text.scrollTop = text.scrollHeight;
	};
	form.addEventListener("submit", (e) => {
		e.preventDefault();
		if (completing) return void completing.then(() => form.requestSubmit());
		line.set(field.value);
		keys.line(line.take());
		show();
		text.scrollTop = text.scrollHeight;
	});
	field.addEventListener("paste", (e) => {
		const pasted = e.clipboardData?.getData("text") ?? "";
		if (!pasted.includes("\n")) return;
		e.preventDefault();
		const lines = (field.value.slice(0, field.selectionStart!) + pasted).replaceAll("\r\n", "\n").split("\n");
		line.set(lines.pop()!);
		for (const one of lines) keys.line(one);
		show();
	});
	/** Completes what stands before the cursor; what is typed until then stays after it. */
	const complete = async (): Promise<void> => {
		const before = field.value.slice(0, field.selectionStart ?? field.value.length);
		const { line: done, choices } = await keys.complete(before);
		if (!field.value.startsWith(before)) return; // Something else is being written by now.
		const after = (field.selectionStart ?? field.value.length) - before.length;
		line.set(done + field.value.slice(before.length));
		line.move(done.length + Math.max(0, after));
		if (choices.length > 0) write(`${choices.join("  ")}\n`);
		show();
	};
	field.addEventListener("keydown", (e) => {
		line.text = field.value;
		line.at = field.selectionStart ?? field.value.length;
		if (e.key === "ArrowUp" || e.key === "ArrowDown") line.step(e.key === "ArrowUp" ? 1 : -1);
		else if (e.key === "Tab" && !e.shiftKey && field.value !== "") completing ??= complete().finally(() => { completing = null; });
		else if (e.ctrlKey && e.key === "c" && field.selectionStart === field.selectionEnd) keys.interrupt();
		else if (e.ctrlKey && e.key === "d" && field.value === "") keys.eof();
		else if (e.ctrlKey && e.key === "r") line.search();
		else return;
		e.preventDefault();
		if (e.key !== "Tab") show();
	});
	return {
		element: el("div", { class: "screen simple" }, text, form),
		write,
		prompt: (now) => { before.textContent = now; },
		clear: () => text.replaceChildren(),
		focus: () => field.focus({ preventScroll: true }),
		fit: () => { text.scrollTop = text.scrollHeight; },
		close: () => undefined,
	};
}
