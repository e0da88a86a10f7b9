package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
)

const (
	// markers is how many attempts are graded at a time. Each one uses several
	// lanes of the grader.
	markers = 2
	// leaseTime is how long an attempt stays claimed without a sign of life.
	leaseTime = 8 * time.Second
	// renewTime is how often a claim is renewed.
	renewTime = 2 * time.Second
	// lookTime is how often the database is looked at for attempts that another
	// process left behind.
	lookTime = 2 * time.Second
)

// marking grades attempts. The queue is the table of attempts itself: what is
// received is waiting, and a lease says who is at it. So nothing is lost when
// the process dies, and two processes may share one database.
type marking struct {
	server *Server
	owner  string
	wake   chan struct{}
	cancel context.CancelFunc
	done   chan struct{} // closed when no more are claimed
	bg     sync.WaitGroup
}

// startMarking grades what an earlier process left, and then what comes.
func startMarking(s *Server) *marking {
	ctx, cancel := context.WithCancel(context.Background())
	m := &marking{server: s, owner: newOwner(s.epoch), wake: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{})}
	if err := s.opts.Store.ReleaseDead(ctx, m.alive); err != nil {
		s.log.Error("leases of dead processes stay until they run out", "err", err)
	}
	for range markers {
		m.bg.Go(func() { m.work(ctx) })
	}
	return m
}

// wakeUp says that there is an attempt to grade.
func (m *marking) wakeUp() {
	select {
	case m.wake <- struct{}{}:
	default: // Somebody is about to look anyway.
	}
}

// close claims no more, gives what is being graded some time to end, and gives
// back what has not.
func (m *marking) close(grace time.Duration) {
	close(m.done)
	ended := make(chan struct{})
	go func() { m.bg.Wait(); close(ended) }()
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-ended:
	case <-late.C:
	}
	m.cancel()
	<-ended
}

// work grades one attempt after another.
func (m *marking) work(ctx context.Context) {
	ticker := time.NewTicker(lookTime)
	defer ticker.Stop()
	for {
		for m.markNext(ctx) {
			m.wakeUp() // there may be more, for the others as well
		}
		select {
		case <-m.wake:
		case <-ticker.C:
		case <-m.done:
			return
		}
	}
}

// markNext claims an attempt and grades it. It reports whether there was one.
func (m *marking) markNext(ctx context.Context) bool {
	select {
	case <-m.done:
		return false
	default:
	}
	a, err := m.server.opts.Store.ClaimAttempt(ctx, m.owner, leaseTime)
	if errors.Is(err, store.ErrNotFound) {
		return false
	}
	if err != nil {
		m.server.log.Error("no attempt could be claimed", "err", err)
		return false
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	renewing := make(chan struct{})
	go func() { defer close(renewing); m.renew(ctx, cancel, a.ID) }()
	err = m.mark(ctx, a)
	cancel()
	<-renewing
	if err != nil {
		m.server.log.Error("attempt was not graded", "attempt", a.ID, "lab", a.Lab, "try", a.Tries, "err", err)
	}
	return true
}

// renew keeps the claim until ctx is done, and ends the grading of an attempt
// that is no longer ours.
func (m *marking) renew(ctx context.Context, cancel context.CancelFunc, id int64) {
	ticker := time.NewTicker(renewTime)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		ours, err := m.server.opts.Store.RenewLease(ctx, id, m.owner, leaseTime)
		if err == nil && !ours {
			cancel()
			return
		}
	}
}

