// A member of a group that charges orders.
package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// member charges orders until ctx is done. It then leaves the group in an orderly way.
func member(ctx context.Context, name string) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ClientID(name),
		kgo.ConsumeTopics("orders"),
		kgo.HeartbeatInterval(20*time.Millisecond), // by default three seconds, too long for a lab
		// TODO 1: be a member of the group charges.
		// TODO 2: decide when a commit happens, and when a partition may be taken from you.
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	for {
		fetches := cl.PollRecords(ctx, 10)
		if ctx.Err() != nil {
			return nil // TODO 3: is everything that you were given done, and committed?
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, r := range fetches.Records() {
			var o Order
			if err := json.Unmarshal(r.Value, &o); err != nil {
				return err
			}
			if err := Charge(ctx, o); err != nil {
				return err
			}
			log.Printf("member %s has charged order %s of %s/%d", name, o.ID, r.Topic, r.Partition)
		}
	}
}
