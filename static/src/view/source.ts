/** The student's source as it was submitted, line by line. The line of the event that is shown is lit. */
import { el } from "../dom.ts";
import type { Lights } from "../light.ts";

export class Source {
	private lines: HTMLElement[] = [];

	/** Draws the files; lines of events are those of the first. */
	constructor(private readonly root: HTMLElement, files: readonly { name: string; text: string }[], lights: Lights) {
		root.hidden = files.length === 0;
		files.forEach((file, i) => {
			const rows = file.text.replace(/\n$/, "").split("\n").map((text) => el("li", {}, el("code", {}, text)));
			if (i === 0) this.lines = rows;
			root.append(el("h2", {}, file.name), el("ol", { class: "source" }, ...rows));
		});
		lights.add((light) => this.light(light?.line ?? 0));
	}

	/** Lights a line, and brings it into sight within its own pane. */
	show(line: number): void {
		this.light(line);
		this.lines[line - 1]?.scrollIntoView({ block: "center" });
	}

	private light(line: number): void {
		for (const lit of this.root.querySelectorAll("li.lit")) lit.classList.remove("lit");
		const row = this.lines[line - 1];
		if (!row) return;
		row.classList.add("lit");
		const top = row.offsetTop - this.root.offsetTop;
		const { scrollTop, clientHeight } = this.root;
		if (top < scrollTop + 40 || top > scrollTop + clientHeight - 60) this.root.scrollTop = top - clientHeight / 2;
	}
}
