/** The five shapes of a message, drawn around the point 0,0. Colour and shape always go together. */
import { el, svg } from "./dom.ts";
import type { Say } from "./strings.ts";
import type { TokenState } from "./types.ts";

export const states: readonly TokenState[] = ["ready", "flight", "done", "dead", "twice"];

/** Draws the shape of a state; its class gives the colour. */
export function shape(state: TokenState): SVGGElement {
	return svg("g", { class: `shape ${state}` }, ...parts[state]());
}

const parts: Record<TokenState, () => SVGElement[]> = {
	ready: () => [svg("circle", { r: 6, class: "full" })],
	flight: () => [svg("circle", { r: 5, class: "ring" })],
	done: () => [svg("path", { d: "M-5.5 .5l3.8 4.2 7-9", class: "ring" })],
	dead: () => [svg("path", { d: "M-4.5-4.5l9 9M4.5-4.5l-9 9", class: "ring" })],
	twice: () => [svg("circle", { r: 6.4, class: "ring thin" }), svg("circle", { r: 2.6, class: "ring thin" })],
};

/** Says which shape is which state. */
export function legend(say: Say): HTMLElement {
	return el("p", { class: "legend", "aria-label": say("picture.legend") }, ...states.map((state) => el("span", { class: `state ${state}` }, say(`state.${state}`))));
}
