package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
)

type attemptJSON struct {
	ID      int64
	Status  string
	Score   int
	Of      int
	Message string
	Verdict map[string]string
}

func (s *site) submit(t testing.TB) int64 {
	t.Helper()
	return answerOf[struct{ Attempt int64 }](t, s, http.MethodPost, workQueue+"/submit", source("mine", ""), http.StatusAccepted).Attempt
}

func (s *site) attempt(t testing.TB, id int64) attemptJSON {
	t.Helper()
	return answerOf[attemptJSON](t, s, http.MethodGet, fmt.Sprintf("/api/attempts/%d?lang=ru", id), "", http.StatusOK)
}

// graded waits until an attempt is no longer received.
func (s *site) graded(t testing.TB, id int64) attemptJSON {
	t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if a := s.attempt(t, id); a.Status != "received" {
			return a
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("attempt %d is still received", id)
	return attemptJSON{}
}

func TestSubmitIsStoredThenGradedThenShown(t *testing.T) {
	g := &fakeGrader{submitted: make(chan []labs.File, 1), let: make(chan struct{})}
	s := startOn(t, filepath.Join(t.TempDir(), "data.db"), g)
	page := follow(t, s.serve(t), workQueue+"/stream")
	id := s.submit(t)
	if a := s.attempt(t, id); a.Status != "received" || a.Verdict != nil {
		t.Errorf("before grading: %+v", a)
	}
	if files := <-g.submitted; textOf(files, "main.go") != "mine" {
		t.Errorf("the grader got %v", files)
	}
	page.until("progress")
	g.let <- struct{}{}
	if e := page.until("verdict"); e.Status != "graded" || !strings.Contains(e.Raw, fmt.Sprintf(`"attempt":%d`, id)) {
		t.Errorf("verdict: %s", e.Raw)
	}
	a := s.attempt(t, id)
	if a.Status != "graded" || a.Score != 6 || a.Of != 10 || a.Verdict["lang"] != "ru" || a.Verdict["evidence"] != `{"version":1}` {
		t.Errorf("after grading: %+v", a)
	}
	got := answerOf[struct{ LastAttempt attemptJSON }](t, s, http.MethodGet, workQueue, "", http.StatusOK)
	if got.LastAttempt.ID != id || got.LastAttempt.Status != "graded" {
		t.Errorf("last attempt: %+v", got.LastAttempt)
	}
}

// TestReloadAfterSubmitDoesNotRepeatTheRunBefore: its closing line would stand
// beside a verdict that it has nothing to do with.
func TestReloadAfterSubmitDoesNotRepeatTheRunBefore(t *testing.T) {
	s := start(t)
	web := s.serve(t)
	page := follow(t, web, workQueue+"/stream")
	s.run(t)
	page.until("status")
	s.grader.last(t).play <- func(emit func(Update)) error {
		emit(Update{Type: "output", Stream: "stdout", Text: "of the run\n"})
		return nil
	}
	page.text("of the run\n")
	for s.benches.of(1, must(s.content.Load().labs.Lab(labID))).status() == "running" {
		time.Sleep(time.Millisecond)
	}
	s.submit(t)
	page.until("verdict")
	reloaded := follow(t, web, workQueue+"/stream")
	for {
		e := reloaded.next()
		if e.Type == "verdict" {
			return
		}
		if e.Type != "progress" {
			t.Errorf("a page that was reloaded after Submit is sent %s", e.Raw)
		}
	}
}

func must[T any](v T, ok bool) T {
	if !ok {
		panic("not there")
	}
	return v
}

func TestFaultIsOursAndSaysSo(t *testing.T) {
	g := &fakeGrader{submitErr: errors.New("lab host gone")}
	s := startOn(t, filepath.Join(t.TempDir(), "data.db"), g)
	a := s.graded(t, s.submit(t))
	if a.Status != "fault" || !strings.Contains(a.Message, "не учитывается") || a.Verdict != nil {
		t.Errorf("%+v", a)
	}
	s.Close() // waits for whoever writes to the log
	if !strings.Contains(s.logged.String(), "lab host gone") {
		t.Error("the cause is not in the log")
	}
}

// TestSameSubmissionAfterARestart: it gets the verdict that it got, as long as stored
// evidence holds, and is graded anew when it does not, or when the program is another.
func TestSameSubmissionAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	first := startOn(t, path, &fakeGrader{})
	first.graded(t, first.submit(t))
	first.Close()
	for _, holds := range []bool{true, false} {
		g := &fakeGrader{holds: holds, submitted: make(chan []labs.File, 8)}
		again := startOn(t, path, g)
		a := again.graded(t, again.submit(t))
		if a.Status != "graded" || a.Score != 6 || a.Verdict["evidence"] != `{"version":1}` {
			t.Errorf("the second time: %+v", a)
		}
		if anew := len(g.submitted) > 0; anew == holds {
			t.Errorf("graded anew: %t, and the stored evidence holds: %t", anew, holds)
		}
		before := len(g.submitted)
		other := answerOf[struct{ Attempt int64 }](t, again, http.MethodPost, workQueue+"/submit", source("another", ""), http.StatusAccepted).Attempt
		again.graded(t, other)
		if holds && len(g.submitted) != before+1 {
			t.Error("another program was not graded")
		}
		again.Close()
	}
}

func TestSubmitSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	g := &fakeGrader{submitted: make(chan []labs.File, 1), let: make(chan struct{})}
	first := startOn(t, path, g)
	id := first.submit(t)
	<-g.submitted // it is being graded
	first.marking.cancel()
	first.Close()
	if a, err := first.store.Attempt(t.Context(), store.LocalUser, id); err != nil || a.Status != store.Received || a.Tries != 0 {
		t.Fatalf("after the stop: %s, try %d, %v; want it to wait", a.Status, a.Tries, err)
	}
	second := startOn(t, path, &fakeGrader{})
	if a := second.graded(t, id); a.Status != "graded" {
		t.Errorf("after the restart: %+v", a)
	}
}

// TestKilledProcessLeavesItsAttemptToTheNext has a lease of a process that is no more.
func TestKilledProcessLeavesItsAttemptToTheNext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	st, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	id, err := st.AddAttempt(t.Context(), store.Submission{User: store.LocalUser, Lab: labID, Files: []store.File{{Name: "main.go", Text: "x"}}})
	if err != nil {
		t.Fatal(err)
	}
	owner := strings.Split(newOwner("before"), "/")
	owner[1] = "4194999" // beyond the largest process id of Linux
	if _, err := st.ClaimAttempt(t.Context(), strings.Join(owner, "/"), time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	s := startOn(t, path, &fakeGrader{})
	if a := s.graded(t, id); a.Status != "graded" {
		t.Errorf("%+v", a)
	}
}

func TestTwoServersOnOneDatabaseGradeEachAttemptOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	began := make(chan []labs.File, 100)
	one := startOn(t, path, &fakeGrader{submitted: began})
	two := startOn(t, path, &fakeGrader{submitted: began})
	var ids []int64
	for range maxWaiting {
		ids = append(ids, one.submit(t), two.submit(t))
		for _, id := range ids[len(ids)-2:] {
			one.graded(t, id)
		}
	}
	if n := len(began); n != len(ids) {
		t.Errorf("%d gradings for %d attempts", n, len(ids))
	}
}

func TestTooManyWaitingAttemptsAreRefused(t *testing.T) {
	g := &fakeGrader{let: make(chan struct{})}
	s := startOn(t, filepath.Join(t.TempDir(), "data.db"), g)
	for range maxWaiting {
		s.submit(t)
	}
	w := s.do(t, http.MethodPost, workQueue+"/submit", source("one more", ""))
	if w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), `"busy"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	close(g.let)
}

func TestSubmitSaysWhatIsMissingHere(t *testing.T) {
	s := start(t)
	s.opts.Checks = []Check{{Name: "pack", Run: func(context.Context) (string, error) { return "", errors.New("no pack, run make") }}}
	w := s.do(t, http.MethodPost, workQueue+"/submit?lang=ru", source("mine", ""))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "Здесь нет компилятора.") || strings.Contains(w.Body.String(), "no pack") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if n, err := s.store.Waiting(t.Context(), store.LocalUser); n != 0 || err != nil {
		t.Errorf("%d attempts were stored, %v; want none: nobody could grade them", n, err)
	}
}

func TestServeStopsInOrder(t *testing.T) {
	g := &fakeGrader{submitted: make(chan []labs.File, 1), let: make(chan struct{})}
	s := startOn(t, filepath.Join(t.TempDir(), "data.db"), g)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	answer, err := http.Get("http://" + l.Addr().String() + workQueue + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	s.run(t)
	id := s.submit(t)
	<-g.submitted
	cancel()
	body(t, answer.Body) // ends, or the test does not
	g.let <- struct{}{}  // grading may end while the server stops
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	if err := errors.Join(answer.Body.Close()); err != nil {
		t.Error(err)
	}
	a, err := s.store.Attempt(t.Context(), store.LocalUser, id)
	if err != nil || a.Status != store.Graded {
		t.Errorf("attempt: %s, %v; want it graded before the end", a.Status, err)
	}
	if !s.grader.last(t).isClosed() {
		t.Error("the session is still open")
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestServeTellsWhyItCannot(t *testing.T) {
	s := start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "serve 127.0.0.1:") {
		t.Errorf("serve on a closed listener: %v", err)
	}
}
