package interp

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/interp/check"
)

// The modes of a child.
const (
	modeRun   = "run"   // a student's program
	modeCheck = "check" // a lab's check.go
	modeLint  = "lint"  // a student's program, which is not run
)

// maxFrame bounds a request and a report in bytes. A journal is the largest part.
const maxFrame = 16 << 20

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

// writeFrame writes v as JSON behind its length.
func writeFrame(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	if len(body) > maxFrame {
		return fmt.Errorf("write frame: %d bytes, at most %d fit", len(body), maxFrame)
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	if _, err := w.Write(append(frame, body...)); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	return nil
}

// readFrame reads one frame into v. It gives io.EOF when there is none.
func readFrame(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		return fmt.Errorf("read frame: %w", err)
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return fmt.Errorf("read frame: length %d, at most %d allowed", n, maxFrame)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return fmt.Errorf("read frame of %d bytes: %w", n, err)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("read frame: %w", err)
	}
	return nil
}
