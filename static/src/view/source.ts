/** The student's source as it was submitted, line by line. The line of the event that is shown is lit. */
import { el } from "../dom.ts";
import type { Lights } from "../light.ts";

export class Source {
	private readonly files = new Map<string, HTMLElement[]>(); // Their lines.
	private readonly main: string;

	/** Draws the files. Lines that name no file are those of main.go, or of the first where there is none. */
	constructor(private readonly root: HTMLElement, files: readonly { name: string; text: string }[], lights: Lights) {
		root.hidden = files.length === 0;
		this.main = (files.find(({ name }) => name === "main.go") ?? files[0])?.name ?? "";
		for (const { name, text } of files) {
			const rows = text.replace(/\n$/, "").split("\n").map((line) => el("li", {}, el("code", {}, line)));
			this.files.set(name, rows);
			root.append(el("h2", {}, name), el("ol", { class: "source" }, ...rows));
		}
		lights.add((light) => this.light(light?.line ?? 0, light?.file));
	}

	/** Lights a line, and brings it into sight within its own pane. */
	show(line: number, file?: string): void {
		this.light(line, file);
		this.row(line, file)?.scrollIntoView({ block: "center" });
	}

	/** A line of a file; of one that is not there, nothing. */
	private row(line: number, file = ""): HTMLElement | undefined { return this.files.get(file || this.main)?.[line - 1]; }

	private light(line: number, file?: string): void {
		for (const lit of this.root.querySelectorAll("li.lit")) lit.classList.remove("lit");
		const row = this.row(line, file);
		if (!row) return;
		row.classList.add("lit");
		const top = row.offsetTop - this.root.offsetTop;
		const { scrollTop, clientHeight } = this.root;
		if (top < scrollTop + 40 || top > scrollTop + clientHeight - 60) this.root.scrollTop = top - clientHeight / 2;
	}
}
