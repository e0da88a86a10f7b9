package server

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

const (
	// idleTime is after how long without use an open lab is put away.
	idleTime = 15 * time.Minute
	// openTime is how long a lab host may take to come up.
	openTime = time.Minute
	// stopTime is how long a stopped run may take to end before its session is closed.
	stopTime = 10 * time.Second
)

// benches are the labs that are open, by student and lab.
type benches struct {
	grader Grader
	log    *slog.Logger
	words  map[string]*words
	// missing says what of this installation does not work, if anything.
	missing func(context.Context) error
	// chosen says what a lab of a student runs on.
	chosen func(user int64, lab string) string
	mu     sync.Mutex
	open   map[string]*bench
	closed bool // nothing opens any more
	done   chan struct{}
	bg     sync.WaitGroup
}

// A bench is one lab of one student: its session while it is open, its run
// while it runs, and what happened lately. The ring outlives both.
type bench struct {
	owner *benches
	user  int64
	id    string // of the lab
	ring  *ring

	turn    chan struct{} // held by whoever opens or closes the session or starts a run
	mu      sync.Mutex
	lab     *labs.Lab
	on      string // what it runs on: grader.Miniature or grader.Containers
	session Session
	opening context.CancelFunc // of a session that is waited for in the background
	opened  string             // hash of the lab that the session was opened for
	run     *run
	used    time.Time
	latest  map[string]context.CancelFunc // of check and build: the newest cancels the one before
	closed  bool
}

// A run is a program on its way.
type run struct {
	id     string
	cancel context.CancelFunc
	done   chan struct{}
}

func newBenches(s *Server) *benches {
	bs := &benches{
		grader: s.opts.Grader, log: s.log, words: s.pages.words, missing: s.missing, chosen: s.backendOf,
		open: map[string]*bench{}, done: make(chan struct{}),
	}
	bs.bg.Go(bs.evictIdle)
	return bs
}

// of returns the bench of a student in a lab.
func (bs *benches) of(user int64, lab *labs.Lab) *bench {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	key := fmt.Sprintf("%d %s", user, lab.ID)
	b := bs.open[key]
	if b == nil {
		b = &bench{
			owner: bs, user: user, id: lab.ID, lab: lab, closed: bs.closed, ring: newRing(), used: time.Now(),
			turn: make(chan struct{}, 1), latest: map[string]context.CancelFunc{}, on: grader.Miniature,
		}
		if !lab.OfLesson() {
			b.on = bs.chosen(user, lab.ID)
		}
		bs.open[key] = b
	}
	b.setLab(lab)
	return b
}

func (bs *benches) all() []*bench {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	list := make([]*bench, 0, len(bs.open))
	for _, b := range bs.open {
		list = append(list, b)
	}
	return list
}

func (bs *benches) tellAll(u Update) {
	for _, b := range bs.all() {
		b.ring.publish(u)
	}
}

// evictIdle puts away what nobody has used for idleTime.
func (bs *benches) evictIdle() {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			bs.evict(now.Add(-idleTime))
		case <-bs.done:
			return
		}
	}
}

// evict closes the sessions that were not used since a time.
func (bs *benches) evict(since time.Time) {
	for _, b := range bs.all() {
		b.evict(since)
	}
}

// close stops all runs and closes all sessions.
func (bs *benches) close() {
	close(bs.done)
	bs.mu.Lock()
	bs.closed = true
	bs.mu.Unlock()
	var closing sync.WaitGroup
	for _, b := range bs.all() {
		closing.Go(b.close)
	}
	closing.Wait()
	bs.bg.Wait()
}

// setLab takes over a lab's new content for what is opened from now on.
func (b *bench) setLab(lab *labs.Lab) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lab = lab
}

// take waits for the bench's turn.
func (b *bench) take(ctx context.Context) error {
	select {
	case b.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *bench) give() { <-b.turn }

// use returns the session, which it opens if there is none or if its host is
// gone. Opening goes on when ctx ends: the next request will want it too.
func (b *bench) use(ctx context.Context) (Session, error) {
	if s := b.live(); s != nil {
		return s, nil
	}
	if err := b.take(ctx); err != nil {
		return nil, err
	}
	defer b.give()
	return b.openLocked(ctx)
}

// live returns the session if its host is there, and if the lab's author has not
// saved another version of it since.
func (b *bench) live() Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used = time.Now()
	stale := b.run == nil && b.opened != b.lab.Hash
	if b.session == nil || b.closed || stale {
		return nil
	}
	select {
	case <-b.session.Done():
		return nil
	default:
		return b.session
	}
}

