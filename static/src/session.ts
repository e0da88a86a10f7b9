/** One open lab: the parts of the page, and what goes between them. */
import { type Api, problemInWords } from "./api.ts";
import { BackendSwitch } from "./backend.ts";
import { Refused } from "./call.ts";
import { Checking } from "./checking.ts";
import { codeEditor } from "./code.ts";
import type { ConsoleDesk, Terminals, TerminalsOptions } from "./console.ts";
import { Desk } from "./desk.ts";
import { askConflict, askReset, type Versions } from "./dialogs.ts";
import { el, need } from "./dom.ts";
import { Draft, type DraftState, type Other, type SaveResult } from "./draft.ts";
import type { Hooks } from "./editor.ts";
import { promise, type Work } from "./kinds.ts";
import { Lights } from "./light.ts";
import { Output } from "./output.ts";
import { separator } from "./panes.ts";
import { Program } from "./program.ts";
import { Routing } from "./routing.ts";
import { Runner } from "./runner.ts";
import { Stage } from "./stage.ts";
import { StatusLine } from "./status.ts";
import type { Say } from "./strings.ts";
import { differingLines } from "./text.ts";
import type { LabData, SourceFile } from "./types.ts";
import { markTasks, VerdictPanel } from "./verdict.ts";

export class Lab {
	private readonly program: Program;
	private readonly draft: Draft;
	private readonly status: StatusLine;
	private readonly output: Output;
	private readonly lights = new Lights();
	private readonly desk: Desk | ConsoleDesk;
	private readonly stage: Stage;
	private readonly panel: VerdictPanel;
	private readonly checking: Checking;
	private readonly runner: Runner;
	private readonly backend: BackendSwitch | null;
	private readonly routing: Routing | null;

	/** With `parts` the lab has terminals: in place of the program, or beside it. */
	constructor(private readonly api: Api, private readonly data: LabData, private readonly work: Work, private readonly say: Say, parts: typeof import("./console.ts") | null = null) {
		this.program = new Program(data.files);
		this.status = new StatusLine(need("status"), say);
		this.output = new Output(say);
		this.draft = this.makeDraft();
		this.checking = this.makeChecking();
		const session = parts && work === "session" ? this.makeSession(parts.ConsoleDesk) : null;
		const beside = parts && !session ? new parts.Terminals(this.terminalsOptions()) : null;
		this.desk = session ?? this.makeDesk(beside);
		const line = (n: number, file?: string): void => this.goToLine(n, file);
		this.stage = new Stage({ say, lights: this.lights, line, recording: (attempt, schedule) => api.recording(attempt, schedule), frame: (id) => api.frame(id), room: data.lab.room }, need("state"));
		this.routing = data.lab.tries ? new Routing({ api, say, files: () => this.program.files, line, stage: need("state") }) : null;
		this.panel = new VerdictPanel(need("verdict"), say, {
			line,
			hint: (task, tier) => void api.openedHint(task, tier).catch(() => undefined),
			main: () => this.mainFile(),
			run: (attempt, schedule, number) => this.stage.run(attempt, schedule, number),
		}, promise(work, data.lab.faults ?? [], say));
		this.runner = new Runner(api, say, {
			status: this.status, output: this.output, stage: this.stage, panel: this.panel,
			files: () => this.program.files,
			saved: async () => {
				await session?.finish();
				await this.draft.flush();
			},
			before: () => {
				this.checking.stop();
				this.routing?.turn("broker");
			},
			diagnostics: (found) => {
				this.desk.found(found);
				if (found.some((d) => d.severity === "error")) this.desk.lower("problems");
			},
			printing: () => this.desk.lower("output"),
			judged: (verdict) => {
				markTasks(need("text"), verdict, say);
				this.desk.blame(verdict.file ?? this.mainFile(), verdict.status === "passed" ? null : (verdict.line ?? verdict.why?.find((s) => s.line)?.line ?? null));
			},
			console: (said) => (said ? (session ?? beside?.panes)?.take(said) : (session ?? beside?.panes)?.gone()),
			runs: work === "program" || work === "files",
			faults: (data.lab.faults ?? []).length > 0,
			moved: () => void this.backend?.refresh(),
			reload: () => void this.draft.flush().then(() => location.reload()),
		});
		const place = document.getElementById("backend"); // There where there is a choice.
		this.backend = place && new BackendSwitch(place, say, () => api.ground(), (on) => this.runner.move(on));
	}

