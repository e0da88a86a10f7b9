/** Pure work on text: what terminals draw, and times as people read them. */

/**
 * An AnsiFilter takes escape sequences out of text that comes in pieces. A sequence that is
 * cut at the end of a piece is held back until the next one.
 */
export class AnsiFilter {
	private held = "";

	take(piece: string): string {
		const text = this.held + piece;
		const open = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200}|)$/.exec(text);
		this.held = open && open[0].length < 256 ? open[0] : "";
		const whole = this.held ? text.slice(0, open!.index) : text;
		return whole
			.replace(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]/g, "")
			.replace(/\r\n/g, "\n")
			.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "");
	}
}

/** Says a time in seconds as a person would read it: 0.4, 12, 1:05. `decimal` is the mark of the language. */
export function seconds(millis: number, decimal: string): string {
	const s = Math.max(0, millis) / 1000;
	if (s < 9.95) return s.toFixed(1).replace(".", decimal);
	if (s < 60) return String(Math.floor(s));
	return `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
}
