/** The broker as a picture: an SVG of places, ways and messages that move from one place to the next. */
import { el, perFrame, svg } from "./dom.ts";
import { type Box, type Layout, layOut, lineHeight, tokenSpot, wayBetween } from "./layout.ts";
import type { Light, Lights } from "./light.ts";
import { died, type Scene, type Spot, sceneInWords } from "./scene.ts";
import { shape, states } from "./shapes.ts";
import type { Say } from "./strings.ts";
import { wrap } from "./text.ts";
import type { Token } from "./types.ts";

export class Picture {
	readonly element: HTMLElement;
	private readonly drawing = svg("svg", { role: "img" });
	private readonly ways = svg("g", { class: "ways" });
	private readonly boxes = svg("g", { class: "boxes" });
	private readonly tokens = svg("g", { class: "tokens" });
	private readonly quiet: HTMLElement;
	private readonly moving = new Map<string, SVGGElement>();
	private room = new Map<string, number>();
	private further = new Map<string, number>(); // Lines of text after the first two that each place once had.
	private scene: Scene = { spots: [], flows: [] };
	private light: Light | null = null;
	private readonly redraw = perFrame(() => this.draw());

	constructor(private readonly say: Say, private readonly lights: Lights) {
		this.drawing.append(this.ways, this.boxes, this.tokens);
		this.quiet = el("p", { class: "quiet" }, say("picture.empty"));
		this.element = el("div", { class: "picture" }, this.quiet, this.drawing);
		new ResizeObserver(this.redraw).observe(this.element);
		lights.add((light) => {
			this.light = light;
			this.showLight();
		});
	}

	show(scene: Scene): void {
		this.scene = scene;
		this.redraw();
	}

	/** Forgets how much room each place once needed. */
	forget(): void {
		this.room.clear();
		this.further.clear();
	}

	private draw(): void {
		const { spots, flows } = this.scene;
		this.quiet.hidden = spots.length > 0;
		this.drawing.toggleAttribute("hidden", spots.length === 0);
		this.drawing.setAttribute("aria-label", sceneInWords(this.scene, this.say));
		if (spots.length === 0) return;
		for (const spot of spots) this.room.set(spot.place.id, Math.max(this.room.get(spot.place.id) ?? 0, spot.tokens.length, 1));
		const width = Math.max(260, this.element.clientWidth - 40);
		const layout = layOut(spots.map((s) => s.place), flows, width, (p) => this.room.get(p.id) ?? 1, (p, boxWidth) => this.furtherLines(p.id, boxWidth));
		this.drawing.setAttribute("viewBox", `-2 -2 ${layout.width + 4} ${layout.height + 4}`);
		this.drawing.setAttribute("width", String(layout.width + 4));
		this.drawing.setAttribute("height", String(layout.height + 4));
		this.drawWays(layout);
		this.boxes.replaceChildren(...spots.filter((s) => s.when !== "later").map((spot) => this.box(spot, layout.boxes.get(spot.place.id)!)));
		this.drawTokens(layout);
		this.showLight();
	}

	/** How many lines the texts of a place take after the first two. It never gets less, so that nothing jumps. */
	private furtherLines(id: string, boxWidth: number): number {
		const spot = this.scene.spots.find((s) => s.place.id === id);
		const now = spot ? textLines(spot, boxWidth).length - 2 : 0;
		const most = Math.max(now, this.further.get(id) ?? 0);
		this.further.set(id, most);
		return most;
	}

	private drawWays(layout: Layout): void {
		const gone = new Set(this.scene.spots.filter((s) => s.when === "gone").map((s) => s.place.id));
		const later = new Set(this.scene.spots.filter((s) => s.when === "later").map((s) => s.place.id));
		this.ways.replaceChildren(
			...this.scene.flows.filter((f) => !later.has(f.from) && !later.has(f.to)).map((flow) => {
				const d = wayBetween(layout.boxes.get(flow.from)!, layout.boxes.get(flow.to)!);
				const off = gone.has(flow.from) || gone.has(flow.to);
				return svg("path", { class: off ? "way off" : "way", d }, flow.label ? svg("title", {}, flow.label) : null);
			}),
		);
	}

