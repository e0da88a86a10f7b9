// expect: all-committed, left-uncommitted
//go:build wrong

// Commits the offset of the order that is done, in place of the next one.
package main

import (
	"context"
	"encoding/json"
	"log"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func main() {
	ctx := context.Background()
	cl, err := kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ConsumerGroup("charges"),
		kgo.ConsumeTopics("orders"),
		kgo.BlockRebalanceOnPoll(),
		kgo.DisableAutoCommit(),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer cl.CloseAllowingRebalance()
	for {
		fetches := cl.PollRecords(ctx, 100)
		if err := fetches.Err(); err != nil {
			log.Fatal(err)
		}
		for _, r := range fetches.Records() {
			var o Order
			if err := json.Unmarshal(r.Value, &o); err != nil {
				log.Fatal(err)
			}
			if err := Charge(ctx, o); err != nil {
				log.Fatal(err)
			}
			err := error(nil)
			cl.CommitOffsetsSync(ctx, map[string]map[int32]kgo.EpochOffset{
				r.Topic: {r.Partition: {Epoch: r.LeaderEpoch, Offset: r.Offset}},
			}, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, _ *kmsg.OffsetCommitResponse, failed error) {
				err = failed
			})
			if err != nil {
				log.Fatal(err)
			}
		}
		cl.AllowRebalance()
	}
}
