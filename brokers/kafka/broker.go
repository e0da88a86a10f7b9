package kafka

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
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// Config is what a Broker works with. Journal and Sequencer are shared with
// everything else in the lab host.
type Config struct {
	Clock     brokers.Clock
	Journal   *brokers.Journal
	Sequencer *brokers.Sequencer
	Quota     brokers.Quota
	Label     func(value []byte) string // what the lab calls a record; nil: nothing
	Nodes     int                       // 1 to 3; 0: 3
	// Advertised are the addresses, as host:port, under which clients reach the nodes.
	// What is missing is where the node listens, at localhost.
	Advertised []string
	// FollowerLag is how long after its leader a follower has a record; 0: in the next
	// step.
	FollowerLag time.Duration
	// RebalanceDelay is how long an empty group waits for more members than its first:
	// group.initial.rebalance.delay.ms.
	RebalanceDelay time.Duration
	// ConsumerHeartbeat is how often members of groups with the consumer protocol are to be
	// heard of, group.consumer.heartbeat.interval.ms; 0: every five seconds. What one gives
	// up another gets two heartbeats later.
	ConsumerHeartbeat time.Duration
	// ConsumerSession is how long such a member may be silent, as
	// group.consumer.session.timeout.ms; 0: 45 seconds.
	ConsumerSession time.Duration
	// FetchWait is the longest that a fetch waits for records, whatever its client says;
	// 0: as long as that. A client that has got a new partition asks for it with its next
	// fetch only.
	FetchWait time.Duration
	// Users are names and passwords for SASL/PLAIN; empty: nobody has to log in.
	Users map[string]string
	// NoAutoCreate keeps clients from making topics by asking for them.
	NoAutoCreate bool
}

const (
	maxNodes = 3
	// replicaLagMax is Kafka's default for replica.lag.time.max.ms.
	replicaLagMax = 30 * time.Second
	// decodedRatio is how much longer than the longest message a batch may be when it is
	// decompressed.
	decodedRatio = 4
)

// A Broker is a cluster of Kafka nodes.
type Broker struct {
	cfg     Config
	seq     *brokers.Sequencer
	journal *brokers.Journal
	clock   *brokers.Alarms
	quota   brokers.Quota
	intake  model.Intake

	cluster   *model.Cluster     // touched inside the sequencer only
	conns     map[*conn]struct{} // those that the journal knows; likewise
	nextConn  int                // likewise
	rate      rate               // likewise
	fullNoted bool               // the journal said no, and that was recorded; likewise

	arriving atomic.Int64 // bytes of requests that have begun to arrive

	mu        sync.Mutex
	closed    bool
	down      [maxNodes + 1]bool // nodes that accept nothing, by id
	addresses [maxNodes + 1]address
	listeners map[net.Listener]struct{}
	sockets   map[*conn]struct{} // every connection, from its first byte
	running   sync.WaitGroup
}

// An address is where clients reach a node.
type address struct {
	host string
	port int32
}

var (
	_ brokers.Broker    = (*Broker)(nil)
	_ brokers.Disturber = (*Broker)(nil)
)

// New returns a cluster with nothing in it.
func New(cfg Config) *Broker {
	if cfg.Label == nil {
		cfg.Label = func([]byte) string { return "" }
	}
	if cfg.Nodes < 1 || cfg.Nodes > maxNodes {
		cfg.Nodes = maxNodes
	}
	clock := brokers.NewAlarms(cfg.Clock)
	b := &Broker{
		cfg: cfg, seq: cfg.Sequencer, journal: cfg.Journal, clock: clock, quota: cfg.Quota,
		intake:    model.Intake{Limit: decodedRatio * cfg.Quota.Message, Label: cfg.Label},
		conns:     make(map[*conn]struct{}),
		listeners: make(map[net.Listener]struct{}),
		sockets:   make(map[*conn]struct{}),
	}
	b.cluster = model.NewCluster(model.Config{
		Clock: clock, Journal: cfg.Journal, Quota: cfg.Quota, Label: cfg.Label, Run: b.run, Then: b.seq.Then, Nodes: cfg.Nodes,
		Decoded: b.intake.Limit, FollowerLag: cfg.FollowerLag, ReplicaLagMax: replicaLagMax, RebalanceDelay: cfg.RebalanceDelay,
		ConsumerHeartbeat: cfg.ConsumerHeartbeat, ConsumerSession: cfg.ConsumerSession,
	})
	for i, port := range b.Ports() {
		b.addresses[i+1] = address{"localhost", int32(port)}
		if i < len(cfg.Advertised) && cfg.Advertised[i] != "" {
			if at, err := addressOf(cfg.Advertised[i]); err == nil { // else Serve says what is wrong
				b.addresses[i+1] = at
			}
		}
	}
	return b
}

