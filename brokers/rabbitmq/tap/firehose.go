package tap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
)

// RabbitMQ's firehose: in a virtual host with tracing switched on, a copy of every
// message that is published goes to the exchange amq.rabbitmq.trace with the key
// "publish." and the exchange's name. Its headers say which queues the message was
// routed to. Dead letters, which the broker publishes by itself, are not among them:
// what is known of those stands in the headers that they come with (deaths.go).
//
// What the firehose tells comes over a connection of its own, a moment after the
// publish and perhaps after what follows from it. So a message that is given out is
// known to have come into that queue, whatever the firehose has told by then, and
// everything else is recorded when it is heard. Sync waits until all is.

const (
	traceExchange = "amq.rabbitmq.trace"
	// traceMost is how many copies may wait for us in the broker; past that the oldest
	// are lost, and with them what they tell.
	traceMost = 100_000
	// earlyMost is how many copies may wait here for the message to be known.
	earlyMost = 1000
	// syncTime is how long the firehose may lag behind.
	syncTime = 5 * time.Second
	// markPause is the least time between two marks.
	markPause = 20 * time.Millisecond
	// markKey begins the keys of our marks.
	markKey = "brokerlab.mark."
)

// A firehose is our connection to it.
type firehose struct {
	open sync.Once
	err  error // of opening it; valid when open has been done

	mu   sync.Mutex
	conn *amqp.Connection // nil until it is open
	ch   *amqp.Channel
	mark int       // the newest one that was sent
	sent time.Time // when

	// Inside the sequencer only: what a mark decides when it comes back.
	marks map[string][]*message
}

// heard is what the firehose tells of a message.
type heard struct{ queues []string }

// listen opens the firehose, once, before anybody else is let in. Without one that
// works nothing is concluded from what was not heard: Sync tells.
func (b *Broker) listen() error {
	if !b.cfg.Firehose {
		return nil
	}
	f := &b.hose
	f.open.Do(func() {
		if f.err = b.openHose(); f.err != nil {
			f.err = fmt.Errorf("rabbitmq: the firehose: %w", f.err)
		}
	})
	return f.err
}

func (b *Broker) openHose() error {
	f := &b.hose
	conn, ch, err := b.login(b.ctx)
	if err != nil {
		return err
	}
	q, err := ch.QueueDeclare("", false, true, true, false, amqp.Table{"x-max-length": traceMost})
	if err == nil {
		err = ch.QueueBind(q.Name, "publish.#", traceExchange, false, nil)
	}
	var told <-chan amqp.Delivery
	if err == nil {
		told, err = ch.Consume(q.Name, "", true, true, false, false, nil)
	}
	if err != nil {
		_ = conn.Close()
		return err
	}
	f.mu.Lock()
	f.conn, f.ch = conn, ch
	f.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		_ = conn.Close()
		return errors.New("the broker is closed")
	}
	b.running.Go(func() {
		defer func() { _ = conn.Close() }() // when the broker's context ends, login has closed it
		for d := range told {
			b.seq.Do(func() { b.tell(&d) })
		}
	})
	return nil
}

// tell handles what the firehose has told, inside the sequencer.
func (b *Broker) tell(d *amqp.Delivery) {
	at := shelfKey{fingerprint: fingerprintOf(uint64(len(d.Body)), d.Body)}
	at.exchange, _ = d.Headers["exchange_name"].(string)
	if keys, _ := d.Headers["routing_keys"].([]any); len(keys) > 0 {
		at.key, _ = keys[0].(string)
	}
	if decided, ok := b.hose.marks[at.key]; ok && at.exchange == "" {
		delete(b.hose.marks, at.key)
		for _, m := range decided {
			b.book.settled(m) // the broker has not handled it: its channel was closed
		}
		return
	}
	properties, _ := d.Headers["properties"].(amqp.Table)
	at.deaths = deathsOf(properties["headers"]).String()
	told := heard{}
	queues, _ := d.Headers["routed_queues"].([]any)
	for _, name := range queues {
		if name, ok := name.(string); ok {
			told.queues = append(told.queues, name)
		}
	}
	channel, _ := d.Headers["channel"].(int32)
	b.book.tell(at, int(channel), told)
}

// tell notes where a message went. Of those that cannot be told apart it is the
// oldest of that channel.
func (b *book) tell(at shelfKey, channel int, told heard) {
	for _, m := range b.pending {
		if m.from == at && (m.by == nil || m.by.number == channel) {
			b.hear(m, told)
			return
		}
	}
	if b.earlier < earlyMost {
		b.early[at] = append(b.early[at], told)
		b.earlier++
	}
}

// tellEarly looks for what was told of a message before it was known here.
func (b *book) tellEarly(at shelfKey, m *message) {
	list := b.early[at]
	if len(list) == 0 {
		return
	}
	if b.early[at] = list[1:]; len(list) == 1 {
		delete(b.early, at)
	}
	b.earlier--
	b.hear(m, list[0])
}

// hear records where a message went. Of one that was published to the default exchange
// the firehose names the queue that the key names, whether there is one or not.
func (b *book) hear(m *message, told heard) {
	if m.exchange == "" && !m.named {
		if b.queues[m.key] != nil && m.spots[m.key] == nil {
			b.doubts++ // declared about when it was published
		}
		told.queues = nil
	}
	if len(told.queues) == 0 && len(m.spots) == 0 {
		b.lapsed(m)
	}
	slices.Sort(told.queues)
	for _, queue := range told.queues {
		if m.spots[queue] == nil { // else it was given out there before we heard
			b.enter(m, queue, m.exchange, m.key, Heard)
		}
	}
	b.settled(m)
}

// decidable are the pending messages whose channel is no more. A mark that is sent
// now is told of after them: what the broker has not told of them until then it has
// never handled.
func (b *Broker) decidable() []*message {
	var out []*message
	for _, m := range b.book.pending {
		if m.by != nil && m.by.gone {
			out = append(out, m)
		}
	}
	return out
}

// markSoon sends a mark, if one has anything to decide.
func (b *Broker) markSoon() {
	f := &b.hose
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ch == nil || time.Since(f.sent) < markPause {
		return
	}
	f.mark++
	key := markKey + strconv.Itoa(f.mark)
	some := false
	b.seq.Do(func() {
		decided := b.decidable()
		if some = len(decided) > 0; some {
			if f.marks == nil {
				f.marks = make(map[string][]*message)
			}
			f.marks[key] = decided
		}
	})
	if some {
		f.sent = time.Now()
		_ = f.ch.PublishWithContext(b.ctx, "", key, false, false, amqp.Publishing{}) // one that fails decides nothing
	}
}

// Sync waits until the firehose has told of everything that was published. An error
// means that it has not, or not without doubt, and that nothing can be concluded from
// what was not heard.
func (b *Broker) Sync(ctx context.Context) error {
	if !b.cfg.Firehose {
		return fmt.Errorf("rabbitmq: there is no firehose: %w", brokers.ErrUntellable)
	}
	if err := b.listen(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, syncTime)
	defer cancel()
	b.parted()
	for {
		left, doubts := 0, 0
		b.seq.Do(func() { left, doubts = len(b.book.pending), b.book.doubts })
		switch {
		case doubts > 0:
			return fmt.Errorf("rabbitmq: of %d messages it is not certain that their queue was there: %w", doubts, brokers.ErrUntellable)
		case left == 0:
			return nil
		}
		b.markSoon()
		select {
		case <-ctx.Done():
			return fmt.Errorf("rabbitmq: the firehose has not told of %d messages", left)
		case <-time.After(time.Millisecond):
		}
	}
}
