package tap

import (
	"context"
	"fmt"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
)

const (
	// probeMost is how many messages of a queue a probe looks at.
	probeMost = 1000
	// probeTime bounds a probe.
	probeTime = 10 * time.Second
	// probePatience is how long a probe waits for dead letters that are due: the
	// broker moves them by itself, a moment after they were refused.
	probePatience = 500 * time.Millisecond
	probePause    = 10 * time.Millisecond
)

// Probe looks for dead letters in the queues that they may have reached unseen,
// as any client could, and puts them back. What it finds is recorded as
// dead-lettered and as routed, with reason in the latter to tell it from what a
// miniature knows by itself. An error means that nothing can be concluded from
// what was not found.
func (b *Broker) Probe(ctx context.Context, reason string) error {
	var queues []string
	b.seq.Do(func() {
		for _, name := range b.book.names() {
			q := b.book.queues[name]
			if q.fed && len(q.consumers) == 0 {
				queues = append(queues, name)
			}
		}
	})
	if len(queues) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	conn, ch, err := b.login(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // which puts everything back, with or without a word
	for patience := time.Now().Add(probePatience); ; {
		for _, name := range queues {
			if err := b.probeQueue(ctx, ch, name, reason); err != nil {
				return fmt.Errorf("rabbitmq: look into queue %q: %w", name, err)
			}
		}
		left := 0
		b.seq.Do(func() {
			for _, q := range b.book.queues {
				left += q.lost
			}
		})
		if left == 0 || time.Now().After(patience) {
			return nil
		}
		time.Sleep(probePause)
	}
}

// probeQueue takes what is in a queue, without settling it, and notes the dead letters
// among it.
func (b *Broker) probeQueue(ctx context.Context, ch *amqp.Channel, name, reason string) error {
	seen := make(map[*message]bool)
	return b.look(ctx, ch, name, func(d *amqp.Delivery) {
		if died := deathsOf(d.Headers); len(died) > 0 {
			b.seq.Do(func() { b.book.found(name, d, died, seen, reason) })
		}
	})
}

// look takes what is in a queue, without settling it.
func (b *Broker) look(ctx context.Context, ch *amqp.Channel, name string, at func(d *amqp.Delivery)) error {
	for range probeMost {
		d, ok, err := ch.Get(name, false)
		if err != nil || !ok {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		at(&d)
	}
	return fmt.Errorf("it holds over %d messages: %w", probeMost, brokers.ErrUntellable)
}

// found notes a dead letter that lies in a queue, if it is not known to. seen are those
// that were found beside it. One that was published with a header of its own is none.
func (b *book) found(in string, d *amqp.Delivery, died deaths, seen map[*message]bool, reason string) {
	at := shelfOf(d)
	m := b.risen(in, at.fingerprint, died, seen)
	if m == nil && b.shelves[at] != nil {
		return
	}
	if m == nil {
		m = b.keep(at, nil, b.label(d.Body[:min(len(d.Body), maxLook)]))
		m.heard = true
	}
	seen[m] = true
	b.arrive(m, in, at, died, reason)
}

// Trace finds where messages of the lab's own have gone that Apply has published to
// an exchange, each with another of keys. The firehose tells; without one, it looks
// into every queue that is known, as any client could, and puts back what it took. Each
// copy is recorded as routed, with reason to tell it from what a miniature knows by
// itself. The exchange has confirmed them, so they are there by now. An error means
// that nothing can be concluded.
func (b *Broker) Trace(ctx context.Context, exchange string, keys []string, reason string) error {
	if b.cfg.Firehose {
		return b.Sync(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	conn, ch, err := b.login(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // which puts everything back, with or without a word
	var queues []string
	b.seq.Do(func() { queues = b.book.names() })
	for _, name := range queues {
		seen := make(map[shelfKey]int) // of messages that cannot be told apart, those before
		if err := b.look(ctx, ch, name, func(d *amqp.Delivery) {
			at := shelfOf(d)
			if d.Exchange == exchange && slices.Contains(keys, d.RoutingKey) {
				b.seq.Do(func() { b.book.traced(name, d, seen[at], reason) })
			}
			seen[at]++
		}); err != nil {
			return fmt.Errorf("rabbitmq: look into queue %q: %w", name, err)
		}
	}
	return nil
}

func shelfOf(d *amqp.Delivery) shelfKey {
	return shelfKey{fingerprintOf(uint64(len(d.Body)), d.Body), d.Exchange, d.RoutingKey, deathsOf(d.Headers).String()}
}

// traced notes a message that was found in a queue. Of those that cannot be told
// apart it is the newest, since the queue may have been bound after the others.
func (b *book) traced(in string, found *amqp.Delivery, seen int, reason string) {
	s := b.shelves[shelfOf(found)]
	if s == nil || seen >= len(s.all) {
		return // not of this lab's making
	}
	m := s.all[len(s.all)-1-seen]
	b.record(brokers.Event{
		Kind: brokers.Routed, Place: in, Exchange: found.Exchange, Key: found.RoutingKey,
		Message: m.number, Label: m.label, Reason: reason,
	})
}
