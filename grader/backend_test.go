package grader

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/brokerlab/brokerlab/brokers/containers"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// onContainers returns a grader whose brokers are real ones. Where there is no
// docker daemon or no image the test is skipped, and says so.
func onContainers(t *testing.T) (*Grader, *labs.Lab) {
	t.Helper()
	images, err := containers.Configure([]string{"rabbitmq=" + containers.TestImage})
	if err != nil {
		t.Fatal(err)
	}
	if err := containers.Available(t.Context(), "rabbitmq", images["rabbitmq"]); err != nil {
		t.Skipf("NOT RUN, no real broker: %v (.ci/run builds one)", err)
	}
	g, lab := real(t)
	real := New(Options{
		Sandbox: sharedSandbox(t), Labs: g.labs, Backend: Containers, Images: images,
		Starting: func(p containers.Progress) {
			t.Logf("%6dms %s %s %s", p.Elapsed.Milliseconds(), p.Phase, p.Broker, p.Detail)
		},
	})
	t.Cleanup(real.Close)
	return real, lab
}

// TestBackendsAgree: the same programs get the same verdicts on the miniature and
// on the real broker, check by check, wherever the real one can tell.
func TestBackendsAgree(t *testing.T) {
	onReal, lab := onContainers(t)
	onMiniature, _ := real(t)
	c, err := Conform(t.Context(), onMiniature, onReal, []string{lab.ID}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range c.Differences {
		t.Error(d)
	}
	if want := len(lab.Checks) * (2 + len(lab.Wrong())); c.Compared != want || len(c.Blind) != 0 {
		t.Errorf("%d checks compared and %v blind, want %d and none", c.Compared, c.Blind, want)
	}
}

// TestEvidenceNamesTheBroker: what a verdict was found on is kept with it.
func TestEvidenceNamesTheBroker(t *testing.T) {
	onReal, lab := onContainers(t)
	onMiniature, _ := real(t)
	ours, theirs := submit(t, onMiniature, lab, lab.Starter(), 1), submit(t, onReal, lab, lab.Starter(), 1)
	if theirs.Real["rabbitmq"] != containers.TestImage || len(theirs.Miniatures) != 0 {
		t.Errorf("on the real broker the evidence names %v and %v", theirs.Real, theirs.Miniatures)
	}
	if len(ours.Real) != 0 || ours.Miniatures["rabbitmq"] == "" {
		t.Errorf("on the miniature the evidence names %v and %v", ours.Real, ours.Miniatures)
	}
}

// TestRealSolution: the sweep of a good program on a real broker.
func TestRealSolution(t *testing.T) {
	g, lab := onContainers(t)
	for i := range count("SOAK", 2) {
		ev := submit(t, g, lab, lab.Solution(), uint64(i))
		for _, c := range ev.Checks {
			if c.Status != Passed {
				t.Errorf("run %d: check %q is %s: %s under %s", i, c.ID, c.Status, c.MessageID, scheduleName(c))
			}
		}
		if len(ev.Schedules) != 26 {
			t.Errorf("run %d: %d runs under a fault, want 25 crashes and a refusal", i, len(ev.Schedules))
		}
		for _, s := range ev.Schedules {
			if s.Outcome != Survived {
				t.Errorf("run %d: %s: %s %v, ended by %s", i, s.ID, s.Outcome, s.Failed, s.Run.End)
			}
		}
	}
}

// TestRealSession: a student watches a run on a real broker, resets, and runs again.
func TestRealSession(t *testing.T) {
	g, lab := onContainers(t)
	ctx := context.Background()
	s, err := g.Open(ctx, lab, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 2 {
		if err := s.Run(ctx, lab.Solution(), func(Update) {}); err != nil {
			t.Fatal(err)
		}
		u, err := s.State(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n := kinds(u)["acked"]; n != 8 {
			t.Errorf("%d acked, want the 8 orders", n)
		}
		if err := s.Reset(ctx); err != nil {
			t.Fatal(err)
		}
		if u, err = s.State(ctx); err != nil || kinds(u)["published"] != 9 || kinds(u)["acked"] != 0 {
			t.Errorf("after a reset: %v, error %v; want 9 published and nothing else", kinds(u), err)
		}
	}
}

func kinds(u trial.Update) map[string]int {
	n := make(map[string]int)
	for _, e := range u.Events {
		n[string(e.Kind)]++
	}
	return n
}

// TestRealBrokerDies: a container that has ended is replaced by the next run.
func TestRealBrokerDies(t *testing.T) {
	g, lab := onContainers(t)
	for range 2 {
		if ev := submit(t, g, lab, lab.Solution(), 1); !ev.passed() {
			t.Errorf("checks %+v", ev.Checks)
		}
		c, err := g.all.container(t.Context(), "rabbitmq", Place{})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNoContainers: without a docker daemon grading on real brokers is our fault,
// and says what was tried.
func TestNoContainers(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
	m, lab := real(t)
	images, err := containers.Configure(nil)
	if err != nil {
		t.Fatal(err)
	}
	g := New(Options{Sandbox: sharedSandbox(t), Labs: m.labs, Backend: Containers, Images: images})
	defer g.Close()
	_, err = g.Submit(context.Background(), lab, lab.Solution(), 1, nil)
	var f *Fault
	var none *containers.NoDockerError
	if !errors.As(err, &f) || !errors.As(err, &none) {
		t.Fatalf("error %v, want a Fault for want of docker", err)
	}
}

// TestOffer: what docker has, or the reason why there is nothing, in a word that has
// a sentence on every page.
func TestOffer(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix://"+t.TempDir()+"/none.sock")
	m, lab := real(t)
	images, err := containers.Configure(nil)
	if err != nil {
		t.Fatal(err)
	}
	g := New(Options{Sandbox: sharedSandbox(t), Labs: m.labs, Images: images})
	defer g.Close()
	if o := g.Offer(t.Context(), lab); o.Lack == nil || o.Lack.Code != LackDocker || len(o.Brokers) != 1 {
		t.Errorf("without docker: %+v", o)
	}
	other := *lab
	other.Brokers = []labs.Broker{{Name: "pigeon"}}
	if o := g.Offer(t.Context(), &other); o.Lack == nil || o.Lack.Code != LackKind || o.Lack.Broker != "pigeon" {
		t.Errorf("of a broker that has no container: %+v", o)
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&containers.NoDockerError{Err: os.ErrPermission}, LackPermission},
		{&containers.NoImageError{}, LackImage},
		{&containers.PullError{Err: io.EOF}, LackPull},
		{&containers.NotReadyError{Last: io.EOF}, LackReady},
		{&containers.GoneError{}, LackGone},
	} {
		if l := LackOf(&Fault{"open a lab", tt.err}); l == nil || l.Code != tt.want {
			t.Errorf("%T is %+v, want %q", tt.err, l, tt.want)
		}
	}
	if l := LackOf(io.EOF); l != nil {
		t.Errorf("another error is %+v", l)
	}
}

// TestStartIsGivenUp: a container for which nobody waits any more is not waited for
// by the next who asks, and those who join late hear how far it is.
func TestStartIsGivenUp(t *testing.T) {
	s := newStart(t.Context())
	heard := ""
	one := s.join(nil)
	s.now = Starting{Phase: containers.PhaseWait}
	two := s.join(func(p Starting) { heard = p.Phase })
	if heard != containers.PhaseWait {
		t.Errorf("who joins late hears %q", heard)
	}
	one()
	if s.over() {
		t.Error("given up while somebody waits")
	}
	two()
	if !s.over() {
		t.Error("not given up when the last has left")
	}
	done := newStart(t.Context())
	leave := done.join(nil)
	close(done.done)
	leave()
	if done.over() {
		t.Error("one that is there is given up")
	}
}
