// Reads orders and invoices once more after a bug, and charges them.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const group = "charges"

// deployed is when the program with the bug began to run.
var deployed = time.Date(2026, time.November, 17, 12, 0, 0, 0, time.UTC)

// lastGood are the offsets of the last invoices that were charged, by partition.
var lastGood = map[int32]int64{0: 5, 1: 2}

func main() {
	ctx := context.Background()
	if err := rewind(ctx); err != nil {
		log.Fatal(err)
	}
	if err := work(ctx); err != nil {
		log.Fatal(err)
	}
}

// rewind sets the group's offsets back. The group has no members meanwhile.
func rewind(ctx context.Context) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers("localhost:9092"))
	if err != nil {
		return err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	orders, err := adm.ListOffsetsAfterMilli(ctx, deployed.UnixMilli(), "orders")
	if err != nil {
		return fmt.Errorf("find the offsets of %s: %w", deployed, err)
	}
	offsets := orders.Offsets()
	// A commit names the next record to read: the one after the last that was charged.
	offsets.AddOffset("invoices", 0, lastGood[0]+1, -1)
	offsets.AddOffset("invoices", 1, lastGood[1]+1, -1)
	if err := adm.CommitAllOffsets(ctx, group, offsets); err != nil {
		return fmt.Errorf("set the offsets of %s back: %w", group, err)
	}
	return nil
}

// work charges what the group has not committed.
func work(ctx context.Context) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics("orders", "invoices"),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
	)
	if err != nil {
		return err
	}
	defer cl.CloseAllowingRebalance()
	for {
		fetches := cl.PollRecords(ctx, 100)
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, r := range fetches.Records() {
			var o Order
			if err := json.Unmarshal(r.Value, &o); err != nil {
				return err
			}
			if err := Charge(ctx, o); err != nil {
				return err
			}
			log.Printf("%s/%d, offset %d, %s: charged %s", r.Topic, r.Partition, r.Offset, r.Timestamp.UTC().Format("Mon 15:04"), o.ID)
		}
		if err := cl.CommitRecords(ctx, fetches.Records()...); err != nil {
			return err
		}
		cl.AllowRebalance()
	}
}
