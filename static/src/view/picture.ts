/**
 * The picture: an SVG of places, ways and messages. What is already there is kept and changed,
 * never drawn anew, so that scrubbing through a long run costs little.
 */
import { el, svg } from "../dom.ts";
import type { Light, Lights } from "../light.ts";
import { shape } from "../shapes.ts";
import type { Say } from "../strings.ts";
import { widthOf, wrap } from "../text.ts";
import { Camera } from "./camera.ts";
import type { LogView } from "./cluster.ts";
import { Arranger, type Box, drawnOf, keyLines, type Layout, lettersIn, lineHeight, mostHeight, pad, tokenSpot, tokenStep, wayBetween } from "./layout.ts";
import { denseLog, groupHead, logParts, rowOf, shortBox, tokenSpots } from "./log.ts";
import { along, appear, glide, grow, settle, slide, type Point } from "./motion.ts";
import { died, type Scene, type Seat, type Spot, type Total } from "./scene.ts";
import type { Flow, JournalEvent, Token } from "./types.ts";

/** What the page does when something in the picture is chosen. */
export interface Choices {
	place(name: string): void;
	message(number: number): void;
}

interface BoxView {
	group: SVGGElement;
	/** What is drawn now: when it is the same, nothing is touched. */
	drawn: string;
	place: string;
}

interface TokenView {
	group: SVGGElement;
	message: number;
	seat: string;
	state: string;
	at: Point;
}

const noteLetter = 6.4; // Pixels that a letter of a note takes,
const nameLetter = 6.3; // and one of a message's name.
const manyWays = 40; // From here on, ways step back until a place is pointed at.
const tallest = 430; // Pixels that a picture may take,
const tallestCluster = 1300; // and one of logs, which are read line by line.

export class Picture {
	readonly element: HTMLElement;
	/** The buttons that zoom. */
	readonly lenses: HTMLElement;
	private readonly drawing = svg("svg", { "aria-hidden": "true" });
	private readonly world = svg("g");
	private readonly ways = svg("g", { class: "ways" });
	private readonly boxes = svg("g", { class: "boxes" });
	private readonly tokens = svg("g", { class: "tokens" });
	private readonly window: HTMLElement;
	private readonly quiet: HTMLElement;
	private readonly touching: HTMLElement; // Says how fingers move a picture that is larger than its window.
	private readonly camera: Camera;
	private readonly arranger = new Arranger();
	private readonly views = { boxes: new Map<string, BoxView>(), tokens: new Map<string, TokenView>(), ways: new Map<string, SVGPathElement>() };
	private light: Light | null = null;
	private sought = 0; // The message whose life is shown.
	private moving = false; // Messages may still be on their way.
	private width = 0;
	private height = 0;
	private layout: Layout | null = null;
	private growing = false; // The run goes on, and more may come.

	constructor(private readonly say: Say, lights: Lights, choices: Choices, resized: () => void) {
		this.drawing.append(svg("defs", {}, arrow("tip")), this.world);
		this.world.append(this.ways, this.boxes, this.tokens);
		this.quiet = el("p", { class: "quiet" }, say("picture.empty"));
		this.window = el("div", { class: "window", tabindex: 0, role: "img", title: say("view.keys") }, this.drawing);
		this.touching = el("p", { class: "touching", hidden: true }, say("view.touch"));
		this.camera = new Camera(this.window, this.world, (larger) => { this.touching.hidden = !larger; });
		this.lenses = this.makeLenses();
		this.element = el("div", { class: "picture" }, this.quiet, this.window, this.touching);
		this.element.addEventListener("pointerdown", (e) => e.pointerType === "touch" && this.element.classList.add("touched"));
		new ResizeObserver(() => {
			if (this.window.clientWidth !== this.width) resized();
		}).observe(this.element);
		lights.add((light) => {
			this.light = light;
			this.showLight();
		});
		this.listen(lights, choices);
	}

	/** Another run: nothing of what was drawn stays. One that goes on begins in the room that the last such run had. */
	forget(growing = false): void {
		this.arranger.forget();
		if (!growing || !this.growing) this.height = 0;
		this.growing = growing;
		this.layout = null;
		for (const views of Object.values(this.views)) views.clear();
		for (const layer of [this.ways, this.boxes, this.tokens]) layer.replaceChildren();
		this.camera.fit();
	}

	/** Marks a message wherever it is. */
	seek(message: number): void {
		this.sought = message;
		this.showLight();
	}

