// expect: no-second-copy, in-log-twice
//go:build wrong

// Idempotent clients, but a new one for each attempt: a new producer id.
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
	for {
		orders, err := Pending(ctx)
		if err != nil {
			return err
		}
		if len(orders) == 0 {
			return nil
		}
		for _, o := range orders {
			if err := send(ctx, event(o)); err != nil {
				return fmt.Errorf("publish order %s: %w", o.ID, err)
			}
			if err := MarkDone(ctx, o); err != nil {
				return err
			}
		}
	}
}

// send tries with a new client whenever there is no answer.
func send(ctx context.Context, r *kgo.Record) error {
	for {
		cl, err := kgo.NewClient(
			kgo.SeedBrokers(brokers...),
			kgo.AllowIdempotentProduceCancellation(),
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
		log.Print(err)
		time.Sleep(50 * time.Millisecond)
	}
}

// event is the record of an order. Its id belongs to the order and not to the attempt:
// a repeat after a restart has the same.
func event(o Order) *kgo.Record {
	r := o.Record()
	r.Headers = append(r.Headers, kgo.RecordHeader{Key: "id", Value: []byte("order-" + o.ID + "-paid")})
	return r
}
