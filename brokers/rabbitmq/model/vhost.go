package model

import (
	"fmt"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// A VHost is a virtual host: a world of exchanges and queues of its own.
type VHost struct {
	Name string
	// Run takes a step that the clock has called for: alone, and with the
	// deliveries that follow from it. It may be replaced before anything happens.
	Run func(step func())

	clock   brokers.Clock
	journal *brokers.Journal
	quota   brokers.Quota
	label   func(body []byte) string

	exchanges   map[string]*Exchange // the default exchange is the one called ""
	queues      map[string]*Queue
	connections []*Connection // open, oldest first
	active      []*Queue      // to look at for the next delivery
	letters     letters       // dead letters that have not been sent yet
	routing     routing       // of the last message; kept for its memory

	policies map[string]*Policy
	byName   []*Policy      // the same
	limits   map[string]int // by name; nil until somebody has set one

	*counts
	node *Node // whose users come in; nil: whoever comes may do everything
}

// counts are sums over all virtual hosts of a node.
type counts struct {
	opened    int    // connections, ever: names the next
	generated uint64 // server-made names, ever
	published uint64 // messages, ever: numbers the next
	messages  int    // in queues, ready and unacked, each copy by itself
	bytes     int    // of their bodies
	bindings  int
	consumers int
	topicRoom int // words that patterns of topic exchanges may still take
}

// patternWords is how many words the patterns of topic exchanges may have for each
// binding that there may be. Patterns that begin alike share their words.
const patternWords = 8

// NewVHost returns a virtual host with the exchanges that RabbitMQ has from the
// start. The label of a message is what label makes of its body.
func NewVHost(name string, clock brokers.Clock, journal *brokers.Journal, quota brokers.Quota, label func([]byte) string) *VHost {
	return newVHost(name, clock, journal, quota, label, &counts{topicRoom: patternWords * quota.Bindings})
}

// newVHost is NewVHost for one that shares its counts with others.
func newVHost(name string, clock brokers.Clock, journal *brokers.Journal, quota brokers.Quota, label func([]byte) string, shared *counts) *VHost {
	v := &VHost{
		Name: name, clock: clock, journal: journal, quota: quota, label: label,
		exchanges: make(map[string]*Exchange),
		queues:    make(map[string]*Queue),
		counts:    shared,
		Run:       func(step func()) { step() },
	}
	v.routing.vhost = v
	for _, x := range []struct{ name, kind string }{
		{"", "direct"},
		{"amq.direct", "direct"},
		{"amq.fanout", "fanout"},
		{"amq.topic", "topic"},
		{"amq.headers", "headers"},
		{"amq.match", "headers"},
		{"amq.rabbitmq.trace", "topic"},
	} {
		v.exchanges[x.name] = &Exchange{
			Name: x.name, Kind: x.kind, Durable: true, Internal: x.name == "amq.rabbitmq.trace",
			router: newRouter(x.kind, &v.topicRoom), bindings: make(map[bindingID]*binding),
		}
	}
	return v
}

// Queue returns a queue by name, or nil.
func (v *VHost) Queue(name string) *Queue { return v.queues[name] }

// Idle counts what a run still waits for.
func (v *VHost) Idle() brokers.Idle {
	var idle brokers.Idle
	for _, q := range v.queues {
		idle.InFlight += q.unacked
		idle.Due += q.due()
		if slices.ContainsFunc(q.consumers, (*Consumer).hasRoom) {
			idle.Ready += q.Ready()
		}
	}
	return idle
}

// record appends an event of the broker's own.
func (v *VHost) record(e brokers.Event) {
	e.Source = "rabbitmq"
	if prefix := v.prefix(); prefix != "" {
		if e.Place != "" {
			e.Place = prefix + e.Place
		}
		if e.Exchange != "" || e.Message != 0 {
			e.Exchange = prefix + e.Exchange
		}
	}
	v.journal.Append(e)
}

// exchange finds an exchange.
func (v *VHost) exchange(name string) (*Exchange, error) {
	if x, ok := v.exchanges[name]; ok {
		return x, nil
	}
	return nil, Errorf(NotFound, "no exchange '%s' in vhost '%s'", name, v.Name)
}

// queue finds a queue that the connection may use.
func (v *VHost) queue(name string, by *Connection) (*Queue, error) {
	q, ok := v.queues[name]
	if !ok || q.reply {
		return nil, Errorf(NotFound, "no queue '%s' in vhost '%s'", name, v.Name)
	}
	if q.Owner != nil && q.Owner != by {
		return nil, v.locked(q)
	}
	return q, nil
}

func (v *VHost) locked(q *Queue) error {
	return Errorf(ResourceLocked, "cannot obtain exclusive access to locked queue '%s' in vhost '%s'. "+
		"It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.",
		q.Name, v.Name)
}

// wake has DeliverNext look at a queue: it, or one of its consumers, changed.
func (v *VHost) wake(q *Queue) {
	if !q.active && !q.deleted {
		q.active = true
		v.active = append(v.active, q)
	}
}

// newName makes a name that no client has chosen and that is the same in every
// run: prefix, then letters and digits.
func (v *VHost) newName(prefix string) string {
	v.generated++
	return fmt.Sprintf("%s%022d", prefix, v.generated)
}

// within reports, as an error, that a count has reached its quota.
func within(n, limit int, what string) error {
	if n < limit {
		return nil
	}
	return &brokers.QuotaError{What: what, Limit: limit}
}
