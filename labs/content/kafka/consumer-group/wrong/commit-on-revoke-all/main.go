// expect: nothing-skipped, record-lost
//go:build wrong

// Works in the background, and commits all that it was handed when a partition goes.
package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func member(ctx context.Context, name string) error {
	orders := make(chan Order, 100)
	go func() {
		for o := range orders {
			time.Sleep(20 * time.Millisecond) // the fraud check
			if ctx.Err() != nil {
				return
			}
			if err := Charge(context.Background(), o); err != nil {
				log.Print(err)
			}
		}
	}()
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ClientID(name),
		kgo.HeartbeatInterval(20*time.Millisecond),
		kgo.ConsumeTopics("orders"),
		kgo.ConsumerGroup("charges"),
		kgo.DisableAutoCommit(),
		kgo.OnPartitionsRevoked(func(_ context.Context, cl *kgo.Client, _ map[string][]int32) {
			if err := cl.CommitUncommittedOffsets(context.Background()); err != nil {
				log.Print(err)
			}
		}),
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	for {
		fetches := cl.PollRecords(ctx, 10)
		if ctx.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, r := range fetches.Records() {
			var o Order
			if err := json.Unmarshal(r.Value, &o); err != nil {
				return err
			}
			orders <- o
		}
	}
}
