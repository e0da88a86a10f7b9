/** A terminal as people know it: xterm.js, with a line editor of our own at its end. */
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { el } from "../dom.ts";
import { Line } from "./line.ts";
import type { Keys, Screen } from "./types.ts";
import { Waiting } from "./waiting.ts";

const font = "\"JetBrains Mono Variable\", ui-monospace, monospace";
const longest = 4000; // Characters of an unfinished line; what is longer is broken.

export function xtermScreen(keys: Keys): Screen { return new XtermScreen(keys); }

class XtermScreen implements Screen {
	readonly element = el("div", { class: "screen" });
	private readonly term: Terminal;
	private readonly fitting = new FitAddon();
	private readonly line: Line;
	private readonly watch: (() => void)[] = [];
	private tail = ""; // The last line of what was said, if it has no end yet.
	private before = ""; // The prompt.
	private wanted = false;
	private readonly waiting = new Waiting((data) => this.typed(data));
	private above = 0; // Rows from the beginning of the tail to the cursor.

	constructor(private readonly keys: Keys) {
		this.line = new Line(keys.history);
		Terminal.strings.tooMuchOutput = keys.much;
		const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
		this.term = new Terminal({
			convertEol: true, fontFamily: font, fontSize: 13, lineHeight: 1.25, cursorBlink: !calm, scrollback: 5000,
			screenReaderMode: true, theme: colours(this.element), smoothScrollDuration: 0,
			minimumContrastRatio: 4.5,
		});
		this.term.loadAddon(this.fitting);
		this.term.attachCustomKeyEventHandler((e) => this.passes(e));
		this.term.onData((data) => {
			if (data === interrupt) this.waiting.drop();
			this.waiting.key(data);
		});
		this.term.onResize(() => this.draw());
		queueMicrotask(() => this.open());
	}

	write(text: string): void {
		const all = this.tail + text;
		let cut = all.lastIndexOf("\n") + 1;
		let broken = "";
		if (all.length - cut > longest) [cut, broken] = [all.length, "\n"];
		this.tail = all.slice(cut);
		this.term.write(this.erasing() + all.slice(0, cut) + broken);
		this.above = 0;
		this.draw();
	}

	prompt(text: string): void {
		this.before = text;
		this.draw();
	}

	clear(): void {
		this.tail = "";
		this.term.write("\x1b[2J\x1b[3J\x1b[H");
		this.above = 0;
		this.draw();
	}

	focus(): void {
		this.wanted = true; // Before it is open, it takes the focus then.
		this.term.focus();
	}

	fit(): void { if (this.element.isConnected && this.element.clientWidth > 40) this.fitting.fit(); }

	close(): void {
		for (const stop of this.watch) stop();
		this.term.dispose();
	}

	private open(): void {
		this.term.open(this.element);
		if (this.wanted) this.term.focus();
		this.term.textarea?.setAttribute("aria-label", `${this.keys.label}. ${this.keys.hint}`);
		const sized = new ResizeObserver(() => this.fit());
		sized.observe(this.element);
		const themed = (): void => { this.term.options.theme = colours(this.element); };
		const dark = matchMedia("(prefers-color-scheme: dark)");
		dark.addEventListener("change", themed);
		const switched = new MutationObserver(themed);
		switched.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
		this.watch.push(() => sized.disconnect(), () => switched.disconnect(), () => dark.removeEventListener("change", themed));
		void document.fonts.load(`13px ${font}`, "aя").finally(() => {
			themed();
			this.term.options.fontFamily = `${font} `; // Measured again, with the font.
			this.fit();
		});
	}

