/** The history of a session that is open: made of its events, and of what the server says how the broker is. */
import type { State } from "./types.ts";
import { History } from "./view/history.ts";
import type { JournalEvent } from "./view/types.ts";

export class Live {
	history: History | null = null;
	/** What the server said last. */
	said: State | null = null;
	private seen = 0; // Seq of the newest event, or of the state that the history began at.

	/** Events that `kept` refuses are left out of the history. */
	constructor(private readonly kept: (event: JournalEvent) => boolean = () => true) {}

	/** The server says how the broker is. What the journal has told already is known better from there. Reports whether the history has changed. */
	state(said: State): boolean {
		const state = { ...said, places: said.places ?? [], flows: said.flows ?? [] }; // Go writes an empty list as null.
		this.said = state;
		const known = this.history && this.history.length > 0;
		if (known && state.seq > this.seen) return false; // Its events are still on their way.
		if (known && state.seq === this.seen) this.history!.know(state);
		else this.restart();
		return true;
	}

	/** Takes in events; gives those that are new and kept. */
	events(all: readonly JournalEvent[]): JournalEvent[] {
		const events = all.filter((e) => e.seq > this.seen); // A picture may have come that includes them.
		if (events.length === 0) return events;
		const missing = events[0]!.seq > this.seen + 1 && (this.said?.seq ?? 0) > this.seen;
		if (!this.history || missing) this.restart(); // Some never came: on from what the server said.
		this.seen = events.at(-1)!.seq;
		const kept = events.filter((e) => this.kept(e));
		this.history!.append(kept);
		return kept;
	}

	/** Starts the history at what the server said last: what came before it is not known. */
	restart(): History {
		this.seen = this.said?.seq ?? 0;
		this.history = new History({ start: this.said, events: [], services: [] });
		return this.history;
	}
}
