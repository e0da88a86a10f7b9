package kafka_test

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what has to come. It decides nothing:
// a test that runs into it has failed.
const patience = time.Minute

// A lab is a cluster on free ports, with its journal.
type lab struct {
	*kafka.Broker
	t       testing.TB
	journal *brokers.Journal
	seq     *brokers.Sequencer
	clock   brokers.Clock
	addrs   []string
}

// start runs a cluster for the length of one test. Records are labelled by their values.
func start(t testing.TB, change ...func(*kafka.Config)) *lab {
	t.Helper()
	clock := brokers.RealClock()
	journal := brokers.NewJournal(2_000_000, brokers.Forget, clock)
	cfg := kafka.Config{
		Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota(),
		Label: func(value []byte) string { return string(value[:min(len(value), 20)]) },
	}
	for _, c := range change {
		c(&cfg)
	}
	// What clients are told of the nodes is known before the first one asks.
	listeners := make([]net.Listener, cmp.Or(cfg.Nodes, 3))
	addrs := make([]string, len(listeners))
	for node := range listeners {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		listeners[node], addrs[node] = listener, listener.Addr().String()
	}
	if cfg.Advertised == nil {
		cfg.Advertised = addrs
	}
	l := &lab{Broker: kafka.New(cfg), t: t, journal: cfg.Journal, seq: cfg.Sequencer, clock: cfg.Clock, addrs: addrs}
	served := make(chan error, len(listeners))
	for node, listener := range listeners {
		go func() { served <- l.Serve(node, listener) }()
	}
	t.Cleanup(func() {
		must(t, l.Close())
		for range l.addrs {
			must(t, <-served)
		}
	})
	return l
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// within is a context that ends with the test's patience.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// client makes a franz-go client of the whole cluster.
func (l *lab) client(opts ...kgo.Opt) *kgo.Client {
	l.t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(l.addrs...), kgo.MetadataMinAge(20 * time.Millisecond)}, opts...)...)
	must(l.t, err)
	l.t.Cleanup(cl.Close)
	return cl
}

// apply makes state as a lab's file does.
func (l *lab) apply(do string, with map[string]any) {
	l.t.Helper()
	must(l.t, l.Apply([]brokers.Action{{Do: do, With: with}}))
}

// bounce takes a node down and up again in one step: its connections and its offices are
// gone, and nobody who asks meanwhile is told that the node is not there, which kgo takes
// for the end of what it does there.
func (l *lab) bounce(node int) {
	l.t.Helper()
	with := map[string]any{"node": node}
	must(l.t, l.Apply([]brokers.Action{{Do: "node-down", With: with}, {Do: "node-up", With: with}}))
}

// topic makes a topic.
func (l *lab) topic(name string, partitions, replication int, configs map[string]string) {
	l.t.Helper()
	l.apply("topic", map[string]any{"topic": name, "partitions": partitions, "replication": replication, "configs": configs})
}

// events returns the journal's events of a kind.
func (l *lab) events(kind brokers.Kind) (out []brokers.Event) {
	for _, e := range l.journal.Since(0) {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// read polls until n records have come.
func read(t testing.TB, cl *kgo.Client, n int) []*kgo.Record {
	t.Helper()
	ctx := within(t)
	var out []*kgo.Record
	for len(out) < n {
		fetches := cl.PollFetches(ctx)
		must(t, ctx.Err())
		out = append(out, fetches.Records()...)
	}
	return out
}

func TestProduceAndConsume(t *testing.T) {
	l := start(t)
	cl := l.client(kgo.AllowAutoTopicCreation())
	for i := range 10 {
		must(t, cl.ProduceSync(within(t), &kgo.Record{Topic: "orders", Key: fmt.Append(nil, i%3), Value: fmt.Append(nil, i)}).FirstErr())
	}
	for i, r := range read(t, l.client(kgo.ConsumeTopics("orders")), 10) {
		if want := fmt.Sprint(i); string(r.Value) != want || r.Offset != int64(i) || string(r.Key) != fmt.Sprint(i%3) {
			t.Errorf("record %d: %q = %q at %d, want %q", i, r.Key, r.Value, r.Offset, want)
		}
	}
	if delivered := l.events(brokers.Delivered); len(delivered) != 10 || delivered[9].Label != "9" || delivered[9].Message != 10 {
		t.Errorf("delivered: %+v", delivered)
	}
}

// TestCompression: batches of every compression come through as they were sent.
func TestCompression(t *testing.T) {
	for name, codec := range map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	} {
		t.Run(name, func(t *testing.T) {
			l := start(t)
			l.topic("t", 1, 3, nil)
			cl := l.client(kgo.ProducerBatchCompression(codec), kgo.ProducerLinger(20*time.Millisecond), kgo.DefaultProduceTopic("t"))
			var records []*kgo.Record
			for i := range 500 {
				records = append(records, &kgo.Record{Key: fmt.Append(nil, "key", i), Value: fmt.Appendf(nil, "%040d", i), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("v")}}})
			}
			must(t, cl.ProduceSync(within(t), records...).FirstErr())
			for i, r := range read(t, l.client(kgo.ConsumeTopics("t")), 500) {
				if string(r.Key) != fmt.Sprint("key", i) || string(r.Value) != fmt.Sprintf("%040d", i) || len(r.Headers) != 1 {
					t.Fatalf("record %d: %q = %q %v", i, r.Key, r.Value, r.Headers)
				}
			}
			if e := l.events(brokers.Published); len(e) != 500 || e[7].Key != "key7" {
				t.Errorf("%d published, the eighth %+v", len(e), e[7])
			}
		})
	}
}

// TestGroup: two members share a topic's partitions; when one leaves, the other has all.
func TestGroup(t *testing.T) {
	for name, balancer := range map[string]kgo.GroupBalancer{"cooperative": kgo.CooperativeStickyBalancer(), "eager": kgo.RangeBalancer()} {
		t.Run(name, func(t *testing.T) {
			l := start(t)
			l.topic("t", 6, 3, nil)
			opts := []kgo.Opt{kgo.ConsumerGroup("g"), kgo.ConsumeTopics("t"), kgo.Balancers(balancer), kgo.HeartbeatInterval(50 * time.Millisecond), kgo.DisableAutoCommit()}
			one, two := l.client(opts...), l.client(opts...)
			producer := l.client(kgo.DefaultProduceTopic("t"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
			seen := make(chan int32, 1000)
			for _, cl := range []*kgo.Client{one, two} {
				go func() {
					for {
						fetches := cl.PollFetches(context.Background())
						if fetches.IsClientClosed() {
							return
						}
						fetches.EachRecord(func(r *kgo.Record) { seen <- r.Partition })
						_ = cl.CommitUncommittedOffsets(context.Background())
					}
				}()
			}
			all := func() {
				t.Helper()
				got := make(map[int32]bool)
				for p := range int32(6) {
					must(t, producer.ProduceSync(within(t), &kgo.Record{Partition: p, Value: []byte("x")}).FirstErr())
				}
				for len(got) < 6 {
					select {
					case p := <-seen:
						got[p] = true
					case <-time.After(patience):
						t.Fatalf("records of partitions %v only", got)
					}
				}
			}
			all()
			must(t, two.LeaveGroupContext(within(t)))
			two.Close()
			all()
			if left := l.events(brokers.Left); len(left) != 1 || left[0].Group != "g" {
				t.Errorf("left: %+v", left)
			}
			l.until("something is committed", func() bool { return len(l.events(brokers.Committed)) > 0 })
		})
	}
}
