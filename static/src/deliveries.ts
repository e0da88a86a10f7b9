/** Whether a run had anything to do: what a worker finds depends on what the run before left in the queues. */
import type { JournalEvent, State } from "./types.ts";

/**
 * Reports whether a run read from queues in which nothing waited: it subscribed, no message
 * came, and the queues that it reads are empty now. `events` are those of this run.
 */
export function foundEmpty(events: readonly JournalEvent[], state: State | null): boolean {
	if (events.some((e) => e.kind === "delivered" || e.kind === "published")) return false;
	const read = new Set(events.filter((e) => e.kind === "subscribed").map((e) => e.place));
	const queues = state?.places.filter((p) => p.kind === "queue" && read.has(p.name)) ?? [];
	return queues.length > 0 && queues.every((q) => !q.ready && !q.inFlight);
}
