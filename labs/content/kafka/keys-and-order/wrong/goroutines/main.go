// expect: user-order, out-of-order
//go:build wrong

// Writes each event in a goroutine of its own: who is first there is first in the log.
package main

import (
	"context"
	"encoding/json"
	"log"
	"sync"
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
	var writers sync.WaitGroup
	for _, e := range Events() {
		value, err := json.Marshal(e)
		if err != nil {
			log.Fatal(err)
		}
		writers.Go(func() {
			time.Sleep(time.Duration(len(e.What)) * time.Millisecond) // looks something up
			if err := cl.ProduceSync(ctx, &kgo.Record{Key: []byte(e.User), Value: value}).FirstErr(); err != nil {
				log.Print(err)
			}
		})
	}
	writers.Wait()
}
