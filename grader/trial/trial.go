// Package trial holds what the grader's front asks of a lab host and what the
// host answers: both sides of that conversation import it, and nothing else
// crosses.
//
//	trial.go    Spec, Request, Outcome
//	points.go   fault points: where a sweep kills a program
//	update.go   what a session tells while it is open
//	play.go     scenes of lessons
//
// Everything here is plain data that JSON carries.
package trial

import (
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
)

// Methods of a lab host, by what they take and answer.
const (
	MethodGrade = "grade" // Request and the program's binary; Outcome
	MethodOpen  = "open"  // Spec; nothing. A live world, with updates on the stream
	MethodRun   = "run"   // Program and its binary; nothing. How it goes is on the stream
	MethodStop  = "stop"  // nothing; nothing
	MethodReset = "reset" // nothing; nothing. The world is made anew
	MethodState = "state" // nothing; brokers.State
	MethodFrame = "frame" // FrameID; Framed
	// MethodConsole is what somebody does at a terminal: console.In and the lab command;
	// console.Out, which says something only if it was a question.
	MethodConsole = "console"
	// MethodDialled answers a Dial: Dialled, and the connected socket.
	MethodDialled = "dialled"
)

// MiniatureVersion names how the miniatures behave; evidence keeps it.
const MiniatureVersion = "3"

// A Spec is a lab's world and how runs in it are bounded and judged.
type Spec struct {
	Brokers  []Broker `json:"brokers"`
	Services []string `json:"services"`
	Label    string   `json:"label"` // field of a message's JSON body that names it
	Until    Until    `json:"until"`
	Limits   Limits   `json:"limits"`
	// Declines are the labels that a service answers with 503 whenever they come.
	Declines map[string][]string `json:"declines,omitempty"`
	// Settings are what a service is told of the lab, by its name.
	Settings map[string]map[string]any `json:"settings,omitempty"`
	// Apply says to what the files of a configuration are applied, see labs.Appliers.
	Apply  string  `json:"apply,omitempty"`
	Checks []Check `json:"checks"`
}

// A Broker is a broker by name, and its initial state. It is the miniature,
// unless it says that a container stands for it.
type Broker struct {
	Name      string           `json:"name"`
	Actions   []brokers.Action `json:"actions"`
	Container bool             `json:"container,omitempty"`
	VHost     string           `json:"vhost,omitempty"` // in the container: the lab's own, and empty
}

// Real reports whether a container stands for one of the brokers.
func (s *Spec) Real() bool {
	return slices.ContainsFunc(s.Brokers, func(b Broker) bool { return b.Container })
}

// TypeDial is the Type of a Dial.
const TypeDial = "dial"

// A Dial on the stream asks for a connection to a real broker, which a host
// cannot make by itself.
type Dial struct {
	Type   string `json:"type"`
	ID     uint64 `json:"id"`
	Broker string `json:"broker"`
}

// Dialled answers a Dial. Without an Error the socket travels beside it.
type Dialled struct {
	ID    uint64 `json:"id"`
	Error string `json:"error,omitempty"`
}

// Until ends a run: the queues are settled and the service has had an effect
// for every message with a label.
type Until struct {
	Settled []string `json:"settled,omitempty"`
	Charged string   `json:"charged,omitempty"`
	Quiet   bool     `json:"quiet,omitempty"` // the program also says nothing more
}

// Limits of one run; see labs.Limits.
type Limits struct {
	Wall     time.Duration `json:"wall"`
	CPU      time.Duration `json:"cpu"`
	Memory   int64         `json:"memory"`
	Output   int64         `json:"output"`
	Events   int           `json:"events"`
	Attempts int           `json:"attempts"`
	Stall    time.Duration `json:"stall"`
}

// A Check is what the host needs to know of a check.
type Check struct {
	ID       string          `json:"id"`
	Property string          `json:"property"`
	With     property.Params `json:"with"`
}

// Kinds of fault.
const (
	None       = "none"
	Crash      = "crash"
	Disconnect = "disconnect"
	Refuse     = "refuse" // a service answers one request with 503, and does nothing

	NodeDown   = "node-down"   // a node of the cluster goes down
	LeaderMove = "leader-move" // another replica leads a partition
	Rebalance  = "rebalance"   // a consumer group shares out its partitions anew
)

// A Fault says where a run is cut. Its zero value is a run without one.
type Fault struct {
	ID      string       `json:"id"`                // such as "crash-acked-4", unique in a sweep
	Kind    string       `json:"kind"`              // one of the kinds above
	After   brokers.Kind `json:"after"`             // the kind of event it follows, or that does not come
	Nth     int          `json:"nth"`               // which of these, from 1; of deliveries, first ones only
	Label   string       `json:"label,omitempty"`   // of the message in the baseline, for people
	Message uint64       `json:"message,omitempty"` // its number there

	// Where a fault of a cluster falls; see brokers.Disturbance.
	Node  int           `json:"node,omitempty"`
	Place string        `json:"place,omitempty"`
	Rest  bool          `json:"rest,omitempty"`
	Group string        `json:"group,omitempty"`
	Back  time.Duration `json:"back,omitempty"` // in nanoseconds
}

// Inner reports whether a fault falls inside a cluster, and cuts no program short.
func (f Fault) Inner() bool { _, ok := f.Disturbance(); return ok }

