/** Going through what is new in a recording, event by event, at a pace that can be followed. */
import type { History } from "./view/history.ts";
import type { Player } from "./view/player.ts";

const beat = 700; // Milliseconds for an event,
const longest = 7000; // and for all of it.

export class Pace {
	private running = 0;

	/** Whoever takes a hand in the view stops it. */
	constructor(private readonly player: Player, view: HTMLElement) {
		for (const kind of ["pointerdown", "keydown"]) view.addEventListener(kind, () => this.stop());
	}

	/** Goes on from an event to the newest one; at once for those who want no motion. */
	play(history: History, from: number): void {
		this.stop();
		const last = history.length - 1;
		if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.player.go(last);
		let at = from;
		const pace = Math.min(beat, longest / Math.max(1, last - at));
		const step = (): void => {
			if (at >= last) return this.stop();
			this.player.go(++at);
			this.running = window.setTimeout(step, pace);
		};
		this.running = window.setTimeout(step, 150);
	}

	stop(): void {
		clearTimeout(this.running);
		this.running = 0;
	}
}
