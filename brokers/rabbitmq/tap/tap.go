package tap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// Untapped is the kind of an event that says that a connection is no longer
// followed, for the reason in Reason. What happens on it later is not in the
// journal, so nothing can be concluded from what is missing there.
const Untapped brokers.Kind = "untapped"

// Config is what a Broker works with. Journal and Sequencer are shared with
// everything else in the lab host.
type Config struct {
	Clock     brokers.Clock
	Journal   *brokers.Journal
	Sequencer *brokers.Sequencer
	Quota     brokers.Quota
	Label     func(body []byte) string                    // what the lab calls a message; nil: nothing
	Dial      func(ctx context.Context) (net.Conn, error) // connects to the real broker's AMQP port
	VHost     string                                      // the lab's own virtual host there; clients call it "/"
	Firehose  bool                                        // tracing is switched on there: see firehose.go
	User      string                                      // for Apply; empty: guest
	Password  string                                      //
}

// A Broker is a real RabbitMQ as the lab host sees it.
type Broker struct {
	cfg  Config
	seq  *brokers.Sequencer
	book *book // touched inside the sequencer only

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]struct{}
	relays    map[*relay]struct{} // every client, from its first byte until the broker has let go of it
	running   sync.WaitGroup
	hose      firehose
	counting  bool      // the broker is being asked for its counts
	asked     time.Time // when it was asked last
	ctx       context.Context
	stop      context.CancelFunc
}

var _ brokers.Broker = (*Broker)(nil)

// New returns a broker of which nothing is known yet.
func New(cfg Config) *Broker {
	if cfg.Label == nil {
		cfg.Label = func([]byte) string { return "" }
	}
	cfg.VHost = cmp.Or(cfg.VHost, "/")
	if cfg.User == "" {
		cfg.User, cfg.Password = "guest", "guest"
	}
	b := &Broker{
		cfg: cfg, seq: cfg.Sequencer, book: newBook(cfg),
		listeners: make(map[net.Listener]struct{}), relays: make(map[*relay]struct{}),
	}
	b.ctx, b.stop = context.WithCancel(context.Background())
	return b
}

// Name returns "rabbitmq".
func (*Broker) Name() string { return "rabbitmq" }

// Ports returns where AMQP is spoken by default.
func (*Broker) Ports() []int { return []int{5672} }

// Knows lists the kinds of events that a tap can see. What is not among them happens
// inside the broker: with a firehose a tap also hears of Routed and Unroutable, and
// learns of DeadLettered when it sees the message again.
func Knows() []brokers.Kind {
	return []brokers.Kind{
		brokers.Declared, brokers.Deleted, brokers.Bound, brokers.Unbound, brokers.Purged,
		brokers.Published, brokers.Returned, brokers.Confirmed, brokers.Delivered, brokers.Acked,
		brokers.Nacked, brokers.Rejected, brokers.Requeued,
		brokers.Opened, brokers.Closed, brokers.Subscribed, brokers.Cancelled, brokers.Refused, brokers.OverQuota,
	}
}

// Serve accepts connections from l until it or the broker is closed. The
// sequencer is told to track l, unless it does already.
func (b *Broker) Serve(node int, l net.Listener) error {
	if node != 0 {
		return fmt.Errorf("rabbitmq: node %d, want 0: there is one node", node)
	}
	if _, untracked := l.(interface{ File() (*os.File, error) }); untracked {
		tracked, err := b.seq.Track(l, brokers.BrokerConn)
		if err != nil {
			return fmt.Errorf("rabbitmq: %w", err)
		}
		l = tracked
	}
	b.mu.Lock()
	closed := b.closed
	if !closed {
		b.listeners[l] = struct{}{}
	}
	b.mu.Unlock()
	if closed {
		return l.Close()
	}
	return b.accept(l)
}

// patience is how many failures in a row accept takes for passing ones.
const patience = 100

