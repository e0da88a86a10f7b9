package property

import (
	"maps"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// What somebody does by hand at a terminal: declares an exchange, publishes, looks, takes.

// exchangeDeclared holds when an exchange of a kind is there at the end. Parameters:
// exchange, type.
func exchangeDeclared(events []brokers.Event, p Params) Result {
	run, _ := atEnd(events)
	name, want := p.text("exchange"), p.text("type")
	var made brokers.Event
	for _, e := range run {
		switch {
		case e.Kind == brokers.Declared && e.Exchange == name:
			made = e
		case e.Kind == brokers.Deleted && e.Exchange == name && e.Place == "":
			made = brokers.Event{}
		}
	}
	kind, _ := made.Detail["type"].(string)
	f := Facts{Exchange: name, To: want, What: kind, Line: made.Line}
	switch {
	case made.Seq == 0:
		return fails("no-exchange", f)
	case kind != want:
		return fails("exchange-type", f, made.Seq)
	}
	return holds
}

// publishedAs holds when messages were published to an exchange, each with its key.
// Parameters: exchange, messages: the keys by what is published.
func publishedAs(events []brokers.Event, p Params) Result {
	run, _ := atEnd(events)
	exchange := p.text("exchange")
	wanted, _ := p["messages"].(map[string]any)
	sent := 0
	for _, e := range run {
		if e.Kind == brokers.Published {
			sent++
		}
	}
	for _, label := range slices.Sorted(maps.Keys(wanted)) {
		key, _ := wanted[label].(string)
		var other brokers.Event
		i := slices.IndexFunc(run, func(e brokers.Event) bool {
			if e.Kind != brokers.Published || e.Label != label {
				return false
			}
			other = e
			return e.Exchange == exchange && e.Key == key
		})
		if i >= 0 {
			continue
		}
		f := Facts{Label: label, Key: key, Exchange: exchange, To: other.Exchange, Pattern: other.Key, Line: other.Line}
		switch {
		case other.Seq == 0:
			return unreached(sent == 0, fails("not-sent", f))
		case other.Exchange != exchange:
			return fails("sent-elsewhere", f, other.Seq)
		}
		return fails("sent-with-other-key", f, other.Seq)
	}
	return holds
}

// taken holds when everything that came into a queue was taken out of it. Parameter: queue.
func taken(events []brokers.Event, p Params) Result {
	run, _ := atEnd(events)
	queue := p.text("queue")
	h := follow(run, queue, "")
	if len(h.messages) == 0 {
		return unreached(true, fails("nothing-came", Facts{Queue: queue}))
	}
	for _, m := range h.messages {
		if m.fate == forgotten {
			continue
		}
		f := Facts{Label: m.label, Message: m.number, Queue: queue, Count: len(m.tries), Line: m.delivered.Line}
		switch {
		case m.fate == refused:
			f.Line = m.settled.Line
			return fails("thrown-away", f, m.routed.Seq, m.settled.Seq)
		case len(m.tries) > 0:
			return fails("put-back", f, m.routed.Seq, m.delivered.Seq)
		}
		return fails("never-taken", f, m.routed.Seq)
	}
	return holds
}
