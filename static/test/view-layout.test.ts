import assert from "node:assert/strict";
import { test } from "node:test";
import { Arranger, type Box, drawnOf, keyLines, type Layout, lineHeight, mostHeight, tokenSpot, wayBetween } from "../src/view/layout.ts";
import type { Seat } from "../src/view/scene.ts";
import type { Flow } from "../src/view/types.ts";

const seat = (id: string, kind: string, name = id): Seat => ({ id, kind, names: [name], keyed: kind === "queue" });
const names = (layout: Layout): string[][] => {
	const columns = new Map<number, string[]>();
	for (const [id, box] of [...layout.boxes].sort(([, a], [, b]) => a.y - b.y)) columns.set(box.x, [...(columns.get(box.x) ?? []), id]);
	return [...columns].sort(([a], [b]) => a - b).map(([, ids]) => ids);
};
const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

function clean(layout: Layout): void {
	const boxes = [...layout.boxes];
	for (const [i, [id, a]] of boxes.entries()) {
		assert.ok(a.x >= -0.01 && a.y >= -0.01 && a.x + a.width <= layout.width + 0.01 && a.y + a.height <= layout.height + 0.01, `${id} stands outside`);
		for (const [other, b] of boxes.slice(i + 1)) assert.ok(!overlap(a, b), `${id} and ${other} overlap`);
		for (let t = 0; t < a.rows * a.perRow; t++) {
			const spot = tokenSpot(a, t);
			assert.ok(spot.x + 7 <= a.x + a.width && spot.y + 7 <= a.y + a.height, `message ${t} stands outside ${id}`);
		}
	}
}

/** The same numbers on every run. */
function dice(seed: number): (n: number) => number {
	let x = seed;
	return (n) => {
		x = (x * 1103515245 + 12345) % 2147483648;
		return Math.floor((x / 2147483648) * n);
	};
}

const shop: Seat[] = [seat("x", "exchange"), seat("q1", "queue"), seat("q2", "queue"), seat("c1", "consumer"), seat("s", "service")];
const flows: Flow[] = [{ from: "x", to: "q1" }, { from: "x", to: "q2" }, { from: "q2", to: "c1" }, { from: "c1", to: "s" }];

test("a queue that is bound after it was drawn gets room for its pattern", () => {
	const queue = { ...seat("q", "queue"), keyed: false };
	const seats = [seat("x", "exchange"), queue];
	const arranger = new Arranger();
	const room = { width: 900, height: 430 };
	const before = arranger.arrange(seats, [], room).boxes.get("q")!.head;
	queue.keyed = true;
	const layout = arranger.arrange(seats, [{ from: "x", to: "q", label: "a.#" }], room);
	assert.ok(layout.boxes.get("q")!.head > before, "its messages would stand on its pattern");
	assert.equal(arranger.arrange(seats, [], room), layout, "and then it stays");
	clean(layout);
});

test("keys that lead to a place stand in lines, as few as they fit into", () => {
	assert.deepEqual(keyLines("a · b", 190), ["a · b"]);
	assert.deepEqual(keyLines("*.login · *.password.* · user.#", 150), ["*.login", "*.password.*", "user.#"]);
	assert.deepEqual(keyLines("one.long.key · two.long.key · three.long.key · four", 120), ["one.long.key", "two.long.key", "three.long.key · four"]);
	assert.deepEqual(keyLines("a.key.that.is.longer.than.its.box", 120), ["a.key.that.is.longer.than.its.box"]);
	const queue: Seat = { ...seat("q", "queue"), keys: "*.login" };
	const arranger = new Arranger();
	const before = arranger.arrange([seat("x", "exchange"), queue], [], { width: 460, height: 430 }).boxes.get("q")!;
	queue.keys = "*.login.failed.again · *.password.*";
	const layout = arranger.arrange([seat("x", "exchange"), queue], [], { width: 460, height: 430 });
	assert.equal(layout.boxes.get("q")!.head - before.head, lineHeight);
	clean(layout);
});

test("places stand in bands along the way of a message", () => {
	const layout = new Arranger().arrange(shop, flows, { width: 900, height: 430 });
	assert.equal(layout.down, false);
	assert.deepEqual(names(layout), [["x"], ["q1", "q2"], ["c1"], ["s"]]);
	clean(layout);
});

