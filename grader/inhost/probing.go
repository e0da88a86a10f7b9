package inhost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// A prober asks the brokers of a run what its journal does not say by itself: where the
// keys go that the checks name, and in a real broker where its dead letters are.
type prober struct {
	ctx   context.Context
	world *world
	spec  trial.Spec

	last     uint64 // Seq of the run's last event; 0 for the journal's. What follows is our tidying up
	asked    uint64 // Seq of the last event of our probing of the miniatures; 0 without
	shown    bool   // the keys that students are not shown are left out
	tooLong  bool   // waiting for the clock of a real broker was given up before it had come to anything
	mute     error  // why a real broker did not tell what follows, although it could have; the first
	heard    bool   // real brokers have told where every message of the run has gone
	probed   bool   // and were searched for the dead letters that nobody has seen
	followed bool   // they have told where the messages of publish have gone
}

// publish sends the keys that the checks ask for through the brokers, after
// the mark that the run is over and when no program is left. Where they go is
// then in the journal, told by the miniature itself or found by looking. A broker that refuses one was
// left like that by the program, so it is recorded and no error of ours.
func (r *prober) publish() error {
	r.world.drained()
	if r.last == 0 {
		r.world.seq.Do(func() { r.last = r.world.journal.Last() })
	}
	asked := r.asks()
	for _, a := range asked {
		if err := r.publishOne(a.exchange, a.key); err != nil {
			return err
		}
	}
	tried := r.attempt()
	r.follow()
	if len(asked) > 0 || tried {
		r.world.seq.Do(func() { r.asked = r.world.journal.Last() })
	}
	return nil
}

// A probeKey is a key that is published to find out where it goes.
type probeKey struct{ exchange, key string }

// asks are those that the checks want, each once.
func (r *prober) asks() []probeKey {
	var all []probeKey
	for _, c := range r.spec.Checks {
		if r.shown && property.Hidden(c.With) {
			continue
		}
		exchange, keys := property.Probes(c.Property, c.With)
		for _, key := range keys {
			if a := (probeKey{exchange, key}); !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	return all
}

// follow has real brokers searched for what publish has sent: a real one does not
// tell where it went.
func (r *prober) follow() {
	if !r.spec.Real() {
		return
	}
	r.followed = true
	for _, c := range r.spec.Checks {
		exchange, keys := property.Probes(c.Property, c.With)
		for _, b := range r.world.brokers {
			real, ok := b.(realBroker)
			if len(keys) > 0 && (!ok || !r.tells(func() error { return real.Trace(r.ctx, exchange, keys, property.Probed) })) {
				r.followed = false // what was not found may have been there all the same
			}
		}
	}
}

// publishOne sends one message, called by its key where messages have names.
func (r *prober) publishOne(exchange, key string) error {
	body := []byte(key)
	if r.spec.Label != wholeBody {
		var err error
		if body, err = json.Marshal(map[string]string{r.spec.Label: key}); err != nil {
			return fmt.Errorf("probe %q: %w", key, err)
		}
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

// A realBroker tells of its inside what it is asked for.
type realBroker interface {
	Sync(ctx context.Context) error
	Probe(ctx context.Context, reason string) error
	Trace(ctx context.Context, exchange string, keys []string, reason string) error
}

// probe has real brokers tell where the messages of the run have gone, and searched for
// dead letters, if a check asks for them.
func (r *prober) probe() {
	if !r.spec.Real() {
		return
	}
	wanted := slices.ContainsFunc(r.spec.Checks, func(c trial.Check) bool { return property.AsksForDead(c.Property) })
	r.heard, r.probed = true, wanted
	for _, b := range r.world.brokers {
		real, ok := b.(realBroker)
		if !ok || !r.tells(func() error { return real.Sync(r.ctx) }) {
			r.heard = false // what was not told of may have happened all the same
		}
		if !ok || wanted && !r.tells(func() error { return real.Probe(r.ctx, property.Probed) }) {
			r.probed = false // and what was not found may be there
		}
	}
}

// maxAsked is how often a real broker is asked that does not answer. Its machine may be
// busy for a moment.
const maxAsked = 3

// tells reports whether a real broker has told what ask wants to know.
func (r *prober) tells(ask func() error) bool {
	var err error
	for range maxAsked {
		if err = ask(); err == nil || r.ctx.Err() != nil {
			break
		}
		if errors.Is(err, brokers.ErrUntellable) {
			return false
		}
	}
	if err != nil && r.mute == nil {
		r.mute = err
	}
	return err == nil
}

// events returns the journal of the run, and its part until the run was over.
func (r *prober) events() (all, run []brokers.Event) {
	all = r.world.journal.Since(0)
	run = all
	if r.last > 0 {
		run = all[:min(r.last, uint64(len(all)))]
	}
	if r.asked == 0 {
		return run, run
	}
	return all[:min(r.asked, uint64(len(all)))], run
}

// blind says by a message's id why a check cannot be judged by this journal; it
// is empty when it can. A miniature's journal tells everything.
func (r *prober) blind(c trial.Check, events []brokers.Event) string {
	seen := property.Sight{Heard: r.heard && !r.tooLong, Probed: r.probed, Followed: r.followed}
	most := property.Sight{Heard: !r.tooLong, Probed: true, Followed: true}
	switch {
	case !r.spec.Real():
		return ""
	case r.world.followedPartly():
		return "untapped"
	case !property.NeedsMiniature(c.Property, c.With, events, seen):
		return ""
	case r.mute == nil || property.NeedsMiniature(c.Property, c.With, events, most):
		return "needs-miniature"
	}
	return "unheard"
}

// results judges every check by the events of an outcome; run are those until the run
// was over.
func (r *prober) results(out *trial.Outcome, run []brokers.Event) error {
	out.Blocked = make(map[string]string)
	if r.mute != nil {
		out.Unheard = r.mute.Error()
	}
	for _, c := range r.spec.Checks {
		if why := r.blind(c, out.Events); why != "" {
			out.Blocked[c.ID] = why
			continue
		}
		seen := run
		if _, keys := property.Probes(c.Property, c.With); len(keys) > 0 || len(property.Attempts(c.Property, c.With)) > 0 {
			seen = out.Events
		}
		result, err := property.Judge(c.Property, seen, c.With)
		if err != nil {
			return fmt.Errorf("check %q: %w", c.ID, err)
		}
		if !result.OK {
			result.Facts.End, result.Facts.Code = out.End, out.Exit.Code
			result.Facts.Waiting = out.Exit.Waiting
		}
		out.Results[c.ID] = result
	}
	return nil
}
