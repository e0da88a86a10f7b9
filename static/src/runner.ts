/** Run, Stop and Submit, and what their updates do to the page. */
import { type Api, problemInWords } from "./api.ts";
import { Refused } from "./call.ts";
import type { ConsoleOut } from "./console/types.ts";
import { need } from "./dom.ts";
import type { Output } from "./output.ts";
import type { Stage } from "./stage.ts";
import type { StatusLine } from "./status.ts";
import type { Say } from "./strings.ts";
import { follow } from "./stream.ts";
import type { Attempt, Backend, Diagnostic, SourceFile, Update, Verdict } from "./types.ts";
import type { VerdictPanel } from "./verdict.ts";

export interface Parts {
	status: StatusLine;
	output: Output;
	stage: Stage;
	panel: VerdictPanel;
	files(): readonly SourceFile[];
	/** Saves what is not saved. */
	saved(): Promise<void>;
	/** A run is about to begin. */
	before(): void;
	diagnostics(found: Diagnostic[]): void;
	/** The program is going to print. */
	printing(): void;
	judged(verdict: Verdict): void;
	/** The lab was changed by its author. */
	reload(): void;
	/** A terminal said something; null: the lab was put away. */
	console(said: ConsoleOut | null): void;
	/** The lab has a program that can be run. */
	runs: boolean;
	/** Something goes wrong on purpose while it is graded. */
	faults: boolean;
	/** The lab has moved to another broker, or could not. */
	moved(): void;
}

/** States after which nothing more comes from a run. */
const over = new Set(["ended", "stopped", "fault", "unavailable", "evicted", "idle", "broken"]);

export class Runner {
	/** A program is being built or runs. */
	busy = false;
	private grading = false;
	private awaited = 0;
	private refused = false; // The last run did not compile: that it ended says nothing more.
	private readonly runButton = need<HTMLButtonElement>("run");
	private readonly submitButton = need<HTMLButtonElement>("submit");

	constructor(private readonly api: Api, private readonly say: Say, private readonly parts: Parts) {}

	/** Shows the last attempt, if there was one, and begins to listen. */
	start(attempt: number): void {
		if (attempt > 0) {
			this.parts.panel.expect();
			void this.show(attempt, false);
		}
		follow((last) => this.api.streamURL(last), (update) => this.take(update), (live) => {
			if (live) this.parts.status.back();
			else this.parts.status.lost(this.say("status.lost"));
		});
	}

	run(): void {
		if (this.busy || this.grading || !this.parts.runs) return;
		this.begin();
		void this.ask(() => this.api.run(this.parts.files()));
	}

	/** Puts the lab's messages back into the queues, and runs. */
	private afresh(): void {
		if (this.busy || this.grading) return;
		this.begin();
		void this.ask(async () => {
			await this.api.resetBroker();
			await this.api.run(this.parts.files());
		});
	}

	/** Stops what runs, and has the lab opened on another broker. */
	move(on: Backend): void {
		if (this.grading) return;
		this.begin();
		this.parts.status.show("starting", this.say("status.starting"), 0);
		void this.ask(() => this.api.move(on));
	}

	stop(): void { if (!this.grading) void this.ask(() => this.api.stop()); }

	submit(): void {
		if (this.grading) return;
		const running = this.busy;
		this.grading = true;
		this.buttons();
		this.parts.before();
		this.parts.output.clear();
		this.parts.status.show("grading", this.say("status.queued"));
		void this.ask(async () => {
			await this.parts.saved();
			if (running) await this.api.stop().catch(() => undefined); // Its end would talk over the verdict.
			const { attempt } = await this.api.submit(this.parts.files());
			this.awaited = attempt;
			this.parts.panel.note(this.say("verdict.waiting"));
		});
	}

	/** A build in the background began (null) or ended. It must not talk over a run. */
	built(millis: number | null): void {
		if (this.busy || this.grading) return;
		if (millis === null) this.parts.status.show("building", this.say("status.building"));
		else this.parts.status.show("built", this.say("status.built"), millis < 50 ? undefined : millis); // Less than that was in the cache.
	}

	private begin(): void {
		this.busy = true;
		this.refused = false;
		this.buttons();
		this.parts.before();
		this.parts.output.clear();
		this.parts.stage.begin();
		this.parts.printing();
		this.parts.status.show("building", this.say("status.building"), 0);
	}

	/** Sends a request; when it is refused, says so and is ready again. */
	private async ask(request: () => Promise<unknown>): Promise<void> {
		try {
			await request();
			this.parts.status.back();
		} catch (problem) {
			this.busy = this.grading = false;
			this.buttons();
			const found = problem instanceof Refused ? (problem.body["diagnostics"] as Diagnostic[] | undefined) : undefined;
			if (found) this.parts.diagnostics(found);
			if (problem instanceof Refused) return this.parts.status.show("failed", problemInWords(problem, this.say));
			this.parts.status.show("idle", this.say("status.idle")); // What holds once the connection is back.
			this.parts.status.lost(this.say("status.lost"));
		}
	}

	private take(update: Update): void {
		switch (update.type) {
			case "status": return this.status(update);
			case "output": return this.parts.output.add(update.stream, update.text);
			case "events": return this.parts.stage.events(update.events ?? []);
			case "state": return this.parts.stage.state(update.state);
			case "diagnostics": return this.broken(update.diagnostics ?? []);
			case "progress": return this.progress(update);
			case "verdict": return void this.show(update.attempt, true);
			case "backend": return this.parts.moved();
			case "reload": return this.parts.reload();
			case "console": return this.parts.console(update.console);
			case "gap": return undefined;
		}
	}

