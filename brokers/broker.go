package brokers

import (
	"errors"
	"net"
)

// ErrUntellable is found in what a real broker's stand-in answers that cannot tell what
// it is asked, however often: the broker does not show it. Any other error may be gone
// the next time.
var ErrUntellable = errors.New("a real broker does not show it")

// A Broker is a miniature as the lab host sees it. Every method but Serve
// returns at once.
type Broker interface {
	// Name is the broker's folder, such as "rabbitmq".
	Name() string
	// Ports are where its nodes listen by default; node n listens on Ports()[n].
	Ports() []int
	// Serve speaks the broker's protocol on a node's listener until the listener
	// or the broker is closed, and then returns nil.
	Serve(node int, l net.Listener) error
	// Apply makes the initial state of a lab. An error names the action by its
	// place in the list, and the field.
	Apply(actions []Action) error
	// State draws the broker; Idle counts what keeps a run from being over.
	State() State
	Idle() Idle
	// Cut is called inside the sequencer after a fault has cut every client: what
	// they held is given back at once, and journalled with reason.
	Cut(reason string)
	// Close ends all connections and waits for everything that the broker started.
	Close() error
}

// An Action is one step of a broker's initial state, as lab.yaml has it.
type Action struct {
	Do   string         `json:"do" yaml:"do"`
	With map[string]any `json:"with" yaml:"with"`
}

// Idle counts messages that a run still waits for.
type Idle struct {
	Ready    int // waiting in a queue that has a consumer with room for them
	InFlight int // delivered and not settled
	Due      int // waiting for the clock: delayed, expiring, invisible
}
