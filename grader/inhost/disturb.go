package inhost

import (
	"fmt"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// keptBack is for how long a service keeps its answer back when the group of whoever asked
// shares out its partitions anew. It is the time that a group of a lab, whose heartbeats
// come every 20 ms, takes for it: in the three rounds in which visitors come, get their
// share and go. A member that lets itself be interrupted has lost its partition when it
// gets the answer; for one that does not, the round begins afterwards.
const keptBack = 200 * time.Millisecond

// disturbing arms a fault inside a cluster. The program goes on: what it is told of
// the fault, and when, is the broker's affair.
func (r *gradedRun) disturbing(f trial.Fault, d brokers.Disturbance) {
	r.world.seq.Arm(brokers.Fault{
		Match: f.Matcher(),
		Inner: true,
		Fire: func(brokers.Event) {
			r.fell.Store(true)
			if d.Kind == brokers.Rebalancing {
				r.world.seq.Hold(keptBack)
			}
			if err := r.world.disturb(d); err != nil {
				select {
				case r.world.failed <- fmt.Errorf("fault %s: %w", f.ID, err):
				default:
				}
			}
		},
	})
}

// disturb tells the broker that has several nodes. It is called inside the sequencer.
func (w *world) disturb(d brokers.Disturbance) error {
	for _, b := range w.brokers {
		if cluster, ok := b.(brokers.Disturber); ok {
			return cluster.Disturb(d)
		}
	}
	return fmt.Errorf("no broker of this lab has several nodes, want one for %s", d.Kind)
}
