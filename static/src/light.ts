/** Line of code, event and place light up together, from whichever one is pointed at. */
import type { JournalEvent } from "./types.ts";

export interface Light {
	seq?: number;
	line?: number;
	/** Of the line; the main file's if it is missing. */
	file?: string;
	place?: string;
	message?: number;
}

/** What a surface does with a light; `held` when it was chosen, not only pointed at. */
type Surface = (light: Light | null, held: boolean) => void;

/** Lights tells every surface what is pointed at. Pointing passes; what is held stays until it is let go. */
export class Lights {
	private surfaces: Surface[] = [];
	private held: Light | null = null;

	add(surface: Surface): void { this.surfaces.push(surface); }

	/** Something is pointed at; null: not any more. */
	point(light: Light | null): void { this.tell(light ?? this.held, false); }

	/** Something is chosen, by a click, a key or the scrubber. */
	hold(light: Light | null): void {
		this.held = light;
		this.tell(light, true);
	}

	private tell(light: Light | null, held: boolean): void {
		for (const surface of this.surfaces) surface(light, held);
	}
}

/** What an event lights up: itself, its line, its place and its message. */
export function lightOf({ seq, line, file, place: at, exchange, message }: JournalEvent): Light {
	const place = at || exchange;
	return { seq, ...(line ? { line } : {}), ...(line && file ? { file } : {}), ...(place ? { place } : {}), ...(message ? { message } : {}) };
}
