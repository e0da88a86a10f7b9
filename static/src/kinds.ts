/** What is worked on in a lab, and the words of the page that differ with it. */
import { configVoice } from "./config.ts";
import type { Key, Say } from "./strings.ts";
import type { Fault } from "./types.ts";

/** A program that is run, the session of a terminal, files that are applied, answers to questions. */
export type Work = "program" | "session" | "files" | "answers";

/** What the lab of the page hands in, as the server wrote it there. */
export function workOfPage(): Work {
	const said = document.body.dataset["work"] ?? "";
	return said in own ? (said as Work) : "program";
}

/** The page's words for a lab of a kind. */
export function voiceOf(work: Work, say: Say): Say {
	const words = own[work];
	const other = (key: string): string => words[key] ?? key;
	const below = work === "files" ? configVoice(say) : say;
	const voice = ((key, values) => below(other(key) as Key, values)) as Say;
	return Object.assign(voice, below, { any: (key: string, otherwise: string, values?: Record<string, string | number>) => below.any(other(key), otherwise, values) });
}

/** What Submit will do, before it was ever pressed. */
export function promise(work: Work, faults: readonly Fault[], say: Say): string {
	const once = say.any(`verdict.empty.${work}`, "");
	if (faults.length === 0) return once;
	const wrong = faults.map(({ kind, sweep }) => {
		const fault = say.any(`fault.${kind}`, kind);
		return sweep ? say("fault.everywhere", { fault }) : fault;
	});
	return `${once} ${say("verdict.empty.again", { faults: wrong.join("; ") })}`;
}

const own: Record<Work, Record<string, Key>> = {
	program: {},
	session: {
		"picture.empty": "session.picture",
		"event.started": "session.started",
		"event.exited": "session.exited",
		"status.building": "session.preparing",
		"status.evicted": "session.evicted",
		"verdict.stale": "session.stale",
		"reset.code": "session.reset",
		"reset.done": "session.reset.done",
		"reset.broker.long": "session.broker",
		"conflict.title": "session.conflict",
		"pane.edit": "session.pane",
	},
	files: {
		"picture.empty": "files.picture",
		"event.started": "files.started",
		"verdict.stale": "files.stale",
		"reset.code": "files.reset",
		"reset.done": "files.reset.done",
		"reset.broker.long": "files.broker",
		"conflict.title": "files.conflict",
		"fault.crash": "files.crash",
	},
	answers: {
		"verdict.stale": "answers.stale",
	},
};
