package grader

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// A bench is the program of one submission and the hosts that run it. A host
// runs one schedule after the other; lanes work side by side.
type bench struct {
	grader *Grader
	checks []labs.Check // of the lab
	spec   trial.Spec
	prog   *readyProgram

	mu   sync.Mutex
	free []lane
}

// close gives up all hosts.
func (b *bench) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.free {
		l.Close()
	}
	b.free = nil
}

// take returns a host: one that is free, or a new one.
func (b *bench) take(ctx context.Context) (lane, error) {
	b.mu.Lock()
	if n := len(b.free); n > 0 {
		l := b.free[n-1]
		b.free = b.free[:n-1]
		b.mu.Unlock()
		return l, nil
	}
	b.mu.Unlock()
	return b.grader.open(ctx)
}

func (b *bench) give(l lane) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free = append(b.free, l)
}

// run runs the program under one fault. A host that fails is given up and the
// run is made once more on another.
func (b *bench) run(ctx context.Context, f trial.Fault) (trial.Outcome, error) {
	out, err := b.try(ctx, f)
	if err != nil && ctx.Err() == nil && !lacking(err) {
		b.grader.log.Warn("a run failed and is made again", "schedule", f.ID, "err", err)
		out, err = b.try(ctx, f)
	}
	if err == nil {
		err = b.own(ctx, &out)
	}
	if err != nil {
		return out, fault(ctx, fmt.Sprintf("run under schedule %q", f.ID), err)
	}
	return out, nil
}

// hostTime is what a host may take for one run beside the program's own two
// lives, on a machine that is busy. One that takes longer hangs, and is given up.
const hostTime = 45 * time.Second

func (b *bench) try(ctx context.Context, f trial.Fault) (trial.Outcome, error) {
	var out trial.Outcome
	file, err := os.Open(b.prog.path)
	if err != nil {
		return out, fmt.Errorf("open the program: %w", err)
	}
	defer file.Close()
	l, err := b.take(ctx)
	if err != nil {
		return out, err
	}
	spec, done, err := b.world(ctx)
	if err != nil {
		b.give(l)
		return out, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, 2*spec.Limits.Wall+b.grader.hangs)
	defer cancel()
	req := trial.Request{Spec: spec, Fault: f, Program: b.prog.Program}
	if err := l.Call(ctx, trial.MethodGrade, req, &out, file); err != nil {
		l.Close() // what state it is in nobody knows
		return out, err
	}
	b.give(l)
	return out, nil
}

// world describes one run's brokers, and says what to call when it is over.
func (b *bench) world(ctx context.Context) (trial.Spec, func(), error) {
	if b.grader.real == nil {
		return b.spec, func() {}, nil
	}
	spec, done, err := b.grader.real.ready(ctx, b.spec)
	if err != nil {
		return spec, nil, fault(ctx, "start a real broker", err)
	}
	return spec, done, nil
}

// realLanes is how many hosts work through a sweep on real brokers, unless there is to
// be one only. Runs that wait for a time to live do so for real, and need nothing else.
const realLanes = 8

// width is how many hosts work through a sweep.
func (g *Grader) width() int {
	if g.real != nil && g.lanes > 1 {
		return max(g.lanes, realLanes)
	}
	return g.lanes
}

// sweep runs the program under every fault, in lanes, and returns the outcomes
// in the order of the faults.
func (b *bench) sweep(ctx context.Context, baseline trial.Outcome, faults []trial.Fault, done func()) ([]trial.Outcome, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &sweep{
		bench: b, faults: faults, outcomes: make([]trial.Outcome, len(faults)), done: done, cancel: cancel,
		todo: make(chan int, len(faults)), drained: make(chan struct{}), computed: baseline.Exit.CPU, ran: baseline.Elapsed,
	}
	for i := range faults {
		s.todo <- i
	}
	close(s.todo)
	width := min(b.grader.width(), len(faults))
	for range width {
		s.lanes.Go(func() { s.lane(ctx) })
	}
	if width < len(faults) && b.grader.lanes > 1 {
		s.lanes.Go(func() { s.widen(ctx, width) })
	}
	s.lanes.Wait()
	return s.outcomes, context.Cause(ctx)
}

// A sweep is the runs of a program under its faults.
type sweep struct {
	*bench
	faults  []trial.Fault
	cancel  context.CancelCauseFunc
	todo    chan int      // indexes of faults
	drained chan struct{} // closed when todo is empty
	empty   sync.Once
	lanes   sync.WaitGroup

	report   sync.Mutex
	outcomes []trial.Outcome
	done     func()
	finished int
	computed time.Duration // by the program in the runs that are over
	ran      time.Duration // what they took
}

// lane makes one run after the other.
func (s *sweep) lane(ctx context.Context) {
	for i := range s.todo {
		if ctx.Err() != nil {
			return
		}
		out, err := s.run(ctx, s.faults[i])
		if err != nil {
			s.cancel(err)
			return
		}
		s.report.Lock()
		s.outcomes[i] = out
		s.finished++
		s.computed, s.ran = s.computed+out.Exit.CPU, s.ran+out.Elapsed
		s.done()
		s.report.Unlock()
	}
	s.empty.Do(func() { close(s.drained) })
}

// Runs that only wait, such as for a client that pauses before it tries again, share a
// processor well.
const (
	mostLanes = 8
	slowRun   = 250 * time.Millisecond // no lane has finished one for so long: another lane
	spares    = 12                     // lanes that all submissions may add together
	busyShare = 4                      // a program that computes for more than this part of its runs keeps to its lanes
)

// widen adds lanes while the runs of those there are mostly wait.
func (s *sweep) widen(ctx context.Context, width int) {
	ticks := time.NewTicker(slowRun)
	defer ticks.Stop()
	for before := 0; width < min(mostLanes, len(s.faults)); {
		select {
		case <-s.drained:
			return
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		s.report.Lock()
		slow := s.finished == before && s.computed*busyShare < s.ran
		before = s.finished
		s.report.Unlock()
		if !slow {
			continue
		}
		select {
		case s.grader.spare <- struct{}{}:
			width++
			s.lanes.Go(func() {
				defer func() { <-s.grader.spare }()
				s.lane(ctx)
			})
		default: // others wait, too
		}
	}
}
