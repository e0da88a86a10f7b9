//go:build linux

package sandbox_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/host"
	"github.com/brokerlab/brokerlab/sandbox/sandboxtest"
)

// ask is a request to testlab.
type ask struct {
	ID     int
	Limits host.Limits
	Port   int
	Text   string
	Mark   string
	Count  int
}

// ran is its answer to "run".
type ran struct {
	Exit   host.Exit
	Output string
	Trace  []host.TraceRecord
}

// limits have time for every program that ends by itself, on a busy machine too.
var limits = host.Limits{Wall: patience, CPU: patience, Memory: 256 << 20, Output: 64 << 10}

// waitingWall is for programs that have come to where they wait when it is over, also on a
// busy machine.
const waitingWall = 5 * time.Second

// hostile is the program of testdata/hostile, built once.
var hostile = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "brokerlab-hostile-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "hostile")
	return path, sandboxtest.Compile(path, "./sandbox/testdata/hostile")
})

// program opens the hostile program to pass it on.
func program(t testing.TB) *os.File {
	t.Helper()
	path, err := hostile()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// open gives a host of testlab.
func open(t testing.TB, o sandbox.Options) *sandbox.Host {
	t.Helper()
	if o.Warm == 0 {
		o.Warm = -1
	}
	h, err := sandboxtest.Open(t, sandboxtest.TestLab, o).Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func run(t testing.TB, h *sandbox.Host, name string, l host.Limits) ran {
	t.Helper()
	var r ran
	if err := h.Call(context.Background(), "run", ask{Text: name, Limits: l}, &r, program(t)); err != nil {
		t.Fatalf("run %q: %v", name, err)
	}
	return r
}

// TestHostile runs every bad program on one host, and after each of them a good
// one, which has to be none the worse for it.
func TestHostile(t *testing.T) {
	t.Run("A", func(t *testing.T) { testHostile(t, sandbox.LevelA) })
	t.Run("B", func(t *testing.T) { testHostile(t, sandbox.LevelB) })
}

// A badProgram is one of testdata/hostile, and how it has to end.
type badProgram struct {
	name    string
	exit    host.Exit // Code, Signal, Limit, Killed; Code -1 for any when there is a Limit
	either  string    // another Limit that will do
	waiting string    // begins Exit.Waiting
	output  []string  // each has to be in it
	not     string    // and this must not
}

var badPrograms = []badProgram{
	{name: "hello", output: []string{"hello\n", "there\n"}},
	{name: "exit in init", exit: host.Exit{Code: 7}},
	{name: "early"},
	{name: "loop", exit: host.Exit{Code: -1, Limit: "cpu"}},
	{name: "loop, ignoring", exit: host.Exit{Code: -1, Limit: "cpu"}},
	{name: "sleep", exit: host.Exit{Code: -1, Limit: "wall"}, waiting: "time.Sleep at main.go:"},
	{name: "sleep, ignoring", exit: host.Exit{Code: -1, Limit: "wall"}},
	{name: "receive", exit: host.Exit{Code: -1, Limit: "wall"}, waiting: "chan receive at main.go:"},
	{name: "allocate", exit: host.Exit{Code: -1, Limit: "memory"}},
	{name: "one big block", exit: host.Exit{Code: -1, Limit: "memory"}},
	{name: "half a gigabyte", exit: host.Exit{Code: -1, Limit: "memory"}, not: "touched"},
	{name: "eight gigabytes", exit: host.Exit{Code: -1, Limit: "memory"}, not: "touched"},
	{name: "fixed mapping", output: []string{"stopped: cannot allocate memory early: true"}},
	{name: "garbage", output: []string{"kept 64"}},
	{name: "shared memory", output: []string{"shared: cannot allocate memory"}},
	{name: "growing stacks", output: []string{"growing: cannot allocate memory"}},
	{name: "claim memory", exit: host.Exit{Code: 2}},
	{name: "goroutines", exit: host.Exit{Code: -1, Limit: "wall"}, either: "memory"},
	{name: "goroutines, busy", exit: host.Exit{Code: -1, Limit: "cpu"}},
	{name: "threads", exit: host.Exit{Code: -1, Limit: "processes"}, either: "memory", not: "all started"},
	{name: "kill parent", output: []string{"operation not permitted"}},
	{name: "flood", exit: host.Exit{Code: -1, Limit: "output"}},
	{name: "flood stderr", exit: host.Exit{Code: -1, Limit: "output"}},
	{name: "files", not: "<nil>"},
	{name: "dial", not: "<nil>"},
	{name: "exec", exit: host.Exit{Code: -1, Limit: "processes"}, not: "escaped"},
	{name: "exec self", exit: host.Exit{Code: -1, Limit: "processes"}},
	{name: "fork", exit: host.Exit{Code: -1, Limit: "processes"}, not: "escaped"},
	{name: "clone", exit: host.Exit{Code: -1, Limit: "processes"}, not: "escaped"},
	{name: "new user", exit: host.Exit{Code: -1, Limit: "processes"}, not: "escaped"},
	{name: "mount", exit: host.Exit{Code: -1, Limit: "processes"}},
	{name: "setns", exit: host.Exit{Code: -1, Limit: "processes"}, not: "escaped"},
	{name: "ptrace", exit: host.Exit{Code: -1, Limit: "processes"}},
	{name: "kill all", output: []string{"operation not permitted\nalive"}},
	{name: "descriptors", output: []string{"control: bad file descriptor", "fd 0 mode 20000\nfd 1 mode 10000\nfd 2 mode 10000\n"}, not: "fd 3"},
	{name: "close trace", output: []string{"alive"}},
	{name: "trace flood", output: []string{"alive"}},
	{name: "forge verdict", output: []string{`{"type":"verdict"`}},
	{name: "panic", exit: host.Exit{Code: 2}, output: []string{"panic: boom"}},
	{name: "deadlock", exit: host.Exit{Code: 2}, output: []string{"all goroutines are asleep"}},
	{name: "port", not: "<nil>"},
	{name: "sockets", not: "<nil>"},
}

func testHostile(t *testing.T, level sandbox.Level) {
	h := open(t, sandbox.Options{Level: level})
	for _, tt := range badPrograms {
		t.Run(tt.name, func(t *testing.T) {
			l := limits
			switch tt.exit.Limit {
			case "wall":
				l.Wall = waitingWall
			case "cpu":
				l.CPU = time.Second
			}
			r := run(t, h, tt.name, l)
			tt.judge(t, r)
			if next := run(t, h, "hello", limits); next.Exit.Code != 0 || !strings.Contains(next.Output, "hello\n") {
				t.Fatalf("the next run: %+v", next)
			}
		})
	}
}

// judge compares how the program ended with how it has to.
func (p badProgram) judge(t *testing.T, r ran) {
	t.Helper()
	e := r.Exit
	t.Logf("wall %v cpu %v rss %d MiB %q", e.Wall.Round(time.Millisecond), e.CPU, e.MaxRSS>>20, e.Waiting)
	if e.Limit == p.either && p.either != "" {
		p.exit.Limit = p.either
	}
	if p.exit.Limit != e.Limit || p.exit.Killed != e.Killed || (p.exit.Limit == "" && (e.Code != p.exit.Code || e.Signal != "")) {
		t.Errorf("exit %+v, want %+v; output %.3000q", e, p.exit, r.Output)
	}
	if !strings.HasPrefix(e.Waiting, p.waiting) {
		t.Errorf("waiting %q, want %q", e.Waiting, p.waiting)
	}
	for _, want := range p.output {
		if !strings.Contains(r.Output, want) {
			t.Errorf("output %.500q, want %q in it", r.Output, want)
		}
	}
	if p.not != "" && strings.Contains(r.Output, p.not) {
		t.Errorf("output %.900q, want no %q in it", r.Output, p.not)
	}
	if int64(len(r.Output)) > limits.Output {
		t.Errorf("%d bytes of output, want at most %d", len(r.Output), limits.Output)
	}
}
