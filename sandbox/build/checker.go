package build

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// checkTime is how long one question may take. A keystroke takes some ten
// milliseconds; what takes this long is hostile or hopeless.
const checkTime = 3 * time.Second

// startTime is how long a new child may take until it is ready.
const startTime = time.Minute

// checkers is how many resident children there are, so that one student's
// hopeless program does not hold up the others. Each has some 30 MiB.
const checkers = 2

// A Checker answers questions about source while a student types, by resident
// children. A child is started with its first question, answers one question at
// a time, and is killed and replaced when it takes too long or too much memory.
// A Checker may be used by many goroutines.
type Checker struct {
	opts    Options
	free    chan *child // children that have nothing to do; nil is one that is not started yet
	closing sync.Once
	closed  chan struct{}
}

// NewChecker makes a Checker. It starts nothing yet; see Warm.
func NewChecker(opts Options) *Checker {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	c := &Checker{opts: opts, free: make(chan *child, checkers), closed: make(chan struct{})}
	for range checkers {
		c.free <- nil
	}
	return c
}

// Warm starts the children and waits until they answer.
func (c *Checker) Warm(ctx context.Context) error {
	for range checkers {
		if _, err := c.Check(ctx, []File{{Name: mainName, Text: "package main\n\nfunc main() {}\n"}}); err != nil {
			return err
		}
	}
	return nil
}

// Check finds everything that is wrong with a program, in the order of the
// text, at most 50. A program that takes too long to check has that as its only
// diagnostic. An error is ours or ctx's.
func (c *Checker) Check(ctx context.Context, files []File) ([]Diagnostic, error) {
	if found, ok := tooMuch(files); !ok {
		return found, nil
	}
	out, err := c.ask(ctx, question{Do: "check", Files: files})
	return atFault(out.Diagnostics, files, err)
}

// Complete lists what could stand at a place in the file of that name, best
// first. offset counts UTF-16 code units from its start.
func (c *Checker) Complete(ctx context.Context, files []File, name string, offset int) ([]Completion, error) {
	if _, ok := tooMuch(files); !ok {
		return nil, nil
	}
	out, err := c.ask(ctx, question{Do: "complete", Files: files, Name: name, Offset: offset})
	if errors.Is(err, ErrTooSlow) || errors.Is(err, ErrTooBig) {
		return nil, nil // the diagnostics say so
	}
	return out.Completions, err
}

// prepare checks a program and, if nothing is wrong, makes what compile is given.
func (c *Checker) prepare(ctx context.Context, files []File) (*prepared, []Diagnostic, error) {
	if found, ok := tooMuch(files); !ok {
		return nil, found, nil
	}
	out, err := c.ask(ctx, question{Do: "prepare", Files: files})
	found, err := atFault(out.Diagnostics, files, err)
	return out.Prepared, found, err
}

// atFault turns an error that is the program's fault into a diagnostic.
func atFault(found findings, files []File, err error) ([]Diagnostic, error) {
	switch {
	case errors.Is(err, ErrTooSlow):
		found, err = nil, nil
		found.atLimit(files, "time")
	case errors.Is(err, ErrTooBig):
		found, err = nil, nil
		found.atLimit(files, "memory")
	}
	return found, err
}

// tooMuch keeps what is larger than a program may be from the child.
func tooMuch(files []File) ([]Diagnostic, bool) {
	var found findings
	ok := found.checkFiles(files)
	return found, ok
}

// ask puts one question to a child and waits for the answer. When ctx ends
// first the child still finishes, since a new one would cost more than the
// answer that nobody wants.
func (c *Checker) ask(ctx context.Context, q question) (answer, error) {
	var kid *child
	select {
	case kid = <-c.free:
	case <-c.closed:
		return answer{}, errClosed
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
	type result struct {
		answer
		err error
	}
	done := make(chan result, 1)
	go func() {
		ctx := context.WithoutCancel(ctx)
		kid, out, err := c.exchange(ctx, kid, q)
		if errors.Is(err, ErrChild) { // it may have been killed while it had nothing to do
			kid, out, err = c.exchange(ctx, kid, q)
		}
		c.free <- kid
		done <- result{out, err}
	}()
	select {
	case r := <-done:
		return r.answer, r.err
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

// exchange asks a child, starting it first where there is none, and gives the
// child to be asked next, nil when this one had to be killed.
func (c *Checker) exchange(ctx context.Context, kid *child, q question) (next *child, out answer, err error) {
	select {
	case <-c.closed:
		return kid, answer{}, errClosed
	default:
	}
	if kid == nil {
		if kid, err = startChecker(ctx, c.opts); err != nil {
			return nil, answer{}, fmt.Errorf("start the checker: %w", err)
		}
	}
	err = kid.exchange(ctx, checkTime, q, &out)
	if err == nil && out.Error != "" {
		err = fmt.Errorf("%w: %s", ErrChild, out.Error)
	}
	if err != nil {
		c.opts.Log.Warn("a checker is replaced", "err", err)
		kid.kill()
		return nil, answer{}, fmt.Errorf("check: %w", err)
	}
	return kid, out, nil
}

// startChecker starts a resident child and waits until it is ready, so that the
// first question has as much time as any other.
func startChecker(ctx context.Context, opts Options) (*child, error) {
	kid, err := startChild(opts, "check")
	if err != nil {
		return nil, err
	}
	var ready answer
	err = kid.during(ctx, startTime, func() error { return frames.Read(kid.out, &ready) })
	if err != nil {
		kid.kill()
		return nil, err
	}
	return kid, nil
}

var errClosed = errors.New("the checker is closed")

// Close ends the children and waits for them. Questions under way are answered first.
func (c *Checker) Close() {
	c.closing.Do(func() {
		close(c.closed)
		for range checkers {
			if kid := <-c.free; kid != nil {
				kid.kill()
			}
		}
	})
}
