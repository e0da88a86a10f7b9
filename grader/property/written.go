package property

import (
	"cmp"

	"github.com/brokerlab/brokerlab/brokers"
)

// An entry is an order of a service that a program has to write to a topic.
type entry struct {
	label   string
	asked   brokers.Event   // the service has it to publish
	written []brokers.Event // the topic took it in
	kept    int             // how many of these are still there
	lost    brokers.Event   // the newest loss; Seq 0 if none
	done    brokers.Event   // the service heard that it is done, the first time
}

// entries reads the journal for the orders that a service has to publish, and what
// became of them in a topic. fault is the last one that was injected.
func entries(events []brokers.Event, topic, service string) (list []*entry, fault brokers.Event) {
	byLabel := make(map[string]*entry)
	for _, e := range events {
		if injected(e) {
			fault = e
		}
		o := byLabel[e.Label]
		switch {
		case e.Kind == brokers.Declared && e.Source == service && e.Label != "" && o == nil:
			o = &entry{label: e.Label, asked: e}
			list, byLabel[e.Label] = append(list, o), o
		case o == nil:
		case e.Kind == brokers.Effect && e.Source == service && o.done.Seq == 0:
			o.done = e
		case !inTopic(e.Place, topic):
		case e.Kind == brokers.Published:
			o.written = append(o.written, e)
			o.kept++
		case e.Kind == brokers.Lost:
			o.lost = e
			o.kept--
		}
	}
	return list, fault
}

// injected reports whether an event is the beginning of a fault.
func injected(e brokers.Event) bool {
	switch e.Kind {
	case brokers.Crash, brokers.Disconnected:
		return true
	case brokers.NodeDown, brokers.Elected, brokers.Rebalancing:
		return e.Reason == "injected"
	}
	return false
}

// writtenAll holds when every order of the service is in the topic at the end, and is
// marked done. Twice in the topic is allowed. Parameters: topic, service.
func writtenAll(events []brokers.Event, p Params) Result {
	topic, service := p.text("topic"), p.text("service")
	list, fault := entries(events, topic, service)
	var gone, missing, unmarked []*entry
	for _, o := range list {
		switch {
		case o.kept == 0 && o.done.Seq > 0:
			gone = append(gone, o)
		case o.kept == 0:
			missing = append(missing, o)
		case o.done.Seq == 0:
			unmarked = append(unmarked, o)
		}
	}
	f := Facts{Queue: topic, Service: service, Crashed: fault.Seq > 0}
	about := func(o *entry, count int) Facts {
		f.Label, f.Count = o.label, count
		if len(o.written) > 0 {
			f.Message = o.written[0].Message
		}
		return f
	}
	switch {
	case len(gone) > 0:
		return goneEntry(about(gone[0], len(gone)), gone[0], fault)
	case len(unmarked) > 0 && fault.Seq > 0: // in doubt since the fault, and all that follows waits for it
		return inDoubt(about(unmarked[0], len(unmarked)), unmarked[0], fault)
	case len(missing) > 0 && len(missing) == len(list):
		return fails("none-written", about(missing[0], len(missing)), fault.Seq)
	case len(missing) > 0:
		return fails("not-written", about(missing[0], len(missing)), missing[0].asked.Seq, missing[0].lost.Seq, fault.Seq)
	case len(unmarked) > 0:
		return inDoubt(about(unmarked[0], len(unmarked)), unmarked[0], fault)
	}
	return holds
}

// inDoubt says that an order is in the topic and the program never knew.
func inDoubt(f Facts, o *entry, fault brokers.Event) Result {
	f.Line = o.written[0].Line
	return fails("written-unmarked", f, o.written[0].Seq, fault.Seq)
}

// goneEntry says how an order that is marked done came not to be in the topic.
func goneEntry(f Facts, o *entry, fault brokers.Event) Result {
	f.Line = o.done.Line
	f.Held = o.lost.Seq > 0 // it was there, and went with its leader
	if o.lost.Seq == 0 {
		f.Crashed = fault.Seq > 0 && fault.Seq < o.done.Seq
		return fails("marked-unwritten", f, o.done.Seq)
	}
	f.FirstLine = o.written[0].Line
	return fails("marked-lost", f, o.written[len(o.written)-1].Seq, o.done.Seq, fault.Seq, o.lost.Seq)
}

// recordsDoneOnce holds when every record of a topic that can be read has had its
// effect, and none had it twice: two records with one label are one piece of work. A
// repeated request that the service knew by its idempotency key did nothing.
// Parameters: those of every-record-done.
func recordsDoneOnce(events []brokers.Event, p Params) Result {
	if r := everyRecordDone(events, p); !r.OK {
		return r
	}
	l := read(events, p.text("topic"), p.text("group"), p.text("service"))
	for _, r := range l.labelled() {
		var done []brokers.Event
		for _, e := range r.effects {
			if !e.Redelivered {
				done = append(done, e)
			}
		}
		if len(done) < 2 {
			continue
		}
		same := l.byLabel[r.published.Label]
		f := r.facts(p.text("service"))
		f.Count, f.Max = len(done), len(same)
		f.Crashed = l.fault.Seq > 0 && l.fault.Seq < done[1].Seq
		f.Line = cmp.Or(same[len(same)-1].published.Line, done[1].Line)
		return fails("record-done-twice", f, same[0].published.Seq, l.fault.Seq, same[len(same)-1].published.Seq, done[0].Seq, done[1].Seq)
	}
	return holds
}
