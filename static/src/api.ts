/** What the page of a lab asks of the server, one method for each question. */
import { call, Refused } from "./call.ts";
import type { Completed, ConsoleIn } from "./console/types.ts";
import { readable } from "./snapshots.ts";
import type { Say } from "./strings.ts";
import type { Attempt, Backend, Completion, Diagnostic, Ground, LabData, Snapshot, SourceFile, Tried } from "./types.ts";
import type { Frame, Recording } from "./view/types.ts";

/** Says what went wrong with a call: the server's own words, or that there was no answer. */
export function problemInWords(problem: unknown, say: Say): string {
	return problem instanceof Refused ? say("status.failed", { message: problem.message }) : say("status.lost");
}

export interface Saved {
	revision: number;
	at: string;
}

export interface Replaced {
	files: SourceFile[];
	revision: number;
}

export class Api {
	private readonly lab: string;

	constructor(private readonly id: string, private readonly lang: string) {
		this.lab = `/api/labs/${id}`;
	}

	load(): Promise<LabData> { return this.call("GET", this.lab); }

	save(files: readonly SourceFile[], base: number, leaving = false): Promise<Saved> {
		return this.call("PUT", `${this.lab}/draft`, { files: bare(files), base }, { keepalive: leaving });
	}

	/** What can be restored, newest first. */
	async snapshots(): Promise<Snapshot[]> {
		const asked = this.call<{ snapshots: Snapshot[] | null; revisions?: Snapshot[] | null }>("GET", `${this.lab}/revisions`);
		const [{ snapshots, revisions }, { attempts }] = await Promise.all([asked, this.load()]);
		const saves = (revisions ?? []).map((r) => ({ ...r, reason: "autosave" }));
		return readable([...(snapshots ?? []), ...saves], attempts ?? []);
	}

	restore({ id, revision }: Snapshot): Promise<Replaced> { return this.call("POST", `${this.lab}/restore`, id ? { id } : { revision }); }
	reset(): Promise<Replaced> { return this.call("POST", `${this.lab}/reset`, {}); }

	check(files: readonly SourceFile[], signal: AbortSignal): Promise<{ diagnostics: Diagnostic[] | null; millis: number }> {
		return this.call("POST", `${this.lab}/check`, { files: bare(files) }, { signal });
	}

	/** Plays what files of bindings do, and where keys go. */
	try(files: readonly SourceFile[], keys: readonly string[], signal: AbortSignal): Promise<Tried> {
		return this.call("POST", `${this.lab}/try`, { files: bare(files), keys }, { signal });
	}

	/** Offers completions at an offset in UTF-16 code units. */
	complete(files: readonly SourceFile[], name: string, offset: number, signal: AbortSignal): Promise<{ items: Completion[] | null }> {
		return this.call("POST", `${this.lab}/complete`, { files: bare(files), name, offset }, { signal });
	}

	build(files: readonly SourceFile[], signal: AbortSignal): Promise<{ ok: boolean; diagnostics: Diagnostic[] | null; millis: number; cached: boolean }> {
		return this.call("POST", `${this.lab}/build`, { files: bare(files) }, { signal });
	}

	run(files: readonly SourceFile[]): Promise<unknown> { return this.call("POST", `${this.lab}/run`, { files: bare(files) }); }
	/** Does something at a terminal; only a question how a line may go on is answered. */
	console(action: ConsoleIn): Promise<Completed | null> { return this.call("POST", `${this.lab}/console`, action); }
	stop(): Promise<unknown> { return this.call("POST", `${this.lab}/stop`, {}); }
	resetBroker(): Promise<unknown> { return this.call("POST", `${this.lab}/broker-reset`, {}); }
	ground(): Promise<Ground> { return this.call("GET", `${this.lab}/backend`); }
	move(on: Backend): Promise<unknown> { return this.call("POST", `${this.lab}/backend`, { on }); }
	submit(files: readonly SourceFile[]): Promise<{ attempt: number }> { return this.call("POST", `${this.lab}/submit`, { files: bare(files) }); }
	/** What happened in one run of an attempt: under a fault, or "none". */
	recording(attempt: number, schedule: string): Promise<Recording> { return this.call("GET", `/api/attempts/${attempt}/recordings/${encodeURIComponent(schedule)}`); }
	/** What was on the wire in the session that is open; null when that is not remembered. */
	frame(id: number): Promise<Frame | null> { return this.call<Frame>("GET", `${this.lab}/frames/${id}`).catch(() => null); }
	attempt(id: number): Promise<Attempt> { return this.call("GET", `/api/attempts/${id}`); }
	openedHint(task: number, tier: number): Promise<unknown> { return this.call("POST", `/api/hints/${this.id}`, { task, tier }); }

	/** Where updates come from; `last` is the id of the last one that was seen, or "". */
	streamURL(last: string): string {
		const query = new URLSearchParams({ lang: this.lang });
		if (last) query.set("last", last);
		return `${this.lab}/stream?${query}`;
	}

	private call<T>(method: string, path: string, body?: unknown, more?: RequestInit): Promise<T> { return call(method, path, this.lang, body, more); }
}

function bare(files: readonly SourceFile[]): { name: string; text: string }[] {
	return files.map(({ name, text }) => ({ name, text }));
}
