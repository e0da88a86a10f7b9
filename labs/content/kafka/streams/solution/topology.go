package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var brokers = []string{"localhost:9092", "localhost:9093", "localhost:9094"}

const (
	width  = 5 * time.Minute // of a window
	grace  = time.Minute     // how long after its end a window is open to what comes late
	atOnce = 3               // records in a transaction: a short one keeps nobody waiting
)

// An Order is what the records of the topic "orders" hold. Their key is the country,
// and their time is when the order was made.
type Order struct {
	ID     string `json:"order"`
	Status string `json:"status"` // paid or cancelled
}

// A Count is what goes to the topic "counts": the paid orders of a country in a window.
type Count struct {
	Country string `json:"country"`
	Window  string `json:"window"` // when it starts, such as 12:05
	Count   int    `json:"count"`
}

// NewCount is the record of a window's final count.
func NewCount(country string, start time.Time, count int) *kgo.Record {
	value, err := json.Marshal(Count{country, start.UTC().Format("15:04"), count})
	if err != nil {
		panic(err) // two texts and a number can always be written
	}
	return &kgo.Record{Topic: "counts", Key: []byte(country), Value: value}
}

// TooLate is the record of an order whose window was closed, for the topic "late".
func TooLate(r *kgo.Record) *kgo.Record {
	return &kgo.Record{Topic: "late", Key: r.Key, Value: r.Value, Timestamp: r.Timestamp}
}

// Changelog calls fn for each committed record of the topic "changelog", oldest first.
func Changelog(ctx context.Context, fn func(key, value []byte)) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(brokers...),
		kgo.ConsumeTopics("changelog"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // or the end could not be told when it is a marker
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	ends, err := kadm.NewClient(cl).ListCommittedOffsets(ctx, "changelog")
	if err != nil {
		return err
	}
	end, _ := ends.Lookup("changelog", 0)
	for next := int64(0); next < end.Offset; {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return err
		}
		for _, r := range fetches.Records() {
			if !r.Attrs.IsControl() {
				fn(r.Key, r.Value)
			}
			next = r.Offset + 1
		}
	}
	return nil
}
