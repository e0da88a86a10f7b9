package property

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// prefetchAtMost holds when every consumer of a queue has a limit of max or
// less. Parameters: queue, max.
func prefetchAtMost(events []brokers.Event, p Params) Result {
	queue, limit := p.text("queue"), p.number("max")
	most := mostHeld(events, queue)
	f := Facts{Queue: queue, Max: limit, Count: most.count}
	var first brokers.Event
	for _, e := range events {
		if e.Kind != brokers.Subscribed || e.Place != queue {
			continue
		}
		if first.Seq == 0 {
			first = e
		}
		f.Line = e.Line
		switch {
		case e.Reason == autoAck:
			return fails("prefetch-ignored", f, e.Seq)
		case e.N == 0:
			return fails("prefetch-unlimited", f, append([]uint64{e.Seq}, most.events...)...)
		case e.N > int64(limit):
			f.Count = int(e.N)
			return fails("prefetch-high", f, append([]uint64{e.Seq}, most.events...)...)
		}
	}
	switch {
	case most.count > limit: // fetched one by one, without a consumer
		f.Line = 0
		return fails("prefetch-high", f, most.events...)
	case first.Seq == 0 && most.count == 0:
		return fails("no-consumer", Facts{Queue: queue, Max: limit})
	}
	return holds
}

// peak is the largest number of unsettled deliveries that one consumer held,
// and the deliveries themselves.
type peak struct {
	count  int
	events []uint64
}

func mostHeld(events []brokers.Event, queue string) peak {
	type holder struct{ client, consumer string }
	heldBy := make(map[holder]map[uint64]uint64) // message to the delivery's Seq
	var most peak
	for _, e := range events {
		if e.Place != queue {
			continue
		}
		switch e.Kind {
		case brokers.Delivered:
			who := holder{e.Client, e.Consumer}
			if heldBy[who] == nil {
				heldBy[who] = make(map[uint64]uint64)
			}
			heldBy[who][e.Message] = e.Seq
			if e.Reason != autoAck && len(heldBy[who]) > most.count {
				most = peak{count: len(heldBy[who])}
				for _, seq := range heldBy[who] {
					most.events = append(most.events, seq)
				}
			}
		case brokers.Acked, brokers.Nacked, brokers.Rejected, brokers.Requeued:
			for _, messages := range heldBy {
				delete(messages, e.Message)
			}
		}
	}
	slices.Sort(most.events)
	return most
}

// deadLettered holds when every message that cannot be read has moved to a
// dead-letter queue after at most tries deliveries, and no other message has.
// Parameters: queue, to, and tries (1 if left out).
func deadLettered(events []brokers.Event, p Params) Result {
	queue, to, tries := p.text("queue"), p.text("to"), max(p.number("tries"), 1)
	h := follow(events, queue, "")
	for _, m := range h.unreadable() {
		f := Facts{Message: m.number, Queue: queue, To: to, Max: tries, Count: len(m.tries), Line: m.settled.Line}
		switch {
		case m.fate == forgotten:
			return fails("dead-swallowed", f, m.delivered.Seq, m.settled.Seq)
		case len(m.tries) > tries:
			return fails("dead-retried", f, m.tries[:tries+1]...)
		case m.fate == held:
			f.Line = m.delivered.Line
			return fails("dead-not-refused", f, m.delivered.Seq)
		case m.fate == waiting || !slices.Contains(m.deadTo, to):
			f.Line = m.delivered.Line
			return unreached(len(m.tries) == 0, fails("dead-waiting", f, m.routed.Seq, m.delivered.Seq))
		}
	}
	for _, m := range h.readable() {
		if slices.Contains(m.deadTo, to) {
			f := Facts{Label: m.label, Message: m.number, Queue: queue, To: to, Line: m.settled.Line}
			return fails("dead-good", f, m.delivered.Seq, m.settled.Seq)
		}
	}
	return holds
}

// declared holds when a queue exists at the end. Parameter: queue.
func declared(events []brokers.Event, p Params) Result {
	queue := p.text("queue")
	var gone uint64
	exists := false
	for _, e := range events {
		if e.Place == queue && e.Kind == brokers.Declared {
			exists = true
		}
		if e.Place == queue && e.Kind == brokers.Deleted {
			exists, gone = false, e.Seq
		}
	}
	if !exists {
		return fails("not-declared", Facts{Queue: queue}, gone)
	}
	return holds
}