// mark grades an attempt, stores what was found, once, and tells the page.
func (m *marking) mark(ctx context.Context, a store.Attempt) error {
	keep := context.WithoutCancel(ctx)
	lab, ok := m.server.content.Load().labs.Lab(a.Lab)
	if !ok {
		return m.faulted(keep, a, nil, fmt.Errorf("lab %q: %w", a.Lab, errNoLab))
	}
	b := m.server.benches.of(a.User, lab)
	result, err := m.judge(ctx, lab, b, a)
	if err != nil && ctx.Err() != nil {
		return errors.Join(err, m.server.opts.Store.ReleaseAttempt(keep, a.ID, m.owner))
	}
	if err != nil {
		return m.faulted(keep, a, b, err)
	}
	stored, err := m.server.opts.Store.FinishAttempt(keep, a.ID, store.Result{
		Score: result.Score, Points: result.Points, Passed: result.Passed, Evidence: result.Evidence,
	})
	if err != nil {
		return err
	}
	if stored {
		b.ring.publish(verdict(a.ID, store.Graded))
	}
	return nil
}

// judge finds the result of an attempt: what came of the same submission before, if
// that is stored, or else what the grader finds.
func (m *marking) judge(ctx context.Context, lab *labs.Lab, b *bench, a store.Attempt) (result Result, err error) {
	files := lab.Complete(submitted(a))
	place := grader.Place{Backend: a.Backend, Starting: func(p grader.Starting) {
		b.ring.publish(m.server.benches.starting(p))
	}}
	before, err := m.server.opts.Store.GradedBefore(ctx, a)
	switch {
	case err == nil && m.server.opts.Grader.Holds(before.Evidence, lab, files, a.Seed, place):
		return Result{Score: before.Score, Points: before.Points, Passed: before.Passed, Evidence: before.Evidence}, nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return Result{}, err
	}
	err = guarded(func() (err error) {
		result, err = m.server.opts.Grader.Submit(ctx, lab, files, a.Seed, place, func(p Progress) {
			b.ring.publish(progress(a.ID, p))
		})
		return err
	})
	return result, err
}

// faulted stores that an attempt could not be graded, and tells the page.
func (m *marking) faulted(ctx context.Context, a store.Attempt, b *bench, why error) error {
	stored, err := m.server.opts.Store.FaultAttempt(ctx, a.ID, why.Error())
	if err == nil && stored && b != nil {
		b.ring.publish(verdict(a.ID, store.Fault))
	}
	return errors.Join(why, err)
}

// progress tells a page how far an attempt is.
func progress(attempt int64, p Progress) Update {
	return Update{Type: "progress", Body: struct {
		Type    string `json:"type"`
		Attempt int64  `json:"attempt"`
		Done    int    `json:"done"`
		Total   int    `json:"total"`
		Phase   string `json:"phase"`
	}{"progress", attempt, p.Done, p.Total, p.Phase}}
}

// verdict tells a page that an attempt is done, and to ask for it.
func verdict(attempt int64, status store.Status) Update {
	return Update{Type: "verdict", Body: struct {
		Type    string       `json:"type"`
		Attempt int64        `json:"attempt"`
		Status  store.Status `json:"status"`
	}{"verdict", attempt, status}}
}

func submitted(a store.Attempt) []labs.File {
	files := make([]labs.File, 0, len(a.Files))
	for _, f := range a.Files {
		files = append(files, labs.File{Name: f.Name, Text: f.Text})
	}
	return files
}

// newOwner names this process in leases: host, process, and what tells two
// servers of one process apart.
func newOwner(epoch string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	return host + "/" + strconv.Itoa(os.Getpid()) + "/" + epoch
}

// alive reports whether the owner of a lease may still be at work. Of another
// machine's processes nobody here can tell.
func (m *marking) alive(owner string) bool {
	parts := strings.Split(owner, "/")
	mine := strings.Split(m.owner, "/")
	if len(parts) != 3 || parts[0] != mine[0] {
		return true
	}
	pid, err := strconv.Atoi(parts[1])
	if err != nil || pid == os.Getpid() {
		return true // another server of this process, or an earlier process with our number: the lease will tell
	}
	if stat, err := os.ReadFile("/proc/" + parts[1] + "/stat"); err == nil && bytes.Contains(stat, []byte(") Z ")) {
		return false // killed, and its parent has not looked yet
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	return !errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
