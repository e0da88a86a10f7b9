// A producer and a consumer of a group in one program, as a student would write them.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const orders = 6

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	seeds := kgo.SeedBrokers(strings.Split(os.Getenv("KAFKA"), ",")...)
	if err := produce(ctx, seeds); err != nil {
		log.Fatal(err)
	}
	if err := consume(ctx, seeds); err != nil {
		log.Fatal(err)
	}
}

func produce(ctx context.Context, seeds kgo.Opt) error {
	client, err := kgo.NewClient(seeds, kgo.DefaultProduceTopic("orders"), kgo.RequiredAcks(kgo.AllISRAcks()))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if _, err := admin.CreateTopic(ctx, 2, 3, nil, "orders"); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	_, err = admin.CreateTopic(ctx, 2, 3, nil, "orders")
	fmt.Println("again:", errors.Is(err, kerr.TopicAlreadyExists))
	done := make(chan error, orders)
	for i := 0; i < orders; i++ {
		record := &kgo.Record{Key: []byte("customer-1"), Value: fmt.Appendf(nil, "order %d", i)}
		client.Produce(ctx, record, func(_ *kgo.Record, err error) { done <- err })
	}
	for i := 0; i < orders; i++ {
		if err := <-done; err != nil {
			return fmt.Errorf("produce: %w", err)
		}
	}
	return nil
}

func consume(ctx context.Context, seeds kgo.Opt) error {
	assigned := make(chan int, 1)
	client, err := kgo.NewClient(seeds, kgo.ConsumerGroup("workers"), kgo.ConsumeTopics("orders"), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, got map[string][]int32) { assigned <- len(got["orders"]) }))
	if err != nil {
		return err
	}
	defer client.Close()
	partition, n := int32(-1), 0
	for n < orders {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("poll: %w", err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if n > 0 && r.Partition != partition {
				fmt.Println("one key is in two partitions")
			}
			partition = r.Partition
			n++
			fmt.Printf("%s at %d\n", r.Value, r.Offset)
		})
	}
	if err := client.CommitUncommittedOffsets(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	fmt.Println("partitions:", <-assigned)
	committed, err := kadm.NewClient(client).FetchOffsets(ctx, "workers")
	if err != nil {
		return err
	}
	at, ok := committed.Lookup("orders", partition)
	fmt.Println("committed:", at.At, ok)
	return nil
}
