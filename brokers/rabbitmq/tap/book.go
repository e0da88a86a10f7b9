package tap

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A book is what is known of the broker's virtual host. Everything in it is
// touched inside the sequencer only.
type book struct {
	journal *brokers.Journal
	quota   brokers.Quota
	label   func([]byte) string

	queues    map[string]*queue
	exchanges map[string]bool
	bindings  map[binding]bool
	shelves   map[shelfKey]*shelf
	bodies    map[fingerprint]*message // the newest with that body
	published uint64                   // numbers the next
	held      int                      // messages that are remembered
	opened    int                      // connections, ever: names the next
	counted   uint64                   // Seq of the newest event when the broker was last asked for its counts
}

// A queue is a queue as far as it can be seen from outside.
type queue struct {
	name                           string
	durable, exclusive, autoDelete bool
	arguments                      wire.Table
	owner                          *relay // of an exclusive one
	direct                         bool   // was reached through the default exchange
	fed                            bool   // messages may reach it unseen: by a binding or as dead letters
	leaky                          bool   // messages may leave it unseen: by a time to live or a limit
	ready                          int    // as far as is known
	unacked, done, dead            int
	consumers                      []*consumer // in the order of their starting
}

// A message is one that a client or the lab has published.
type message struct {
	number        uint64
	label         string
	exchange, key string
	copies        map[string]*copied // by queue, from the first delivery on
	shelf         *shelf
}

// A shelf holds the messages that cannot be told apart: the same body, published
// with the same key to the same exchange.
type shelf struct {
	all      []*message            // oldest first
	given    map[string]int        // how many of them a queue has given out for the first time
	returned map[string][]*message // given back to a queue, oldest first
}

type shelfKey struct {
	fingerprint
	exchange, key string
}

// A copied is a message in one queue.
type copied struct{ inFlight, returned, over, dead bool }

// A consumer is a standing request for the messages of a queue.
type consumer struct {
	tag      string
	noAck    bool
	prefetch int
	queue    *queue
	channel  *channel
	inFlight int
	done     int
}

// A binding has messages of an exchange sent to a queue.
type binding struct{ queue, exchange, key string }

func newBook(cfg Config) *book {
	return &book{
		journal: cfg.Journal, quota: cfg.Quota, label: cfg.Label,
		queues: make(map[string]*queue), bindings: make(map[binding]bool),
		shelves: make(map[shelfKey]*shelf), bodies: make(map[fingerprint]*message),
		exchanges: map[string]bool{
			"": true, "amq.direct": true, "amq.fanout": true, "amq.topic": true, "amq.headers": true,
			"amq.match": true, "amq.rabbitmq.trace": true,
		},
	}
}

func (b *book) record(e brokers.Event) {
	e.Source = "rabbitmq"
	b.journal.Append(e)
}

// connect names a connection.
func (b *book) connect(product string) string {
	b.opened++
	name := "c" + strconv.Itoa(b.opened)
	b.record(brokers.Event{Kind: brokers.Opened, Client: name, Reason: product})
	return name
}

// room reports which quota keeps another publish out, if any.
func (b *book) room() *brokers.QuotaError {
	switch {
	case !b.journal.Room():
		return &brokers.QuotaError{What: "events in the journal", Limit: int(b.journal.Last())}
	case b.held >= b.quota.Messages:
		return &brokers.QuotaError{What: "messages", Limit: b.quota.Messages}
	case len(b.queues) > b.quota.Queues:
		return &brokers.QuotaError{What: "queues", Limit: b.quota.Queues}
	case len(b.bindings) > b.quota.Bindings:
		return &brokers.QuotaError{What: "bindings", Limit: b.quota.Bindings}
	case len(b.exchanges) > b.quota.Exchanges:
		return &brokers.QuotaError{What: "exchanges", Limit: b.quota.Exchanges}
	}
	return nil
}

// declare notes a queue that the broker has confirmed.
func (b *book) declare(m *wire.QueueDeclare, name string, by *channel) {
	if by != nil {
		by.lastQueue = name
	}
	if _, ok := b.queues[name]; ok || m.Passive {
		return
	}
	q := &queue{name: name, durable: m.Durable, exclusive: m.Exclusive, autoDelete: m.AutoDelete, arguments: m.Arguments}
	for _, name := range []string{"x-message-ttl", "x-max-length", "x-max-length-bytes", "x-expires"} {
		_, has := m.Arguments.Get(name)
		q.leaky = q.leaky || has
	}
	if by != nil && m.Exclusive {
		q.owner = by.relay
	}
	b.queues[name] = q
	b.deadLetters(q)
	e := brokers.Event{Kind: brokers.Declared, Place: name}
	if q.leaky {
		e.Detail = map[string]any{brokers.Leaky: true}
	}
	b.record(by.stamp(e))
}

// declareExchange notes an exchange that the broker has confirmed.
func (b *book) declareExchange(name, kind string, by *channel) {
	if b.exchanges[name] {
		return
	}
	b.exchanges[name] = true
	b.record(by.stamp(brokers.Event{Kind: brokers.Declared, Exchange: name, Reason: kind}))
}

