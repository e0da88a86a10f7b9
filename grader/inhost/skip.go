package inhost

import (
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// In a graded run nobody waits for a time to live. When the program has settled
// all that it was given, nothing is on its way to it, and messages wait for
// nothing but the clock, the clock jumps to the moment when the first of them is
// due. The program notices nothing but that time flies: its own clock and its
// heartbeats are the machine's. A program that sleeps while it holds a message does
// not bring about a skip, for the broker cannot know what it waits for: if it
// sleeps for longer than the lab's stall limit, the run ends there.
//
// The clock of a real broker is its own. There the run waits, for as long as a message
// that goes round a few times may need, and nobody knows which of the others sleeps.

const (
	skipped  = "the clock was moved" // no end of a run: see gradedRun.await
	passing  = "time passes"         // nor is this
	maxSkips = 50                    // what still goes round after these has no end
	overdue  = "due"                 // Reason of the event: a message's time was up
	rounds   = 4                     // how often a time to live is waited for on a real broker
	atLeast  = 5 * time.Second       // for which a real broker may take to say that nothing is left
)

// passTime lets the time pass that messages wait for: by a skip, or for real. It returns
// skipped, passing, the end of a run that has gone round too often or stalled, or nothing.
func (r *gradedRun) passTime(ticks int) string {
	if !r.request.Spec.Real() {
		return r.skip()
	}
	r.longest = max(r.longest, r.world.longest())
	if r.longest == 0 {
		return r.stalled(ticks) // it is an answer that is due
	}
	if r.waited += tick; r.waited < min(rounds*r.longest+atLeast, trial.RealWait) {
		return passing
	}
	r.tooLong = rounds*r.longest+atLeast > trial.RealWait
	return trial.EndAttempts
}

// longest is the longest time to live that messages wait for on real brokers.
func (w *world) longest() (longest time.Duration) {
	for _, b := range w.brokers {
		if real, ok := b.(interface{ Longest() time.Duration }); ok {
			longest = max(longest, real.Longest())
		}
	}
	return longest
}

// onlyDue reports whether messages wait for the clock and for nothing else.
func (w *world) onlyDue() bool {
	due := 0
	for _, b := range w.brokers {
		idle := b.Idle()
		if idle.Ready+idle.InFlight > 0 {
			return false
		}
		due += idle.Due
	}
	return due > 0 && !w.asked()
}

// skip moves the clock to when the first call is due. It returns skipped, or the
// end of a run that has gone round too often.
func (r *gradedRun) skip() string {
	if r.skips++; r.skips > maxSkips {
		return trial.EndAttempts
	}
	due, ok := r.world.clock.Next()
	if !ok {
		return ""
	}
	r.world.jump(max(due.Sub(r.world.clock.Now()), 0), overdue)
	return skipped
}

// jump moves the clock ahead and says so in the journal before what follows of it.
func (w *world) jump(d time.Duration, reason string) {
	w.record(brokers.Event{Kind: brokers.Skipped, N: d.Round(time.Millisecond).Milliseconds(), Reason: reason})
	w.clock.Skip(d)
}
