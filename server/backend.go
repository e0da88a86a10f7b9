package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
)

const (
	// realTime is how long a real broker may take to be there: a download over a
	// slow line, and the start.
	realTime = 30 * time.Minute
	// offerTime is how long docker may take to say whether it is there.
	offerTime = 10 * time.Second
	// backendKey is the setting that keeps what a lab runs on, before the lab's id.
	backendKey = "backend:"
)

// A lackError is that a real broker cannot be had, in words for visitors.
type lackError struct {
	lack *grader.Lack
	err  error // nil when it was found by asking
}

func (e *lackError) Error() string {
	if e.err != nil {
		return e.err.Error()
	}
	return fmt.Sprintf("no real broker: %+v", *e.lack)
}

func (e *lackError) Unwrap() error { return e.err }

// lackWords says why a real broker cannot be had.
func (w *words) lackWords(l *grader.Lack) string {
	return w.text("lack."+l.Code, w.text("broker."+l.Broker), l.Image, l.Detail)
}

// backendOf is what a lab of a student runs on: what was chosen for it, else what
// the server was started with.
func (s *Server) backendOf(user int64, lab string) string {
	if s.opts.OnlyMiniatures {
		return grader.Miniature
	}
	chosen, err := s.opts.Store.Setting(context.Background(), user, backendKey+lab)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.log.Error("what a lab runs on could not be read", "lab", lab, "err", err)
	}
	if chosen == grader.Miniature || chosen == grader.Containers {
		return chosen
	}
	if s.opts.Backend == grader.Containers {
		return grader.Containers
	}
	return grader.Miniature
}

// A backendAnswer says what a lab runs on, and on what else it could.
type backendAnswer struct {
	On      string        `json:"on"`      // miniature or containers
	Offered bool          `json:"offered"` // false where real brokers are not for this place
	Brokers []grader.Real `json:"brokers"` // that containers would be
	Name    string        `json:"name"`    // of those, for people
	Pull    bool          `json:"pull"`    // an image has to be downloaded first
	Reason  string        `json:"reason"`  // why not; empty if it can
}

// getBackend says what a lab runs on.
func (s *Server) getBackend(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	answer := backendAnswer{On: s.benches.of(s.user(c), lab).backend(), Brokers: []grader.Real{}}
	if s.offered(lab, answer.On) {
		offer := s.offer(c.Request().Context(), lab)
		w := s.pages.words[s.lang(c)]
		answer.Offered, answer.Brokers, answer.Pull = true, slices.Concat(answer.Brokers, offer.Brokers), offer.Pull
		answer.Name = w.realNames(offer.Brokers)
		if offer.Lack != nil {
			answer.Reason = w.lackWords(offer.Lack)
		}
	}
	return c.JSON(http.StatusOK, answer)
}

// offered reports whether a lab has a choice of what it runs on: there may be real
// brokers, or it has been put on such as there are none of.
func (s *Server) offered(lab *labs.Lab, on string) bool {
	return !s.opts.OnlyMiniatures && (s.opts.Grader.Contained(lab) || on == grader.Containers)
}

// offer asks docker what it has.
func (s *Server) offer(ctx context.Context, lab *labs.Lab) grader.Offer {
	ctx, cancel := context.WithTimeout(ctx, offerTime)
	defer cancel()
	return s.opts.Grader.Offer(ctx, lab)
}

// realNames are brokers with their versions, as "RabbitMQ 3.10.8".
func (w *words) realNames(brokers []grader.Real) string {
	names := make([]string, 0, len(brokers))
	for _, b := range brokers {
		names = append(names, strings.TrimSpace(w.text("broker."+b.Broker)+" "+b.Version))
	}
	return strings.Join(names, ", ")
}

// postBackend moves a lab to real brokers or to miniatures. What runs is stopped.
// How far it is comes over the stream, and at last what the lab runs on.
func (s *Server) postBackend(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	var body struct {
		On string `json:"on"`
	}
	if err := bind(c, &body); err != nil {
		return err
	}
	switch {
	case body.On != grader.Miniature && body.On != grader.Containers:
		return &badInput{what: fmt.Sprintf("on %q, want %q or %q", body.On, grader.Miniature, grader.Containers)}
	case body.On == grader.Containers && s.opts.OnlyMiniatures:
		return errOnlyMiniatures
	case body.On == grader.Containers:
		if offer := s.offer(c.Request().Context(), lab); offer.Lack != nil {
			return &lackError{lack: offer.Lack}
		}
	}
	b := s.benches.of(s.user(c), lab)
	keep := func() error {
		return s.opts.Store.SetSetting(context.Background(), b.user, backendKey+lab.ID, body.On)
	}
	if err := b.move(c.Request().Context(), body.On, keep); err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, map[string]string{"on": body.On})
}

