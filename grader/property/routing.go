package property

import (
	"maps"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// list returns a parameter that is a map of names to names, such as a queue's to
// those of the messages in it.
func (p Params) list(name string) map[string][]string {
	out := make(map[string][]string)
	entries, _ := p[name].(map[string]any)
	for key, value := range entries {
		values, _ := value.([]any)
		for _, v := range values {
			if s, ok := v.(string); ok {
				out[key] = append(out[key], s)
			}
		}
	}
	return out
}

// routed holds when what was published to an exchange came to exactly the queues
// that it should. Parameters: exchange, and to: the labels by queue; queues, which
// are the only ones looked at if they are named; type, which the exchange then has
// to be of. What has no label is not looked at.
func routed(events []brokers.Event, p Params) Result {
	exchange, want, only := p.text("exchange"), p.list("to"), texts(p["queues"])
	if wrong := wrongType(events, exchange, p.text("type")); wrong.Seq > 0 {
		return fails("wrong-type", Facts{Exchange: exchange, Key: wrong.Reason, Pattern: p.text("type"), Line: wrong.Line}, wrong.Seq)
	}
	looked := func(queue string) bool { return len(only) == 0 || slices.Contains(only, queue) }
	published := make(map[uint64]brokers.Event) // by message
	first := make(map[string]brokers.Event)     // published, by label
	there := make(map[string]map[string]bool)   // labels by queue
	for _, e := range events {
		if e.Exchange != exchange || e.Label == "" {
			continue
		}
		switch e.Kind {
		case brokers.Published:
			published[e.Message] = e
			if first[e.Label].Seq == 0 {
				first[e.Label] = e
			}
		case brokers.Routed:
			if !looked(e.Place) {
				continue
			}
			if !slices.Contains(want[e.Place], e.Label) {
				sent := published[e.Message]
				f := Facts{Label: e.Label, Message: e.Message, Queue: e.Place, Line: sent.Line}
				return fails("misrouted", f, sent.Seq, e.Seq)
			}
			if there[e.Place] == nil {
				there[e.Place] = make(map[string]bool)
			}
			there[e.Place][e.Label] = true
		}
	}
	if len(there) == 0 && len(want) > 0 {
		return fails("nothing-routed", Facts{Count: len(first), Queue: strings.Join(only, ", ")})
	}
	for _, queue := range slices.Sorted(maps.Keys(want)) {
		if !looked(queue) {
			continue
		}
		for _, label := range want[queue] {
			if !there[queue][label] {
				sent := first[label]
				f := Facts{Label: label, Message: sent.Message, Queue: queue, Line: sent.Line, Held: sent.Seq > 0}
				return fails("missed", f, sent.Seq)
			}
		}
	}
	return holds
}

// wrongType returns the event that made an exchange of another type than a check
// wants; its Seq is 0 if there is none, or if no type is wanted.
func wrongType(events []brokers.Event, exchange, want string) (last brokers.Event) {
	for _, e := range events {
		if want != "" && e.Kind == brokers.Declared && e.Place == "" && e.Exchange == exchange {
			last = e
		}
	}
	if last.Reason == want {
		return brokers.Event{}
	}
	return last
}

// returnsHandled holds when every message that no queue wanted came back to the
// publisher, and what it was made from was refused into another queue. It wants at
// least one. Parameters: queue, that the program reads; to, where what is refused
// goes.
func returnsHandled(events []brokers.Event, p Params) Result {
	queue, to := p.text("queue"), p.text("to")
	h := follow(events, queue, "")
	unroutable := make(map[string]brokers.Event) // the first one, by label
	returned := make(map[string]brokers.Event)
	for _, e := range events {
		if e.Kind == brokers.Unroutable && unroutable[e.Label].Seq == 0 {
			unroutable[e.Label] = e
		}
		if e.Kind == brokers.Returned && returned[e.Label].Seq == 0 {
			returned[e.Label] = e
		}
	}
	for _, m := range h.messages {
		u, r := unroutable[m.label], returned[m.label]
		f := Facts{Label: m.label, Message: m.number, Queue: queue, To: to, Line: m.settled.Line}
		dead := slices.Contains(m.deadTo, to)
		switch {
		case u.Seq == 0 && dead:
			return fails("good-refused", f, m.delivered.Seq, m.settled.Seq)
		case u.Seq == 0:
		case r.Seq == 0:
			f.Line = publishedLine(events, u.Message)
			return fails("vanished", f, u.Seq)
		case m.fate == forgotten:
			return fails("return-ignored", f, r.Seq, m.settled.Seq)
		case !dead:
			f.Line = m.delivered.Line
			return fails("return-left", f, m.delivered.Seq, r.Seq)
		}
	}
	if len(unroutable) == 0 {
		none := !slices.ContainsFunc(h.messages, func(m *message) bool { return m.delivered.Seq > 0 })
		return unreached(none, fails("nothing-returned", Facts{Queue: queue, To: to}))
	}
	return holds
}

// publishedLine is where the program published a message.
func publishedLine(events []brokers.Event, message uint64) int {
	i := slices.IndexFunc(events, func(e brokers.Event) bool { return e.Kind == brokers.Published && e.Message == message })
	if i < 0 {
		return 0
	}
	return events[i].Line
}
