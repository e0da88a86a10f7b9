// A relay that publishes the orders of an outbox to a topic on three nodes.
package main

import (
	"context"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var brokers = []string{"localhost:9092", "localhost:9093", "localhost:9094"}

func main() {
	if err := relay(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// relay publishes orders until the outbox is empty.
func relay(ctx context.Context) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(brokers...),
		kgo.MetadataMinAge(100*time.Millisecond), // so that a lost leader costs no 5 seconds here
		// TODO 2: "fast": the leader's word is enough, and one retry.
		kgo.RequiredAcks(kgo.LeaderAck()),
		kgo.DisableIdempotentWrite(),
		kgo.RecordRetries(1),
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	if err := create(ctx, kadm.NewClient(cl)); err != nil {
		return err
	}
	for {
		orders, err := Pending(ctx)
		if err != nil {
			return err
		}
		if len(orders) == 0 {
			return nil
		}
		for _, o := range orders {
			// TODO 3: what if the broker says no?
			if err := cl.ProduceSync(ctx, o.Record()).FirstErr(); err != nil {
				log.Printf("order %s: %v", o.ID, err)
			}
			if err := MarkDone(ctx, o); err != nil {
				return err
			}
		}
	}
}

// create makes the topic "orders", with one partition.
func create(ctx context.Context, adm *kadm.Client) error {
	// TODO 1: one copy, and no settings. It works, until something breaks.
	_, err := adm.CreateTopic(ctx, 1, 1, nil, "orders")
	return err
}
