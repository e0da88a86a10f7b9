package tap

import (
	"maps"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A channel is a channel of a relayed connection. It is touched inside the
// sequencer only, but for the contents, of which each side's goroutine has one.
type channel struct {
	relay     *relay
	number    int
	consumers map[string]*consumer
	unacked   map[uint64]*delivery // by tag
	asked     []wire.Method        // requests that wait for their answers, in order
	lastQueue string
	prefetch  int
	limit     int // for the channel as a whole
	confirms  bool
	gone      bool                // the broker has let go of it, and of everything that was sent on it
	publishes uint64              // since confirm.select
	awaited   map[uint64]*message // by confirm tag; a nil one was not recorded
	closing   bool                // either side has sent close

	up, down content
}

// A delivery has been given out and is not settled.
type delivery struct {
	message     *message
	queue       *queue
	consumer    *consumer // nil for a get
	redelivered bool
}

func newChannel(r *relay, number int) *channel {
	return &channel{
		relay: r, number: number, consumers: make(map[string]*consumer),
		unacked: make(map[uint64]*delivery), awaited: make(map[uint64]*message),
	}
}

func (ch *channel) record(e brokers.Event) { ch.relay.b.book.record(ch.stamp(e)) }

// delivered notes a message that the broker has sent.
func (ch *channel) delivered(c *content, q *queue, to *consumer, noAck bool, tag uint64, redelivered bool, exchange, key string) {
	b := ch.relay.b.book
	m := b.taken(q, c.shelf(exchange, key), c.deaths, redelivered, c.label(b.label))
	e := brokers.Event{
		Kind: brokers.Delivered, Place: q.name, Exchange: exchange, Key: key, Message: m.number, Label: m.label,
		Tag: tag, Redelivered: redelivered,
	}
	d := &delivery{message: m, queue: q, consumer: to, redelivered: redelivered}
	if to != nil {
		e.Consumer = to.tag
	}
	if noAck {
		e.Reason = "auto-ack"
		ch.over(d)
	} else {
		ch.unacked[tag] = d
		q.unacked++
		if to != nil {
			to.inFlight++
		}
	}
	ch.record(e)
}

// over notes that a message has left its queue for good.
func (ch *channel) over(d *delivery) {
	*d.message.in(d.queue.name) = spot{given: true}
	d.queue.done++
	if d.consumer != nil {
		d.consumer.done++
	}
}

// take removes the deliveries that a client settles: one tag, or with multiple
// all up to it, of which 0 is the highest. A tag that is not known takes none: the
// broker will say so.
func (ch *channel) take(tag uint64, multiple bool) []uint64 {
	if !multiple {
		if ch.unacked[tag] == nil {
			return nil
		}
		return []uint64{tag}
	}
	var tags []uint64
	for _, t := range slices.Sorted(maps.Keys(ch.unacked)) {
		if tag == 0 || t <= tag {
			tags = append(tags, t)
		}
	}
	return tags
}

// settle records what a client makes of deliveries.
func (ch *channel) settle(kind brokers.Kind, tag uint64, multiple, requeue bool) {
	for _, t := range ch.take(tag, multiple) {
		d := ch.unacked[t]
		ch.release(t, d)
		ch.recordSettled(kind, t, d, "")
		switch {
		case kind == brokers.Acked:
			ch.over(d)
		case requeue:
			ch.requeue(t, d, string(kind))
		default:
			d.refused()
			ch.relay.b.book.missed = time.Time{}
		}
	}
}

// refused notes that a client has refused a message for good. Where the queue has an
// exchange for dead letters, the broker will note that in the message.
func (d *delivery) refused() {
	*d.message.in(d.queue.name) = spot{here: true, given: true, refused: true}
	d.queue.dead++
	if _, buries := d.queue.arguments.Get("x-dead-letter-exchange"); buries {
		d.message.died[grave{d.queue.name, rejected}]++
		d.queue.lost++
	}
}

func (ch *channel) release(tag uint64, d *delivery) {
	delete(ch.unacked, tag)
	d.queue.unacked--
	if d.consumer != nil {
		d.consumer.inFlight--
	}
}

// requeue notes what the broker does with a message that was given back.
func (ch *channel) requeue(tag uint64, d *delivery, reason string) {
	if ch.relay.b.book.queues[d.queue.name] != d.queue {
		return // the queue is gone, and the message with it
	}
	ch.relay.b.book.giveBack(d.message, d.queue)
	d.queue.ready++
	ch.recordSettled(brokers.Requeued, tag, d, reason)
}

func (ch *channel) requeueAll(reason string) {
	for _, t := range slices.Sorted(maps.Keys(ch.unacked)) {
		d := ch.unacked[t]
		ch.release(t, d)
		ch.requeue(t, d, reason)
	}
}

func (ch *channel) recordSettled(kind brokers.Kind, tag uint64, d *delivery, reason string) {
	e := brokers.Event{
		Kind: kind, Place: d.queue.name, Exchange: d.message.exchange, Key: d.message.key, Message: d.message.number,
		Label: d.message.label, Tag: tag, Redelivered: d.redelivered, Reason: reason,
	}
	if d.consumer != nil {
		e.Consumer = d.consumer.tag
	}
	ch.record(e)
}

// subscribed notes a consumer that the broker has started.
func (ch *channel) subscribed(m *wire.BasicConsume, tag string) {
	q := ch.queue(m.Queue)
	if q == nil {
		return
	}
	c := &consumer{tag: tag, noAck: m.NoAck, prefetch: ch.prefetch, queue: q, channel: ch}
	ch.consumers[tag] = c
	q.consumers = append(q.consumers, c)
	e := brokers.Event{Kind: brokers.Subscribed, Place: q.name, Consumer: tag, N: int64(c.limit())}
	if m.NoAck {
		e.Reason = "auto-ack"
	}
	ch.record(e)
}

// limit is what a consumer may hold at most; 0 is no limit.
func (c *consumer) limit() int {
	switch {
	case c.noAck:
		return 0
	case c.prefetch == 0 || c.channel.limit > 0 && c.channel.limit < c.prefetch:
		return c.channel.limit
	}
	return c.prefetch
}

// ended notes that a consumer has ended. An auto-delete queue goes with its last.
func (ch *channel) ended(c *consumer, reason string) {
	b := ch.relay.b.book
	delete(ch.consumers, c.tag)
	c.queue.consumers = slices.DeleteFunc(c.queue.consumers, func(other *consumer) bool { return other == c })
	ch.record(brokers.Event{Kind: brokers.Cancelled, Place: c.queue.name, Consumer: c.tag, Reason: reason})
	if c.queue.autoDelete && len(c.queue.consumers) == 0 && b.queues[c.queue.name] == c.queue {
		b.deleted(c.queue, brokers.Event{Reason: "auto-delete"})
	}
}

// close notes that the channel has ended, and with it what it had.
func (ch *channel) close(reason string) {
	for _, tag := range slices.Sorted(maps.Keys(ch.consumers)) {
		ch.ended(ch.consumers[tag], reason)
	}
	ch.requeueAll(reason)
	ch.asked, ch.awaited, ch.closing = nil, nil, true
	ch.record(brokers.Event{Kind: brokers.Closed, Reason: reason})
}

// queue finds the queue that a request names; empty is the one declared last.
func (ch *channel) queue(name string) *queue {
	if name == "" {
		name = ch.lastQueue
	}
	return ch.relay.b.book.queues[name]
}
