package grader

import (
	"context"
	"errors"
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
	if want := len(lab.Checks) * (2 + len(lab.Wrong())); c.Compared != want || c.Blind != 0 {
		t.Errorf("%d checks compared and %d blind, want %d and none", c.Compared, c.Blind, want)
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
