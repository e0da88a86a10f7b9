/** The questions of a lesson: answered without leaving the page. Without this script the forms post by themselves. */

/** Enhances every quiz form of a page. */
export function followQuizzes(root: ParentNode): void {
	for (const form of root.querySelectorAll<HTMLFormElement>("form.quiz[data-answer]")) {
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			void answer(form);
		});
	}
}

interface Answered {
	html?: string;
	error?: { message?: string };
}

/** Sends what is chosen and shows what the server says to it. A second press waits for the first. */
async function answer(form: HTMLFormElement): Promise<void> {
	if (form.ariaBusy === "true") return;
	form.ariaBusy = "true";
	try {
		const response = await fetch(`${form.dataset["answer"]}?lang=${document.documentElement.lang}`, {
			method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify(given(new FormData(form))),
		});
		const said = (await response.json()) as Answered;
		if (said.html) show(form, said.html);
		else refuse(form, said.error?.message ?? response.statusText);
	} catch {
		refuse(form, form.dataset["offline"] ?? "");
	} finally {
		form.ariaBusy = null;
	}
}

/** What a form holds, as the API takes it. */
function given(data: FormData): { options?: number[]; number?: string } {
	const number = data.get("number");
	return typeof number === "string" ? { number } : { options: data.getAll("option").map(Number) };
}

/** Puts the server's form into this one: its marks, and its words into the region that is read aloud. */
function show(form: HTMLFormElement, html: string): void {
	// The form comes from our server, made of what it has sanitised; parsing runs no scripts.
	const next = new DOMParser().parseFromString(html, "text/html").querySelector("form");
	const [fields, nextFields] = [form.querySelector("fieldset"), next?.querySelector("fieldset")];
	if (!next || !fields || !nextFields) return;
	const held = fields.contains(document.activeElement) ? (document.activeElement as HTMLInputElement) : null;
	fields.replaceWith(nextFields);
	if (held) [...nextFields.querySelectorAll("input")].find((i) => i.type === "text" || i.value === held.value)?.focus();
	if (next.dataset["verdict"]) form.dataset["verdict"] = next.dataset["verdict"];
	if (!next.querySelector(".quiz-foot")) form.querySelector(".quiz-foot")?.remove();
	said(form).replaceChildren(...(next.querySelector(".quiz-said")?.childNodes ?? []));
	if (form.matches(".predict")) form.previousElementSibling?.dispatchEvent(new Event("rerun"));
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
