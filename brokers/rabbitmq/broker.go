package rabbitmq

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
)

// Config is what a Broker works with. Journal and Sequencer are shared with
// everything else in the lab host.
type Config struct {
	Clock     brokers.Clock
	Journal   *brokers.Journal
	Sequencer *brokers.Sequencer
	Quota     brokers.Quota
	Label     func(body []byte) string // what the lab calls a message; nil: nothing
	Heartbeat time.Duration            // proposed to clients, in whole seconds; 0: 60 s
}

// A Broker is one RabbitMQ node.
type Broker struct {
	seq     *brokers.Sequencer
	journal *brokers.Journal
	clock   *brokers.Alarms // its calls end with the broker
	quota   brokers.Quota
	beat    time.Duration

	node      *model.Node        // touched inside the sequencer only
	conns     map[*conn]struct{} // logged in; likewise
	rate      rate               // likewise
	fullNoted bool               // the journal said no, and that was recorded; likewise
	low       bool               // memory is, and publishers were told; likewise

	arriving atomic.Int64 // bytes of messages that have begun to arrive

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]struct{}
	sockets   map[*conn]struct{}    // every connection, from its first byte
	requests  map[net.Conn]struct{} // connections to the management port
	running   sync.WaitGroup
}

var _ brokers.Broker = (*Broker)(nil)

// New returns a broker with nothing in it.
func New(cfg Config) *Broker {
	if cfg.Label == nil {
		cfg.Label = func([]byte) string { return "" }
	}
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = time.Minute
	}
	b := &Broker{
		seq: cfg.Sequencer, journal: cfg.Journal, clock: brokers.NewAlarms(cfg.Clock), quota: cfg.Quota, beat: cfg.Heartbeat,
		conns:     make(map[*conn]struct{}),
		listeners: make(map[net.Listener]struct{}),
		sockets:   make(map[*conn]struct{}),
		requests:  make(map[net.Conn]struct{}),
	}
	b.node = model.NewNode(b.clock, cfg.Journal, cfg.Quota, cfg.Label, b.run)
	return b
}

// run takes a step that the clock has called for, unless the broker is closed.
func (b *Broker) run(step func()) {
	b.seq.Do(func() {
		if !b.isClosed() {
			step()
			b.deliverAll(nil)
		}
	})
}

// Name returns "rabbitmq".
func (*Broker) Name() string { return "rabbitmq" }

// AMQPPort is where AMQP is spoken by default, and ManagementPort where RabbitMQ's
// management plugin listens.
const (
	AMQPPort       = 5672
	ManagementPort = 15672
)

// Ports returns where AMQP is spoken by default, and where the management requests
// are answered.
func (*Broker) Ports() []int { return []int{AMQPPort, ManagementPort} }

// Serve accepts connections from l until it or the broker is closed: AMQP for node 0
// and, as Ports has it, the management requests for 1. The sequencer is told to track
// l, unless it does already.
func (b *Broker) Serve(node int, l net.Listener) error {
	switch node {
	case 0:
	case 1:
		return b.ServeManagement(l)
	default:
		return fmt.Errorf("rabbitmq: node %d, want 0, or 1 for the management requests", node)
	}
	if _, untracked := l.(interface{ File() (*os.File, error) }); untracked {
		tracked, err := b.seq.Track(l, brokers.BrokerConn)
		if err != nil {
			return fmt.Errorf("rabbitmq: %w", err)
		}
		l = tracked
	}
	if !b.listen(l) {
		return errors.Join(l.Close())
	}
	return b.acceptEach(l, b.admit)
}

// listen notes a listener for Close; it reports false when the broker is closed.
func (b *Broker) listen(l net.Listener) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.listeners[l] = struct{}{}
	}
	return !b.closed
}

// acceptPatience is how many failures in a row accept takes for passing ones,
// such as a client that has gone already.
const acceptPatience = 100

func (b *Broker) acceptEach(l net.Listener, admit func(net.Conn)) error {
	for failures := 0; ; {
		nc, err := l.Accept()
		switch {
		case err == nil:
			failures = 0
			admit(nc)
		case errors.Is(err, net.ErrClosed):
			return nil
		default:
			failures++
			if failures == acceptPatience {
				return fmt.Errorf("rabbitmq: %w", err)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// admit starts the goroutine of a connection. Connections that have not logged
// in are bounded too: by as many again as may be logged in.
func (b *Broker) admit(nc net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.sockets) >= 2*b.quota.Connections {
		_ = nc.Close()
		return
	}
	c := newConn(b, nc)
	b.sockets[c] = struct{}{}
	b.running.Go(c.serve)
}

// left forgets a connection that has ended.
func (b *Broker) left(c *conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sockets, c)
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
	sockets := slices.Collect(maps.Keys(b.sockets))
	for nc := range b.requests {
		_ = nc.SetReadDeadline(time.Now())
	}
	b.mu.Unlock()

	b.seq.Do(func() {
		for _, c := range b.inOrder() {
			c.forceOut("broker forced connection closure with reason 'shutdown'")
		}
	})
	for _, c := range sockets {
		c.stop()
	}
	b.running.Wait()
	b.clock.Close() // a queue that expires in an hour must not keep the broker in memory
	return errors.Join(errs...)
}

// State draws the broker.
func (b *Broker) State() (s brokers.State) {
	b.seq.Do(func() { s = b.node.Picture() })
	return s
}

// Attempt is whether a user may do something, called configure, write or read, with a queue
// of some name in a virtual host; nothing is changed, and nothing journalled. It is nil or
// what the user would be told.
func (b *Broker) Attempt(user, vhost, access, name string) (err error) {
	b.seq.Do(func() { err = b.node.Attempt(user, vhost, access, name) })
	return err
}

// Idle counts what keeps a run from being over.
func (b *Broker) Idle() (idle brokers.Idle) {
	b.seq.Do(func() { idle = b.node.Idle() })
	return idle
}

// Cut ends every connection without a word, inside the sequencer: what it held
// goes back to the queues. The sockets are left to the sequencer, which has cut
// them and releases them.
func (b *Broker) Cut(reason string) {
	for _, c := range b.inOrder() {
		c.leave(reason)
		c.out.stop()
	}
}

// inOrder returns the connections that are logged in, oldest first.
func (b *Broker) inOrder() []*conn {
	return slices.SortedFunc(maps.Keys(b.conns), func(x, y *conn) int { return x.model.Order() - y.model.Order() })
}

// A rate counts the events of the current second.
type rate struct {
	second int64
	before uint64 // the journal's last event when the second began
}

// room refuses a client's next change when the journal is full or has grown too
// fast. It asks before anything is changed.
func (b *Broker) room() error {
	if !b.journal.Room() {
		return &brokers.QuotaError{What: "events in the journal", Limit: int(b.journal.Last())}
	}
	last := b.journal.Last()
	if last-b.rate.before < uint64(b.quota.EventsPerSecond) {
		return nil // not that many since the second began, whatever second it is now
	}
	if now := b.clock.Now().Unix(); now != b.rate.second {
		b.rate = rate{now, last}
		return nil
	}
	return &brokers.QuotaError{What: "events per second", Limit: b.quota.EventsPerSecond}
}

func (b *Broker) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}