// DeclinedReason is the Reason of a request that a service refuses whenever it comes,
// as Spec.Declines has it: no fault, but how the world is.
const DeclinedReason = "503 Service Unavailable, as ever"

// Disturbance is what a fault of a cluster asks of its broker; ok is false for the
// other kinds.
func (f Fault) Disturbance() (d brokers.Disturbance, ok bool) {
	kinds := map[string]brokers.Kind{NodeDown: brokers.NodeDown, LeaderMove: brokers.Elected, Rebalance: brokers.Rebalancing}
	d = brokers.Disturbance{Kind: kinds[f.Kind], Node: f.Node, Place: f.Place, Rest: f.Rest, Group: f.Group, Back: f.Back}
	return d, d.Kind != ""
}

// A Program is a binary to run; the file itself travels beside it. Args and Input are
// those of the interpreter, when it is the binary.
type Program struct {
	Args  []string `json:"args,omitempty"`
	Input []byte   `json:"input,omitempty"`
	Calls []string `json:"calls"` // the binary's table of traced calls
	// Console says that the program is a console that runs the session in Input: its
	// trace has the lines of commands, and it ends by itself.
	Console bool `json:"console,omitempty"`
	// Config are files that are applied in place of running a program; the binary beside
	// it is not started.
	Config []ConfigFile `json:"config,omitempty"`
}

// A ConfigFile is one file of a configuration.
type ConfigFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Applied is what a service answered to one file, or a broker to one line of it.
type Applied struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"` // 0: the whole file
	Code    int    `json:"code"`           // of HTTP or AMQP; below 300 it was taken
	Message string `json:"message,omitempty"`
}

// A Request asks for one run under one fault.
type Request struct {
	Spec    Spec    `json:"spec"`
	Fault   Fault   `json:"fault"`
	Program Program `json:"program"`
}

// RealWait is how much longer a run may take on real brokers, where what waits for a
// time to live waits for real.
const RealWait = time.Minute

// Why a run ended.
const (
	EndUntil    = "until"    // the lab's condition held
	EndExit     = "exit"     // the program exited
	EndQuiet    = "quiet"    // nothing was left to happen
	EndStall    = "stall"    // the program had something to do and said nothing
	EndRefused  = "refused"  // a broker's answer stayed the same, and nothing was about to change it
	EndAttempts = "attempts" // one message was delivered again and again
	EndQuota    = "quota"    // a quota was met
	EndLimit    = "limit"    // Exit.Limit names the program's limit
)

// An Outcome is one run as the host saw it.
type Outcome struct {
	Fault Fault  `json:"fault"`
	Fired bool   `json:"fired"` // the fault point was reached
	End   string `json:"end"`
	Exit  Exit   `json:"exit"`
	// Silence is how long nothing was heard, when End is stall and that was longer than
	// Limits.Stall: it was a real broker's turn.
	Silence time.Duration              `json:"silence,omitempty"`
	Quota   string                     `json:"quota,omitempty"` // what was met, when End is quota
	Lives   int                        `json:"lives"`
	Results map[string]property.Result `json:"results"` // by check
	Events  []brokers.Event            `json:"events"`
	// Frames are what was on the wire when events happened, by Event.Frame: of a run
	// that evidence may keep, and no more than it keeps.
	Frames map[uint64]brokers.Frame `json:"frames,omitempty"`
	// Blocked says by a message's id why checks could not be judged here.
	Blocked map[string]string `json:"blocked,omitempty"`
	// Unheard is why a real broker did not tell what a check needs: its own words, or
	// ours when it did not answer.
	Unheard string `json:"unheard,omitempty"`
	// Output is the end of what the program printed, when it ended in an unusual
	// way. It is for people; no check looks at it.
	Output  string        `json:"output,omitempty"`
	Elapsed time.Duration `json:"elapsed"`
}

// Abnormal reports whether the program failed by itself or was stopped for what it
// did, in place of coming to its end.
func (o *Outcome) Abnormal() bool { return Abnormal(o.End, o.Exit) }

// Abnormal is the same of a run's end and exit.
func Abnormal(end string, e Exit) bool {
	switch end {
	case EndLimit, EndQuota, EndAttempts:
		return true
	case EndExit:
		return e.Code != 0 || e.Signal != ""
	}
	return false
}

// An Exit is how the program's last life ended.
type Exit struct {
	Code    int    `json:"code"`
	Signal  string `json:"signal,omitempty"`
	Limit   string `json:"limit,omitempty"`   // wall, cpu, memory, output, processes, files or network
	Waiting string `json:"waiting,omitempty"` // the client call it was blocked in, such as amqp.Channel.Consume
	Line    int    `json:"line,omitempty"`    // where
	File    string `json:"file,omitempty"`    // of Line; "" for main.go
	Panic   string `json:"panic,omitempty"`   // how the Go runtime ended it: "panic: …" or "fatal error: …"
	// Computing says that it was not waiting at all when it was ended.
	Computing bool          `json:"computing,omitempty"`
	Killed    bool          `json:"killed,omitempty"` // by us, because the run was over
	End       string        `json:"end,omitempty"`    // of a live run that was over: EndUntil or EndQuiet
	CPU       time.Duration `json:"cpu,omitempty"`
	Wall      time.Duration `json:"wall,omitempty"`
	MaxRSS    int64         `json:"maxRSS,omitempty"` // bytes
}