	/**
	 * Draws a scene. `seats` and `ways` are all that the run is known to have, so that each has
	 * its room from the beginning. Messages are seen to move when the events that moved them are few.
	 */
	show(scene: Scene, seats: readonly Seat[], ways: readonly Flow[], words: string, moved: readonly JournalEvent[]): void {
		const none = scene.spots.length === 0;
		if (!none && !this.quiet.hidden && this.growing) this.height = Math.max(this.height, this.element.clientHeight);
		this.quiet.hidden = !none;
		this.window.hidden = none;
		if (none) {
			if (this.quiet.textContent !== words) this.quiet.textContent = words;
			return;
		}
		if (this.window.getAttribute("aria-label") !== words) this.window.setAttribute("aria-label", words);
		this.width = this.window.clientWidth;
		if (this.width === 0) return; // Not in sight.
		const layout = this.arranger.arrange(seats, ways, { width: Math.max(240, this.width - 18), height: tallest, growing: this.growing });
		const changed = layout !== this.layout;
		const before = this.growing && changed ? this.layout : null;
		this.layout = layout;
		if (changed) this.frame(layout);
		this.drawWays(scene, layout);
		this.drawBoxes(scene, layout);
		this.drawTokens(scene, layout, changed ? [] : moved);
		if (before) this.slideFrom(before, layout);
		this.showLight();
	}

	/** What stands elsewhere since more has come is seen to go there. */
	private slideFrom(before: Layout, layout: Layout): void {
		const by = (seat: string): Point | null => {
			const [from, to] = [before.boxes.get(seat), layout.boxes.get(seat)];
			return from && to ? { x: from.x - to.x, y: from.y - to.y } : null;
		};
		for (const [seat, { group }] of this.views.boxes) slide(group, by(seat) ?? { x: 0, y: 0 });
		for (const { group, seat } of this.views.tokens.values()) slide(group, by(seat) ?? { x: 0, y: 0 });
	}

	/** Gives the window its height: it grows with the picture, and never gets less. */
	private frame(layout: Layout): void {
		const most = layout.cluster ? tallestCluster : mostHeight(tallest, layout.dense);
		const height = this.height;
		this.height = Math.max(height, Math.min(layout.height, most) + 20, 96);
		if (this.growing && height > 0) grow(this.drawing, height, this.height);
		this.drawing.setAttribute("width", String(this.width));
		this.drawing.setAttribute("height", String(this.height));
		this.camera.size(layout, { width: this.width, height: this.height });
	}

	private makeLenses(): HTMLElement {
		const lens = (text: string, name: string, act: () => void): HTMLElement => el("button", { type: "button", class: "btn", "aria-label": name, title: name, click: act }, text);
		return el("div", { class: "lenses", role: "group", "aria-label": this.say("view.zoom") },
			lens("−", this.say("view.zoom.out"), () => this.camera.zoom(0.8)),
			lens("+", this.say("view.zoom.in"), () => this.camera.zoom(1.25)),
			lens("⤢", this.say("view.zoom.fit"), () => this.camera.fit()));
	}

	private drawWays(scene: Scene, layout: Layout): void {
		const gone = new Set(scene.spots.filter((s) => s.when === "gone").map((s) => s.seat));
		const seen = new Set<string>();
		for (const flow of scene.flows) {
			const [from, to] = [layout.boxes.get(flow.from), layout.boxes.get(flow.to)];
			if (!from || !to || (layout.cluster && !flow.to.startsWith("service:"))) continue; // Logs say in words who reads them.
			const key = `${flow.from}>${flow.to}`;
			seen.add(key);
			const path = this.views.ways.get(key) ?? this.way(key, flow);
			const d = wayBetween(from, to, layout.down);
			if (path.getAttribute("d") !== d) path.setAttribute("d", d);
			path.classList.toggle("off", gone.has(flow.from) || gone.has(flow.to));
			path.classList.toggle("back", layout.down ? to.y < from.y : to.x < from.x);
			const title = path.firstElementChild!;
			if (title.textContent !== (flow.label ?? "")) title.textContent = flow.label ?? "";
		}
		drop(this.views.ways, seen, (path) => path.remove());
		this.ways.classList.toggle("many", seen.size > manyWays);
	}

	private way(key: string, flow: Flow): SVGPathElement {
		const path = svg("path", { class: "way", "marker-end": "url(#tip)", "data-from": flow.from, "data-to": flow.to }, svg("title"));
		this.views.ways.set(key, path);
		this.ways.append(path);
		return path;
	}

