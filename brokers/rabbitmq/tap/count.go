package tap

import (
	"context"
	"time"
)

const (
	// countPause is the least time between two countings.
	countPause = 50 * time.Millisecond
	// countMost is how many queues are counted at a time.
	countMost = 200
)

// unsure reports whether what is known of a queue's messages may be wrong, so that
// the broker has to be asked. It answers only the owner of an exclusive one.
func (q *queue) unsure() bool { return (q.fed || q.leaky) && !q.exclusive }

// countSoon has the broker asked, beside what goes on, how much is in the queues
// that messages reach or leave unseen.
func (b *Broker) countSoon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.counting || time.Since(b.asked) < countPause {
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
	conn, ch, err := b.login(ctx)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }() // it holds nothing
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
		if !moving {
			b.book.counted = from
		}
	})
}
