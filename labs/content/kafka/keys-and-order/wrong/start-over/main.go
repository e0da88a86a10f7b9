// expect: once, in-log-twice
//go:build wrong

// Starts over when an event was not written: those before it are written twice.
package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	for {
		err := write(context.Background())
		if err == nil {
			return
		}
		log.Printf("%v; once more", err)
	}
}

func write(ctx context.Context) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.DefaultProduceTopic("user-events"),
		kgo.MetadataMinAge(50*time.Millisecond),
		kgo.DisableIdempotentWrite(),
		kgo.RecordRetries(0),
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
		if err := cl.ProduceSync(ctx, &kgo.Record{Key: []byte(e.User), Value: value}).FirstErr(); err != nil {
			return err
		}
	}
	return nil
}
