package grader

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

const (
	// maxPlayEvents bounds the journal of a scene.
	maxPlayEvents = 5000
	// playTime bounds how long a scene may take, by the clock on the wall. It takes
	// milliseconds where nothing else goes on.
	playTime = 20 * time.Second
	// playIdle is how long the host for scenes is kept when nobody plays.
	playIdle = time.Minute
)

// A SceneError says which step of a scene cannot be done, and why: its author's
// mistake, or what a reader typed.
type SceneError struct {
	Line int    // of the step, in its YAML
	Do   string // its verb
	Why  string
	Code string // there, up, down, empty, worked: what keeps Who from doing it now; else ""
	Who  string
}

// Error names the verb; the line is for who knows the file.
func (e *SceneError) Error() string { return e.Do + ": " + e.Why }

// Played is what came of a scene: the same scene always gives the same.
type Played struct {
	Broker   string
	Services []string
	Start    brokers.State
	Events   []brokers.Event // after Start
	End      brokers.State
	Steps    []uint64      // for each step the Seq of the newest event when it was over
	Began    time.Duration // when Start was drawn, by the scene's clock
	Ended    time.Duration // when End was
}

// Play plays a scene from its beginning, on one lab host that all scenes share, with
// a clock of its own. Errors: *SceneError, *Fault, and those of ctx.
func (g *Grader) Play(ctx context.Context, scene labs.Scene) (Played, error) {
	if n := len(scene.Setup) + len(scene.Steps); n > labs.MaxSteps {
		return Played{}, &SceneError{Do: "scene", Why: fmt.Sprintf("found %d steps, expected at most %d", n, labs.MaxSteps)}
	}
	ask := trial.Scene{Broker: scene.Broker, Services: scene.Services(), Setup: actions(scene.Setup), Steps: actions(scene.Steps), Events: maxPlayEvents}
	var out trial.Played
	if err := g.stage.call(ctx, ask, &out); err != nil {
		return Played{}, fault(ctx, "play", err)
	}
	if w := out.Wrong; w != nil {
		steps := scene.Steps
		if w.Setup {
			steps = scene.Setup
		}
		if w.Step < 0 || w.Step >= len(steps) {
			return Played{}, &Fault{"play", fmt.Errorf("step %d of %d is wrong: %s", w.Step, len(steps), w.Why)}
		}
		return Played{}, &SceneError{Line: steps[w.Step].Line, Do: steps[w.Step].Do, Why: w.Why, Code: w.Code, Who: w.Who}
	}
	return Played{Broker: scene.Broker, Services: ask.Services, Start: out.Start, Events: out.Events, End: out.End, Steps: out.After, Began: out.Began, Ended: out.Ended}, nil
}

func actions(steps []labs.Step) []brokers.Action {
	out := make([]brokers.Action, 0, len(steps))
	for _, s := range steps {
		out = append(out, brokers.Action{Do: s.Do, With: s.With})
	}
	return out
}

// sayer says events. noun is what a message is called; "" for the language's own word.
func sayer(lang, noun string) *renderer {
	return &renderer{words: wordsIn(lang), lab: &labs.Lab{Noun: map[string]string{lang: noun}}, ev: &Evidence{}}
}

// Recording is the scene for the page, with a sentence about each event. It begins
// with one that changes nothing, so that the page can show how all stood before, and
// opens there. Connections are left out: in a scene everyone has a name.
func (p Played) Recording(title, noun, lang string) *Recording {
	r := sayer(lang, noun)
	start := p.Start
	start.Seq = max(start.Seq, 1) - 1 // it lies before the first event
	rec := &Recording{
		Version: 1, Title: title, Lang: lang, Brokers: []string{p.Broker}, Services: append([]string{}, p.Services...),
		Start: &start, Events: []brokers.Event{{Seq: p.Start.Seq, Kind: brokers.Started, Source: "play"}}, Texts: make(map[uint64]string, len(p.Events)), Proof: []uint64{}, At: p.Start.Seq,
	}
	for _, e := range p.Events {
		if !ofConnection(e) {
			rec.Events = append(rec.Events, e)
		}
	}
	for _, e := range rec.Events {
		rec.Texts[e.Seq] = r.played(e)
	}
	return rec
}

func ofConnection(e brokers.Event) bool { return e.Kind == brokers.Opened || e.Kind == brokers.Closed }

