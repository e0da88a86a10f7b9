package model

import (
	"cmp"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A Queue gives each message to one consumer and keeps it until it is settled.
type Queue struct {
	Name       string
	Durable    bool
	AutoDelete bool        // goes with its last consumer
	Owner      *Connection // the one connection that may use it; nil when all may
	Arguments  wire.Table

	rules                 // what holds for it
	asked     rules       // what the arguments ask for
	policy    *Policy     // that applies to it; nil for none
	lines     []line      // one for each priority, the lowest first
	ready     int         // messages in all lines
	bytes     int         // of their bodies
	mortal    int         // those that will expire
	arrived   uint64      // position of the newest message
	unacked   int         // given out and not settled
	consumers []*Consumer // in the order of their turns
	blocked   int         // how many of them are blocked
	exclusive bool        // its only consumer wants no other beside it
	active    bool        // stands in the virtual host's list of queues to look at
	ranked    bool        // a consumer had a priority other than 0
	deleted   bool

	alarm  alarm // when the message at the head expires
	unused alarm // when the queue itself does

	reply      bool   // an address for direct replies, and nothing that a client can name
	direct     bool   // got a message through the default exchange
	reached    uint64 // the last routing that came by
	done, dead int    // acked; refused for good
}

// A line is the messages of one priority.
//
// They leave at the head only, so everything that has ever been given out comes
// before everything that has not. That is why two lists suffice to put a message
// back where it was: returned, which is sorted, and fresh behind it.
type line struct {
	returned []entry // given back, by position
	fresh    fifo    // never given out
}

// Ready counts the messages that wait for a consumer.
func (q *Queue) Ready() int { return q.ready }

// Unacked counts the messages that were given out and are not settled.
func (q *Queue) Unacked() int { return q.unacked }

// Consumers counts the queue's consumers.
func (q *Queue) Consumers() int { return len(q.consumers) }

// push puts a message at the end of its line. expires is when it does, or zero.
func (q *Queue) push(m *Message, expires time.Time) {
	q.arrived++
	e := entry{Message: m, position: q.arrived, expires: expires}
	q.lineOf(m).fresh.push(e)
	q.count(e, 1)
}

// count keeps the sums of what is ready: n is 1 for a message that came and -1 for
// one that left.
func (q *Queue) count(e entry, n int) {
	q.ready += n
	q.bytes += n * len(e.Body)
	if !e.expires.IsZero() {
		q.mortal += n
	}
}

// lineOf is the line for a message: one that asks for more priority than the queue
// has gets the highest, and one that asks for none the lowest.
func (q *Queue) lineOf(m *Message) *line { return &q.lines[q.priorityOf(m)] }

func (q *Queue) priorityOf(m *Message) int {
	return min(int(m.Properties.Priority), len(q.lines)-1)
}

// headLine is the line whose turn it is: the highest that is not empty. There must
// be a message.
func (q *Queue) headLine() *line {
	i := len(q.lines) - 1
	for q.lines[i].len() == 0 {
		i--
	}
	return &q.lines[i]
}

// pop takes the message at the head. There must be one.
func (q *Queue) pop() entry { return q.popFrom(q.headLine()) }

func (q *Queue) popFrom(l *line) entry {
	e := l.pop()
	q.count(e, -1)
	return e
}

// putBack returns a message to its old place. It will be delivered as
// redelivered.
func (q *Queue) putBack(e entry) {
	e.redelivered = true
	l := q.lineOf(e.Message)
	i, _ := slices.BinarySearchFunc(l.returned, e.position, func(other entry, position uint64) int {
		return cmp.Compare(other.position, position)
	})
	l.returned = slices.Insert(l.returned, i, e)
	q.count(e, 1)
}

// clear takes out everything that is ready, and returns it in order.
func (q *Queue) clear() []entry {
	all := q.first(q.ready)
	clear(q.lines)
	q.ready, q.bytes, q.mortal = 0, 0, 0
	return all
}

// first returns up to n ready messages, in order, without taking them.
func (q *Queue) first(n int) []entry {
	var out []entry
	for i := len(q.lines) - 1; i >= 0; i-- {
		l := &q.lines[i]
		for _, part := range [][]entry{l.returned, l.fresh.rest()} {
			out = append(out, part[:min(n-len(out), len(part))]...)
		}
	}
	return out
}

func (l *line) len() int { return len(l.returned) + l.fresh.len() }

func (l *line) head() entry {
	if len(l.returned) > 0 {
		return l.returned[0]
	}
	return l.fresh.rest()[0]
}

func (l *line) pop() entry {
	if len(l.returned) > 0 {
		e := l.returned[0]
		l.returned = l.returned[1:]
		return e
	}
	return l.fresh.pop()
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