	/** Shows what there is, takes up what an earlier visit left behind, and begins to listen. */
	start(): void {
		this.buttons();
		this.program.listen((why) => {
			if (why === "edit") this.draft.edit(this.program.files);
			if (this.compiled) this.checking.changed();
			this.routing?.changed();
			this.panel.outdated("written");
		});
		const left = this.draft.recover(this.data.files);
		if (left) this.program.replace(left);
		else this.showSaved("saved");
		this.lights.add((light, held) => this.desk.light(light && (light.file ?? this.mainFile()) === this.desk.file ? (light.line ?? null) : null, held));
		addEventListener("pagehide", () => this.draft.leave());
		addEventListener("online", () => void this.draft.flush());
		addEventListener("beforeprint", () => this.print());
		if (this.compiled) this.checking.changed();
		void this.routing?.draw();
		void this.backend?.refresh();
		need("text").addEventListener("answered", (e) => this.answered(e.target === e.currentTarget));
		const last = this.data.lastAttempt;
		this.runner.start(typeof last === "object" ? (last?.id ?? 0) : (last ?? 0));
	}

	/** Puts what was written on paper: the editor shows what is in sight only. */
	private print(): void {
		const own = this.program.files.filter((file) => !file.readOnly && file.text !== "");
		document.getElementById("printed")?.remove();
		need("text").append(el("section", { id: "printed", "aria-hidden": "true" }, ...own.flatMap(({ name, text }) => [el("h2", {}, name), el("pre", {}, text)])));
	}

	/** A question of the text was answered. Where nothing is written, all answers are the submission. */
	private answered(all: boolean): void {
		if (all && this.work === "answers") this.runner.submit();
		else this.panel.outdated("answered");
	}

	/** What is written is checked while it is written. */
	private get compiled(): boolean { return this.work === "program" || this.work === "files"; }

	private makeDesk(beside: Terminals | null): Desk {
		const parts = { pane: need("edit"), tabs: need("tabs"), editor: need("editor"), output: need("output") };
		const first = document.body.dataset["terminals"] === "first";
		return new Desk(this.program, this.hooks(), this.say, nonce(), this.output, parts, beside && { name: this.say("console.title"), head: beside.panes.head, element: beside.panes.element, first });
	}

	private makeSession(desk: typeof ConsoleDesk): ConsoleDesk {
		const pane = need("edit");
		const bar = separator(pane, { property: "--h-under", label: this.say("console.session"), controls: "output", axis: "y", least: 10, most: 75, start: 28, fromEnd: true });
		return new desk({
			...this.terminalsOptions(), program: this.program, editor: codeEditor(this.hooks(), nonce()),
			parts: { tabs: need("tabs"), editor: need("editor"), output: need("output"), bar },
		});
	}

	private terminalsOptions(): TerminalsOptions {
		return {
			lab: this.data.lab.id, say: this.say,
			send: (action) => {
				if (action.line) this.stage.now();
				return this.api.console(action);
			},
			failed: (problem) => {
				const words = problemInWords(problem, this.say);
				this.status.show("failed", words);
				return words;
			},
		};
	}

	private hooks(): Hooks {
		return {
			typed: (name: string, text: string) => this.program.write(name, text),
			at: (line: number | null) => this.lights.point(line === null ? null : this.stage.atLine(line, this.other(this.desk.file))),
			complete: (name: string, offset: number, signal: AbortSignal) =>
				this.api.complete(this.program.files, name, offset, signal).then(({ items }) => items ?? []).catch(() => []),
			run: () => this.runner.run(),
			submit: () => this.runner.submit(),
			save: () => void this.draft.flush(),
			label: (name: string) => this.say("edit.editor", { name }),
			phrase: (english: string) => this.say.any(`phrase.${english}`, english),
		};
	}

	private makeDraft(): Draft {
		return new Draft(
			{
				save: (files, base, leaving) => saveDraft(this.api, files, base, leaving),
				keep: localStorage,
				key: `draft:${this.data.lab.id}`,
				wait: (ms, fn) => {
					const timer = setTimeout(fn, ms);
					return () => clearTimeout(timer);
				},
				changed: (state, detail) => this.showSaved(state, detail),
			},
			this.data.revision,
		);
	}

	private makeChecking(): Checking {
		return new Checking({
			check: (signal) => this.api.check(this.program.files, signal).then((r) => r.diagnostics ?? []),
			build: (signal) => this.api.build(this.program.files, signal).then((r) => ({ diagnostics: r.diagnostics ?? [], millis: r.millis })),
			found: (diagnostics) => this.desk.found(diagnostics),
			built: (millis) => this.runner.built(millis),
		});
	}

