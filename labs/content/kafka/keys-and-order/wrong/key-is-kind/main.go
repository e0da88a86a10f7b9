// expect: user-order, key-wrong
//go:build wrong

// Takes what happened for the key: all payments are in order among themselves.
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
		if err := cl.ProduceSync(ctx, &kgo.Record{Key: []byte(e.What), Value: value}).FirstErr(); err != nil {
			log.Fatal(err)
		}
	}
}
