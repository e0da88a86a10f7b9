/** The filters over the events: a field for words, one list with everything that can be chosen, and what is chosen as chips. */
import { el } from "../dom.ts";
import type { Key, Say } from "../strings.ts";
import { kindInWords } from "../words.ts";
import type { Filter } from "./types.ts";

/** What there is to choose from. */
export interface Choice {
	kinds: Map<string, number>;
	places: readonly string[];
	clients: readonly string[];
}

const typing = 150; // Milliseconds after the last key before the words count.

export class Filters {
	readonly element: HTMLElement;
	readonly chips: HTMLElement;
	private filter: Filter = {};
	private readonly words: HTMLInputElement;
	private readonly list: HTMLSelectElement;
	private offered = "";
	private timer = 0;

	constructor(private readonly say: Say, private readonly changed: (filter: Filter) => void, private readonly label: (message: number) => string) {
		this.words = el("input", { type: "search", placeholder: say("view.find"), "aria-label": say("view.find.long"), input: () => this.typed() });
		this.list = el("select", { "aria-label": say("view.only.long"), change: () => this.chosen() });
		this.element = el("div", { class: "filters" }, this.words, this.list);
		this.chips = el("div", { class: "chips", role: "group", "aria-label": say("view.chips"), hidden: true });
	}

	get now(): Filter { return this.filter; }

	/** Reports whether any filter is set. */
	get on(): boolean { return Object.keys(this.filter).length > 0; }

	/** Offers what a run has. */
	offer({ kinds, places, clients }: Choice): void {
		const key = JSON.stringify([[...kinds.keys()], places, clients]);
		if (key === this.offered) return;
		this.offered = key;
		const group = (name: Key, options: HTMLOptionElement[]): HTMLElement | null => (options.length > 0 ? el("optgroup", { label: this.say(name) }, ...options) : null);
		const option = (part: string, value: string, text: string): HTMLOptionElement => el("option", { value: `${part}:${value}` }, text);
		const groups = [
			group("view.only.kinds", [...kinds.keys()].map((kind) => option("kind", kind, kindInWords(kind, this.say)))),
			group("view.only.places", places.map((name) => option("place", name, name))),
			group("view.only.clients", clients.map((name) => option("client", name, name))),
		];
		this.list.replaceChildren(el("option", { value: "" }, this.say("view.only")), ...groups.filter((g) => g !== null));
	}

	/** Adds to the filter, or takes a part away that is undefined. */
	set(part: Partial<Record<keyof Filter, Filter[keyof Filter] | undefined>>): void {
		const merged = { ...this.filter, ...part };
		this.filter = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0))) as Filter;
		this.drawChips();
		this.changed(this.filter);
	}

	clear(): void {
		if (!this.on && this.words.value === "") return;
		this.words.value = "";
		this.filter = {};
		this.drawChips();
		this.changed(this.filter);
	}

	private typed(): void {
		clearTimeout(this.timer);
		this.timer = window.setTimeout(() => this.set({ text: this.words.value.trim() }), typing);
	}

	private chosen(): void {
		const [, part, value] = /^(\w+):(.*)$/s.exec(this.list.value) ?? [];
		this.list.value = "";
		if (value === undefined) return;
		if (part === "kind") this.set({ kinds: [...new Set([...(this.filter.kinds ?? []), value])] });
		else this.set({ [part as "place" | "client"]: value });
	}

	private drawChips(): void {
		const { message, place, kinds = [], client } = this.filter;
		const chips = [
			...(message ? [this.chip(this.label(message), () => this.set({ message: undefined }))] : []),
			...(place ? [this.chip(place, () => this.set({ place: undefined }))] : []),
			...kinds.map((kind) => this.chip(kindInWords(kind, this.say), () => this.set({ kinds: kinds.filter((k) => k !== kind) }))),
			...(client ? [this.chip(client, () => this.set({ client: undefined }))] : []),
		];
		if (chips.length > 0) chips.push(el("button", { type: "button", class: "chip all", click: () => this.clear() }, this.say("view.clear")));
		this.chips.hidden = chips.length === 0;
		this.chips.replaceChildren(...chips);
	}

	private chip(text: string, drop: () => void): HTMLElement {
		const name = this.say("view.drop", { what: text });
		const act = (): void => {
			drop();
			(this.chips.querySelector<HTMLElement>("button") ?? this.list).focus(); // The chip that had the focus is gone.
		};
		return el("button", { type: "button", class: "chip", "aria-label": name, title: name, click: act }, text, el("span", { "aria-hidden": "true" }, " ×"));
	}
}
