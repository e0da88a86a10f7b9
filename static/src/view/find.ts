/** Which events a filter lets through. */
import type { Filter, JournalEvent } from "./types.ts";

/** Returns what tells whether a filter lets an event through. */
export function touches(filter: Filter): (e: JournalEvent) => boolean {
	const { message, client } = filter;
	const kinds = filter.kinds && new Set(filter.kinds);
	const at = filter.place === undefined ? null : placeOf(filter.place);
	const text = filter.text?.trim().toLowerCase() ?? "";
	return (e) =>
		(message === undefined || e.message === message) &&
		(!kinds || kinds.has(e.kind)) &&
		(client === undefined || e.client === client) &&
		(!at || at(e)) &&
		(text === "" || words(e).includes(text));
}

function words(e: JournalEvent): string {
	return `${e.kind} ${e.place ?? ""} ${e.exchange ?? ""} ${e.key ?? ""} ${e.label ?? ""} ${e.consumer ?? ""} ${e.client ?? ""} ${e.source ?? ""} ${e.reason ?? ""}${e.message ? ` #${e.message}` : ""}`.toLowerCase();
}

/** Tells whether an event is about a place: one of a kind, if it is a Place.id, else any of that name. */
function placeOf(place: string): (e: JournalEvent) => boolean {
	const [, kind, name] = /^([a-z]+):(.*)$/s.exec(place) ?? [undefined, "", place];
	switch (kind) {
		case "exchange":
			return (e) => exchangeOf(e, name!) || (e.reason === "exchange" && e.place === name);
		case "consumer": {
			const [client = "", channel = "", ...tag] = name!.split("/");
			return (e) => e.client === client && String(e.channel ?? 0) === channel && e.consumer === tag.join("/");
		}
		case "service":
			return (e) => e.source === name;
	}
	return (e) => e.place === place || (kind ? e.place === name : e.exchange === place || e.consumer === place || e.source === place);
}

/** An exchange takes part where a message reaches it or a binding is made; later events only say where the message had come from. */
function exchangeOf(e: JournalEvent, name: string): boolean {
	if ((e.exchange ?? "") !== name) return false;
	return ["published", "routed", "unroutable", "returned", "bound", "unbound", "dead-lettered"].includes(e.kind) || (!e.place && name !== "");
}
