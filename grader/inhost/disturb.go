package inhost

import (
	"fmt"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// disturbing arms a fault inside a cluster. The program goes on: what it is told of
// the fault, and when, is the broker's affair.
func (r *gradedRun) disturbing(f trial.Fault, d brokers.Disturbance) {
	r.world.seq.Arm(brokers.Fault{
		Match: f.Matcher(),
		Inner: true,
		Fire: func(brokers.Event) {
			r.out.Fired = true
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
