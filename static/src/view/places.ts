/** The picture as a table: every place with its numbers and messages, for those who read rather than look. */
import { el } from "../dom.ts";
import type { Say } from "../strings.ts";
import type { Choices } from "./picture.ts";
import { noteOfCluster } from "./cluster.ts";
import { died, kindOf, nameOf, visible } from "./scene.ts";
import type { Place, State } from "./types.ts";

const columns = ["ready", "flight", "done", "dead"] as const;

export class PlaceTable {
	readonly element: HTMLElement;
	private readonly body = el("tbody");
	private readonly caption = el("caption");
	private readonly rows = new Map<string, { rows: HTMLTableRowElement[]; drawn: string }>();

	constructor(private readonly say: Say, private readonly choices: Choices) {
		const heads = [say("view.place"), ...columns.map((state) => say(`state.${state}`))];
		const table = el("table", {}, this.caption, el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", { scope: "col" }, text)))), this.body);
		this.element = el("div", { class: "places", hidden: true, tabindex: 0, role: "region", "aria-label": say("view.table.long") }, table);
	}

	/** Shows a state; `caption` says of which event. */
	show(state: State, caption: string): void {
		this.caption.textContent = caption;
		const seen = new Set<string>();
		const wanted: HTMLTableRowElement[] = [];
		for (const place of state.places.filter(visible)) {
			seen.add(place.id);
			const note = noteOfCluster(place, state, this.say);
			const drawn = JSON.stringify([place, note]);
			const old = this.rows.get(place.id);
			const rows = old?.drawn === drawn ? old.rows : this.rowsOf(place, note);
			this.rows.set(place.id, { rows, drawn });
			wanted.push(...rows);
		}
		for (const id of this.rows.keys()) if (!seen.has(id)) this.rows.delete(id);
		if (wanted.length !== this.body.rows.length || wanted.some((row, i) => this.body.rows[i] !== row)) this.body.replaceChildren(...wanted);
	}

	/** A row of numbers and, where there are messages, a row of these. */
	private rowsOf(place: Place, note: string | undefined): HTMLTableRowElement[] {
		const numbers = [place.ready, place.inFlight, place.done, place.dead].map((n) => el("td", { class: "n" }, n ? this.say.number(n) : "–"));
		const name = el("button", { type: "button", class: "line", click: () => this.choices.place(place.name) }, nameOf(place, this.say));
		const row = el("tr", {}, el("th", { scope: "row" }, name, el("small", {}, note === undefined ? this.about(place) : `${kindOf(place, this.say)}: ${note}`)), ...numbers);
		const held = this.messages(place);
		return held.length > 0 ? [row, el("tr", { class: "held" }, el("td", { colspan: numbers.length + 1, "aria-label": this.say("view.held", { place: nameOf(place, this.say) }) }, ...held))] : [row];
	}

	/** The kind, and what sets this place apart: the type of an exchange, the prefetch of a consumer. */
	private about(place: Place): string {
		const { type, prefetch } = place.detail ?? {};
		if (place.kind === "exchange" && type) return this.say("picture.exchange", { type: String(type) });
		if (died(place)) return `${kindOf(place, this.say)}, ${this.say("picture.crashed")}`;
		if (place.kind === "consumer" && Number(prefetch) > 0) return `${kindOf(place, this.say)}, ${this.say("picture.prefetch", { n: Number(prefetch) })}`;
		return kindOf(place, this.say);
	}

	private messages(place: Place): (HTMLElement | string)[] {
		const tokens = place.tokens ?? [];
		const buttons = tokens.map((t) => {
			const label = t.label || `#${t.message}`;
			const name = this.say("picture.message", { label, state: this.say(`state.${t.state}`) });
			return el("button", { type: "button", class: `state ${t.state}`, "aria-label": name, title: name, click: () => this.choices.message(t.message) }, label);
		});
		const more = (place.kind === "service" ? (place.done ?? 0) : (place.ready ?? 0)) - tokens.filter((t) => t.state !== "flight").length;
		return more > 0 && place.kind !== "consumer" ? [...buttons, ` +${this.say.number(more)}`] : buttons;
	}
}
