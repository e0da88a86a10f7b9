package sandbox

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/brokerlab/brokerlab/sandbox/build"
)

// tools are the type checker and the compiler, made when they are first needed:
// the pack may appear after the server has started.
type tools struct {
	opt   build.Options
	cache string
	log   *slog.Logger

	mu       sync.Mutex
	checker  *build.Checker
	compiler *build.Compiler
	shut     bool
}

func newTools(s *Sandbox) *tools {
	o := build.Options{Cache: s.opt.Cache, Lab: s.lab, Level: s.level, Log: s.opt.Log}
	return &tools{opt: o, cache: s.opt.Cache, log: s.opt.Log}
}

// get opens the pack unless that was done. The error is build.ErrNoPack when
// there is none.
func (t *tools) get() (*build.Checker, *build.Compiler, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shut {
		return nil, nil, ErrClosed
	}
	if t.checker != nil {
		return t.checker, t.compiler, nil
	}
	pack, err := build.OpenPack(t.cache)
	if err != nil {
		return nil, nil, err
	}
	o := t.opt
	o.Pack = pack
	t.checker = build.NewChecker(o)
	t.compiler = build.NewCompiler(o, t.checker)
	return t.checker, t.compiler, nil
}

func (t *tools) close() {
	t.mu.Lock()
	t.shut = true
	t.mu.Unlock() // whoever builds has the tools already
	if t.checker != nil {
		t.compiler.Close()
		t.checker.Close()
	}
}

// Check type-checks a program and finds what it may not say. It answers within
// some tens of milliseconds, from a resident child. Without a pack it finds what the
// interpreter refuses, in a child of its own.
func (s *Sandbox) Check(ctx context.Context, files []File) ([]Diagnostic, error) {
	checker, _, err := s.tools.get()
	if errors.Is(err, ErrNoPack) {
		return s.lint(ctx, files)
	}
	if err != nil {
		return nil, err
	}
	return checker.Check(ctx, files)
}

// Complete gives what could stand at offset, in bytes, of the file called name;
// nothing without a pack.
func (s *Sandbox) Complete(ctx context.Context, files []File, name string, offset int) ([]Completion, error) {
	checker, _, err := s.tools.get()
	if errors.Is(err, ErrNoPack) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return checker.Complete(ctx, files, name, offset)
}

// Build gives the program that the files make, from the cache where it was built
// before, or else diagnostics and no binary. When ctx ends and nobody else waits
// for the same program its build is stopped.
func (s *Sandbox) Build(ctx context.Context, files []File) (*Binary, []Diagnostic, error) {
	_, compiler, err := s.tools.get()
	if err != nil {
		return nil, nil, err
	}
	return compiler.Compile(ctx, files)
}
