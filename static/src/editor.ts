/** What both editors can do: the full one (CodeMirror) and the plain text field. */
import type { Completion, Diagnostic, SourceFile } from "./types.ts";

export interface Editor {
	readonly element: HTMLElement;
	/** Shows a file. Each keeps its own cursor and, where there is one, its history. */
	open(file: SourceFile): void;
	/** Takes the text of a file that did not come from this editor. */
	replace(file: SourceFile): void;
	/** Moves the cursor to a line of the open file, in view, and takes the focus. */
	goTo(line: number, column?: number): void;
	/** Lights a line of the open file, or none; `reveal` brings it into view without taking the focus. */
	light(line: number | null, reveal: boolean): void;
	/** Marks the line that the verdict blames. */
	blame(file: string, line: number | null): void;
	diagnose(diagnostics: readonly Diagnostic[]): void;
	focus(): void;
	close(): void;
}

export interface Hooks {
	typed(name: string, text: string): void;
	/** The cursor or the pointer is at a line of the open file. */
	at(line: number | null): void;
	complete(name: string, offset: number, signal: AbortSignal): Promise<Completion[]>;
	run(): void;
	submit(): void;
	save(): void;
	label(name: string): string;
	/** What the full editor says by itself, such as "Find", in the language of the page. */
	phrase(english: string): string;
}
