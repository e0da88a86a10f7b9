package inhost

import (
	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
)

// A guardedBroker has users, of whom each may do some things and others not.
type guardedBroker interface {
	Attempt(user, vhost, access, name string) error
}

// attempt tries what the checks want to know of users: whether they may do something. What
// comes of it is in the journal, and nothing else is changed. It reports whether there was
// anything to try.
func (r *prober) attempt() bool {
	tried := make(map[property.Attempt]bool)
	for _, c := range r.spec.Checks {
		for _, a := range property.Attempts(c.Property, c.With) {
			if !tried[a] {
				tried[a] = true
				r.attemptOne(a)
			}
		}
	}
	return len(tried) > 0
}

func (r *prober) attemptOne(a property.Attempt) {
	for _, b := range r.world.brokers {
		guarded, ok := b.(guardedBroker)
		if !ok {
			continue
		}
		e := brokers.Event{Kind: brokers.Allowed, User: a.User, Place: a.VHost, Key: a.Access}
		if err := guarded.Attempt(a.User, a.VHost, a.Access, a.Name); err != nil {
			e.Kind, e.Reason = brokers.Refused, err.Error()
		}
		r.world.record(e)
	}
}