// Sentences are about the first events, at most so many, without those of
// connections; more counts the rest.
func (p Played) Sentences(lang, noun string, most int) (said []string, more int) {
	r := sayer(lang, noun)
	for _, e := range p.Events {
		switch {
		case ofConnection(e):
		case len(said) == most:
			more++
		default:
			said = append(said, r.played(e))
		}
	}
	return said, more
}

// Until is the Seq of the newest event when so many steps were over.
func (p Played) Until(steps int) uint64 {
	if steps <= 0 || len(p.Steps) == 0 {
		return p.Start.Seq
	}
	return p.Steps[min(steps, len(p.Steps))-1]
}

// From is the scene with only the events that came after so many steps.
func (p Played) From(steps int) Played {
	seq := p.Until(steps)
	i, _ := slices.BinarySearchFunc(p.Events, seq+1, func(e brokers.Event, seq uint64) int { return cmp.Compare(e.Seq, seq) })
	p.Events = p.Events[i:]
	return p
}

// Notable is the scene without the daily round of records: written, copied, read, done
// and committed.
func (p Played) Notable() Played {
	p.Events = slices.DeleteFunc(slices.Clone(p.Events), func(e brokers.Event) bool {
		switch e.Kind {
		case brokers.Published, brokers.Replicated, brokers.Watermark, brokers.Confirmed, brokers.Delivered, brokers.Committed, brokers.Effect:
			return true
		}
		return false
	})
	return p
}

// played is the sentence about an event of a scene: its own, where there is one.
func (r *renderer) played(e brokers.Event) string {
	m, ok := r.sections["plays"][string(e.Kind)]
	if !ok || e.Source == "kafka" { // its own sentences name logs and offsets
		return r.event(e)
	}
	return r.plain(m.Text, facts{
		Facts: property.Facts{Label: e.Label, Message: e.Message}, Ref: r.ref(e.Label, e.Message),
		Place: e.Place, Exchange: e.Exchange, Key: e.Key, Consumer: e.Consumer, Client: e.Client, User: e.User,
		Reason: e.Reason, Tag: e.Tag, N: e.N, Redelivered: e.Redelivered, AutoAck: e.Reason == "auto-ack",
		Seconds: int(e.N / int64(time.Second/time.Millisecond)),
	})
}

// Matches returns the Seqs of the events that a pattern describes. With a count
// there must be exactly so many, else there is none.
func (p Played) Matches(pattern labs.EventPattern) []uint64 {
	var found []uint64
	for _, e := range p.Events {
		if matches(pattern, e) {
			found = append(found, e.Seq)
		}
	}
	if pattern.Count > 0 && len(found) != pattern.Count {
		return nil
	}
	return found
}

func matches(p labs.EventPattern, e brokers.Event) bool {
	for _, f := range [][2]string{
		{p.Kind, string(e.Kind)}, {p.Place, e.Place}, {p.Exchange, e.Exchange}, {p.Key, e.Key}, {p.Consumer, e.Consumer},
		{p.Label, e.Label}, {p.Source, e.Source}, {p.Reason, e.Reason},
	} {
		if f[0] != "" && f[0] != f[1] {
			return false
		}
	}
	return !p.Redelivered || e.Redelivered
}

// LintPlay plays a play: as it opens, and with each of its actions by itself. Lines
// are those of its YAML.
func (g *Grader) LintPlay(ctx context.Context, p *labs.Play) ([]labs.Finding, error) {
	found, err := g.lintScene(ctx, p)
	if err != nil || len(found) > 0 {
		return found, err
	}
	for _, a := range p.Actions {
		wrong, err := g.lintScene(ctx, p, labs.Press{Action: a.ID})
		if err != nil {
			return nil, err
		}
		found = append(found, wrong...)
	}
	return found, nil
}

// lintScene plays a play with some presses, and turns what is wrong into findings.
func (g *Grader) lintScene(ctx context.Context, p *labs.Play, presses ...labs.Press) ([]labs.Finding, error) {
	s, err := p.Scene(presses)
	if err != nil {
		return []labs.Finding{{Line: 1, Message: err.Error()}}, nil
	}
	_, err = g.Play(ctx, s)
	var wrong *SceneError
	switch {
	case !errors.As(err, &wrong):
		return nil, err
	case wrong.Code != "" && len(presses) > 0:
		return nil, nil // a button whose time has not come
	}
	return []labs.Finding{{Line: wrong.Line, Message: wrong.Error()}}, nil
}

