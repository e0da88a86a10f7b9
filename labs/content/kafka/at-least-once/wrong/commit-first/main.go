// expect: nothing-lost, record-lost
//go:build wrong

// Commits each order as soon as it has it: a crash before the charge loses it.
package main

import (
	"context"
	"encoding/json"
	"log"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	ctx := context.Background()
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ConsumerGroup("charges"),
		kgo.ConsumeTopics("orders"),
		kgo.BlockRebalanceOnPoll(),
		kgo.DisableAutoCommit(),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer cl.CloseAllowingRebalance()
	for {
		fetches := cl.PollRecords(ctx, 100)
		if err := fetches.Err(); err != nil {
			log.Fatal(err)
		}
		for _, r := range fetches.Records() {
			var o Order
			if err := json.Unmarshal(r.Value, &o); err != nil {
				log.Fatal(err)
			}
			if err := cl.CommitRecords(ctx, r); err != nil {
				log.Fatal(err)
			}
			if err := Charge(ctx, o); err != nil {
				log.Fatal(err)
			}
		}
		cl.AllowRebalance()
	}
}
