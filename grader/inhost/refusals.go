package inhost

import (
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// maxRefusals is how often in a row a broker may give the same refusal while nothing else
// happens. A program that gives up by itself does so sooner: clients and people count to
// three, five or ten.
const maxRefusals = 16

// refusals counts how often the same was refused in a row.
type refusals struct {
	reason string
	n      int
}

// follow counts an event. That clients come and go between two refusals changes nothing.
func (r *refusals) follow(e brokers.Event) {
	switch {
	case e.Kind == brokers.Opened || e.Kind == brokers.Closed:
	case e.Kind != brokers.Refused || e.Client == "":
		*r = refusals{}
	case r.n > 0 && e.Reason == r.reason:
		r.n++
	default:
		*r = refusals{e.Reason, 1}
	}
}

// refusedForGood reports whether the program asks again and again for what it does not
// get, and will not: nothing but the refusals happens.
func (w *world) refusedForGood(stall time.Duration) bool {
	w.mu.Lock()
	enough := w.refusals.n >= maxRefusals
	w.mu.Unlock()
	return enough && w.settledFor(stall)
}

// leaderless is how long a program may be silent while nobody leads a partition and
// nobody is about to: it can only ask who does, which is no event, and hear the same.
const leaderless = 2500 * time.Millisecond

// deadEnd reports whether a partition has no leader, and will have none, and the program
// has said nothing for long enough.
func (w *world) deadEnd(ticks int, stall time.Duration) bool {
	if ticks < int(leaderless/tick) || !w.settledFor(stall) {
		return false
	}
	for _, b := range w.brokers {
		for _, p := range b.State().Places {
			if p.Kind == "partition" && p.Detail["leader"] == int32(0) {
				return true
			}
		}
	}
	return false
}

// settledFor reports whether the brokers stay as they are for so long, unless a client
// changes them: the clock has nothing due. A broker is a machine: it will give the same
// answer until then.
func (w *world) settledFor(d time.Duration) bool {
	if w.spec.Real() {
		return false // what a real broker has in mind nobody knows
	}
	due, ok := w.clock.Next()
	return !ok || due.Sub(w.clock.Now()) > d
}
