package launcher

import (
	"os"
	"syscall"
	"time"
)

// A request starts a program, or with Signal sends a signal to one, or with Usage
// asks what it has used. ID is the host's number for the program.
type request struct {
	ID     uint64   `json:"id"`
	Name   string   `json:"name,omitempty"`
	Args   []string `json:"args,omitempty"`
	Env    []string `json:"env,omitempty"`
	Signal int      `json:"signal,omitempty"`
	Usage  bool     `json:"usage,omitempty"`
}

// A notice says that a program started, could not be started, or ended, or how much
// processor time it has used so far.
type notice struct {
	ID      uint64        `json:"id"`
	Started bool          `json:"started,omitempty"`
	Usage   bool          `json:"usage,omitempty"`
	Runs    bool          `json:"runs,omitempty"` // with Usage: a thread of it runs, or only waits for a processor
	Error   string        `json:"error,omitempty"`
	Code    int           `json:"code,omitempty"`
	Signal  int           `json:"signal,omitempty"`
	CPU     time.Duration `json:"cpu,omitempty"`
	MaxRSS  int64         `json:"maxRSS,omitempty"`
}

// exited tells how a program ended.
func exited(id uint64, s *os.ProcessState) notice {
	e := Ended(s)
	return notice{ID: id, Code: e.Code, Signal: int(e.Signal), CPU: e.CPU, MaxRSS: e.MaxRSS}
}

// Ended tells how a process ended.
func Ended(s *os.ProcessState) Exit {
	e := Exit{Code: s.ExitCode(), CPU: s.UserTime() + s.SystemTime()}
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		e.Signal = ws.Signal()
	}
	if ru, ok := s.SysUsage().(*syscall.Rusage); ok {
		e.MaxRSS = int64(ru.Maxrss) << 10 //nolint:unconvert // int32 on 32-bit machines; the kernel counts in KiB
	}
	return e
}
