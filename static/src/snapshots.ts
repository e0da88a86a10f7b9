/** What can be restored, as a list that a person can read: few rows, each with its reason. */
import type { AttemptLine, Snapshot } from "./types.ts";

const autosaveEvery = 5 * 60_000; // Milliseconds between two autosaves that are listed.

/**
 * Puts snapshots and saves in order, newest first. The save that an attempt was made from
 * carries its score; of the other autosaves the newest of every five minutes is kept.
 */
export function readable(all: readonly Snapshot[], attempts: readonly AttemptLine[]): Snapshot[] {
	const sorted = [...all].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
	const judged = new Map<Snapshot, AttemptLine>();
	for (const attempt of attempts) {
		const save = sorted.find((s) => s.reason === "autosave" && Date.parse(s.at) <= Date.parse(attempt.at));
		if (save && !judged.has(save)) judged.set(save, attempt); // Attempts come newest first: a second one from the same save is older.
	}
	const windows = new Set<number>();
	return sorted.flatMap((s) => {
		const attempt = judged.get(s);
		if (attempt) return [{ ...s, reason: "submit", score: { points: attempt.score, of: attempt.of } }];
		if (s.reason !== "autosave") return [s];
		const window = Math.floor(Date.parse(s.at) / autosaveEvery);
		if (windows.has(window)) return [];
		windows.add(window);
		return [s];
	});
}

/** Says when each was made: to the minute, and to the second where two would read the same. */
export function times(dates: readonly string[], lang: string): string[] {
	const minute = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });
	const second = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "medium" });
	const short = dates.map((at) => minute.format(new Date(at)));
	return short.map((text, i) => (short.indexOf(text) === short.lastIndexOf(text) ? text : second.format(new Date(dates[i]!))));
}
