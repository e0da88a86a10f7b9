/** A line that is being typed: its text, the cursor, and the way back through what was typed before. */
export class Line {
	text = "";
	at = 0;
	private back = 0; // How many lines of the history back; 0 is the line itself.
	private own = ""; // What was typed before the way back began.

	constructor(private readonly history: () => readonly string[]) {}

	set(text: string): void {
		this.text = text;
		this.at = text.length;
	}

	/** Takes the line away and gives it. */
	take(): string {
		const text = this.text;
		this.set("");
		this.back = 0;
		return text;
	}

	insert(text: string): void {
		this.text = this.text.slice(0, this.at) + text + this.text.slice(this.at);
		this.at += text.length;
	}

	/** Removes what is between the cursor and another place, and goes there. */
	cut(to: number): void {
		const [from, end] = [Math.max(0, Math.min(this.at, to)), Math.max(this.at, to)];
		this.text = this.text.slice(0, from) + this.text.slice(end);
		this.at = from;
	}

	move(to: number): void { this.at = Math.max(0, Math.min(to, this.text.length)); }

	/** Where the word before the cursor begins. */
	get wordStart(): number { return /\S*\s*$/.exec(this.text.slice(0, this.at))!.index; }
	/** Where the word after the cursor ends. */
	get wordEnd(): number { return this.at + /^\s*\S*/.exec(this.text.slice(this.at))![0].length; }

	/** Goes back in the history (1) or forth (-1). */
	step(by: 1 | -1): void {
		const past = this.history();
		const next = this.back + by;
		if (next < 0 || next > past.length) return;
		if (this.back === 0) this.own = this.text;
		this.back = next;
		this.set(next === 0 ? this.own : past[past.length - next]!);
	}

	/** Goes back to the next line of the history that holds what was typed. */
	search(): void {
		const past = this.history();
		if (this.back === 0) this.own = this.text;
		for (let next = this.back + 1; next <= past.length; next++) {
			const found = past[past.length - next]!;
			if (!found.includes(this.own) || found === this.text) continue;
			this.back = next;
			this.set(found);
			return;
		}
	}
}
