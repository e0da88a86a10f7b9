/** A look over a whole run: which of its events say what places there are, and which a reader looks for. */
import type { History } from "./history.ts";

/** Injected faults and what follows at once. */
export const faults: readonly string[] = ["crash", "disconnected", "refused", "quota"];

/** Where a message is gone or put aside. */
export const losses: readonly string[] = ["dropped", "unroutable", "expired", "dead-lettered"];

/** After these, places or flows are others. */
const furniture: readonly string[] = ["declared", "deleted", "bound", "unbound", "subscribed", "cancelled", "closed", "crash", "disconnected", "restarted"];

const most = 160; // States that are looked at; each costs as much as scrubbing to it.

/** Reports whether a run has queues that nobody reads and no exchange that was declared: then the default one is all there is to see. */
export function bare(history: History): boolean {
	const { places } = history.stateAt(-1);
	const started = places.some((p) => p.kind === "consumer" || (p.kind === "exchange" && p.name !== "" && p.name !== "(default)"));
	return !started && history.find({ kinds: ["subscribed"] }).length === 0 && !history.all().some((e) => e.kind === "declared" && e.detail?.["type"] !== undefined);
}

/** Indexes whose states, taken together, show nearly every place of a run; ascending, from -1. */
export function overview(history: History): number[] {
	const found = history.find({ kinds: furniture });
	const every = Math.max(1, Math.ceil(found.length / most));
	const picked = new Set<number>([-1]);
	found.forEach((index, i) => {
		if (i % every === 0) {
			if (index > 0) picked.add(index - 1);
			picked.add(index);
		}
	});
	for (let i = 1; i <= 20; i++) picked.add(Math.floor(((history.length - 1) * i) / 20));
	return [...picked].sort((a, b) => a - b);
}
