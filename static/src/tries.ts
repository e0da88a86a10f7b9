/**
 * The terminals of a lesson, as far as every reading page has them: the buttons. What opens one is
 * loaded at the first press. Without scripts the commands are there to be read.
 */

import { style } from "./plays.ts";

/** Gives the commands of a page their buttons. */
export function followTries(root: ParentNode, { terminals, terminalsCss }: DOMStringMap): void {
	if (!terminals) return;
	for (const figure of root.querySelectorAll<HTMLElement>("figure.try[data-console]")) {
		const place = figure.querySelector<HTMLElement>(".try-open")!;
		place.hidden = false;
		let opened: Promise<(command: string) => void> | undefined;
		const open = (): Promise<(command: string) => void> => {
			opened ??= Promise.all([import(terminals) as Promise<typeof import("./terminals.en.ts")>, terminalsCss ? style(terminalsCss) : null]).then(([parts]) => parts.open(figure));
			opened.catch(() => { opened = undefined; });
			return opened;
		};
		place.querySelector("button")!.addEventListener("click", () => void open().catch(() => undefined));
		for (const button of figure.querySelectorAll<HTMLButtonElement>("button[data-run]")) {
			button.hidden = false;
			button.addEventListener("click", () => void open().then((run) => run(button.dataset["run"]!)).catch(() => undefined));
		}
	}
}
