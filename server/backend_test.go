package server

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers/containers"
	"github.com/brokerlab/brokerlab/grader"
)

var rabbit = []grader.Real{{Broker: "rabbitmq", Image: "mirror/rabbitmq:4", Version: "4.1.2"}}

type backendJSON struct {
	On      string
	Offered bool
	Brokers []grader.Real
	Name    string
	Pull    bool
	Reason  string
}

func (s *site) backend(t testing.TB) backendJSON {
	t.Helper()
	return answerOf[backendJSON](t, s, http.MethodGet, workQueue+"/backend?lang=ru", "", http.StatusOK)
}

func (s *site) moveTo(t testing.TB, on string) {
	t.Helper()
	answerOf[map[string]string](t, s, http.MethodPost, workQueue+"/backend", `{"on":"`+on+`"}`, http.StatusAccepted)
}

// slowly opens like a container does: it says how far it is, and is there when told.
func slowly(ready <-chan error) func(context.Context, grader.Place) error {
	return func(ctx context.Context, on grader.Place) error {
		if on.Backend != grader.Containers {
			return nil
		}
		on.Starting(grader.Starting{Phase: containers.PhasePull, Broker: "rabbitmq", Done: 5 << 20, Total: 40 << 20})
		on.Starting(grader.Starting{Phase: containers.PhaseWait, Broker: "rabbitmq", Elapsed: 4 * time.Second})
		select {
		case err := <-ready:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// TestMoveToARealBroker: the run is stopped, the start is told step by step, writing
// goes on meanwhile, and the choice outlives the server.
func TestMoveToARealBroker(t *testing.T) {
	ready := make(chan error, 1)
	path := filepath.Join(t.TempDir(), "data.db")
	s := startOn(t, path, &fakeGrader{opening: slowly(ready), offer: grader.Offer{Brokers: rabbit}})
	page := follow(t, s.serve(t), workQueue+"/stream?lang=ru")
	s.run(t)
	page.until("status")
	if b := s.backend(t); b.On != grader.Miniature || !b.Offered || b.Name != "RabbitMQ 4.1.2" || b.Reason != "" {
		t.Errorf("before: %+v", b)
	}
	miniature := s.grader.last(t)
	s.moveTo(t, grader.Containers)
	if !miniature.isClosed() {
		t.Error("the session on the miniature is still open")
	}
	var said []string
	for len(said) < 2 {
		if e := page.until("status"); e.Status == "container" {
			said = append(said, e.Text)
		}
	}
	if !strings.Contains(said[0], "5 из 40 МБ") || !strings.Contains(said[1], "ждём") {
		t.Errorf("told %q", said)
	}
	answerOf[map[string]any](t, s, http.MethodPost, workQueue+"/check", source("x", ""), http.StatusOK)
	ready <- nil
	if e := page.until("status"); e.Status != "idle" || !strings.Contains(e.Text, "RabbitMQ 4.1.2") {
		t.Errorf("at last: %s", e.Raw)
	}
	if e := page.until("backend"); !strings.Contains(e.Raw, `"on":"containers"`) {
		t.Errorf("the page is told %s", e.Raw)
	}
	if p := s.grader.places[len(s.grader.places)-1]; p.Backend != grader.Containers || !p.Pull {
		t.Errorf("opened on %+v", p)
	}
	s.Close()
	if later := startOn(t, path, &fakeGrader{}); later.backend(t).On != grader.Containers {
		t.Error("another server does not know what was chosen")
	}
}

// TestMoveThatFails leaves the lab where it was, and says why.
func TestMoveThatFails(t *testing.T) {
	ready := make(chan error, 1)
	s := startOn(t, filepath.Join(t.TempDir(), "data.db"), &fakeGrader{opening: slowly(ready), offer: grader.Offer{Brokers: rabbit}})
	page := follow(t, s.serve(t), workQueue+"/stream")
	ready <- fmt.Errorf("open: %w", &containers.NotReadyError{Broker: "rabbitmq", Ref: "x", Log: []string{"no more memory"}})
	s.moveTo(t, grader.Containers)
	for {
		e := page.until("status")
		if e.Status == "container" {
			continue
		}
		if e.Status != "unavailable" || !strings.Contains(e.Text, "no more memory") || !strings.Contains(e.Text, "stays on the miniature") {
			t.Errorf("told %s", e.Raw)
		}
		break
	}
	if e := page.until("backend"); !strings.Contains(e.Raw, `"on":"miniature"`) || s.backend(t).On != grader.Miniature {
		t.Errorf("told %s, and it is on %s", e.Raw, s.backend(t).On)
	}
	s.run(t) // and it works there
	page.until("state")
}

// TestStopGivesUpAStart: who waits for a container can stop waiting.
func TestStopGivesUpAStart(t *testing.T) {
	s := startOn(t, filepath.Join(t.TempDir(), "data.db"), &fakeGrader{opening: slowly(nil), offer: grader.Offer{Brokers: rabbit}})
	page := follow(t, s.serve(t), workQueue+"/stream")
	s.moveTo(t, grader.Containers)
	if e := page.until("status"); e.Status != "container" {
		t.Fatalf("told %s", e.Raw)
	}
	if w := s.do(t, http.MethodPost, workQueue+"/stop", "{}"); w.Code != http.StatusNoContent {
		t.Fatalf("stop: %d %s", w.Code, w.Body)
	}
	for e := page.until("status"); e.Status != "idle"; e = page.until("status") {
		if e.Status != "container" {
			t.Fatalf("told %s", e.Raw)
		}
	}
	if on := s.backend(t).On; on != grader.Miniature {
		t.Errorf("given up, the lab is on %s", on)
	}
}

// TestRunOnARealBroker: Run answers at once, waits for the container, and runs; a
// container that ends under it is named, and the next run opens the lab anew.
func TestRunOnARealBroker(t *testing.T) {
	ready := make(chan error, 2)
	s := startOn(t, filepath.Join(t.TempDir(), "data.db"), &fakeGrader{opening: slowly(ready), offer: grader.Offer{Brokers: rabbit}})
	if err := s.store.SetSetting(t.Context(), 1, backendKey+labID, grader.Containers); err != nil {
		t.Fatal(err)
	}
	page := follow(t, s.serve(t), workQueue+"/stream")
	s.run(t)
	ready <- nil
	for page.until("status").Status != "running" { //nolint:revive // until it does
	}
	session := s.grader.last(t)
	session.play <- func(func(Update)) error {
		session.die() // as the grader does with a session whose container is gone
		return &containers.GoneError{Broker: "rabbitmq", Ref: "x"}
	}
	if e := page.until("status"); e.Status != "unavailable" || !strings.Contains(e.Text, "container of RabbitMQ has ended") {
		t.Errorf("told %s", e.Raw)
	}
	s.run(t)
	ready <- nil
	for page.until("status").Status != "running" { //nolint:revive // until it does
	}
	if n := s.grader.sessions(); n != 2 {
		t.Errorf("%d sessions were opened, want 2", n)
	}
}

// TestWhatIsLacking: a real broker that cannot be had is refused with the reason
// before anything is stopped, changed or stored.
func TestWhatIsLacking(t *testing.T) {
	for _, tt := range []struct {
		lack grader.Lack
		want string
	}{
		{grader.Lack{Code: grader.LackDocker, Detail: "unix:///x.sock"}, "Docker does not answer (unix:///x.sock)"},
		{grader.Lack{Code: grader.LackPermission, Detail: "unix:///x.sock"}, "may not use it"},
		{grader.Lack{Code: grader.LackKind, Broker: "kafka"}, "Kafka cannot run in a container here yet."},
	} {
		s := startOn(t, filepath.Join(t.TempDir(), "data.db"), &fakeGrader{offer: grader.Offer{Lack: &tt.lack}})
		w := s.do(t, http.MethodPost, workQueue+"/backend?lang=en", `{"on":"containers"}`)
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d %s, want 503 and %q", tt.lack.Code, w.Code, w.Body, tt.want)
		}
		if b := s.backend(t); b.On != grader.Miniature || b.Offered != (b.Reason != "") || s.grader.sessions() != 0 {
			t.Errorf("%s: %+v", tt.lack.Code, b)
		}
		if err := s.store.SetSetting(t.Context(), 1, backendKey+"rabbitmq/routing", grader.Containers); err != nil {
			t.Fatal(err)
		}
		w = s.do(t, http.MethodPost, "/api/labs/rabbitmq/routing/submit?lang=en", source("x", ""))
		if n, err := s.store.Waiting(t.Context(), 1); w.Code != http.StatusServiceUnavailable || n != 0 || err != nil {
			t.Errorf("%s: submitted: %d %s; %d wait, %v", tt.lack.Code, w.Code, w.Body, n, err)
		}
	}
}

// TestSubmitIsGradedWhereTheLabRan, and not where it runs by then.
func TestSubmitIsGradedWhereTheLabRan(t *testing.T) {
	s := startOn(t, filepath.Join(t.TempDir(), "data.db"), &fakeGrader{offer: grader.Offer{Brokers: rabbit}})
	page := follow(t, s.serve(t), workQueue+"/stream")
	s.moveTo(t, grader.Containers)
	page.until("backend")
	s.graded(t, s.submit(t))
	if p := s.grader.places[len(s.grader.places)-1]; p.Backend != grader.Containers || p.Pull {
		t.Errorf("graded on %+v, want containers without a download", p)
	}
	s.moveTo(t, grader.Miniature)
	page.until("backend")
	s.graded(t, s.submit(t))
	if p := s.grader.places[len(s.grader.places)-1]; p.Backend != grader.Miniature {
		t.Errorf("graded on %+v, want the miniature", p)
	}
}

// TestNoImage: where there is no image for a lab's broker nothing is said of real ones,
// unless the lab has been put on one: then there is a way back.
func TestNoImage(t *testing.T) {
	for _, on := range []string{grader.Miniature, grader.Containers} {
		lack := grader.Lack{Code: grader.LackKind, Broker: "kafka"}
		s := startOn(t, filepath.Join(t.TempDir(), "data.db"), &fakeGrader{offer: grader.Offer{Lack: &lack}})
		if err := s.store.SetSetting(t.Context(), 1, backendKey+labID, on); err != nil {
			t.Fatal(err)
		}
		want := on == grader.Containers
		if b := s.backend(t); b.Offered != want || b.On != on || (b.Reason != "") != want {
			t.Errorf("on %s: %+v", on, b)
		}
		page := s.do(t, http.MethodGet, "/en/labs/"+labID, "").Body.String()
		if got := strings.Contains(page, `<div id="backend">`); got != want {
			t.Errorf("on %s: the page has a place for the choice: %v, want %v", on, got, want)
		}
	}
}

// TestOnlyMiniatures: where real brokers are not for this place they are neither
// offered nor started, whatever was chosen before.
func TestOnlyMiniatures(t *testing.T) {
	s := start(t)
	if err := s.store.SetSetting(t.Context(), 1, backendKey+labID, grader.Containers); err != nil {
		t.Fatal(err)
	}
	s.opts.OnlyMiniatures = true
	if b := s.backend(t); b.Offered || b.On != grader.Miniature {
		t.Errorf("%+v", b)
	}
	if w := s.do(t, http.MethodPost, workQueue+"/backend", `{"on":"containers"}`); w.Code != http.StatusForbidden {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := s.do(t, http.MethodPost, workQueue+"/backend", `{"on":"moon"}`); w.Code != http.StatusBadRequest {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
