package model

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A replay is the state of the queues as the journal alone tells it.
type replay struct {
	t       *rapid.T
	queues  map[string]*replayed
	unacked map[string]held // by client, channel and tag
}

// replayed is a queue in a replay. A message has its place by when it arrived.
type replayed struct {
	ready   []uint64          // arrivals, oldest first
	message map[uint64]uint64 // message number by arrival
	seen    map[uint64]bool   // arrivals that were delivered
	arrived uint64
}

type held struct {
	queue   *replayed
	arrival uint64
}

func newReplay(t *rapid.T) *replay {
	return &replay{t: t, queues: make(map[string]*replayed), unacked: make(map[string]held)}
}

// apply follows one event, and fails when it could not have happened.
func (r *replay) apply(e brokers.Event) {
	q := r.queues[e.Place]
	by := fmt.Sprintf("%s/%d/%d", e.Client, e.Channel, e.Tag)
	switch e.Kind {
	case brokers.Declared:
		r.queues[e.Place] = &replayed{message: make(map[uint64]uint64), seen: make(map[uint64]bool)}
	case brokers.Deleted:
		delete(r.queues, e.Place)
	case brokers.Purged:
		q.ready = nil
	case brokers.Routed:
		q.arrived++
		q.message[q.arrived] = e.Message
		q.ready = append(q.ready, q.arrived)
	case brokers.Delivered:
		r.delivered(q, e, by)
	case brokers.Acked, brokers.Dropped, brokers.DeadLettered:
		if e.Reason == "maxlen" { // it was ready, and not in anyone's hands
			q.ready = q.ready[1:]
			return
		}
		if _, ok := r.unacked[by]; !ok && e.Tag != 0 {
			r.t.Fatalf("%s of what nobody holds: %+v", e.Kind, e)
		}
		delete(r.unacked, by)
	case brokers.Requeued:
		h := r.unacked[by]
		delete(r.unacked, by)
		h.queue.ready = append(h.queue.ready, h.arrival)
		slices.Sort(h.queue.ready)
	}
}

func (r *replay) delivered(q *replayed, e brokers.Event, by string) {
	if len(q.ready) == 0 {
		r.t.Fatalf("delivered from an empty queue: %+v", e)
	}
	first := q.ready[0]
	if q.message[first] != e.Message || q.seen[first] != e.Redelivered {
		r.t.Fatalf("delivered %+v, but first is message %d, seen %t", e, q.message[first], q.seen[first])
	}
	q.ready, q.seen[first] = q.ready[1:], true
	if e.Reason != "auto-ack" {
		r.unacked[by] = held{q, first}
	}
}

// compare fails when the model is not what its journal tells.
func (r *replay) compare(v *VHost) {
	total := 0
	if len(r.queues) != len(v.queues) {
		r.t.Fatalf("%d queues, journal has %d", len(v.queues), len(r.queues))
	}
	for name, q := range v.queues {
		told := r.queues[name]
		var ready []uint64
		for _, e := range q.first(q.Ready()) {
			ready = append(ready, e.Number)
		}
		var want []uint64
		for _, arrival := range told.ready {
			want = append(want, told.message[arrival])
		}
		if !slices.Equal(ready, want) {
			r.t.Fatalf("queue %s holds %v, journal has %v", name, ready, want)
		}
		unacked := 0
		for _, h := range r.unacked {
			if h.queue == told {
				unacked++
			}
		}
		if q.unacked != unacked {
			r.t.Fatalf("queue %s has %d unacked, journal has %d", name, q.unacked, unacked)
		}
		total += q.Ready() + q.unacked
	}
	if v.messages != total {
		r.t.Fatalf("%d messages counted, %d there", v.messages, total)
	}
}

// A crowd is clients that do whatever they like.
type crowd struct {
	*table
	channels []*Channel
	next     int
}

var queueNames = []string{"a", "b", "dead"}

