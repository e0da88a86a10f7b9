// expect: nothing-lost, record-undone
//go:build wrong

// Handles three orders and ends as if all were done.
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
	done := 0
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
			if err := Charge(ctx, o); err != nil {
				log.Fatal(err)
			}
			if err := cl.CommitRecords(ctx, r); err != nil {
				log.Fatal(err)
			}
			if done++; done == 3 {
				return
			}
		}
		cl.AllowRebalance()
	}
}
