package grader

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/labs"
)

// kafkaAt is an event of Kafka so many seconds after the scene's clock began.
func kafkaAt(seconds int, e brokers.Event) brokers.Event {
	e.At, e.Source = time.Duration(seconds)*time.Second, "kafka"
	return e
}

func TestLagIsWhatAMonitorSees(t *testing.T) {
	p := Played{
		Began: 10 * time.Second, Ended: 60 * time.Second,
		Start: brokers.State{
			Places: []brokers.Place{
				{ID: "partition:orders/0", Kind: "partition", Name: "orders/0", Detail: map[string]any{"base": 0.0, "end": 5.0}},
				{ID: "partition:other/0", Kind: "partition", Name: "other/0", Detail: map[string]any{"base": 0.0, "end": 9.0}},
				{ID: "group:g", Kind: "group", Name: "g", Detail: map[string]any{"offsets": map[string]any{"orders/0": 3.0}}},
				{ID: "consumer:g/a-1", Kind: "consumer", Name: "a-1", Detail: map[string]any{"group": "g", "client": "a"}},
				{ID: "consumer:x/b-1", Kind: "consumer", Name: "b-1", Detail: map[string]any{"group": "x", "client": "b"}},
			},
			Flows: []brokers.Flow{{From: "partition:orders/0", To: "consumer:g/a-1"}, {From: "partition:orders/0", To: "consumer:x/b-1"}, {From: "partition:other/0", To: "consumer:x/b-1"}},
		},
		Events: []brokers.Event{
			kafkaAt(12, brokers.Event{Kind: brokers.Published, Place: "orders/0", Tag: 5, Message: 6}),
			kafkaAt(12, brokers.Event{Kind: brokers.Committed, Group: "g", Place: "orders/0", Tag: 6}),
			kafkaAt(13, brokers.Event{Kind: brokers.Committed, Group: "other", Place: "orders/0", Tag: 1}),
			kafkaAt(20, brokers.Event{Kind: brokers.Elected, Place: "orders/1", Node: 1, Reason: "created"}),
			kafkaAt(21, brokers.Event{Kind: brokers.Published, Place: "orders/1", Message: 7}),
			{At: 25 * time.Second, Kind: brokers.Effect, Source: "ledger", Message: 6},
			{At: 25 * time.Second, Kind: brokers.Effect, Source: "ledger", Message: 6},
			kafkaAt(30, brokers.Event{Kind: brokers.Left, Group: "g", Consumer: "a-1", Client: "a"}),
			kafkaAt(40, brokers.Event{Kind: brokers.LogStart, Place: "orders/0", Tag: 7}),
			kafkaAt(50, brokers.Event{Kind: brokers.Rebalancing, Group: "g"}),
			kafkaAt(51, brokers.Event{Kind: brokers.Joined, Group: "g", Consumer: "c-2", Client: "c", Tag: 4}),
			kafkaAt(51, brokers.Event{Kind: brokers.Assigned, Group: "g", Consumer: "c-2", Client: "c", Place: "orders/1", Tag: 4}),
		},
	}
	s := time.Second
	want := labs.Lag{
		Group: "g", Ends: 50 * s, Rebalances: []time.Duration{40 * s},
		Partitions: []labs.LagOf{
			{Partition: "orders/0", Points: []labs.LagPoint{
				{At: 0, Committed: 3, End: 5, Owner: "a"}, {At: 2 * s, Committed: 6, End: 6, Owner: "a"},
				{At: 20 * s, Committed: 6, End: 6}, {At: 30 * s, Start: 7, Committed: 6, End: 6},
			}},
			{Partition: "orders/1", Points: []labs.LagPoint{
				{At: 10 * s, Committed: -1}, {At: 11 * s, Committed: -1, End: 1}, {At: 41 * s, Committed: -1, End: 1, Owner: "c"},
			}},
		},
		Waiting: []labs.Waiting{{At: 0, N: 0}, {At: 2 * s, N: 1}, {At: 11 * s, N: 2}, {At: 15 * s, N: 1}},
	}
	if diff := cmp.Diff(want, p.LagOf("g", "ledger")); diff != "" {
		t.Error(diff)
	}
	if got := p.LagOf("g", ""); got.Waiting != nil {
		t.Errorf("without a service: %v", got.Waiting)
	}
}

func TestNobodyKnowsTheLagOfWhatIsNotCommitted(t *testing.T) {
	for _, tt := range []struct {
		p    labs.LagPoint
		want int64
	}{
		{labs.LagPoint{Committed: -1, End: 9}, -1}, {labs.LagPoint{Committed: 4, End: 9}, 5},
		{labs.LagPoint{Start: 6, Committed: 4, End: 9}, 5}, {labs.LagPoint{Committed: 9, End: 4}, 0},
	} {
		if got := tt.p.Lag(); got != tt.want {
			t.Errorf("%+v: %d, want %d", tt.p, got, tt.want)
		}
	}
}

// TestLagFollowsTheGroup: who leaves takes no other's partitions along, a generation takes
// them once, what is lost shortens a log and nothing lengthens it, and what was deleted by
// hand is gone. A group that was given a topic is behind there, also without a commit.
func TestLagFollowsTheGroup(t *testing.T) {
	joined := func(who string) brokers.Event {
		return brokers.Event{Kind: brokers.Joined, Group: "g", Consumer: who + "-1", Client: who, Tag: 4}
	}
	assigned := func(who, place string) brokers.Event {
		return brokers.Event{Kind: brokers.Assigned, Group: "g", Consumer: who + "-1", Client: who, Place: place, Tag: 4}
	}
	p := Played{Ended: 60 * time.Second, Events: []brokers.Event{
		kafkaAt(1, brokers.Event{Kind: brokers.Published, Place: "orders/0", Tag: 8, Message: 1}),
		kafkaAt(2, joined("a")), kafkaAt(2, assigned("a", "orders/0")), kafkaAt(3, joined("b")), kafkaAt(3, assigned("b", "orders/1")),
		kafkaAt(4, brokers.Event{Kind: brokers.Left, Group: "other", Client: "a"}),
		kafkaAt(5, brokers.Event{Kind: brokers.Left, Group: "g", Client: "b"}),
		kafkaAt(6, brokers.Event{Kind: brokers.Lost, Place: "orders/0", Tag: 6}),
		kafkaAt(7, brokers.Event{Kind: brokers.Lost, Place: "orders/0", Tag: 7}),
		kafkaAt(8, brokers.Event{Kind: brokers.Purged, Place: "orders/0", Tag: 3}),
	}}
	s := time.Second
	want := []labs.LagOf{
		{Partition: "orders/0", Points: []labs.LagPoint{
			{At: s, Committed: -1, End: 9}, {At: 2 * s, Committed: -1, End: 9, Owner: "a"}, {At: 6 * s, Committed: -1, End: 6, Owner: "a"},
			{At: 8 * s, Start: 3, Committed: -1, End: 6, Owner: "a"},
		}},
		{Partition: "orders/1", Points: []labs.LagPoint{{At: 3 * s, Committed: -1, Owner: "b"}, {At: 5 * s, Committed: -1}}},
	}
	if diff := cmp.Diff(want, p.LagOf("g", "").Partitions); diff != "" {
		t.Error(diff)
	}
}
