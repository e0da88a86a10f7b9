/**
 * The picture as tables, for those who read rather than look: queues and services with their
 * numbers and messages; of a cluster a table for each kind of place, with what matters there.
 */
import { el } from "../dom.ts";
import type { Key, Say } from "../strings.ts";
import { logOf, shortened } from "./cluster.ts";
import type { Choices } from "./picture.ts";
import { died, fullName, governed, kindOf, visible } from "./scene.ts";
import type { Place, State } from "./types.ts";

const columns = ["ready", "flight", "done", "dead"] as const;

/** A table of one kind of place. */
interface Section {
	/** What it is called; the one that has no name says of which event all is. */
	name?: Key;
	heads: readonly Key[];
	of(place: Place): boolean;
	/** The rows of a place: its first cell is its name where none is given. */
	rows(place: Place, state: State): readonly Cells[];
}

interface Cells {
	/** What stands in the first cell behind the name. */
	more?: string;
	cells: readonly string[];
}

const table = (of: unknown): Record<string, number> => (of ?? {}) as Record<string, number>;

export class PlaceTable {
	readonly element: HTMLElement;
	private readonly parts: { section: Section; whole: HTMLTableElement; caption: HTMLElement; body: HTMLTableSectionElement }[];
	private readonly rows = new Map<string, { rows: HTMLTableRowElement[]; drawn: string }>();

	constructor(private readonly say: Say, private readonly choices: Choices) {
		this.parts = this.sections().map((section) => {
			const caption = el("caption", { class: section.name ? "" : "offscreen" }, section.name ? say(section.name) : "");
			const body = el("tbody");
			const heads = (["view.place", ...section.heads] as const).map((key) => el("th", { scope: "col" }, say(key)));
			const whole = el("table", {}, caption, el("thead", {}, el("tr", {}, ...heads)), body);
			return { section, caption, body, whole };
		});
		this.element = el("div", { class: "places", hidden: true, tabindex: 0, role: "region", "aria-label": say("view.table.long") }, ...this.parts.map((p) => p.whole));
	}

	/** Shows a state; `caption` says of which event. */
	show(state: State, caption: string): void {
		const seen = new Set<string>();
		const places = state.places.filter(visible);
		for (const { section, whole, body, caption: over } of this.parts) {
			if (!section.name) over.textContent = caption;
			const own = places.filter((p) => section.of(p));
			const wanted = own.flatMap((place) => this.rowsOf(section, place, state, seen));
			whole.hidden = wanted.length === 0;
			if (wanted.length !== body.rows.length || wanted.some((row, i) => body.rows[i] !== row)) body.replaceChildren(...wanted);
		}
		for (const key of this.rows.keys()) if (!seen.has(key)) this.rows.delete(key);
	}

	/** The rows of a place in a table; those that say what they said are kept. */
	private rowsOf(section: Section, place: Place, state: State, seen: Set<string>): HTMLTableRowElement[] {
		const key = `${section.name ?? ""} ${place.id}`;
		seen.add(key);
		const lines = section.rows(place, state);
		const drawn = JSON.stringify([lines, place.tokens, place.name, section.name ? 0 : this.about(place)]);
		const old = this.rows.get(key);
		if (old?.drawn === drawn) return old.rows;
		const width = section.heads.length + 1;
		const rows = lines.map((line) => this.row(place, line, section.name ? "" : this.about(place)));
		const held = section.name && section.name !== "table.partition" ? [] : this.messages(place);
		if (held.length > 0) rows.push(el("tr", { class: "held" }, el("td", { colspan: width, "aria-label": this.say("view.held", { place: fullName(place, this.say) }) }, ...held)));
		this.rows.set(key, { rows, drawn });
		return rows;
	}

	private row(place: Place, { more, cells }: Cells, about: string): HTMLTableRowElement {
		const name = el("button", { type: "button", class: "line", click: () => this.choices.place(place.name) }, fullName(place, this.say));
		return el("tr", {}, el("th", { scope: "row" }, name, more ? ` ${more}` : "", about ? el("small", {}, about) : ""), ...cells.map((text) => el("td", { class: "n" }, text || "–")));
	}