	private buttons(): void {
		const hint = (text: string): HTMLElement => el("kbd", { "aria-hidden": "true" }, text);
		const mac = /Mac|iPhone|iPad/.test(navigator.platform);
		const run = need<HTMLButtonElement>("run");
		run.hidden = !this.compiled;
		run.replaceChildren(this.say("run"), hint(mac ? "⌘ ↵" : "Ctrl ↵"));
		run.setAttribute("aria-keyshortcuts", "Control+Enter");
		run.addEventListener("click", () => (this.runner.busy ? this.runner.stop() : this.runner.run()));
		run.title = mac ? "⌘ Enter" : "Ctrl+Enter";
		const submit = need<HTMLButtonElement>("submit");
		submit.setAttribute("aria-keyshortcuts", "Control+Shift+Enter");
		submit.title = mac ? "⌘ Shift Enter" : "Ctrl+Shift+Enter";
		submit.after(this.panel.way);
		submit.addEventListener("click", () => this.runner.submit());
		need("reset").addEventListener("click", () => this.askReset());
		document.addEventListener("keydown", (e) => this.shortcut(e));
	}

	/** The keys of the editor work everywhere on the page. */
	private shortcut(e: KeyboardEvent): void {
		if (e.defaultPrevented || !(e.ctrlKey || e.metaKey)) return;
		if (e.key === "Enter") e.shiftKey ? this.runner.submit() : this.runner.run();
		else if (e.key.toLowerCase() === "s" && !e.shiftKey) void this.draft.flush();
		else return;
		e.preventDefault();
	}

	private askReset(): void {
		const take = ({ files, revision }: { files: SourceFile[]; revision: number }, text: string): void => {
			this.draft.adopt(revision);
			this.program.replace(files);
			this.desk.blame("", null);
			this.status.show("idle", text);
		};
		askReset(this.say, {
			code: async () => {
				await this.draft.flush();
				take(await this.api.reset(), this.say("reset.done"));
			},
			broker: async () => void (await this.api.resetBroker()),
			snapshots: () => this.api.snapshots(),
			restore: async (snapshot) => {
				await this.draft.flush();
				take(await this.api.restore(snapshot), this.say("reset.restored"));
			},
		});
	}

	private showSaved(state: DraftState, detail = ""): void {
		this.status.saved(this.say(`save.${state}`, { message: detail }), state === "offline" || state === "conflict" || state === "refused");
		if (state === "saved") this.status.back();
		if (state === "conflict") void this.settle();
	}

	private async settle(): Promise<void> {
		const files = await this.draft.choose(await askConflict(this.say, this.versions()));
		if (files) this.program.replace(files);
	}

	/** What there is to say of the two drafts in a conflict. */
	private versions(): Versions {
		const other = this.draft.other;
		const theirs = (name: string): string => other?.files.find((f) => f.name === name)?.text ?? "";
		const own = this.program.files.filter((f) => !f.readOnly);
		return { mine: this.draft.typed, theirs: other?.at ? new Date(other.at) : null, lines: own.reduce((sum, f) => sum + differingLines(f.text, theirs(f.name)), 0) };
	}

	/** Lines in evidence are of the program's first file that may be written, as the grader traces it. */
	private mainFile(): string {
		return (this.program.files.find((f) => f.name === "main.go") ?? this.program.files.find((f) => !f.readOnly))?.name ?? this.desk.file;
	}

	/** A file as events name it: the main one goes without saying. */
	private other(file: string): string | undefined { return file === this.mainFile() ? undefined : file; }

	private goToLine(line: number, file = this.mainFile()): void {
		this.desk.goTo(file, line);
		this.lights.hold(this.stage.atLine(line, this.other(file)));
	}
}

/** What lets styles of scripts into this page. */
function nonce(): string { return document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? ""; }

/** Saves a draft and says how it went, in the words that the Draft understands. */
async function saveDraft(api: Api, files: readonly SourceFile[], base: number, leaving: boolean): Promise<SaveResult> {
	try {
		const { revision } = await api.save(files, base, leaving);
		return { kind: "ok", revision };
	} catch (problem) {
		if (!(problem instanceof Refused) || problem.status >= 500 || problem.status === 429) return { kind: "lost" };
		if (problem.status !== 409) return { kind: "refused", message: problem.message };
		return { kind: "stale", other: (problem.body["current"] ?? problem.body) as unknown as Other };
	}
}
