package inhost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// A cast is what a broker's side of a scene can do. It works on the broker's model:
// there is no network and no program, and the clock is virtual.
type cast interface {
	// do takes one step. Its error is the author's mistake.
	do(step brokers.Action) error
	// state draws the broker.
	state() brokers.State
}

// casts are the brokers that can be played.
var casts = map[string]func(*stage) cast{"rabbitmq": newRabbits, "kafka": newKafkas}

// playBegan is when every scene begins, so that the same scene always gives the
// same journal.
var playBegan = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

// maxIdleWait bounds how long, by the scene's clock, "wait: idle" waits.
const maxIdleWait = time.Hour

// errTooMuch ends a scene that does not come to rest.
var errTooMuch = errors.New("too much happens")

// A cannotError is a step that cannot be done just then: the reader's doing, where an
// action is a button.
type cannotError struct {
	code string // see trial.WrongStep
	who  string
	why  string
}

func (e *cannotError) Error() string { return e.why }

func cannot(code, who, format string, args ...any) error {
	return &cannotError{code, who, fmt.Sprintf(format, args...)}
}

// wrong says what is wrong with a step.
func wrong(setup bool, step int, err error) *trial.WrongStep {
	w := &trial.WrongStep{Setup: setup, Step: step, Why: err.Error()}
	var can *cannotError
	if errors.As(err, &can) {
		w.Code, w.Who = can.code, can.who
	}
	return w
}

// A stage is where a scene is played: a clock, a journal and the services.
type stage struct {
	ctx     context.Context
	clock   *brokers.VirtualClock
	journal *brokers.Journal
	limit   uint64 // events
	working int    // works under way
	effects map[string][]effect
	failed  error // what an actor could not do, outside of a step
}

// An effect is what a service did for a message.
type effect struct {
	message uint64
	label   string
}

// playScene plays a scene from its beginning.
func playScene(ctx context.Context, scene trial.Scene) (trial.Played, error) {
	open, ok := casts[scene.Broker]
	if !ok {
		return trial.Played{}, fmt.Errorf("broker %q cannot be played", scene.Broker)
	}
	s := &stage{ctx: ctx, clock: brokers.NewVirtualClock(playBegan), limit: uint64(max(scene.Events, 1)), effects: make(map[string][]effect)}
	s.journal = brokers.NewJournal(2*int(s.limit), brokers.Refuse, s.clock)
	for _, name := range scene.Services {
		s.effects[name] = nil
	}
	actors := open(s)
	var out trial.Played
	for i, step := range scene.Setup {
		if err := s.step(actors, step); err != nil {
			out.Wrong = wrong(true, i, err)
			return out, ctx.Err()
		}
	}
	out.Start, out.Began = s.draw(actors, scene.Services), s.clock.Now().Sub(playBegan)
	for i, step := range scene.Steps {
		if err := s.step(actors, step); err != nil {
			out.Wrong = wrong(false, i, err)
			break
		}
		out.After = append(out.After, s.journal.Last())
	}
	out.Events, out.End = s.journal.Since(out.Start.Seq), s.draw(actors, scene.Services)
	out.Ended = s.clock.Now().Sub(playBegan)
	return out, ctx.Err()
}

// step takes a step, and everything that follows from it at once.
func (s *stage) step(actors cast, step brokers.Action) error {
	var err error
	if step.Do == "wait" {
		err = s.wait(step)
	} else {
		err = actors.do(step)
	}
	if err == nil {
		s.clock.Advance(0)
		err = s.failed
	}
	if err == nil && s.over() {
		err = fmt.Errorf("%w: more than %d events, or too long", errTooMuch, s.limit)
	}
	return err
}

// over reports whether the scene has had its share. Whoever acts by himself asks it
// first, so that a scene that goes in circles ends.
func (s *stage) over() bool {
	return s.journal.Last() > s.limit || s.ctx.Err() != nil || s.failed != nil
}

// wait lets time pass: a given one, or until no work is under way. The clock is
// moved from one due call to the next, so that the scene can be over in between.
func (s *stage) wait(step brokers.Action) error {
	var w struct {
		For string `json:"for"`
	}
	if err := decode(step.With, &w); err != nil {
		return err
	}
	idle := w.For == "idle"
	d := maxIdleWait
	if !idle {
		var err error
		if d, err = time.ParseDuration(w.For); err != nil {
			return err
		}
	}
	before := s.journal.Last()
	for end := s.clock.Now().Add(d); !s.over() && (!idle || s.working > 0); {
		due, ok := s.clock.Next()
		if !ok || due.After(end) {
			s.clock.Advance(end.Sub(s.clock.Now()))
			break
		}
		s.clock.Advance(due.Sub(s.clock.Now()))
	}
	if s.journal.Last() == before && !idle {
		s.record(brokers.Event{Kind: brokers.Skipped, N: d.Milliseconds()})
	}
	return nil
}

// act is a call for the clock that is not made once the scene is over.
func (s *stage) act(d time.Duration, fn func()) {
	s.clock.AfterFunc(d, func() {
		if !s.over() {
			fn()
		}
	})
}

// record appends an event that is the scene's own.
func (s *stage) record(e brokers.Event) {
	e.Source = "play"
	s.journal.Append(e)
}

// serve has a service do its work for a message.
func (s *stage) serve(service string, message uint64, label string) {
	if _, ok := s.effects[service]; !ok {
		return
	}
	s.effects[service] = append(s.effects[service], effect{message, label})
	s.journal.Append(brokers.Event{Kind: brokers.Effect, Source: service, Place: service, Message: message, Label: label})
}

// draw draws the broker and the services.
func (s *stage) draw(actors cast, services []string) brokers.State {
	all := actors.state()
	for _, name := range services {
		place := brokers.Place{ID: "service:" + name, Kind: "service", Name: name, Done: len(s.effects[name])}
		times := make(map[uint64]int)
		for _, e := range s.effects[name] {
			times[e.message]++
		}
		for _, e := range s.effects[name][max(0, len(s.effects[name])-brokers.MaxTokens):] {
			state := "done"
			if times[e.message] > 1 {
				state = "twice"
			}
			place.Tokens = append(place.Tokens, brokers.Token{Message: e.message, Label: e.label, State: state})
		}
		for _, p := range all.Places {
			if p.Kind == "consumer" {
				all.Flows = append(all.Flows, brokers.Flow{From: p.ID, To: place.ID})
			}
		}
		all.Places = append(all.Places, place)
	}
	all.Seq = s.journal.Last()
	return all
}
