package modeltest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/modeltest"
)

// TestRandomDoesEverything counts the kinds of events in some runs: every kind that the
// model has must come up, with its reasons.
func TestRandomDoesEverything(t *testing.T) {
	seen := map[brokers.Kind]int{}
	reasons := map[string]int{}
	held, replies := 0, 0
	for seed := range uint64(40) {
		run := modeltest.Random(seed, 200)
		for _, e := range run.Events {
			seen[e.Kind]++
			reasons[e.Reason]++
		}
		last := uint64(0)
		for _, s := range run.States {
			if s.Seq <= last {
				t.Fatalf("seed %d: state at %d after one at %d", seed, s.Seq, last)
			}
			last = s.Seq
			for _, p := range s.Places {
				held += p.InFlight
				if strings.Contains(p.ID, model.ReplyTo) {
					replies += p.Done
				}
			}
		}
		if last != run.Events[len(run.Events)-1].Seq {
			t.Errorf("seed %d: the last state is at event %d of %d", seed, last, len(run.Events))
		}
	}
	for _, kind := range []brokers.Kind{
		brokers.Declared, brokers.Deleted, brokers.Bound, brokers.Unbound, brokers.Purged, brokers.Published, brokers.Routed, brokers.Unroutable,
		brokers.Returned, brokers.Confirmed, brokers.Delivered, brokers.Acked, brokers.Nacked, brokers.Rejected, brokers.Requeued, brokers.Expired,
		brokers.DeadLettered, brokers.Dropped, brokers.Opened, brokers.Closed, brokers.Subscribed, brokers.Cancelled, brokers.Limited, brokers.Governed, brokers.Refused,
	} {
		if seen[kind] == 0 {
			t.Errorf("no event is %s", kind)
		}
	}
	for _, reason := range []string{"maxlen", "full", "queue is full", "expired", "rejected", "unroutable", "auto-ack", "exclusive", "auto-delete", "exchange", "recover"} {
		if reasons[reason] == 0 {
			t.Errorf("nothing happens for the reason %q", reason)
		}
	}
	if held == 0 || replies == 0 {
		t.Errorf("%d messages are ever in flight, %d direct replies come in", held, replies)
	}
}

// TestSameSeedSameRun: a failure can be looked at again.
func TestSameSeedSameRun(t *testing.T) {
	if diff := cmp.Diff(modeltest.Random(7, 100), modeltest.Random(7, 100)); diff != "" {
		t.Error(diff)
	}
}
