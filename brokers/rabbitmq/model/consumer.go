package model

import (
	"maps"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A Consumer is a standing request for the messages of a queue.
type Consumer struct {
	Tag       string
	NoAck     bool // a message counts as settled when it is given out
	Exclusive bool // allows no other consumer beside it
	Prefetch  int  // unacknowledged deliveries it may hold; 0: no limit
	Priority  int  // a lower one gets only what this one has no room for

	queue    *Queue
	channel  *Channel
	inFlight int
	blocked  bool // was passed over for lack of room: loses its turn
	done     int  // acked by it
}

// A Delivery is a message given to a consumer, or to a get.
type Delivery struct {
	*Message
	Channel     int
	Consumer    string // its tag; empty for a get
	Tag         uint64
	Redelivered bool
	Frame       uint64 // reserved in the journal for what will carry it
}

// Consume starts a consumer. An empty tag gets one from the server. It returns
// the consumer's tag. Errors: NotFound, ResourceLocked, AccessRefused,
// PreconditionFailed for an argument, NotAllowed for a tag that is in use,
// *brokers.QuotaError.
func (ch *Channel) Consume(queue, tag string, noAck, exclusive bool, arguments wire.Table) (string, error) {
	v := ch.conn.vhost
	if queue == ReplyTo && noAck && ch.waitsForReplies() {
		return "", Errorf(PreconditionFailed, "reply consumer already set")
	}
	if _, ok := ch.consumers[tag]; ok {
		return "", Errorf(NotAllowed, "attempt to reuse consumer tag '%s'", tag)
	}
	if queue == ReplyTo {
		return ch.consumeReplies(tag, noAck)
	}
	if err := ch.mayUse(read, queue); err != nil {
		return "", err
	}
	q, err := ch.queue(queue)
	if err != nil {
		return "", err
	}
	priority, err := v.priorityOf(arguments, q)
	if err != nil {
		return "", err
	}
	if q.exclusive || exclusive && (q.single || len(q.consumers) > 0) {
		return "", Errorf(AccessRefused, "queue '%s' in vhost '%s' in exclusive use", q.Name, v.Name)
	}
	if err := within(v.consumers, v.quota.Consumers, "consumers"); err != nil {
		return "", err
	}
	return ch.subscribe(&Consumer{Tag: tag, NoAck: noAck, Exclusive: exclusive, Prefetch: ch.prefetch, Priority: priority, queue: q, channel: ch}), nil
}

// subscribe starts a consumer, and returns its tag.
func (ch *Channel) subscribe(c *Consumer) string {
	q, v := c.queue, ch.conn.vhost
	if c.Tag == "" {
		c.Tag = v.newName("amq.ctag-")
	}
	ch.consumers[c.Tag] = c
	q.consumers = append(q.consumers, c)
	q.exclusive = c.Exclusive
	q.ranked = q.ranked || c.Priority != 0
	v.consumers++
	v.touch(q)
	e := brokers.Event{Kind: brokers.Subscribed, Place: q.Name, Consumer: c.Tag, N: int64(c.limit()), Reason: ackMode(c.NoAck)}
	if c.Exclusive {
		e.Detail = map[string]any{"exclusive": true}
	}
	ch.record(e)
	v.wake(q)
	return c.Tag
}

// priorityOf reads a consumer's priority from its arguments.
func (v *VHost) priorityOf(arguments wire.Table, q *Queue) (int, error) {
	value, ok := arguments.Get("x-priority")
	if !ok {
		return 0, nil
	}
	n, ok := wholeNumber(value)
	if !ok {
		return 0, Errorf(PreconditionFailed, "invalid arg 'x-priority' for queue '%s' in vhost '%s': \"expected integer, got %s\"", q.Name, v.Name, typeName(value))
	}
	return int(n), nil
}

// ackMode is the Reason of what is never acknowledged.
func ackMode(noAck bool) string {
	if noAck {
		return "auto-ack"
	}
	return ""
}

// Cancel ends a consumer; a tag that is not known is no error. What it holds
// unacknowledged stays with the channel.
func (ch *Channel) Cancel(tag string) {
	if c, ok := ch.consumers[tag]; ok {
		ch.drop(c, "")
	}
}

// drop removes a consumer from its channel and queue. An auto-delete queue goes
// with its last consumer.
func (ch *Channel) drop(c *Consumer, reason string) {
	v := ch.conn.vhost
	delete(ch.consumers, c.Tag)
	q := c.queue
	q.consumers = slices.DeleteFunc(q.consumers, func(other *Consumer) bool { return other == c })
	q.exclusive = false
	if c.blocked {
		q.blocked--
	}
	v.consumers--
	ch.record(brokers.Event{Kind: brokers.Cancelled, Place: q.Name, Consumer: c.Tag, Reason: reason})
	if q.AutoDelete && len(q.consumers) == 0 && !q.deleted {
		v.deleteQueue(q, "auto-delete")
	}
	v.touch(q)
	v.wake(q)
}

// Qos sets how many deliveries may be unacknowledged: for each consumer that
// starts later or, with global, for the channel as a whole. 0 is no limit. The
// former takes back the latter, in RabbitMQ as well.
func (ch *Channel) Qos(count int, global bool) {
	before := ch.limit
	defer func() { ch.recordLimits(before) }()
	if global {
		ch.limit = count
	} else {
		ch.prefetch, ch.limit = count, 0
	}
	ch.wakeQueues()
}

// recordLimits notes which consumers may hold more or less than before, when the
// limit of the whole channel was another one.
func (ch *Channel) recordLimits(before int) {
	now := ch.limit
	if now == before {
		return
	}
	for _, tag := range slices.Sorted(maps.Keys(ch.consumers)) {
		c := ch.consumers[tag]
		ch.limit = before
		held := c.limit()
		ch.limit = now
		if may := c.limit(); may != held {
			ch.record(brokers.Event{Kind: brokers.Limited, Place: c.queue.Name, Consumer: tag, N: int64(may)})
		}
	}
}

// limit is what the consumer may hold at most, as far as one number can say it.
func (c *Consumer) limit() int {
	if c.NoAck {
		return 0
	}
	if c.Prefetch == 0 || c.channel.limit > 0 && c.channel.limit < c.Prefetch {
		return c.channel.limit
	}
	return c.Prefetch
}

// hasRoom reports whether prefetch lets the consumer have one more.
func (c *Consumer) hasRoom() bool {
	if c.NoAck {
		return true
	}
	return (c.Prefetch == 0 || c.inFlight < c.Prefetch) &&
		(c.channel.limit == 0 || c.channel.inFlight < c.channel.limit)
}

// DeliverNext makes one delivery, if any can be made, and reports whether it
// did. Queues take turns, and so do the consumers of a queue; one that may not
// hold more is passed over.
func (v *VHost) DeliverNext() bool {
	for len(v.active) > 0 {
		q := v.active[0]
		if c := q.nextConsumer(); c != nil {
			if len(v.active) > 1 {
				v.active = append(v.active[1:], q)
			}
			c.deliver()
			return true
		}
		q.active = false
		v.active = v.active[1:]
	}
	v.active = nil
	return false
}

// nextConsumer returns whose turn it is, and ends the turn. It is nil when the
// queue is empty or nobody has room.
func (q *Queue) nextConsumer() *Consumer {
	if q.deleted {
		return nil
	}
	q.unblock()
	if q.Ready() == 0 {
		return nil
	}
	best := -1
	for i, c := range q.consumers {
		switch {
		case q.single && i > 0:
		case c.blocked:
		case c.hasRoom() && c.channel.conn.client.Ready():
			if best < 0 || c.Priority > q.consumers[best].Priority {
				best = i
			}
			if !q.ranked {
				return q.turn(best)
			}
		default:
			c.blocked = true
			q.blocked++
		}
	}
	if best < 0 {
		return nil
	}
	return q.turn(best)
}

// turn ends the turn of consumer i, and returns it.
func (q *Queue) turn(i int) *Consumer {
	c := q.consumers[i]
	q.moveLast(i)
	return c
}

// unblock puts the consumers that have room again behind all others.
func (q *Queue) unblock() {
	for i, n := 0, len(q.consumers); q.blocked > 0 && n > 0; n-- {
		if c := q.consumers[i]; c.blocked && c.hasRoom() && c.channel.conn.client.Ready() {
			c.blocked = false
			q.blocked--
			q.moveLast(i) // the next one is at i now
			if !q.single {
				continue
			}
		}
		i++
	}
}

// moveLast ends a consumer's turn. Where one consumer gets everything, the first one
// stays it, and the others wait in the order in which they came.
func (q *Queue) moveLast(i int) {
	if q.single {
		return
	}
	c := q.consumers[i]
	copy(q.consumers[i:], q.consumers[i+1:])
	q.consumers[len(q.consumers)-1] = c
}

// deliver gives the consumer the message at the head of its queue.
func (c *Consumer) deliver() {
	q, v := c.queue, c.channel.conn.vhost
	e := q.pop()
	d := c.channel.give(e, q, c, c.NoAck)
	v.trim(q)
	v.sendLetters()
	c.channel.conn.client.Deliver(d)
}

// Get takes one message from a queue; ok is false when none is ready. left is
// what remains ready. A get is not bounded by prefetch. Errors: NotFound,
// ResourceLocked.
func (ch *Channel) Get(queue string, noAck bool) (d Delivery, left int, ok bool, err error) {
	if err := ch.mayUse(read, queue); err != nil {
		return Delivery{}, 0, false, err
	}
	q, err := ch.queue(queue)
	if err != nil {
		return Delivery{}, 0, false, err
	}
	v := ch.conn.vhost
	v.touch(q)
	v.trim(q)
	if q.ready == 0 {
		v.sendLetters()
		return Delivery{}, 0, false, nil
	}
	d = ch.give(q.pop(), q, nil, noAck)
	v.trim(q)
	v.sendLetters()
	return d, q.ready, true, nil
}

// give hands a message to the channel, for a consumer or for a get, and notes
// that it has to be acknowledged.
func (ch *Channel) give(e entry, q *Queue, c *Consumer, noAck bool) Delivery {
	tag := uint64(1) // of every direct reply
	if !q.reply {
		ch.lastTag++
		tag = ch.lastTag
	}
	d := Delivery{Message: e.Message, Channel: ch.Number, Tag: tag, Redelivered: e.redelivered, Frame: ch.conn.vhost.journal.ReserveFrame()}
	if c != nil {
		d.Consumer = c.Tag
	}
	if noAck {
		ch.conn.vhost.forget(e)
		q.done++
		if c != nil {
			c.done++
		}
	} else {
		ch.unacked.add(unacked{tag: d.Tag, entry: e, queue: q, consumer: c})
		q.unacked++
		if c != nil {
			c.inFlight++
			ch.inFlight++
		}
	}
	ch.record(brokers.Event{
		Kind: brokers.Delivered, Place: q.Name, Exchange: e.Exchange, Key: e.Key, Message: e.Number, Label: e.Label,
		Tag: d.Tag, Consumer: d.Consumer, Redelivered: e.redelivered, Reason: ackMode(noAck), Frame: d.Frame,
	})
	return d
}
