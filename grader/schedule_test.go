package grader

import (
	"testing"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// TestFaultsOfClusters: a schedule says where in the cluster its fault falls, and two
// that fall in different places are told apart.
func TestFaultsOfClusters(t *testing.T) {
	for text, id := range map[string]string{
		"crash(after: ack, nth: 3)":                        "crash-acked-3",
		"crash(after: commit, nth: 1)":                     "crash-committed-1",
		"node-down(node: 2, after: publish, nth: 3)":       "node-down-published-3-node2",
		"node-down(leads: o/0, after: publish, nth: 3)":    "node-down-published-3-o.0",
		"leader-move(place: o/1, after: deliver, nth: 2)":  "leader-move-delivered-2-o.1",
		"rebalance(group: billing, after: effect, nth: 1)": "rebalance-effect-1-billing",
		"node-down(follows: o/0, after: publish, nth: 3)":  "node-down-published-3-rest-o.0",
		"none":  "",
		"sweep": "",
	} {
		s, err := labs.ParseSchedule(text)
		if err != nil {
			t.Fatal(err)
		}
		f, ok := faultOf(s)
		if ok != (id != "") || f.ID != id || f.Node != s.Node || f.Place != s.Place || f.Group != s.Group {
			t.Errorf("%s: got %+v, want the id %q", text, f, id)
		}
	}
	one, err := labs.ParseSchedule("sweep(fault: node-down, node: 1)")
	if err != nil {
		t.Fatal(err)
	}
	two := one
	two.Node = 2
	f := placed(trial.Fault{ID: "node-down-published-1", Kind: trial.NodeDown}, one)
	if !applies(one, f) || applies(two, f) || f.ID != "node-down-published-1-node1" {
		t.Errorf("%+v belongs to the sweep over node 1: %v, over node 2: %v", f, applies(one, f), applies(two, f))
	}
}
