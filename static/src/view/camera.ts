/**
 * The camera of a picture: fit, zoom and pan, with wheel and Ctrl, dragging, two fingers and
 * the keys + - 0 and the arrows. A plain wheel and one finger scroll the page, as everywhere;
 * one finger that goes sideways moves the picture.
 */

export interface Extent {
	width: number;
	height: number;
}

interface Point {
	x: number;
	y: number;
}

const margin = 8;
const most = 3; // Times the natural size.
const leastFit = 0.75; // A picture that would be smaller than this is larger than its window instead.
const stepZoom = 1.25;
const stepPan = 48;

export class Camera {
	private scale = 1;
	private x = 0;
	private y = 0;
	private moved = false; // By the reader; a picture that grows is not fitted again.
	private world: Extent = { width: 1, height: 1 };
	private view: Extent = { width: 1, height: 1 };
	private readonly fingers = new Map<number, Point>();
	private start: Point = { x: 0, y: 0 }; // Where the first finger came down.
	private sideways = false; // It has gone more to the side than up or down: it is not for the page.
	private dragged = 0; // How far the pointer went since it came down, in pixels.

	constructor(private readonly window: HTMLElement, private readonly group: SVGGElement, private readonly changed: (larger: boolean) => void) {
		window.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
		window.addEventListener("keydown", (e) => this.key(e));
		window.addEventListener("pointerdown", (e) => this.down(e));
		window.addEventListener("pointermove", (e) => this.move(e));
		// A second finger is never for the page, wherever the first has begun to go.
		for (const kind of ["touchstart", "touchmove"] as const) window.addEventListener(kind, (e) => e.touches.length > 1 && e.cancelable && e.preventDefault(), { passive: false });
		for (const end of ["pointerup", "pointercancel", "lostpointercapture"] as const) window.addEventListener(end, (e) => this.up(e));
		window.addEventListener("click", (e) => this.dragged > 4 && e.stopPropagation(), true);
	}

	/** Says how large the picture and its window are. It is fitted until the reader moves it. */
	size(world: Extent, view: Extent): void {
		const same = world.width === this.world.width && world.height === this.world.height && view.width === this.view.width && view.height === this.view.height;
		if (same) return;
		[this.world, this.view] = [world, view];
		if (this.moved) this.show();
		else this.fit();
	}

	/** Shows the whole picture, or as much of it as can be read. */
	fit(): void {
		this.moved = false;
		this.scale = this.fitting();
		this.x = Math.max(margin, (this.view.width - this.world.width * this.scale) / 2);
		this.y = Math.max(margin, (this.view.height - this.world.height * this.scale) / 2);
		this.show();
	}

	zoom(by: number, at: Point = { x: this.view.width / 2, y: this.view.height / 2 }): void {
		const scale = Math.max(Math.min(0.3, this.fitting()), Math.min(most, this.scale * by));
		const ratio = scale / this.scale;
		this.x = at.x - (at.x - this.x) * ratio;
		this.y = at.y - (at.y - this.y) * ratio;
		this.scale = scale;
		this.moved = true;
		this.show();
	}

	pan(x: number, y: number): void {
		if (!this.larger) return; // All of it is in sight.
		this.x += x;
		this.y += y;
		this.moved = true;
		this.show();
	}

	/** Reports whether a part of the picture is out of the window. */
	private get larger(): boolean {
		return this.world.width * this.scale > this.view.width + 1 || this.world.height * this.scale > this.view.height + 1;
	}

	private fitting(): number {
		const { world, view } = this;
		const whole = Math.min(1, (view.width - margin * 2) / world.width, (view.height - margin * 2) / world.height);
		return Math.max(leastFit, whole);
	}

	/** Keeps a part of the picture in the window and draws it there. */
	private show(): void {
		const { world, view, scale } = this;
		const hold = (at: number, size: number, room: number): number => (size <= room - margin * 2 ? Math.max(0, Math.min(room - size, at)) : Math.max(room - size - margin * 4, Math.min(margin * 4, at)));
		this.x = hold(this.x, world.width * scale, view.width);
		this.y = hold(this.y, world.height * scale, view.height);
		this.group.setAttribute("transform", `translate(${this.x.toFixed(2)} ${this.y.toFixed(2)}) scale(${scale.toFixed(4)})`);
		this.window.classList.toggle("larger", this.larger);
		this.changed(this.larger);
	}

	private wheel(e: WheelEvent): void {
		if (!e.ctrlKey && !e.metaKey) return; // The page scrolls.
		e.preventDefault();
		this.zoom(Math.exp(-e.deltaY / 240), this.spot(e));
	}

	private key(e: KeyboardEvent): void {
		if (e.target !== this.window || e.ctrlKey || e.metaKey || e.altKey) return;
		const moves: Record<string, [number, number]> = { ArrowLeft: [stepPan, 0], ArrowRight: [-stepPan, 0], ArrowUp: [0, stepPan], ArrowDown: [0, -stepPan] };
		const by = moves[e.key];
		if (by) this.pan(...by);
		else if (e.key === "+" || e.key === "=") this.zoom(stepZoom);
		else if (e.key === "-") this.zoom(1 / stepZoom);
		else if (e.key === "0") this.fit();
		else return;
		e.preventDefault();
		e.stopPropagation();
	}

	private down(e: PointerEvent): void {
		if (e.button !== 0) return;
		if (e.isPrimary) this.fingers.clear(); // Whatever became of those before.
		this.fingers.set(e.pointerId, this.spot(e));
		if (this.fingers.size > 1) return;
		this.start = this.spot(e);
		this.sideways = e.pointerType !== "touch";
		this.dragged = 0;
	}

	private move(e: PointerEvent): void {
		const old = this.fingers.get(e.pointerId);
		if (!old) return;
		const now = this.spot(e);
		const others = [...this.fingers].filter(([id]) => id !== e.pointerId).map(([, p]) => p);
		this.dragged += Math.hypot(now.x - old.x, now.y - old.y);
		if (this.dragged > 4 && !this.window.hasPointerCapture(e.pointerId)) this.window.setPointerCapture(e.pointerId);
		this.fingers.set(e.pointerId, now);
		if (others[0]) {
			const [before, after] = [old, now].map((p) => Math.hypot(p.x - others[0]!.x, p.y - others[0]!.y));
			if (before! > 0) this.zoom(after! / before!, { x: (now.x + others[0].x) / 2, y: (now.y + others[0].y) / 2 });
			this.pan((now.x - old.x) / 2, (now.y - old.y) / 2); // The point between the fingers.
		} else if (this.dragged > 4) {
			this.sideways ||= Math.abs(now.x - this.start.x) > 1.5 * Math.abs(now.y - this.start.y);
			if (this.sideways) this.pan(now.x - old.x, now.y - old.y);
		}
	}

	private up(e: PointerEvent): void {
		if (e.type === "lostpointercapture" && e.target !== this.window) return; // The window itself has taken it.
		this.fingers.delete(e.pointerId);
	}

	private spot(e: MouseEvent): Point {
		const box = this.window.getBoundingClientRect();
		return { x: e.clientX - box.left, y: e.clientY - box.top };
	}
}
