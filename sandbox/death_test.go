//go:build linux

package sandbox_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/jail"
	"github.com/brokerlab/brokerlab/sandbox/sandboxtest"
)

// The environment of the test binary as a process of its own.
const (
	helperEnv  = "SANDBOX_TEST_HELPER"
	labEnv     = "SANDBOX_TEST_LAB"
	hostileEnv = "SANDBOX_TEST_HOSTILE"
	levelEnv   = "SANDBOX_TEST_LEVEL"
)

// alive counts the processes that were started with mark among their arguments.
func alive(t *testing.T, mark string) int {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range names {
		if b, err := os.ReadFile(name); err == nil && bytes.Contains(b, []byte(mark)) && !strings.Contains(name, fmt.Sprint("/", os.Getpid(), "/")) {
			n++
		}
	}
	return n
}

// patience is after how long what has to come does not come, on the slowest of machines.
const patience = 5 * time.Minute

// until waits for cond, which has to come true.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for start := time.Now(); time.Since(start) < patience; time.Sleep(10 * time.Millisecond) {
		if cond() {
			return
		}
	}
	t.Fatal("never:", what)
}

// openAfter opens a lab after another that has just ended: level B may count that one
// as open for a moment more.
func openAfter(t *testing.T, s *sandbox.Sandbox) *sandbox.Host {
	t.Helper()
	var h *sandbox.Host
	until(t, "the lab before is forgotten", func() bool {
		var err error
		if h, err = s.Open(background); err != nil && !errors.Is(err, sandbox.ErrOneLab) {
			t.Fatal(err)
		}
		return err == nil
	})
	return h
}

// TestHostKilled ends the host, or its launcher, while a program runs. Calls say
// that it is gone, the program is gone with it, and the sandbox goes on.
func TestHostKilled(t *testing.T) {
	for _, level := range []sandbox.Level{sandbox.LevelA, sandbox.LevelB} {
		t.Run(level.String(), func(t *testing.T) {
			s := sandboxtest.Open(t, sandboxtest.TestLab, sandbox.Options{Level: level, Warm: 1})
			for i := range 3 {
				h := openAfter(t, s)
				mark := fmt.Sprintf("mark-%d-%d-%v", os.Getpid(), i, level)
				failed := make(chan error, 1)
				go func() {
					r := ask{Text: "sleep", Mark: mark, Limits: limits}
					failed <- h.Call(background, "run", r, nil, program(t))
				}()
				until(t, "the program runs", func() bool { return alive(t, mark) == 1 })
				if err := syscall.Kill(h.Pid(), syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
				if err := <-failed; !errors.Is(err, sandbox.ErrHostGone) {
					t.Errorf("the call under way: %v, want ErrHostGone", err)
				}
				<-h.Done()
				until(t, "the program is gone", func() bool { return alive(t, mark) == 0 })
				if err := h.Call(background, "echo", ask{}, nil); !errors.Is(err, sandbox.ErrHostGone) {
					t.Errorf("a call afterwards: %v, want ErrHostGone", err)
				}
			}
		})
	}
}

// TestServerKilled kills a process that has a lab open: all it started ends too.
func TestServerKilled(t *testing.T) {
	path, err := hostile()
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []string{"A", "B"} {
		mark := fmt.Sprintf("mark-%d-server-%s", os.Getpid(), level)
		cmd := exec.Command("/proc/self/exe", mark)
		cmd.Env = append(os.Environ(), helperEnv+"=serve", labEnv+"="+sandboxtest.Lab(t, sandboxtest.TestLab), hostileEnv+"="+path, levelEnv+"="+level)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, "the server and the program run", func() bool { return alive(t, mark) == 2 })
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
		until(t, "the program is gone", func() bool { return alive(t, mark) == 0 })
	}
}

// TestOrdinaryUser has the doctor prove level A for a user who is not root.
func TestOrdinaryUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("every other test is run by an ordinary user already")
	}
	dir := t.TempDir()
	for d := dir; d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755|os.ModeSticky); err != nil {
			t.Fatal(err)
		}
		if d == os.TempDir() {
			_ = os.Chmod(d, 0o777|os.ModeSticky) // as it was
			break
		}
	}
	lab, self := filepath.Join(dir, "lab"), filepath.Join(dir, "self")
	for to, from := range map[string]string{lab: sandboxtest.Lab(t, sandboxtest.TestLab), self: "/proc/self/exe"} {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, b, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(self)
	cmd.Env = []string{helperEnv + "=doctor", labEnv + "=" + lab, levelEnv + "=A"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 12345, Gid: 12345}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "proven A\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestCoveredProc has the doctor prove level A where parts of /proc are covered, as
// in containers: there the kernel allows no new /proc, and programs share the user
// namespace of their launcher.
func TestCoveredProc(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can cover a part of /proc")
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{helperEnv + "=covered", labEnv + "=" + sandboxtest.Lab(t, sandboxtest.TestLab), levelEnv + "=A"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "proven A\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// helper is the test binary as another process.
func helper(role string) {
	if role == "covered" {
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			fatal(err)
		}
		if err := unix.Mount("none", "/proc/sys", "tmpfs", 0, ""); err != nil {
			fatal(err)
		}
		role = "doctor"
	}
	level, err := jail.ParseLevel(os.Getenv(levelEnv))
	if err != nil {
		fatal(err)
	}
	s, err := sandbox.New(sandbox.Options{Lab: os.Getenv(labEnv), Warm: 1, Level: level})
	if err != nil {
		fatal(err)
	}
	if role == "doctor" {
		r := s.Doctor(background)
		fmt.Print(r)
		s.Close()
		fmt.Println("proven", r.Level)
		return
	}
	h, err := s.Open(background)
	if err != nil {
		fatal(err)
	}
	bin, err := os.Open(os.Getenv(hostileEnv))
	if err != nil {
		fatal(err)
	}
	r := ask{Text: "sleep", Mark: os.Args[1], Limits: limits}
	fatal(h.Call(background, "run", r, nil, bin))
}

func fatal(err error) {
	w := bufio.NewWriter(os.Stderr)
	fmt.Fprintln(w, "helper:", err)
	_ = w.Flush()
	os.Exit(1)
}
