package grader

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/brokerlab/brokerlab/brokers"
)

// TestScene draws a run at four of its events.
func TestScene(t *testing.T) {
	s := queueOf(2).life("c1").on(brokers.Delivered, "c1", 1, 32).on(brokers.Effect, "c1", 1, 40).on(brokers.Acked, "c1", 1, 41)
	s.on(brokers.Delivered, "c1", 2, 32)
	s.add(brokers.Event{Kind: brokers.Crash, Source: "host"})
	s.on(brokers.Requeued, "", 2, 0)
	type row struct {
		Place                       string
		Ready, InFlight, Done, Dead int
		Tokens                      string
	}
	var rows []row
	scene := newScene([]string{"ledger"})
	for _, e := range s.events {
		scene.play(e)
		if e.Kind != brokers.Subscribed && e.Kind != brokers.Acked && e.Kind != brokers.Crash && e.Kind != brokers.Requeued {
			continue
		}
		for _, p := range scene.draw(e.Seq).Places {
			tokens := ""
			for _, t := range p.Tokens {
				tokens += t.State + t.Label + " "
			}
			rows = append(rows, row{p.ID, p.Ready, p.InFlight, p.Done, p.Dead, tokens})
		}
	}
	worker := "consumer:c1/1/worker"
	want := []row{
		{"queue:orders.dead", 0, 0, 0, 0, ""}, {"queue:orders", 3, 0, 0, 0, "ready1 ready2 ready "}, {worker, 0, 0, 0, 0, ""}, {"service:ledger", 0, 0, 0, 0, ""},
		{"queue:orders.dead", 0, 0, 0, 0, ""}, {"queue:orders", 2, 0, 1, 0, "ready2 ready "}, {worker, 0, 0, 1, 0, ""}, {"service:ledger", 0, 0, 1, 0, "done1 "},
		{"queue:orders.dead", 0, 0, 0, 0, ""}, {"queue:orders", 1, 1, 1, 0, "ready "}, {worker, 0, 1, 1, 0, "flight2 "}, {"service:ledger", 0, 0, 1, 0, "done1 "},
		{"queue:orders.dead", 0, 0, 0, 0, ""}, {"queue:orders", 2, 0, 1, 0, "twice2 ready "}, {worker, 0, 0, 1, 0, ""}, {"service:ledger", 0, 0, 1, 0, "done1 "},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
}

// TestSceneTakesAnything: no journal makes the replay panic, and no picture
// shows a message twice.
func TestSceneTakesAnything(t *testing.T) {
	lab := workQueue(t)
	kinds := []brokers.Kind{
		brokers.Declared, brokers.Deleted, brokers.Routed, brokers.Delivered, brokers.Acked, brokers.Requeued, brokers.Rejected,
		brokers.DeadLettered, brokers.Effect, brokers.Crash, brokers.Subscribed, brokers.Cancelled, brokers.Purged, brokers.OverQuota,
	}
	rapid.Check(t, func(t *rapid.T) {
		s := &script{}
		for range rapid.IntRange(0, 40).Draw(t, "events") {
			s.add(brokers.Event{
				Kind:  rapid.SampledFrom(kinds).Draw(t, "kind"),
				Place: rapid.SampledFrom([]string{"orders", "dead", ""}).Draw(t, "place"), Source: "ledger",
				Message: rapid.Uint64Range(0, 4).Draw(t, "message"), Client: "c1", Consumer: "w",
				Reason: rapid.SampledFrom([]string{"", "auto-ack", "acked"}).Draw(t, "reason"),
			})
		}
		r := &renderer{words: wordsIn("ru"), lab: lab, ev: &Evidence{Journals: map[string][]brokers.Event{"x": s.events}}}
		replay := r.replay("x", nil)
		if replay == nil {
			return
		}
		for seq, state := range replay.States {
			seen := make(map[uint64]bool)
			for _, p := range state.Places {
				for _, token := range p.Tokens {
					if p.Kind != "service" && seen[token.Message] {
						t.Fatalf("at event %d message %d is in two places", seq, token.Message)
					}
					seen[token.Message] = seen[token.Message] || p.Kind != "service"
				}
			}
		}
	})
}
