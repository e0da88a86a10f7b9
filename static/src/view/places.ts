/** The picture as a table: every place with its numbers and messages, for those who read rather than look. */
import { el } from "../dom.ts";
import type { Say } from "../strings.ts";
import type { Choices } from "./picture.ts";
import { died, kindOf, nameOf, visible } from "./scene.ts";
import type { Place, State } from "./types.ts";

const columns = ["ready", "flight", "done", "dead"] as const;

export class PlaceTable {
	readonly element: HTMLElement;
	private readonly body = el("tbody");
	private readonly caption = el("caption");
	private readonly rows = new Map<string, { row: HTMLTableRowElement; drawn: string }>();

	constructor(private readonly say: Say, private readonly choices: Choices) {
		const heads = [say("view.place"), ...columns.map((state) => say(`state.${state}`)), say("view.messages")];
		const table = el("table", {}, this.caption, el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", { scope: "col" }, text)))), this.body);
		this.element = el("div", { class: "places", hidden: true, tabindex: 0, role: "region", "aria-label": say("view.table.long") }, table);
	}

	/** Shows a state; `caption` says of which event. */
	show(state: State, caption: string): void {
		this.caption.textContent = caption;
		const seen = new Set<string>();
		let before: Element | null = null;
		for (const place of state.places.filter(visible)) {
			seen.add(place.id);
			const drawn = JSON.stringify(place);
			const old = this.rows.get(place.id);
			const row = old?.row ?? el("tr");
			if (old?.drawn !== drawn) row.replaceChildren(...this.cells(place));
			this.rows.set(place.id, { row, drawn });
			if (before ? before.nextElementSibling !== row : this.body.firstElementChild !== row) before ? before.after(row) : this.body.prepend(row);
			before = row;
		}
		for (const [id, { row }] of this.rows) {
			if (seen.has(id)) continue;
			row.remove();
			this.rows.delete(id);
		}
	}

	private cells(place: Place): HTMLElement[] {
		const numbers = [place.ready, place.inFlight, place.done, place.dead].map((n) => el("td", { class: "n" }, n ? this.say.number(n) : "–"));
		const name = el("button", { type: "button", class: "line", click: () => this.choices.place(place.name) }, nameOf(place, this.say));
		return [el("th", { scope: "row" }, name, el("small", {}, this.about(place))), ...numbers, el("td", { class: "held" }, ...this.messages(place))];
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
