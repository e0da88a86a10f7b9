// A stream processor: it counts paid orders by country in windows of event time.
package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	if err := count(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// count works until its context ends.
func count(ctx context.Context) error {
	// TODO 2: a group that commits offsets is not enough. Results, changelog and
	// offsets belong into one transaction: kgo.NewGroupTransactSession.
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(brokers...),
		kgo.ConsumerGroup("counter"),
		kgo.ConsumeTopics("orders"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	// TODO 2: begin with what the changelog tells, see Changelog.
	t := &table{counts: make(map[window]int)}
	for {
		fetches := cl.PollRecords(ctx, atOnce)
		if err := fetches.Err(); err != nil {
			return err
		}
		var out []*kgo.Record
		fetches.EachRecord(func(r *kgo.Record) {
			t.add(r, func(r *kgo.Record) { out = append(out, r) })
		})
		if err := cl.ProduceSync(ctx, out...).FirstErr(); err != nil {
			return err
		}
		if err := cl.CommitUncommittedOffsets(ctx); err != nil {
			return err
		}
	}
}

// A table is the state: the counts of the windows that are open.
type table struct {
	counts map[window]int
}

// A window counts one country in one span of time.
type window struct {
	country string
	start   time.Time
}

// add takes an order into the table, and writes what follows of it.
func (t *table) add(r *kgo.Record, write func(*kgo.Record)) {
	var o Order
	if err := json.Unmarshal(r.Value, &o); err != nil {
		return
	}
	// TODO 1: only paid orders; the window of the event's time and not of today's;
	// the result once, when stream time is past the window's end and its grace; what
	// is later still goes to TooLate.
	w := window{string(r.Key), time.Now().Truncate(width)}
	t.counts[w]++
	write(NewCount(w.country, w.start, t.counts[w]))
}
