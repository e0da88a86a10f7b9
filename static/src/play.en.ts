/** What draws the scenes of a lesson in English: loaded when the first one comes near. */
import texts from "../i18n/en.json";
import { mountScene } from "./figure.ts";
import { voice } from "./strings.ts";

/** Draws a scene and listens to its buttons. */
export function mount(figure: HTMLElement): void { mountScene(figure, voice(texts, "en")); }