// move stops what runs, and opens the lab on something else. The choice is kept
// once that has come up; otherwise the lab stays on what it was on.
func (b *bench) move(ctx context.Context, on string, keep func() error) error {
	b.interrupt()
	if err := b.take(ctx); err != nil {
		return err
	}
	b.stopRun()
	before := b.backend()
	b.drop()
	b.setBackend(on)
	b.ring.begin()
	b.later(ctx, func(_ Session, err error) {
		if err == nil {
			err = keep()
		}
		if err != nil {
			b.drop()
			b.setBackend(before)
		}
		b.moved(before, err)
	})
	return nil
}

// moved tells the page what the lab runs on now.
func (b *bench) moved(before string, err error) {
	now := b.backend()
	switch {
	case errors.Is(err, context.Canceled):
		b.ring.publish(b.owner.status("idle", "real.given_up"))
	case err != nil:
		b.ring.publish(b.owner.refused(err, "real.stays_"+before))
	case now == grader.Miniature:
		b.ring.publish(b.owner.status("idle", "real.off"))
	default:
		b.mu.Lock()
		lab := b.lab
		b.mu.Unlock()
		offered, cancel := context.WithTimeout(context.Background(), offerTime)
		defer cancel()
		brokers := b.owner.grader.Offer(offered, lab).Brokers
		u := b.owner.status("idle", "real.on")
		for lang, w := range b.owner.words {
			u.Texts[lang] = w.text("real.on", w.realNames(brokers))
		}
		b.ring.publish(u)
	}
	b.ring.publish(Update{Type: "backend", Body: map[string]string{"type": "backend", "on": now}})
}

// refused is the update of a real broker that was not to be had, with the reason
// and with what holds now.
func (bs *benches) refused(err error, say string) Update {
	u := bs.status("unavailable", say)
	lack := grader.LackOf(err)
	for lang, w := range bs.words {
		why := w.text("lack.other")
		if lack != nil {
			why = w.lackWords(lack)
		}
		u.Texts[lang] = why + " " + w.text(say)
	}
	return u
}

func (b *bench) backend() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.on
}

func (b *bench) setBackend(on string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.on = on
}

// slow reports whether opening the lab may take longer than a request should wait:
// it runs on containers, and is not open.
func (b *bench) slow() bool { return b.backend() == grader.Containers && b.live() == nil }

// later opens the session in the background, by the holder of the turn, and gives
// the turn back when fn has returned. interrupt ends the waiting.
func (b *bench) later(ctx context.Context, fn func(Session, error)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	b.mu.Lock()
	b.opening = cancel
	b.mu.Unlock()
	b.owner.bg.Go(func() {
		defer b.give()
		defer cancel()
		var session Session
		err := guarded(func() (err error) {
			session, err = b.openLocked(ctx)
			return err
		})
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		b.mu.Lock()
		b.opening = nil
		b.mu.Unlock()
		fn(session, err)
	})
}

// interrupt gives up waiting for a session that is being opened.
func (b *bench) interrupt() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opening != nil {
		b.opening()
	}
}

// place is where the lab runs, and tells the page how far a container is.
func (b *bench) place() grader.Place {
	told := ""
	return grader.Place{Backend: b.backend(), Pull: true, Starting: func(p grader.Starting) {
		u := b.owner.starting(p)
		if text := u.Texts[languages[0]]; text != told {
			told = text
			b.ring.publish(u)
		}
	}}
}

// starting says how far a container is.
func (bs *benches) starting(p grader.Starting) Update {
	u := Update{Type: "status", Texts: map[string]string{}, Body: struct {
		Type   string `json:"type"`
		Status string `json:"status"`
		Millis int64  `json:"millis"`
	}{"status", "container", p.Elapsed.Milliseconds()}}
	say := "real." + p.Phase
	if p.Total > 0 {
		say += "_of"
	}
	for lang, w := range bs.words {
		u.Texts[lang] = w.text(say, w.text("broker."+p.Broker), p.Done>>20, p.Total>>20)
	}
	return u
}
