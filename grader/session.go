package grader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
)

// An Update is one step of a live session, as the page gets it.
type Update = trial.Update

// A Session is one open lab: a host with live brokers, and one program at a
// time. Broker state stays from run to run until Reset.
type Session struct {
	grader *Grader
	lab    *labs.Lab
	host   lane
	spec   trial.Spec
	done   func() // gives up what was made for the session alone

	running sync.Mutex // held by Run

	mu    sync.Mutex
	rest  func(Update)       // hears what happens between runs, once a terminal is used; nil before
	files []trial.ConfigFile // that were applied last
	emit  func(Update)       // of the run that goes on; nil between runs
	began bool               // that run has; what says before that it has ended is about the one before
	ended chan struct{}      // closed at the run's last status
}

// Open starts a live session. The seed draws the lab's variant.
func (g *Grader) Open(ctx context.Context, lab *labs.Lab, seed uint64) (*Session, error) {
	host, err := g.engine.Open(ctx)
	if err != nil {
		return nil, fault(ctx, "open a lab", err)
	}
	lab = lab.Drawn(seed)
	s := &Session{grader: g, lab: lab, host: host, spec: specOf(lab, lab.Variant(seed)), done: func() {}}
	if g.real != nil {
		if s.spec, s.done, err = g.real.ready(ctx, s.spec); err != nil {
			host.Close()
			return nil, fault(ctx, "start a real broker", err)
		}
	}
	host.Stream(s.receive)
	if err := host.Call(ctx, trial.MethodOpen, s.spec, nil); err != nil {
		host.Close()
		s.done()
		return nil, fault(ctx, "open a lab", err)
	}
	g.live.add(s)
	return s, nil
}

// Run builds and runs a program, or interprets it where there is no compiler pack, and
// says which at the status starting. It returns when it has ended. Everything that
// happens is emitted, one call at a time; the last status is ended or fault. The
// end of ctx stops the program. One Run goes at a time; a second waits.
func (s *Session) Run(ctx context.Context, files []labs.File, emit func(Update)) error {
	s.running.Lock()
	defer s.running.Unlock()
	emit(Update{Type: trial.TypeStatus, Status: trial.Building})
	prog, diagnostics, err := s.grader.ready(ctx, s.lab, s.lab.Complete(files))
	if err != nil {
		emit(Update{Type: trial.TypeStatus, Status: trial.Faulted})
		return err
	}
	emit(Update{Type: trial.TypeDiagnostics, Diagnostics: append([]sandbox.Diagnostic{}, diagnostics...)})
	if prog == nil {
		emit(Update{Type: trial.TypeStatus, Status: trial.Ended})
		return nil
	}
	if prog.Config != nil {
		if err := s.afresh(ctx, prog, emit); err != nil {
			emit(Update{Type: trial.TypeStatus, Status: trial.Faulted})
			return err
		}
	}
	emit(starting(prog))
	err = s.holds(ctx)
	if err == nil {
		err = errors.Join(s.run(ctx, prog, emit), s.holds(ctx))
	}
	if err != nil {
		emit(Update{Type: trial.TypeStatus, Status: trial.Faulted})
		return fault(ctx, "run", err)
	}
	return nil
}

// starting says that a program is being started, and by what it is run unless that is
// as usual.
func starting(prog *readyProgram) Update {
	u := Update{Type: trial.TypeStatus, Status: trial.Starting, Engine: prog.engine}
	if prog.engine == trial.Interpreted {
		u.Texts = make(map[string]string)
		for _, lang := range labs.Languages {
			u.Texts[lang] = wordsIn(lang).message("status", trial.Interpreted).Text
		}
		u.Text = u.Texts["en"]
	}
	return u
}

// holds returns an error if a container of this session has ended. The session is
// then of no use any more, and closes.
func (s *Session) holds(ctx context.Context) error {
	if s.grader.real == nil {
		return nil
	}
	err := s.grader.real.holds(ctx, s.spec)
	if err != nil && ctx.Err() == nil {
		s.host.Close()
	}
	return err
}

// run has the host run a program and waits for its end.
func (s *Session) run(ctx context.Context, prog *readyProgram, emit func(Update)) error {
	file, err := os.Open(prog.path)
	if err != nil {
		return fmt.Errorf("open the program: %w", err)
	}
	defer file.Close()
	ended := make(chan struct{})
	s.mu.Lock()
	s.emit, s.began, s.ended = emit, false, ended
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.emit, s.ended = nil, nil
		s.mu.Unlock()
	}()
	if err := s.host.Call(ctx, trial.MethodRun, prog.Program, nil, file); err != nil {
		return err
	}
	select {
	case <-ended:
		return nil
	case <-s.host.Done():
		return sandbox.ErrHostGone
	case <-ctx.Done():
	}
	s.stop(context.WithoutCancel(ctx))
	select {
	case <-ended:
	case <-s.host.Done():
	case <-time.After(stopTime):
	}
	return ctx.Err()
}

