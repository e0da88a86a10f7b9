package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	orders   = 24 // that the shop writes
	leavesAt = 10 // after so many, member b is told to go
)

// main starts the members a, b and c, which elsewhere would be three processes, and
// opens the shop when all of them are there. After some orders member b is told to go,
// as in a deployment.
func main() {
	ctx := context.Background()
	ctxB, leave := context.WithCancel(ctx)
	defer leave()
	go run(ctx, "a")
	go run(ctxB, "b")
	go run(ctx, "c")
	if err := shop(ctx, leave); err != nil {
		log.Fatalf("the shop: %v", err)
	}
	select {} // a and c go on
}

// run runs one member and tells how it ended.
func run(ctx context.Context, name string) {
	err := member(ctx, name)
	switch {
	case err != nil && ctx.Err() == nil:
		log.Fatalf("member %s: %v", name, err)
	default:
		log.Printf("member %s has left (%v)", name, err)
	}
}

// shop writes the orders. Between two of them some milliseconds pass.
func shop(ctx context.Context, leave func()) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers("localhost:9092"), kgo.DefaultProduceTopic("orders"))
	if err != nil {
		return err
	}
	defer cl.Close()
	awaitMembers(ctx, kadm.NewClient(cl))
	for n := 1; n <= orders; n++ {
		id := fmt.Sprint(n)
		value, err := json.Marshal(Order{ID: id, Cents: 100 * n})
		if err != nil {
			return err
		}
		if err := cl.ProduceSync(ctx, &kgo.Record{Key: []byte(id), Value: value}).FirstErr(); err != nil {
			return err
		}
		if n == leavesAt {
			leave()
		}
		time.Sleep(4 * time.Millisecond)
	}
	return nil
}

// awaitMembers returns when the group charges has three members that have shared the
// partitions, and after some time also if it has not.
func awaitMembers(ctx context.Context, adm *kadm.Client) {
	for began := time.Now(); time.Since(began) < 800*time.Millisecond; time.Sleep(5 * time.Millisecond) {
		groups, err := adm.DescribeGroups(ctx, "charges")
		if err != nil {
			continue
		}
		if g := groups["charges"]; g.State == "Stable" && len(g.Members) == 3 {
			return
		}
	}
}
