package property

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// Sight is what of the inside of a real broker could be seen in a run.
type Sight struct {
	Heard    bool // it has told where every message of the run has gone
	Probed   bool // and the dead letters that nobody has seen since were looked for
	Followed bool // it has told where the lab's own messages have gone, sent after the run
}

// NeedsMiniature reports whether a property cannot be judged by the journal of a real
// broker. That has what passes between it and its clients and, as far as sight goes,
// where messages went from exchanges and as dead letters. It does not have when a
// message left a queue by a time to live or a limit: only that it turned up elsewhere.
// A property that is not named here is taken to need the miniature.
func NeedsMiniature(name string, p Params, events []brokers.Event, s Sight) bool {
	switch name {
	case "declared", "prefetch-at-most", "no-done-before-confirm", "bindings-at-most":
		return false
	case "routed-exactly":
		return !s.Followed
	case "no-ack-before-effect", "published-all":
		return !s.Heard
	case "at-least-once", "at-most-once", "effect-exactly-once", "none-blocked":
		return !s.Heard || leaks(events, p.text("queue"), "")
	case "routed":
		return !s.Heard || leaks(events, "", brokers.LeakyByLimit) // what a full queue turns away is told of as routed
	case "dead-lettered", "returns-handled", "retried-n-times", "parked":
		return !s.Heard || !s.Probed || leaks(events, p.text("queue"), "")
	}
	return true
}

// AsksForDead reports whether a property is about dead letters, which have to be looked
// for.
func AsksForDead(name string) bool {
	switch name {
	case "dead-lettered", "returns-handled", "retried-n-times", "parked":
		return true
	}
	return false
}

// leaks reports whether messages may leave a queue by themselves, and for a reason. No
// queue means any, and no reason either of both.
func leaks(events []brokers.Event, queue, by string) bool {
	return slices.ContainsFunc(events, func(e brokers.Event) bool {
		why, leaky := e.Detail[brokers.Leaky].(string)
		if !leaky || by != "" && why != by {
			return false
		}
		if e.Kind == brokers.Published { // through an exchange it may come anywhere
			e.Place = e.Key
		}
		return queue == "" || e.Place == queue || e.Kind == brokers.Published && e.Exchange != ""
	})
}

// Probed is the Reason of a routed event that a probe of a real broker has found.
const Probed = "found by a probe"

// seesRouting reports whether a journal says where every message went: a miniature's,
// or that of a real broker which has told. Otherwise a publish through the default
// exchange has to do.
func seesRouting(events []brokers.Event) bool {
	return slices.ContainsFunc(events, func(e brokers.Event) bool { return e.Kind == brokers.Routed && e.Reason != Probed })
}