test("where the window is narrow the bands go downwards, as large as before", () => {
	const layout = new Arranger().arrange(shop, flows, { width: 340, height: 430 });
	assert.equal(layout.down, true);
	assert.ok(layout.width <= 340 && !layout.dense);
	clean(layout);
});

test("an exchange behind an exchange stands after it", () => {
	const seats = [seat("exchange:a", "exchange"), seat("exchange:b", "exchange"), seat("q", "queue")];
	const layout = new Arranger().arrange(seats, [{ from: "exchange:a", to: "exchange:b" }, { from: "exchange:b", to: "q" }], { width: 900, height: 430 });
	assert.deepEqual(names(layout), [["exchange:a"], ["exchange:b"], ["q"]]);
});

test("a cycle ends: a retry queue whose dead letters lead back", () => {
	const back = [...flows, { from: "q1", to: "x" }];
	clean(new Arranger().arrange(shop, back, { width: 900, height: 430 }));
});

test("queues beside a service leave room for the consumer that will come, and do not move when it does", () => {
	const arranger = new Arranger();
	const room = { width: 500, height: 430 };
	const before = arranger.arrange([seat("orders", "queue"), seat("ledger", "service")], [], room);
	const after = arranger.arrange([seat("orders", "queue"), seat("ledger", "service"), seat("worker", "consumer")], [], room);
	assert.deepEqual(after.boxes.get("orders"), before.boxes.get("orders"));
	assert.deepEqual(after.boxes.get("ledger"), before.boxes.get("ledger"));
	assert.deepEqual(names(after), [["orders"], ["worker"], ["ledger"]]);
});

test("a place of an unknown kind has its place too", () => {
	clean(new Arranger().arrange([...shop, seat("?", "teleporter"), seat("p", "partition"), seat("n", "node")], flows, { width: 900, height: 430 }));
});

test("a place that has its place keeps it when another comes, unless its band is full; then the order stays", () => {
	const kinds = ["exchange", "queue", "queue", "consumer", "service"];
	let kept = 0;
	let again = 0;
	for (let seed = 1; seed <= 24; seed++) {
		const roll = dice(seed);
		const arranger = new Arranger();
		const room = { width: 300 + roll(1100), height: 430 };
		const seats: Seat[] = [];
		const ways: Flow[] = [];
		let before: Layout | null = null;
		for (let i = 0; i < 30; i++) {
			const next = seat(`p${i}`, kinds[roll(kinds.length)]!);
			if (seats.length > 0 && roll(2) === 0) ways.push({ from: seats[roll(seats.length)]!.id, to: next.id });
			seats.push(next);
			const layout = arranger.arrange(seats, ways, room);
			clean(layout);
			assert.equal(layout.boxes.size, seats.length);
			if (before) {
				const same = [...before.boxes].every(([id, box]) => JSON.stringify(layout.boxes.get(id)) === JSON.stringify(box));
				same ? kept++ : again++;
				if (!same) sameOrder(before, layout, seats);
			}
			before = layout;
		}
	}
	assert.ok(kept > again, `${kept} newcomers moved nobody, ${again} moved somebody`);
});

test("a queue more, a consumer more: nobody moves; in a narrow window a row moves aside by less than a box", () => {
	for (const [width, allowed] of [[900, 0], [460, 1]] as const) {
		const arranger = new Arranger();
		const seats = [...shop];
		const before = arranger.arrange(seats, flows, { width, height: 430 });
		for (const next of [seat("c2", "consumer"), seat("q3", "queue"), seat("c3", "consumer")]) {
			seats.push(next);
			const after = arranger.arrange(seats, flows, { width, height: 430 });
			clean(after);
			for (const [id, box] of before.boxes) {
				const now = after.boxes.get(id)!;
				assert.equal(now.y, box.y, id);
				assert.ok(Math.abs(now.x - box.x) <= box.width * allowed, `${id} went from ${box.x} to ${now.x}`);
			}
		}
	}
});

