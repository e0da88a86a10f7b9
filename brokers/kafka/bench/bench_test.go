// Package bench measures the Kafka miniature against kfake, franz-go's own, with the same
// client in the same run. It is a module of its own, since nothing else needs kfake:
//
//	go test -run '^$' -bench . -benchtime 20x
//
// The machine is seldom quiet, so nothing is compared across minutes. Short rounds go to
// one peer and the other by turns; each pair of rounds gives a ratio, and what is printed is
// the median of the ratios with its quartiles. A load that lasts longer than a round slows
// both. The processor time that a peer takes per message hardly depends on the load at all.
//
//	bench_test.go   what is measured
//	pairs_test.go   rounds by turns, and what they say
//	peer_test.go    the peers, each in a process of its own
//	memory_test.go  what a stored record takes
package bench

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	partitions = 3
	replicas   = 3
	// volume is how many bytes a round of throughput carries.
	volume = 32 << 20
	// calls is how many times a round of latency asks, each time when the last was answered,
	// and turnsEach how many such rounds each peer has where throughput has one.
	calls, turnsEach = 50, 10
	// batch is how many records go into a batch where latency is measured with batches.
	batch = 100
)

// BenchmarkThroughput writes records in batches, with acks=all, and reads them back.
func BenchmarkThroughput(b *testing.B) {
	for _, size := range []int{100, 1024} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			n := volume / (size + 100)
			value := bytes.Repeat([]byte("x"), size)
			produce := &pairs{what: fmt.Sprintf("produce, %d B in batches, acks=all", size)}
			consume := &pairs{what: fmt.Sprintf("consume, %d B in batches", size)}
			peers := startPeers(b)
			for round := 0; b.Loop(); round++ {
				for _, i := range turns(round) {
					p := peers[i]
					topic := p.topic(b, partitions)
					p.ready(b)
					produce.measure(b, i, p, n, func() time.Duration { return p.produce(b, topic, value, n) })
					consume.measure(b, i, p, n, func() time.Duration { return p.consume(b, topic, n) })
					p.drop(b, topic)
				}
			}
			produce.print(b, perSecond)
			consume.print(b, perSecond)
		})
	}
}

// produce writes n records and returns how long that took.
func (p *peer) produce(b *testing.B, topic string, value []byte, n int) time.Duration {
	began := time.Now()
	for range n {
		p.client.Produce(context.Background(), &kgo.Record{Topic: topic, Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	must(b, p.client.Flush(context.Background()))
	return time.Since(began)
}

// consume reads n records with a new client, and returns how long that took.
func (p *peer) consume(b *testing.B, topic string, n int) time.Duration {
	began := time.Now()
	reader, err := kgo.NewClient(kgo.SeedBrokers(p.addrs...), kgo.ConsumeTopics(topic))
	must(b, err)
	defer reader.Close()
	for got := 0; got < n; {
		fetches := reader.PollFetches(context.Background())
		must(b, fetches.Err())
		got += fetches.NumRecords()
	}
	return time.Since(began)
}

// BenchmarkLatency writes when the answer to the last write has come. The miniature's
// answer comes when two followers have copied the record, each in a step of its own; kfake
// answers for all replicas at once.
func BenchmarkLatency(b *testing.B) {
	for _, size := range []int{100, 1024} {
		for _, count := range []int{1, batch} {
			b.Run(fmt.Sprintf("%dx%dB", count, size), func(b *testing.B) {
				value := bytes.Repeat([]byte("x"), size)
				wait := &pairs{what: fmt.Sprintf("latency of a batch of %d records of %d B, acks=all", count, size)}
				peers := startPeers(b)
				apart(b, peers)
				topics := topicsOf(b, peers)
				wait.often(b, peers, func(i int) time.Duration { return peers[i].ask(b, topics[i], value, count) })
			})
		}
	}
}

// ask writes a batch and returns how long its answer took.
func (p *peer) ask(b *testing.B, topic string, value []byte, count int) time.Duration {
	records := make([]*kgo.Record, count)
	for i := range records {
		records[i] = &kgo.Record{Topic: topic, Value: value}
	}
	began := time.Now()
	must(b, p.client.ProduceSync(context.Background(), records...).FirstErr())
	return time.Since(began)
}

// BenchmarkArrival has a consumer wait for each record: the time from before it is written
// until the consumer has it.
func BenchmarkArrival(b *testing.B) {
	for _, size := range []int{100, 1024} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			value := bytes.Repeat([]byte("x"), size)
			wait := &pairs{what: fmt.Sprintf("from producer to waiting consumer, %d B, acks=all", size)}
			peers := startPeers(b)
			apart(b, peers)
			topics, readers := topicsOf(b, peers), make([]*kgo.Client, len(peers))
			for i, p := range peers {
				reader, err := kgo.NewClient(kgo.SeedBrokers(p.addrs...), kgo.ConsumeTopics(topics[i]))
				must(b, err)
				defer reader.Close()
				readers[i] = reader
				must(b, reader.PollRecords(context.Background(), 1).Err()) // the first: it waits for more from now on
			}
			wait.often(b, peers, func(i int) time.Duration { return peers[i].arrive(b, readers[i], topics[i], value) })
		})
	}
}

// arrive writes a record and returns how long it took to the reader.
func (p *peer) arrive(b *testing.B, reader *kgo.Client, topic string, value []byte) time.Duration {
	began := time.Now()
	p.client.Produce(context.Background(), &kgo.Record{Topic: topic, Value: value}, func(_ *kgo.Record, err error) {
		if err != nil {
			b.Error(err)
		}
	})
	fetches := reader.PollFetches(context.Background())
	took := time.Since(began)
	must(b, fetches.Err())
	if n := fetches.NumRecords(); n != 1 {
		b.Fatalf("%d records have come, want 1", n)
	}
	must(b, p.client.Flush(context.Background())) // the answer, which may come later than the record
	return took
}

// topicsOf makes a topic of one partition on each peer, and a first record in it.
func topicsOf(b *testing.B, peers []*peer) []string {
	topics := make([]string, len(peers))
	for i, p := range peers {
		topics[i] = p.topic(b, 1)
		p.ready(b)
	}
	return topics
}

// topic makes an empty topic, and has the client know where its partitions are.
func (p *peer) topic(b *testing.B, partitions int32) string {
	p.topics++
	name := fmt.Sprintf("bench-%d", p.topics)
	made, err := p.admin.CreateTopic(context.Background(), partitions, replicas, nil, name)
	must(b, err)
	must(b, made.Err)
	must(b, p.client.ProduceSync(context.Background(), &kgo.Record{Topic: name, Value: []byte("first")}).FirstErr())
	return name
}

// drop deletes a topic.
func (p *peer) drop(b *testing.B, topic string) {
	p.client.PurgeTopicsFromProducing(topic)
	gone, err := p.admin.DeleteTopic(context.Background(), topic)
	must(b, err)
	must(b, gone.Err)
}

// connect makes the peer's producing client.
func (p *peer) connect(b *testing.B) {
	client, err := kgo.NewClient(kgo.SeedBrokers(p.addrs...), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerLinger(0))
	must(b, err)
	b.Cleanup(client.Close)
	p.client, p.admin = client, kadm.NewClient(client)
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
