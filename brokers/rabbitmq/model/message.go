package model

import "github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"

// A Message is what a publisher sent. It never changes: queues share it, and
// what differs from queue to queue is kept in an entry.
type Message struct {
	Number     uint64 // from 1, in the order of publishing
	Label      string // what the lab calls it
	Exchange   string // where it was published to
	Key        string // its routing key
	Properties wire.Properties
	Body       []byte

	size int // what it counts for in the quota, in bytes: body and headers
}

// An entry is a message in one queue.
type entry struct {
	*Message
	position    uint64 // its turn in the queue, which it keeps when it comes back
	redelivered bool   // was given out before
}
