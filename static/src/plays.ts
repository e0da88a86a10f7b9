/**
 * The scenes of a lesson. This part is in every reading page, and small: what draws them is loaded
 * when the first one comes near. Without scripts the words of a scene stay open.
 */

/** Has the scenes of a page drawn as they come into sight. */
export function followPlays(root: ParentNode, { player, playerCss }: DOMStringMap): void {
	if (player) whenSeen(root, (figure) => void open(figure, player, playerCss));
}

/** Gives each scene to a function, once, when it is near. */
export function whenSeen(root: ParentNode, draw: (figure: HTMLElement) => void): void {
	const figures = [...root.querySelectorAll<HTMLElement>("figure.play[data-play]")];
	if (figures.length === 0) return;
	const observer = new IntersectionObserver((seen) => {
		for (const { isIntersecting, target } of seen) {
			if (!isIntersecting) continue;
			observer.unobserve(target);
			draw(target as HTMLElement);
		}
	}, { rootMargin: "300px 0px" });
	for (const figure of figures) {
		figure.classList.add("live");
		figure.querySelector("details.play-told")?.removeAttribute("open");
		observer.observe(figure);
	}
}

/** Loads what draws scenes, once, and has it draw this one. */
async function open(figure: HTMLElement, player: string, css: string | undefined): Promise<void> {
	try {
		const [{ mount }] = await Promise.all([import(player) as Promise<typeof import("./play.en.ts")>, css ? style(css) : null]);
		mount(figure);
	} catch {
		figure.classList.remove("live");
		figure.querySelector("details.play-told")?.setAttribute("open", "");
	}
}

const styled = new Map<string, Promise<unknown>>();

/** Adds a style sheet to the page and waits for it; once. */
export function style(href: string): Promise<unknown> {
	const known = styled.get(href) ?? new Promise((done, failed) => {
		const link = document.createElement("link");
		link.rel = "stylesheet";
		link.href = href;
		link.onload = done;
		link.onerror = failed;
		document.head.append(link);
	});
	styled.set(href, known);
	return known;
}
