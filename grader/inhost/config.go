package inhost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/configfile"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox/launcher"
)

// A lab of the kind config has no program: what a student submits are files, which are
// applied to a service or a broker. Everything that happens then is done by the services
// and brokers in this process, so a graded run has a virtual clock, and a minute of it
// takes a moment; only where a container stands for a broker time is real.

// An applier takes the files of a lab.
type applier interface {
	// apply applies them and says what was answered.
	apply(files []trial.ConfigFile) []trial.Applied
	// tell says an answer as the output of a live run has it.
	tell(a trial.Applied) string
	// lasting reports whether something goes on by itself after files were applied.
	lasting() bool
	// kill and start end and begin what a crash kills, inside the sequencer.
	kill()
	start()
}

// applier returns what the files of this lab are applied to.
func (w *world) applier() (applier, error) {
	switch w.spec.Apply {
	case labs.ApplyConnect:
		for _, s := range w.services {
			if c, ok := s.(*connectService); ok {
				return connectApplier{c, w}, nil
			}
		}
	case labs.ApplyBindings:
		for _, b := range w.brokers {
			if b.Name() == "rabbitmq" {
				return &bindingApplier{world: w, broker: b}, nil
			}
		}
	}
	return nil, fmt.Errorf("this lab has nothing to which files are applied as %q", w.spec.Apply)
}

// How long a run of a configuration goes on, by its clock.
const (
	// appliedSettled is the silence that ends it: the longest of the intervals at which Connect
	// polls by default and commits, and one more.
	appliedSettled = 12 * time.Second
	// appliedLongest is the time after the lab's last change, whatever happens.
	appliedLongest = time.Minute
	// appliedLive is the silence that ends a run that is watched.
	appliedLive = 6 * time.Second
	// appliedWatched is how long it goes on after the lab's last change at most.
	appliedWatched = 30 * time.Second
)

// configStart is when runs of configurations begin.
var configStart = time.Date(2026, time.November, 17, 12, 0, 0, 0, time.UTC)

// A configRun is a run of files under one fault, in a world of its own.
type configRun struct {
	prober
	clock   *brokers.VirtualClock // nil: time is real
	applier applier
	request trial.Request
	fired   bool // and not yet dealt with
	out     trial.Outcome
}

// gradeConfig applies the files and judges what the journal holds then.
func gradeConfig(ctx context.Context, ports *ports, req trial.Request) (trial.Outcome, error) {
	began := time.Now()
	r := &configRun{request: req, prober: prober{ctx: ctx, spec: req.Spec}}
	r.out = trial.Outcome{Fault: req.Fault, Results: make(map[string]property.Result)}
	clock := brokers.RealClock()
	if !req.Spec.Real() {
		r.clock = brokers.NewVirtualClock(configStart)
		clock = r.clock
	}
	w, err := newWorldAt(clock, ports, req.Spec, brokers.Refuse)
	if err != nil {
		return trial.Outcome{}, err
	}
	r.world = w
	if r.applier, err = w.applier(); err == nil {
		err = r.run(ctx)
	}
	if err == nil {
		err = r.judge()
	}
	r.out.Elapsed = time.Since(began)
	return r.out, errors.Join(err, w.close())
}

// scripted is how many changes of the lab are still to come.
func (w *world) scripted() (n int) {
	for _, s := range w.services {
		if d, ok := s.(*database); ok {
			n += d.script
		}
	}
	return n
}

// run applies the files, and goes on until nothing happens any more.
func (r *configRun) run(ctx context.Context) error {
	r.arm()
	r.world.record(brokers.Event{Kind: brokers.Started})
	r.out.Lives, r.out.End = 1, trial.EndQuiet
	r.applier.apply(r.request.Program.Config)
	if r.applier.lasting() {
		if r.clock == nil {
			return errors.New("what goes on after files were applied needs a virtual clock")
		}
		if err := r.goOn(ctx); err != nil {
			return err
		}
	}
	r.out.Quota = r.world.quotaMet()
	if r.out.Quota != "" {
		r.out.End = trial.EndQuota
	}
	r.out.Exit = trial.Exit{Killed: true, End: r.out.End}
	r.world.record(brokers.Event{Kind: brokers.Stopped, Reason: r.out.End})
	if r.out.Quota != "" {
		return nil // the checks are blocked
	}
	return r.publish()
}

// goOn moves the clock from one due call to the next.
func (r *configRun) goOn(ctx context.Context) error {
	last, since, scripted := r.world.journal.Last(), r.clock.Now(), r.clock.Now()
	for {
		if err := r.broken(ctx); err != nil {
			return err
		}
		r.startAgain()
		if now := r.world.journal.Last(); now != last {
			last, since = now, r.clock.Now()
		}
		if r.world.scripted() > 0 {
			scripted = r.clock.Now()
		}
		if r.over(r.clock.Now(), since, scripted) {
			return nil
		}
		due, ok := r.clock.Next()
		if !ok {
			return nil
		}
		r.clock.Advance(max(due.Sub(r.clock.Now()), 0))
	}
}

// broken is why a run cannot go on.
func (r *configRun) broken(ctx context.Context) error {
	select {
	case err := <-r.world.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	default:
		return nil
	}
}

