package trial

import (
	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/sandbox/console"
)

// An Update is one step of a live session, as the page gets it. Type says which
// fields are set: status, output, events, state, diagnostics or console.
type Update struct {
	Type   string `json:"type"`
	Status string `json:"status,omitempty"` // building, starting, running, blocked, ended or fault
	Millis int64  `json:"millis,omitempty"` // since the run began
	Exit   *Exit  `json:"exit,omitempty"`   // when ended
	// Waiting is the client call that a blocked program was last seen to make, and
	// Line where; both are the program's own word.
	Waiting string `json:"waiting,omitempty"`
	Line    int    `json:"line,omitempty"`
	// Engine says at the start of a run what runs the program.
	Engine string `json:"engine,omitempty"` // Compiled or Interpreted
	// Computing says of a blocked program that it is not waiting but using the processor.
	Computing bool `json:"computing,omitempty"`
	// Applied says at the start of a run of files what the service answered to each.
	Applied []Applied `json:"applied,omitempty"`
	// Text says the status in words, in English; Texts says it in each language.
	Text  string            `json:"text,omitempty"`
	Texts map[string]string `json:"texts,omitempty"`

	Stream string          `json:"stream,omitempty"` // output: stdout or stderr; text is in Text
	Events []brokers.Event `json:"events,omitempty"`
	State  *brokers.State  `json:"state,omitempty"`
	// Console is what a terminal said.
	Console *console.Out `json:"console,omitempty"`
	// Diagnostics of a program that does not compile, as the checker gives them.
	Diagnostics any `json:"diagnostics,omitempty"`
}

// Types of updates.
const (
	TypeStatus      = "status"
	TypeOutput      = "output"
	TypeEvents      = "events"
	TypeState       = "state"
	TypeDiagnostics = "diagnostics"
	TypeConsole     = "console"
)

// Engines.
const (
	Compiled    = "compiled"
	Interpreted = "interpreted" // no compiler is here: close to Go, and not what grades are given for
)

// Statuses of a run.
const (
	Building = "building"
	Starting = "starting"
	Running  = "running"
	Blocked  = "blocked"
	Ended    = "ended"
	Faulted  = "fault"
)

// A FrameID asks a live session for what was on the wire.
type FrameID struct {
	ID uint64 `json:"id"` // an Event.Frame
}

// Framed answers a FrameID. Frame is null when it is not remembered any more.
type Framed struct {
	Frame *brokers.Frame `json:"frame"`
}