	private box(spot: Spot, box: Box): SVGGElement {
		const { place } = spot;
		const name = `place ${place.kind}${spot.when === "gone" ? " gone" : ""}${died(place) ? " crashed" : ""}`;
		const radius = place.kind === "exchange" ? box.height / 2 : 8;
		const texts = place.kind === "exchange" ? { x: box.x + box.width / 2, "text-anchor": "middle" } : { x: box.x + 14 };
		const group = svg(
			"g",
			{ class: name, "data-place": place.name },
			svg("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: radius }),
			...textLines(spot, box.width).map((line, i) => svg("text", { ...texts, y: box.y + 20 + (i && 1) + i * lineHeight, class: line.class }, line.text)),
			svg("title", {}, `${spot.title}: ${spot.note}`),
		);
		group.addEventListener("pointerenter", () => this.lights.point({ place: place.name }));
		group.addEventListener("pointerleave", () => this.lights.point(null));
		return group;
	}

	/** Moves the tokens that are still there, and drops those that are not. Each is known by its message. */
	private drawTokens(layout: Layout): void {
		const seen = new Set<string>();
		const counts: SVGElement[] = [];
		for (const spot of this.scene.spots) {
			const box = layout.boxes.get(spot.place.id)!;
			spot.tokens.forEach((token, i) => this.place(token, tokenSpot(box, i, layout.perRow), seen));
			let x = tokenSpot(box, 0, layout.perRow).x;
			const y = tokenSpot(box, 0, layout.perRow).y;
			for (const { state, n } of spot.counts) {
				const text = String(n);
				counts.push(svg("g", { class: "count", transform: `translate(${x} ${y})` }, shape(state), svg("text", { x: 12, y: 4.5 }, text)));
				x += 26 + text.length * 8;
			}
		}
		this.tokens.querySelectorAll(".count").forEach((old) => old.remove());
		this.tokens.append(...counts);
		for (const [key, group] of this.moving) {
			if (seen.has(key)) continue;
			group.remove();
			this.moving.delete(key);
		}
	}

	private place(token: Token, spot: { x: number; y: number }, seen: Set<string>): void {
		let key = `m${token.message}`;
		while (seen.has(key)) key += "'"; // The same message in two places: the second copy has its own shape.
		seen.add(key);
		const old = this.moving.get(key);
		const group = old ?? svg("g", { class: "token", "data-message": token.message });
		if (group.dataset["state"] !== token.state) {
			group.dataset["state"] = token.state;
			const label = token.label || `#${token.message}`;
			const title = this.say("picture.message", { label, state: this.say(`state.${token.state}`) });
			group.replaceChildren(shape(token.state), svg("title", {}, title));
		}
		group.style.transform = `translate(${spot.x}px, ${spot.y}px)`;
		if (old) return;
		group.addEventListener("pointerenter", () => this.lights.point({ message: token.message }));
		group.addEventListener("pointerleave", () => this.lights.point(null));
		this.moving.set(key, group);
		this.tokens.append(group);
	}

	private showLight(): void {
		const { place, message } = this.light ?? {};
		for (const box of this.boxes.querySelectorAll<SVGElement>("[data-place]")) {
			box.classList.toggle("lit", place !== undefined && place !== "" && box.dataset["place"] === place);
		}
		for (const token of this.tokens.querySelectorAll<SVGElement>("[data-message]")) {
			token.classList.toggle("lit", message !== undefined && message > 0 && token.dataset["message"] === String(message));
		}
	}
}

/** The lines of a box: its name, then its note, each on two lines at most. */
function textLines(spot: Spot, width: number): { class: string; text: string }[] {
	const lines = (text: string, letter: number): string[] => wrap(text, Math.floor((width - 22) / letter));
	return [...lines(spot.title, 7.3).map((text) => ({ class: "name", text })), ...lines(spot.note, 6.5).map((text) => ({ class: "note", text }))];
}

/** Says which shape is which state. */
export function legend(say: Say): HTMLElement {
	const rows = states.map((state) => el("span", { class: `state ${state}` }, say(`state.${state}`)));
	return el("p", { class: "legend", "aria-label": say("picture.legend") }, ...rows);
}
