//go:build linux

package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/host"
	"github.com/brokerlab/brokerlab/sandbox/sandboxtest"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(helperEnv); role != "" {
		helper(role)
		return
	}
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/brokerlab/brokerlab/sandbox/jail.keep"),
		goleak.Cleanup(func(code int) {
			sandboxtest.Clean()
			if path, err := hostile(); err == nil {
				_ = os.RemoveAll(filepath.Dir(path)) // a temporary folder
			}
			os.Exit(code)
		}))
}

var background = context.Background()

func TestCallCarriesWhatIsLarge(t *testing.T) {
	h := open(t, sandbox.Options{})
	for _, size := range []int{0, 1, 1000, 32 << 10, 33 << 10, 5 << 20} {
		in := strings.Repeat("x", size)
		var out string
		if err := h.Call(background, "echo", ask{Text: in}, &out); err != nil {
			t.Fatal(err)
		}
		if out != in {
			t.Errorf("%d bytes went in, %d came out", len(in), len(out))
		}
	}
	err := h.Call(background, "echo", ask{Text: "0123456789", Count: 7 << 20}, nil)
	var remote *sandbox.RemoteError
	if !errors.As(err, &remote) {
		t.Errorf("an answer of 70 MiB: %v, want a RemoteError", err)
	}
	if err := h.Call(background, "echo", ask{Text: "still here"}, nil); err != nil {
		t.Error(err)
	}
}

func TestCallsAtOnce(t *testing.T) {
	h := open(t, sandbox.Options{})
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			in := strings.Repeat(string(rune('a'+i%26)), i*4000)
			var out string
			if err := h.Call(background, "echo", ask{Text: in}, &out); err != nil || out != in {
				t.Errorf("call %d: %d bytes of %d, %v", i, len(out), len(in), err)
			}
		})
	}
	wg.Wait()
}

func TestStreamKeepsOrderAndComesBeforeTheAnswer(t *testing.T) {
	h := open(t, sandbox.Options{})
	var got []int
	h.Stream(func(b json.RawMessage) {
		var n int
		if err := json.Unmarshal(b, &n); err != nil {
			t.Error(err)
		}
		got = append(got, n)
	})
	const count = 5000
	if err := h.Call(background, "emit", ask{Count: count}, nil); err != nil {
		t.Fatal(err)
	}
	if len(got) != count {
		t.Fatalf("%d events before the answer, want %d", len(got), count)
	}
	for i, n := range got {
		if i != n {
			t.Fatalf("event %d is %d", i, n)
		}
	}
}

