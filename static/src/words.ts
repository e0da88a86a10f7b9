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
		message: messageInWords(event, say),
		consumer: event.consumer || (event.kind === "delivered" && event.user) || say("event.program"),
		place: event.place || event.exchange || "",
		exchange: event.exchange ?? "",
		key: event.key ?? "",
		client: event.client ?? "",
		channel: event.channel ?? 0,
		tag: event.tag ?? 0,
		n: event.n ?? 0,
		group: event.group ?? "",
		node: event.node ?? 0,
		user: event.user ?? "",
		rights: ["configure", "write", "read"].map((what) => `${what} '${event.detail?.[what] ?? ""}'`).join(", "),
	};
	const plain = say.any(`event.${event.kind}${special(event)}`, values.place || values.message, values);
	const text = event.source === "kafka" ? say.any(`event.${event.kind}.kafka`, plain, values) : plain;
	const more = [byUser.has(event.kind) && event.user ? say("event.by", { user: event.user }) : "", event.redelivered ? say("event.again") : "", unreasoned.has(event.kind) ? "" : reasonInWords(event.reason, say)].filter(Boolean);
	return [text, ...more].filter(Boolean).join(", ");
}

/** Says at which line an event was caused; whose line it is goes without saying in the main file. */
export function lineInWords({ line = 0, file }: JournalEvent, say: Say): string {
	return file ? say("journal.place", { file, line }) : say("journal.line", { line });
}

/** What a user asks for over HTTP: other kinds name the user by themselves. */
const byUser = new Set(["declared", "deleted", "bound", "unbound", "purged", "published"]);

/** Kinds whose reason says what the sentence says already, or is a name of ours. */
const unreasoned = new Set(["crash", "disconnected", "effect"]);

/** Reasons with a name in them. */
const named: readonly [RegExp, (name: string, say: Say) => string][] = [
	[/^(\S+) is down$/, (node, say) => say("reason.node-down", { node })],
	[/^(\S+) is up$/, (node, say) => say("reason.node-up", { node })],
	[/^unclean: (.+)$/, (why, say) => `${say("reason.unclean")}: ${reasonInWords(why, say)}`],
	[/^group\.instance\.id (.+) has joined again$/, (id, say) => say("reason.rejoined", { id })],
	[/^no dead-letter exchange '(.*)'$/, (name, say) => say("reason.no-dead-letter-exchange", { name })],
];

/** Says why, where the page has words for it; a broker's own error stays as it is. */
function reasonInWords(reason: string | undefined, say: Say): string {
	if (!reason) return "";
	for (const [pattern, words] of named) {
		const name = pattern.exec(reason)?.[1];
		if (name !== undefined) return words(name, say);
	}
	const words = say.any(`reason.${reason.replaceAll(" ", "-")}`, "");
	const colon = reason.indexOf(": "); // What a client gave as its reason may follow ours.
	const head = words || colon < 0 ? "" : say.any(`reason.${reason.slice(0, colon).replaceAll(" ", "-")}`, "");
	return words || (head ? `${head}${reason.slice(colon)}` : reason);
}

/** Names the message of an event: by what the lab calls it, else by its number in the host. */
export function messageInWords({ message, label }: JournalEvent, say: Say): string {
	if (label) return say("event.message", { label });
	return message ? say("event.nameless", { message }) : "";
}

/** Some kinds have two sentences: which one is in the key's ending. */
function special(event: JournalEvent): string {
	if (event.kind === "subscribed" && !event.n) return ".all";
	if (event.source === "outbox" && (event.kind === "effect" || event.kind === "declared")) return ".outbox";
	if (["db", "search", "connect"].includes(event.source ?? "")) return `.${event.source}` + (event.kind === "effect" ? `.${event.reason}` : "");
	if (event.kind === "replicated" && !event.n) return ".mark";
	if (event.kind === "elected" && event.place === "controller") return ".controller";
	if (event.kind === "elected" && !event.node) return ".nobody";
	if (event.kind === "assigned" && !event.place) return ".nothing";
	if (event.kind === "refused" && event.user && !event.client) return ".user";
	if (event.kind === "txn-commit" || event.kind === "txn-abort") return event.place ? ".mark" : "";
	return (event.kind === "opened" || event.kind === "closed") && event.channel ? ".channel" : "";
}

/** The kinds that a reader must not overlook: the word gets the colour of the dead. */
export const alarming = new Set(["crash", "disconnected", "dropped", "unroutable", "refused", "quota", "lost", "node-down", "failed"]);
