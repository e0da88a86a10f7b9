package model

import (
	"time"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A Message is what a publisher sent. It never changes: queues share it, and
// what differs from queue to queue is kept in an entry.
type Message struct {
	Number     uint64 // from 1, in the order of publishing
	Label      string // what the lab calls it
	Exchange   string // where it was published to
	Key        string // its routing key
	Properties wire.Properties
	Body       []byte

	keys   []string      // all its routing keys
	mortal bool          // its publisher gave it a time to live
	ttl    time.Duration // which
	// automatic: the message died by itself, not by a consumer, the last time it did.
	automatic bool
	size      int // what it counts for in the quota, in bytes: body and headers
}

// An entry is a message in one queue.
type entry struct {
	*Message
	position    uint64    // its turn in the queue, which it keeps when it comes back
	redelivered bool      // was given out before
	expires     time.Time // zero: never
}
