/** The history of a session that is open: made of its events, and of what the server says how the broker is. */
import type { State } from "./types.ts";
import { History } from "./view/history.ts";
import type { JournalEvent } from "./view/types.ts";

export class Live {
	history: History | null = null;
	/** What the server said last. */
	said: State | null = null;
	private from = 0; // Seq of the state that the history began at.

	/** The server says how the broker is. What the journal has told already is known better from there. Reports whether the history has changed. */
	state(said: State): boolean {
		const state = { ...said, places: said.places ?? [], flows: said.flows ?? [] }; // Go writes an empty list as null.
		this.said = state;
		const known = this.history && this.history.length > 0;
		if (known && state.seq > this.last) return false; // Its events are still on their way.
		if (known && state.seq === this.last) this.history!.know(state);
		else this.restart();
		return true;
	}

	/** Takes in events; gives those that are new. */
	events(all: readonly JournalEvent[]): JournalEvent[] {
		const events = all.filter((e) => e.seq > this.last); // A picture may have come that includes them.
		if (events.length === 0) return events;
		const missing = events[0]!.seq > this.last + 1 && (this.said?.seq ?? 0) > this.last;
		if (!this.history || missing) this.restart(); // Some never came: on from what the server said.
		this.history!.append(events);
		return events;
	}

	/** Starts the history at what the server said last: what came before it is not known. */
	restart(): History {
		this.from = this.said?.seq ?? 0;
		this.history = new History({ start: this.said, events: [], services: [] });
		return this.history;
	}

	private get last(): number { return this.history?.event(this.history.length - 1)?.seq ?? this.from; }
}
