package labs

import "time"

// A Lag is how far a group was behind, partition by partition, over the time of a scene.
type Lag struct {
	Group      string
	Ends       time.Duration // the length of the scene, which begins at 0
	Asked      time.Duration // where a prediction breaks off until it is answered; 0: nowhere
	Partitions []LagOf       // of the topics that the group has read or been given, by name
	Rebalances []time.Duration
	Waiting    []Waiting // what a service had yet to do, by time; empty without a service
}

// A LagOf is what a monitor knows of one partition: a point for each change.
type LagOf struct {
	Partition string // such as "orders/0"
	Points    []LagPoint
}

// A LagPoint holds from its time on, until the next.
type LagPoint struct {
	At                    time.Duration
	Start, Committed, End int64  // offsets; Committed is -1 while the group has committed nothing
	Owner                 string // client id of the member; "" when nobody owns the partition
}

// Lag is how many records the group is behind: the end of the log less the committed
// offset, whether those records are still there or not. It is -1 when the group has
// committed nothing, so that nobody can say.
func (p LagPoint) Lag() int64 {
	if p.Committed < 0 {
		return -1
	}
	return max(p.End-p.Committed, 0)
}

// Waiting is how many messages were written that a service has yet to do, from a time on.
type Waiting struct {
	At time.Duration
	N  int64
}
