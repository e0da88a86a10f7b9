// expect: state-survives, result-wrong
//go:build wrong

// Keeps the counts in memory only, and hopes for one transaction that takes everything.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	if err := count(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// count works until its context ends. Results, changelog and offsets of a few records
// go together, or not at all.
func count(ctx context.Context) error {
	s, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(brokers...),
		kgo.ConsumerGroup("counter"),
		kgo.ConsumeTopics("orders"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.TransactionalID("counter-1"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.RequireStableFetchOffsets(),
	)
	if err != nil {
		return err
	}
	defer s.Close()
	// The name is ours from here on: what a dead predecessor left open is aborted.
	if _, _, err := s.Client().ProducerID(ctx); err != nil {
		return fmt.Errorf("announce the producer: %w", err)
	}
	t := &table{counts: make(map[window]int)}
	for {
		fetches := s.PollRecords(ctx, 1000)
		if err := fetches.Err(); err != nil {
			return err
		}
		if err := s.Begin(); err != nil {
			return err
		}
		failed := kgo.AbortingFirstErrPromise(s.Client())
		write := func(r *kgo.Record) { s.Produce(ctx, r, failed.Promise()) }
		fetches.EachRecord(func(r *kgo.Record) { t.add(r, write) })
		committed, err := s.End(ctx, failed.Err() == nil)
		if err != nil {
			return err
		}
		if !committed { // what is in memory never happened
			if t, err = restore(ctx); err != nil {
				return fmt.Errorf("read the changelog: %w", err)
			}
		}
	}
}

// A table is the state: the counts of the windows that are open, and the stream time.
type table struct {
	counts map[window]int
	now    time.Time // the newest event time so far
}

// A window counts one country in one span of event time.
type window struct {
	country string
	start   int64 // in milliseconds since 1970
}

const clock = "stream time" // its key in the changelog

// restore makes the table that the changelog tells of.
func restore(ctx context.Context) (*table, error) {
	t := &table{counts: make(map[window]int)}
	err := Changelog(ctx, func(key, value []byte) {
		var n int64
		_ = json.Unmarshal(value, &n) // a number, as log has written it, or nothing
		country, start, ok := strings.Cut(string(key), "@")
		switch w := (window{country: country}); {
		case !ok:
			t.now = time.UnixMilli(n)
		default:
			_ = json.Unmarshal([]byte(start), &w.start)
			t.counts[w] = int(n)
			if value == nil {
				delete(t.counts, w)
			}
		}
	})
	return t, err
}

// add takes an order into the table, and writes what follows of it.
func (t *table) add(r *kgo.Record, write func(*kgo.Record)) {
	var o Order
	if err := json.Unmarshal(r.Value, &o); err != nil || o.Status != "paid" {
		return
	}
	w := window{string(r.Key), r.Timestamp.Truncate(width).UnixMilli()}
	if !t.now.Before(w.closes()) {
		write(TooLate(r))
		return
	}
	t.counts[w]++
	write(change(w.key(), fmt.Append(nil, t.counts[w])))
	if !r.Timestamp.After(t.now) {
		return
	}
	t.now = r.Timestamp
	write(change(clock, fmt.Append(nil, t.now.UnixMilli())))
	t.close(write)
}

// close writes the results of the windows whose time is over, and forgets them.
func (t *table) close(write func(*kgo.Record)) {
	var over []window
	for w := range t.counts {
		if !t.now.Before(w.closes()) {
			over = append(over, w)
		}
	}
	slices.SortFunc(over, func(a, b window) int { return strings.Compare(a.key(), b.key()) })
	for _, w := range over {
		write(NewCount(w.country, time.UnixMilli(w.start), t.counts[w]))
		write(change(w.key(), nil))
		delete(t.counts, w)
	}
}

// closes is the stream time from which on the window takes nothing more.
func (w window) closes() time.Time { return time.UnixMilli(w.start).Add(width + grace) }

func (w window) key() string { return fmt.Sprintf("%s@%d", w.country, w.start) }

// change is a line of the changelog; no value deletes.
func change(key string, value []byte) *kgo.Record {
	return &kgo.Record{Topic: "changelog", Key: []byte(key), Value: value}
}
