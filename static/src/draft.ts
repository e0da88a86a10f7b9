/**
 * Autosave. A Draft keeps what was typed in this browser at once and on the server soon
 * after; it never overwrites a newer draft, and never gives up while the page is open.
 */
import type { SourceFile } from "./types.ts";
import { sameText } from "./program.ts";

export type DraftState = "saved" | "waiting" | "saving" | "offline" | "conflict" | "refused";

/** What another page saved while this one was open. */
export interface Other {
	revision: number;
	files: SourceFile[];
	at?: string | null;
}

/** How a save ended. "lost": no answer, try again. "stale": someone else saved first. "refused": trying again cannot help. */
export type SaveResult =
	| { kind: "ok"; revision: number }
	| { kind: "stale"; other: Other }
	| { kind: "lost" }
	| { kind: "refused"; message: string };

export interface Deps {
	save(files: readonly SourceFile[], base: number, leaving: boolean): Promise<SaveResult>;
	keep: Pick<Storage, "getItem" | "setItem" | "removeItem">;
	key: string;
	wait(ms: number, fn: () => void): () => void;
	changed(state: DraftState, detail: string): void;
}

const rest = 600; // Milliseconds of quiet before a save.
const firstRetry = 1000;
const longestRetry = 30_000;

interface Kept {
	base: number;
	files: SourceFile[];
}

export class Draft {
	state: DraftState = "saved";
	/** The other draft while the state is "conflict". */
	other: Other | null = null;

	private pending: readonly SourceFile[] | null = null;
	/** When the newest text was typed here; null when that is not known. */
	typed: Date | null = null;

	private running: Promise<void> | null = null;
	private cancel: () => void = () => undefined;
	private retry = firstRetry;

	constructor(private readonly deps: Deps, private base: number) {}

	/** Takes what was typed: into this browser now, to the server when typing rests. */
	edit(files: readonly SourceFile[]): void {
		this.pending = files;
		this.typed = new Date();
		this.keep(files);
		if (this.state === "conflict") return; // Nothing is sent before the student has chosen.
		if (this.state !== "offline") this.move("waiting");
		this.cancel();
		this.cancel = this.deps.wait(rest, () => void this.flush());
	}

	/** Saves now whatever is not saved. Resolves when the answer is in, whatever it is. */
	async flush(): Promise<void> {
		this.cancel();
		if (this.running) await this.running;
		if (!this.pending || this.state === "conflict") return;
		this.running = this.send(this.pending);
		await this.running;
		this.running = null;
	}

	/** The page goes away: one last request that outlives it. This browser keeps a copy in any case. */
	leave(): void {
		if (this.pending && this.state !== "conflict") void this.deps.save(this.pending, this.base, true).catch(() => undefined);
	}

	/** The server has other files now, by our own wish (reset, restore). What was pending is in its snapshot. */
	adopt(revision: number): void {
		this.cancel();
		this.base = revision;
		this.settle();
	}

	/**
	 * Ends a conflict. Both drafts reach the server, one after the other, so that the one not
	 * chosen is among its revisions. Returns the files to go on with.
	 */
	async choose(which: "mine" | "theirs"): Promise<readonly SourceFile[] | null> {
		const other = this.other;
		const mine = this.pending;
		if (!other || !mine) return null;
		this.base = other.revision;
		this.other = null;
		this.move("waiting");
		await this.flush();
		if (which === "mine") return mine;
		this.edit(other.files);
		await this.flush();
		return other.files;
	}

	/** Looks for what an earlier visit could not save. Returns files to show when there are any. */
	recover(server: readonly SourceFile[]): SourceFile[] | null {
		const kept = this.kept();
		if (!kept || sameText(kept.files, server)) {
			this.deps.keep.removeItem(this.deps.key);
			return null;
		}
		this.pending = kept.files;
		if (kept.base === this.base) {
			this.edit(kept.files);
		} else {
			this.conflict({ revision: this.base, files: [...server] });
		}
		return kept.files;
	}

	private async send(files: readonly SourceFile[]): Promise<void> {
		this.move("saving");
		const result = await this.deps.save(files, this.base, false);
		switch (result.kind) {
			case "ok":
				this.base = result.revision;
				this.retry = firstRetry;
				if (this.pending === files) this.settle();
				else this.edit(this.pending ?? files);
				return;
			case "stale":
				if (sameText(this.pending ?? files, result.other.files)) this.adopt(result.other.revision);
				else this.conflict(result.other);
				return;
			case "lost":
				this.move("offline");
				this.cancel = this.deps.wait(this.retry, () => void this.flush());
				this.retry = Math.min(this.retry * 2, longestRetry);
				return;
			case "refused":
				this.move("refused", result.message);
		}
	}

	private settle(): void {
		this.pending = null;
		this.deps.keep.removeItem(this.deps.key);
		this.move("saved");
	}

	private conflict(other: Other): void {
		this.cancel();
		this.other = other;
		this.move("conflict");
	}

	private move(state: DraftState, detail = ""): void {
		this.state = state;
		this.deps.changed(state, detail);
	}

	private keep(files: readonly SourceFile[]): void {
		const kept: Kept = { base: this.base, files: files.filter((f) => !f.readOnly) };
		try {
			this.deps.keep.setItem(this.deps.key, JSON.stringify(kept));
		} catch {
			// No room or no permission: the server still gets it.
		}
	}

	private kept(): Kept | null {
		try {
			const kept = JSON.parse(this.deps.keep.getItem(this.deps.key) ?? "null") as Kept | null;
			return kept && Array.isArray(kept.files) ? kept : null;
		} catch {
			return null;
		}
	}
}
