package inhost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// A mumbler is a real broker that does not answer at first.
type mumbler struct {
	idler
	deaf  int   // how often it fails to look for dead letters
	why   error // with what
	asked int
}

func (m *mumbler) Sync(context.Context) error { return nil }

func (m *mumbler) Trace(context.Context, string, []string, string) error { return nil }

func (m *mumbler) Probe(context.Context, string) error {
	if m.asked++; m.asked <= m.deaf {
		return cmp.Or(m.why, errors.New("the line is dead"))
	}
	return nil
}

// TestUnheard: a real broker that does not answer is asked again, and what it leaves
// unsaid is told apart from what it cannot say.
func TestUnheard(t *testing.T) {
	leaky := brokers.Event{Kind: brokers.Declared, Place: "orders", Detail: map[string]any{brokers.Leaky: brokers.LeakyByTime}}
	check := trial.Check{ID: "dead", Property: "dead-lettered", With: property.Params{"queue": "orders", "to": "orders.dead"}}
	for _, tt := range []struct {
		name     string
		brokers  []brokers.Broker
		journal  []brokers.Event
		why, say string
	}{
		{"it answers", []brokers.Broker{&mumbler{}}, nil, "", ""},
		{"at the third time", []brokers.Broker{&mumbler{deaf: maxAsked - 1}}, nil, "", ""},
		{"never", []brokers.Broker{&mumbler{deaf: maxAsked}}, nil, "unheard", "the line is dead"},
		{"never, and it could not say", []brokers.Broker{&mumbler{deaf: maxAsked}}, []brokers.Event{leaky}, "needs-miniature", "the line is dead"},
		{"it cannot say", []brokers.Broker{&mumbler{deaf: 1, why: fmt.Errorf("full: %w", brokers.ErrUntellable)}}, nil, "needs-miniature", ""},
		{"it cannot be asked", []brokers.Broker{&idler{}}, nil, "needs-miniature", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := trial.Spec{Brokers: []trial.Broker{{Name: "rabbitmq", Container: true}}, Checks: []trial.Check{check}}
			r := &prober{ctx: t.Context(), world: newStillWorld(tt.brokers...), spec: spec}
			r.probe()
			out := trial.Outcome{Results: make(map[string]property.Result), Events: tt.journal}
			if err := r.results(&out, tt.journal); err != nil {
				t.Fatal(err)
			}
			if out.Blocked[check.ID] != tt.why || out.Unheard != tt.say {
				t.Errorf("blocked by %q, %q; want %q, %q", out.Blocked[check.ID], out.Unheard, tt.why, tt.say)
			}
		})
	}
}
