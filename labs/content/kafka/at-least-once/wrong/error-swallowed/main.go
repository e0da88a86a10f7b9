// expect: charge-refused, record-lost
//go:build wrong

// Prints the error of a charge, and commits the order all the same.
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
			if err := Charge(ctx, o); err != nil {
				log.Print(err)
			}
			if err := cl.CommitRecords(ctx, r); err != nil {
				log.Fatal(err)
			}
		}
		cl.AllowRebalance()
	}
}
