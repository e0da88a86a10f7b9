package model

import (
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// An Exchange decides where a message goes: it has bindings, and its kind says
// which of them a message satisfies.
type Exchange struct {
	Name       string
	Kind       string // direct, fanout, topic or headers
	Durable    bool
	AutoDelete bool // goes with its last binding
	Internal   bool // takes no messages from publishers
	Arguments  wire.Table

	router    router
	bindings  map[bindingID]*binding
	alternate *string // exchange for what no binding wants
	asked     *string // that one, if it is an argument and no policy
	policy    *Policy // that applies to it; nil for none
	used      bool    // declared, or published to: worth drawing
	reached   uint64  // the last routing that came by
}

// A destination is where a binding leads: a queue, or another exchange.
type destination struct {
	queue    *Queue
	exchange *Exchange
}

// A binding asks an exchange for some of its messages. Two bindings are the same
// when their destinations, keys and arguments are.
type binding struct {
	bindingID
	table   wire.Table     // the arguments
	pattern *headerPattern // for headers exchanges: what they mean
}

type bindingID struct {
	to        destination
	key       string
	arguments string // encoded
}

// A router is what makes the kinds of exchange different.
type router interface {
	// add takes in a binding that is new. Errors: PreconditionFailed when its
	// arguments mean nothing, *brokers.QuotaError.
	add(b *binding) error
	remove(b *binding)
	// route reports where a message with this key and these headers goes.
	route(r *routing, key string, headers wire.Table)
}

// newRouter returns the router of an exchange kind, or nil. room is what all
// topic exchanges together have left, in words of patterns.
func newRouter(kind string, room *int) router {
	switch kind {
	case "direct":
		return make(direct)
	case "fanout":
		return new(fanout)
	case "topic":
		return newTopics(room)
	case "headers":
		return new(headers)
	}
	return nil
}

// direct gives a message to the bindings with exactly its routing key.
type direct map[string][]*binding

func (d direct) add(b *binding) error {
	d[b.key] = append(d[b.key], b)
	return nil
}

func (d direct) remove(b *binding) {
	if left := without(d[b.key], b); len(left) > 0 {
		d[b.key] = left
	} else {
		delete(d, b.key)
	}
}

func (d direct) route(r *routing, key string, _ wire.Table) { r.addAll(d[key]) }

// fanout gives a message to every binding.
type fanout struct{ bindings []*binding }

func (f *fanout) add(b *binding) error {
	f.bindings = append(f.bindings, b)
	return nil
}

func (f *fanout) remove(b *binding)                        { f.bindings = without(f.bindings, b) }
func (f *fanout) route(r *routing, _ string, _ wire.Table) { r.addAll(f.bindings) }

// without removes one binding from a list, and keeps the order of the others.
func without(list []*binding, b *binding) []*binding {
	if i := slices.Index(list, b); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	return list
}

// bind adds a binding and returns it; nil when it was there already.
func (x *Exchange) bind(to destination, key string, arguments wire.Table) (*binding, error) {
	b := &binding{bindingID: bindingID{to, key, string(wire.AppendTable(nil, arguments))}, table: arguments}
	if x.bindings[b.bindingID] != nil {
		return nil, nil
	}
	if err := x.router.add(b); err != nil {
		return nil, err
	}
	x.bindings[b.bindingID] = b
	return b, nil
}

// unbind removes a binding and returns it; nil when there was none.
func (x *Exchange) unbind(to destination, key string, arguments wire.Table) *binding {
	b := x.bindings[bindingID{to, key, string(wire.AppendTable(nil, arguments))}]
	if b != nil {
		x.remove(b)
	}
	return b
}

func (x *Exchange) remove(b *binding) {
	delete(x.bindings, b.bindingID)
	x.router.remove(b)
}

// forget removes every binding to a destination that is being deleted.
func (x *Exchange) forget(to destination) (removed int) {
	for id, b := range x.bindings {
		if id.to == to {
			x.remove(b)
			removed++
		}
	}
	return removed
}

// sorted returns the bindings in an order that is the same in every run.
func (x *Exchange) sorted() []*binding {
	all := make([]*binding, 0, len(x.bindings))
	for _, b := range x.bindings {
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b *binding) int {
		if a.key != b.key {
			return strings.Compare(a.key, b.key)
		}
		if to := strings.Compare(a.to.order(), b.to.order()); to != 0 {
			return to
		}
		return strings.Compare(a.arguments, b.arguments)
	})
	return all
}

// order is what destinations are sorted by: exchanges first, then by name.
func (d destination) order() string {
	if d.queue != nil {
		return "queue:" + d.queue.Name
	}
	return "exchange:" + d.exchange.Name
}

func (d destination) name() string {
	if d.queue != nil {
		return d.queue.Name
	}
	return d.exchange.Name
}
