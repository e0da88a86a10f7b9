/** An event of the journal in words, for runs; a verdict brings its own words along. */
import type { Say } from "./strings.ts";
import type { JournalEvent } from "./types.ts";

/** Says what an event is, in one or two words. */
export function kindInWords(kind: string, say: Say): string {
	return say.any(`kind.${kind}`, kind);
}

/** Says what happened in an event, without its kind. */
export function eventInWords(event: JournalEvent, say: Say): string {
	const values = {
		message: event.message || event.label ? say("event.message", { label: event.label || (event.message ?? 0) }) : "",
		place: event.place || event.exchange || "",
		exchange: event.exchange ?? "",
		key: event.key ?? "",
		client: event.client ?? "",
		tag: event.tag ?? 0,
		n: event.n ?? 0,
	};
	const free = event.kind === "subscribed" && !event.n ? ".all" : "";
	const text = say.any(`event.${event.kind}${free}`, values.place || values.message, values);
	const more = [event.redelivered ? say("event.again") : "", event.reason ?? ""].filter(Boolean);
	return [text, ...more].filter(Boolean).join(", ");
}

/** The kinds that a reader must not overlook: the word gets the colour of the dead. */
export const alarming = new Set(["crash", "disconnected", "dropped", "unroutable", "refused", "quota", "stopped"]);
