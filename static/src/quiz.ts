/** The questions of a lesson: answered without leaving the page. Without this script the forms post by themselves. */

import { call, Refused } from "./call.ts";

/** Enhances every quiz form of a page. */
export function followQuizzes(root: ParentNode): void {
	for (const form of root.querySelectorAll<HTMLFormElement>("form.quiz[data-answer]")) {
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			void answer(form, event.submitter?.getAttribute("name") === "again");
		});
	}
}

interface Answered {
	html: string;
	/** Of a prediction: its scene in words, as far as it may be known now. */
	words?: string;
}

/** Sends what is chosen, or takes it back, and shows what the server says to it. A second press waits for the first. */
async function answer(form: HTMLFormElement, again: boolean): Promise<void> {
	if (form.ariaBusy === "true") return;
	form.ariaBusy = "true";
	try {
		const { html, words } = await call<Answered>("POST", form.dataset["answer"]!, document.documentElement.lang, again ? { again } : given(new FormData(form)));
		show(form, html, words);
	} catch (problem) {
		refuse(form, problem instanceof Refused ? problem.message : (form.dataset["offline"] ?? ""));
	} finally {
		form.ariaBusy = null;
	}
}

/** What a form holds, as the API takes it. */
function given(data: FormData): { options?: number[]; number?: string } {
	const number = data.get("number");
	return typeof number === "string" ? { number } : { options: data.getAll("option").map(Number) };
}

/** What comes from our server is made of what it has sanitised; parsing runs no scripts. */
function parsed<T extends Element>(html: string, part: string): T | null {
	return new DOMParser().parseFromString(html, "text/html").querySelector<T>(part);
}

/** Puts the server's form into this one: its marks, and its words into the region that is read aloud. */
function show(form: HTMLFormElement, html: string, words: string | undefined): void {
	const next = parsed<HTMLFormElement>(html, "form");
	const [fields, nextFields] = [form.querySelector("fieldset"), next?.querySelector("fieldset")];
	if (!next || !fields || !nextFields) return;
	const held = form.contains(document.activeElement) ? (document.activeElement as HTMLInputElement) : null;
	const within = held !== null && fields.contains(held);
	fields.replaceWith(nextFields);
	form.querySelector(".quiz-foot")?.remove();
	const foot = next.querySelector(".quiz-foot");
	if (foot) said(form).after(foot);
	form.dataset["verdict"] = next.dataset["verdict"] ?? "";
	said(form).replaceChildren(...(next.querySelector(".quiz-said")?.childNodes ?? []));
	// Who works by keyboard stays: at the field, else at the button, else at what was said.
	const field = within && !nextFields.disabled ? [...nextFields.querySelectorAll("input")].find((i) => i.type === "text" || i.value === held.value) : null;
	(said(form) as HTMLElement).tabIndex = -1;
	const stay = field ?? foot?.querySelector("button") ?? said(form);
	if (held) (stay as HTMLElement).focus({ preventScroll: true });
	const figure = form.matches(".predict") ? form.previousElementSibling : null;
	if (words !== undefined) retell(figure, words);
	figure?.dispatchEvent(new Event("rerun"));
	form.dispatchEvent(new Event("answered", { bubbles: true }));
}

/** Puts new words in the place of those beneath a scene, and its new chart in that of the old one. */
function retell(figure: Element | null, words: string): void {
	const chart = parsed(words, ".lag");
	if (chart) figure?.querySelector(".lag")?.replaceWith(chart);
	const [old, next] = [figure?.querySelector("details.play-told"), parsed<HTMLDetailsElement>(words, "details")];
	if (!old && next) {
		next.open = false;
		figure?.querySelector(".play-said")?.after(next);
	}
	if (old && !next) old.remove();
	if (!old || !next) return;
	next.open = (old as HTMLDetailsElement).open; // They stay open or shut.
	old.replaceWith(next);
}

/** Says why an answer did not count. What was chosen stays as it is. */
function refuse(form: HTMLFormElement, message: string): void {
	const p = document.createElement("p");
	p.className = "quiz-problem";
	p.textContent = message;
	said(form).replaceChildren(p);
	form.querySelector("[name=number]")?.setAttribute("aria-invalid", "true");
}

function said(form: HTMLFormElement): Element {
	return form.querySelector(".quiz-said")!;
}
