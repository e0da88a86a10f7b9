/** The shapes that the API speaks. The server's Go types are their source. */
import type { ConsoleOut } from "./console/types.ts";
import type { Recording } from "./view/types.ts";

export interface SourceFile {
	name: string;
	text: string;
	readOnly?: boolean;
}

/** A fault in the source. Lines and columns count from 1; columns count UTF-16 code units; the end is exclusive. */
export interface Diagnostic {
	file: string;
	line: number;
	column: number;
	endLine?: number;
	endColumn?: number;
	severity: "error" | "warning";
	message: string;
	code?: string;
}

/** What goes wrong on purpose in a graded run; with `sweep` at one point after another. */
export interface Fault {
	kind: string;
	sweep: boolean;
}

export interface Completion {
	label: string;
	kind?: string;
	detail?: string;
	/** Path to add to the imports when this is taken. */
	import?: string;
}

/** One entry of the journal. `at` is in nanoseconds since the journal began. */
export interface JournalEvent {
	seq: number;
	at: number;
	kind: string;
	source?: string;
	client?: string;
	channel?: number;
	place?: string;
	exchange?: string;
	key?: string;
	message?: number;
	label?: string;
	tag?: number;
	consumer?: string;
	/** Consumer group, and node of a cluster. */
	group?: string;
	node?: number;
	/** Who is meant or, of a request over HTTP, who made it. */
	user?: string;
	detail?: Record<string, unknown>;
	n?: number;
	redelivered?: boolean;
	reason?: string;
	line?: number;
	/** Of the line; the main file's if it is missing. */
	file?: string;
}

export type TokenState = "ready" | "flight" | "done" | "dead" | "twice";

export interface Token {
	message: number;
	label?: string;
	state: TokenState;
}

export interface Place {
	id: string;
	kind: string;
	name: string;
	ready?: number;
	inFlight?: number;
	done?: number;
	dead?: number;
	tokens?: Token[];
	detail?: Record<string, unknown>;
}

export interface Flow {
	from: string;
	to: string;
	label?: string;
}

export interface State {
	seq: number;
	places: Place[];
	flows: Flow[];
}

export type Update =
	| { type: "status"; status: string; millis?: number; text?: string; waiting?: string; line?: number; computing?: boolean; engine?: "compiled" | "interpreted"; exit?: { limit?: string; code?: number; signal?: string; killed?: boolean; end?: string } }
	| { type: "output"; stream: "stdout" | "stderr"; text: string }
	| { type: "events"; events: JournalEvent[] }
	| { type: "state"; state: State }
	| { type: "diagnostics"; diagnostics: Diagnostic[] }
	| { type: "progress"; done: number; total: number; phase: string }
	| { type: "verdict"; attempt: number }
	| { type: "backend"; on: Backend }
	| { type: "console"; console: ConsoleOut }
	| { type: "gap" }
	| { type: "reload" };

/** A piece of a sentence; with a line it is a way to that line. */
export interface Span {
	text: string;
	line?: number;
	file?: string; // Of the line; the main file's if it is missing.
}

export interface FaultPoint {
	id: string;
	label: string;
	outcome: string;
	title: string;
	/** Its journal is kept, so that it can be gone through. */
	kept?: boolean;
}

export interface Check {
	id: string;
	task: number;
	title: string;
	status: string;
	message?: Span[];
	expected?: string;
	found?: string;
}

export interface Verdict {
	status: "passed" | "failed" | "error" | "blocked";
	sentence: string;
	mark?: string;
	line?: number;
	file?: string; // Of the line; the main file's if it is missing.
	score?: { points: number; of: number };
	survived?: { n: number; of: number };
	/** Image by broker, when real ones stood in. */
	real?: Record<string, string>;
	points?: FaultPoint[];
	why?: Span[];
	hint?: string[] | Record<string, string[]>;
	/** The task whose hints help most. */
	hintTask?: number;
	/** The last that a run printed which ended abnormally. */
	output?: string;
	tasks?: { n: number; title: string; status: string }[];
	checks?: Check[];
	/** The run to look at; its journal is a recording of its own. */
	replay?: { schedule: string; at: number; proof?: number[]; count?: number; failing?: boolean };
}

/** What came of files of bindings in a scene; see grader.Tried. */
export interface Tried {
	diagnostics: Diagnostic[];
	recording?: Recording;
	bindings: number;
	exchange: string;
	queues: string[];
	keys: TriedKey[];
}

export interface TriedKey {
	key: string;
	/** The lab says where it is wanted. */
	shown: boolean;
	wanted: string[];
	reached: { queue: string; by: { pattern: string; file: string; line: number }[] }[];
}

export type Backend = "miniature" | "containers";

/** What a lab runs on, and on what else it could. */
export interface Ground {
	on: Backend;
	/** False where real brokers are not for this place. */
	offered: boolean;
	brokers: { broker: string; image: string; version?: string }[] | null;
	/** The real brokers, for people: "RabbitMQ 4.3". */
	name: string;
	/** The image has to be downloaded first. */
	pull: boolean;
	/** Why there is no real broker; empty if there could be one. */
	reason: string;
}

/** A text from before: a snapshot by its id, or one of the saves by its revision. */
export interface Snapshot {
	id?: number;
	revision?: number;
	at: string;
	reason?: string;
	/** How many lines the program had. */
	lines?: number;
	/** Of the attempt that was made from it. */
	score?: { points: number; of: number };
}

/** An attempt in a list. */
export interface AttemptLine {
	id: number;
	at: string;
	status: string;
	score: number;
	of: number;
}

export interface Attempt {
	id: number;
	status: string;
	verdict?: Verdict;
}

export interface LabData {
	lab: { id: string; title: string; points?: number; /** What goes wrong on purpose while it is graded. */ faults?: Fault[]; /** False where questions are all there is. */ program?: boolean; /** To what files are applied. */ apply?: string; /** The files can be tried while they are written. */ tries?: boolean; /** What of a cluster is there before anything has happened. */ room?: { partitions: number; services: number } | null };
	files: SourceFile[];
	revision: number;
	saved?: string | null;
	snapshots?: Snapshot[];
	attempts?: AttemptLine[] | null;
	lastAttempt?: number | { id: number } | null;
	open?: { status: string };
	hints?: Record<string, number>;
}
