package kafka_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/brokerlab/brokerlab/brokers/kafka"
)

// TestConsistency lets producers write, with acks=all and two replicas in sync at least,
// while nodes go down and come back and consumers of a group crash, with either of the
// protocols for groups. Every record that was acknowledged has to be read, and the order of
// each partition has to hold. BROKERLAB_SEED=… has other nodes go down at other times.
func TestConsistency(t *testing.T) {
	t.Run("classic", func(t *testing.T) { consistent(t) })
	t.Run("consumer", func(t *testing.T) {
		h := consistent(t, kgo.ServerSideBalancer())
		h.readers() // never two of one partition
	})
}

func consistent(t *testing.T, member ...kgo.Opt) *history {
	seed := uint64(1)
	if text := os.Getenv("BROKERLAB_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		must(t, err)
	}
	t.Logf("BROKERLAB_SEED=%d", seed)
	l := start(t, func(c *kafka.Config) {
		c.ConsumerHeartbeat, c.ConsumerSession = 30*time.Millisecond, 500*time.Millisecond
	})
	h := &history{lab: l, random: rand.New(rand.NewPCG(seed, 0)), acked: make(map[string]bool), read: make(map[string]int64), last: make(map[int32]map[int]int), txns: make(map[string]bool)}
	h.topic("t", partitionsUnderTest, 3, map[string]string{"min.insync.replicas": "2"})
	var producers sync.WaitGroup
	for p := range 4 {
		producers.Go(func() { h.produce(p) })
	}
	h.topic("tx", partitionsUnderTest, 3, map[string]string{"min.insync.replicas": "2"})
	for p := range 2 {
		random := rand.New(rand.NewPCG(seed, uint64(p+1)))
		producers.Go(func() { h.transact(p, random) })
	}
	stop := make(chan struct{})
	var others sync.WaitGroup
	for range 2 {
		others.Go(func() { h.consume(stop, member...) })
	}
	h.disturb()
	producers.Wait()
	for deadline := time.Now().Add(2 * patience); h.missing() != "" && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	close(stop)
	others.Wait()
	if key := h.missing(); key != "" {
		t.Errorf("seed %d: record %s was acknowledged and never read", seed, key)
	}
	h.checkTransactions(seed)
	t.Logf("%d records acknowledged, %d read; %d elections, %d nodes went down", len(h.acked), len(h.read), len(h.events("elected")), len(h.events("node-down")))
	for _, e := range h.events("lost") {
		if e.Reason == "acknowledged" {
			t.Errorf("seed %d: the journal says that an acknowledged record was lost: %+v", seed, e)
		}
	}
	return h
}

const partitionsUnderTest = 3

// A history is what the clients of a consistency test have seen.
type history struct {
	*lab
	random  *rand.Rand
	crashes atomic.Int64

	mu    sync.Mutex
	acked map[string]bool
	read  map[string]int64
	last  map[int32]map[int]int
	txns  map[string]bool // values, by whether they were committed; unknown ones are missing
}

// produce writes numbered records, each producer to all partitions by turns.
func (h *history) produce(producer int) {
	cl := h.client(kgo.DefaultProduceTopic("t"), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.RetryBackoffFn(func(int) time.Duration { return 10 * time.Millisecond }))
	var sent sync.WaitGroup
	for i := range 600 {
		value := fmt.Sprintf("%d %d", producer, i)
		sent.Add(1)
		cl.Produce(within(h.t), &kgo.Record{Partition: int32(i % partitionsUnderTest), Value: []byte(value)}, func(_ *kgo.Record, err error) {
			defer sent.Done()
			if err == nil {
				h.mu.Lock()
				h.acked[value] = true
				h.mu.Unlock()
			}
		})
		if i%10 == 9 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	sent.Wait()
}

// transact commits some transactions and aborts others. When the end of one fails, nobody
// knows how it ended.
func (h *history) transact(producer int, random *rand.Rand) {
	open := func() *kgo.Client {
		return h.client(kgo.TransactionalID(fmt.Sprint("tx", producer)), kgo.DefaultProduceTopic("tx"), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()),
			kgo.RetryBackoffFn(func(int) time.Duration { return 10 * time.Millisecond }))
	}
	cl := open()
	for i := range 40 {
		if cl.BeginTransaction() != nil { // kgo gives up when its coordinator is no longer in the metadata: start anew, as a program does
			cl.Close()
			cl = open()
			must(h.t, cl.BeginTransaction())
		}
		var values []*kgo.Record
		for j := range 5 {
			values = append(values, kgo.StringRecord(fmt.Sprintf("%d.%d.%d", producer, i, j)))
		}
		failed := cl.ProduceSync(within(h.t), values...).FirstErr()
		commit := failed == nil && random.IntN(3) > 0
		err := cl.EndTransaction(within(h.t), kgo.TransactionEndTry(commit))
		h.mu.Lock()
		for _, r := range values {
			if err == nil {
				h.txns[string(r.Value)] = commit
			}
		}
		h.mu.Unlock()
		time.Sleep(5 * time.Millisecond)
	}
}

