// A member of a group that charges orders and hands its partitions over in order.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// member charges orders until ctx is done. Between two polls nobody takes a partition
// from it, and at each poll everything before is charged and committed. So whoever gets
// a partition next goes on exactly there.
func member(ctx context.Context, name string) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ClientID(name),
		kgo.ConsumeTopics("orders"),
		kgo.HeartbeatInterval(20*time.Millisecond), // by default three seconds, too long for a lab
		kgo.ConsumerGroup("charges"),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
	)
	if err != nil {
		return fmt.Errorf("make the client: %w", err)
	}
	defer cl.CloseAllowingRebalance() // leaves the group: its partitions move at once
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
		cl.AllowRebalance()
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
