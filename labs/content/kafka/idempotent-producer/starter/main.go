// A relay that publishes the orders of an outbox to a topic.
package main

import (
	"context"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

var brokers = []string{"localhost:9092", "localhost:9093", "localhost:9094"}

func main() {
	ctx := context.Background()
	if err := relay(ctx); err != nil {
		log.Fatal(err)
	}
	if err := ChargeAll(ctx); err != nil {
		log.Fatal(err)
	}
}

// relay publishes orders until the outbox is empty.
func relay(ctx context.Context) error {
	for {
		orders, err := Pending(ctx)
		if err != nil {
			return err
		}
		if len(orders) == 0 {
			return nil
		}
		for _, o := range orders {
			// TODO 2: give the event an id by which its reader knows a repeat.
			if err := send(ctx, o.Record()); err != nil {
				return err
			}
			if err := MarkDone(ctx, o); err != nil {
				return err
			}
		}
	}
}

// send writes a record. When it gets no answer it tries again, and it does not rest
// until it has one.
func send(ctx context.Context, r *kgo.Record) error {
	// TODO 1: whoever wrote this trusted nobody but himself. Leave the retries to
	// the client library, and let the broker recognise them.
	for {
		cl, err := kgo.NewClient(
			kgo.SeedBrokers(brokers...),
			kgo.MetadataMinAge(100*time.Millisecond), // so that a lost leader costs no 5 seconds here
			kgo.DisableIdempotentWrite(),
			kgo.RecordRetries(0),
		)
		if err != nil {
			return err
		}
		err = cl.ProduceSync(ctx, r).FirstErr()
		cl.Close()
		if err == nil {
			return nil
		}
		log.Printf("order %s: %v; once more", r.Key, err)
		time.Sleep(50 * time.Millisecond)
	}
}
