package tap

import (
	"cmp"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// Heard is the Reason of an event inside the broker that follows for certain from
// what the broker has told: over the firehose, by giving the message out, or in the
// message's headers.
const Heard = "told by the broker"

// messages are those that have passed by, and how each is known again.
type messages struct {
	shelves   map[shelfKey]*shelf
	bodies    map[fingerprint][]*message // all with that body, oldest first
	returned  map[place][]*message       // given back to a queue, oldest first
	pending   []*message                 // of which the firehose has told nothing yet, oldest first
	early     map[shelfKey][]heard       // told before we knew of the message
	earlier   int                        // how many they are
	doubts    int                        // messages of which it is not certain where they went
	published uint64                     // numbers the next
	held      int                        // messages that are remembered
}

func newMessages() messages {
	return messages{
		shelves: make(map[shelfKey]*shelf), bodies: make(map[fingerprint][]*message),
		returned: make(map[place][]*message), early: make(map[shelfKey][]heard),
	}
}

// A message is one that a client or the lab has published.
type message struct {
	number        uint64
	label         string
	exchange, key string
	from          shelfKey // as what it was published
	by            *channel // nil: the lab's own, or nobody's that we know
	named         bool     // its key was the name of a queue then
	heard         bool     // where it went at first is known
	back          bool     // the broker has returned it
	spots         map[string]*spot
	died          map[grave]int64 // that are known, with those that were in its header from the start
	told          map[grave]int64 // those of them that are in the journal
}

// A spot is a message in one queue.
type spot struct {
	here     bool // it has come, and not left as far as the journal says
	given    bool // it was given out before
	inFlight bool
	refused  bool // by a client, and what became of it is not known
}

// A shelf holds the messages that cannot be told apart: the same body, published
// with the same key to the same exchange.
type shelf struct {
	all   []*message     // oldest first
	given map[string]int // how many of them a queue has given out for the first time
}

type shelfKey struct {
	fingerprint
	exchange, key string
	deaths        string // a header of them that it was published with
}

// A place is what messages with one body come back to.
type place struct {
	queue string
	fingerprint
}

func (m *message) in(queue string) *spot {
	s := m.spots[queue]
	if s == nil {
		s = &spot{}
		m.spots[queue] = s
	}
	return s
}

// publish notes a message that has been handed to the broker. It is nil for an
// exchange that is not known: the broker will refuse it.
func (b *book) publish(at shelfKey, born deaths, label string, expires bool, by *channel) *message {
	if !b.exchanges[at.exchange] {
		return nil
	}
	m := b.keep(at, born, label)
	m.by, m.named = by, b.queues[at.key] != nil
	if q := b.queues[at.key]; at.exchange == "" && q != nil {
		q.ready++
		q.direct = true
	}
	e := brokers.Event{Kind: brokers.Published, Exchange: at.exchange, Key: at.key, Message: m.number, Label: m.label, N: int64(at.size)}
	if expires {
		e.Detail = map[string]any{brokers.Leaky: brokers.LeakyByTime}
	}
	b.record(by.stamp(e))
	if b.hears {
		b.pending = append(b.pending, m)
		b.tellEarly(at, m)
	}
	return m
}

// keep remembers a message.
func (b *book) keep(at shelfKey, born deaths, label string) *message {
	b.published++
	m := &message{
		number: b.published, label: label, exchange: at.exchange, key: at.key, from: at,
		spots: make(map[string]*spot), died: born.counts(), told: born.counts(),
	}
	s := b.shelves[at]
	if s == nil {
		s = &shelf{given: make(map[string]int)}
		b.shelves[at] = s
	}
	s.all = append(s.all, m)
	b.bodies[at.fingerprint] = append(b.bodies[at.fingerprint], m)
	b.held++
	return m
}

// taken finds which message a delivery from a queue is. A redelivered one was
// returned before, if that was seen; one whose header tells of deaths has risen from
// them; any other has not been given out yet.
func (b *book) taken(q *queue, at shelfKey, died deaths, redelivered bool, label string) *message {
	m := b.find(q, at, died, redelivered)
	if m == nil { // nobody published it here
		m = b.keep(at, died, label)
		b.shelves[at].given[q.name]++
		m.heard = true
	}
	if b.hears {
		b.arrive(m, q.name, at, died, Heard)
	}
	q.ready = max(q.ready-1, 0)
	s := m.in(q.name)
	*s = spot{here: true, given: true, inFlight: true}
	return m
}

func (b *book) find(q *queue, at shelfKey, died deaths, redelivered bool) *message {
	if redelivered {
		if m := b.takeBack(place{q.name, at.fingerprint}, died); m != nil {
			return m
		}
	}
	if s := b.shelves[at]; s != nil {
		for n := s.given[q.name]; n < len(s.all); n++ {
			s.given[q.name] = n + 1
			if !s.all[n].in(q.name).given {
				return s.all[n]
			}
		}
	}
	if m := b.risen(q.name, at.fingerprint, died, nil); m != nil {
		return m
	}
	return b.takeBack(place{q.name, at.fingerprint}, died)
}

// takeBack takes the oldest of the messages that were given back.
func (b *book) takeBack(at place, died deaths) *message {
	list := b.returned[at]
	for i, m := range list {
		if died.follows(m.died) && len(died.news(m.told)) == 0 {
			b.returned[at] = slices.Delete(slices.Clone(list), i, i+1)
			return m
		}
	}
	return nil
}

// giveBack notes that a message is in a queue again.
func (b *book) giveBack(m *message, q *queue) {
	at := place{q.name, m.from.fingerprint}
	list := b.returned[at]
	i, _ := slices.BinarySearchFunc(list, m.number, func(other *message, n uint64) int { return cmp.Compare(other.number, n) })
	b.returned[at] = slices.Insert(list, i, m)
	*m.in(q.name) = spot{here: true, given: true}
}

// risen finds the message that a dead letter in a queue was: the oldest that may have
// this header by now. Those in except are others.
func (b *book) risen(queue string, f fingerprint, died deaths, except map[*message]bool) *message {
	if len(died) == 0 {
		return nil
	}
	last := died[0]
	for _, m := range b.bodies[f] {
		s := m.spots[queue]
		switch {
		case except[m] || s != nil && s.inFlight || !died.follows(m.died):
		case len(died.news(m.told)) == 0: // found there before
			if s != nil && s.here && !s.given && !s.refused {
				return m
			}
		case last.reason != rejected || m.spots[last.queue] != nil && m.spots[last.queue].refused:
			return m
		}
	}
	return nil
}

// arrive records that a message is in a queue, and which deaths it has come by, if
// that is not in the journal. at says how it is called there, and reason how we know.
func (b *book) arrive(m *message, queue string, at shelfKey, died deaths, reason string) {
	news := died.news(m.told)
	for i, d := range news {
		b.enter(m, d.queue, d.exchange, d.key, reason)
		next := death{exchange: at.exchange, key: at.key}
		if i+1 < len(news) {
			next = news[i+1]
		}
		g := grave{d.queue, d.reason}
		m.told[g]++
		m.died[g] = max(m.died[g], m.told[g])
		if q := b.queues[d.queue]; q != nil && m.in(d.queue).refused {
			q.lost--
		}
		*m.in(d.queue) = spot{given: true}
		b.record(brokers.Event{
			Kind: brokers.DeadLettered, Place: d.queue, Exchange: next.exchange, Key: next.key, Message: m.number, Label: m.label, Reason: d.reason,
		})
	}
	b.enter(m, queue, at.exchange, at.key, reason)
}

// enter records that a message has come into a queue, unless it is there already.
func (b *book) enter(m *message, queue, exchange, key, reason string) {
	s := m.in(queue)
	if s.here {
		return
	}
	*s = spot{here: true}
	if q := b.queues[queue]; q != nil && exchange != "" {
		q.ready++
	}
	b.record(brokers.Event{
		Kind: brokers.Routed, Place: queue, Exchange: exchange, Key: key, Message: m.number, Label: m.label, Reason: reason,
	})
}

// lapsed records that no queue has taken a message, unless it is known where it went.
func (b *book) lapsed(m *message) {
	if !m.heard {
		b.record(brokers.Event{
			Kind: brokers.Unroutable, Exchange: m.exchange, Key: m.key, Message: m.number, Label: m.label, Reason: Heard,
		})
	}
	m.heard = true
}

// settled notes that the firehose has nothing more to tell of a message.
func (b *book) settled(m *message) {
	m.heard = true
	if i := slices.Index(b.pending, m); i >= 0 {
		b.pending = slices.Delete(b.pending, i, i+1)
	}
}
