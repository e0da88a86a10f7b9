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
const startTime = 20 * time.Second

// A Checker answers questions about source while a student types, by a resident
// child. The child is started with the first question, answers one question at
// a time, and is killed and replaced when it takes too long or too much memory.
// A Checker may be used by many goroutines.
type Checker struct {
	opts Options
	turn chan struct{} // holds one token: whoever has it may use child
	kid  *child        // nil when there is none

	closing sync.Once
	closed  chan struct{}
}

// NewChecker makes a Checker. It starts nothing yet; see Warm.
func NewChecker(opts Options) *Checker {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	c := &Checker{opts: opts, turn: make(chan struct{}, 1), closed: make(chan struct{})}
	c.turn <- struct{}{}
	return c
}

// Warm starts the child and waits until it answers.
func (c *Checker) Warm(ctx context.Context) error {
	_, err := c.Check(ctx, []File{{Name: mainName, Text: "package main\n\nfunc main() {}\n"}})
	return err
}

// Check finds everything that is wrong with a program, in the order of the
// text, at most 50. An error is ours, or ctx's, or ErrTooSlow.
func (c *Checker) Check(ctx context.Context, files []File) ([]Diagnostic, error) {
	if found, ok := tooMuch(files); !ok {
		return found, nil
	}
	out, err := c.ask(ctx, question{Do: "check", Files: files})
	return out.Diagnostics, err
}

// Complete lists what could stand at a place in the file of that name, best
// first. offset counts UTF-16 code units from its start.
func (c *Checker) Complete(ctx context.Context, files []File, name string, offset int) ([]Completion, error) {
	if _, ok := tooMuch(files); !ok {
		return nil, nil
	}
	out, err := c.ask(ctx, question{Do: "complete", Files: files, Name: name, Offset: offset})
	return out.Completions, err
}

// prepare checks a program and, if nothing is wrong, makes what compile is given.
func (c *Checker) prepare(ctx context.Context, files []File) (*prepared, []Diagnostic, error) {
	if found, ok := tooMuch(files); !ok {
		return nil, found, nil
	}
	out, err := c.ask(ctx, question{Do: "prepare", Files: files})
	return out.Prepared, out.Diagnostics, err
}

// tooMuch keeps what is larger than a program may be from the child.
func tooMuch(files []File) ([]Diagnostic, bool) {
	var found findings
	ok := found.checkFiles(files)
	return found, ok
}

// ask puts one question to the child and waits for the answer. When ctx ends
// first the child still finishes, since a new one would cost more than the
// answer that nobody wants.
func (c *Checker) ask(ctx context.Context, q question) (answer, error) {
	select {
	case <-c.turn:
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
		out, err := c.exchange(q)
		c.turn <- struct{}{}
		done <- result{out, err}
	}()
	select {
	case r := <-done:
		return r.answer, r.err
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

// exchange asks the child, starting it first where there is none. The caller
// has the turn.
func (c *Checker) exchange(q question) (out answer, err error) {
	select {
	case <-c.closed:
		return answer{}, errClosed
	default:
	}
	if c.kid == nil {
		if c.kid, err = startChecker(c.opts); err != nil {
			return answer{}, fmt.Errorf("start the checker: %w", err)
		}
	}
	err = c.kid.exchange(context.Background(), checkTime, q, &out)
	if err == nil && out.Error != "" {
		err = fmt.Errorf("%w: %s", ErrChild, out.Error)
	}
	if err != nil {
		c.opts.Log.Warn("the checker is replaced", "err", err)
		c.kid.kill()
		c.kid = nil
		return answer{}, fmt.Errorf("check: %w", err)
	}
	return out, nil
}

// startChecker starts a resident child and waits until it is ready, so that the
// first question has as much time as any other.
func startChecker(opts Options) (*child, error) {
	kid, err := startChild(opts, "check")
	if err != nil {
		return nil, err
	}
	var ready answer
	err = kid.during(context.Background(), startTime, func() error { return readFrame(kid.out, &ready) })
	if err != nil {
		kid.kill()
		return nil, err
	}
	return kid, nil
}

var errClosed = errors.New("the checker is closed")

// Close ends the child and waits for it. Questions under way are answered first.
func (c *Checker) Close() {
	c.closing.Do(func() {
		close(c.closed)
		<-c.turn
		if c.kid != nil {
			c.kid.kill()
			c.kid = nil
		}
		c.turn <- struct{}{}
	})
}
