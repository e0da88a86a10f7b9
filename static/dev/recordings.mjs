// Recordings to work on the view with: the failing run of the work queue, a broker with forty
// queues, ten thousand messages in one. Deterministic, so that pictures of them can be compared.

/** Collects events with numbers and times. */
function journal() {
	const events = [];
	const say = (kind, more = {}) => events.push({ seq: events.length + 1, at: (events.length + 1) * 1_300_000, kind, source: "rabbitmq", ...more });
	return { events, say };
}

const recording = (title, events, more = {}) => ({ version: 1, title, lang: "en", lab: "rabbitmq/work-queue", brokers: ["rabbitmq"], services: ["ledger"], start: null, events, texts: {}, proof: [], at: events.at(-1).seq, frames: framesOf(events), files: [], ...more });

/** The run in which the worker acks order 4 and dies before it charges it. */
function workQueue() {
	const { events, say } = journal();
	say("declared", { place: "orders", detail: { durable: true } });
	say("declared", { place: "orders.dead", detail: { durable: true } });
	for (let m = 1; m <= 12; m++) say("routed", { place: "orders", message: m, label: String(m), n: 40 });
	say("started", { source: "host" });
	const life = (client, from, to, dies) => {
		const c = { client, channel: 1, consumer: "worker" };
		say("opened", { client });
		say("subscribed", { ...c, place: "orders", n: 1, line: 38, detail: { prefetch: 1 } });
		for (let m = from; m <= to; m++) {
			const it = { place: "orders", message: m, label: String(m), tag: m - from + 1 };
			say("delivered", { ...c, ...it, line: 42 });
			say("acked", { ...c, ...it, line: 48 });
			if (m === dies) break;
			say("effect", { source: "ledger", client: "", place: "accounts", message: m, label: String(m), line: 49 });
		}
	};
	life("c1", 1, 12, 4);
	const proof = events.length;
	say("crash", { source: "host", reason: "acked" });
	say("cancelled", { client: "c1", channel: 1, consumer: "worker", place: "orders" });
	say("closed", { client: "c1", reason: "killed" });
	say("restarted", { source: "host" });
	life("c2", 5, 12);
	say("stopped", { source: "host", reason: "quiet" });
	return recording("Order 4 was lost", events, { proof: [proof], at: proof });
}

/** Twenty exchanges, forty queues, six consumers, and some traffic between them. */
function fortyQueues() {
	const { events, say } = journal();
	const regions = ["eu", "us", "asia", "africa"];
	const kinds = ["topic", "direct", "fanout", "headers"];
	for (let x = 0; x < 20; x++) say("declared", { exchange: `shop.${regions[x % 4]}.${x + 1}`, reason: kinds[x % 4] });
	for (let q = 0; q < 40; q++) {
		say("declared", { place: `orders.${regions[q % 4]}.${q + 1}`, detail: { durable: true } });
		say("bound", { exchange: `shop.${regions[q % 4]}.${(q % 20) + 1}`, place: `orders.${regions[q % 4]}.${q + 1}`, key: `order.*.${q + 1}` });
	}
	for (let c = 1; c <= 6; c++) {
		say("opened", { client: `c${c}` });
		say("subscribed", { client: `c${c}`, channel: 1, consumer: `worker-${c}`, place: `orders.${regions[(c * 5) % 4]}.${c * 5 + 1}`, n: 5, detail: { prefetch: 5 } });
	}
	for (let m = 1; m <= 300; m++) {
		const q = (m * 7) % 40;
		const at = { message: m, label: String(m), place: `orders.${regions[q % 4]}.${q + 1}`, exchange: `shop.${regions[q % 4]}.${(q % 20) + 1}` };
		say("published", { ...at, place: "", client: "c9", n: 20 });
		say("routed", at);
	}
	return recording("Forty queues", events);
}

/** A queue with ten thousand messages, of which three workers have handled a part. */
function tenThousand() {
	const { events, say } = journal();
	say("declared", { exchange: "shop", reason: "topic" });
	for (const place of ["orders", "audit"]) {
		say("declared", { place, detail: { durable: true } });
		say("bound", { exchange: "shop", place, key: place === "orders" ? "order.created" : "order.#" });
	}
	for (let m = 1; m <= 10_000; m++) {
		say("published", { exchange: "shop", key: "order.created", client: "c1", channel: 1, message: m, label: String(m), n: 64, line: 20 });
		for (const place of ["orders", "audit"]) say("routed", { exchange: "shop", key: "order.created", place, message: m, label: String(m) });
	}
	const full = events.length;
	const tags = [0, 0, 0];
	for (let c = 0; c < 3; c++) say("subscribed", { client: `c${c + 2}`, channel: 1, consumer: `worker ${c + 1}`, place: "orders", n: 20, detail: { prefetch: 20 } });
	const held = [[], [], []];
	for (let m = 1; m <= 9_000; m++) {
		const c = m % 3;
		const who = { client: `c${c + 2}`, channel: 1, consumer: `worker ${c + 1}`, place: "orders" };
		say("delivered", { ...who, message: m, label: String(m), tag: ++tags[c], line: 42 });
		held[c].push([m, tags[c]]);
		if (held[c].length < 20) continue;
		const [done, tag] = held[c].shift();
		say("effect", { source: "ledger", place: "accounts", message: done, label: String(done), line: 49 });
		say("acked", { ...who, message: done, label: String(done), tag, line: 48 });
	}
	return recording("Ten thousand messages", events, { at: full + 1200 });
}

