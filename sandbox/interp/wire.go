package interp

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/frame"
	"github.com/brokerlab/brokerlab/sandbox/interp/check"
)

// The modes of a child.
const (
	modeRun   = "run"   // a student's program
	modeCheck = "check" // a lab's check.go
	modeLint  = "lint"  // a student's program, which is not run
)

// frames bounds a request and a report. A journal is the largest part.
const frames frame.Limit = 16 << 20

// reportFD is the descriptor that a child reports on. Interpreted code cannot
// reach it: it has no way to make a file of a number.
const reportFD = 3

// Limits are what an interpreted program may use. The zero value of a field is an
// error, not "no limit".
type Limits struct {
	Wall   time.Duration `json:"wall"`   // nanoseconds in JSON
	CPU    time.Duration `json:"cpu"`    // rounded up to whole seconds
	Memory int64         `json:"memory"` // bytes of private writable memory
	Output int64         `json:"output"` // bytes of stdout and stderr together; the parent keeps this one
}

func (l Limits) valid() error {
	if l.Wall <= 0 || l.CPU <= 0 || l.Memory <= 0 || l.Output <= 0 {
		return fmt.Errorf("interp limits: wall %v, cpu %v, memory %d, output %d: want all above zero", l.Wall, l.CPU, l.Memory, l.Output)
	}
	return nil
}

// A request is what a child reads from stdin: its length in 4 bytes, big endian,
// and JSON.
type request struct {
	Mode    string          `json:"mode"`
	Level   string          `json:"level"` // how the child locks itself down: "A", "B" or "C"
	Files   []File          `json:"files"`
	Limits  Limits          `json:"limits"`
	Journal json.RawMessage `json:"journal,omitempty"` // of a check
}

// A report is what a child says on descriptor 3, framed like a request.
type report struct {
	State   string         `json:"state"` // refused started done failed fault
	Found   []Diagnostic   `json:"found,omitempty"`
	Results []check.Result `json:"results,omitempty"`
	Line    int            `json:"line,omitempty"` // where a check failed
	Message string         `json:"message,omitempty"`
}

// The states of a report. A fault is ours; failed is the check's own mistake.
const (
	stateRefused = "refused"
	stateStarted = "started"
	stateDone    = "done"
	stateFailed  = "failed"
	stateFault   = "fault"
)
