/**
 * What the lab runs on: the miniature, or a real broker in a container. Not there where real brokers
 * are not offered. Why there is none is said to whoever asks for one, and to nobody else.
 */
import { el } from "./dom.ts";
import type { Say } from "./strings.ts";
import type { Backend, Ground } from "./types.ts";

export class BackendSwitch {
	private readonly note = el("p", { id: "backend-note", class: "quiet" });
	private readonly buttons: Record<Backend, HTMLButtonElement>;
	private ground: Ground | null = null;
	private asked = false; // Somebody wanted the real broker, and reads why there is none.

	constructor(private readonly place: HTMLElement, private readonly say: Say, private readonly ask: () => Promise<Ground>, private readonly move: (on: Backend) => void) {
		const button = (on: Backend): HTMLButtonElement => el("button", { type: "button", "aria-describedby": this.note.id, click: () => this.choose(on) }, say(`backend.${on}`));
		this.buttons = { miniature: button("miniature"), containers: button("containers") };
		place.setAttribute("role", "group");
		place.setAttribute("aria-label", say("backend.title"));
	}

	/** Asks the server what there is, and shows it. Without an answer what was shown stays. */
	async refresh(): Promise<void> {
		this.ground = await this.ask().catch(() => this.ground);
		if (this.ground?.offered) this.show(this.ground);
	}

	private show(ground: Ground): void {
		for (const [on, button] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(on === ground.on));
		const { containers } = this.buttons;
		containers.textContent = ground.name ? this.say("backend.named", { name: ground.name }) : this.say("backend.containers");
		// Not disabled: who works by keyboard must be able to reach the reason.
		const lacking = Boolean(ground.reason) && ground.on !== "containers";
		containers.setAttribute("aria-disabled", String(lacking));
		this.note.textContent = this.words(ground);
		// A screen reader says a note that is folded away, too: it describes the button.
		this.note.hidden = !this.note.textContent || (lacking && !this.asked);
		if (lacking) containers.setAttribute("aria-expanded", String(this.asked));
		else containers.removeAttribute("aria-expanded");
		if (!this.place.hasChildNodes()) this.place.append(el("span", { "aria-hidden": "true" }, this.say("backend.title")), ...Object.values(this.buttons), this.note);
	}

	private words(ground: Ground): string {
		const image = (ground.brokers ?? []).map((b) => b.image).join(", ");
		if (ground.reason) return ground.reason;
		if (ground.on === "containers") return this.say("backend.on", { image });
		return ground.pull ? this.say("backend.pull", { image }) : "";
	}

	private choose(on: Backend): void {
		if (!this.ground || on === this.ground.on) return;
		if (on === "containers" && this.ground.reason) {
			this.asked = !this.asked;
			this.show(this.ground);
			return void this.refresh(); // Docker may be there by now.
		}
		this.move(on);
	}
}
