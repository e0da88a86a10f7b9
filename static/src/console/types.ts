/** What a terminal of the lab says and is told; sandbox/console has the source of these shapes. */
export interface ConsoleOut {
	pane: number;
	text?: string;
	/** What stands before the next line; "" while a command reads. */
	prompt?: string;
	done?: boolean;
	code?: number;
	/** The lines that would do the same again. */
	record?: string;
	id?: string;
	/** The console has ended, with all that ran in it. */
	gone?: boolean;
}

export interface ConsoleIn {
	pane: number;
	id?: string;
	line?: string;
	interrupt?: boolean;
	eof?: boolean;
	complete?: string;
}

export interface Completed {
	items?: string[] | null;
	back?: number;
}

/** One terminal as it is seen: xterm.js, or a field under a text. */
export interface Screen {
	readonly element: HTMLElement;
	write(text: string): void;
	prompt(text: string): void;
	clear(): void;
	focus(): void;
	fit(): void;
	close(): void;
}

/** What can be done at a terminal. */
export interface Keys {
	line(text: string): void;
	interrupt(): void;
	eof(): void;
	complete(line: string): Promise<{ line: string; choices: string[] }>;
	/** What was typed before, oldest first. */
	history(): readonly string[];
	label: string;
	hint: string;
	send: string;
	/** Said in place of what is too long to be read out. */
	much: string;
}
