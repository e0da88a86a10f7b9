package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

// answerTime is how long a check, a completion or a build may take.
const answerTime = 20 * time.Second

// A program is what the page sends to be checked, built, run or graded.
type program struct {
	Files []labs.File `json:"files"`
}

// readProgram finds the lab and the program of a request. Read-only files are
// always the lab's own.
func (s *Server) readProgram(c echo.Context) (*labs.Lab, []labs.File, error) {
	lab, err := s.lab(c)
	if err != nil {
		return nil, nil, err
	}
	var body program
	if err := bind(c, &body); err != nil {
		return nil, nil, err
	}
	if !lab.Program() && len(body.Files) == 0 {
		return lab, nil, nil
	}
	if err := checkFiles(body.Files); err != nil {
		return nil, nil, err
	}
	return lab, lab.Complete(body.Files), nil
}

// postCheck type-checks a program as it is typed.
func (s *Server) postCheck(c echo.Context) error {
	began, lang := time.Now(), s.lang(c)
	return s.ask(c, "check", func(ctx context.Context, lab *labs.Lab, files []labs.File) (any, error) {
		diagnostics, err := s.opts.Grader.Check(ctx, lab, files, lang)
		if err != nil {
			return nil, err
		}
		return map[string]any{"diagnostics": diagnostics, "millis": time.Since(began).Milliseconds()}, nil
	})
}

// postBuild builds a program while nobody waits for it, so that Run need not.
func (s *Server) postBuild(c echo.Context) error {
	return s.ask(c, "build", func(ctx context.Context, lab *labs.Lab, files []labs.File) (any, error) {
		return s.opts.Grader.Build(ctx, lab, files, s.lang(c))
	})
}

// ask puts a question about the program of a request.
func (s *Server) ask(c echo.Context, kind string, question func(context.Context, *labs.Lab, []labs.File) (any, error)) error {
	lab, files, err := s.readProgram(c)
	if err != nil {
		return err
	}
	return s.answer(c, lab, kind, func(ctx context.Context) (any, error) { return question(ctx, lab, files) })
}

// answer answers a question about a lab. A newer question of the same kind cancels
// the one before. Who writes will soon run, so the lab is opened meanwhile, unless
// that takes a container.
func (s *Server) answer(c echo.Context, lab *labs.Lab, kind string, question func(context.Context) (any, error)) error {
	b := s.benches.of(s.user(c), lab)
	ctx, cancel := context.WithTimeout(c.Request().Context(), answerTime)
	defer cancel()
	if !b.slow() {
		if _, err := b.use(ctx); err != nil {
			return err
		}
	}
	ctx, settled := b.supersede(ctx, kind)
	defer settled()
	answer, err := question(ctx)
	switch {
	case err != nil && errors.Is(context.Cause(ctx), errSuperseded):
		return errSuperseded
	case err != nil:
		return fmt.Errorf("%s in lab %q: %w", kind, lab.ID, err)
	}
	return c.JSON(http.StatusOK, answer)
}

// supersede cancels the question of this kind before, and makes this one the newest.
func (b *bench) supersede(ctx context.Context, kind string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	over := func() { cancel(errSuperseded) }
	b.mu.Lock()
	if before := b.latest[kind]; before != nil {
		before()
	}
	b.latest[kind] = over
	b.mu.Unlock()
	return ctx, func() { cancel(nil) }
}

// fault marks an error as ours when the lab host is gone.
func (b *bench) fault(session Session, err error) error {
	select {
	case <-session.Done():
		return errors.Join(errHost, err)
	default:
		return err
	}
}

// postComplete offers what could be typed at a place.
func (s *Server) postComplete(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	var body struct {
		program
		Name   string `json:"name"`
		Offset int    `json:"offset"` // in UTF-16 code units, as browsers count
	}
	if err := bind(c, &body); err != nil {
		return err
	}
	if err := checkFiles(body.Files); err != nil {
		return err
	}
	if body.Offset < 0 || body.Offset > maxSource {
		return &badInput{what: fmt.Sprintf("offset %d, want 0 to %d", body.Offset, maxSource)}
	}
	return s.answer(c, lab, "complete", func(ctx context.Context) (any, error) {
		items, err := s.opts.Grader.Complete(ctx, lab, lab.Complete(body.Files), body.Name, body.Offset)
		return map[string]any{"items": items}, err
	})
}

