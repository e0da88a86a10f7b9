// Package clients tries other people's clients on the miniature: sarama, kafka-go and
// librdkafka, each as it is. It is a module of its own, since nothing else needs them:
//
//	go test .
//
// Its go.mod is kept with go get, and not with go mod tidy, which would add all that the
// tests of confluent-kafka-go need.
package clients

import (
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
)

// patience is how long a test waits for what has to come. It decides nothing:
// a test that runs into it has failed.
const patience = time.Minute

// A lab is a cluster on free ports, with its journal.
type lab struct {
	*kafka.Broker
	t       testing.TB
	journal *brokers.Journal
	seq     *brokers.Sequencer
	addrs   []string
}

// start runs a cluster for the length of one test.
func start(t testing.TB, change ...func(*kafka.Config)) *lab {
	t.Helper()
	clock := brokers.RealClock()
	journal := brokers.NewJournal(1_000_000, brokers.Forget, clock)
	cfg := kafka.Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota()}
	for _, c := range change {
		c(&cfg)
	}
	var listeners []net.Listener
	for range 3 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		listeners = append(listeners, listener)
		cfg.Advertised = append(cfg.Advertised, listener.Addr().String())
	}
	l := &lab{Broker: kafka.New(cfg), t: t, journal: journal, seq: cfg.Sequencer, addrs: cfg.Advertised}
	for node, listener := range listeners {
		go func() { _ = l.Serve(node, listener) }()
	}
	t.Cleanup(func() { must(t, l.Close()) })
	return l
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// topic makes a topic with three replicas.
func (l *lab) topic(name string, partitions int, configs map[string]string) {
	l.t.Helper()
	with := map[string]any{"topic": name, "partitions": partitions, "replication": 3, "configs": configs}
	must(l.t, l.Apply([]brokers.Action{{Do: "topic", With: with}}))
}

// events returns the journal's events of a kind.
func (l *lab) events(kind brokers.Kind) (out []brokers.Event) {
	for _, e := range l.journal.Since(0) {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// leaderDown takes the leader of a partition down for a while.
func (l *lab) leaderDown(place string, back time.Duration) {
	l.t.Helper()
	var err error
	l.seq.Do(func() {
		err = l.Disturb(brokers.Disturbance{Kind: brokers.NodeDown, Place: place, Back: back})
	})
	must(l.t, err)
}

// yesterday is when records were written that are read by time: not to come, on any
// machine's clock, and not to be deleted yet.
func yesterday() time.Time { return time.Now().Add(-24 * time.Hour).Truncate(time.Hour) }

// codecs are the compressions that a batch may have.
var codecs = []string{"none", "gzip", "snappy", "lz4", "zstd"}

// words are n values to send.
func words(prefix string, n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("%s %d %s", prefix, i, strings.Repeat("x", i%50)))
	}
	return out
}

// same reports an error unless two lists are equal, in any order.
func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s: %d values, want %d: %.300q, want %.300q", what, len(got), len(want), got, want)
	}
}

// quiet is for clients that log what is none of a test's business.
var quiet = log.New(io.Discard, "", 0)
