// The pretended API: one lab in memory, a run that takes two seconds, a verdict that fails.
import { recordingOf } from "./recordings.mjs";
import { attempt, broken, idle, starter, states, story } from "./story.mjs";

/** Calls fn when so many milliseconds have passed; the function that it returns calls that off. */
const afterwards = (ms, fn) => {
	const timer = setTimeout(fn, ms);
	return () => clearTimeout(timer);
};

/**
 * Returns a request handler that answers everything under /api from memory. With the name of a
 * recording there is an attempt already, of which that is the run. What takes time is put off
 * with `wait`, which is like afterwards.
 */
export function api(scene = "", wait = afterwards) {
	const lab = { files: structuredClone(starter), revision: 1, saved: null, snapshots: [], attempts: [], last: scene ? 1 : null };
	const ring = [];
	const streams = new Set();
	let due = []; // What is put off; each calls it off.

	const emit = (update) => {
		ring.push(update);
		for (const res of streams) res.write(`id: ${ring.length}\ndata: ${JSON.stringify(update)}\n\n`);
	};
	const later = (ms, fn) => due.push(wait(ms, fn));
	const halt = () => {
		due.forEach((callOff) => callOff());
		due = [];
	};

	let drained = false; // A run took all messages, and the queues stay as it left them.
	const run = () => {
		halt();
		const steps = drained ? idle : story;
		drained = true;
		const started = Date.now();
		const status = (status, more = {}) => emit({ type: "status", status, millis: Date.now() - started, ...more });
		status("building");
		later(250, () => status("running"));
		steps.forEach((step, i) => later(300 + i * 60, () => emit(step)));
		later(400 + steps.length * 60, () => status("blocked", { waiting: "Channel.Consume", line: 38 }));
		later(1600 + steps.length * 60, () => status("ended", { text: "The program has ended." }));
	};
	const submit = () => {
		halt();
		emit({ type: "status", status: "ended", millis: 2100, text: "stopped by you" });
		for (let done = 0; done <= 25; done++) later(done * 30, () => emit({ type: "progress", done, total: 25, phase: done < 2 ? "baseline" : "sweep" }));
		const id = lab.attempts.length + 1;
		lab.attempts.unshift({ id, at: new Date().toISOString(), score: 6, of: 10, status: "failed" });
		lab.last = id;
		later(900, () => emit({ type: "verdict", attempt: id }));
		return { attempt: id };
	};

	const routes = {
		"GET /api/labs/rabbitmq/work-queue": () => ({
			lab: { id: "rabbitmq/work-queue", title: "A work queue that loses nothing", points: 10 },
			files: lab.files, revision: lab.revision, saved: lab.saved, snapshots: lab.snapshots,
			lastAttempt: lab.last, attempts: lab.attempts, open: { status: "ready" },
		}),
		"PUT /api/labs/rabbitmq/work-queue/draft": (body) => {
			if (body.base !== lab.revision) return [409, { error: { code: "stale", message: "stale" }, revision: lab.revision, files: lab.files, at: lab.saved }];
			lab.files = lab.files.map((f) => body.files.find((g) => g.name === f.name && !f.readOnly) ? { ...f, text: body.files.find((g) => g.name === f.name).text } : f);
			lab.saved = new Date().toISOString();
			return { revision: ++lab.revision, at: lab.saved };
		},
		"POST /api/labs/rabbitmq/work-queue/reset": () => {
			lab.snapshots.unshift({ id: lab.snapshots.length + 1, at: new Date().toISOString(), reason: "reset", files: lab.files });
			lab.files = structuredClone(starter);
			return { files: lab.files, revision: ++lab.revision, snapshot: lab.snapshots[0] };
		},
		"GET /api/labs/rabbitmq/work-queue/revisions": () => ({ snapshots: lab.snapshots.map(({ files, ...rest }) => rest) }),
		"POST /api/labs/rabbitmq/work-queue/restore": (body) => {
			lab.files = lab.snapshots.find((s) => s.id === body.id).files;
			return { files: lab.files, revision: ++lab.revision };
		},
		"POST /api/labs/rabbitmq/work-queue/check": (body) => ({ diagnostics: broken(body.files), millis: 14 }),
		"POST /api/labs/rabbitmq/work-queue/complete": () => ({ items: [
			{ label: "Ack", kind: "method", detail: "func(multiple bool) error" },
			{ label: "Nack", kind: "method", detail: "func(multiple, requeue bool) error" },
			{ label: "Reject", kind: "method", detail: "func(requeue bool) error" }] }),
		"POST /api/labs/rabbitmq/work-queue/build": (body) => {
			const diagnostics = broken(body.files);
			return { ok: diagnostics.length === 0, diagnostics, millis: 412, cached: false };
		},
		"POST /api/labs/rabbitmq/work-queue/run": () => (run(), [202, { run: "r1" }]),
		"POST /api/labs/rabbitmq/work-queue/stop": () => (halt(), emit({ type: "status", status: "ended", millis: 900, text: "stopped by you" }), {}),
		"POST /api/labs/rabbitmq/work-queue/broker-reset": () => (halt(), drained = false, emit({ type: "state", state: states[0] }), {}),
		"GET /api/labs/rabbitmq/work-queue/backend": () => ({ on: "miniature", offered: true, brokers: [], name: "", pull: false, reason: "Docker does not answer (unix:///var/run/docker.sock). Start it on this machine." }),
		"POST /api/labs/rabbitmq/work-queue/submit": () => [202, submit()],
		"POST /api/hints/rabbitmq/work-queue": () => ({}),
		"POST /api/progress": () => ({}),
		"GET /api/progress": () => ({ pages: {}, labs: {}, continue: null }),
	};

	return async (req, res, url) => {
		if (url.pathname.endsWith("/stream")) return stream(req, res);
		const body = await read(req);
		if (/^\/api\/attempts\/\d+\/recordings\/[^/]+$/.test(url.pathname)) {
			res.writeHead(200, { "Content-Type": "application/json" });
			return res.end(JSON.stringify(recordingOf(scene)));
		}
		const id = /^\/api\/attempts\/(\d+)$/.exec(url.pathname)?.[1];
		const route = id ? () => ({ id: Number(id), status: "graded", verdict: attempt }) : routes[`${req.method} ${url.pathname}`];
		const answer = route ? route(body) : [404, { error: { code: "none", message: "no such thing" } }];
		const [code, value] = Array.isArray(answer) ? answer : [200, answer];
		res.writeHead(code, { "Content-Type": "application/json" });
		res.end(JSON.stringify(value));
	};

	function stream(req, res) {
		res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
		const last = Number(req.headers["last-event-id"] ?? 0);
		if (last === 0) res.write(`id: ${ring.length}\ndata: ${JSON.stringify({ type: "state", state: states[0] })}\n\n`);
		ring.slice(last || ring.length).forEach((update, i) => res.write(`id: ${last + i + 1}\ndata: ${JSON.stringify(update)}\n\n`));
		streams.add(res);
		req.on("close", () => streams.delete(res));
	}
}

async function read(req) {
	let text = "";
	for await (const part of req) text += part;
	return text ? JSON.parse(text) : {};
}
