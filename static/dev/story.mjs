// What the pretended lab holds: the program, a run in steps, a verdict that fails at order 4.

export const starter = [
	{ name: "main.go", readOnly: false, text: `// The worker: takes orders from the queue, charges each, and acknowledges it.
package main

import (
	"context"
	"encoding/json"
	"log"

	amqp "github.com/rabbitmq/amqp091-go"
)

// An Order is what a message's body holds.
type Order struct {
	ID     string \`json:"id"\`
	Amount int    \`json:"amount"\`
}

func main() {
	conn, err := amqp.Dial("amqp://guest:guest@localhost:5672/")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		log.Fatal(err)
	}
	if err := work(context.Background(), ch); err != nil {
		log.Fatal(err)
	}
}

// work handles orders for as long as there are any.
func work(ctx context.Context, ch *amqp.Channel) error {
	if err := ch.Qos(1, 0, false); err != nil {
		return err
	}
	deliveries, err := ch.Consume("orders", "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	for d := range deliveries {
		var o Order
		if err := json.Unmarshal(d.Body, &o); err != nil {
			d.Nack(false, false)
			continue
		}
		d.Ack(false)
		if err := Charge(ctx, o); err != nil {
			log.Printf("order %s: %v", o.ID, err)
		}
	}
	return nil
}
` },
	{ name: "ledger.go", readOnly: true, text: `package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Charge tells the ledger to charge an order. It may be called twice for one order.
func Charge(ctx context.Context, o Order) error {
	body, err := json.Marshal(map[string]any{"order": o.ID, "amount": o.Amount})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, "POST", "http://localhost:8090/charges", bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		return fmt.Errorf("charge order %s: %s", o.ID, res.Status)
	}
	return nil
}
` },
];

/** One mistake for each line that holds the word oops. */
export function broken(files) {
	return files.flatMap((f) => f.text.split("\n").flatMap((line, i) => {
		const at = line.indexOf("oops");
		return at < 0 ? [] : [{ file: f.name, line: i + 1, column: at + 1, endLine: i + 1, endColumn: at + 5, severity: "error", message: "undefined: oops", code: "UndeclaredName" }];
	}));
}

const token = (message, state) => ({ message, label: String(message), state });

/** The picture after `acked` orders, with one in flight or none; `charged` are in the ledger. */
function state(seq, ready, flight, charged, { dead = [], alive = true, crashed = false } = {}) {
	const tokens = [...ready.map((m) => token(m, "ready"))];
	const places = [
		{ id: "exchange:", kind: "exchange", name: "", detail: { type: "direct" } },
		{ id: "queue:orders", kind: "queue", name: "orders", ready: ready.length, inflight: flight.length, tokens, detail: { durable: true, consumers: alive ? 1 : 0 } },
		{ id: "queue:orders.dead", kind: "queue", name: "orders.dead", ready: dead.length, tokens: dead.map((m) => token(m, "dead")), detail: { durable: true } },
		{ id: "service:ledger", kind: "service", name: "ledger", done: charged.length, tokens: charged.map((m) => token(m, "done")) },
	];
	const flows = [{ from: "exchange:", to: "queue:orders", label: "orders" }, { from: "queue:orders", to: "queue:orders.dead", label: "rejected" }];
	if (alive || crashed) {
		places.splice(2, 0, { id: "consumer:c1/1", kind: "consumer", name: "worker", inflight: flight.length, dead: crashed ? 1 : 0, tokens: flight.map((m) => token(m, crashed ? "dead" : "flight")), detail: { prefetch: 1, client: "c1", crashed } });
		flows.push({ from: "queue:orders", to: "consumer:c1/1", label: "prefetch 1" }, { from: "consumer:c1/1", to: "service:ledger", label: "" });
	}
	return { seq, places, flows };
}

const from = (n) => Array.from({ length: Math.max(0, 9 - n) }, (_, i) => n + i);
const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1);

