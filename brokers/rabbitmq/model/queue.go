package model

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A Queue gives each message to one consumer and keeps it until it is settled.
//
// Messages leave at the head only, so everything that has ever been given out
// comes before everything that has not. That is why two lists suffice to put a
// message back where it was: returned, which is sorted, and fresh behind it.
type Queue struct {
	Name       string
	Durable    bool
	AutoDelete bool        // goes with its last consumer
	Owner      *Connection // the one connection that may use it; nil when all may
	Arguments  wire.Table

	deadLetter *deadLetter // nil: refused messages are dropped
	returned   []entry     // given back, by position
	fresh      fifo        // never given out
	arrived    uint64      // position of the newest message
	unacked    int         // given out and not settled
	consumers  []*Consumer // in the order of their turns
	blocked    int         // how many of them are blocked
	exclusive  bool        // its only consumer wants no other beside it
	active     bool        // stands in the virtual host's list of queues to look at
	deleted    bool

	direct     bool   // was reached through the default exchange
	reached    uint64 // the last routing that came by
	done, dead int    // acked; refused for good
}

// Ready counts the messages that wait for a consumer.
func (q *Queue) Ready() int { return len(q.returned) + q.fresh.len() }

// Unacked counts the messages that were given out and are not settled.
func (q *Queue) Unacked() int { return q.unacked }

// Consumers counts the queue's consumers.
func (q *Queue) Consumers() int { return len(q.consumers) }

// push puts a message at the end of the queue.
func (q *Queue) push(m *Message) {
	q.arrived++
	q.fresh.push(entry{Message: m, position: q.arrived})
}

// pop takes the message at the head. There must be one.
func (q *Queue) pop() entry {
	if len(q.returned) > 0 {
		e := q.returned[0]
		q.returned = q.returned[1:]
		return e
	}
	return q.fresh.pop()
}

// putBack returns a message to its old place. It will be delivered as
// redelivered.
func (q *Queue) putBack(e entry) {
	e.redelivered = true
	i, _ := slices.BinarySearchFunc(q.returned, e.position, func(other entry, position uint64) int {
		return int(other.position) - int(position)
	})
	q.returned = slices.Insert(q.returned, i, e)
}

// clear takes out everything that is ready, and returns it in order.
func (q *Queue) clear() []entry {
	all := append(q.returned, q.fresh.rest()...)
	q.returned, q.fresh = nil, fifo{}
	return all
}

// first returns up to n ready messages, in order, without taking them.
func (q *Queue) first(n int) []entry {
	head := q.returned[:min(n, len(q.returned))]
	tail := q.fresh.rest()
	return append(slices.Clip(head), tail[:min(n-len(head), len(tail))]...)
}

// A fifo is a list that grows at one end and shrinks at the other.
type fifo struct {
	items []entry
	head  int // items before it are gone
}

func (f *fifo) len() int      { return len(f.items) - f.head }
func (f *fifo) rest() []entry { return f.items[f.head:] }
func (f *fifo) push(e entry)  { f.items = append(f.items, e) }

// pop takes the first item. When half of the list is gone, the rest moves to
// the front: so the memory stays in proportion and an item moves at most once
// for each that left.
func (f *fifo) pop() entry {
	e := f.items[f.head]
	f.items[f.head] = entry{}
	f.head++
	if f.head > 32 && f.head*2 >= len(f.items) {
		n := copy(f.items, f.items[f.head:])
		clear(f.items[n:])
		f.items, f.head = f.items[:n], 0
	}
	return e
}
