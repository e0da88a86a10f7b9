// A consumer that charges the orders of a topic and loses none.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := work(ctx); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}

// work handles orders until ctx is done or something fails.
func work(ctx context.Context) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ConsumerGroup("charges"),
		kgo.ConsumeTopics("orders"),
		kgo.BlockRebalanceOnPoll(), // nobody takes a partition from us while we work
		kgo.DisableAutoCommit(),    // only we know what is done
	)
	if err != nil {
		return fmt.Errorf("make the client: %w", err)
	}
	defer cl.CloseAllowingRebalance()
	for {
		fetches := cl.PollRecords(ctx, 100)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("poll: %w", err)
		}
		for _, r := range fetches.Records() {
			if err := handle(ctx, cl, r); err != nil {
				return err
			}
		}
		cl.AllowRebalance()
	}
}

// handle charges one order and then commits it. After an error nothing behind this
// record may be committed: a commit has no holes. So the caller ends, and the next
// life begins at this record.
func handle(ctx context.Context, cl *kgo.Client, r *kgo.Record) error {
	var o Order
	if err := json.Unmarshal(r.Value, &o); err != nil {
		return fmt.Errorf("%s/%d, offset %d: %w", r.Topic, r.Partition, r.Offset, err)
	}
	if err := Charge(ctx, o); err != nil {
		return err
	}
	log.Printf("charged order %s", o.ID)
	if err := cl.CommitRecords(ctx, r); err != nil {
		return fmt.Errorf("commit order %s: %w", o.ID, err)
	}
	return nil
}
