/** The terminals of a lesson in English: loaded when the first one is opened. */
import texts from "../i18n/en.json";
import { voice } from "./strings.ts";
import { openTerminal } from "./terminals.ts";

/** Opens the terminal of a figure. The function it gives types a command there. */
export function open(figure: HTMLElement): (command: string) => void { return openTerminal(figure, "en", voice(texts, "en")); }