// postRun starts a program. What happens comes over the stream.
func (s *Server) postRun(c echo.Context) error {
	lab, files, err := s.readProgram(c)
	if err != nil {
		return err
	}
	id, err := s.benches.of(s.user(c), lab).start(c.Request().Context(), files, s.lang(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, map[string]string{"run": id})
}

// start stops what runs and runs a program in its place. Where the lab waits for a
// container first, it answers at once, and the rest is told over the stream.
func (b *bench) start(ctx context.Context, files []labs.File, lang string) (string, error) {
	b.interrupt()
	if err := b.take(ctx); err != nil {
		return "", err
	}
	b.stopRun()
	id := newNonce()
	if b.slow() {
		b.ring.begin()
		b.later(ctx, func(session Session, err error) {
			switch {
			case errors.Is(err, context.Canceled):
				b.ring.publish(b.owner.status("idle", "real.given_up"))
			case err != nil:
				b.ring.publish(b.owner.refused(err, "real.or_miniature"))
			default:
				b.launch(ctx, id, session, files, lang)
			}
		})
		return id, nil
	}
	defer b.give()
	session, err := b.openLocked(ctx)
	if err != nil {
		b.ring.publish(b.owner.fault(ctx))
		return "", err
	}
	b.ring.begin()
	b.launch(ctx, id, session, files, lang)
	return id, nil
}

// launch begins a run, by the holder of the turn.
func (b *bench) launch(ctx context.Context, id string, session Session, files []labs.File, lang string) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // a run outlives the request that began it
	r := &run{id: id, cancel: cancel, done: make(chan struct{})}
	b.mu.Lock()
	b.run = r
	b.mu.Unlock()
	b.owner.bg.Go(func() { b.play(ctx, r, session, files, lang) })
}

// play runs a program to its end. When the host dies on the way it says so,
// and the next run opens a new one.
func (b *bench) play(ctx context.Context, r *run, session Session, files []labs.File, lang string) {
	defer close(r.done)
	defer r.cancel()
	err := guarded(func() error { return session.Run(ctx, files, lang, b.ring.publish) })
	gone := false
	select {
	case <-session.Done():
		gone = true
	default:
	}
	b.mu.Lock()
	if b.run == r {
		b.run = nil
	}
	if gone && b.session == session {
		b.session = nil
	}
	b.used = time.Now()
	closing := b.closed
	b.mu.Unlock()
	if gone {
		session.Close()
	}
	if err != nil && ctx.Err() == nil && !closing {
		b.owner.log.Error("run failed", "lab", b.id, "run", r.id, "host gone", gone, "err", err)
		if grader.LackOf(err) != nil {
			b.ring.publish(b.owner.refused(err, "real.or_miniature"))
		} else {
			b.ring.publish(b.owner.fault(ctx))
		}
	}
}

// guarded calls fn and turns a panic into an error: these calls have no request
// whose recovery would catch it.
func guarded(fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return fn()
}

// stopRun ends the program that runs, by the holder of the turn. A program
// that does not end takes its session with it.
func (b *bench) stopRun() {
	b.mu.Lock()
	r, session := b.run, b.session
	b.mu.Unlock()
	if r == nil {
		return
	}
	if session != nil {
		session.Stop()
	}
	late := time.NewTimer(stopTime)
	defer late.Stop()
	select {
	case <-r.done:
		return
	case <-late.C:
	}
	r.cancel()
	b.drop()
	<-r.done
}

// postStop ends the program that runs, if there is one.
func (s *Server) postStop(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	b := s.benches.of(s.user(c), lab)
	b.interrupt()
	if err := b.take(c.Request().Context()); err != nil {
		return err
	}
	defer b.give()
	b.stopRun()
	return c.NoContent(http.StatusNoContent)
}

// postBrokerReset empties the broker and puts the lab's initial state back.
func (s *Server) postBrokerReset(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	b := s.benches.of(s.user(c), lab)
	ctx, cancel := context.WithTimeout(c.Request().Context(), answerTime)
	defer cancel()
	b.interrupt()
	if err := b.take(ctx); err != nil {
		return err
	}
	defer b.give()
	b.stopRun()
	if b.slow() { // a lab that is not open begins with its first state in any case
		return c.NoContent(http.StatusNoContent)
	}
	session, err := b.openLocked(ctx)
	if err != nil {
		return err
	}
	if err := session.Reset(ctx); err != nil {
		return b.fault(session, fmt.Errorf("reset broker of lab %q: %w", lab.ID, err))
	}
	if u, ok := b.state(ctx); ok {
		b.ring.publish(u)
	}
	return c.NoContent(http.StatusNoContent)
}
