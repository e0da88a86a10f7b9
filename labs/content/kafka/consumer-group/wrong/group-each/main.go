// expect: shared, no-group
//go:build wrong

// Gives each member a group of its own: all of them read everything.
package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func member(ctx context.Context, name string) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ClientID(name),
		kgo.HeartbeatInterval(20*time.Millisecond),
		kgo.ConsumeTopics("orders"),
		kgo.ConsumerGroup("charges-"+name),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
	)
	if err != nil {
		return err
	}
	defer cl.CloseAllowingRebalance()
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
		if err := cl.CommitRecords(context.WithoutCancel(ctx), fetches.Records()...); err != nil {
			return err
		}
		cl.AllowRebalance()
	}
}
