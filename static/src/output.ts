/** What the program prints: both streams in order, without escape sequences, and never more than a browser can hold. */
import { el, perFrame } from "./dom.ts";
import type { Say } from "./strings.ts";
import { AnsiFilter } from "./text.ts";

const most = 256 * 1024; // Characters kept.

export class Output {
	readonly element: HTMLElement;
	private readonly empty: HTMLElement;
	private readonly cut: HTMLElement;
	private filters = { stdout: new AnsiFilter(), stderr: new AnsiFilter() };
	private held = 0;
	private waiting: { stream: "stdout" | "stderr"; text: string }[] = [];
	private readonly draw = perFrame(() => this.flush());

	constructor(say: Say) {
		this.empty = el("p", { class: "quiet" }, say("output.empty"));
		this.cut = el("p", { class: "quiet", hidden: true }, say("output.cut"));
		this.element = el("div", { class: "print", tabindex: 0, role: "log", "aria-live": "off", "aria-label": say("output.title") }, this.empty, this.cut);
	}

	get length(): number { return this.held; }

	clear(): void {
		this.filters = { stdout: new AnsiFilter(), stderr: new AnsiFilter() };
		this.held = 0;
		this.waiting = [];
		this.cut.hidden = true;
		this.empty.hidden = false;
		this.element.replaceChildren(this.empty, this.cut);
	}

	add(stream: "stdout" | "stderr", piece: string): void {
		const text = this.filters[stream].take(piece);
		if (text === "") return;
		this.waiting.push({ stream, text });
		this.held += text.length;
		this.draw();
	}

	/** Shows what a judged run printed last, under a heading, in place of everything else. */
	excerpt(heading: string, text: string): void {
		this.clear();
		this.element.append(el("p", { class: "quiet" }, heading));
		this.add("stdout", text);
	}

	/** Says how the program ended, after all that it printed. */
	end(text: string): void {
		if (this.waiting.length > 0) this.flush();
		this.empty.hidden = true;
		this.element.append(el("p", { class: "end" }, text));
		this.element.scrollTop = this.element.scrollHeight;
	}

	/** Says something that can be helped, with a button that helps. */
	offer(text: string, button: string, action: () => void): void {
		const act = (): void => {
			this.element.focus(); // The button goes with what it stands in.
			action();
		};
		this.element.append(el("p", { class: "end" }, text, " ", el("button", { type: "button", class: "btn", click: act }, button)));
		this.element.scrollTop = this.element.scrollHeight;
	}

	private flush(): void {
		const box = this.element;
		const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
		this.empty.hidden = true;
		for (const { stream, text } of this.waiting) {
			const last = box.lastElementChild;
			if (last?.className === stream && last.textContent!.length < 8192) last.append(text);
			else box.append(el("span", { class: stream }, text));
		}
		this.waiting = [];
		while (this.held > most && box.children.length > 3) {
			const oldest = box.children[2]!;
			this.held -= oldest.textContent!.length;
			oldest.remove();
			this.cut.hidden = false;
		}
		if (atEnd) box.scrollTop = box.scrollHeight;
	}
}
