/** The theme switch: system, light or dark, kept in a cookie so that the server draws the right page at once. */

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];

const year = 365 * 24 * 60 * 60;

/** What the switch says, by language; `label` names it for a screen reader. */
const words: Record<string, Record<Theme | "label", string>> = {
	en: { system: "Auto", light: "Light", dark: "Dark", label: "Theme" },
	ru: { system: "Авто", light: "Светлая", dark: "Тёмная", label: "Тема" },
};

/** Puts the switch into its place. It is not there without scripts, as it could do nothing. */
export function addThemeSwitch(place: HTMLElement | null): void {
	if (!place) return;
	const say = words[document.documentElement.lang] ?? words["en"]!;
	const button = document.createElement("button");
	button.type = "button";
	let now = current();
	const show = (): void => {
		button.textContent = say[now];
		button.setAttribute("aria-label", `${say.label}: ${say[now]}`);
	};
	button.addEventListener("click", () => {
		now = themes[(themes.indexOf(now) + 1) % themes.length]!;
		choose(now);
		show();
	});
	show();
	place.replaceChildren(button);
}

function current(): Theme {
	const set = document.documentElement.dataset["theme"];
	return set === "light" || set === "dark" ? set : "system";
}

function choose(theme: Theme): void {
	if (theme === "system") delete document.documentElement.dataset["theme"];
	else document.documentElement.dataset["theme"] = theme;
	const age = theme === "system" ? 0 : year;
	document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax`;
}
