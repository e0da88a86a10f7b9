package server

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

// Grading is the real grader, as the server asks it.
func Grading(g *grader.Grader) Grader { return grading{g} }

type grading struct{ *grader.Grader }

// Open starts a live session.
func (g grading) Open(ctx context.Context, lab *labs.Lab, seed uint64, on grader.Place) (Session, error) {
	s, err := g.Grader.On(on).Open(ctx, lab, seed)
	if err != nil {
		return nil, err
	}
	return session{s}, nil
}

// Submit grades a program.
func (g grading) Submit(
	ctx context.Context, lab *labs.Lab, files []labs.File, seed uint64, on grader.Place, progress func(Progress),
) (Result, error) {
	evidence, err := g.Grader.On(on).Submit(ctx, lab, files, seed, func(p grader.Progress) {
		progress(Progress{Done: p.Done, Total: p.Total, Phase: p.Phase})
	})
	if err != nil {
		return Result{}, err
	}
	raw, err := json.Marshal(evidence)
	if err != nil {
		return Result{}, fmt.Errorf("write evidence of lab %q: %w", lab.ID, err)
	}
	return Result{
		Score: evidence.Score.Points, Points: evidence.Score.Of, Evidence: raw,
		Passed: grader.Render(lab, evidence, languages[0]).Status == grader.Passed,
	}, nil
}

// Holds reports whether stored evidence is of the same submission.
func (g grading) Holds(evidence json.RawMessage, lab *labs.Lab, files []labs.File, seed uint64, on grader.Place) bool {
	var ev grader.Evidence
	return json.Unmarshal(evidence, &ev) == nil && g.Grader.On(on).Holds(&ev, lab, files, seed)
}

// Render says stored evidence in a language.
func (g grading) Render(lab *labs.Lab, evidence json.RawMessage, lang string) (any, error) {
	var ev grader.Evidence
	if err := json.Unmarshal(evidence, &ev); err != nil {
		return nil, fmt.Errorf("read evidence of lab %q: %w", lab.ID, err)
	}
	return struct {
		grader.Verdict
		Real map[string]string `json:"real,omitempty"` // image by broker, of those that a container stood for
	}{grader.Render(lab, &ev, lang), ev.Real}, nil
}

func (g grading) Check(ctx context.Context, lab *labs.Lab, files []labs.File, lang string) (any, error) {
	found, err := g.Grader.Check(ctx, lab, files)
	return grader.Localize(found, lang), err
}

// Try plays what files of bindings do.
func (g grading) Try(ctx context.Context, lab *labs.Lab, files []labs.File, keys []string, lang string) (any, error) {
	tried, err := g.Grader.Try(ctx, lab, files, keys, lang)
	if err != nil {
		return nil, err
	}
	tried.Diagnostics = grader.Localize(tried.Diagnostics, lang)
	return tried, nil
}

func (g grading) Complete(ctx context.Context, lab *labs.Lab, files []labs.File, name string, offset int) (any, error) {
	return g.Grader.Complete(ctx, lab, files, name, offset)
}

func (g grading) Build(ctx context.Context, lab *labs.Lab, files []labs.File, lang string) (any, error) {
	build, err := g.Grader.Build(ctx, lab, files)
	build.Diagnostics = grader.Localize(build.Diagnostics, lang)
	return build, err
}

type session struct{ *grader.Session }

func (s session) Run(ctx context.Context, files []labs.File, lang string, emit func(Update)) error {
	return s.Session.Run(ctx, files, func(u grader.Update) {
		u.Diagnostics = localized(u.Diagnostics, lang, grader.Localize)
		emit(translate(u))
	})
}

// Console does what somebody did at a terminal.
func (s session) Console(ctx context.Context, in json.RawMessage, emit func(Update)) (any, error) {
	out, err := s.Session.Console(ctx, in, func(u grader.Update) { emit(translate(u)) })
	if out == nil || err != nil {
		return nil, err
	}
	return out, nil
}

// localized applies localize to a value of its type, and leaves others alone.
// The type is the sandbox's, which the server does not know by name.
func localized[T any](v any, lang string, localize func(T, string) T) any {
	if list, ok := v.(T); ok {
		return localize(list, lang)
	}
	return v
}

// State is the picture now. Its events are left out: the page has seen them.
func (s session) State(ctx context.Context) (Update, error) {
	u, err := s.Session.State(ctx)
	u.Events = nil
	return translate(u), err
}

// translate turns the grader's update into the server's, which can join
// neighbours and knows each reader's language.
func translate(u grader.Update) Update {
	switch u.Type {
	case "output":
		return Update{Type: u.Type, Stream: u.Stream, Text: u.Text}
	case "events":
		events := make([]json.RawMessage, 0, len(u.Events))
		for _, e := range u.Events {
			if raw, err := json.Marshal(e); err == nil { // an event is numbers and strings
				events = append(events, raw)
			}
		}
		return Update{Type: u.Type, Events: events}
	}
	texts := u.Texts
	if len(texts) > 0 {
		u.Text, u.Texts = "", nil // the reader's comes as "text"
	}
	return Update{Type: u.Type, Body: u, Texts: texts}
}