// addressOf reads host:port.
func addressOf(text string) (address, error) {
	tcp, err := net.ResolveTCPAddr("tcp", text)
	if err != nil {
		return address{}, err
	}
	host, _, _ := net.SplitHostPort(text)
	return address{host, int32(tcp.Port)}, nil
}

// run takes a step that the clock has called for, unless the broker is closed.
func (b *Broker) run(step func()) {
	b.seq.Do(func() {
		if !b.isClosed() {
			step()
		}
	})
}

// Name returns "kafka".
func (*Broker) Name() string { return "kafka" }

// Ports returns where the nodes listen by default.
func (b *Broker) Ports() []int { return []int{9092, 9093, 9094}[:b.cfg.Nodes] }

// Serve accepts connections to a node, from 0, until l or the broker is closed. The
// sequencer is told to track l, unless it does already.
func (b *Broker) Serve(node int, l net.Listener) error {
	if node < 0 || node >= b.cfg.Nodes {
		return fmt.Errorf("kafka: node %d, want 0 to %d", node, b.cfg.Nodes-1)
	}
	if _, untracked := l.(interface{ File() (*os.File, error) }); untracked {
		tracked, err := b.seq.Track(l, brokers.BrokerConn)
		if err != nil {
			return fmt.Errorf("kafka: %w", err)
		}
		l = tracked
	}
	if err := b.advertise(node, l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	if !b.listen(l) {
		return errors.Join(l.Close())
	}
	return b.acceptEach(l, int32(node+1))
}

// advertise sets what clients are told of where a node is.
func (b *Broker) advertise(node int, at net.Addr) error {
	text := ""
	if node < len(b.cfg.Advertised) {
		text = b.cfg.Advertised[node]
	}
	var a address
	if text == "" {
		tcp, ok := at.(*net.TCPAddr)
		if !ok {
			return fmt.Errorf("kafka: listen on %s, want a TCP address", at)
		}
		a = address{"localhost", int32(tcp.Port)}
	} else {
		var err error
		if a, err = addressOf(text); err != nil {
			return fmt.Errorf("kafka: advertised address of node %d: %w", node, err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.addresses[node+1] = a
	return nil
}

// address is where clients reach a node.
func (b *Broker) address(id int32) address {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.addresses[id]
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

func (b *Broker) acceptEach(l net.Listener, node int32) error {
	for failures := 0; ; {
		nc, err := l.Accept()
		switch {
		case err == nil:
			failures = 0
			b.admit(nc, node)
		case errors.Is(err, net.ErrClosed):
			return nil
		default:
			failures++
			if failures == acceptPatience {
				return fmt.Errorf("kafka: %w", err)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// admit starts the goroutines of a connection. A node that is down, and one that has
// its fill, hangs up.
func (b *Broker) admit(nc net.Conn, node int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.down[node] || len(b.sockets) >= b.quota.Connections {
		reset(nc)
		return
	}
	c := newConn(b, nc, node)
	b.sockets[c] = struct{}{}
	b.running.Go(c.serve)
}

// reset ends a connection as a machine does on which nobody listens, as well as that can
// be done once the connection is there. Clients take a plain end for a broker that wants
// TLS.
func reset(nc net.Conn) {
	if tracked, ok := nc.(*brokers.Conn); ok {
		if tcp, ok := tracked.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
	_ = nc.Close()
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
	b.mu.Unlock()
	b.clock.Close()
	for _, c := range sockets {
		c.stop()
	}
	b.running.Wait()
	return errors.Join(errs...)
}

// State draws the cluster.
func (b *Broker) State() (s brokers.State) {
	b.seq.Do(func() { s = b.cluster.Picture() })
	return s
}

// Idle counts what keeps a run from being over.
func (b *Broker) Idle() (idle brokers.Idle) {
	b.seq.Do(func() { idle = b.cluster.Idle() })
	return idle
}

// Cut ends every connection without a word, inside the sequencer: members leave their
// groups, and open transactions are aborted. The sockets are left to the sequencer,
// which has cut them and releases them.
func (b *Broker) Cut(reason string) {
	for _, c := range b.inOrder() {
		c.leave(reason)
		c.out.stop()
	}
	b.cluster.Cut(reason)
}

// inOrder returns the connections that the journal knows, oldest first.
func (b *Broker) inOrder() []*conn {
	return slices.SortedFunc(maps.Keys(b.conns), func(x, y *conn) int { return x.number - y.number })
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
	return model.Errorf(model.ThrottlingQuotaExceeded, "quota: clients may cause at most %d events per second", b.quota.EventsPerSecond)
}

func (b *Broker) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}