	/** What removes the line that is being typed, back to the beginning of the tail. */
	private erasing(): string { return `${this.above > 0 ? `\x1b[${this.above}A` : ""}\r\x1b[J`; }

	private draw(): void {
		const cols = Math.max(this.term.cols, 1);
		const head = this.tail + this.before;
		const whole = head + this.line.text;
		const place = head.length + this.line.at;
		const full = whole.length > 0 && whole.length % cols === 0;
		const rows = Math.floor(whole.length / cols);
		const up = rows - Math.floor(place / cols);
		const to = `${up > 0 ? `\x1b[${up}A` : ""}\r${place % cols > 0 ? `\x1b[${place % cols}C` : ""}`;
		this.term.write(this.erasing() + whole + (full ? " \r" : "") + to);
		this.above = Math.floor(place / cols);
	}

	/** Which keys are for the terminal. Tab leaves it when nothing was typed, and Shift+Tab always. */
	private passes(e: KeyboardEvent): boolean {
		if (e.key === "Tab" && (e.shiftKey || this.line.text === "")) return false;
		if (e.altKey && /^[1-9]$/.test(e.key)) return false;
		const command = e.ctrlKey || e.metaKey;
		if (command && e.key === "Enter") return false;
		if (command && e.key.toLowerCase() === "c" && this.term.hasSelection()) {
			if (e.type === "keydown") void navigator.clipboard?.writeText(this.term.getSelection()).catch(() => undefined);
			if (e.type === "keydown") this.term.clearSelection();
			return false;
		}
		return !(command && e.key.toLowerCase() === "v"); // The browser pastes.
	}

	private typed(data: string): void {
		const action = actions[data];
		if (action) {
			action(this, this.line, this.keys);
			this.draw();
			return;
		}
		if (data.startsWith("\x1b")) return; // A key that does nothing here.
		const parts = data.replaceAll("\r\n", "\r").split(/[\r\n]/);
		parts.forEach((part, i) => {
			this.line.insert([...part].filter((c) => c >= " " || c === "\t").join(""));
			if (i < parts.length - 1) this.keys.line(this.line.take());
		});
		this.draw();
	}

	/** Completes what stands before the cursor. What is typed until then comes after it. */
	complete(): void {
		this.waiting.until(this.keys.complete(this.line.text.slice(0, this.line.at)), ({ line, choices }) => {
			this.line.cut(0);
			this.line.insert(line);
			if (choices.length > 0) this.write(`${this.tail === "" ? "" : "\n"}${choices.join("  ")}\n`);
			else this.draw();
		});
	}
}

const interrupt = "\x03"; // What Ctrl-C is to xterm.js.

/** What the keys do, by what xterm.js calls them. */
const actions: Record<string, (screen: XtermScreen, line: Line, keys: Keys) => void> = {
	"\r": (_, line, keys) => keys.line(line.take()),
	[interrupt]: (_, line, keys) => {
		line.take();
		keys.interrupt();
	},
	"\x04": (_, line, keys) => (line.text === "" ? keys.eof() : line.cut(line.at + 1)),
	"\x7f": (_, line) => line.at > 0 && line.cut(line.at - 1),
	"\x1b[3~": (_, line) => {
		const at = line.at;
		line.move(at + 1);
		line.cut(at);
	},
	"\x01": (_, line) => line.move(0),
	"\x05": (_, line) => line.move(line.text.length),
	"\x1b[H": (_, line) => line.move(0),
	"\x1b[F": (_, line) => line.move(line.text.length),
	"\x15": (_, line) => line.cut(0),
	"\x0b": (_, line) => { line.text = line.text.slice(0, line.at); },
	"\x17": (_, line) => line.cut(line.wordStart),
	"\x1b\x7f": (_, line) => line.cut(line.wordStart),
	"\x0c": (screen) => screen.clear(),
	"\x12": (_, line) => line.search(),
	"\t": (screen) => screen.complete(),
	"\x1b[A": (_, line) => line.step(1),
	"\x1b[B": (_, line) => line.step(-1),
	"\x1b[C": (_, line) => line.move(line.at + 1),
	"\x1b[D": (_, line) => line.move(line.at - 1),
	"\x1b[1;5D": (_, line) => line.move(line.wordStart),
	"\x1b[1;5C": (_, line) => line.move(line.wordEnd),
	"\x1bb": (_, line) => line.move(line.wordStart),
	"\x1bf": (_, line) => line.move(line.wordEnd),
};

/** The colours of the page, which xterm.js takes as values only. */
function colours(near: HTMLElement): Record<string, string> {
	const probe = el("i");
	(near.isConnected ? near : document.body).append(probe);
	const of = (name: string): string => {
		probe.style.color = `var(--${name})`;
		return getComputedStyle(probe).color;
	};
	const theme = { background: of("raised"), foreground: of("ink"), cursor: of("accent"), cursorAccent: of("raised"), selectionBackground: of("edge"), selectionForeground: of("paper") };
	probe.remove();
	return theme;
}

let allowed = false;

/**
 * Lets what xterm.js makes have styles in this page, by ways that the page's policy allows: its style
 * elements carry the page's nonce, or where there is none their text becomes an adopted sheet, and what
 * it writes as an attribute of a span is set as properties. It asks the document for elements at any
 * time. Of a page with a nonce nothing is adopted: the editor's sheets must stay before the page's own.
 */
export function allowStyles(): void {
	if (allowed) return;
	allowed = true;
	const make = document.createElement.bind(document);
	const nonce = document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? "";
	document.createElement = (tag: string, options?: ElementCreationOptions): HTMLElement => {
		if (tag === "style" && nonce === "") return adopted(make("template"));
		const made = make(tag, options);
		if (tag === "style") made.nonce = nonce;
		if (tag === "span") made.setAttribute = styledBy;
		return made;
	};
}

/** Stands for a style element: its text is a sheet that the document adopts, until the element is removed. */
function adopted(element: HTMLElement): HTMLElement {
	const sheet = new CSSStyleSheet();
	document.adoptedStyleSheets.push(sheet);
	Object.defineProperty(element, "textContent", { set: (text: string) => sheet.replaceSync(text) });
	element.remove = () => {
		document.adoptedStyleSheets = document.adoptedStyleSheets.filter((s) => s !== sheet);
		HTMLElement.prototype.remove.call(element);
	};
	return element;
}

function styledBy(this: HTMLElement, name: string, value: string): void {
	if (name === "style") this.style.cssText = value;
	else HTMLElement.prototype.setAttribute.call(this, name, value);
}
