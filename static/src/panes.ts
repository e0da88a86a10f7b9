/** Separators between panes: dragged, or moved with the arrow keys; sizes are kept in this browser. */
import { el } from "./dom.ts";

interface Split {
	/** The custom property of `root` that the style sheet reads the size from, in percent. */
	property: string;
	label: string;
	controls: string;
	axis: "x" | "y";
	least: number;
	most: number;
	start: number;
	/** Sizes that grow from the far end: the output under the editor. */
	fromEnd?: boolean;
}

/** Makes a separator for a pane inside `root`. Double click and Home put the first size back. */
export function separator(root: HTMLElement, split: Split): HTMLElement {
	const key = `pane:${split.property}`;
	const bar = el("div", {
		class: `separator ${split.axis}`, role: "separator", tabindex: 0, "aria-label": split.label, "aria-controls": split.controls,
		"aria-orientation": split.axis === "x" ? "vertical" : "horizontal", "aria-valuemin": split.least, "aria-valuemax": split.most,
	});
	let size = Number(read(key)) || split.start;
	const set = (value: number): void => {
		size = Math.max(split.least, Math.min(split.most, value));
		root.style.setProperty(split.property, `${size.toFixed(2)}%`);
		bar.setAttribute("aria-valuenow", String(Math.round(size)));
	};
	const keep = (): void => write(key, String(size));
	set(size);

	bar.addEventListener("pointerdown", (e) => {
		e.preventDefault();
		bar.setPointerCapture(e.pointerId);
		bar.classList.add("dragged");
		const begin = { at: split.axis === "x" ? e.clientX : e.clientY, size };
		const whole = split.axis === "x" ? root.clientWidth : root.clientHeight;
		const move = (m: PointerEvent): void => {
			const by = ((split.axis === "x" ? m.clientX : m.clientY) - begin.at) / whole * 100;
			set(begin.size + (split.fromEnd ? -by : by));
		};
		bar.addEventListener("pointermove", move);
		const end = (): void => {
			bar.removeEventListener("pointermove", move);
			bar.classList.remove("dragged");
			keep();
		};
		bar.addEventListener("lostpointercapture", end, { once: true });
	});
	bar.addEventListener("dblclick", () => {
		set(split.start);
		keep();
	});
	bar.addEventListener("keydown", (e) => {
		const by = { ArrowLeft: -2, ArrowUp: -2, ArrowRight: 2, ArrowDown: 2 }[e.key];
		if (e.key === "Home") set(split.start);
		else if (by !== undefined) set(size + (split.fromEnd ? -by : by));
		else return;
		e.preventDefault();
		keep();
	});
	return bar;
}

/** Reads a preference. A browser that keeps nothing has none. */
export function read(key: string): string | null {
	try {
		return localStorage.getItem(key);
	} catch {
		return null;
	}
}

/** Keeps a preference where the browser allows it. */
export function write(key: string, value: string): void {
	try {
		localStorage.setItem(key, value);
	} catch {
		// The page works without.
	}
}