/** A cluster of three: a group of two members, an open transaction, a retry, and a leader that dies with a record that only it had. */
function cluster() {
	const { events, say: tell } = journal();
	const say = (kind, more = {}) => tell(kind, { source: "kafka", ...more });
	for (const node of [1, 2, 3]) say("node-up", { node, reason: "started" });
	say("elected", { place: "controller", node: 1, reason: "started" });
	say("declared", { place: "orders", n: 2 });
	for (const p of [0, 1]) say("elected", { place: `orders/${p}`, node: p + 1, reason: "created", detail: { replicas: p ? [2, 3, 1] : [1, 2, 3] } });
	let message = 0;
	const write = (p, tag, { copies = true, ...more } = {}) => {
		const place = `orders/${p}`;
		message++;
		const leader = p + 1;
		say("published", { place, tag, message, label: String(message), key: `user-${message}`, client: "c1", node: leader, line: 20, ...more });
		if (!copies) return;
		for (const node of [1, 2, 3]) if (node !== leader) say("replicated", { place, node, tag, n: 1, message });
		say("watermark", { place, tag: tag + 1 });
		say("confirmed", { place, tag, n: 1, message, client: "c1" });
	};
	for (let i = 0; i < 6; i++) write(i % 2, i >> 1);
	say("duplicate", { place: "orders/1", tag: 2, message: 6, label: "6", client: "c1" });
	for (const [i, consumer] of ["a-1", "b-2"].entries()) say("joined", { group: "charges", consumer, tag: 1, n: i + 1, client: `c${i + 2}`, detail: { protocol: "cooperative-sticky", leader: i === 0 } });
	for (const [i, consumer] of ["a-1", "b-2"].entries()) say("assigned", { group: "charges", consumer, place: `orders/${i}`, tag: 1, client: `c${i + 2}` });
	for (let m = 1; m <= 3; m++) {
		const [p, tag] = [(m - 1) % 2, (m - 1) >> 1];
		const who = { group: "charges", consumer: p ? "b-2" : "a-1", client: `c${p + 2}`, place: `orders/${p}` };
		say("delivered", { ...who, tag, message: m, label: String(m), line: 26 });
		say("effect", { source: "ledger", place: "accounts", message: m, label: String(m), line: 40 });
		say("committed", { ...who, tag: tag + 1, line: 44 });
	}
	say("txn-began", { key: "shop", tag: 0, client: "c4" });
	write(1, 3, { reason: "shop", client: "c4" });
	const lost = { place: "orders/0", tag: 3, message: message + 1, label: String(message + 1) };
	write(0, 3, { copies: false });
	const proof = events.length;
	say("confirmed", { place: "orders/0", tag: 3, n: 1, message: lost.message, client: "c1" });
	say("node-down", { node: 1, reason: "injected" });
	say("elected", { place: "controller", node: 2 });
	say("out-of-sync", { place: "orders/0", node: 1, n: 2 });
	say("out-of-sync", { place: "orders/1", node: 1, n: 2 });
	say("elected", { place: "orders/0", node: 2, tag: 1 });
	say("lost", { ...lost, reason: "acknowledged" });
	say("rebalancing", { group: "charges", tag: 1, reason: "a-1 left" });
	say("left", { group: "charges", consumer: "a-1", n: 1, reason: "asked" });
	return recording("Order 8 was lost with its leader", events, { brokers: ["kafka"], proof: [proof, events.length - 2], at: events.length - 2 });
}

/** Frames of the first deliveries and acknowledgements, byte for byte as AMQP has them. */
function framesOf(events) {
	const frames = {};
	for (const e of events) {
		if (Object.keys(frames).length > 200) break;
		const make = e.source === "kafka" ? undefined : { acked: ack, delivered: deliver }[e.kind];
		if (!make) continue;
		e.frame = e.seq;
		frames[e.seq] = make(e);
	}
	return frames;
}

const head = (channel, size) => [1, channel >> 8, channel & 255, 0, 0, size >> 8, size & 255];
const long = (n) => [0, 0, 0, 0, (n >> 24) & 255, (n >> 16) & 255, (n >> 8) & 255, n & 255];
const short = (s) => [s.length, ...Buffer.from(s)];

function frame(e, name, out, args) {
	const payload = args.flatMap(([, bytes]) => bytes);
	const bytes = [...head(e.channel, payload.length), ...payload, 0xce];
	const fields = [["type", 0, 1, "1 (method)"], ["channel", 1, 2, String(e.channel)], ["length", 3, 4, String(payload.length)]].map(([name, at, length, value]) => ({ name, value, at, length }));
	let at = 7;
	for (const [name, part, value] of args) {
		fields.push({ name, value, at, length: part.length });
		at += part.length;
	}
	fields.push({ name: "frame-end", value: "0xCE", at, length: 1 });
	return { id: e.seq, client: e.client, channel: e.channel, out, name, size: bytes.length, bytes: Buffer.from(bytes).toString("base64"), fields };
}

const ack = (e) => frame(e, "basic.ack", false, [["class", [0, 60], "60 (basic)"], ["method", [0, 80], "80 (ack)"], ["delivery-tag", long(e.tag), String(e.tag)], ["multiple", [0], "false"]]);
const deliver = (e) => frame(e, "basic.deliver", true, [["class", [0, 60], "60 (basic)"], ["method", [0, 60], "60 (deliver)"], ["consumer-tag", short(e.consumer), e.consumer], ["delivery-tag", long(e.tag), String(e.tag)], ["redelivered", [0], "false"], ["exchange", short(""), ""], ["routing-key", short(e.place), e.place]]);

const makers = { workQueue, fortyQueues, tenThousand, cluster };

/** Makes a recording by its name. */
export function recordingOf(name) { return (makers[name] ?? workQueue)(); }
