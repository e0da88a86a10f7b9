// expect: refused-is-kept, written-unmarked
//go:build wrong

// Ends at the first no.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

var brokers = []string{"localhost:9092", "localhost:9093", "localhost:9094"}

func main() {
	if err := relay(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// relay publishes orders until the outbox is empty. It waits for all replicas in sync
// and retries without end: both are what the client does by itself.
func relay(ctx context.Context) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(brokers...),
		kgo.MetadataMinAge(100*time.Millisecond), // so that a lost leader costs no 5 seconds here
		kgo.RequiredAcks(kgo.AllISRAcks()),
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
			if err := cl.ProduceSync(ctx, o.Record()).FirstErr(); err != nil {
				return fmt.Errorf("order %s is not written and stays in the outbox: %w", o.ID, err)
			}
			if err := MarkDone(ctx, o); err != nil {
				return err
			}
		}
	}
}

// create makes the topic "orders", with one partition on all three nodes, unless it is
// there.
func create(ctx context.Context, adm *kadm.Client) error {
	enough := "2"
	_, err := adm.CreateTopic(ctx, 1, 3, map[string]*string{"min.insync.replicas": &enough}, "orders")
	if errors.Is(err, kerr.TopicAlreadyExists) {
		return nil
	}
	return err
}
