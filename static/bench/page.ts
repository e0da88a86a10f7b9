/** A player with a journal of its own making, for scrub.mjs to drive. */
import en from "../i18n/en.json";
import { voice } from "../src/strings.ts";
import { History } from "../src/view/history.ts";
import { Player } from "../src/view/player.ts";
import type { Recording } from "../src/view/types.ts";
import { traffic } from "./traffic.ts";

interface Figures {
	/** Milliseconds between frames, and of each frame from its start until the page was free again. */
	intervals: number[];
	costs: number[];
}

function open(size: number, backlog: number): { length: number; indexing: number; loading: number } {
	const events = traffic(size, backlog);
	const rec: Recording = { version: 1, title: "", lang: "en", brokers: ["rabbitmq"], services: ["ledger"], start: null, events, texts: {}, proof: [], at: 1 };
	const began = performance.now();
	history = new History(rec);
	const indexed = performance.now();
	player = new Player(document.getElementById("player")!, { say: voice(en, "en") });
	player.load(history, rec);
	return { length: history.length, indexing: indexed - began, loading: performance.now() - indexed };
}

let history: History;
let player: Player;

/** Goes to an event in each frame. */
function scrub(indexes: number[]): Promise<Figures> {
	const figures: Figures = { intervals: [], costs: [] };
	const channel = new MessageChannel();
	let started = 0;
	channel.port1.onmessage = () => figures.costs.push(performance.now() - started);
	return new Promise((done) => {
		let last = 0;
		const frame = (now: number): void => { // Runs after the player has drawn what the frame before asked for.
			if (last > 0) figures.intervals.push(now - last);
			last = started = now;
			const next = indexes.pop();
			if (next === undefined) return done(figures);
			player.go(next);
			requestAnimationFrame(frame);
			channel.port2.postMessage(null);
		};
		requestAnimationFrame(frame);
	});
}

/** The state alone, without drawing: milliseconds for each index. */
function states(indexes: number[]): number[] {
	return indexes.map((i) => {
		const began = performance.now();
		history.stateAt(i);
		return performance.now() - began;
	});
}

Object.assign(window, { bench: { open, scrub, states } });
