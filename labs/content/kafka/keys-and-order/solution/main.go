// Writes the events of a shop's users to a topic, each user's in order.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	if err := write(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// write puts all events into the topic user-events and returns when the brokers have
// them. Its error is that of the first event that is not there.
func write(ctx context.Context) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.DefaultProduceTopic("user-events"),
		kgo.MetadataMinAge(50*time.Millisecond), // by default five seconds, too long for a lab
	)
	if err != nil {
		return fmt.Errorf("make the client: %w", err)
	}
	defer cl.Close()
	var promises kgo.FirstErrPromise
	for _, e := range Events() {
		value, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("event %s: %w", e.ID, err)
		}
		// Order among the events of one user, so the user is the key.
		cl.Produce(ctx, &kgo.Record{Key: []byte(e.User), Value: value}, promises.Promise())
	}
	if err := promises.Err(); err != nil { // waits for all of them
		return fmt.Errorf("write the events: %w", err)
	}
	log.Printf("%d events are written", len(Events()))
	return nil
}
