package inhost

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// A clusterStub notes what disturbs it, and the journal's last event at that moment.
type clusterStub struct {
	brokers.Broker
	journal *brokers.Journal
	got     []brokers.Disturbance
	at      uint64
	err     error
}

func (c *clusterStub) Disturb(d brokers.Disturbance) error {
	c.got, c.at = append(c.got, d), c.journal.Last()
	return c.err
}

// TestDisturb: a fault of a cluster falls after its event, once, on the broker that
// has several nodes, and the program goes on.
func TestDisturb(t *testing.T) {
	for _, tt := range []struct {
		fault trial.Fault
		want  brokers.Disturbance
	}{
		{trial.Fault{Kind: trial.NodeDown, Node: 2, Back: time.Second}, brokers.Disturbance{Kind: brokers.NodeDown, Node: 2, Back: time.Second}},
		{trial.Fault{Kind: trial.LeaderMove, Place: "orders/0"}, brokers.Disturbance{Kind: brokers.Elected, Place: "orders/0"}},
		{trial.Fault{Kind: trial.Rebalance, Group: "g"}, brokers.Disturbance{Kind: brokers.Rebalancing, Group: "g"}},
	} {
		journal := brokers.NewJournal(1000, brokers.Refuse, brokers.RealClock())
		c := &clusterStub{journal: journal}
		tt.fault.After, tt.fault.Nth = brokers.Published, 2
		r := &gradedRun{fired: make(chan struct{}), request: trial.Request{Fault: tt.fault}, world: &world{
			journal: journal, seq: brokers.NewSequencer(journal), brokers: []brokers.Broker{&idler{}, c}, failed: make(chan error, 1),
		}}
		r.arm()
		for range 4 {
			r.world.seq.Do(func() { journal.Append(brokers.Event{Kind: brokers.Published, Client: "c1"}) })
		}
		if diff := cmp.Diff([]brokers.Disturbance{tt.want}, c.got); diff != "" || c.at != 2 {
			t.Errorf("%s: at event %d, want 2: %s", tt.fault.Kind, c.at, diff)
		}
		if !r.fell.Load() || r.hasFired() || len(r.world.failed) > 0 {
			t.Errorf("%s: fired %v, the run is broken off %v, %d failures", tt.fault.Kind, r.fell.Load(), r.hasFired(), len(r.world.failed))
		}
	}
}

// TestDisturbFails: what the broker cannot do, or no broker, is our failure.
func TestDisturbFails(t *testing.T) {
	no := errors.New("there is no node 9")
	for _, b := range []brokers.Broker{&clusterStub{journal: brokers.NewJournal(10, brokers.Refuse, brokers.RealClock()), err: no}, &idler{}} {
		journal := brokers.NewJournal(1000, brokers.Refuse, brokers.RealClock())
		r := &gradedRun{world: &world{journal: journal, seq: brokers.NewSequencer(journal), brokers: []brokers.Broker{b}, failed: make(chan error, 1)}}
		r.disturbing(trial.Fault{ID: "node-down-published-1", After: brokers.Published, Nth: 1}, brokers.Disturbance{Kind: brokers.NodeDown, Node: 9})
		r.world.seq.Do(func() { journal.Append(brokers.Event{Kind: brokers.Published, Client: "c1"}) })
		if len(r.world.failed) != 1 {
			t.Errorf("%T: no failure", b)
		}
	}
}
