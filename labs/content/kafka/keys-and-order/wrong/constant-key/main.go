// expect: spread, not-spread
//go:build wrong

// Uses one key for all: everything is in order, in one partition.
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
		if err := cl.ProduceSync(ctx, &kgo.Record{Key: []byte("user-events"), Value: value}).FirstErr(); err != nil {
			log.Fatal(err)
		}
	}
}
