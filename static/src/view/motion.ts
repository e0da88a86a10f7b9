/** Movement: a message that goes from one place to the next is seen to go there, briefly. */

export interface Point {
	x: number;
	y: number;
}

const shortest = 120; // Milliseconds.
const longest = 200;
const bends = 6; // Points of a way that a movement goes through.

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Moves an element along points to where it already stands. Nothing moves for who asked for that. */
export function glide(element: SVGElement, way: readonly Point[]): void {
	const end = way.at(-1);
	if (still.matches || way.length < 2 || !end) return;
	const frames = way.map(({ x, y }) => ({ transform: `translate(${x}px, ${y}px)` }));
	const far = Math.hypot(end.x - way[0]!.x, end.y - way[0]!.y);
	element.animate(frames, { duration: Math.min(longest, shortest + far / 4), easing: "ease-out" });
}

/** Lets an element appear. */
export function appear(element: SVGElement): void {
	if (!still.matches) element.animate([{ opacity: 0 }, { opacity: 1 }], { duration: shortest });
}

/** Ends every movement at once: the reader is further already. */
export function settle(root: SVGElement): void {
	for (const animation of root.getAnimations({ subtree: true })) animation.cancel();
}

/** Points from one spot to another, along a path where one leads from place to place. */
export function along(path: SVGPathElement | undefined, from: Point, to: Point): Point[] {
	if (!path) return [from, to];
	const length = path.getTotalLength();
	const points = Array.from({ length: bends }, (_, i) => path.getPointAtLength((length * i) / (bends - 1)));
	return [from, ...points.map(({ x, y }) => ({ x, y })), to];
}

/** Moves an element that stands elsewhere by now from where it stood. */
export function slide(element: SVGElement, by: Point): void {
	if (still.matches || (by.x === 0 && by.y === 0)) return;
	element.animate([{ transform: `translate(${by.x}px, ${by.y}px)` }, { transform: "translate(0, 0)" }], { duration: longest, easing: "ease-out", composite: "add" });
}

/** Lets an element that is higher by now grow from the height that it had. */
export function grow(element: SVGElement, from: number, to: number): void {
	if (still.matches || from >= to) return;
	element.animate([{ height: `${from}px` }, { height: `${to}px` }], { duration: longest, easing: "ease-out" });
}
