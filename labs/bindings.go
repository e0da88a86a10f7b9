package labs

import (
	"cmp"
	"maps"
	"slices"
)

// A Routing is what a lab whose files are bindings begins with, and what it wants. The
// file of a student says
//
//	exchange: user_events
//	bindings:
//	  - {queue: audit, pattern: "user.#"}
type Routing struct {
	Exchanges map[string]string // types by name: of the first state, and those that every broker has
	Queues    []string          // of the first state, in its order
	Exchange  string            // to which the keys are published
	Keys      []WantedKey
}

// A WantedKey is a routing key that the student is shown, and the queues that ask for it.
type WantedKey struct {
	Key    string
	Queues []string // in the order of Routing.Queues
}

// RoutedExactly is the property whose table says where keys are to arrive. With its
// parameter hidden the table is not shown to students.
const RoutedExactly = "routed-exactly"

// ownExchanges are the exchanges that every RabbitMQ has, but for the default one, to
// which nothing can be bound, by name; the values are their types.
var ownExchanges = map[string]string{
	"amq.direct": "direct", "amq.fanout": "fanout", "amq.headers": "headers", "amq.match": "headers", "amq.topic": "topic",
}

// MaxWanted is how many keys a table may have that is tried while a student writes, and
// MaxTried how many others may be tried beside them: together with the bindings that a
// file may have they fit into a scene, see MaxSteps.
const (
	MaxWanted = 48
	MaxTried  = 24
)

// Routing returns what the lab's bindings are about; nil for a lab that applies none.
func (l *Lab) Routing() *Routing {
	if c := l.Config(); c == nil || c.Apply != ApplyBindings {
		return nil
	}
	r := &Routing{Exchanges: maps.Clone(ownExchanges)}
	for _, b := range l.Brokers {
		for _, a := range b.Actions {
			queue, _ := a.With["queue"].(string)
			exchange, _ := a.With["exchange"].(string)
			kind, _ := a.With["type"].(string)
			switch {
			case a.Do != "declare":
			case queue != "":
				r.Queues = append(r.Queues, queue)
			case exchange != "":
				r.Exchanges[exchange] = cmp.Or(kind, "direct")
			}
		}
	}
	for _, c := range l.Checks {
		hidden, _ := c.With["hidden"].(bool)
		if c.Property == RoutedExactly && !hidden {
			r.Exchange, _ = c.With["exchange"].(string)
			r.want(c)
		}
	}
	return r
}

// want takes the table of a check in. Several checks may look at other columns of one.
func (r *Routing) want(c Check) {
	rows, _ := c.With["table"].([]any)
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		key, ok := fields["key"].(string)
		if !ok {
			continue
		}
		i := slices.IndexFunc(r.Keys, func(k WantedKey) bool { return k.Key == key })
		if i < 0 {
			i = len(r.Keys)
			r.Keys = append(r.Keys, WantedKey{Key: key})
		}
		wanted, _ := fields["queues"].([]any)
		for _, queue := range r.Queues {
			if slices.Contains(wanted, any(queue)) && !slices.Contains(r.Keys[i].Queues, queue) {
				r.Keys[i].Queues = append(r.Keys[i].Queues, queue)
			}
		}
	}
}

// bindings checks that a lab says what its files of bindings are to do.
func (n *linter) bindings() {
	r := n.lab.Routing()
	switch {
	case len(r.Keys) == 0:
		n.at("checks:", "config: apply: bindings: expected a check of the property %s that is not hidden, whose table the student sees", RoutedExactly)
	case len(r.Keys) > MaxWanted:
		n.at("checks:", "config: apply: bindings: the tables have %d keys, expected at most %d", len(r.Keys), MaxWanted)
	}
	for _, c := range n.lab.Checks {
		exchange, routes := c.With["exchange"].(string)
		if c.Property == RoutedExactly && (!routes || exchange != r.Exchange && r.Exchange != "") {
			n.at("id: "+c.ID, "check %q: exchange: found %q, expected %q as in the other checks", c.ID, exchange, r.Exchange)
		}
		if c.Schedule.Kind != "none" {
			n.at("id: "+c.ID, "check %q: schedule: found %s, expected none: bindings have no moment to be cut short at", c.ID, c.Schedule.Kind)
		}
	}
	if _, ok := r.Exchanges[r.Exchange]; !ok && r.Exchange != "" {
		n.at("exchange: "+r.Exchange, "exchange: found %q, expected one that brokers declares", r.Exchange)
	}
}
