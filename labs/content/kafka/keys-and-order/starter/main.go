// Writes the events of a shop's users to a topic.
package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	if err := write(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// write puts all events into the topic user-events.
func write(ctx context.Context) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.DefaultProduceTopic("user-events"),
		kgo.MetadataMinAge(50*time.Millisecond), // by default five seconds, too long for a lab
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	for _, e := range Events() {
		value, err := json.Marshal(e)
		if err != nil {
			return err
		}
		// TODO 1: what has to stay in order gets the same key.
		record := &kgo.Record{Value: value}
		cl.Produce(ctx, record, func(r *kgo.Record, err error) {
			log.Printf("event %s: partition %d, offset %d, %v", e.ID, r.Partition, r.Offset, err)
		})
	}
	// TODO 2: Produce does not wait. Who does?
	return nil
}
