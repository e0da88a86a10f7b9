// Package bench measures the Kafka miniature against kfake, franz-go's own, with the same
// client in the same run. It is a module of its own, since nothing else needs kfake:
//
//	go test -run '^$' -bench . -benchtime 3x
package bench

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
)

// A peer is a cluster to measure. start runs an empty one.
type peer struct {
	name  string
	start func(testing.TB) (addrs []string, stop func())
}

var peers = []peer{
	{"miniature", func(tb testing.TB) ([]string, func()) { return startMiniature(tb, 50_000) }},
	{"kfake", startKfake},
}

const (
	partitions = 3
	topic      = "bench"
)

// startMiniature runs a cluster whose journal remembers so many events.
func startMiniature(tb testing.TB, remembered int) ([]string, func()) {
	clock := brokers.RealClock()
	quota := brokers.DefaultQuota()
	quota.Messages, quota.Bytes, quota.EventsPerSecond = 1<<30, 1<<40, 1<<30
	journal := brokers.NewJournal(remembered, brokers.Forget, clock)
	b := kafka.New(kafka.Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: quota})
	var addrs []string
	for node := range b.Ports() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(tb, err)
		addrs = append(addrs, l.Addr().String())
		go func() { _ = b.Serve(node, l) }()
	}
	with := map[string]any{"topic": topic, "partitions": partitions, "replication": 3}
	must(tb, b.Apply([]brokers.Action{{Do: "topic", With: with}}))
	return addrs, func() { _ = b.Close() }
}

func startKfake(tb testing.TB) ([]string, func()) {
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(partitions, topic))
	must(tb, err)
	return c.ListenAddrs(), c.Close
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkMemory prints how much memory a stored record takes, its journal not counted. It
// comes first, and measures once: what other benchmarks leave to the collector would count.
func BenchmarkMemory(b *testing.B) { measureMemory.Do(func() { memory(b) }) }

var measureMemory sync.Once

func memory(b *testing.B) {
	addrs, stop := startMiniature(b, 1000)
	defer stop()
	cl, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.DefaultProduceTopic(topic), kgo.ProducerBatchCompression(kgo.NoCompression()))
	must(b, err)
	defer cl.Close()
	produce := func(n int, value []byte) int64 {
		for range n {
			cl.Produce(context.Background(), &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
				if err != nil {
					b.Error(err)
				}
			})
		}
		must(b, cl.Flush(context.Background()))
		return heap()
	}
	before := produce(10_000, []byte("warm up"))
	for _, size := range []int{100, 1024} {
		n := 60 << 20 / (size + 100)
		after := produce(n, bytes.Repeat([]byte("x"), size))
		fmt.Printf("memory: a record of %d B on three replicas takes %.0f B\n", size, float64(after-before)/float64(n))
		before = after
	}
}

// BenchmarkThroughput writes records in batches and reads them back, by turns on both.
func BenchmarkThroughput(b *testing.B) {
	for _, size := range []int{100, 1024} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			n := 100 << 20 / (size + 100)
			produce, consume := make([]time.Duration, len(peers)), make([]time.Duration, len(peers))
			for range b.N {
				for i, p := range peers {
					in, out := throughput(b, p, size, n)
					produce[i] += in
					consume[i] += out
				}
			}
			rate := func(d time.Duration) float64 { return float64(b.N*n) / d.Seconds() }
			fmt.Printf("%d B records: produce %s %.0f/s, %s %.0f/s, ratio %.2f; consume %.0f/s, %.0f/s, ratio %.2f\n", size,
				peers[0].name, rate(produce[0]), peers[1].name, rate(produce[1]), rate(produce[0])/rate(produce[1]),
				rate(consume[0]), rate(consume[1]), rate(consume[0])/rate(consume[1]))
		})
	}
}

func throughput(b *testing.B, p peer, size, n int) (produce, consume time.Duration) {
	addrs, stop := p.start(b)
	defer stop()
	runtime.GC()
	value := bytes.Repeat([]byte("x"), size)
	cl, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.DefaultProduceTopic(topic), kgo.ProducerBatchCompression(kgo.NoCompression()))
	must(b, err)
	defer cl.Close()
	must(b, cl.ProduceSync(context.Background(), &kgo.Record{Value: value}).FirstErr())
	began := time.Now()
	for range n - 1 {
		cl.Produce(context.Background(), &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	must(b, cl.Flush(context.Background()))
	produce = time.Since(began)
	reader, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.ConsumeTopics(topic))
	must(b, err)
	defer reader.Close()
	began = time.Now()
	for got := 0; got < n; {
		got += reader.PollFetches(context.Background()).NumRecords()
	}
	return produce, time.Since(began)
}

// BenchmarkLatency waits for the answer to each record, by turns on both.
func BenchmarkLatency(b *testing.B) {
	const n = 500
	took, clients := make([][]time.Duration, len(peers)), make([]*kgo.Client, len(peers))
	for i, p := range peers {
		addrs, stop := p.start(b)
		defer stop()
		cl, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.DefaultProduceTopic(topic), kgo.ProducerLinger(0))
		must(b, err)
		defer cl.Close()
		clients[i] = cl
	}
	for range b.N {
		for i, cl := range clients {
			for range n {
				began := time.Now()
				must(b, cl.ProduceSync(context.Background(), kgo.StringRecord("a record of some thirty bytes")).FirstErr())
				took[i] = append(took[i], time.Since(began))
			}
		}
	}
	at := func(i, percent int) time.Duration { return took[i][len(took[i])*percent/100] }
	for i := range took {
		slices.Sort(took[i])
	}
	fmt.Printf("latency of acks=all on three replicas: %s median %v, 99%% %v; %s median %v, 99%% %v; ratio of medians %.2f\n",
		peers[0].name, at(0, 50), at(0, 99), peers[1].name, at(1, 50), at(1, 99), float64(at(1, 50))/float64(at(0, 50)))
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
