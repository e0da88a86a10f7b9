/**
 * The lab page. Read it in this order: here, where the parts are put together; program.ts and
 * draft.ts, what is written and how it is kept; desk.ts, the editor's pane; stage.ts, the pane
 * that shows what happened; routing.ts, what bindings do while they are written; verdict.ts; stream.ts, where updates come from.
 */
import { Api } from "./api.ts";
import { Refused } from "./call.ts";
import { addCopyButtons } from "./copy.ts";
import { el, need } from "./dom.ts";
import { voiceOf, workOfPage } from "./kinds.ts";
import { Lab } from "./session.ts";
import { separator } from "./panes.ts";
import { followSteps } from "./steps.ts";
import { type Say, voiceOfPage } from "./strings.ts";
import { addThemeSwitch } from "./theme.ts";

const work = workOfPage();
const say = voiceOf(work, voiceOfPage());
const id = document.body.dataset["lab"] ?? "";
const lang = document.body.dataset["lang"] ?? "en";

addThemeSwitch(document.getElementById("theme"));
addCopyButtons(need("text"));
splitPanes(say);
if ("questions" in document.body.dataset) followSteps(need("text"), say);
void open();

async function open(): Promise<void> {
	const api = new Api(id, lang);
	try {
		const { console: terminals } = document.body.dataset;
		const [data, parts] = await Promise.all([api.load(), terminals ? (import(terminals) as Promise<typeof import("./console.ts")>) : null]);
		new Lab(api, data, work, say, parts).start();
	} catch (problem) {
		const again = el("button", { type: "button", class: "btn", click: () => location.reload() }, say("load.again"));
		need("editor").replaceChildren(el("p", { class: "quiet", role: "alert" }, problem instanceof Refused ? say("load.failed", { message: problem.message }) : say("status.lost")), again);
		console.warn(problem);
	}
}

/** Puts the separators between the three panes. */
function splitPanes(say: Say): void {
	const main = document.querySelector<HTMLElement>("main")!;
	need("edit").before(separator(main, { property: "--w-text", label: say("pane.text"), controls: "text", axis: "x", least: 14, most: 45, start: 27 }));
	need("see").before(separator(main, { property: "--w-edit", label: say("pane.edit"), controls: "edit", axis: "x", least: 22, most: 60, start: 39 }));
}