func TestWithdrawnCall(t *testing.T) {
	h := open(t, sandbox.Options{})
	heard := make(chan string, 2)
	h.Stream(func(b json.RawMessage) { heard <- string(b) })
	ctx, cancel := context.WithCancel(background)
	done := make(chan error, 1)
	go func() { done <- h.Call(ctx, "wait", ask{}, nil) }()
	if s := <-heard; s != `"waiting"` {
		t.Errorf("the handler began with %s", s)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if s := <-heard; s != `"withdrawn"` {
		t.Errorf("the handler heard %s", s)
	}
}

func TestUnknownMethod(t *testing.T) {
	var remote *sandbox.RemoteError
	err := open(t, sandbox.Options{}).Call(background, "nonsense", ask{}, nil)
	if !errors.As(err, &remote) || remote.Method != "nonsense" {
		t.Errorf("got %v, want a RemoteError for nonsense", err)
	}
}

// TestOwnLoopback has two hosts serve one port at the same time, and each
// program reach its own.
func TestOwnLoopback(t *testing.T) {
	s := sandboxtest.Open(t, sandboxtest.TestLab, sandbox.Options{Level: sandbox.LevelA})
	for range 2 {
		h, err := s.Open(background)
		if err != nil {
			t.Fatal(err)
		}
		if r := run(t, h, "echo", limits); !strings.Contains(r.Output, "connection refused") && !strings.Contains(r.Output, "permission denied") {
			t.Errorf("before it listens: %q", r.Output)
		}
		if err := h.Call(background, "listen", ask{Port: 5672}, nil); err != nil {
			t.Fatal(err)
		}
		if r := run(t, h, "echo", limits); r.Output != "ping <nil>\n" {
			t.Errorf("echo: %q", r.Output)
		}
	}
}

// TestPortBusy names the port, where labs share the computer's loopback.
func TestPortBusy(t *testing.T) {
	s := sandboxtest.Open(t, sandboxtest.TestLab, sandbox.Options{Level: sandbox.LevelB})
	h, err := s.Open(background)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	port := taken.Addr().(*net.TCPAddr).Port
	err = h.Call(background, "listen", ask{Port: port}, nil)
	var remote *sandbox.RemoteError
	if !errors.As(err, &remote) || remote.Code != "port-busy" || !strings.Contains(remote.Message, fmt.Sprint(port)) {
		t.Errorf("got %v, want port-busy that names %d", err, port)
	}
	if _, err := s.Open(background); !errors.Is(err, sandbox.ErrOneLab) {
		t.Errorf("a second lab: %v, want ErrOneLab", err)
	}
	h.Close()
	openAfter(t, s)
}

func TestWaitingInAClientCall(t *testing.T) {
	h := open(t, sandbox.Options{})
	if err := h.Call(background, "listen", ask{Port: 5672, Text: "mute"}, nil); err != nil {
		t.Fatal(err)
	}
	l := limits
	l.Wall = waitingWall
	r := run(t, h, "dial amqp", l)
	if r.Exit.Limit != "wall" || !strings.HasPrefix(r.Exit.Waiting, "amqp.Dial at main.go:") {
		t.Errorf("exit %+v, want wall and amqp.Dial", r.Exit)
	}
	if r.Output != "" {
		t.Errorf("the dump is in the output: %.200q", r.Output)
	}
}

func TestTrace(t *testing.T) {
	h := open(t, sandbox.Options{})
	r := run(t, h, "trace", limits)
	if len(r.Trace) != 2 || r.Trace[0].Line != 11 || r.Trace[1].Line != 12 || r.Trace[1].Call != 5 {
		t.Errorf("trace %+v, want lines 11 and 12", r.Trace)
	}
	if d := time.Since(r.Trace[0].At); d.Abs() > time.Hour { // a computer's clock may be put right meanwhile
		t.Errorf("traced %v ago", d)
	}
}

func TestPrepare(t *testing.T) {
	h := open(t, sandbox.Options{})
	said := make(chan struct{}, 2)
	h.Stream(func(json.RawMessage) { said <- struct{}{} })
	var ids [3]int
	for i := range ids {
		if err := h.Call(background, "prepare", ask{Text: "say, sleep", Limits: limits}, &ids[i], program(t)); err != nil {
			t.Fatal(err)
		}
	}
	var e host.Exit
	if err := h.Call(background, "kill", ask{ID: ids[0]}, &e); err != nil || !e.Killed || e.Limit != "" {
		t.Errorf("killed before it ran: %+v, %v", e, err)
	}
	for _, id := range ids[1:] {
		if err := h.Call(background, "go", ask{ID: id}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for range ids[1:] {
		<-said // it is in its own code
	}
	var dump string
	if err := h.Call(background, "quit", ask{ID: ids[1]}, &dump); err != nil || !strings.Contains(dump, "main.go:") {
		t.Errorf("dump %.200q, %v", dump, err)
	}
	if err := h.Call(background, "kill", ask{ID: ids[2]}, &e); err != nil || !e.Killed || e.Signal != "SIGKILL" {
		t.Errorf("killed while it ran: %+v, %v", e, err)
	}
	if err := h.Call(background, "prepare", ask{Text: "sleep"}, nil, program(t)); err == nil {
		t.Error("limits of zero were taken")
	}
}

// TestDeadWarmHost kills the host that waits in the pool: the next lab opens.
func TestDeadWarmHost(t *testing.T) {
	s := sandboxtest.Open(t, sandboxtest.TestLab, sandbox.Options{Warm: 2})
	for range 4 {
		h, err := s.Open(background)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(h.Pid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-h.Done()
	}
	h, err := s.Open(background)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Call(background, "echo", ask{Text: "hi"}, nil); err != nil {
		t.Error(err)
	}
}
