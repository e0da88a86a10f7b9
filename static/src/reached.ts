/** Where a key goes, against where it is wanted. */
import type { TriedKey } from "./types.ts";

/** How a queue stands to a key: as wanted, missing it, getting it unwanted; without the lab's word, getting it or not. */
export type Kind = "ok" | "missing" | "stray" | "none" | "here";

/** What tells them apart beside their colour. */
export const marks: Record<Kind, string> = { ok: "✓", missing: "○", stray: "✕", none: "·", here: "●" };

/** Whether a queue gets a key as it wants; of a key that the lab says nothing of, whether it gets it. */
export function kindOf(key: TriedKey, queue: string): Kind {
	const got = key.reached.some((r) => r.queue === queue);
	if (!key.shown) return got ? "here" : "none";
	const wanted = key.wanted.includes(queue);
	return wanted ? (got ? "ok" : "missing") : got ? "stray" : "none";
}

/** Reports whether a key reaches exactly the queues that want it. */
export function isRight(key: TriedKey): boolean {
	return key.reached.length === key.wanted.length && key.reached.every((r) => key.wanted.includes(r.queue));
}
