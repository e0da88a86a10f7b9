package tap

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

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
	messages
	hears   bool      // the firehose tells where messages go
	buries  bool      // an exchange with bindings may get dead letters
	opened  int       // connections, ever: names the next
	missed  time.Time // since when refused messages are nowhere; zero if none is
	counted uint64    // Seq of the newest event when the broker was last asked for its counts
}

// A queue is a queue as far as it can be seen from outside.
type queue struct {
	name                           string
	durable, exclusive, autoDelete bool
	arguments                      wire.Table
	owner                          *relay // of an exclusive one
	direct                         bool   // was reached through the default exchange
	fed                            bool   // messages may reach it unseen: by a binding that is not heard of, or as dead letters
	leaky                          bool   // messages may leave it unseen: by a time to live or a limit
	timed                          bool   // by a time to live
	life                           time.Duration
	ready                          int // as far as is known
	unacked, done, dead            int
	lost                           int         // of the dead, those that nobody has seen again
	consumers                      []*consumer // in the order of their starting
}

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
		queues: make(map[string]*queue), bindings: make(map[binding]bool), messages: newMessages(), hears: cfg.Firehose,
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
	why := "" // a limit, if there are both
	for _, leak := range [...]struct{ argument, by string }{
		{"x-message-ttl", brokers.LeakyByTime}, {"x-expires", brokers.LeakyByTime},
		{"x-max-length", brokers.LeakyByLimit}, {"x-max-length-bytes", brokers.LeakyByLimit},
	} {
		if _, has := m.Arguments.Get(leak.argument); has {
			q.leaky, why = true, leak.by
		}
	}
	ttl, _ := m.Arguments.Get("x-message-ttl")
	q.life, q.timed = milliseconds(ttl)
	if by != nil && m.Exclusive {
		q.owner = by.relay
	}
	b.queues[name] = q
	b.deadLetters(q)
	e := brokers.Event{Kind: brokers.Declared, Place: name}
	if q.leaky {
		e.Detail = map[string]any{brokers.Leaky: why}
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
	if exchange, has := fresh.arguments.Get("x-dead-letter-exchange"); !has || exchange == "" || b.buries {
		return
	}
	b.buries = true
	for bound := range b.bindings {
		if q := b.queues[bound.queue]; q != nil {
			q.fed = true
		}
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
	if q := b.queues[e.queue]; q != nil && (b.buries || !b.hears) {
		q.fed = true
	}
	b.record(by.stamp(brokers.Event{Kind: brokers.Bound, Place: e.queue, Exchange: e.exchange, Key: e.key}))
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

// milliseconds reads a time to live.
func milliseconds(value any) (d time.Duration, ok bool) {
	if value == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(fmt.Sprint(value), 10, 64)
	if err != nil || n < 0 {
		return 0, false
	}
	return time.Duration(min(n, int64(maxLife/time.Millisecond))) * time.Millisecond, true
}

// maxLife is more than anybody waits for.
const maxLife = 24 * time.Hour