	private drawBoxes(scene: Scene, layout: Layout): void {
		const seen = new Set<string>();
		for (const spot of scene.spots) {
			const box = layout.boxes.get(spot.seat);
			if (!box) continue;
			seen.add(spot.seat);
			const drawn = JSON.stringify([spot.title, spot.vhost, spot.note, spot.keys, spot.when, died(spot.place), box, layout.dense && spot.totals, spot.log]);
			const old = this.views.boxes.get(spot.seat);
			if (old?.drawn === drawn) continue;
			const group = old?.group ?? svg("g");
			group.setAttribute("class", `place ${spot.place.kind}${spot.when === "gone" ? " gone" : ""}${died(spot.place) ? " crashed" : spot.totals.some((t) => t.state === "dead") && spot.when === "gone" ? " fallen" : ""}${layout.dense || (spot.log && box.lines === undefined) ? " dense" : ""}${spot.place.kind === "node" && spot.place.detail?.["up"] === false ? " down" : ""}`);
			group.dataset["place"] = spot.place.name;
			group.dataset["seat"] = spot.seat;
			group.replaceChildren(...(spot.log ? this.logBox(spot, spot.log, box) : layout.cluster && spot.place.kind === "group" ? groupHead(spot, box) : layout.cluster && box.rows === 0 ? shortBox(spot, box) : layout.dense ? this.denseBox(spot, box) : this.roomyBox(spot, box)));
			if (!old) this.boxes.append(group);
			this.views.boxes.set(spot.seat, { group, drawn, place: spot.place.name });
		}
		for (const [seat, box] of layout.boxes) if (!seen.has(seat)) this.vacant(seat, box, seen, layout.dense);
		drop(this.views.boxes, seen, (view) => view.group.remove());
	}

