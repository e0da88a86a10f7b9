package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/sandbox/jail"
)

// hostile sources ask more of a checker than it has. Each has to end in an
// answer, and the next question has to be answered.
func hostile() map[string]string {
	const head = "package main\n\nfunc main() {}\n\n"
	var types, generics strings.Builder
	for i := range 400 {
		fmt.Fprintf(&types, "type t%d struct{ a, b [2]t%d }\n", i, i+1)
	}
	types.WriteString("type t400 struct{}\nvar x t0\n")
	for i := range 200 {
		fmt.Fprintf(&generics, "func f%d[T any]() { f%d[struct{ a, b T }]() }\n", i, i+1)
	}
	generics.WriteString("func f200[T any]() {}\nvar _ = f0[int]\n")
	return map[string]string{
		"deep parentheses":     head + "var x = " + strings.Repeat("(", 30000) + "1" + strings.Repeat(")", 30000),
		"deep blocks":          head + "func f() " + strings.Repeat("{", 5000),
		"deep types":           head + "var x " + strings.Repeat("[]", 30000) + "int",
		"deep unary":           head + "var x = " + strings.Repeat("-", 60000) + "1",
		"long chain":           head + "var x = 1" + strings.Repeat("+1", 30000),
		"doubling types":       head + types.String(),
		"doubling generics":    head + generics.String(),
		"a large constant":     head + "const a = 1 << 500\nconst b = a * a * a * a\nvar x = b" + strings.Repeat("*b", 1000),
		"a large array":        head + "var x = [1 << 40]int{1 << 39: 1}",
		"a cycle of types":     head + "type a b\ntype b a\ntype c struct{ c }\nvar _ c",
		"a cycle of constants": head + "const a = b\nconst b = a",
		"NUL within":           head + "var x = \"\x00\"",
		"only a brace":         "}",
		"nothing":              "",
	}
}

func TestHostileSourceEnds(t *testing.T) {
	checker := newChecker(t)
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			if _, err := checker.Check(t.Context(), mainFile(text)); err != nil {
				t.Errorf("error %v", err)
			}
			if _, err := checker.Complete(t.Context(), mainFile(text), mainName, len(text)/2); err != nil {
				t.Errorf("complete: error %v", err)
			}
			if found, err := checker.Check(t.Context(), mainFile(clients["fmt"])); err != nil || len(found) > 0 {
				t.Errorf("the next question gets %v, error %v", found, err)
			}
		})
	}
}

func TestHostileSourceBuilds(t *testing.T) {
	c := newCompiler(t)
	for name, text := range map[string]string{
		"a program that does not fit": "package main\n\nvar x = [1 << 27]byte{1 << 26: 1}\n\nfunc main() { println(x[0]) }\n",
		"types that double":           hostile()["doubling types"],
		"much to initialise":          "package main\n\nvar x = [1 << 30]int{1 << 29: 1}\n\nfunc main() { println(x[0]) }\n",
	} {
		t.Run(name, func(t *testing.T) {
			b, found, err := c.Compile(t.Context(), mainFile(text))
			if err != nil || b != nil || len(found) == 0 || found[0].Code != CodeBuildLimit {
				t.Errorf("binary %v, found %v, error %v: want %s", b, found, err, CodeBuildLimit)
			}
		})
	}
	built(t, c, mainFile(clients["fmt"]))
}

// children are the resident children of a warm checker that nobody uses.
func children(t *testing.T, c *Checker) []*child {
	t.Helper()
	if err := c.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	var all []*child
	for range checkers {
		kid := <-c.free
		if kid == nil {
			t.Fatal("a child is missing after Warm")
		}
		all = append(all, kid)
		defer func() { c.free <- kid }()
	}
	return all
}

// A checker whose children were killed starts new ones, and nobody notices.
func TestKilledCheckerIsReplaced(t *testing.T) {
	checker := newChecker(t)
	for _, kid := range children(t, checker) {
		if err := kid.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	for range checkers {
		if found, err := checker.Check(t.Context(), mainFile(clients["fmt"])); err != nil || len(found) > 0 {
			t.Errorf("found %v, error %v: want a new child's answer", found, err)
		}
	}
}

// One student's hopeless program does not keep another from an answer.
func TestHopelessProgramHoldsUpNobody(t *testing.T) {
	checker := newChecker(t)
	children(t, checker)
	hopeless := make(chan []Diagnostic, 1)
	go func() {
		found, _ := checker.Check(context.Background(), mainFile(hostile()["doubling types"]))
		hopeless <- found
	}()
	if found, err := checker.Check(t.Context(), mainFile(clients["fmt"])); err != nil || len(found) > 0 {
		t.Errorf("found %v, error %v: want an answer", found, err)
	}
	select {
	case found := <-hopeless:
		t.Errorf("the hopeless program was answered first: %v", found)
	default:
	}
	if found := <-hopeless; len(found) != 1 || found[0].Code != CodeBuildLimit || found[0].Params["limit"] != "time" {
		t.Errorf("found %v, want %s of time", found, CodeBuildLimit)
	}
}

func TestClosedCheckerSaysSo(t *testing.T) {
	checker := NewChecker(options(t))
	checker.Close()
	checker.Close()
	if _, err := checker.Check(t.Context(), mainFile(clients["fmt"])); !errors.Is(err, errClosed) {
		t.Errorf("error %v, want errClosed", err)
	}
}

// TestChildrenAreShutIn looks at a resident checker from outside.
func TestChildrenAreShutIn(t *testing.T) {
	if testLevel(t) != jail.LevelA {
		t.Skip("no level A here")
	}
	proc := fmt.Sprintf("/proc/%d/", children(t, newChecker(t))[0].cmd.Process.Pid)
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("its status lacks %q", want)
		}
	}
	if os.Getuid() == 0 && !strings.Contains(string(status), fmt.Sprintf("Uid:\t%[1]d\t%[1]d\t%[1]d\t%[1]d", nobody)) {
		t.Error("it still has root's user")
	}
	for _, ns := range []string{"net", "mnt", "pid", "ipc", "uts"} {
		ours, err := os.Readlink("/proc/self/ns/" + ns)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := os.Readlink(proc + "ns/" + ns)
		if err != nil {
			t.Fatal(err)
		}
		if ours == theirs {
			t.Errorf("it shares our %s namespace", ns)
		}
	}
	entries, err := os.ReadDir(proc + "root/")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "dev etc pack tmp" {
		t.Errorf("its root holds %q, want only dev etc pack tmp", got)
	}
}