// checkTransactions reads committed records: all that were committed, once, and none that
// was aborted.
func (h *history) checkTransactions(seed uint64) {
	committed := 0
	for _, yes := range h.txns {
		if yes {
			committed++
		}
	}
	got := make(map[string]int)
	found := 0
	cl := h.client(kgo.ConsumeTopics("tx"), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	for ctx := within(h.t); found < committed && ctx.Err() == nil; {
		cl.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			value := string(r.Value)
			got[value]++
			yes, known := h.txns[value]
			if got[value] > 1 || known && !yes {
				h.t.Errorf("seed %d: %q was read %d times, committed %t", seed, value, got[value], yes)
			}
			if yes {
				found++
			}
		})
	}
	h.t.Logf("%d records of transactions with a known end, %d of them committed and %d of these read", len(h.txns), committed, found)
	if found < committed {
		h.t.Errorf("seed %d: %d committed records of transactions were read, want %d", seed, found, committed)
	}
}

// consume reads as a member of a group, and crashes now and then: it goes away without a
// word, and comes back as somebody else.
func (h *history) consume(stop chan struct{}, member ...kgo.Opt) {
	for {
		var wires wires
		cl := h.client(append(member[:len(member):len(member)], kgo.Dialer(wires.dial), kgo.ConsumerGroup("g"), kgo.ConsumeTopics("t"), kgo.DisableAutoCommit(), kgo.HeartbeatInterval(30*time.Millisecond),
			kgo.SessionTimeout(6*time.Second), kgo.RebalanceTimeout(500*time.Millisecond), kgo.RetryBackoffFn(func(int) time.Duration { return 10 * time.Millisecond }))...)
		for round := 0; ; round++ {
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			fetches := cl.PollFetches(ctx)
			cancel()
			fetches.EachRecord(h.note)
			select {
			case <-stop:
				cl.Close()
				return
			default:
			}
			if round%20 == 19 && h.crashes.Add(1) < 6 {
				wires.tear() // nothing is committed, nobody says goodbye
				cl.CloseAllowingRebalance()
				break
			}
			_ = cl.CommitUncommittedOffsets(within(h.t))
		}
	}
}

// wires are the connections of a client that may crash.
type wires struct {
	mu    sync.Mutex
	torn  bool
	conns []net.Conn
}

func (w *wires) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.torn {
		return nil, net.ErrClosed
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	if err == nil {
		w.conns = append(w.conns, conn)
	}
	return conn, err
}

// dialAgain is dial, after a hang-up too.
func (w *wires) dialAgain(ctx context.Context, network, addr string) (net.Conn, error) {
	w.mu.Lock()
	w.torn = false
	w.mu.Unlock()
	return w.dial(ctx, network, addr)
}

// hangUp ends all connections; the client may make others.
func (w *wires) hangUp() { w.tear() }

// tear ends all connections, and lets no more be made.
func (w *wires) tear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.torn = true
	for _, conn := range w.conns {
		_ = conn.Close()
	}
}

// note checks that each producer's records of a partition come in order: a record may
// come again, but none that is new may come before an older one.
func (h *history) note(r *kgo.Record) {
	var producer, i int
	if _, err := fmt.Sscan(string(r.Value), &producer, &i); err != nil {
		h.t.Errorf("record %q: %v", r.Value, err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if at, again := h.read[string(r.Value)]; again {
		if at != r.Offset {
			h.t.Errorf("record %q of partition %d stands at %d and at %d", r.Value, r.Partition, at, r.Offset)
		}
		return
	}
	h.read[string(r.Value)] = r.Offset
	if h.last[r.Partition] == nil {
		h.last[r.Partition] = make(map[int]int)
	}
	if last, ok := h.last[r.Partition][producer]; ok && i < last {
		h.t.Errorf("partition %d: record %d of producer %d comes after %d", r.Partition, i, producer, last)
	}
	h.last[r.Partition][producer] = i
}

// disturb takes nodes down and brings them back, one at a time, and moves leaders.
func (h *history) disturb() {
	for range 25 {
		node := 1 + h.random.IntN(3)
		h.apply("node-down", map[string]any{"node": node})
		time.Sleep(time.Duration(h.random.IntN(30)) * time.Millisecond)
		h.apply("node-up", map[string]any{"node": node})
		time.Sleep(time.Duration(10+h.random.IntN(40)) * time.Millisecond)
	}
}

// missing names a record that was acknowledged and not read yet.
func (h *history) missing() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for key := range h.acked {
		if _, ok := h.read[key]; !ok {
			return key
		}
	}
	return ""
}
