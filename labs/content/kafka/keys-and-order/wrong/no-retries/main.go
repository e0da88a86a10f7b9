// expect: leader-moves, record-missing
//go:build wrong

// Gives a record up at the first answer that is no yes, and says so to nobody.
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
		kgo.DefaultProduceTopic("user-events"),
		kgo.MetadataMinAge(50*time.Millisecond),
		kgo.DisableIdempotentWrite(),
		kgo.MaxProduceRequestsInflightPerBroker(5),
		kgo.RecordRetries(0),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer cl.Close()
	for _, e := range Events() {
		value, err := json.Marshal(e)
		if err != nil {
			log.Fatal(err)
		}
		cl.Produce(ctx, &kgo.Record{Key: []byte(e.User), Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				log.Print(err)
			}
		})
	}
	if err := cl.Flush(ctx); err != nil {
		log.Fatal(err)
	}
}