// LintPredict plays a prediction and holds its options against what happened: a
// right one's event has to be there, and a wrong one's must not.
func (g *Grader) LintPredict(ctx context.Context, p *labs.Predict) ([]labs.Finding, error) {
	played, err := g.Play(ctx, p.Scene(true))
	var wrong *SceneError
	if errors.As(err, &wrong) {
		return []labs.Finding{{Line: wrong.Line, Message: wrong.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	var found []labs.Finding
	for i, o := range p.Quiz.Options {
		pattern := p.Events[i]
		if pattern.Line == 0 || p.Moment {
			continue
		}
		if happens := len(played.Matches(pattern)) > 0; happens != o.Correct {
			found = append(found, labs.Finding{Line: pattern.Line, Message: fmt.Sprintf("option %d: correct is %t, but playing the scene says %t", i+1, o.Correct, happens)})
		}
	}
	return append(found, lintMoments(p, played)...), nil
}

// LintScenes plays the predictions of a lab, as a student with seed 1 has them, in every
// language.
func (g *Grader) LintScenes(ctx context.Context, lab *labs.Lab) ([]labs.Finding, error) {
	var found []labs.Finding
	for _, lang := range labs.Languages {
		for _, q := range lab.Drawn(1).Questions(lang) {
			if q.Predict == nil {
				continue
			}
			wrong, err := g.LintPredict(ctx, q.Predict)
			if err != nil {
				return nil, err
			}
			for _, f := range wrong {
				found = append(found, labs.Finding{
					File: path.Join(lab.ID, "lab."+lang+".md"), Line: q.Fence + f.Line, Message: fmt.Sprintf("predict %q: %s", q.ID, f.Message),
				})
			}
		}
	}
	return found, nil
}

// lintMoments holds the moments of a prediction against what happened: each one's
// event is there, and they come in order.
func lintMoments(p *labs.Predict, played Played) []labs.Finding {
	if !p.Moment {
		return nil
	}
	var found []labs.Finding
	last := uint64(0)
	for i, pattern := range p.Events {
		if pattern.Line == 0 {
			continue
		}
		seqs := played.Matches(pattern)
		switch {
		case len(seqs) == 0:
			found = append(found, labs.Finding{Line: pattern.Line, Message: fmt.Sprintf("moment %d: playing the scene brings no such event", i+1)})
		case seqs[0] < last:
			found = append(found, labs.Finding{Line: pattern.Line, Message: fmt.Sprintf("moment %d comes before the one above it", i+1)})
		default:
			last = seqs[0]
		}
	}
	return found
}

// Proof are the events that show which options are right: those that the patterns
// of the right options describe, after the question. Where options describe none there is
// none, and never nil: the page reads it as a list.
func (p Played) Proof(q *labs.Predict) []uint64 {
	proof := []uint64{}
	for i, o := range q.Quiz.Options {
		if o.Correct && q.Events[i].Line > 0 {
			proof = append(proof, p.Matches(q.Events[i])...)
		}
	}
	slices.Sort(proof)
	return slices.Compact(proof)
}

// Of are the events that options of a prediction describe: what a reader has said.
func (p Played) Of(q *labs.Predict, options []int) []uint64 {
	var seqs []uint64
	for _, i := range options {
		if i >= 0 && i < len(q.Events) && q.Events[i].Line > 0 {
			seqs = append(seqs, p.Matches(q.Events[i])...)
		}
	}
	slices.Sort(seqs)
	return slices.Compact(seqs)
}

// A stage is the lab host that scenes are played on, one at a time. It is opened
// when it is needed and closed when it has not been for a while, or, where only one
// lab can be open, at once.
type stage struct {
	open func(context.Context) (lane, error)
	keep time.Duration // 0: the host is closed after each scene

	mu    sync.Mutex
	host  lane
	timer *time.Timer
}

// call plays a scene. A host that is gone is replaced once.
func (s *stage) call(ctx context.Context, scene trial.Scene, out *trial.Played) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	if s.host != nil {
		select {
		case <-s.host.Done():
			s.drop()
		default:
		}
	}
	if s.host == nil {
		var err error
		if s.host, err = s.open(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, playTime)
	defer cancel()
	err := s.host.Call(ctx, trial.MethodPlay, scene, out)
	if err != nil || s.keep == 0 {
		s.drop()
	} else {
		s.timer = time.AfterFunc(s.keep, s.close)
	}
	return err
}

// drop closes the host. The caller holds the lock.
func (s *stage) drop() {
	if s.host != nil {
		s.host.Close()
		s.host = nil
	}
}

func (s *stage) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	s.drop()
}
