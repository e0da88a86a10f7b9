/** The questions that a lab asks in its text: its scenes, its forms, and how far the student is. */
import { el } from "./dom.ts";
import { mountScene } from "./figure.ts";
import { whenSeen } from "./plays.ts";
import { followQuizzes } from "./quiz.ts";
import type { Say } from "./strings.ts";

/** Brings the questions of a text to life. "answered" is heard on the text when they all are. */
export function followSteps(text: HTMLElement, say: Say): void {
	followQuizzes(text);
	whenSeen(text, (figure) => mountScene(figure, say));
	text.addEventListener("answered", (event) => {
		if (event.target === text) return;
		progress(text, say);
		if (open(text) === 0) text.dispatchEvent(new Event("answered"));
	});
}

/** How many questions are still to be answered. */
export function open(text: ParentNode): number {
	return [...text.querySelectorAll<HTMLElement>("form.quiz")].filter((form) => !form.dataset["verdict"]).length;
}

/** Marks the steps whose questions are answered. */
function progress(text: ParentNode, say: Say): void {
	for (const step of text.querySelectorAll<HTMLElement>(".steps [data-asks]")) {
		const done = step.dataset["asks"]!.split(" ").every((id) => Boolean(document.getElementById(`quiz-${id}`)?.dataset["verdict"]));
		step.classList.toggle("done", done);
		step.querySelector(".offscreen")?.replaceWith(el("span", { class: "offscreen" }, done ? ` (${say("step.done")})` : ""));
	}
}
