// expect: to-moment, replayed-too-much
//go:build wrong

// Reads everything that there is: what was right is done again, too.
package main

import (
	"context"
	"encoding/json"
	"log"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const group = "charges"

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
	orders, err := adm.ListStartOffsets(ctx, "orders")
	if err != nil {
		return err
	}
	offsets := orders.Offsets()
	offsets.AddOffset("invoices", 0, 6, -1)
	offsets.AddOffset("invoices", 1, 3, -1)
	return adm.CommitAllOffsets(ctx, group, offsets)
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
