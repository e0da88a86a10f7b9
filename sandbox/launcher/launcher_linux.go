package launcher

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/brokerlab/brokerlab/sandbox/jail"
	"github.com/brokerlab/brokerlab/sandbox/link"
)

// The launcher's own descriptors, as the server gives them.
const (
	hostSmall = 3
	hostLarge = 4
	ownBinary = 5 // the lab command that it was executed from
)

// maxPrograms bounds how many programs one host may have at a time.
const maxPrograms = 64

// Main runs the launcher until its host ends; args holds the level's letter. It
// gives the exit code.
func Main(args []string) int {
	l, err := start(args)
	if err != nil {
		slog.Error("launcher", "err", err)
		return 1
	}
	l.serve()
	// At level A the end of this process ends everything in its pid namespace.
	// Below, each child has its parent-death signal.
	return 0
}

// A launcher starts programs for one host.
type launcher struct {
	level jail.Level
	user  bool // children get user namespaces of their own
	host  *link.Socket

	mu       sync.Mutex
	programs map[uint64]*os.Process
}

// start sets up the namespaces and starts the host.
func start(args []string) (*launcher, error) {
	if len(args) != 1 {
		return nil, fmt.Errorf("got %d arguments, want the level", len(args))
	}
	level, err := jail.ParseLevel(args[0])
	if err != nil {
		return nil, err
	}
	jail.KeepFiles()
	l := &launcher{level: level, programs: make(map[uint64]*os.Process)}
	if level == jail.LevelA {
		if err := jail.Loopback(); err != nil {
			return nil, err
		}
		if err := jail.EnterRoot(jail.Root{Proc: true}); err != nil {
			return nil, err
		}
		l.user = jail.OwnProc()
	}
	return l, l.startHost()
}

// startHost starts the host with its end of the server's link and of ours.
func (l *launcher) startHost() error {
	sock, theirs, err := link.SocketPair()
	if err != nil {
		return err
	}
	l.host = sock
	files := []*os.File{os.NewFile(hostSmall, "control"), os.NewFile(hostLarge, "bulk"), theirs}
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{"brokerlab-lab", "host", l.level.String()},
		Env: []string{}, Dir: "/", Stderr: os.Stderr, ExtraFiles: files,
		SysProcAttr: l.attr(),
	}
	if err := jail.Start(cmd); err != nil {
		return fmt.Errorf("start the host: %w", err)
	}
	_ = theirs.Close() // the host's alone from now on
	go func() {
		err := cmd.Wait()
		slog.Debug("the host ended", "err", err)
		_ = sock.Close() // ends serve
	}()
	return reserve()
}

// reserve puts an empty file in place of the descriptors that belong to the host, so
// that the server sees the end of the link when the host ends, and no descriptor
// that arrives later has a number that a program's own are put on.
func reserve() error {
	empty, err := unix.MemfdCreate("reserved", unix.MFD_CLOEXEC) // a root may have no /dev/null
	if err != nil {
		return fmt.Errorf("reserve descriptors: %w", err)
	}
	for _, fd := range []int{hostSmall, hostLarge, ownBinary} {
		if err := syscall.Dup3(empty, fd, syscall.O_CLOEXEC); err != nil {
			return fmt.Errorf("reserve descriptor %d: %w", fd, err)
		}
	}
	return nil
}

func (l *launcher) attr() *syscall.SysProcAttr {
	return jail.Attr(jail.Spaces{Level: l.level, Nested: true, NoUser: !l.user})
}

// serve answers the host until it is gone.
func (l *launcher) serve() {
	for {
		b, files, err := l.host.Receive()
		if err != nil {
			return
		}
		var r request
		if err := json.Unmarshal(b, &r); err != nil {
			link.CloseFiles(files)
			slog.Error("launcher: request", "err", err)
			return
		}
		switch {
		case r.Signal != 0:
			l.signal(r)
		case r.Usage:
			l.usage(r)
		default:
			l.launch(r, files)
		}
	}
}

// signal passes a signal on. A program that has ended gets none.
func (l *launcher) signal(r request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.programs[r.ID]; p != nil {
		_ = p.Signal(syscall.Signal(r.Signal)) // it may just have ended
	}
}

// usage tells how much processor time a program has used, and whether it wants more. Of one that has ended its
// last notice tells.
func (l *launcher) usage(r request) {
	l.mu.Lock()
	p := l.programs[r.ID]
	l.mu.Unlock()
	if p == nil {
		return
	}
	// The clock of another process, as clock_getcpuclockid(3) makes its number.
	const scheduled = 2
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^p.Pid)<<3|scheduled, &used); err != nil {
		slog.Debug("launcher: usage", "err", err)
		return
	}
	l.send(notice{ID: r.ID, Usage: true, CPU: time.Duration(used.Nano()), Runs: runs(p.Pid)})
}

// runs reports whether a thread of a process runs, or would if there were a processor
// for it.
func runs(pid int) bool {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid)) // the pattern is right
	for _, name := range tasks {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has just ended
		}
		// "12 (name) R 1 …": the name may hold anything, so what counts is after its last bracket.
		if end := bytes.LastIndexByte(stat, ')'); end >= 0 && bytes.HasPrefix(stat[end:], []byte(") R")) {
			return true
		}
	}
	return false
}

// launch starts a program from the descriptors binary, stdout, stderr, control
// and trace.
func (l *launcher) launch(r request, files []*os.File) {
	defer link.CloseFiles(files)
	cmd, err := l.run(r, files)
	if err != nil {
		l.send(notice{ID: r.ID, Error: err.Error()})
		return
	}
	l.send(notice{ID: r.ID, Started: true})
	go l.wait(r.ID, cmd)
}

func (l *launcher) run(r request, files []*os.File) (*exec.Cmd, error) {
	if len(files) != 5 {
		return nil, fmt.Errorf("start %q: %d descriptors, want 5", r.Name, len(files))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.programs) >= maxPrograms {
		return nil, fmt.Errorf("start %q: %d programs are running already", r.Name, maxPrograms)
	}
	cmd := &exec.Cmd{
		Path: fmt.Sprintf("/proc/self/fd/%d", files[0].Fd()), Args: append([]string{r.Name}, r.Args...),
		Env: append([]string{}, r.Env...), Dir: "/",
		Stdout: files[1], Stderr: files[2], ExtraFiles: files[3:],
		SysProcAttr: l.attr(),
	}
	if err := jail.Start(cmd); err != nil {
		return nil, fmt.Errorf("start %q: %w", r.Name, err)
	}
	l.programs[r.ID] = cmd.Process
	return cmd, nil
}

// wait reports the end of a program.
func (l *launcher) wait(id uint64, cmd *exec.Cmd) {
	_ = cmd.Wait() // the state says all that the error does
	l.mu.Lock()
	delete(l.programs, id)
	l.mu.Unlock()
	l.send(exited(id, cmd.ProcessState))
}

func (l *launcher) send(n notice) {
	b, err := json.Marshal(n)
	if err == nil {
		err = l.host.Send(b)
	}
	if err != nil {
		slog.Debug("launcher: notice not sent", "err", err)
	}
}