export const states = [state(0, from(1), [], [], { alive: false })];

const events = [];
let seq = 0;
const say = (kind, more) => {
	const e = { seq: ++seq, at: seq * 11_300_000, kind, source: "rabbitmq", client: "c1", channel: 1, ...more };
	events.push(e);
	return e;
};

export const story = [];
say("opened", {});
say("subscribed", { place: "orders", consumer: "ctag-1", n: 1, line: 38 });
story.push({ type: "events", events: [...events] }, { type: "state", state: state(2, from(1), [], []) });
for (let m = 1; m <= 8; m++) {
	const first = events.length;
	say("delivered", { place: "orders", message: m, label: String(m), tag: String(m), consumer: "ctag-1", line: 42 });
	story.push({ type: "state", state: state(seq, from(m + 1), [m], upTo(m - 1)) });
	say("acked", { place: "orders", message: m, label: String(m), tag: m, line: 48 });
	say("effect", { source: "ledger", place: "ledger", message: m, label: String(m), line: 49, redelivered: m === 6 });
	story.push({ type: "events", events: events.slice(first) });
	story.push({ type: "output", stream: m === 5 ? "stderr" : "stdout", text: `2026/11/23 02:0${m}:11 \u001b[32morder ${m}\u001b[0m charged\n` });
	story.push({ type: "state", state: state(seq, from(m + 1), [], upTo(m)) });
}

/** A run that finds the queue as the run before left it: empty. */
export const idle = [{ type: "state", state: state(40, [], [], upTo(8)) }, { type: "events", events: [
	{ seq: 41, at: 1, kind: "opened", source: "rabbitmq", client: "c2", channel: 1 },
	{ seq: 42, at: 2, kind: "subscribed", source: "rabbitmq", client: "c2", channel: 1, place: "orders", consumer: "ctag-1", n: 1, line: 38 }] }];

const point = (i) => ({ id: `p${i}`, kept: i < 6, label: `after acked ${i}`, outcome: [4, 9, 14, 19].includes(i) ? "failed" : "survived", title: `Crash after ack ${i}: ${[4, 9, 14, 19].includes(i) ? `order ${i} lost` : "nothing lost"}` });

export const attempt = {
	status: "failed", mark: "✕", sentence: "Order 4 was lost", line: 48, output: "panic: no such order\n",
	score: { points: 6, of: 10 }, survived: { n: 21, of: 25 },
	points: Array.from({ length: 25 }, (_, i) => point(i + 1)),
	why: [{ text: "The worker died after " }, { text: "line 48", line: 48 }, { text: " and before " }, { text: "line 49", line: 49 }, { text: ". The broker had already forgotten order 4, and the ledger never heard of it." }],
	hint: { 2: ["What may the broker forget, and when do you know it?", "An acknowledgement says: the work is done. Look at which line *does* the work.", "Move `d.Ack(false)` below the charge, and think about what to do when the charge fails."] },
	tasks: [{ n: 1, title: "Take one order at a time", status: "pass" }, { n: 2, title: "Acknowledge at the right moment", status: "fail" }, { n: 3, title: "Refuse what cannot be read", status: "blocked" }],
	checks: [
		{ id: "prefetch", task: 1, title: "At most one order in flight", status: "pass", message: [{ text: "Never more than 1 in flight." }] },
		{ id: "lost", task: 2, title: "No order is lost", status: "fail", message: [{ text: "Order 4 was acknowledged at " }, { text: "line 48", line: 48 }, { text: " and never charged: " }, { text: "line 13", line: 13, file: "ledger.go" }, { text: " was not reached." }], expected: "every order charged at least once", found: "order 4 never charged" },
		{ id: "poison", task: 3, title: "What cannot be read is put aside", status: "blocked", message: [{ text: "Needs “No order is lost”." }] },
	],
	replay: { schedule: "p4", at: 23, failing: true },
};
