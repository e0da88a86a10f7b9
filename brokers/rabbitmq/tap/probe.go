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
	probeTime = 5 * time.Second
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
	due := 0
	b.seq.Do(func() {
		for _, name := range b.book.names() {
			q := b.book.queues[name]
			if q.fed && len(q.consumers) == 0 {
				queues = append(queues, name)
			}
			if _, buries := q.arguments.Get("x-dead-letter-exchange"); buries {
				due += q.dead
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
	found := 0
	for patience := time.Now().Add(probePatience); ; {
		for _, name := range queues {
			n, err := b.probeQueue(ctx, ch, name, reason)
			if found += n; err != nil {
				return fmt.Errorf("rabbitmq: look into queue %q: %w", name, err)
			}
		}
		if found >= due || time.Now().After(patience) {
			return nil
		}
		time.Sleep(probePause)
	}
}

// probeQueue takes what is in a queue, without settling it, and counts the dead
// letters among it.
func (b *Broker) probeQueue(ctx context.Context, ch *amqp.Channel, name, reason string) (found int, err error) {
	for range probeMost {
		d, ok, err := ch.Get(name, false)
		if err != nil || !ok {
			return found, err
		}
		if err := ctx.Err(); err != nil {
			return found, err
		}
		if death, ok := deathOf(d.Headers); ok {
			found++
			b.seq.Do(func() { b.book.buried(death, name, &d, reason) })
		}
	}
	return found, fmt.Errorf("it holds over %d messages", probeMost)
}

// Trace finds where messages of the lab's own have gone that Apply has published to
// an exchange, each with another of keys: it looks into every queue that is known, as
// any client could, and puts back what it took. Each copy is recorded as routed, with
// reason to tell it from what a miniature knows by itself. The exchange has confirmed
// them, so they are there by now. An error means that nothing can be concluded.
func (b *Broker) Trace(ctx context.Context, exchange string, keys []string, reason string) error {
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
		if err := b.traceQueue(ctx, ch, name, func(d *amqp.Delivery, seen int) {
			if d.Exchange == exchange && slices.Contains(keys, d.RoutingKey) {
				b.seq.Do(func() { b.book.traced(name, d, seen, reason) })
			}
		}); err != nil {
			return fmt.Errorf("rabbitmq: look into queue %q: %w", name, err)
		}
	}
	return nil
}

// traceQueue takes what is in a queue, without settling it. Of messages that cannot be
// told apart, seen counts those that came before.
func (b *Broker) traceQueue(ctx context.Context, ch *amqp.Channel, name string, found func(d *amqp.Delivery, seen int)) error {
	seen := make(map[shelfKey]int)
	for range probeMost {
		d, ok, err := ch.Get(name, false)
		if err != nil || !ok {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		at := shelfOf(&d)
		found(&d, seen[at])
		seen[at]++
	}
	return fmt.Errorf("it holds over %d messages", probeMost)
}

func shelfOf(d *amqp.Delivery) shelfKey {
	return shelfKey{fingerprintOf(uint64(len(d.Body)), d.Body), d.Exchange, d.RoutingKey}
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

// A death is what the broker notes in a message that it dead-letters.
type death struct {
	queue, reason string
	exchange, key string // that it was published with
}

// deathOf reads the newest death in the x-death header.
func deathOf(headers amqp.Table) (death, bool) {
	all, _ := headers["x-death"].([]any)
	if len(all) == 0 {
		return death{}, false
	}
	newest, _ := all[0].(amqp.Table)
	keys, _ := newest["routing-keys"].([]any)
	var d death
	d.queue, _ = newest["queue"].(string)
	d.reason, _ = newest["reason"].(string)
	d.exchange, _ = newest["exchange"].(string)
	if len(keys) > 0 {
		d.key, _ = keys[0].(string)
	}
	return d, d.queue != ""
}

// buried notes a dead letter that was found in a queue.
func (b *book) buried(d death, in string, found *amqp.Delivery, reason string) {
	m := &message{}
	f := fingerprintOf(uint64(len(found.Body)), found.Body)
	if s := b.shelves[shelfKey{f, d.exchange, d.key}]; s != nil {
		for _, candidate := range s.all {
			c := candidate.copies[d.queue]
			if candidate.copies[in] == nil && (c != nil && c.dead || c == nil && d.reason != "rejected") {
				m = candidate
				m.copies[in] = &copied{}
				break
			}
		}
	}
	b.record(brokers.Event{
		Kind: brokers.DeadLettered, Place: d.queue, Exchange: found.Exchange, Key: found.RoutingKey,
		Message: m.number, Label: m.label, Reason: d.reason,
	})
	b.record(brokers.Event{
		Kind: brokers.Routed, Place: in, Exchange: found.Exchange, Key: found.RoutingKey,
		Message: m.number, Label: m.label, Reason: reason,
	})
}