// stopTime bounds how long a stopped run may take to say that it has ended.
const stopTime = 10 * time.Second

// receive takes what the host streams. What comes between runs, such as the
// first picture, is not asked for and dropped: State gives it. Once a terminal is used,
// it is asked for.
func (s *Session) receive(raw json.RawMessage) {
	if s.grader.real != nil && s.grader.real.hear(s.host, raw) {
		return
	}
	var u Update
	if err := json.Unmarshal(raw, &u); err != nil {
		s.grader.log.Error("a lab host sent an update that cannot be read", "err", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.Applied != nil {
		s.answered(&u)
	}
	s.began = s.began || u.Type == trial.TypeStatus && u.Status == trial.Running
	if u.Type == trial.TypeStatus && u.Status == trial.Ended {
		if s.emit != nil && !s.began {
			return
		}
		u.Texts = s.endTexts(u.Exit)
		u.Text = u.Texts["en"]
	}
	switch {
	case s.emit != nil:
		s.emit(u)
	case s.rest != nil:
		s.rest(u)
	}
	if u.Type == trial.TypeStatus && u.Status == trial.Ended && s.ended != nil {
		close(s.ended)
		s.ended = nil
	}
}

// endTexts says how a live run ended, in each language.
func (s *Session) endTexts(exit *trial.Exit) map[string]string {
	texts := make(map[string]string)
	for _, lang := range labs.Languages {
		texts[lang] = EndText(s.lab, exit, lang)
	}
	return texts
}

// EndText says how a live run ended.
func EndText(lab *labs.Lab, exit *trial.Exit, lang string) string {
	r := &renderer{words: wordsIn(lang), lab: lab, ev: &Evidence{}}
	run := Run{End: trial.EndExit}
	switch {
	case exit == nil:
		return ""
	case lab.Routing() != nil:
		return r.message("status", "config-over-bindings").Text
	case lab.Config() != nil:
		return r.message("status", "config-over").Text
	case exit.End != "":
		return r.message("status", "ended-settled").Text
	case exit.Killed:
		return r.message("status", "ended-stopped").Text
	case exit.Limit != "":
		run.End = trial.EndLimit
	case exit.Code == 0 && exit.Signal == "":
		return r.message("status", "ended").Text
	}
	run.Exit, run.Output = *exit, "on the screen" // it was shown as it came
	return flatten(r.facts(property.Facts{}, run).EndText)
}

// Stop ends the program that runs, if one does.
func (s *Session) Stop() { s.stop(context.Background()) }

func (s *Session) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	if err := s.host.Call(ctx, trial.MethodStop, nil, nil); err != nil {
		s.grader.log.Warn("stop a program", "err", err)
	}
}

// Reset stops the program and makes the lab's initial state anew.
func (s *Session) Reset(ctx context.Context) error {
	if s.grader.real != nil {
		s.stop(ctx) // before its broker is emptied under it
		if err := s.grader.real.empty(ctx, s.spec); err != nil {
			return fault(ctx, "reset a lab", err)
		}
	}
	if err := s.host.Call(ctx, trial.MethodReset, nil, nil); err != nil {
		return fault(ctx, "reset a lab", err)
	}
	return nil
}

// State returns the picture as it is now, with every event that is remembered.
func (s *Session) State(ctx context.Context) (Update, error) {
	var u Update
	if err := s.host.Call(ctx, trial.MethodState, nil, &u); err != nil {
		return u, fault(ctx, "look at a lab", err)
	}
	return u, nil
}

// ErrNoFrame says that a frame is not remembered, or never was.
var ErrNoFrame = errors.New("no such frame is remembered")

// Frame returns what was on the wire when an event happened, by Event.Frame. Errors:
// ErrNoFrame, *Fault.
func (s *Session) Frame(ctx context.Context, id uint64) (*brokers.Frame, error) {
	var found trial.Framed
	if err := s.host.Call(ctx, trial.MethodFrame, trial.FrameID{ID: id}, &found); err != nil {
		return nil, fault(ctx, "look at a frame", err)
	}
	if found.Frame == nil {
		return nil, fmt.Errorf("frame %d: %w", id, ErrNoFrame)
	}
	return found.Frame, nil
}

// Done is closed when the lab host is gone, by Close or by itself.
func (s *Session) Done() <-chan struct{} { return s.host.Done() }

// Close ends the session and its host.
func (s *Session) Close() {
	s.grader.live.remove(s)
	s.host.Close()
	s.done()
}
