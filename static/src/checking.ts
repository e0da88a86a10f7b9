/** Diagnostics while typing, and a build when typing rests, so that Run finds the program ready. */
import type { Diagnostic } from "./types.ts";

const checkRest = 150; // Milliseconds from the last key to a check.
const buildRest = 500; // And from a clean check to a build.

export interface Work {
	check(signal: AbortSignal): Promise<Diagnostic[]>;
	build(signal: AbortSignal): Promise<{ diagnostics: Diagnostic[]; millis: number }>;
	found(diagnostics: Diagnostic[]): void;
	/** A build in the background began (null) or ended, with the time it took in milliseconds. */
	built(millis: number | null): void;
}

/** A Checking follows the program. What is superseded by a newer text is dropped wherever it is. */
export class Checking {
	private timer = 0;
	private abort = new AbortController();

	constructor(private readonly work: Work) {}

	/** The program has changed. */
	changed(): void {
		this.stop();
		this.timer = window.setTimeout(() => void this.check(this.abort.signal), checkRest);
	}

	/** Drops what is under way: a Run builds by itself. */
	stop(): void {
		clearTimeout(this.timer);
		this.abort.abort();
		this.abort = new AbortController();
	}

	private async check(signal: AbortSignal): Promise<void> {
		try {
			const diagnostics = await this.work.check(signal);
			if (signal.aborted) return;
			this.work.found(diagnostics);
			if (diagnostics.some((d) => d.severity === "error")) return;
			this.timer = window.setTimeout(() => void this.build(signal), buildRest);
		} catch {
			// Superseded, or no connection: the next key asks again, and Run asks in any case.
		}
	}

	private async build(signal: AbortSignal): Promise<void> {
		this.work.built(null);
		try {
			const { diagnostics, millis } = await this.work.build(signal);
			if (signal.aborted) return;
			this.work.found(diagnostics);
			this.work.built(millis);
		} catch {
			// As above.
		}
	}
}
