// expect: commit-after-charge, committed-early
//go:build wrong

// Hands the orders to a pool and polls on: what was handed over counts as done.
package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	ctx := context.Background()
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ConsumerGroup("charges"),
		kgo.ConsumeTopics("orders"),
		kgo.AutoCommitInterval(100*time.Millisecond),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer cl.CloseAllowingRebalance()
	orders := make(chan Order, 100)
	go func() {
		for o := range orders {
			time.Sleep(300 * time.Millisecond) // the fraud check
			if err := Charge(ctx, o); err != nil {
				log.Print(err)
			}
		}
	}()
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
			orders <- o
		}
	}
}