/** In each band those who were there come in the same order. */
function sameOrder(before: Layout, after: Layout, seats: readonly Seat[]): void {
	for (const kind of new Set(seats.map((s) => s.kind))) {
		const order = (layout: Layout): string[] => {
			const along = (box: Box): number[] => (layout.down ? [box.y, box.x] : [box.x, box.y]);
			return seats.filter((s) => s.kind === kind && before.boxes.has(s.id)).map((s) => s.id).sort((a, b) => {
				const [p, q] = [along(layout.boxes.get(a)!), along(layout.boxes.get(b)!)];
				return p[0]! - q[0]! || p[1]! - q[1]!;
			});
		};
		if (before.down === after.down) assert.deepEqual(order(after), order(before), kind);
	}
}

test("the same places in the same room keep the very same layout", () => {
	const arranger = new Arranger();
	const room = { width: 480, height: 430 };
	assert.equal(arranger.arrange(shop, flows, room), arranger.arrange(shop, flows, { ...room }));
});

test("forty queues and twenty exchanges: nothing overlaps, and the text can be read", () => {
	const seats = [
		...Array.from({ length: 20 }, (_, i) => seat(`x${i}`, "exchange")),
		...Array.from({ length: 40 }, (_, i) => seat(`q${i}`, "queue")),
		...Array.from({ length: 6 }, (_, i) => seat(`c${i}`, "consumer")),
		seat("s", "service"),
	];
	const ways = Array.from({ length: 40 }, (_, i) => ({ from: `x${i % 20}`, to: `q${i}` }));
	for (const width of [350, 460, 800, 1300]) {
		const layout = new Arranger().arrange(seats, ways, { width, height: 430 });
		clean(layout);
		const across = width / layout.width;
		assert.ok(across >= 0.75, `at ${width} it is ${layout.width} wide`);
		if (width >= 460) assert.ok(mostHeight(430, layout.dense) / layout.height >= 0.75, `at ${width} it is ${layout.height} high`);
		assert.ok([...layout.boxes.values()].every((b) => b.width >= 96), "a box has room for a name");
	}
});

test("what does not fit in a box is a number, and never more dots", () => {
	const { boxes } = new Arranger().arrange(shop, flows, { width: 900, height: 430 });
	const box = boxes.get("q1")!;
	const room = box.rows * box.perRow;
	assert.equal(drawnOf(box, room), room);
	for (const n of [room + 1, 100, 10_000, 1_000_000]) {
		const drawn = drawnOf(box, n);
		assert.ok(drawn < room && drawn <= 32);
		const { x } = tokenSpot(box, drawn);
		assert.ok(x - 6 + (String(n).length + 2) * 8 <= box.x + box.width + 8, `the number of ${n} stands outside`);
	}
});

test("ways lead from edge to edge in each direction", () => {
	const left = { x: 0, y: 0, width: 10, height: 10, head: 0, rows: 0, perRow: 0 };
	const right = { ...left, x: 50, y: 20 };
	assert.match(wayBetween(left, right, false), /^M10 5C.*50 25$/);
	assert.match(wayBetween(right, left, false), /^M50 34C.*10 14$/);
	assert.match(wayBetween(left, { ...left, x: 20, y: 50 }, true), /^M5 10C.*25 50$/);
});

test("what is in one virtual host stands together, whatever its name and wherever its messages come from", () => {
	const at = (id: string, kind: string, vhost: string): Seat => ({ ...seat(id, kind), vhost });
	const seats = [at("xa", "exchange", "/b"), at("xb", "exchange", "/a"), at("q1", "queue", "/b"), at("q2", "queue", "/a"), at("q3", "queue", "/b"), at("q4", "queue", "")];
	const layout = new Arranger().arrange(seats, [{ from: "xa", to: "q1" }, { from: "xb", to: "q2" }], { width: 900, height: 430 });
	clean(layout);
	const hosts = names(layout).map((ids) => ids.map((id) => seats.find((s) => s.id === id)!.vhost));
	assert.deepEqual(hosts, [["/a", "/b"], ["", "/a", "/b", "/b"]]);
	assert.equal(layout.boxes.get("q1")!.head, layout.boxes.get("q4")!.head + lineHeight);
});
