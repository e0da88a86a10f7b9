import type { SourceFile } from "./types.ts";

type Listener = (why: "edit" | "replace") => void;

/** A Program is the files as the student has them now. Editors write to it; everything else listens. */
export class Program {
	private listeners: Listener[] = [];

	constructor(private current: SourceFile[]) {}

	/** The files, read-only ones too. The array is the Program's own: do not change it. */
	get files(): readonly SourceFile[] { return this.current; }

	file(name: string): SourceFile | undefined {
		return this.current.find((f) => f.name === name);
	}

	/** Takes what was typed. */
	write(name: string, text: string): void {
		const old = this.file(name);
		if (!old || old.readOnly || old.text === text) return;
		this.current = this.current.map((f) => (f.name === name ? { ...f, text } : f));
		this.tell("edit");
	}

	/** Takes other files in place of all that may be written: a reset, a restored snapshot, another tab's draft. */
	replace(files: readonly SourceFile[]): void {
		this.current = this.current.map((f) => {
			const other = files.find((o) => o.name === f.name);
			return other && !f.readOnly ? { ...f, text: other.text } : f;
		});
		this.tell("replace");
	}

	listen(fn: Listener): void { this.listeners.push(fn); }

	private tell(why: "edit" | "replace"): void {
		for (const fn of this.listeners) fn(why);
	}
}

/** Reports whether two sets of files hold the same text, read-only ones left aside. */
export function sameText(a: readonly SourceFile[], b: readonly SourceFile[]): boolean {
	const own = a.filter((f) => !f.readOnly);
	return own.every((f) => b.find((o) => o.name === f.name)?.text === f.text);
}
