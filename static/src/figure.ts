/**
 * A scene of a lesson or a lab: the player, and the buttons by which the reader takes a hand in it.
 * Every press is sent with all before it; the server plays the scene from its beginning and sends the
 * whole recording, of which the new part is then seen to happen. The moments of a prediction can be
 * marked on the player's timeline as well as in the form that follows the scene.
 */
import { call, Refused } from "./call.ts";
import { mountCharts } from "./chart.ts";
import { el } from "./dom.ts";
import type { Say } from "./strings.ts";
import { Pace } from "./pace.ts";
import { History } from "./view/history.ts";
import { Player } from "./view/player.ts";
import type { Recording } from "./view/types.ts";

/** One action that the reader took, with what was typed beside it. */
export interface Press {
	action: string;
	fields?: Record<string, string>;
}

/** A recording and, of a scene that has one, its chart as HTML. */
interface Answer extends Recording {
	chart?: string;
}

/**
 * Draws a scene and listens to its buttons. A scene that is closed until its question about a chart is
 * answered shows the chart alone.
 */
export function mountScene(figure: HTMLElement, say: Say): void {
	mountCharts(figure);
	const view = figure.querySelector<HTMLElement>(".play-view")!;
	const charted = figure.querySelector(".play-chart") !== null;
	let scene: Scene | null = null;
	const open = (): Scene => scene ??= new Scene(figure, say);
	figure.addEventListener("rerun", () => {
		mountCharts(figure);
		if (charted) view.hidden = !figure.nextElementSibling?.matches("form[data-verdict]:not([data-verdict=''])");
		if (!view.hidden) void open().rerun();
	});
	if (!view.hidden) void open().begin();
}

class Scene {
	private readonly lang = document.documentElement.lang === "ru" ? "ru" : "en";
	private readonly player: Player;
	private readonly said: HTMLElement;
	private readonly undo: HTMLButtonElement | null;
	private readonly over: HTMLButtonElement | null;
	private presses: Press[] = [];
	private asking = false;
	private readonly pace: Pace;

	constructor(private readonly figure: HTMLElement, say: Say) {
		const view = figure.querySelector<HTMLElement>(".play-view")!;
		this.player = new Player(view, { say, compact: true });
		this.said = figure.querySelector(".play-said")!;
		this.undo = figure.querySelector("[data-undo]");
		this.over = figure.querySelector("[data-over]");
		this.pace = new Pace(this.player, view);
		for (const form of figure.querySelectorAll<HTMLFormElement>("form.play-action")) {
			form.addEventListener("submit", (event) => {
				event.preventDefault();
				void this.press(pressOf(form));
			});
		}
		this.undo?.addEventListener("click", () => void this.back(this.presses.slice(0, -1), this.undo));
		this.over?.addEventListener("click", () => void this.back([], this.over));
	}

	/** Shows the scene as it opens. */
	async begin(): Promise<void> {
		const rec = await this.ask([]);
		if (!rec) return;
		this.show(rec);
		this.figure.querySelector(".play-actions")?.removeAttribute("hidden");
	}

	/** Asks for the scene again and plays what is new in it: the answer to a prediction has been given, or taken back. */
	async rerun(): Promise<void> {
		const rec = await this.ask([]);
		if (!rec) return;
		const history = this.show(rec);
		if (rec.mine) this.pace.play(history, history.indexOf(rec.at));
	}

	/** The moments of a prediction that is still open: in the form after the scene, and on the timeline. */
	private moments(): void {
		const form = this.figure.nextElementSibling;
		const fields = form?.matches("form.moments") ? form.querySelector("fieldset") : null;
		const radios = fields && !fields.disabled ? [...fields.querySelectorAll<HTMLInputElement>("input[type=radio]")] : [];
		const labels = radios.map((radio) => radio.closest("label")?.textContent?.trim() ?? "");
		this.player.moments(labels, (i) => { radios[i]!.checked = true; });
		radios.forEach((radio, i) => {
			radio.addEventListener("change", () => this.player.foresee(i));
			if (radio.checked) this.player.foresee(i);
		});
	}

	/** What the marks of an answered prediction mean. */
	private legend(rec: Recording): void {
		this.figure.querySelector(".play-marks")?.remove();
		const { mine, happens } = this.figure.dataset;
		if (!rec.mine || !mine || !happens) return;
		const key = (kind: string, words: string): HTMLElement => el("span", { class: kind }, words);
		this.figure.querySelector(".play-view")!.after(el("p", { class: "play-marks" }, key("happens", happens), key("mine", mine)));
	}

	/** Plays what one more press does. */
	private async press(press: Press): Promise<void> {
		const presses = [...this.presses, press];
		const rec = await this.ask(presses);
		if (!rec) return;
		this.presses = presses;
		this.turns();
		const history = this.show(rec);
		if (history.indexOf(rec.at) >= history.length - 1) this.said.textContent = this.figure.dataset["nothing"] ?? "";
		this.pace.play(history, history.indexOf(rec.at));
	}

	/** Takes presses back, and shows where that leads. */
	private async back(presses: Press[], button: HTMLButtonElement | null): Promise<void> {
		const rec = await this.ask(presses);
		if (!rec) return;
		this.presses = presses;
		const held = document.activeElement === button;
		this.turns();
		if (held && button?.disabled) this.figure.querySelector<HTMLButtonElement>(".play-action button")?.focus();
		const history = this.show(rec);
		if (presses.length > 0) this.player.go(history.length - 1);
	}

	private turns(): void {
		for (const button of [this.undo, this.over]) if (button) button.disabled = this.presses.length === 0;
	}

	private show(rec: Answer): History {
		this.pace.stop();
		if (rec.chart) this.redraw(rec.chart);
		const history = new History(rec);
		this.moments();
		this.player.load(history, rec);
		this.legend(rec);
		return history;
	}

	/** Puts a new chart in the place of the old one; the server makes it, of numbers. */
	private redraw(html: string): void {
		const place = this.figure.querySelector(".play-chart");
		const next = new DOMParser().parseFromString(html, "text/html").querySelector(".lag");
		if (!place || !next) return;
		place.replaceChildren(next);
		mountCharts(place);
	}

	/** Asks for the recording of these presses; says why when there is none. A press during an answer is dropped. */
	private async ask(presses: Press[]): Promise<Answer | null> {
		if (this.asking) return null;
		this.asking = true;
		this.figure.ariaBusy = "true";
		this.said.textContent = "";
		try {
			const [method, body] = presses.length === 0 ? ["GET"] : ["POST", { actions: presses }];
			const answer = await call<Answer & { notNow?: string }>(method, this.figure.dataset["play"]!, this.lang, body);
			if (!answer.notNow) return answer;
			this.said.textContent = answer.notNow;
		} catch (problem) {
			this.said.textContent = problem instanceof Refused ? problem.message : (this.figure.dataset["offline"] ?? "");
		} finally {
			this.asking = false;
			this.figure.ariaBusy = null;
		}
		return null;
	}
}

/** What a button does, and what is typed or chosen beside it. */
function pressOf(form: HTMLFormElement): Press {
	const fields: Record<string, string> = {};
	for (const [name, value] of new FormData(form)) if (typeof value === "string") fields[name] = value;
	const action = form.dataset["action"] ?? "";
	return Object.keys(fields).length > 0 ? { action, fields } : { action };
}
