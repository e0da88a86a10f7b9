/**
 * What a picture shows, before it is drawn: the places that are there, those that were there
 * and are gone, and what each says of itself. Pure; picture.ts draws it.
 */
import { states } from "./shapes.ts";
import type { Say } from "./strings.ts";
import type { Flow, Place, State, Token, TokenState } from "./types.ts";

export interface Spot {
	place: Place;
	/** It was there and is not any more: drawn dashed. */
	gone: boolean;
	title: string;
	note: string;
	tokens: Token[];
	/** More tokens than are drawn one by one: a shape and a number for each state in their place. */
	counts: { state: TokenState; n: number }[];
}

export interface Scene {
	spots: Spot[];
	flows: Flow[];
}

/** Above this number tokens are counted, not drawn. */
export const mostTokens = 12;

/** How many places that are gone stay in the picture. */
const mostGone = 2;

/**
 * A Memory remembers the places of a run in the order in which they came, so that a place
 * keeps its spot and a consumer that died is still seen.
 */
export class Memory {
	private places = new Map<string, Place>();
	private flows = new Map<string, Flow>();

	take(state: State): void {
		for (const place of state.places) this.places.set(place.id, place);
		for (const flow of state.flows ?? []) this.flows.set(`${flow.from}>${flow.to}`, flow);
	}

	/** Starts afresh with what is there now. */
	forget(): void {
		this.places.clear();
		this.flows.clear();
	}

	/** The scene of a state: its places in the order of this memory, then what is gone. */
	scene(state: State, say: Say): Scene {
		const now = new Map(state.places.map((p) => [p.id, p]));
		const gone = [...this.places.values()].filter((p) => !now.has(p.id) && p.kind === "consumer").slice(-mostGone);
		const ghosts = new Set(gone.map((p) => p.id));
		const shown = [...this.places.values()].filter((p) => visible(p) && (now.has(p.id) || ghosts.has(p.id)));
		const ids = new Set(shown.map((p) => p.id));
		return {
			spots: shown.sort(byName).map((p) => spotOf(now.get(p.id) ?? p, !now.has(p.id), say)),
			flows: [...this.flows.values()].filter((f) => ids.has(f.from) && ids.has(f.to)),
		};
	}
}

/** Places have an order of their own, so that they do not change places; consumers keep that in which they came. */
function byName(a: Place, b: Place): number {
	return a.kind === "consumer" || a.kind !== b.kind ? 0 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The default exchange is everywhere and says nothing, so it is not drawn. */
function visible(place: Place): boolean {
	return !(place.kind === "exchange" && (place.name === "" || place.name === "(default)"));
}

function spotOf(place: Place, gone: boolean, say: Say): Spot {
	const tokens = gone ? [] : (place.tokens ?? []);
	const totals = totalsOf(place, tokens);
	// What is in flight from a queue is drawn at its consumer.
	const drawn = totals.filter((t) => !(place.kind === "queue" && t.state === "flight"));
	const n = drawn.reduce((sum, t) => sum + t.n, 0);
	const many = n > mostTokens || n > tokens.length;
	return {
		place,
		gone,
		title: place.name || say.any(`picture.${place.kind}`, place.kind),
		note: gone ? say("picture.gone") : noteOf(place, tokens, totals, say),
		tokens: many ? [] : tokens,
		counts: many ? drawn : [],
	};
}

/** How many messages a place holds in each state: what it says itself, or its tokens counted. */
function totalsOf(place: Place, tokens: readonly Token[]): { state: TokenState; n: number }[] {
	const said: Partial<Record<TokenState, number>> = {};
	if (place.ready) said.ready = place.ready;
	if (place.inFlight) said.flight = place.inFlight;
	if (place.done) said.done = place.done;
	if (place.dead) said.dead = place.dead;
	return states
		.map((state) => ({ state, n: Math.max(said[state] ?? 0, tokens.filter((t) => t.state === state).length) }))
		.filter((t) => t.n > 0);
}

function noteOf(place: Place, tokens: readonly Token[], totals: { state: TokenState; n: number }[], say: Say): string {
	const detail = place.detail ?? {};
	switch (place.kind) {
		case "consumer": {
			const held = tokens.map((t) => t.label || String(t.message)).slice(0, 3).join(", ");
			if (detail["crashed"]) return held ? say("picture.died", { what: held }) : say("picture.crashed");
			if (detail["no_ack"]) return say("picture.autoack");
			const prefetch = Number(detail["prefetch"] ?? 0);
			return prefetch > 0 ? say("picture.prefetch", { n: prefetch }) : say("picture.unlimited");
		}
		case "exchange":
			return say("picture.exchange", { type: String(detail["type"] ?? "") });
	}
	if (totals.length === 0) return place.kind === "service" ? say("picture.service") : say("picture.none");
	return totals.map((t) => say.count(`count.${t.state}`, t.n)).join(" · ");
}

/** The picture in words, for those who do not see it. */
export function sceneInWords(scene: Scene, say: Say): string {
	if (scene.spots.length === 0) return say("picture.empty");
	return scene.spots
		.map((spot) => {
			const held = spot.tokens.length > 0 && spot.place.kind === "consumer" ? `, ${say("picture.holds", { what: spot.tokens.map((t) => t.label || t.message).join(", ") })}` : "";
			return say("picture.in", { name: spot.title, what: spot.note + held });
		})
		.join(". ");
}