// over reports whether a quota, silence or time has brought the run to its end.
func (r *configRun) over(now, since, scripted time.Time) bool {
	return r.world.quotaMet() != "" || now.Sub(scripted) > appliedLongest || r.world.scripted() == 0 && now.Sub(since) > appliedSettled
}

// arm sets the fault. A crash kills the worker: what it had in memory is gone, Kafka and
// the services go on.
func (r *configRun) arm() {
	f := r.request.Fault
	if f.Kind != trial.Crash {
		return
	}
	r.world.seq.Arm(brokers.Fault{
		Match: f.Matcher(),
		Inner: true,
		Fire: func(e brokers.Event) {
			r.world.journal.Append(brokers.Event{
				Kind: brokers.Crash, Source: "host", Message: e.Message, Label: e.Label, Reason: string(e.Kind),
			})
			r.applier.kill()
			r.fired, r.out.Fired = true, true
		},
	})
}

// startAgain starts the worker that a fault has killed.
func (r *configRun) startAgain() {
	if !r.fired {
		return
	}
	r.fired = false
	r.world.record(brokers.Event{Kind: brokers.Restarted})
	r.out.Lives++
	r.world.seq.Do(r.applier.start)
}

// judge applies every check to the journal.
func (r *configRun) judge() error {
	events, run := r.events()
	if lost := r.world.journal.Lost(); lost > 0 {
		return fmt.Errorf("the journal has forgotten %d events of a graded run", lost)
	}
	r.out.Events = events
	configfile.Trace(events, bindingsOf(r.request.Program.Config))
	if err := r.results(&r.out, run); err != nil {
		return err
	}
	r.out.Frames = framesOf(r.world.journal, &r.out)
	return nil
}

// apply applies files to the live world, which has just been made anew.
func (l *live) apply(p trial.Program) error {
	a, err := l.world.applier()
	if err != nil {
		return err
	}
	began := time.Now()
	l.pump.explain(bindingsOf(p.Config))
	l.world.record(brokers.Event{Kind: brokers.Started})
	applied := a.apply(p.Config)
	for _, answer := range applied {
		stream := "stdout"
		if answer.Code >= 300 {
			stream = "stderr"
		}
		l.pump.output(stream, []byte(a.tell(answer)))
	}
	l.pump.status(trial.Update{Status: trial.Running, Millis: time.Since(began).Milliseconds(), Applied: applied})
	life := &watched{done: make(chan struct{})}
	l.life, l.ended = life, make(chan struct{})
	if a.lasting() {
		go l.watchApplied(life, began, l.ended)
	} else {
		go l.tryApplied(life, began, l.ended)
	}
	return nil
}

// tryTime bounds how long the keys of a lab are followed in a live run.
const tryTime = 10 * time.Second

// tryApplied publishes the keys that the lab shows, and tells where they go.
func (l *live) tryApplied(life *watched, began time.Time, ended chan struct{}) {
	w, p := l.world, l.pump // a reset replaces them, but only after ended
	defer close(ended)
	ctx, cancel := context.WithTimeout(context.Background(), tryTime)
	defer cancel()
	go func() {
		select {
		case <-life.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	asked := prober{ctx: ctx, world: w, spec: w.spec, shown: true}
	from := w.journal.Last()
	exit := trial.Exit{Killed: true, End: trial.EndQuiet}
	if err := asked.publish(); err != nil {
		w.fail(err)
	}
	p.output("stdout", []byte(arrivals(w.journal.Since(from), asked.asks())))
	p.status(trial.Update{Status: trial.Ended, Millis: time.Since(began).Milliseconds(), Exit: &exit})
}

// watchApplied waits until nothing happens any more, and tells that. What was applied goes
// on until the session is reset.
func (l *live) watchApplied(life *watched, began time.Time, ended chan struct{}) {
	w, p := l.world, l.pump // a reset replaces them, but only after ended
	defer close(ended)
	ticks := time.NewTicker(10 * tick)
	defer ticks.Stop()
	exit := trial.Exit{Killed: true}
	last, since, scripted := w.journal.Last(), time.Now(), time.Now()
	for exit.End == "" {
		select {
		case <-life.done:
			p.status(trial.Update{Status: trial.Ended, Millis: time.Since(began).Milliseconds(), Exit: &exit})
			return
		case <-ticks.C:
		}
		if now := w.journal.Last(); now != last {
			last, since = now, time.Now()
		}
		left := 0
		w.seq.Do(func() { left = w.scripted() })
		if left > 0 {
			scripted = time.Now()
		}
		if left == 0 && time.Since(since) > appliedLive || time.Since(scripted) > appliedWatched {
			exit.End = trial.EndQuiet
		}
	}
	p.status(trial.Update{Status: trial.Ended, Millis: time.Since(began).Milliseconds(), Exit: &exit})
}

// watched stands for the program of a run that has none.
type watched struct {
	done   chan struct{}
	killed bool
}

func (w *watched) Go() error { return nil }

func (w *watched) Kill() {
	if !w.killed {
		w.killed = true
		close(w.done)
	}
}

func (w *watched) Quit() { w.Kill() }

func (w *watched) Usage() (launcher.Usage, bool) { return launcher.Usage{}, false }

func (w *watched) Wait() trial.Exit { return trial.Exit{Killed: true} }

func (w *watched) Done() <-chan struct{} { return w.done }