// deleteExchange forgets an exchange.
func (b *book) deleteExchange(name string, by *channel) {
	if !b.exchanges[name] {
		return
	}
	delete(b.exchanges, name)
	for bound := range b.bindings {
		if bound.exchange == name {
			delete(b.bindings, bound)
		}
	}
	b.record(by.stamp(brokers.Event{Kind: brokers.Deleted, Exchange: name}))
}

// stamp says who caused an event; a nil channel is the lab itself.
func (ch *channel) stamp(e brokers.Event) brokers.Event {
	if ch != nil {
		e.Client, e.Channel = ch.relay.name, ch.number
	}
	return e
}

// deadLetters notes which queues a new one's dead letters may reach unseen, and
// whether it may get those of others.
func (b *book) deadLetters(fresh *queue) {
	for _, q := range b.queues {
		q.fed = q.fed || fresh.buries(q)
		fresh.fed = fresh.fed || q.buries(fresh)
	}
}

// buries reports whether dead letters of q go straight to another queue.
func (q *queue) buries(in *queue) bool {
	exchange, has := q.arguments.Get("x-dead-letter-exchange")
	key, named := q.arguments.Get("x-dead-letter-routing-key")
	return has && exchange == "" && (!named || key == in.name)
}

// bind notes a binding that the broker has confirmed.
func (b *book) bind(e binding, by *channel) {
	if b.bindings[e] {
		return
	}
	b.bindings[e] = true
	if q := b.queues[e.queue]; q != nil {
		q.fed = true
	}
	b.record(by.stamp(brokers.Event{Kind: brokers.Bound, Place: e.queue, Exchange: e.exchange, Key: e.key}))
}

// publish notes a message that has been handed to the broker. It is nil for an
// exchange that is not known: the broker will refuse it.
func (b *book) publish(exchange, key string, f fingerprint, label string, by *channel) *message {
	if !b.exchanges[exchange] {
		return nil
	}
	b.published++
	m := &message{number: b.published, label: label, exchange: exchange, key: key, copies: make(map[string]*copied)}
	b.keep(m, f)
	if q := b.queues[key]; exchange == "" && q != nil {
		q.ready++
		q.direct = true
	}
	b.record(by.stamp(brokers.Event{Kind: brokers.Published, Exchange: exchange, Key: key, Message: m.number, Label: label, N: int64(f.size)}))
	return m
}

// keep remembers a message.
func (b *book) keep(m *message, f fingerprint) *shelf {
	at := shelfKey{f, m.exchange, m.key}
	s := b.shelves[at]
	if s == nil {
		s = &shelf{given: make(map[string]int), returned: make(map[string][]*message)}
		b.shelves[at] = s
	}
	m.shelf = s
	s.all = append(s.all, m)
	b.bodies[f] = m
	b.held++
	return s
}

// taken finds which message a delivery from a queue is. A redelivered one was
// returned before, if that was seen; any other has not been given out yet.
func (b *book) taken(q *queue, f fingerprint, redelivered bool, exchange, key, label string) *message {
	q.ready = max(q.ready-1, 0)
	m := b.find(q, b.shelves[shelfKey{f, exchange, key}], redelivered)
	if old := b.bodies[f]; m == nil && old != nil && old.left() && old.copies[q.name] == nil {
		m = old // left another queue as a dead letter, and has come by another way
	}
	if m == nil { // nobody published it here
		b.published++
		m = &message{number: b.published, label: label, exchange: exchange, key: key, copies: make(map[string]*copied)}
		b.keep(m, f).given[q.name]++
	}
	m.copies[q.name] = &copied{inFlight: true}
	return m
}

func (b *book) find(q *queue, s *shelf, redelivered bool) *message {
	if s == nil {
		return nil
	}
	back, next := s.returned[q.name], s.given[q.name]
	if len(back) > 0 && (redelivered || next == len(s.all)) {
		s.returned[q.name] = back[1:]
		return back[0]
	}
	if next == len(s.all) {
		return nil
	}
	s.given[q.name]++
	return s.all[next]
}

// left reports whether a message has left a queue for good.
func (m *message) left() bool {
	for _, c := range m.copies {
		if c.over {
			return true
		}
	}
	return false
}

// back notes that a message is in a queue again.
func (m *message) back(q *queue) {
	m.copies[q.name] = &copied{returned: true}
	list := m.shelf.returned[q.name]
	at, _ := slices.BinarySearchFunc(list, m.number, func(other *message, n uint64) int { return cmp.Compare(other.number, n) })
	m.shelf.returned[q.name] = slices.Insert(list, at, m)
}

// deleted forgets a queue.
func (b *book) deleted(q *queue, e brokers.Event) {
	delete(b.queues, q.name)
	for bound := range b.bindings {
		if bound.queue == q.name {
			delete(b.bindings, bound)
		}
	}
	for _, c := range slices.Clone(q.consumers) {
		c.channel.ended(c, "queue deleted")
	}
	e.Kind, e.Place = brokers.Deleted, q.name
	b.record(e)
}

// names lists the queues in order.
func (b *book) names() []string { return slices.Sorted(maps.Keys(b.queues)) }
