package trial

import (
	"slices"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
)

// journal makes a baseline of n orders, each delivered, charged and acked.
func journal(n int) []brokers.Event {
	var events []brokers.Event
	add := func(e brokers.Event) {
		e.Seq = uint64(len(events) + 1)
		events = append(events, e)
	}
	for range n {
		add(brokers.Event{Kind: brokers.Published}) // by the lab itself
		add(brokers.Event{Kind: brokers.Routed})
	}
	add(brokers.Event{Kind: brokers.Opened, Client: "c1"})
	for range n {
		add(brokers.Event{Kind: brokers.Delivered, Client: "c1"})
		add(brokers.Event{Kind: brokers.Effect})
		add(brokers.Event{Kind: brokers.Acked, Client: "c1"})
	}
	return events
}

// TestRule3Points: fault points are what the client caused, and first deliveries.
func TestRule3Points(t *testing.T) {
	for _, tt := range []struct {
		name string
		e    brokers.Event
		want bool
	}{
		{"publish by the client", brokers.Event{Kind: brokers.Published, Client: "c1"}, true},
		{"publish by the lab", brokers.Event{Kind: brokers.Published}, false},
		{"ack", brokers.Event{Kind: brokers.Acked, Client: "c1"}, true},
		{"reject", brokers.Event{Kind: brokers.Rejected, Client: "c1"}, true},
		{"commit", brokers.Event{Kind: brokers.Committed, Client: "c1"}, true},
		{"commit by the broker", brokers.Event{Kind: brokers.Committed}, false},
		{"effect", brokers.Event{Kind: brokers.Effect}, true},
		{"first delivery", brokers.Event{Kind: brokers.Delivered, Client: "c1"}, true},
		{"second delivery", brokers.Event{Kind: brokers.Delivered, Client: "c1", Redelivered: true}, false},
		{"routed", brokers.Event{Kind: brokers.Routed}, false},
		{"requeued", brokers.Event{Kind: brokers.Requeued}, false},
		{"opened", brokers.Event{Kind: brokers.Opened, Client: "c1"}, false},
	} {
		if got := IsPoint(tt.e); got != tt.want {
			t.Errorf("%s: IsPoint = %v, want %v", tt.name, got, tt.want)
		}
	}
	if got := len(Points(Crash, journal(4), 1)); got != 12 {
		t.Errorf("4 orders have %d fault points, want 12", got)
	}
}

// TestRule3Sample: of more than 25 points the seed draws 25, always the same, and
// always with the first and the last.
func TestRule3Sample(t *testing.T) {
	all := journal(40)
	drawn := Points(Crash, all, 7)
	if len(drawn) != MaxPoints {
		t.Fatalf("drew %d points, want %d", len(drawn), MaxPoints)
	}
	if !slices.Equal(drawn, Points(Crash, all, 7)) {
		t.Error("the same seed drew other points")
	}
	if slices.Equal(drawn, Points(Crash, all, 8)) {
		t.Error("another seed drew the same points")
	}
	if drawn[0].ID != "crash-delivered-1" || drawn[MaxPoints-1].ID != "crash-acked-40" {
		t.Errorf("drew %s to %s, want the first and the last point", drawn[0].ID, drawn[MaxPoints-1].ID)
	}
	seen := make(map[string]bool)
	for _, f := range drawn {
		if seen[f.ID] {
			t.Errorf("drew %s twice", f.ID)
		}
		seen[f.ID] = true
	}
}

// TestMatcher: a point that was counted in one run is found again in another.
func TestMatcher(t *testing.T) {
	events := journal(5)
	for _, f := range Points(Crash, events, 1) {
		match, hits := f.Matcher(), 0
		for _, e := range events {
			if match(e) {
				hits++
				if e.Kind != f.After {
					t.Errorf("%s matched a %s", f.ID, e.Kind)
				}
			}
		}
		if hits != 1 {
			t.Errorf("%s matched %d events, want 1", f.ID, hits)
		}
	}
}
