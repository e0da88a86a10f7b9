package inhost

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// A binder is a broker that takes bindings, but not of the queue none.
type binder struct {
	idler
	made []string
}

func (b *binder) Apply(actions []brokers.Action) error {
	for _, a := range actions {
		if a.With["queue"] == "none" {
			return fmt.Errorf("bind: %w", model.Errorf(model.NotFound, "no queue 'none' in vhost '/'"))
		}
	}
	for _, a := range actions {
		b.made = append(b.made, fmt.Sprint(a.With["queue"], " ", a.With["exchange"], " ", a.With["key"]))
	}
	return nil
}

// TestBindingsAreApplied: all at once, or one by one when one is refused: then that has
// its line, and the others are made.
func TestBindingsAreApplied(t *testing.T) {
	file := func(queue string) []trial.ConfigFile {
		return []trial.ConfigFile{{Name: "bindings.yaml", Text: "exchange: events\nbindings:\n  - {queue: audit, pattern: \"user.#\"}\n  - {queue: " + queue + ", pattern: x}\n"}}
	}
	for queue, code := range map[string]int{"mail": 200, "none": 404} {
		b, w := &binder{}, newStillWorld()
		applied := (&bindingApplier{world: w, broker: b}).apply(file(queue))
		if len(applied) != 2 || applied[0].Code != 200 || applied[0].Line != 3 || applied[1].Code != code || applied[1].Line != 4 {
			t.Errorf("%s: answered %+v", queue, applied)
		}
		want := []string{"audit events user.#"}
		var refused []brokers.Event
		if code == 200 {
			want = append(want, "mail events x")
		} else {
			refused = []brokers.Event{{Kind: brokers.Refused, Exchange: "events", Place: "none", Key: "x", Line: 4, File: "bindings.yaml"}}
		}
		if diff := cmp.Diff(want, b.made); diff != "" {
			t.Errorf("%s: %s", queue, diff)
		}
		events := w.journal.Since(0)
		if len(events) != len(refused) {
			t.Fatalf("%s: %d events, want %d", queue, len(events), len(refused))
		}
		for i, e := range events {
			if e.Kind != refused[i].Kind || e.Place != refused[i].Place || e.Key != refused[i].Key || e.Line != 4 || e.File != "bindings.yaml" || e.Reason == "" {
				t.Errorf("%s: the journal has %+v", queue, e)
			}
		}
	}
}

// TestRefusalsAreCutOff: what a service answers to a file that is hostile does not fill
// the journal.
func TestRefusalsAreCutOff(t *testing.T) {
	long := strings.Repeat("x", 10*maxRefusal)
	if got := reason(400, long); len(got) != maxRefusal || got[:16] != "400 Bad Request:" {
		t.Errorf("%d bytes are kept: %q", len(got), got[:min(len(got), 30)])
	}
	if got := reason(201, ""); got != "201 Created" {
		t.Errorf("without words: %q", got)
	}
}
