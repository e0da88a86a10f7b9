package sandbox

import (
	"context"
	"errors"

	"github.com/brokerlab/brokerlab/sandbox/build"
	"github.com/brokerlab/brokerlab/sandbox/interp"
)

// ErrNoPack means that programs cannot be compiled here. They can be interpreted.
var ErrNoPack = build.ErrNoPack

// An Interpreted program is one that a lab host can run without a compiler.
type Interpreted struct {
	Path  string   // of the command that interprets it
	Args  []string // of that command
	Input []byte   // what a host gives it
}

// Interpret gets a program ready to be interpreted: it is type-checked, and refused
// with position and reason where the interpreter is not Go. There is either a program
// or diagnostics.
func (s *Sandbox) Interpret(ctx context.Context, files []File) (*Interpreted, []Diagnostic, error) {
	found, err := s.lint(ctx, files)
	if err != nil || len(found) > 0 {
		return nil, found, err
	}
	input, err := interp.Input(files)
	if err != nil {
		return nil, nil, err
	}
	return &Interpreted{Path: s.lab, Args: []string{interp.Role}, Input: input}, nil, nil
}

// lint finds in a program what the interpreter refuses.
func (s *Sandbox) lint(ctx context.Context, files []File) ([]Diagnostic, error) {
	if len(files) == 0 {
		return nil, errors.New("interpret: the program has no files")
	}
	e := interp.Engine{Lab: s.lab, Level: s.level, Limits: interp.DefaultLimits}
	e.Limits.Wall, e.Limits.CPU = checkWall, checkCPU
	return e.Lint(ctx, files)
}
