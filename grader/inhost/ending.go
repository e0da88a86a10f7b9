package inhost

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// A run that is not ended by the program, a limit or the lab's condition ends
// when nothing moves any more. Silence is counted in ticks that came on time: on
// a machine too busy to wake us, the program may be waiting for its turn too,
// and a verdict must not depend on that.
const (
	tick       = 10 * time.Millisecond
	late       = tick + tick/2          // a tick after this proves nothing
	quietTicks = 5                      // 50 ms without an event: what was to come has come
	patience   = 15 * time.Second       // added to the program's own limit before the host steps in
	endFired   = "the fault has fallen" // no end of a run: see gradedRun.run
)

// await returns when the run is over or the fault has fallen.
func (r *gradedRun) await(ctx context.Context) (end string, err error) {
	wall := time.NewTimer(r.request.Spec.Limits.Wall + patience)
	defer wall.Stop()
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	silence := silence{last: time.Now()}
	for {
		select {
		case <-r.fired:
			return endFired, nil
		case <-r.life.Done():
			r.world.drained()
			if r.hasFired() { // by what the program had sent before it ended
				return endFired, nil
			}
			return trial.EndExit, nil
		case <-r.world.changed:
			silence.ticks = 0
			if end := r.decided(); end != "" {
				return end, nil
			}
		case due := <-ticks.C:
			silence.tick(due, time.Now())
			if end := r.endedBy(&silence); end != "" {
				return end, nil
			}
		case err := <-r.world.failed:
			return "", fmt.Errorf("a miniature stopped: %w", err)
		case <-wall.C:
			return "", fmt.Errorf("the program outlived its limit of %s by %s", r.request.Spec.Limits.Wall, patience)
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// endedBy returns the end that the silence means, if any. None does that an event has broken
// meanwhile, and what passed while messages waited for nothing but the clock was not the
// program's: it would have stalled the moment the first of them came back.
func (r *gradedRun) endedBy(s *silence) string {
	end := r.silent(s.ticks)
	switch {
	case end == skipped:
		s.ticks = 0
	case end == passing:
		s.ticks = quietTicks
	case end != "" && len(r.world.changed) == 0:
		return end
	}
	return ""
}

// hasFired reports whether the fault has taken effect and was not yet dealt with.
func (r *gradedRun) hasFired() bool {
	select {
	case <-r.fired:
		return true
	default:
		return false
	}
}

// silence counts the ticks on time since the last event.
type silence struct {
	last  time.Time
	ticks int
	all   int // of them since the beginning
}

// tick counts a tick that was due at one time and seen at another, if both that and the
// one before it came on time.
func (s *silence) tick(due, seen time.Time) {
	if seen.Sub(s.last) <= late && seen.Sub(due) <= late {
		s.ticks++
		s.all++
	}
	s.last = seen
}

// hush leaves a program whose network is gone in the dark until it has nothing
// more to say: nobody tells it, and what it sends to a broker goes nowhere. So
// what it does before it notices is the same in every run.
func (r *gradedRun) hush() {
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	silence := silence{last: time.Now()}
	for (silence.ticks < quietTicks || len(r.world.changed) > 0) && silence.all < int(r.request.Spec.Limits.Stall/tick) {
		select {
		case <-r.life.Done():
			return
		case <-r.world.changed:
			silence.ticks = 0
		case due := <-ticks.C:
			silence.tick(due, time.Now())
		case <-r.ctx.Done():
			return
		}
	}
}

// decided returns the end that an event has brought about, if any.
func (r *gradedRun) decided() string {
	switch {
	case r.hasFired():
		return endFired
	case r.world.quotaMet() != "":
		return trial.EndQuota
	case r.world.mostTries() > r.request.Spec.Limits.Attempts:
		return trial.EndAttempts
	case r.world.refusedForGood(r.request.Spec.Limits.Stall):
		return trial.EndRefused
	case !r.request.Spec.Until.Quiet && r.world.untilHolds():
		return trial.EndUntil
	}
	return ""
}

// silent returns the end that so many quiet ticks mean, if any. Before the
// program has said its first word it may be computing, and only its own limits
// end it.
func (r *gradedRun) silent(ticks int) string {
	switch {
	case ticks < quietTicks || !r.world.hasSpoken():
		return ""
	case r.hasFired():
		return endFired
	case r.request.Program.Console:
		return "" // between two commands nothing moves; the session exits by itself
	case r.world.untilHolds():
		return trial.EndUntil
	case r.world.nothingLeft() && !r.mayRetry(ticks):
		return trial.EndQuiet
	case r.world.onlyDue():
		return r.passTime(ticks)
	case r.world.deadEnd(ticks, r.request.Spec.Limits.Stall):
		return trial.EndRefused
	}
	return r.stalled(ticks)
}

// slowest is how long a real broker may be silent whose turn it is, on a machine that is
// busy.
const slowest = 20 * time.Second

// stalled returns the end of a run in which nothing was heard for too long, if so many
// quiet ticks are. A program that waits for a real broker has not stalled.
func (r *gradedRun) stalled(ticks int) string {
	limit := r.request.Spec.Limits.Stall
	if ticks < int(limit/tick) {
		return ""
	}
	if limit < slowest && r.world.itsTurn() {
		if ticks < int(slowest/tick) {
			return ""
		}
		r.out.Silence = slowest
	}
	return trial.EndStall
}

// itsTurn reports whether somebody waits for a real broker to say something.
func (w *world) itsTurn() bool {
	return slices.ContainsFunc(w.brokers, func(b brokers.Broker) bool {
		real, ok := b.(interface{ Awaited() bool })
		return ok && real.Awaited()
	})
}

// apart is how long a program may be silent that is connected to nothing: it is about to
// end, or it has done one thing and goes over to the next. So long may one be, too, of
// which nothing says when it has done its work, but its end.
const apart = 500 * time.Millisecond

// mayRetry reports whether a fault inside a cluster has fallen and the program has been
// silent for less than the stall limit: a client that was turned away waits for a while
// of its own before it asks who leads now. So may one that has yet to write the first of
// the records that the run is about, or to commit the first of its offsets: it may be
// waiting for the members of a group, or about to set one back. And so may one that has
// only connected so far, or has not come to the fault of its run, which it came to
// without one: on a busy machine it may be waiting for its turn.
func (r *gradedRun) mayRetry(ticks int) bool {
	until := r.request.Spec.Until
	awaited := len(until.Settled) > 0 || until.Charged != "" || until.Quiet
	if ticks < int(apart/tick) && (!awaited || !r.world.connected()) {
		return true
	}
	waiting := r.request.Fault.Inner() && r.fell.Load() || r.yetToFall() || !r.world.hasActed() || r.world.yetToWrite() || r.world.yetToCommit()
	return waiting && ticks < int(r.request.Spec.Limits.Stall/tick)
}

// yetToFall reports whether the run has a fault that an event brings about, and that
// event has not come.
func (r *gradedRun) yetToFall() bool {
	f := r.request.Fault
	return f.Inner() && !r.fell.Load() || (f.Kind == trial.Crash || f.Kind == trial.Disconnect) && r.fired != nil && !r.hasFired()
}

// yetToWrite reports whether the condition of the lab is about messages of which not one
// is there.
func (w *world) yetToWrite() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.spec.Until.Charged != "" && len(w.labels) == 0
}

// yetToCommit reports whether the condition of the lab is about logs in which no client
// has committed an offset yet. What the lab has committed says nothing of the program.
func (w *world) yetToCommit() bool {
	logs := slices.ContainsFunc(w.spec.Brokers, func(b trial.Broker) bool { return b.Name == kafkaSource })
	w.mu.Lock()
	defer w.mu.Unlock()
	return logs && len(w.spec.Until.Settled) > 0 && !w.committed
}

// untilHolds reports whether the lab's condition for the end of a run holds.
func (w *world) untilHolds() bool {
	u := w.spec.Until
	if len(u.Settled) == 0 && u.Charged == "" {
		return false
	}
	return w.allCharged() && !w.yetToCommit() && w.settled() && w.sure()
}

// sure reports whether it is known what is in the queues: a real broker may have to be
// asked first.
func (w *world) sure() bool {
	for _, b := range w.brokers {
		if real, ok := b.(interface{ Sure() bool }); ok && !real.Sure() {
			return false
		}
	}
	return true
}

// settled reports whether the queues of the condition hold nothing, and every group
// that has committed anything in its topics has committed all of them.
func (w *world) settled() bool {
	want := make(map[string]bool, len(w.spec.Until.Settled))
	for _, name := range w.spec.Until.Settled {
		want[name] = true
	}
	for _, b := range w.brokers {
		places := b.State().Places
		for _, p := range places {
			switch {
			case p.Kind == "queue" && want[p.Name] && p.Ready+p.InFlight > 0:
				return false
			case p.Kind == "partition" && want[topicOf(p)] && !committed(p, places):
				return false
			}
		}
	}
	return true
}

func topicOf(partition brokers.Place) string {
	topic, _, _ := cutPartition(partition.Name)
	return topic
}

// committed reports whether the groups that have committed an offset of the
// partition's topic, at least one, have committed all that is in the partition.
func committed(partition brokers.Place, places []brokers.Place) bool {
	end, _ := partition.Detail["hw"].(int64)
	if start, _ := partition.Detail["base"].(int64); start == end {
		return true
	}
	ofTopic := func(place string) bool {
		topic, _, _ := cutPartition(place)
		return topic == topicOf(partition)
	}
	readers := 0
	for _, p := range places {
		offsets, _ := p.Detail["offsets"].(map[string]int64)
		if p.Kind != "group" || !slices.ContainsFunc(slices.Collect(maps.Keys(offsets)), ofTopic) {
			continue
		}
		readers++
		if offsets[partition.Name] < end {
			return false
		}
	}
	return readers > 0
}

// nothingLeft reports whether no broker has anything ready, in flight or due, the
// queues of the lab's condition are empty, and no service asks for anything. A message that waits for a
// consumer still counts: the program may be about to start one.
func (w *world) nothingLeft() bool {
	for _, b := range w.brokers {
		if idle := b.Idle(); idle.Ready+idle.InFlight+idle.Due > 0 {
			return false
		}
	}
	return w.settled() && !w.asked()
}

// asked reports whether a service still has something for the program to do: a
// program that has only just connected may be about to ask for it.
func (w *world) asked() (asked bool) {
	w.seq.Do(func() {
		for _, s := range w.services {
			if o, ok := s.(*outbox); ok && len(o.waiting()) > 0 {
				asked = true
			}
		}
	})
	return asked
}

func (w *world) allCharged() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.spec.Until.Charged == "" {
		return true
	}
	if len(w.labels) == 0 {
		return false // see yetToWrite
	}
	for label := range w.labels {
		if !w.charged[label] {
			return false
		}
	}
	return true
}

// drained waits until everything that a dead program had sent is handled: all
// its connections have been read to their end.
func (w *world) drained() {
	deadline := time.Now().Add(goodbye)
	for w.connected() && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
}

// forgotten has the miniatures find out at once that a program that has ended is gone,
// also where they would wait for it to come back: a member of a group is out of it,
// whatever its session timeout says. While somebody is still connected they are left
// alone.
func (w *world) forgotten() {
	w.drained()
	if w.real || w.connected() {
		return
	}
	w.seq.Do(func() {
		for _, b := range w.brokers {
			b.Cut("the program has ended")
		}
	})
}

func (w *world) connected() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clients > 0 || w.requests > 0
}

func (w *world) hasSpoken() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.spoke
}

func (w *world) hasActed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acted
}

func (w *world) quotaMet() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.quotas
}

func (w *world) followedPartly() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.partly
}

func (w *world) mostTries() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.most
}

// arrival returns when what caused an event reached the host; zero when no
// client caused it.
func (w *world) arrival(seq uint64) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.arrivals[seq]
}
