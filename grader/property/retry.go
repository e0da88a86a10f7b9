package property

import (
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// A tried message is one that a service refused at least once.
type tried struct {
	label    string
	number   uint64          // of the message in the queue, before any copy
	attempts []brokers.Event // requests to the service, refused or done, oldest first
	done     bool            // the last of them was
	requeued brokers.Event   // given back at once after a refusal; Seq 0 if never
	given    brokers.Event   // the newest delivery from the queue
	settled  brokers.Event   // what followed it: acknowledged, refused, requeued
	parked   []brokers.Event // routed to where it is parked
}

// trials reads the journal for the messages of a queue that a service refused,
// in the order of the first refusals, and for those that were parked. Copies
// that a program publishes count as the message whose label they have.
func trials(events []brokers.Event, queue, service, to string) []*tried {
	var all []*tried
	byLabel := make(map[string]*tried)
	for _, e := range events {
		if e.Label == "" {
			continue
		}
		t := byLabel[e.Label]
		if t == nil {
			t = &tried{label: e.Label}
			byLabel[e.Label] = t
		}
		switch {
		case e.Source == service && (e.Kind == brokers.Refused || e.Kind == brokers.Effect):
			t.attempts = append(t.attempts, e)
			t.done = e.Kind == brokers.Effect
			if !t.done && !slices.Contains(all, t) {
				all = append(all, t)
			}
		case e.Kind == brokers.Routed && e.Place == to && to != "":
			t.parked = append(t.parked, e)
			if !slices.Contains(all, t) {
				all = append(all, t)
			}
		case e.Place == queue:
			t.move(e)
		}
	}
	return all
}

// move notes what happened to the message in the queue.
func (t *tried) move(e brokers.Event) {
	switch e.Kind {
	case brokers.Routed:
		if t.number == 0 {
			t.number = e.Message
		}
	case brokers.Delivered:
		t.given, t.settled = e, brokers.Event{}
	case brokers.Acked, brokers.Nacked, brokers.Rejected:
		t.settled = e
	case brokers.Requeued:
		if e.Line == 0 {
			e.Line = t.settled.Line // of the refusal that has led to it
		}
		if t.requeued.Seq == 0 && len(t.attempts) > 0 && !t.done {
			t.requeued = e
		}
		t.settled = e
	}
}

// retriedNTimes holds when every message that the service refused was tried again
// after a pause, at most tries times, and is parked when none of them had an effect.
// Parameters: queue, service; delay, the least time between two attempts, such as
// 10s; tries; to, the queue for what is parked. A part whose parameter is left out is
// not looked at.
func retriedNTimes(events []brokers.Event, p Params) Result {
	queue, service, to, tries := p.text("queue"), p.text("service"), p.text("to"), p.number("tries")
	delay, _ := time.ParseDuration(p.text("delay"))
	all := trials(events, queue, service, to)
	if len(all) == 0 {
		return unreached(true, fails("never-tried", Facts{Queue: queue, To: to, Service: service}))
	}
	for _, t := range all {
		f := Facts{Label: t.label, Message: t.number, Queue: queue, To: to, Service: service, Count: len(t.attempts), Max: tries}
		for _, judge := range []func(Facts) Result{
			func(f Facts) Result { return t.paused(f, delay) },
			func(f Facts) Result { return t.counted(f, events) },
		} {
			if r := judge(f); !r.OK {
				return r
			}
		}
	}
	return holds
}

// paused judges the pauses between the attempts. Max becomes the least pause and
// Count the one that was found, in seconds.
func (t *tried) paused(f Facts, delay time.Duration) Result {
	if delay <= 0 {
		return holds
	}
	f.Max = int(delay / time.Second)
	for i := 1; i < len(t.attempts); i++ {
		before, after := t.attempts[i-1], t.attempts[i]
		pause := after.At - before.At
		switch {
		case pause >= delay:
		case pause < delay/10:
			f.Line = t.requeued.Line
			back := t.requeued.Seq
			if back > after.Seq {
				back = 0
			}
			return fails("hot-loop", f, before.Seq, back, after.Seq)
		default:
			f.Count, f.Line = int(pause/time.Second), after.Line
			return fails("too-soon", f, before.Seq, after.Seq)
		}
	}
	if t.done || len(t.attempts) != 1 || len(t.parked) > 0 {
		return holds
	}
	only := t.attempts[0]
	if t.settled.Seq == 0 {
		f.Line = only.Line
		return fails("held-waiting", f, t.given.Seq, only.Seq)
	}
	f.Line = t.settled.Line
	return fails("not-retried", f, only.Seq, t.settled.Seq)
}

// counted judges the number of attempts, and where the message is after the last.
func (t *tried) counted(f Facts, events []brokers.Event) Result {
	if f.Max == 0 {
		return holds
	}
	n := len(t.attempts)
	seqs := make([]uint64, 0, n+1)
	for _, a := range t.attempts[:min(n, f.Max+1)] {
		seqs = append(seqs, a.Seq)
	}
	parked := brokers.Event{}
	if len(t.parked) > 0 {
		parked = t.parked[0]
	}
	f.Line = publishedLine(events, parked.Message)
	switch {
	case n > f.Max:
		f.Line = t.attempts[f.Max].Line
		return fails("tried-too-often", f, seqs...)
	case parked.Seq > 0 && t.done:
		return fails("parked-good", f, append(seqs, parked.Seq)...)
	case t.done:
		return holds
	case parked.Seq > 0 && n < f.Max:
		return fails("parked-early", f, append(seqs, parked.Seq)...)
	case parked.Seq > 0:
		return holds
	case n < f.Max:
		f.Line, f.Held = t.settled.Line, t.settled.Seq == 0
		return fails("tried-too-seldom", f, append(seqs, t.settled.Seq)...)
	}
	f.Line, f.Held = t.settled.Line, t.settled.Seq == 0
	return fails("not-parked", f, append(seqs, t.settled.Seq)...)
}

// parked holds when every message that the service refused and never did is in the
// queue for what is parked, however often it was tried, and nothing that it did is.
// Parameters: queue, service, to.
func parked(events []brokers.Event, p Params) Result {
	queue, service, to := p.text("queue"), p.text("service"), p.text("to")
	all := trials(events, queue, service, to)
	if len(all) == 0 {
		return unreached(true, fails("never-tried", Facts{Queue: queue, To: to, Service: service}))
	}
	fault := brokers.Event{}
	for _, e := range events {
		if e.Kind == brokers.Crash || e.Kind == brokers.Disconnected {
			fault = e
		}
	}
	for _, t := range all {
		f := Facts{Label: t.label, Message: t.number, Queue: queue, To: to, Service: service, Count: len(t.attempts)}
		f.Crashed, f.Line = fault.Seq > 0, t.settled.Line
		switch {
		case t.done && len(t.parked) > 0:
			f.Line = publishedLine(events, t.parked[0].Message)
			return fails("parked-good", f, t.attempts[len(t.attempts)-1].Seq, t.parked[0].Seq)
		case t.done || len(t.parked) > 0:
		case t.settled.Kind == brokers.Acked && t.settled.Seq > 0:
			return fails("parked-lost", f, t.attempts[len(t.attempts)-1].Seq, t.settled.Seq, fault.Seq)
		default:
			f.Held, f.Line = t.settled.Seq == 0, t.given.Line
			return fails("not-parked", f, t.given.Seq, t.settled.Seq)
		}
	}
	return holds
}

// noneBlocked holds when messages that the service did not refuse had their effect
// before the first one that it refused was tried again. Parameters: queue, service.
func noneBlocked(events []brokers.Event, p Params) Result {
	queue, service := p.text("queue"), p.text("service")
	all := trials(events, queue, service, "")
	if len(all) == 0 {
		return unreached(true, fails("never-tried", Facts{Queue: queue, Service: service}))
	}
	culprit := all[0]
	refusals := make(map[string]bool)
	for _, t := range all {
		refusals[t.label] = true
	}
	h := follow(events, queue, service)
	for _, m := range h.readable() {
		if refusals[m.label] || m.routed.Seq > culprit.attempts[0].Seq {
			continue
		}
		done := h.firstEffect(m.label)
		f := Facts{Label: m.label, Message: m.number, Queue: queue, Service: service, Key: culprit.label, Line: culprit.attempts[0].Line}
		first := culprit.attempts[0].Seq
		switch {
		case done == 0:
			f.Held = culprit.settled.Seq == 0
			return fails("blocked", f, m.routed.Seq, first)
		case len(culprit.attempts) > 1 && culprit.attempts[1].Seq < done:
			return fails("blocked", f, first, culprit.attempts[1].Seq, done)
		}
	}
	return holds
}
