package brokers

import "fmt"

// A Quota bounds what one lab may make a broker hold. Zero is an error, not "no
// limit"; DefaultQuota is the place to start from.
type Quota struct {
	Messages        int // messages held, ready and in flight together
	Bytes           int // bytes of their bodies
	Message         int // bytes of one message's body
	Queues          int
	Exchanges       int
	Bindings        int
	Connections     int
	Channels        int // in one connection
	Consumers       int // in the whole broker
	EventsPerSecond int // events that clients may cause
}

// DefaultQuota returns the limits of a lab that sets none: generous for
// learning, small beside the host's memory.
func DefaultQuota() Quota {
	return Quota{
		Messages: 100_000, Bytes: 64 << 20, Message: 4 << 20,
		Queues: 1_000, Exchanges: 1_000, Bindings: 10_000,
		Connections: 256, Channels: 256, Consumers: 1_000,
		EventsPerSecond: 1_000_000,
	}
}

// Validate reports the first field that is not a positive number.
func (q Quota) Validate() error {
	for _, f := range []struct {
		name string
		n    int
	}{
		{"messages", q.Messages}, {"bytes", q.Bytes}, {"message", q.Message}, {"queues", q.Queues},
		{"exchanges", q.Exchanges}, {"bindings", q.Bindings}, {"connections", q.Connections},
		{"channels", q.Channels}, {"consumers", q.Consumers}, {"eventsPerSecond", q.EventsPerSecond},
	} {
		if f.n <= 0 {
			return fmt.Errorf("quota %s is %d, want a positive number", f.name, f.n)
		}
	}
	return nil
}

// A QuotaError says which quota a client's request would have passed.
type QuotaError struct {
	What  string // the field of Quota, in the words of its comment
	Limit int
}

func (e *QuotaError) Error() string {
	return fmt.Sprintf("quota: this lab holds at most %d %s", e.Limit, e.What)
}
