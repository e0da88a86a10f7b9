package grader

import (
	"context"
	"time"

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
	items, err := g.engine.Complete(ctx, sources(lab.Complete(files)), name, offset)
	if err != nil {
		return nil, fault(ctx, "complete", err)
	}
	return items, nil
}

// Build compiles a program, so that a Run of the same source finds it ready.
func (g *Grader) Build(ctx context.Context, lab *labs.Lab, files []labs.File) (Build, error) {
	began := time.Now()
	binary, diagnostics, err := g.build(ctx, lab.Complete(files))
	if err != nil {
		return Build{}, err
	}
	b := Build{OK: binary != nil, Diagnostics: diagnostics, Millis: time.Since(began).Milliseconds()}
	b.Cached = binary != nil && binary.Cached
	return b, nil
}
