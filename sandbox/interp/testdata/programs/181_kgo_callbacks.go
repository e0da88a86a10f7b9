package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// worker handles what is fetched, and is told what it has lost.
type worker struct {
	handled []string
	lost    int
}

func (w *worker) handle(r *kgo.Record) {
	w.handled = append(w.handled, fmt.Sprintf("%s/%d@%d %s=%s", r.Topic, r.Partition, r.Offset, r.Key, r.Value))
}

func (w *worker) revoked(_ context.Context, _ *kgo.Client, lost map[string][]int32) { w.lost += len(lost) }

func main() {
	w := &worker{}
	client, err := kgo.NewClient(
		kgo.SeedBrokers("127.0.0.1:1"),
		kgo.DefaultProduceTopic("orders"),
		kgo.ConsumerGroup("workers"),
		kgo.ConsumeTopics("orders"),
		kgo.DisableAutoCommit(),
		kgo.OnPartitionsRevoked(w.revoked),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	done := make(chan error)
	client.Produce(ctx, &kgo.Record{Key: []byte("k"), Value: []byte("v"), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("1")}}}, func(r *kgo.Record, err error) {
		fmt.Println("promise", r.Topic, string(r.Value), len(r.Headers))
		done <- err
	})
	fmt.Println(errors.Is(<-done, context.Canceled))
	fmt.Println(client.ProduceSync(ctx, kgo.StringRecord("again")).FirstErr() != nil)
	fmt.Println(errors.Is(client.PollFetches(ctx).Err(), context.Canceled))

	fetches := kgo.Fetches{{Topics: []kgo.FetchTopic{{Topic: "orders", Partitions: []kgo.FetchPartition{
		{Partition: 1, Records: []*kgo.Record{{Topic: "orders", Partition: 1, Offset: 7, Key: []byte("a"), Value: []byte("1")}, {Topic: "orders", Partition: 1, Offset: 8, Key: []byte("b"), Value: []byte("2")}}},
		{Partition: 2, Err: kerr.NotLeaderForPartition},
	}}}}}
	fetches.EachRecord(w.handle)
	fetches.EachError(func(topic string, partition int32, err error) {
		fmt.Println(topic, partition, errors.Is(err, kerr.NotLeaderForPartition), kerr.IsRetriable(err))
	})
	for iter := fetches.RecordIter(); !iter.Done(); {
		fmt.Println(iter.Next().Offset)
	}
	for _, line := range w.handled {
		fmt.Println(line)
	}
	fmt.Println(fetches.NumRecords(), w.lost, kerr.ErrorForCode(3) == kerr.UnknownTopicOrPartition)
}
