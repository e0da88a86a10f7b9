package modeltest

import (
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
)

// TestRandom: the crowd does all that it is to do.
func TestRandom(t *testing.T) {
	seen, shared := make(map[brokers.Kind]int), make(map[string]int)
	for seed := range uint64(30) {
		readers := make(map[string]string)
		for _, e := range Random(seed, 300).Events {
			seen[e.Kind]++
			protocol := "classic"
			if strings.HasPrefix(e.Consumer, "m") {
				protocol = "consumer"
			}
			if e.Kind == brokers.Assigned && e.Place != "" {
				if last := readers[e.Group+e.Place]; last != "" && last != e.Consumer {
					shared[protocol]++
				}
				readers[e.Group+e.Place] = e.Consumer
			}
		}
	}
	if shared["classic"] < 100 || shared["consumer"] < 100 {
		t.Errorf("partitions go from one member to another too seldom: %v", shared)
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
