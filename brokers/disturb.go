package brokers

import "time"

// A Disturber is a Broker of several nodes, on which faults can fall that no client
// has a part in.
type Disturber interface {
	// Disturb brings the fault about, inside the sequencer, and journals it. Clients
	// are told as the protocol has it: their connections to a node that goes down end
	// without a word. The error says why it cannot be, such as a node that does not
	// exist.
	Disturb(d Disturbance) error
}

// A Disturbance is a fault inside a cluster.
type Disturbance struct {
	Kind  Kind          // NodeDown or NodeUp; Elected, for another leader of Place; Rebalancing, for Group
	Node  int           // NodeDown, NodeUp: which one, from 1; NodeDown: 0 for the leader of Place
	Place string        // a partition, as "orders/0"
	Rest  bool          // NodeDown: not the leader of Place, but every other node that has it
	Group string        // a consumer group
	Back  time.Duration // NodeDown: after this long by the broker's clock it is up again; 0 for never
}
