package model

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// An Exchange decides which queues a message goes to. This one is direct: a
// message goes to the queues that are bound with exactly its routing key.
type Exchange struct {
	Name       string
	Kind       string // "direct"
	Durable    bool
	AutoDelete bool // goes with its last binding
	Internal   bool // takes no messages from publishers
	Arguments  wire.Table

	bindings map[string][]binding // by routing key, oldest first
	bound    int                  // how many there are
	used     bool                 // declared, or published to: worth drawing
}

// A binding asks an exchange for the messages with one routing key.
type binding struct {
	queue     *Queue
	arguments string // encoded: bindings that differ in them are two
}

// The exchange kinds that RabbitMQ has and this miniature does not have yet.
var kindsToCome = []string{"fanout", "topic", "headers"}

// The exchanges that RabbitMQ has from the start and this one does not have yet.
var exchangesToCome = []string{"amq.fanout", "amq.topic", "amq.headers", "amq.match", "amq.rabbitmq.trace"}

// route appends the queues that a message with this key goes to: each once,
// however many bindings it has.
func (x *Exchange) route(to []*Queue, key string) []*Queue {
	for _, b := range x.bindings[key] {
		if !slices.Contains(to, b.queue) {
			to = append(to, b.queue)
		}
	}
	return to
}

// bind adds a binding; added is false when it was there already.
func (x *Exchange) bind(q *Queue, key string, arguments wire.Table) (added bool) {
	b := binding{q, string(wire.AppendTable(nil, arguments))}
	if slices.Contains(x.bindings[key], b) {
		return false
	}
	x.bindings[key] = append(x.bindings[key], b)
	x.bound++
	return true
}

// unbind removes a binding; removed is false when there was none.
func (x *Exchange) unbind(q *Queue, key string, arguments wire.Table) (removed bool) {
	b := binding{q, string(wire.AppendTable(nil, arguments))}
	return x.remove(key, func(other binding) bool { return other == b }) > 0
}

// forget removes every binding of a queue that is being deleted.
func (x *Exchange) forget(q *Queue) (removed int) {
	for key := range x.bindings {
		removed += x.remove(key, func(b binding) bool { return b.queue == q })
	}
	return removed
}

func (x *Exchange) remove(key string, which func(binding) bool) int {
	before := len(x.bindings[key])
	left := slices.DeleteFunc(x.bindings[key], which)
	if len(left) == 0 {
		delete(x.bindings, key)
	} else {
		x.bindings[key] = left
	}
	x.bound -= before - len(left)
	return before - len(left)
}
