/**
 * The chart of a group's lag. The server draws it; this moves a line over it, by the slider beneath or
 * by pointing, and says how all partitions stand at that moment, as kafka-consumer-groups would.
 */
import { svg } from "./dom.ts";

/** From `at` milliseconds on: start and end of the log, the committed offset (-1: none) and its owner. */
type Point = [at: number, start: number, committed: number, end: number, owner: string];

export interface Chart {
	ends: number;
	rows: { name: string; points: Point[] }[];
	waiting: [at: number, n: number][];
}

/** What holds at a moment, in a list that is in order of time. */
export function holdsAt<T extends readonly [number, ...unknown[]]>(list: readonly T[], at: number): T | undefined {
	let [low, high] = [0, list.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (list[middle]![0] <= at) low = middle + 1;
		else high = middle;
	}
	return list[low - 1];
}

/** The cells of a partition's row: log start, committed, log end, lag, owner. */
export function cellsAt(points: readonly Point[], at: number): string[] {
	const [, start, committed, end, owner] = holdsAt(points, at) ?? [0, 0, -1, 0, ""];
	const known = committed >= 0;
	return [String(start), known ? String(committed) : "–", String(end), known ? String(Math.max(end - committed, 0)) : "–", owner || "–"];
}

/** Minutes and seconds. */
export function clock(ms: number): string {
	const s = Math.round(ms / 1000);
	return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/** Brings the charts of a scene to life. */
export function mountCharts(root: ParentNode): void {
	for (const chart of root.querySelectorAll<HTMLElement>(".lag[data-lag]:not(.live)")) mount(chart);
}

function mount(root: HTMLElement): void {
	const chart = JSON.parse(root.dataset["lag"]!) as Chart;
	const picture = root.querySelector<SVGSVGElement>(".lag-picture")!;
	const slider = root.querySelector<HTMLInputElement>("input[type=range]")!;
	const said = [root.querySelector("output")!, root.querySelector(".lag-clock")!];
	const rows = [...root.querySelectorAll<HTMLTableRowElement>(".lag-now tbody tr")];
	const line = svg("line", { class: "lag-cursor", y1: 16, y2: picture.height.baseVal.value - 18 });
	picture.append(line);
	const show = (): void => {
		const at = Number(slider.value) * 1000;
		const share = `${(100 * at) / chart.ends}%`;
		line.setAttribute("x1", share);
		line.setAttribute("x2", share);
		for (const place of said) place.textContent = clock(at);
		slider.setAttribute("aria-valuetext", clock(at));
		chart.rows.forEach((row, i) => {
			const cells = rows[i]!.querySelectorAll("td");
			cellsAt(row.points, at).forEach((text, n) => { cells[n]!.textContent = text; });
		});
		const waits = root.querySelector(".lag-waits td");
		if (waits) waits.textContent = String(holdsAt(chart.waiting, at)?.[1] ?? 0);
	};
	const point = (event: PointerEvent): void => {
		const box = picture.getBoundingClientRect();
		const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
		slider.value = String((share * chart.ends) / 1000);
		show();
	};
	slider.addEventListener("input", show);
	picture.addEventListener("pointerdown", point);
	picture.addEventListener("pointermove", (event) => { if (event.buttons > 0) point(event); });
	root.querySelector(".lag-moment")!.removeAttribute("hidden");
	root.classList.add("live");
	show();
}