	/** A seat whose place is not there yet, or not any more. */
	private vacant(seat: string, box: Box, seen: Set<string>, dense: boolean): void {
		seen.add(seat);
		const drawn = JSON.stringify(box);
		const old = this.views.boxes.get(seat);
		if (old?.drawn === drawn) return;
		const group = old?.group ?? svg("g");
		group.setAttribute("class", "place vacant");
		delete group.dataset["place"];
		group.replaceChildren(svg("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: dense ? 6 : 8 }));
		if (!old) this.boxes.append(group);
		this.views.boxes.set(seat, { group, drawn, place: "" });
	}

	private roomyBox(spot: Spot, box: Box): SVGElement[] {
		const round = spot.place.kind === "exchange" || spot.place.kind === "topic";
		const at = round ? { x: box.x + box.width / 2, "text-anchor": "middle" } : { x: box.x + pad };
		const name = wrap(spot.title, lettersIn(box.width));
		const short = spot.parts.length > 1 && widthOf(spot.note, noteLetter) > box.width - 20; // Shapes for words.
		const over = spot.vhost ? [{ class: "where", text: fit(spot.vhost, box.width, 6.9) }] : [];
		const lines = [...over, ...name.map((text) => ({ class: "name", text })), { class: "note", text: short ? "" : fit(spot.note, box.width, noteLetter) }, ...(spot.keys ? keyLines(spot.keys, box.width, box.keys ?? 1).map((keys) => ({ class: "keys", text: fit(keys, box.width, 8.1) })) : [])];
		const top = round ? (box.height - lines.length * lineHeight) / 2 + 12 : 19;
		return [
			svg("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: round ? Math.min(26, box.height / 2) : 8 }),
			...lines.map((line, i) => svg("text", { ...at, y: box.y + top + i * lineHeight, class: line.class, ...(line.class === "note" ? squeezed(line.text, box.width, noteLetter) : {}) }, line.text)),
			...(short ? this.amounts(spot.parts, box.x + pad + 5, box.y + top + (over.length + name.length) * lineHeight) : []),
			svg("title", {}, inFull(spot)),
		];
	}

	private logBox(spot: Spot, log: LogView, box: Box): SVGElement[] {
		return [
			svg("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: 8 }),
			...(box.lines !== undefined ? logParts(spot.title, log, box, this.say, box.lines) : denseLog(spot.title, log, box, this.say)),
			svg("title", {}, inFull(spot)),
		];
	}

	/** How many of what, in shapes and numbers, from left to right. */
	private amounts(parts: readonly Total[], x: number, y: number): SVGElement[] {
		return parts.flatMap(({ state, n }) => {
			const text = this.say.number(n);
			const both = [svg("g", { transform: `translate(${x} ${y - 4.5}) scale(.75)` }, shape(state)), svg("text", { x: x + 8, y, class: "note" }, text)];
			x += 22 + text.length * 6.6;
			return both;
		});
	}

	/** One line: the name and, at the end, how many of what. */
	private denseBox(spot: Spot, box: Box): SVGElement[] {
		const counts: SVGElement[] = [];
		let end = box.x + box.width - 8;
		for (const { state, n } of spot.totals.toReversed().slice(-2)) {
			const text = this.say.number(n);
			counts.push(svg("text", { x: end, y: box.y + 16.5, "text-anchor": "end", class: "amount" }, text));
			end -= text.length * 7 + 11;
			counts.push(svg("g", { transform: `translate(${end} ${box.y + 12}) scale(.8)` }, shape(state)));
			end -= 12;
		}
		return [
			svg("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: spot.place.kind === "exchange" ? 12 : 6 }),
			svg("text", { x: box.x + 10, y: box.y + 16.5, class: "name" }, tail(spot.vhost ? spot.place.name : spot.title, end - box.x - 2, 6.9)),
			...counts,
			svg("title", {}, inFull(spot)),
		];
	}

	private drawTokens(scene: Scene, layout: Layout, moved: readonly JournalEvent[]): void {
		const before = moved.length > 0 ? new Map(this.views.tokens) : null;
		if (this.moving) settle(this.tokens);
		this.moving = moved.length > 0;
		const seen = new Set<string>();
		for (const spot of layout.dense ? [] : scene.spots) {
			const box = layout.boxes.get(spot.seat);
			if (!box || spot.when === "gone" && spot.tokens.length === 0) continue;
			if (spot.log) {
				for (const [i, at] of box.lines !== undefined ? tokenSpots(rowOf(spot.log, box, this.say)) : []) if (spot.tokens[i]) this.token(spot.tokens[i], spot.seat, at, seen, before, moved);
				continue;
			}
			const total = spot.totals.reduce((sum, t) => sum + t.n, 0);
			const n = Math.min(spot.tokens.length, drawnOf(box, Math.max(total, spot.tokens.length)));
			spot.tokens.slice(0, n).forEach((token, i) => this.token(token, spot.seat, tokenSpot(box, i), seen, before, moved));
			this.rest(spot, box, n, total);
			this.names(spot, box, n, total);
		}
		const { passing } = scene;
		const box = passing && !layout.dense ? layout.boxes.get(passing.seat) : undefined;
		if (passing && box) this.token(passing.token, passing.seat, layout.down ? { x: box.x + box.width / 2, y: box.y } : { x: box.x, y: box.y + box.height / 2 }, seen, before, moved);
		drop(this.views.tokens, seen, (view) => view.group.remove());
	}

	/** Says how many there are besides those that are drawn. A number, never more dots. */
	private rest(spot: Spot, box: Box, n: number, total: number): void {
		const { group } = this.views.boxes.get(spot.seat)!;
		const old = group.querySelector(".rest");
		const text = total > n ? `${n > 0 ? "+" : ""}${this.say.number(total - n)}` : "";
		const { x, y } = tokenSpot(box, n);
		const [left, top] = [String(x - 6), String(y + 4.5)];
		if (old && (text === "" || box.rows === 0)) old.remove();
		if (text === "" || box.rows === 0) return;
		const label = (old as SVGTextElement | null) ?? svg("text", { class: "rest" });
		if (!old) group.append(label);
		if (label.textContent !== text) label.textContent = text;
		if (label.getAttribute("x") !== left) label.setAttribute("x", left);
		if (label.getAttribute("y") !== top) label.setAttribute("y", top);
	}

	/** What a few messages are called: behind them, or below where there is more room. */
	private names(spot: Spot, box: Box, n: number, total: number): void {
		const { group } = this.views.boxes.get(spot.seat)!;
		group.querySelector(".called")?.remove();
		const labels = spot.tokens.slice(0, n).map((t) => t.label ?? "");
		if (n === 0 || n < total || n > box.perRow || labels.includes("") || spot.when === "gone") return;
		const text = labels.join(", ");
		const { x, y } = tokenSpot(box, n - 1);
		const room = box.x + box.width - 8 - (x + 11);
		const below = box.rows > 1 && widthOf(text, nameLetter) <= box.width - 2 * pad;
		if (widthOf(text, nameLetter) > room && !below) return;
		const at = widthOf(text, nameLetter) <= room ? { x: x + 11, y: y + 4 } : { x: box.x + pad, y: y + tokenStep + 2 };
		group.append(svg("text", { class: "called", ...at }, text));
	}

	private token(token: Token, seat: string, at: Point, seen: Set<string>, before: Map<string, TokenView> | null, moved: readonly JournalEvent[]): void {
		let key = `${seat}/${token.message}`;
		while (seen.has(key)) key += "'"; // Two copies of one message in one place.
		seen.add(key);
		const old = this.views.tokens.get(key);
		const view = old ?? { group: svg("g", { class: "token", "data-message": token.message }), message: token.message, seat, state: "", at };
		if (view.state !== token.state) {
			view.state = token.state;
			view.group.dataset["state"] = token.state;
			view.group.replaceChildren(svg("circle", { r: 9, class: "hit" }), shape(token.state), svg("title", {}, this.titleOf(token)));
		}
		if (!old || old.at.x !== at.x || old.at.y !== at.y) {
			if (before) this.move(view, old, at, before, moved);
			view.group.setAttribute("transform", `translate(${at.x} ${at.y})`);
			view.at = at;
		}
		if (old) return;
		this.views.tokens.set(key, view);
		this.tokens.append(view.group);
		view.group.classList.toggle("lit", token.message > 0 && token.message === this.sought);
	}

	private titleOf(token: Token): string {
		return this.say("picture.message", { label: token.label || `#${token.message}`, state: this.say(`state.${token.state}`) });
	}

	/** Shows where a message came from: its spot in this place, the place where it was, or the exchange. */
	private move(view: TokenView, old: TokenView | undefined, at: Point, before: Map<string, TokenView>, moved: readonly JournalEvent[]): void {
		if (old) return glide(view.group, [old.at, at]);
		const event = moved.findLast((e) => e.message === view.message);
		if (!event) return;
		const source = [...before.values()].find((t) => t.message === view.message && t.seat !== view.seat);
		const from = source ? source.seat : `exchange:${event.exchange ?? ""}`;
		const box = this.layout?.boxes.get(from);
		const start = source?.at ?? (box && { x: box.x + box.width / 2, y: box.y + box.height / 2 });
		if (start) glide(view.group, along(this.views.ways.get(`${from}>${view.seat}`), start, at));
		else appear(view.group);
	}

	private showLight(): void {
		const { place, message } = this.light ?? {};
		const lit = new Set<string>();
		for (const [seat, view] of this.views.boxes) {
			const on = Boolean(place) && view.place === place;
			if (on) lit.add(seat);
			view.group.classList.toggle("lit", on);
		}
		for (const path of this.views.ways.values()) path.classList.toggle("lit", lit.has(path.dataset["from"] ?? "") || lit.has(path.dataset["to"] ?? ""));
		for (const view of this.views.tokens.values()) view.group.classList.toggle("lit", view.message > 0 && (view.message === message || view.message === this.sought));
	}

	private listen(lights: Lights, choices: Choices): void {
		const hit = (e: Event): Light | null => {
			const target = e.target as Element;
			const message = target.closest<SVGElement>("[data-message]")?.dataset["message"];
			if (message) return { message: Number(message) };
			const place = target.closest<SVGElement>("[data-place]")?.dataset["place"];
			return place ? { place } : null;
		};
		this.world.addEventListener("pointerover", (e) => lights.point(hit(e)));
		this.world.addEventListener("pointerleave", () => lights.point(null));
		this.world.addEventListener("click", (e) => {
			const light = hit(e);
			if (light?.message) choices.message(light.message);
			else if (light?.place) choices.place(light.place);
		});
	}
}

/** Takes away what is not there any more. */
function drop<T>(views: Map<string, T>, seen: ReadonlySet<string>, remove: (view: T) => void): void {
	for (const [key, view] of views) {
		if (seen.has(key)) continue;
		remove(view);
		views.delete(key);
	}
}

/** Cuts a text to the width of a box, or a little more, which is squeezed; the whole is in the box's title. */
function fit(text: string, width: number, letter: number): string {
	const most = Math.max(2, Math.floor(((width - 20) / letter) * 1.15));
	return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A text that is a little wider than its box is drawn narrower. Cyrillic letters are wider than Latin ones. */
function squeezed(text: string, width: number, letter: number): { textLength?: number; lengthAdjust?: string } {
	const room = width - pad * 2 + 4;
	return widthOf(text, letter) > room ? { textLength: room, lengthAdjust: "spacingAndGlyphs" } : {};
}

/** Cuts a name in the middle: names of many places differ at their end. */
function tail(text: string, width: number, letter: number): string {
	const most = Math.max(3, Math.floor((width - 12) / letter));
	return text.length <= most ? text : `${text.slice(0, Math.min(2, most - 2))}…${text.slice(text.length - most + 3)}`;
}

function inFull(spot: Spot): string {
	return [spot.vhost, `${spot.title}: ${spot.note}`, spot.keys].filter(Boolean).join("\n");
}

/** The tip of a way. */
function arrow(id: string): SVGElement {
	return svg("marker", { id, viewBox: "0 0 8 8", refX: 7.5, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse", markerUnits: "userSpaceOnUse" }, svg("path", { d: "M1 1L7 4L1 7", class: "tip" }));
}
