package property

import (
	"slices"
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// Want begins the Reason of an effect that is not what its message asks for; what
// it asks for follows.
const Want = "want "

// atLeastOnce holds when the service has had an effect for every message that
// can be read. Parameters: queue, service, and amount if the effect has to be
// what this field of the message asks for; except, labels that no effect is expected of.
func atLeastOnce(events []brokers.Event, p Params) Result {
	queue, service := p.text("queue"), p.text("service")
	h := follow(events, queue, service)
	except := texts(p["except"])
	missing := h.which(func(m *message) bool {
		return m.label != "" && len(h.effects[m.label]) == 0 && !slices.Contains(except, m.label)
	})
	if len(missing) == 0 {
		if p.text("amount") != "" {
			return h.amounts(queue, service)
		}
		return holds
	}
	worst := missing[0]
	for _, m := range missing {
		if gravity(m) > gravity(worst) {
			worst = m
		}
	}
	f := Facts{Label: worst.label, Message: worst.number, Queue: queue, Service: service, Count: len(missing)}
	switch worst.fate {
	case forgotten:
		f.Line = worst.settled.Line
		if no := h.refusals[worst.label]; no.Seq > 0 {
			f.FirstLine = no.Line
			return fails("refusal-ignored", f, worst.delivered.Seq, no.Seq, worst.settled.Seq)
		}
		f.Crashed = h.fault.Seq > worst.settled.Seq
		if f.Crashed {
			return fails("lost", f, worst.delivered.Seq, worst.settled.Seq, h.fault.Seq)
		}
		return fails("lost", f, worst.delivered.Seq, worst.settled.Seq)
	case refused:
		f.Line = worst.settled.Line
		return fails("refused-good", f, worst.delivered.Seq, worst.settled.Seq)
	}
	if len(h.effects) == 0 {
		none := !slices.ContainsFunc(h.messages, func(m *message) bool { return m.delivered.Seq > 0 })
		return unreached(none, fails("nothing-done", f, worst.delivered.Seq))
	}
	f.Held, f.Line = worst.fate == held, worst.delivered.Line
	return fails("not-done", f, worst.routed.Seq, worst.delivered.Seq)
}

// amounts compares what the service did with what the messages ask for.
func (h *history) amounts(queue, service string) Result {
	for _, m := range h.readable() {
		for _, e := range h.effects[m.label] {
			text, wrong := strings.CutPrefix(e.Reason, Want)
			if want, err := strconv.Atoi(text); wrong && err == nil {
				return fails("wrong-amount", Facts{
					Label: m.label, Message: m.number, Queue: queue, Service: service,
					Count: int(e.N), Max: want, Line: e.Line,
				}, m.delivered.Seq, e.Seq)
			}
		}
	}
	return holds
}

// gravity orders what has become of a message without an effect: what the
// broker has forgotten can never be made good.
func gravity(m *message) int {
	switch m.fate {
	case forgotten:
		return 2
	case refused:
		return 1
	}
	return 0
}

// atMostOnce holds when the service did nothing twice. A repeated request that
// the service knew by its idempotency key did nothing. Parameters: queue, service.
func atMostOnce(events []brokers.Event, p Params) Result {
	queue, service := p.text("queue"), p.text("service")
	h := follow(events, queue, service)
	for _, m := range h.readable() {
		var done []brokers.Event
		for _, e := range h.effects[m.label] {
			if !e.Redelivered {
				done = append(done, e)
			}
		}
		if len(done) > 1 {
			f := Facts{
				Label: m.label, Message: m.number, Queue: queue, Service: service,
				Count: len(done), Line: done[1].Line, Crashed: h.fault.Seq > 0 && h.fault.Seq < done[1].Seq,
			}
			return fails("done-twice", f, done[0].Seq, done[1].Seq)
		}
	}
	return holds
}

// exactlyOnce is both of the above.
func exactlyOnce(events []brokers.Event, p Params) Result {
	if r := atLeastOnce(events, p); !r.OK {
		return r
	}
	return atMostOnce(events, p)
}

// noAckBeforeEffect holds when every acknowledged message that can be read had
// its effect by then, and at least one was. Parameters: queue, service.
func noAckBeforeEffect(events []brokers.Event, p Params) Result {
	queue, service := p.text("queue"), p.text("service")
	h := follow(events, queue, service)
	acked := 0
	for _, m := range h.readable() {
		f := Facts{Label: m.label, Message: m.number, Queue: queue, Service: service}
		switch {
		case m.early.Seq > 0:
			f.Line = m.early.Line
			return fails("acked-early", f, m.delivered.Seq, m.early.Seq, h.firstEffect(m.label))
		case m.fate == forgotten && m.settled.Reason == autoAck:
			f.Line = h.subscribedLine(events, queue)
			return fails("auto-acked", f, m.delivered.Seq)
		case m.fate == forgotten:
			acked++
		}
	}
	if acked == 0 {
		f := Facts{Queue: queue, Service: service, Count: len(h.readable())}
		return unreached(len(h.effects) == 0, fails("never-acked", f))
	}
	return holds
}

func (h *history) firstEffect(label string) uint64 {
	if done := h.effects[label]; len(done) > 0 {
		return done[0].Seq
	}
	return 0
}

// subscribedLine is where the program asked for the queue.
func (h *history) subscribedLine(events []brokers.Event, queue string) int {
	for _, e := range events {
		if e.Kind == brokers.Subscribed && e.Place == queue {
			return e.Line
		}
	}
	return 0
}
