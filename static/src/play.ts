/** What draws the scenes of a lesson: loaded when the first one comes near, with the words of both languages. */
import en from "../i18n/en.json";
import ru from "../i18n/ru.json";
import { mountScene } from "./figure.ts";
import { voice } from "./strings.ts";

/** Draws a scene and listens to its buttons. */
export function mount(figure: HTMLElement): void {
	const lang = document.documentElement.lang === "ru" ? "ru" : "en";
	mountScene(figure, voice(lang === "ru" ? ru : en, lang));
}
