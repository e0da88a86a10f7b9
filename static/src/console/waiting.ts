/**
 * Keys that wait while the end of a line is being completed: what is typed meanwhile belongs
 * after it, as in every shell.
 */
export class Waiting {
	private keys: string[] | null = null;
	private turn = 0; // Counts what was waited for: an answer to an older one comes too late.

	/** `take` does what a key does. */
	constructor(private readonly take: (key: string) => void) {}

	/** Does what a key does, now or when its turn comes. */
	key(key: string): void {
		if (this.keys) this.keys.push(key);
		else this.take(key);
	}

	/** Keeps keys back until there is an answer, which `then` gets first. */
	until<T>(answer: Promise<T>, then: (answer: T) => void): void {
		const turn = ++this.turn;
		this.keys ??= [];
		answer.then((given) => {
			if (turn === this.turn) then(given);
		}, () => undefined).finally(() => this.go(turn));
	}

	/** Waits no more; what was kept back is forgotten. */
	drop(): void {
		this.turn++;
		this.keys = null;
	}

	private go(turn: number): void {
		if (turn !== this.turn) return;
		this.turn++;
		const kept = this.keys ?? [];
		this.keys = null;
		for (const key of kept) this.key(key); // One of them may make the others wait again.
	}
}
