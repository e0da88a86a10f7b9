/** Copy buttons on blocks of code, and a way into blocks that scroll for those who use the keyboard. */

const words: Record<string, { copy: string; copied: string; code: string }> = {
	en: { copy: "Copy", copied: "Copied", code: "Code" },
	ru: { copy: "Копировать", copied: "Скопировано", code: "Код" },
};

/** Adds a copy button to every block of code under `root`. */
export function addCopyButtons(root: ParentNode): void {
	const say = words[document.documentElement.lang] ?? words["en"]!;
	for (const pre of root.querySelectorAll<HTMLElement>("pre")) {
		reachable(pre, say.code);
		if (!navigator.clipboard) continue; // Not a secure context: a button could not keep its word.
		const box = document.createElement("div");
		box.className = "copyable";
		pre.replaceWith(box);
		box.append(pre, copyButton(pre, say));
	}
}

function copyButton(pre: HTMLElement, say: { copy: string; copied: string }): HTMLButtonElement {
	const button = document.createElement("button");
	button.type = "button";
	button.className = "copy";
	button.textContent = say.copy;
	button.addEventListener("click", async () => {
		try {
			await navigator.clipboard.writeText(pre.textContent ?? "");
			button.textContent = say.copied;
			setTimeout(() => (button.textContent = say.copy), 1500);
		} catch {
			getSelection()?.selectAllChildren(pre); // Refused: select it, so that Ctrl+C does the rest.
		}
	});
	return button;
}

/** Lets the keyboard scroll a block that is wider than its column. */
function reachable(block: HTMLElement, label: string): void {
	if (block.scrollWidth <= block.clientWidth || block.hasAttribute("tabindex")) return;
	block.tabIndex = 0;
	block.setAttribute("role", "region");
	block.setAttribute("aria-label", label);
}