// do makes a random step. What is refused is no step.
func (c *crowd) do(t *rapid.T) {
	ch := rapid.SampledFrom(c.channels).Draw(t, "channel")
	queue := rapid.SampledFrom(queueNames).Draw(t, "queue")
	tag := rapid.Uint64Range(0, ch.lastTag+1).Draw(t, "tag")
	yes, also := rapid.Bool().Draw(t, "yes"), rapid.Bool().Draw(t, "also")
	switch rapid.SampledFrom([]string{
		"publish", "publish", "publish", "get", "consume", "cancel", "ack", "ack", "nack", "reject", "qos", "recover", "purge", "delete", "busy", "close", "leave",
	}).Draw(t, "step") {
	case "publish":
		_, _ = ch.Publish(Publishing{Key: queue, Body: []byte("body"), Mandatory: yes})
	case "get":
		_, _, _, _ = ch.Get(queue, yes)
	case "consume":
		_, _ = ch.Consume(queue, rapid.SampledFrom([]string{"x", "y"}).Draw(t, "consumer"), yes, also, nil)
	case "cancel":
		ch.Cancel(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "consumer"))
	case "ack":
		_ = ch.Ack(tag, yes)
	case "nack":
		_ = ch.Nack(tag, yes, also)
	case "reject":
		_ = ch.Reject(tag, yes)
	case "qos":
		ch.Qos(rapid.IntRange(0, 3).Draw(t, "prefetch"), yes)
	case "recover":
		ch.Recover()
	case "purge":
		_, _ = ch.Purge(queue)
	case "delete":
		_, _ = ch.DeleteQueue(queue, yes, also)
		c.declare()
	case "busy":
		if c.busy = !c.busy; !c.busy {
			for _, conn := range c.connections {
				conn.Resume()
			}
		}
	case "close":
		ch.Close("closed")
		c.replace(ch, ch.conn)
	case "leave":
		ch.conn.Close("gone")
		c.replace(ch, nil)
	}
	if yes {
		c.DeliverNext()
	} else {
		c.deliverAll()
	}
}

// declare makes the queues that are not there: b sends its dead letters on.
func (c *crowd) declare() {
	ch := c.Setup()
	for _, name := range queueNames {
		spec := QueueSpec{Name: name}
		if name == "a" {
			spec.Arguments = wire.Table{{Name: "x-max-length", Value: int64(3)}, {Name: "x-dead-letter-exchange", Value: ""}, {Name: "x-dead-letter-routing-key", Value: "b"}}
		}
		if name == "b" {
			spec.Arguments = wire.Table{{Name: "x-dead-letter-exchange", Value: ""}, {Name: "x-dead-letter-routing-key", Value: "dead"}}
		}
		_, _ = ch.DeclareQueue(spec)
	}
}

// replace opens new channels for those that have ended with ch.
func (c *crowd) replace(ch *Channel, conn *Connection) {
	for i, old := range c.channels {
		if old != ch && (conn != nil || old.conn != ch.conn) {
			continue
		}
		to := conn
		if to == nil || to.closed {
			to, _ = c.Connect(c.listener, "guest", "test")
		}
		c.next++
		c.channels[i], _ = to.Open(c.next)
	}
}

// bounded fails when a consumer holds more than its prefetch allows, or when
// somebody with room is left without what is ready.
func (c *crowd) bounded(t *rapid.T) {
	for name, q := range c.queues {
		for _, consumer := range q.consumers {
			if consumer.inFlight > 0 && consumer.NoAck {
				t.Fatalf("consumer %s/%s never acks and holds %d", name, consumer.Tag, consumer.inFlight)
			}
			if consumer.Prefetch > 0 && consumer.inFlight > consumer.Prefetch {
				t.Fatalf("consumer %s/%s holds %d, prefetch %d", name, consumer.Tag, consumer.inFlight, consumer.Prefetch)
			}
			if !c.busy && len(c.active) == 0 && q.Ready() > 0 && consumer.hasRoom() {
				t.Fatalf("consumer %s/%s has room, %d are ready, and nobody looks", name, consumer.Tag, q.Ready())
			}
		}
	}
}

// TestNothingLostOrTwice lets clients do whatever they like. The journal must
// tell the same queues as the model holds, message by message.
func TestNothingLostOrTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := &crowd{table: newTable(t)}
		c.declare()
		for i := range 4 {
			conn := c.conn
			if i > 1 {
				conn = nil
			}
			c.channels = append(c.channels, nil)
			if conn == nil {
				conn, _ = c.Connect(c.listener, "guest", "test")
			}
			c.next++
			c.channels[i], _ = conn.Open(c.next)
		}
		r := newReplay(rt)
		seq := uint64(0)
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			c.do(rt)
			for _, e := range c.journal.Since(seq) {
				r.apply(e)
				seq = e.Seq
			}
			r.compare(c.VHost)
			c.bounded(rt)
		}
	})
}
