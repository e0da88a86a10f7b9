package modeltest

import (
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
)

// TestRandom: the crowd does all that it is to do.
func TestRandom(t *testing.T) {
	seen := make(map[brokers.Kind]int)
	for seed := range uint64(30) {
		for _, e := range Random(seed, 300).Events {
			seen[e.Kind]++
		}
	}
	for _, kind := range []brokers.Kind{
		brokers.Published, brokers.Delivered, brokers.Confirmed, brokers.Replicated, brokers.Watermark, brokers.InSync, brokers.OutOfSync, brokers.Elected,
		brokers.NodeDown, brokers.NodeUp, brokers.Lost, brokers.Truncated, brokers.Duplicate, brokers.Fenced, brokers.Configured, brokers.Rebalancing,
		brokers.Joined, brokers.Assigned, brokers.Left, brokers.Committed, brokers.TxnBegan, brokers.TxnCommit, brokers.TxnAbort, brokers.LogStart,
		brokers.Expired, brokers.Dropped, brokers.Purged, brokers.Declared, brokers.Deleted,
	} {
		if seen[kind] == 0 {
			t.Errorf("nothing was %s", kind)
		}
	}
}
