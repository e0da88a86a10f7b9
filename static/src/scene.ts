/**
 * What a picture shows, before it is drawn: the places that are there, those that were there
 * and are gone, and what each says of itself. Pure; picture.ts draws it.
 */
import { states } from "./shapes.ts";
import type { Say } from "./strings.ts";
import type { Flow, Place, State, Token, TokenState } from "./types.ts";

export interface Spot {
	place: Place;
	/** Drawn as it is, dashed because it was there and is not any more, or only given room because it is still to come. */
	when: "now" | "gone" | "later";
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
 * keeps its spot and a consumer that died is still seen. A replay is known to its end.
 */
export class Memory {
	private places = new Map<string, { place: Place; first: number }>();
	private flows = new Map<string, Flow>();

	take(state: State): void {
		for (const place of state.places) {
			this.places.set(place.id, { place, first: this.places.get(place.id)?.first ?? state.seq });
		}
		for (const flow of state.flows ?? []) this.flows.set(`${flow.from}>${flow.to}`, flow);
	}

	/** Starts afresh with what is there now. */
	forget(): void {
		this.places.clear();
		this.flows.clear();
	}

	/** The scene of a state. `lost` is a message that is nowhere any more: it died with the last consumer that did. */
	scene(state: State, say: Say, lost: Token | null = null): Scene {
		const now = new Map(state.places.map((p) => [p.id, p]));
		const gone = [...this.places.values()].filter((k) => !now.has(k.place.id) && k.place.kind === "consumer" && k.first <= state.seq).slice(-mostGone);
		const ghosts = new Set(gone.map((k) => k.place.id));
		const shown = [...this.places.values()].filter((k) => visible(k.place) && (now.has(k.place.id) || ghosts.has(k.place.id) || k.first > state.seq));
		const spots = shown.map((k) => k.place).sort(byName).map((p) => {
			const when = now.has(p.id) ? "now" : ghosts.has(p.id) ? "gone" : "later";
			return spotOf(now.get(p.id) ?? p, when, say);
		});
		const grave = lost && (spots.findLast((s) => died(s.place)) ?? spots.findLast((s) => s.when === "gone"));
		if (grave) {
			grave.tokens = [...grave.tokens, { ...lost, state: "dead" }];
			grave.note = say("picture.died", { what: lost.label || `#${lost.message}` });
		}
		const ids = new Set(shown.map((k) => k.place.id));
		return { spots, flows: [...this.flows.values()].filter((f) => ids.has(f.from) && ids.has(f.to)) };
	}
}

/** Reports whether a consumer died in this state. */
export function died(place: Place): boolean {
	return place.kind === "consumer" && (place.detail?.["died"] === true || place.detail?.["crashed"] === true);
}

/** Reports whether a message is somewhere in a state, in any place. */
export function holds(state: State, message: number): boolean {
	return state.places.some((p) => p.tokens?.some((t) => t.message === message));
}

/** Places have an order of their own, so that they do not change places; consumers keep that in which they came. */
function byName(a: Place, b: Place): number {
	return a.kind === "consumer" || a.kind !== b.kind ? 0 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The default exchange is everywhere and says nothing, so it is not drawn. */
function visible(place: Place): boolean {
	return !(place.kind === "exchange" && (place.name === "" || place.name === "(default)"));
}

function spotOf(place: Place, when: Spot["when"], say: Say): Spot {
	const tokens = when === "now" ? (place.tokens ?? []) : [];
	const totals = when === "now" ? totalsOf(place, tokens) : [];
	const n = totals.reduce((sum, t) => sum + t.n, 0);
	const many = n > mostTokens || n > tokens.length;
	return {
		place,
		when,
		title: place.name || say.any(`picture.${place.kind}`, place.kind),
		note: when === "gone" ? say("picture.gone") : noteOf(place, tokens, totals, say),
		tokens: many ? [] : [...tokens],
		counts: many ? totals : [],
	};
}

/**
 * How many messages a place holds in each state: what it says itself, or its tokens counted.
 * What a queue or a consumer is rid of is not there any more, and what is in flight from a
 * queue is drawn at its consumer.
 */
function totalsOf(place: Place, tokens: readonly Token[]): { state: TokenState; n: number }[] {
	const said: Partial<Record<TokenState, number>> = {};
	if (place.kind === "queue") {
		const again = tokens.filter((t) => t.state === "twice").length;
		said.ready = Math.max(0, (place.ready ?? 0) - again);
	}
	if (place.kind === "consumer") said.flight = place.inFlight ?? 0;
	if (place.kind === "service") said.done = place.done ?? 0;
	return states
		.map((state) => ({ state, n: Math.max(said[state] ?? 0, tokens.filter((t) => t.state === state).length) }))
		.filter((t) => t.n > 0);
}

function noteOf(place: Place, tokens: readonly Token[], totals: { state: TokenState; n: number }[], say: Say): string {
	const detail = place.detail ?? {};
	switch (place.kind) {
		case "consumer": {
			const held = tokens.map((t) => t.label || `#${t.message}`).slice(0, 3).join(", ");
			if (died(place)) return held ? say("picture.died", { what: held }) : say("picture.crashed");
			if (detail["no_ack"]) return say("picture.autoack");
			const prefetch = Number(detail["prefetch"] ?? 0);
			return prefetch > 0 ? say("picture.prefetch", { n: prefetch }) : say("picture.unlimited");
		}
		case "exchange":
			return say("picture.exchange", { type: String(detail["type"] ?? "") });
	}
	const flight = place.kind === "queue" ? (place.inFlight ?? 0) : 0;
	if (totals.length + flight === 0) return place.kind === "service" ? say("picture.service") : say("picture.none");
	const parts = flight > 0 ? [...totals, { state: "flight" as const, n: flight }] : totals;
	return parts.map((t) => say.count(`count.${t.state}`, t.n)).join(" · ");
}

/** The picture in words, for those who do not see it. */
export function sceneInWords(scene: Scene, say: Say): string {
	if (scene.spots.length === 0) return say("picture.empty");
	return scene.spots
		.filter((spot) => spot.when !== "later")
		.map((spot) => {
			const holding = spot.tokens.filter((t) => t.state === "flight");
			const held = holding.length > 0 && spot.place.kind === "consumer" && !died(spot.place) ? `, ${say("picture.holds", { what: holding.map((t) => t.label || `#${t.message}`).join(", ") })}` : "";
			return say("picture.in", { name: spot.title, what: spot.note + held });
		})
		.join(". ");
}
