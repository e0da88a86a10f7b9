// expect: shared, no-group
//go:build wrong

// Gives each member two partitions for good, without a group: nobody takes over those of b.
package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func member(ctx context.Context, name string) error {
	start := kgo.NewOffset().AtStart()
	mine := map[string]map[int32]kgo.Offset{
		"a": {0: start, 1: start}, "b": {2: start, 3: start}, "c": {4: start, 5: start},
	}
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ClientID(name),
		kgo.HeartbeatInterval(20*time.Millisecond),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"orders": mine[name]}),
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	for {
		fetches := cl.PollRecords(ctx, 10)
		if ctx.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, r := range fetches.Records() {
			var o Order
			if err := json.Unmarshal(r.Value, &o); err != nil {
				return err
			}
			if err := Charge(context.WithoutCancel(ctx), o); err != nil {
				return err
			}
			log.Printf("member %s has charged order %s", name, o.ID)
		}
	}
}