// openLocked is use, by the holder of the turn.
func (b *bench) openLocked(ctx context.Context) (Session, error) {
	if s := b.live(); s != nil {
		return s, nil
	}
	b.drop()
	b.mu.Lock()
	lab, closed := b.lab, b.closed
	b.mu.Unlock()
	if closed {
		return nil, errStopping
	}
	place, patience := b.place(), openTime
	if place.Backend == grader.Containers {
		patience = realTime // and ctx is later's, which does not end with the request
	} else {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := b.owner.grader.Open(ctx, lab, seedOf(b.user, lab.ID), place)
	if errors.Is(err, grader.ErrOneLab) {
		b.owner.makeRoom(b)
		s, err = b.owner.grader.Open(ctx, lab, seedOf(b.user, lab.ID), place)
	}
	if err != nil {
		return nil, errors.Join(errHost, fmt.Errorf("open lab %q: %w", lab.ID, err))
	}
	b.mu.Lock()
	b.session, b.opened = s, lab.Hash
	b.mu.Unlock()
	if u, err := s.State(ctx); err == nil {
		b.ring.publish(u) // what the lab begins with
	}
	return s, nil
}

// makeRoom puts away every other lab in which no program runs: without
// isolation only one can be open.
func (bs *benches) makeRoom(except *bench) {
	for _, b := range bs.all() {
		if b != except {
			b.giveWay()
		}
	}
}

// giveWay closes the session unless it is in use. It does not wait for its
// turn: two labs that wait for each other would wait for ever.
func (b *bench) giveWay() {
	select {
	case b.turn <- struct{}{}:
	default:
		return
	}
	defer b.give()
	b.mu.Lock()
	idle := b.session != nil && b.run == nil
	b.mu.Unlock()
	if idle {
		b.drop()
		b.ring.publish(b.owner.status("evicted", "status.gave_way"))
	}
}

// drop closes the session, if there is one.
func (b *bench) drop() {
	b.mu.Lock()
	s := b.session
	b.session = nil
	b.mu.Unlock()
	if s != nil {
		s.Close()
	}
}

// evict closes an idle session and says so to whoever watches.
func (b *bench) evict(since time.Time) {
	select {
	case b.turn <- struct{}{}:
	default:
		return // whoever has the turn uses the lab
	}
	defer b.give()
	b.mu.Lock()
	idle := b.session != nil && b.run == nil && b.used.Before(since)
	b.mu.Unlock()
	if !idle {
		return
	}
	b.drop()
	b.ring.publish(b.owner.status("evicted", "status.evicted"))
}

// close ends the bench for good.
func (b *bench) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.interrupt()
	if b.take(context.Background()) != nil {
		return
	}
	defer b.give()
	b.stopRun()
	b.drop()
	b.ring.close()
}

// state is the broker's state now, if the lab is open.
func (b *bench) state(ctx context.Context) (Update, bool) {
	b.mu.Lock()
	s := b.session
	b.mu.Unlock()
	if s == nil {
		return Update{}, false
	}
	u, err := s.State(ctx)
	return u, err == nil
}

// status says in a word whether the lab is open and whether a program runs.
func (b *bench) status() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.run != nil:
		return "running"
	case b.opening != nil:
		return "container"
	case b.session != nil:
		return "idle"
	}
	return "closed"
}

// fault is the update of a run that we failed, with the reason if it is that
// something is not installed.
func (bs *benches) fault(ctx context.Context) Update {
	u := bs.status("fault", "status.fault")
	var missing *notReady
	if errors.As(bs.missing(ctx), &missing) {
		for lang, w := range bs.words {
			u.Texts[lang] = w.text("error.not_ready") + " " + missing.what
		}
	}
	return u
}

// status is an update about the lab itself, in words of ours.
func (bs *benches) status(word, say string) Update {
	texts := map[string]string{}
	for lang, w := range bs.words {
		texts[lang] = w.text(say)
	}
	return Update{Type: "status", Texts: texts, Body: struct {
		Type   string `json:"type"`
		Status string `json:"status"`
	}{"status", word}}
}

// seedOf draws a student's variant of a lab: always the same one.
func seedOf(user int64, lab string) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", user, lab) // a hash takes every write
	return h.Sum64()
}