	private status(update: Extract<Update, { type: "status" }>): void {
		const { status, text = "", millis } = update;
		if (status === "evicted" || status === "fault") this.parts.console(null);
		if (this.grading && over.has(status)) {
			this.busy = false; // The run that stood before the submission; the status line is the grading's.
			return;
		}
		if (status === "container" && this.grading) return this.parts.status.show("grading", text, millis);
		if ((status === "building" || status === "container") && !this.busy) this.begin(); // A run that another window, or this one before a reload, began.
		const empty = this.busy && status === "ended" && !failed(update.exit) && this.parts.stage.foundEmpty();
		const closing = (this.busy && (over.has(status) || update.engine === "interpreted")) || status === "unavailable";
		if (closing && text) this.parts.output.end(text);
		if (empty) this.parts.output.offer(this.say("output.nothing"), this.say("output.afresh"), () => this.afresh());
		this.busy = !over.has(status);
		this.buttons();
		if (status === "broken" || this.refused) return;
		if (empty) return this.parts.status.show("ended", this.say("status.empty"), millis);
		const limit = update.exit?.limit;
		const state = status === "ended" && limit ? "stopped" : status;
		this.parts.status.show(state, this.stateInWords(state, update, limit), millis);
	}

	private stateInWords(state: string, update: Extract<Update, { type: "status" }>, limit = ""): string {
		const { waiting, line } = update;
		if (update.text && state === "running") return update.text; // What was applied.
		if (update.text && ["container", "idle", "unavailable"].includes(state)) return update.text;
		if (state === "blocked" && !waiting && update.computing) return this.say("status.computing");
		if (state === "blocked" && !waiting) return this.say("status.waiting");
		if (state === "blocked" && waiting && /\.Poll(Fetches|Records)$/.test(waiting)) return this.say("status.polling") + (line ? `, ${this.say("journal.line", { line })}` : "");
		const where = line ? `${waiting}, ${this.say("journal.line", { line })}` : (waiting ?? "");
		return this.say.any(`status.${state}`, state, { where, limit: this.say.any(`limit.${limit}`, limit) });
	}

	private broken(found: Diagnostic[]): void {
		this.parts.diagnostics(found);
		const answer = found.find((d) => d.code === "config-refused" || d.code === "binding-refused");
		if (answer) { // The run goes on with what was taken.
			this.refused = true;
			return this.parts.status.show("broken", `${this.say(answer.code === "config-refused" ? "status.refused-connect" : "status.refused-broker")}: ${answer.file}, ${this.say("journal.line", { line: answer.line })}`);
		}
		if (!found.some((d) => d.severity === "error")) return;
		this.busy = this.grading = false;
		this.refused = true;
		this.buttons();
		this.parts.status.show("broken", this.say("status.broken"));
	}

	private progress(update: Extract<Update, { type: "progress" }>): void {
		this.grading = true;
		this.buttons();
		const { phase, done, total } = update;
		const words = phase === "sweep" ? this.say("status.grading", { done, total }) : phase === "building" ? this.say("status.building") : phase === "baseline" ? this.say(this.parts.faults ? "status.baseline" : "status.once") : this.say("status.queued");
		this.parts.status.show("grading", words);
	}

	/** Fetches an attempt and shows it. One that is not graded yet is announced on the stream. */
	private async show(id: number, fresh: boolean): Promise<void> {
		try {
			const attempt = await this.api.attempt(id);
			if (fresh && this.awaited > id) return; // A newer one is on its way.
			this.showAttempt(attempt, fresh);
		} catch (problem) {
			this.parts.panel.note(problemInWords(problem, this.say));
		}
		if (fresh) {
			this.grading = false;
			this.buttons();
		}
	}

	private showAttempt({ id, status, verdict }: Attempt, fresh: boolean): void {
		if (!verdict) {
			this.parts.panel.note(this.say(status === "fault" ? "verdict.fault" : "verdict.waiting"));
			if (status === "fault") this.parts.status.show("fault", this.say("status.fault"));
			return;
		}
		this.parts.panel.show(verdict, id);
		this.parts.judged(verdict);
		void this.parts.stage.verdict(verdict, id);
		if (verdict.output) this.parts.output.excerpt(this.say("output.verdict"), verdict.output);
		else if (fresh) this.parts.output.clear();
		if (!fresh) return;
		this.parts.status.show("graded", this.say("status.graded", { sentence: verdict.sentence }));
		if (matchMedia("(max-width: 48rem)").matches) need("see").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
	}

	private buttons(): void {
		const [label] = this.runButton.childNodes;
		if (label) label.textContent = this.say(this.busy ? "stop" : "run");
		this.runButton.classList.toggle("stopping", this.busy);
		// Not disabled: a button that is loses the focus, and with it the place of who works by keyboard.
		for (const button of [this.runButton, this.submitButton]) button.setAttribute("aria-disabled", String(this.grading));
	}
}

/** Reports whether a program ended by its own fault or a limit; one that was stopped did not. */
function failed(exit: { limit?: string; code?: number; signal?: string; killed?: boolean; end?: string } = {}): boolean {
	return Boolean(exit.limit) || (!exit.killed && !exit.end && Boolean(exit.code || exit.signal));
}
