// expect: nothing-repeated, record-repeated
//go:build wrong

// Does everything but block the rebalance: a partition goes between charge and commit.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func member(ctx context.Context, name string) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ClientID(name),
		kgo.ConsumeTopics("orders"),
		kgo.HeartbeatInterval(20*time.Millisecond),
		kgo.ConsumerGroup("charges"),
		kgo.DisableAutoCommit(),
	)
	if err != nil {
		return fmt.Errorf("make the client: %w", err)
	}
	defer cl.Close()
	for {
		fetches := cl.PollRecords(ctx, 10)
		if ctx.Err() != nil {
			return nil // what this poll may have brought has not been begun
		}
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("poll: %w", err)
		}
		// Being told to go does not undo what has been begun.
		if err := handle(context.WithoutCancel(ctx), cl, name, fetches.Records()); err != nil {
			return err
		}
	}
}

// handle charges orders and then commits all of them.
func handle(ctx context.Context, cl *kgo.Client, name string, records []*kgo.Record) error {
	for _, r := range records {
		var o Order
		if err := json.Unmarshal(r.Value, &o); err != nil {
			return fmt.Errorf("%s/%d, offset %d: %w", r.Topic, r.Partition, r.Offset, err)
		}
		if err := Charge(ctx, o); err != nil {
			return err
		}
		log.Printf("member %s has charged order %s of %s/%d", name, o.ID, r.Topic, r.Partition)
	}
	if err := cl.CommitRecords(ctx, records...); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
