package inhost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/sandbox/launcher"
)

// A lab of the kind config has no program: what a student submits are files, which are
// applied to a service. Everything that happens then is done by the services and brokers
// in this process, so a graded run has a virtual clock, and a minute of it takes a
// moment.

// How long a run of a configuration goes on, by its clock.
const (
	// settled is the silence that ends it: the longest of the intervals at which Connect
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
	world   *world
	clock   *brokers.VirtualClock
	connect *connectService
	request trial.Request
	fired   bool // and not yet dealt with
	out     trial.Outcome
}

// gradeConfig applies the files and judges what the journal holds then.
func gradeConfig(ctx context.Context, ports *ports, req trial.Request) (trial.Outcome, error) {
	began := time.Now()
	clock := brokers.NewVirtualClock(configStart)
	w, err := newWorldAt(clock, ports, req.Spec, brokers.Refuse)
	if err != nil {
		return trial.Outcome{}, err
	}
	r := &configRun{world: w, clock: clock, connect: w.connect(), request: req}
	r.out = trial.Outcome{Fault: req.Fault, Results: make(map[string]property.Result)}
	if r.connect == nil {
		err = errors.New("this lab has no service to which files are applied")
	} else if err = r.run(ctx); err == nil {
		err = r.judge()
	}
	r.out.Elapsed = time.Since(began)
	return r.out, errors.Join(err, w.close())
}

// connect is the worker of Kafka Connect among the services, or nil.
func (w *world) connect() *connectService {
	for _, s := range w.services {
		if c, ok := s.(*connectService); ok {
			return c
		}
	}
	return nil
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

// run applies the files and moves the clock from one due call to the next until nothing
// happens any more.
func (r *configRun) run(ctx context.Context) error {
	r.arm()
	r.world.record(brokers.Event{Kind: brokers.Started})
	r.out.Lives = 1
	r.world.apply(r.request.Program.Config)
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
		if end := r.over(r.clock.Now(), since, scripted); end != "" {
			r.out.End = end
			break
		}
		due, ok := r.clock.Next()
		if !ok {
			r.out.End = trial.EndQuiet
			break
		}
		r.clock.Advance(max(due.Sub(r.clock.Now()), 0))
	}
	r.out.Quota = r.world.quotaMet()
	if r.out.Quota != "" {
		r.out.End = trial.EndQuota
	}
	r.out.Exit = trial.Exit{Killed: true, End: r.out.End}
	r.world.record(brokers.Event{Kind: brokers.Stopped, Reason: r.out.End})
	return nil
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

// over is the end that silence or time has brought about, if any.
func (r *configRun) over(now, since, scripted time.Time) string {
	switch {
	case r.world.quotaMet() != "":
		return trial.EndQuota
	case now.Sub(scripted) > appliedLongest:
		return trial.EndQuiet
	case r.world.scripted() == 0 && now.Sub(since) > appliedSettled:
		return trial.EndQuiet
	}
	return ""
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
			r.connect.worker.Kill()
			for _, b := range r.world.brokers {
				b.Cut("crash")
			}
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
	r.world.seq.Do(r.connect.worker.Start)
}

// judge applies every check to the journal.
func (r *configRun) judge() error {
	events := r.world.journal.Since(0)
	if lost := r.world.journal.Lost(); lost > 0 {
		return fmt.Errorf("the journal has forgotten %d events of a graded run", lost)
	}
	r.out.Events = events
	for _, c := range r.request.Spec.Checks {
		result, err := property.Judge(c.Property, events, c.With)
		if err != nil {
			return fmt.Errorf("check %q: %w", c.ID, err)
		}
		if !result.OK {
			result.Facts.End = r.out.End
		}
		r.out.Results[c.ID] = result
	}
	r.out.Frames = framesOf(r.world.journal, &r.out)
	return nil
}

// apply sends each file to Connect as POST /connectors, and tells what it answered.
func (w *world) apply(files []trial.ConfigFile) []trial.Applied {
	c := w.connect()
	out := make([]trial.Applied, 0, len(files))
	for _, f := range files {
		req, err := http.NewRequest(http.MethodPost, "http://localhost:8083/connectors", strings.NewReader(f.Text))
		if err != nil {
			continue // only for a method or address that cannot be
		}
		req.Header.Set("Content-Type", "application/json")
		answer := gathered{header: make(http.Header)}
		w.seq.Do(func() {
			c.ServeHTTP(&answer, req)
			var problem struct {
				Message string `json:"message"`
			}
			_ = json.Unmarshal(answer.body.Bytes(), &problem) // a worker's own JSON
			problem.Message = plainly(problem.Message)
			if answer.code != http.StatusCreated {
				w.journal.Append(brokers.Event{Kind: brokers.Refused, Source: c.name(), Key: f.Name, Reason: reason(answer.code, problem.Message)})
			}
			out = append(out, trial.Applied{File: f.Name, Code: answer.code, Message: problem.Message})
		})
	}
	return out
}

// maxRefusal bounds what the journal keeps of an answer, in bytes.
const maxRefusal = 600

func reason(code int, message string) string {
	text := fmt.Sprintf("%d %s", code, http.StatusText(code))
	if message != "" {
		text += ": " + message
	}
	return text[:min(len(text), maxRefusal)]
}

// gathered collects what a handler answers.
type gathered struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (t *gathered) Header() http.Header { return t.header }

func (t *gathered) WriteHeader(code int) {
	if t.code == 0 {
		t.code = code
	}
}

func (t *gathered) Write(p []byte) (int, error) {
	t.WriteHeader(http.StatusOK)
	return t.body.Write(p)
}

// apply applies files to the live world, which has just been made anew.
func (l *live) apply(p trial.Program) error {
	if l.world.connect() == nil {
		return errors.New("this lab has no service to which files are applied")
	}
	began := time.Now()
	l.world.record(brokers.Event{Kind: brokers.Started})
	applied := l.world.apply(p.Config)
	for _, a := range applied {
		line := fmt.Sprintf("POST /connectors < %s\n%s\n", a.File, reason(a.Code, a.Message))
		stream := "stdout"
		if a.Code != http.StatusCreated {
			stream = "stderr"
		}
		l.pump.output(stream, []byte(line))
	}
	l.pump.status(trial.Update{Status: trial.Running, Millis: time.Since(began).Milliseconds(), Applied: applied})
	life := &watched{done: make(chan struct{})}
	l.life, l.ended = life, make(chan struct{})
	go l.watchApplied(life, began, l.ended)
	return nil
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

// plainly is an answer of Connect without the lines that frame it.
func plainly(message string) string {
	var lines []string
	for line := range strings.SplitSeq(message, "\n") {
		if !strings.HasPrefix(line, "Connector configuration is invalid") && !strings.HasPrefix(line, "You can also find") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}
