package inhost

import (
	"net"
	"os"
	"time"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/sandbox/launcher"
)

// A machine is the part of the sandbox that a lab host needs: the host's own
// environment, or a plain one in tests.
type machine interface {
	// Listen returns a listener on a port of the lab's loopback.
	Listen(port int) (net.Listener, error)
	// Emit sends v to whoever streams from the host.
	Emit(v any)
	// Prepare makes a process that only waits for Go.
	Prepare(p program) (process, error)
}

// A program is a binary and the bounds of its run.
type program struct {
	Binary *os.File
	Args   []string
	Input  []byte // what the interpreter is given; nil for a program of its own
	Talk   bool   // its process has Send
	Limits trial.Limits
	Output func(stream string, b []byte)
	Trace  func([]traceRecord)
}

// A traceRecord says that the program was about to make a client call.
type traceRecord struct {
	At   time.Time
	Line int
	Call int // index into the binary's calls
}

// A process is a program that was prepared. Wait returns when it is dead, and
// all its output and trace has been handed over.
type process interface {
	Go() error
	Kill()
	Quit()                                 // asks the Go runtime where it waits, and ends it
	Usage() (used launcher.Usage, ok bool) // so far; false where nobody can tell
	Wait() trial.Exit
	Done() <-chan struct{}
}
