package grader

import (
	"errors"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/sandboxtest"
)

// packless is a grader on a machine without a compiler: an empty cache.
func packless(t *testing.T) (*Grader, *labs.Lab) {
	t.Helper()
	m, lab := real(t)
	sb, err := sandbox.New(sandbox.Options{Lab: sandboxtest.Lab(t, sandboxtest.BrokerLab), Cache: t.TempDir(), Warm: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	g := New(Options{Sandbox: sb, Labs: m.labs})
	t.Cleanup(g.Close)
	return g, lab
}

// watched is what a page sees of a run.
type watched struct {
	engine, text, out string // text: what the page says of the engine, in Russian
	found             []sandbox.Diagnostic
	exit              *trial.Exit
	kinds             map[string]int
}

func watch(t *testing.T, g *Grader, lab *labs.Lab, files []labs.File) watched {
	t.Helper()
	s, err := g.Open(t.Context(), lab, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := watched{kinds: make(map[string]int)}
	if err := s.Run(t.Context(), files, func(u Update) {
		switch {
		case u.Type == trial.TypeOutput:
			w.out += u.Text
		case u.Type == trial.TypeDiagnostics:
			w.found, _ = u.Diagnostics.([]sandbox.Diagnostic)
		case u.Status == trial.Starting:
			w.engine, w.text = u.Engine, u.Texts["ru"]
		case u.Status == trial.Ended:
			w.exit = u.Exit
		}
		for _, e := range u.Events {
			w.kinds[string(e.Kind)]++
		}
	}); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestRunWithoutPack: the same program does the same in both engines, and the page is
// told which one ran it.
func TestRunWithoutPack(t *testing.T) {
	compiled, lab := real(t)
	interpreted, _ := packless(t)
	files := loop("d.Reject(false); continue")
	a, b := watch(t, compiled, lab, files), watch(t, interpreted, lab, files)
	if a.engine != trial.Compiled || a.text != "" || b.engine != trial.Interpreted || !strings.Contains(b.text, "интерпретатор") {
		t.Errorf("engines %q (%s) and %q (%s)", a.engine, a.text, b.engine, b.text)
	}
	for _, kind := range []string{"delivered", "acked", "rejected", "effect"} {
		if a.kinds[kind] != b.kinds[kind] || a.kinds[kind] == 0 {
			t.Errorf("%s: %d compiled, %d interpreted: %s", kind, a.kinds[kind], b.kinds[kind], b.out)
		}
	}
	if b.exit == nil || b.exit.End != trial.EndUntil {
		t.Errorf("the interpreted run ended with %+v", b.exit)
	}
}

// TestInterpretedIsKeptIn: an interpreted program has the limits of any other, and is
// refused where the interpreter is not Go.
func TestInterpretedIsKeptIn(t *testing.T) {
	g, lab := packless(t)
	for _, tt := range []struct {
		name, imports, body string
		code                int
		limit, out          string
	}{
		{"prints", `"fmt"`, `fmt.Println("hello")`, 0, "", "hello\n"},
		{"exits", `"os"`, `os.Exit(7)`, 7, "", ""},
		{"panics", ``, `panic("boom")`, 2, "", "boom"},
		{"dials out", `"fmt" "net/http"`, `_, err := http.Get("http://127.0.0.1:80/"); fmt.Println(err != nil)`, 0, "", "true\n"},
		{"endless loop", ``, `for {}`, -1, "cpu", ""},
		{"floods", `"fmt"`, `for { fmt.Println("passed 10/10 passed 10/10 passed 10/10") }`, -1, "output", "passed"},
		{"sleeps", `"time"`, `time.Sleep(time.Hour)`, -1, "wall", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := watch(t, g, hurried(lab, tt.limit), program(tt.imports, tt.body))
			if w.exit == nil || tt.limit == "" && w.exit.Code != tt.code || w.exit.Limit != tt.limit || !strings.Contains(w.out, tt.out) {
				t.Fatalf("exit %+v, found %+v, output %q; want code %d, limit %q, output %q", w.exit, w.found, w.out, tt.code, tt.limit, tt.out)
			}
			if w.exit.Waiting != "" || w.exit.Line != 0 {
				t.Errorf("it waits in %q at line %d: that is the interpreter", w.exit.Waiting, w.exit.Line)
			}
		})
	}
	w := watch(t, g, lab, program("", `for i := range 3 { defer func() { println(i) }() }`))
	if w.exit != nil || len(w.found) == 0 || w.found[0].Line == 0 || w.found[0].Message == "" {
		t.Errorf("exit %+v, found %+v: want it refused with place and reason", w.exit, w.found)
	}
}

// TestSubmitWithoutPack: nothing is graded by the interpreter, and the reason is said.
func TestSubmitWithoutPack(t *testing.T) {
	g, lab := packless(t)
	_, err := g.Submit(t.Context(), lab, lab.Solution(), 1, nil)
	var ours *Fault
	if !errors.As(err, &ours) || !errors.Is(err, ErrNoPack) {
		t.Errorf("error %v, want a Fault for want of a pack", err)
	}
	found, err := g.Check(t.Context(), lab, lab.Solution())
	if err != nil || len(found) > 0 {
		t.Errorf("the solution: %+v, %v; want nothing found", found, err)
	}
	b, err := g.Build(t.Context(), lab, program("", "return 1"))
	if err != nil || b.OK || len(b.Diagnostics) == 0 {
		t.Errorf("build: %+v, %v", b, err)
	}
}
