package grader

import (
	"context"
	"errors"
	"time"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
)

// A Build is what came of compiling a program.
type Build struct {
	OK          bool                 `json:"ok"`
	Diagnostics []sandbox.Diagnostic `json:"diagnostics"`
	Millis      int64                `json:"millis"`
	Cached      bool                 `json:"cached"`
}

// Check type-checks a program of a lab. It takes no broker.
func (g *Grader) Check(ctx context.Context, lab *labs.Lab, files []labs.File) ([]sandbox.Diagnostic, error) {
	if lab.Console() {
		return sessionFaults(files), nil
	}
	if lab.Config() != nil {
		return configFaults(lab, lab.Complete(files)), nil
	}
	found, err := g.engine.Check(ctx, sources(lab.Complete(files)))
	if err != nil {
		return nil, fault(ctx, "check", err)
	}
	return found, nil
}

// Complete lists what could stand at a place of a file.
func (g *Grader) Complete(
	ctx context.Context, lab *labs.Lab, files []labs.File, name string, offset int,
) ([]sandbox.Completion, error) {
	if lab.Console() || lab.Config() != nil {
		return nil, nil // the terminal completes; nobody knows how a file goes on
	}
	items, err := g.engine.Complete(ctx, sources(lab.Complete(files)), name, offset)
	if err != nil {
		return nil, fault(ctx, "complete", err)
	}
	return items, nil
}

// A readyProgram is what a host can run.
type readyProgram struct {
	path, engine string
	trial.Program
}

// ready compiles a program, or gets it ready to be interpreted where there is no
// compiler pack. Without one the diagnostics say why it is refused.
func (g *Grader) ready(ctx context.Context, lab *labs.Lab, files []labs.File) (*readyProgram, []sandbox.Diagnostic, error) {
	if lab.Console() {
		prog, found := g.session(lab, files)
		return prog, found, nil
	}
	if lab.Config() != nil {
		prog, found := g.configured(lab, files)
		return prog, found, nil
	}
	binary, diagnostics, err := g.build(ctx, files)
	switch {
	case err == nil && binary == nil:
		return nil, diagnostics, nil
	case err == nil:
		return &readyProgram{binary.Path, trial.Compiled, trial.Program{Calls: binary.Calls}}, diagnostics, nil
	case !errors.Is(err, ErrNoPack):
		return nil, nil, err
	}
	prog, diagnostics, err := g.engine.Interpret(ctx, sources(files))
	switch {
	case err != nil:
		return nil, nil, fault(ctx, "read a program", err)
	case prog == nil:
		return nil, diagnostics, nil
	}
	return &readyProgram{prog.Path, trial.Interpreted, trial.Program{Args: prog.Args, Input: prog.Input}}, diagnostics, nil
}

// Build compiles a program, so that a Run of the same source finds it ready. Without a
// compiler pack it only finds what is wrong with it.
func (g *Grader) Build(ctx context.Context, lab *labs.Lab, files []labs.File) (Build, error) {
	began := time.Now()
	if lab.Config() != nil {
		found := configFaults(lab, lab.Complete(files))
		return Build{OK: !severe(found), Diagnostics: found, Cached: true}, nil
	}
	if lab.Console() {
		found := sessionFaults(files)
		return Build{OK: len(found) == 0, Diagnostics: found, Cached: true}, nil
	}
	binary, diagnostics, err := g.build(ctx, lab.Complete(files))
	if errors.Is(err, ErrNoPack) {
		found, err := g.Check(ctx, lab, files)
		return Build{OK: len(found) == 0, Diagnostics: found, Millis: time.Since(began).Milliseconds()}, err
	}
	if err != nil {
		return Build{}, err
	}
	b := Build{OK: binary != nil, Diagnostics: diagnostics, Millis: time.Since(began).Milliseconds()}
	b.Cached = binary != nil && binary.Cached
	return b, nil
}
