package tap

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	// countPause is the least time between two countings, and countIdle that between
	// two of which the first was final.
	countPause = 50 * time.Millisecond
	countIdle  = 250 * time.Millisecond
	// missTime is how long a refused message may be nowhere before it is taken for gone.
	missTime = time.Second
	// countMost is how many queues are counted at a time.
	countMost = 200
)

// unsure reports whether what is known of a queue's messages may be wrong, so that
// the broker has to be asked. It answers only the owner of an exclusive one.
func (q *queue) unsure() bool { return (q.fed || q.leaky) && !q.exclusive }

// countSoon has the broker asked, beside what goes on, how much is in the queues
// that messages reach or leave unseen.
func (b *Broker) countSoon() {
	pause := countPause
	b.seq.Do(func() {
		if b.book.counted == b.cfg.Journal.Last() {
			pause = countIdle
		}
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.counting || time.Since(b.asked) < pause {
		return
	}
	b.counting = true
	b.running.Go(func() {
		b.count()
		b.mu.Lock()
		b.counting, b.asked = false, time.Now()
		b.mu.Unlock()
	})
}

// count asks once. Only counts that are as they were before are final: what leaves
// a queue takes a moment to come into the next. When the broker does not answer,
// the run's own limits end it.
func (b *Broker) count() {
	ctx, cancel := context.WithTimeout(b.ctx, probeTime)
	defer cancel()
	var names []string
	var from uint64
	b.seq.Do(func() {
		from = b.cfg.Journal.Last()
		for _, name := range b.book.names() {
			if b.book.queues[name].unsure() && len(names) < countMost {
				names = append(names, name)
			}
		}
	})
	ch, hangUp, err := b.line(ctx)
	if err != nil {
		return
	}
	defer hangUp()
	moving := false
	for _, name := range names {
		found, err := ch.QueueDeclarePassive(name, false, false, false, false, nil)
		if err != nil {
			return // deleted meanwhile: the next counting leaves it out
		}
		b.seq.Do(func() {
			if q := b.book.queues[name]; q != nil && b.cfg.Journal.Last() == from {
				if q.ready != found.Messages {
					moving, b.book.counted = true, 0
				}
				q.ready = found.Messages
			}
		})
	}
	b.seq.Do(func() {
		switch missing := b.book.missing(); {
		case !missing:
			b.book.missed = time.Time{}
		case b.book.missed.IsZero():
			b.book.missed = time.Now()
			fallthrough
		case time.Since(b.book.missed) < missTime:
			moving, b.book.counted = true, 0
		}
		if !moving {
			b.book.counted = from
		}
	})
}

// missing reports whether a refused message is neither seen again nor counted in any
// queue: it is on its way from one to the next, or to a consumer. One that no queue has
// taken stays missing.
func (b *book) missing() bool {
	lost := 0
	hidden := make(map[string]int)
	for name, q := range b.queues {
		lost += q.lost
		hidden[name] = q.ready
	}
	if lost == 0 || !b.hears {
		return false
	}
	for _, same := range b.bodies {
		for _, m := range same {
			for name, s := range m.spots {
				if s.here && !s.inFlight && !s.refused {
					hidden[name]--
				}
			}
		}
	}
	for _, n := range hidden {
		lost -= max(n, 0)
	}
	return lost > 0
}

// line opens a channel for a few questions: of the firehose's connection, if it is open.
func (b *Broker) line(ctx context.Context) (ch *amqp.Channel, hangUp func(), err error) {
	b.hose.mu.Lock()
	conn := b.hose.conn
	b.hose.mu.Unlock()
	if conn != nil {
		ch, err = conn.Channel()
		return ch, func() { _ = ch.Close() }, err
	}
	conn, ch, err = b.login(ctx)
	return ch, func() { _ = conn.Close() }, err // it holds nothing
}