func (b *Broker) accept(l net.Listener) error {
	for failures := 0; ; {
		nc, err := l.Accept()
		switch {
		case err == nil:
			failures = 0
			b.admit(nc)
		case errors.Is(err, net.ErrClosed):
			return nil
		default:
			if failures++; failures == patience {
				return fmt.Errorf("rabbitmq: %w", err)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// admit starts to relay a client.
func (b *Broker) admit(nc net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.relays) >= b.cfg.Quota.Connections {
		_ = nc.Close()
		return
	}
	r := newRelay(b, nc)
	b.relays[r] = struct{}{}
	b.running.Go(r.serve)
}

func (b *Broker) left(r *relay) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.relays, r)
	close(r.done)
}

// parted waits until the broker has let go of the clients that are gone, which
// is bounded by partTime.
func (b *Broker) parted() {
	b.mu.Lock()
	var parting []*relay
	for r := range b.relays {
		if r.parting.Load() {
			parting = append(parting, r)
		}
	}
	b.mu.Unlock()
	for _, r := range parting {
		<-r.done
	}
}

// State draws what is known of the broker.
func (b *Broker) State() (s brokers.State) {
	b.seq.Do(func() { s = b.book.picture() })
	return s
}

// Idle counts what keeps a run from being over. Answers that a client waits for
// are due: a real broker takes its time.
func (b *Broker) Idle() (idle brokers.Idle) {
	b.mu.Lock()
	relays := slices.Collect(maps.Keys(b.relays))
	b.mu.Unlock()
	unsure, undecided := false, false
	b.seq.Do(func() {
		for _, q := range b.book.queues {
			if q.unsure() && q.timed {
				idle.Due += q.ready // until they have left
			}
			unsure = unsure || q.unsure()
			idle.InFlight += q.unacked
			if slices.ContainsFunc(q.consumers, (*consumer).hasRoom) {
				idle.Ready += q.ready
			}
		}
		for _, r := range relays {
			if r.parting.Load() {
				idle.Due++
				continue
			}
			for _, ch := range r.channels {
				idle.Due += len(ch.asked) + len(ch.awaited)
			}
		}
		idle.Due += len(b.book.pending)
		undecided = len(b.decidable()) > 0
		if unsure = unsure && (b.book.counted < b.cfg.Journal.Last() || idle.Due > 0); unsure && idle.Due == 0 {
			idle.Due++ // what the broker will say
		}
	})
	if unsure {
		b.countSoon()
	}
	if undecided {
		b.markSoon()
	}
	return idle
}

// Awaited reports whether it is the broker's turn: a client waits to be let in, for an
// answer or a confirm, or for a message that is there for it.
func (b *Broker) Awaited() bool {
	if idle := b.Idle(); idle.Ready > 0 {
		return true
	}
	awaited := false
	b.seq.Do(func() {
		for _, r := range b.inOrder() {
			awaited = awaited || r.parting.Load() || !r.gone && !r.deaf && !r.opened
			for _, ch := range r.channels {
				awaited = awaited || len(ch.asked)+len(ch.awaited) > 0
			}
		}
	})
	return awaited
}

// Sure reports whether it is known how much is in every queue, also in those that
// messages reach or leave unseen. If it is not, the broker is asked, so that it will be.
func (b *Broker) Sure() bool {
	sure := true
	b.seq.Do(func() {
		for _, q := range b.book.queues {
			sure = sure && (!q.unsure() || b.book.counted == b.cfg.Journal.Last())
		}
	})
	if !sure {
		b.countSoon()
	}
	return sure
}

// Longest is the longest time to live of a queue that holds something; 0 if none has
// one. A message with a time to live of its own has an unknown one, which is taken for
// longest.
func (b *Broker) Longest() (longest time.Duration) {
	b.seq.Do(func() {
		for _, q := range b.book.queues {
			if q.timed && q.ready > 0 {
				longest = max(longest, q.life)
			}
		}
	})
	return longest
}

func (c *consumer) hasRoom() bool { return c.limit() == 0 || c.inFlight < c.limit() }

// Cut ends every connection without a word to its client, inside the sequencer.
// The broker is told, and holds what it held for them ready again.
func (b *Broker) Cut(reason string) {
	for _, r := range b.inOrder() {
		r.leave(reason)
		r.part()
	}
}

// inOrder returns the clients, oldest first.
func (b *Broker) inOrder() []*relay {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.SortedFunc(maps.Keys(b.relays), func(x, y *relay) int { return cmp.Compare(x.order, y.order) })
}

// Close ends all connections and waits for their goroutines. It may be called
// more than once.
func (b *Broker) Close() error {
	b.mu.Lock()
	b.closed = true
	var errs []error
	for l := range b.listeners {
		errs = append(errs, l.Close())
	}
	clear(b.listeners)
	b.mu.Unlock()
	b.stop()
	b.seq.Do(func() {
		for _, r := range b.inOrder() {
			r.leave("broker closed")
			r.part()
		}
	})
	b.running.Wait()
	return errors.Join(errs...)
}
