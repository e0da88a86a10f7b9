package host

import (
	"syscall"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/launcher"
)

// What Exit.Limit may say.
const (
	LimitWall      = "wall"
	LimitCPU       = "cpu"
	LimitMemory    = "memory"
	LimitOutput    = "output"
	LimitProcesses = "processes" // it tried to start another process, or too many threads
)

// Exit is how a program ended. It holds nothing that the program says about
// itself, except that Waiting, Panic, Place and the memory limit rest on what the Go runtime
// prints: all are for display only.
type Exit struct {
	Code    int           `json:"code"`             // -1 if a signal ended it
	Signal  string        `json:"signal,omitempty"` // "SIGKILL"; "" if it exited
	CPU     time.Duration `json:"cpu"`
	Wall    time.Duration `json:"wall"`
	MaxRSS  int64         `json:"maxRSS"`            // bytes
	Limit   string        `json:"limit,omitempty"`   // the limit that it met
	Waiting string        `json:"waiting,omitempty"` // "amqp.(*Channel).Consume at main.go:21"
	Panic   string        `json:"panic,omitempty"`   // "panic: assignment to entry in nil map"
	Place   string        `json:"place,omitempty"`   // of the panic: "main.go:31"
	Killed  bool          `json:"killed,omitempty"`  // by Kill
}

// judge puts together how the program ended. p.mu is held.
func (p *Process) judge(ex launcher.Exit, wall time.Duration) Exit {
	e := Exit{Code: ex.Code, Signal: signalName(ex.Signal), CPU: ex.CPU, Wall: wall, MaxRSS: ex.MaxRSS, Killed: p.killed}
	e.Limit = p.limit
	if p.limit == "" && !p.killed {
		e.Limit = p.met(ex)
	}
	if p.limit == LimitOutput {
		// A runtime that is out of memory prints every goroutine as it dies.
		if met := p.fatal(ex); met != "" {
			e.Limit = met
		}
	}
	if p.quit {
		e.Waiting = Waiting(p.output.dumped())
	}
	if ex.Code == goFatal && e.Limit == "" && !p.quit && !p.killed {
		e.Panic, e.Place = Panic(p.output.lastSaid())
	}
	return e
}

// met finds the limit that the kernel or the runtime enforced.
func (p *Process) met(ex launcher.Exit) string {
	switch ex.Signal {
	case sigsys:
		return LimitProcesses
	case sigxcpu:
		return LimitCPU
	case syscall.SIGKILL: // the kernel, since we did not
		if ex.MaxRSS >= p.limits.Memory*3/4 {
			return LimitMemory
		}
		// The limit counts whole ticks and the usage counts exactly; on a busy
		// virtual machine they were seen to differ by a third.
		if ex.CPU >= p.limits.CPU/4 {
			return LimitCPU
		}
		return ""
	}
	if ex.Code != goFatal || p.quit {
		return ""
	}
	return p.fatal(ex)
}

// goFatal is the exit code of a Go program that the runtime ended.
const goFatal = 2

// fatal finds the limit behind the runtime's last words. Words alone do not do:
// a program that prints them must also have used the memory, or have asked for it.
func (p *Process) fatal(ex launcher.Exit) string {
	said := p.output.said()
	switch {
	case said.memory && (ex.MaxRSS >= p.limits.Memory/4 || said.asked >= p.limits.Memory/2):
		return LimitMemory
	case said.crashed && ex.MaxRSS >= p.limits.Memory/2:
		return LimitMemory // the collector itself does not always survive it
	case said.threads:
		return LimitProcesses
	}
	return ""
}
