package inhost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// heartbeat is what the miniatures negotiate with clients.
const heartbeat = 10 * time.Second

// goodbye bounds how long a run waits for the host to read what a program had
// sent before it exited. That takes a moment, on a machine that is busy a longer one.
const goodbye = 20 * time.Second

// A gradedRun is one run of a program under one fault, in a world of its own.
type gradedRun struct {
	ctx     context.Context
	machine machine
	world   *world
	request trial.Request
	binary  *os.File
	trace   *trace
	printed tail

	life  process
	next  process       // the second life, prepared in advance; nil without a crash
	fired chan struct{} // closed when the fault has taken effect in the host
	fell  atomic.Bool   // a fault inside a cluster has fallen, which cuts nobody off
	out   trial.Outcome

	skips   int           // how often the clock was moved to what was due
	waited  time.Duration // how long nothing but the clock of a real broker was waited for
	longest time.Duration // the longest time to live among what was waited for

	prober
}

// grade runs the program once and judges what the journal holds. Its error is
// ours; whatever the program does is in the outcome.
func grade(ctx context.Context, m machine, ports *ports, req trial.Request, binary *os.File) (trial.Outcome, error) {
	if req.Program.Config != nil {
		return gradeConfig(ctx, ports, req)
	}
	began := time.Now()
	w, err := newWorld(ports, req.Spec, brokers.Refuse)
	if err != nil {
		return trial.Outcome{}, err
	}
	r := &gradedRun{
		ctx: ctx, machine: m, world: w, request: req, binary: binary, prober: prober{ctx: ctx, world: w, spec: req.Spec},
		trace: &trace{calls: req.Program.Calls, console: req.Program.Console}, fired: make(chan struct{}),
		out: trial.Outcome{Fault: req.Fault, Results: make(map[string]property.Result)},
	}
	err = r.run(ctx)
	if err == nil {
		err = r.judge()
	}
	r.out.Elapsed = time.Since(began)
	return r.out, errors.Join(err, w.close())
}

// run starts the program, lets the fault happen, and returns when the run is
// over and no process of it is left.
func (r *gradedRun) run(ctx context.Context) error {
	if err := r.prepare(); err != nil {
		return err
	}
	defer r.bury()
	r.arm()
	r.world.record(brokers.Event{Kind: brokers.Started})
	if err := r.life.Go(); err != nil {
		return fmt.Errorf("start the program: %w", err)
	}
	r.out.Lives = 1
	for {
		end, err := r.await(ctx)
		if err != nil {
			return err
		}
		if end != endFired && !r.again(end) {
			return r.finish(end)
		}
		over, err := r.aftermath()
		if err != nil || over {
			return err
		}
	}
}

// prepare makes the first life, and the second beside it when there will be one.
func (r *gradedRun) prepare() (err error) {
	p := program{
		Binary: r.binary, Args: r.request.Program.Args, Input: r.request.Program.Input, Limits: r.request.Spec.Limits, Trace: r.trace.add,
		Output: r.printed.add, // no check reads what the program prints
	}
	if r.life, err = r.machine.Prepare(p); err != nil {
		return fmt.Errorf("prepare the program: %w", err)
	}
	if k := r.request.Fault.Kind; k != trial.Crash && k != trial.Refuse {
		return nil
	}
	if r.next, err = r.machine.Prepare(p); err != nil {
		r.life.Kill()
		return fmt.Errorf("prepare the program's second life: %w", err)
	}
	return nil
}

// bury ends what may still run.
func (r *gradedRun) bury() {
	r.life.Kill()
	r.life.Wait()
	if r.next != nil {
		r.next.Kill()
		r.next.Wait()
	}
}

// arm sets the fault. It takes effect in the host first: from its event on,
// nothing that the program had sent is handled.
func (r *gradedRun) arm() {
	f := r.request.Fault
	if f.Kind == trial.Refuse {
		for _, s := range r.world.services {
			s.refuse(f.Nth)
		}
		return
	}
	if d, ok := f.Disturbance(); ok {
		r.disturbing(f, d)
		return
	}
	if f.Kind != trial.Crash && f.Kind != trial.Disconnect {
		return
	}
	r.world.seq.Arm(brokers.Fault{
		Match:   f.Matcher(),
		Brokers: f.Kind == trial.Disconnect,
		Fire: func(e brokers.Event) {
			injected := brokers.Event{
				Kind: brokers.Crash, Source: "host", Message: e.Message, Label: e.Label, Reason: string(e.Kind),
			}
			if f.Kind == trial.Disconnect {
				injected.Kind = brokers.Disconnected
			}
			r.world.journal.Append(injected)
			if f.Kind == trial.Crash {
				for _, b := range r.world.brokers {
					b.Cut("crash")
				}
			}
			close(r.fired)
		},
	})
}

