// expect: leader-moves, in-log-twice
//go:build wrong

// A few retries without numbers: a new leader cannot tell the repeat either.
package main

import (
	"context"
	"fmt"
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

// relay publishes orders until the outbox is empty. One client serves the whole run:
// its producer id is what the broker knows repeats by.
func relay(ctx context.Context) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(brokers...),
		kgo.MetadataMinAge(100*time.Millisecond),
		kgo.RecordRetries(5),
		kgo.DisableIdempotentWrite(),
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	for {
		orders, err := Pending(ctx)
		if err != nil {
			return err
		}
		if len(orders) == 0 {
			return nil
		}
		for _, o := range orders {
			if err := cl.ProduceSync(ctx, event(o)).FirstErr(); err != nil {
				return fmt.Errorf("publish order %s: %w", o.ID, err)
			}
			if err := MarkDone(ctx, o); err != nil {
				return err
			}
		}
	}
}

// event is the record of an order. Its id belongs to the order and not to the attempt:
// a repeat after a restart has the same.
func event(o Order) *kgo.Record {
	r := o.Record()
	r.Headers = append(r.Headers, kgo.RecordHeader{Key: "id", Value: []byte("order-" + o.ID + "-paid")})
	return r
}
