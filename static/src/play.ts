/**
 * A scene of a lesson: the player, and the buttons by which the reader takes a hand in it. Every
 * press is sent with all before it; the server plays the scene from its beginning and sends the
 * whole recording, of which the new part is then seen to happen.
 */
import en from "../i18n/en.json";
import ru from "../i18n/ru.json";
import { voice } from "./strings.ts";
import { History } from "./view/history.ts";
import { Player } from "./view/player.ts";
import type { Recording } from "./view/types.ts";

/** One action that the reader took, with what was typed beside it. */
export interface Press {
	action: string;
	fields?: Record<string, string>;
}

const beat = 700; // Milliseconds for an event,
const longest = 7000; // and for all of one press.

/** Draws a scene and listens to its buttons. */
export function mount(figure: HTMLElement): void {
	const scene = new Scene(figure);
	figure.addEventListener("rerun", () => void scene.rerun());
	void scene.begin();
}

class Scene {
	private readonly lang = document.documentElement.lang === "ru" ? "ru" : "en";
	private readonly player: Player;
	private readonly said: HTMLElement;
	private readonly undo: HTMLButtonElement | null;
	private readonly over: HTMLButtonElement | null;
	private presses: Press[] = [];
	private asking = false;
	private running = 0;

	constructor(private readonly figure: HTMLElement) {
		const view = figure.querySelector<HTMLElement>(".play-view")!;
		this.player = new Player(view, { say: voice(this.lang === "ru" ? ru : en, this.lang), compact: true });
		this.said = figure.querySelector(".play-said")!;
		this.undo = figure.querySelector("[data-undo]");
		this.over = figure.querySelector("[data-over]");
		for (const kind of ["pointerdown", "keydown"]) view.addEventListener(kind, () => this.pause());
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

	/** Asks for the scene again and plays what is new in it: the answer to a prediction has been given. */
	async rerun(): Promise<void> {
		const rec = await this.ask([]);
		if (rec) this.play(this.show(rec), rec);
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
		this.play(history, rec);
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

	private show(rec: Recording): History {
		this.pause();
		const history = new History(rec);
		this.player.load(history, rec);
		return history;
	}

	/** Goes on from where the recording opens to its end, event by event; at once for those who want no motion. */
	private play(history: History, rec: Recording): void {
		const last = history.length - 1;
		let at = history.indexOf(rec.at);
		if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.player.go(last);
		const pace = Math.min(beat, longest / Math.max(1, last - at));
		const step = (): void => {
			if (at >= last) return this.pause();
			this.player.go(++at);
			this.running = window.setTimeout(step, pace);
		};
		this.running = window.setTimeout(step, 150);
	}

	private pause(): void {
		clearTimeout(this.running);
		this.running = 0;
	}

	/** Asks for the recording of these presses; says why when there is none. A press during an answer is dropped. */
	private async ask(presses: Press[]): Promise<Recording | null> {
		if (this.asking) return null;
		this.asking = true;
		this.figure.ariaBusy = "true";
		this.said.textContent = "";
		try {
			const init = presses.length === 0 ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ actions: presses }) };
			const response = await fetch(`${this.figure.dataset["play"]}?lang=${this.lang}`, init);
			const answer = (await response.json()) as Recording & { notNow?: string; error?: { message?: string } };
			if (response.ok && !answer.notNow) return answer;
			this.said.textContent = answer.notNow ?? answer.error?.message ?? response.statusText;
		} catch {
			this.said.textContent = this.figure.dataset["offline"] ?? "";
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