// again reports whether the program has ended of a service's refusal. It is then
// started again, once, as a supervisor would.
func (r *gradedRun) again(end string) bool {
	return r.request.Fault.Kind == trial.Refuse && end == trial.EndExit && r.world.hasRefused() && r.out.Lives == 1
}

// aftermath does what follows a fault: kill and start again, or let the brokers
// find out that the network is gone. It reports true when nothing is left to do.
func (r *gradedRun) aftermath() (over bool, err error) {
	r.out.Fired = true
	r.fired = nil
	if r.request.Fault.Kind == trial.Disconnect {
		r.hush()
		r.lapse()
		r.world.seq.Release()
		return false, nil
	}
	r.life.Kill()
	r.out.Exit = r.life.Wait()
	r.world.seq.Release()
	if r.request.Fault.Kind == trial.Refuse {
		r.world.forgotten()
	}
	if r.world.untilHolds() {
		r.out.End = trial.EndUntil
		r.over(trial.EndUntil)
		return true, nil
	}
	if r.request.Fault.Kind == trial.Refuse {
		r.world.record(ending(r.out.Exit))
	}
	r.world.record(brokers.Event{Kind: brokers.Restarted})
	r.life, r.next = r.next, nil
	r.out.Lives++
	if err := r.life.Go(); err != nil {
		return false, fmt.Errorf("start the program again: %w", err)
	}
	return false, nil
}

// lapse skips the time after which a broker gives a silent client up. Two
// heartbeats are what AMQP allows.
func (r *gradedRun) lapse() {
	r.world.clock.Skip(2 * heartbeat)
	r.world.seq.Do(func() {
		r.world.journal.Append(brokers.Event{
			Kind: brokers.Skipped, Source: "host", N: (2 * heartbeat).Milliseconds(), Reason: "heartbeat",
		})
		for _, b := range r.world.brokers {
			b.Cut("heartbeat")
		}
	})
}

// finish ends the program for the reason that the run ended.
func (r *gradedRun) finish(end string) error {
	r.out.End = end
	switch end {
	case trial.EndExit:
		r.out.Exit = r.life.Wait()
		if r.out.Exit.Limit != "" {
			r.out.End = trial.EndLimit
		}
		r.probe()
		r.world.seq.Do(func() {
			r.world.journal.Append(ending(r.out.Exit))
		})
	case trial.EndStall, trial.EndRefused:
		r.over(end)
		r.life.Quit()
		r.out.Exit = r.life.Wait()
		r.out.Exit.Killed = true
	default:
		r.over(end)
		r.life.Kill()
		r.out.Exit = r.life.Wait()
		r.out.Exit.Killed = true
	}
	r.out.Fired = r.out.Fired || r.fell.Load() || r.world.hasRefused()
	r.out.Quota = r.world.quotaMet()
	if r.out.Quota != "" {
		r.out.End = trial.EndQuota
		return nil // the checks are blocked
	}
	return r.publish()
}

// ending is the event of a program's end. One that was stopped because the run was
// over has no exit code of its own.
func ending(e trial.Exit) brokers.Event {
	if e.Killed && e.Limit == "" {
		return brokers.Event{Kind: brokers.Stopped, Source: "host", Reason: e.End}
	}
	return brokers.Event{Kind: brokers.Exited, Source: "host", N: int64(e.Code), Reason: cmp.Or(e.Limit, e.Signal)}
}

// over marks the end of the run in the journal. What a program held at that
// moment counts as held, although ending it gives it back.
func (r *gradedRun) over(end string) {
	r.probe()
	r.world.seq.Do(func() {
		r.last = r.world.journal.Append(brokers.Event{Kind: brokers.Stopped, Source: "host", Reason: end})
	})
}

// judge applies every check to the journal.
func (r *gradedRun) judge() error {
	events, run := r.events()
	if lost := r.world.journal.Lost(); lost > 0 {
		return fmt.Errorf("the journal has forgotten %d events of a graded run", lost)
	}
	r.trace.assign(events, r.world.arrival)
	r.trace.complete(&r.out.Exit)
	if r.out.Abnormal() {
		r.out.Output = r.printed.text()
	}
	r.out.Events = events
	if err := r.results(&r.out, run); err != nil {
		return err
	}
	r.out.Frames = framesOf(r.world.journal, &r.out)
	return nil
}
