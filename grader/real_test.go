package grader

import (
	"context"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/sandboxtest"
)

// real returns a grader on a real sandbox, and the lab of this issue.
func real(t testing.TB) (*Grader, *labs.Lab) {
	t.Helper()
	set, err := labs.Load(labs.Content)
	if err != nil {
		t.Fatal(err)
	}
	lab, ok := set.Lab("rabbitmq/work-queue")
	if !ok {
		t.Fatal("there is no lab rabbitmq/work-queue")
	}
	return New(Options{Sandbox: sharedSandbox(t), Labs: set}), lab
}

// sharedSandbox is one sandbox for all tests of this package: its pool and its
// programs are what makes them fast.
var shared struct {
	sync.Once
	sandbox *sandbox.Sandbox
}

func sharedSandbox(t testing.TB) *sandbox.Sandbox {
	t.Helper()
	shared.Do(func() {
		sandboxtest.Pack(t)
		s, err := sandbox.New(sandbox.Options{
			Lab: sandboxtest.Lab(t, sandboxtest.BrokerLab), Cache: sandboxtest.Cache(t), Warm: 4,
		})
		if err != nil {
			t.Fatal(err)
		}
		shared.sandbox = s
	})
	if shared.sandbox == nil {
		t.Fatal("the sandbox of this test process could not be opened")
	}
	return shared.sandbox
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.sandbox != nil {
		shared.sandbox.Close()
	}
	os.Exit(code)
}

func submit(t testing.TB, g *Grader, lab *labs.Lab, files []labs.File, seed uint64) *Evidence {
	t.Helper()
	ev, err := g.Submit(context.Background(), lab, files, seed, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

// count reads a number of repetitions from the environment.
func count(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// TestSolution runs the whole sweep again and again: a verdict that changes is
// worse than a wrong one. SOAK=100 makes it a hundred.
func TestSolution(t *testing.T) {
	g, lab := real(t)
	for i := range count("SOAK", 10) {
		ev := submit(t, g, lab, lab.Solution(), uint64(i))
		if !ev.passed() {
			v := Render(lab, ev, "en")
			t.Fatalf("run %d: %s: %v; checks %+v", i, v.Sentence, v.Why, ev.Checks)
		}
		if len(ev.Schedules) != 26 {
			t.Errorf("run %d: %d runs under a fault, want 25 crashes and a refusal", i, len(ev.Schedules))
		}
		for _, s := range ev.Schedules {
			if s.Outcome != Survived || s.Run.Lives < 1 {
				t.Errorf("run %d: %+v", i, s)
			}
		}
	}
}

// TestVerify proves a lab of each kind, as brokerlab verify does for all of them: a
// program, a session at a terminal, and configurations.
func TestVerify(t *testing.T) {
	g, _ := real(t)
	ids := []string{"rabbitmq/work-queue", "kafka/first-topic", "kafka/connect"}
	findings, err := g.Verify(context.Background(), ids, VerifyOptions{Seeds: count("SEEDS", 3)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}
}
