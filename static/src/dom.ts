/** Building elements. Text only ever goes in as text, so nothing that a program prints can become markup. */
import { marked } from "./text.ts";

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

/** Makes an HTML element. An attribute that is a function is a listener named by its key ("click"). */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
	const element = document.createElement(tag);
	fill(element, attributes, children);
	return element;
}

/** Makes an SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
	const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
	fill(element, attributes, children);
	return element;
}

function fill(element: Element, attributes: Attributes, children: Child[]): void {
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function") element.addEventListener(name, value as EventListener);
		else if (value === true) element.setAttribute(name, "");
		else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
	}
	for (const child of children) if (child) element.append(child);
}

/** Turns `code`, **strong** and *emphasis* into elements; everything else stays text. */
export function inline(text: string): Node[] {
	return marked(text).map(({ kind, text }) => {
		if (kind === "text") return document.createTextNode(text);
		return kind === "code" ? el("code", {}, text) : el(kind, {}, ...inline(text));
	});
}

/** Finds an element that the server promises to have rendered. */
export function need<T extends HTMLElement = HTMLElement>(id: string): T {
	const element = document.getElementById(id);
	if (!element) throw new Error(`the page has no element #${id}`);
	return element as T;
}

/** Calls fn once per frame however often it is asked for. */
export function perFrame(fn: () => void): () => void {
	let asked = false;
	return () => {
		if (asked) return;
		asked = true;
		requestAnimationFrame(() => {
			asked = false;
			fn();
		});
	};
}
