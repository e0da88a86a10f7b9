package property

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// NeedsMiniature reports whether a property cannot be judged by the journal of a
// real broker, which has only what passes between it and its clients. What comes
// into a queue can be seen there when it comes through the default exchange; what
// the broker does inside cannot, but for what a probe has looked for when probed is
// true: dead letters, and where the lab's own messages have gone. A property that is not named here is taken to need the miniature.
func NeedsMiniature(name string, events []brokers.Event, probed bool) bool {
	switch name {
	case "declared", "prefetch-at-most", "no-done-before-confirm", "bindings-at-most":
		return false
	case "routed-exactly":
		return !probed
	case "dead-lettered":
		if !probed {
			return true
		}
		return routes(events)
	case "at-least-once", "at-most-once", "effect-exactly-once":
		return routes(events) || leaks(events)
	case "no-ack-before-effect", "published-all":
		return routes(events)
	}
	return true
}

// routes reports whether a message went through an exchange that chooses.
func routes(events []brokers.Event) bool {
	return slices.ContainsFunc(events, func(e brokers.Event) bool {
		return e.Kind == brokers.Published && e.Exchange != ""
	})
}

// leaks reports whether messages may leave a queue by themselves, and come back
// later: a real broker's journal may end before that.
func leaks(events []brokers.Event) bool {
	return slices.ContainsFunc(events, func(e brokers.Event) bool {
		return e.Kind == brokers.Declared && e.Detail[brokers.Leaky] == true
	})
}

// Probed is the Reason of a routed event that a probe of a real broker has found.
const Probed = "found by a probe"

// seesRouting reports whether a journal is a miniature's: it says where every
// message went. In a real broker's, a publish through the default exchange has
// to do.
func seesRouting(events []brokers.Event) bool {
	return slices.ContainsFunc(events, func(e brokers.Event) bool { return e.Kind == brokers.Routed && e.Reason != Probed })
}
