package inhost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
)

// publish sends the keys that the checks ask for through the brokers, after
// the mark that the run is over and when no program is left. Where they go is
// then in the journal, told by the miniature itself or found by looking. A broker that refuses one was
// left like that by the program, so it is recorded and no error of ours.
func (r *gradedRun) publish() error {
	if r.out.Quota != "" {
		return nil // the checks are blocked
	}
	r.world.drained()
	if r.last == 0 {
		r.world.seq.Do(func() { r.last = r.world.journal.Last() })
	}
	asked := make(map[string]bool)
	for _, c := range r.request.Spec.Checks {
		exchange, keys := property.Probes(c.Property, c.With)
		for _, key := range keys {
			if asked[exchange+" "+key] {
				continue
			}
			asked[exchange+" "+key] = true
			if err := r.publishOne(exchange, key); err != nil {
				return err
			}
		}
	}
	r.follow()
	if len(asked) > 0 {
		r.world.seq.Do(func() { r.asked = r.world.journal.Last() })
	}
	return nil
}

// follow has real brokers searched for what publish has sent: a real one does not
// tell where it went.
func (r *gradedRun) follow() {
	if !r.request.Spec.Real() {
		return
	}
	r.followed = true
	for _, c := range r.request.Spec.Checks {
		exchange, keys := property.Probes(c.Property, c.With)
		for _, b := range r.world.brokers {
			real, ok := b.(interface {
				Trace(ctx context.Context, exchange string, keys []string, reason string) error
			})
			if len(keys) > 0 && (!ok || real.Trace(r.ctx, exchange, keys, property.Probed) != nil) {
				r.followed = false // what was not found may have been there all the same
			}
		}
	}
}

// publishOne sends one message, called by its key where messages have names.
func (r *gradedRun) publishOne(exchange, key string) error {
	body, err := json.Marshal(map[string]string{r.request.Spec.Label: key})
	if err != nil {
		return fmt.Errorf("probe %q: %w", key, err)
	}
	for _, b := range r.world.brokers {
		err := b.Apply([]brokers.Action{{Do: "publish", With: map[string]any{
			"exchange": exchange, "key": key, "body": string(body),
		}}})
		for inner := err; inner != nil; inner = errors.Unwrap(inner) {
			err = inner // the broker's own words
		}
		if err != nil {
			r.world.record(brokers.Event{Kind: brokers.Refused, Exchange: exchange, Key: key, Reason: err.Error()})
		}
	}
	return nil
}
