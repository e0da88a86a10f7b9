// A consumer that charges the orders of a topic.
package main

import (
	"context"
	"log"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	if err := work(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// work handles orders until something fails.
func work(ctx context.Context) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ConsumerGroup("charges"),
		kgo.ConsumeTopics("orders"),
		kgo.BlockRebalanceOnPoll(), // nobody takes a partition from us while we work
		// TODO 1: we decide ourselves when to commit.
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
			log.Printf("%s/%d, offset %d: %s", r.Topic, r.Partition, r.Offset, r.Value)

			// TODO 2: charge the order, and commit at the right moment.
			// TODO 3: and if the charge fails?
		}
		cl.AllowRebalance()
	}
}