	private sections(): Section[] {
		const { say } = this;
		const n = (of: unknown): string => say.number(Number(of ?? 0));
		const detail = (place: Place): Record<string, unknown> => place.detail ?? {};
		return [
			{
				name: "table.node", heads: ["table.state", "table.leads"], of: (p) => p.kind === "node" && p.detail !== undefined,
				rows: (place, state) => {
					const { node, up, controller } = detail(place);
					const leads = state.places.filter((p) => p.kind === "partition" && p.detail?.["leader"] === node).map((p) => p.name);
					const how = up === false ? say("node.down") : controller === true ? `${say("node.up")}, ${say("node.controller")}` : say("node.up");
					return [{ cells: [how, leads.length > 0 ? shortened(leads) : ""] }];
				},
			},
			{
				name: "table.partition", heads: ["table.leader", "table.isr", "table.start", "table.end", "table.hw"], of: (p) => p.kind === "partition" && Array.isArray(p.detail?.["replicas"]),
				rows: (place, state) => {
					const log = logOf(place, state)!;
					const leader = log.replicas.find((r) => r.role === "leader")?.node;
					const sync = log.replicas.filter((r) => r.role === "leader" || r.role === "sync").map((r) => (r.lacks > 0 ? say("log.lacks", { node: r.node, n: n(r.lacks) }) : String(r.node)));
					return [{ cells: [leader ? String(leader) : say("log.leaderless"), sync.join(", "), n(log.base), n(log.end), n(log.hw)] }];
				},
			},
			{
				name: "table.group", heads: ["table.state", "table.members", "table.generation", "table.lag"], of: (p) => p.kind === "group" && p.detail !== undefined,
				rows: (place, state) => {
					const { state: how, members, generation } = detail(place);
					const lag = this.progress(place, state).reduce((sum, b) => sum + b.lag, 0);
					return [{ cells: [say.any(`group.${String(how)}`, String(how)), n(members), n(generation), n(lag)] }];
				},
			},
			{
				name: "table.progress", heads: ["table.reader", "table.committed", "table.position", "table.lag"], of: (p) => p.kind === "group" && p.detail !== undefined,
				rows: (place, state) => this.progress(place, state).map((b) => ({
					more: b.partition, cells: [b.member, b.committed < 0 ? say("log.unread") : n(b.committed), b.at < 0 ? "" : n(b.at), n(b.lag)],
				})),
			},
			{
				name: "table.member", heads: ["table.group.of", "table.reads"], of: (p) => p.kind === "consumer" && detail(p)["group"] !== undefined,
				rows: (place) => [{ cells: [String(detail(place)["group"]), died(place) ? say("picture.crashed") : shortened(Object.keys(table(detail(place)["lag"]))) || say("member.idle")] }],
			},
			{
				name: "table.transaction", heads: ["table.state", "table.writes"], of: (p) => p.kind === "transaction" && p.detail !== undefined,
				rows: (place, state) => {
					const to = (state.flows ?? []).filter((f) => f.from === place.id).map((f) => f.to.replace(/^partition:/, ""));
					const how = String(detail(place)["state"]);
					return [{ cells: [say.any(`transaction.${how}`, how), to.length > 0 ? shortened(to) : ""] }];
				},
			},
			{
				heads: columns.map((state) => `state.${state}` as const), of: (p) => !["node", "partition", "group", "transaction"].includes(p.kind) && detail(p)["group"] === undefined,
				rows: (place) => [{ cells: [place.ready, place.inFlight, place.done, place.dead].map((of) => (of ? n(of) : "")) }],
			},
		];
	}

	/** Where a group is in each partition that it knows. */
	private progress(group: Place, state: State): { partition: string; committed: number; at: number; member: string; lag: number }[] {
		return state.places.flatMap((place) => {
			const own = logOf(place, state)?.bookmarks.find((b) => b.group === group.name);
			return own ? [{ ...own, partition: place.name }] : [];
		});
	}

	/** The kind, and what sets this place apart: the type of an exchange, the prefetch of a consumer. */
	private about(place: Place): string {
		const { type, prefetch, connectors } = place.detail ?? {};
		if (Array.isArray(connectors)) return `${kindOf(place, this.say)}: ${connectors.join(", ")}`;
		if (place.kind === "exchange" && type) return governed(place, this.say("picture.exchange", { type: String(type) }), this.say);
		if (died(place)) return `${kindOf(place, this.say)}, ${this.say("picture.crashed")}`;
		if (place.kind === "consumer" && Number(prefetch) > 0) return `${kindOf(place, this.say)}, ${this.say("picture.prefetch", { n: Number(prefetch) })}`;
		return governed(place, kindOf(place, this.say), this.say);
	}

	private messages(place: Place): (HTMLElement | string)[] {
		const tokens = place.tokens ?? [];
		const buttons = tokens.map((t) => {
			const label = t.label || `#${t.message}`;
			const name = this.say("picture.message", { label, state: this.say(`state.${t.state}`) });
			return el("button", { type: "button", class: `state ${t.state}`, "aria-label": name, title: name, click: () => this.choices.message(t.message) }, label);
		});
		const all = (place.ready ?? 0) + (place.inFlight ?? 0) + (place.done ?? 0) + (place.dead ?? 0);
		const more = place.kind === "partition" ? all - tokens.length : (place.kind === "service" ? (place.done ?? 0) : (place.ready ?? 0)) - tokens.filter((t) => t.state !== "flight").length;
		return more > 0 && place.kind !== "consumer" ? [...buttons, ` +${this.say.number(more)}`] : buttons;
	}
}
