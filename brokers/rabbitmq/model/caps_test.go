package model

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// newOffice is a node with two virtual hosts that guest and ann may enter.
func newOffice(t *testing.T) (*Node, *brokers.Journal) {
	t.Helper()
	clock := brokers.NewVirtualClock(time.Unix(1_700_000_000, 0))
	journal := brokers.NewJournal(1000, brokers.Refuse, clock)
	n := NewNode(clock, journal, brokers.DefaultQuota(), func([]byte) string { return "" }, func(step func()) { step() })
	_, err := n.AddVHost("lab")
	must(t, err)
	must(t, n.AddUser("ann", "x"))
	for _, user := range []string{"guest", "ann"} {
		for _, vhost := range []string{"/", "lab"} {
			must(t, n.Permit(user, vhost, ".*", ".*", ".*"))
		}
	}
	return n, journal
}

// TestLimitsOfUsers: a user's connections and channels are counted in all virtual hosts,
// and nobody else's are.
func TestLimitsOfUsers(t *testing.T) {
	n, _ := newOffice(t)
	enter := func(user, vhost string) *Connection {
		t.Helper()
		c, err := n.Enter(&listener{}, vhost, user, "test")
		must(t, err)
		return c
	}
	refused := func(what string, err error) {
		t.Helper()
		if e := (*Error)(nil); !errors.As(err, &e) || e.Code != NotAllowed {
			t.Errorf("%s: %v, want it refused", what, err)
		}
	}
	n.LimitUser("ann", MaxConnections, 2)
	n.LimitUser("ann", MaxChannels, 3)
	enter("guest", "/")
	other := enter("guest", "lab")
	one, two := enter("ann", "/"), enter("ann", "lab")
	_, err := n.Enter(&listener{}, "/", "ann", "test")
	refused("a third connection of ann's", err)
	for i := range 5 {
		_, err := other.Open(i + 1)
		must(t, err)
	}
	for i, c := range []*Connection{one, two, two} {
		_, err := c.Open(i + 1)
		must(t, err)
	}
	_, err = one.Open(9)
	refused("a fourth channel of ann's", err)
	n.LimitUser("ann", MaxChannels, -1)
	_, err = one.Open(9)
	must(t, err)
	n.LimitUser("ann", MaxConnections, 0)
	_, err = n.Enter(&listener{}, "lab", "ann", "test")
	refused("a connection of one who may have none", err)
	n.UnlimitUser("ann", MaxConnections)
	enter("ann", "lab")
}

// TestLimitsOfVirtualHosts: none for a negative number, and each in its own.
func TestLimitsOfVirtualHosts(t *testing.T) {
	n, journal := newOffice(t)
	lab := n.VHost("lab")
	seq := journal.Last()
	for _, tt := range []struct {
		limit, there int
		want         bool
	}{{-1, 3, true}, {3, 2, true}, {3, 3, false}, {0, 0, false}} {
		for _, q := range lab.Queues() {
			delete(lab.queues, q.Name)
		}
		lab.Limit(MaxQueues, -1)
		for i := range tt.there {
			declare(t, lab.Setup(), fmt.Sprint("q", i))
		}
		lab.Limit(MaxQueues, tt.limit)
		if _, err := lab.Setup().DeclareQueue(QueueSpec{Name: "one more"}); (err == nil) != tt.want {
			t.Errorf("%d queues with a limit of %d: one more: %v", tt.there, tt.limit, err)
		}
		if _, err := n.VHost("/").Setup().DeclareQueue(QueueSpec{Name: fmt.Sprint("elsewhere", tt.limit)}); err != nil {
			t.Errorf("elsewhere: %v", err)
		}
	}
	lab.Unlimit(MaxQueues)
	lab.Unlimit(MaxQueues)
	var told []string
	for _, e := range journal.Since(seq) {
		if e.Kind == brokers.LimitSet {
			told = append(told, fmt.Sprint(e.Place, e.Key, e.N))
		}
	}
	if last := told[len(told)-1]; len(told) != 9 || last != "lab"+MaxQueues+"-1" {
		t.Errorf("the journal has %q, want eight limits and one that was taken away", told)
	}
}

// TestGlobalsHaveBounds: a parameter of the cluster means nothing, so there are few.
func TestGlobalsHaveBounds(t *testing.T) {
	n, _ := newOffice(t)
	for i := range maxVHosts {
		if added, err := n.SetGlobal(fmt.Sprint(i), i); err != nil || !added {
			t.Fatalf("parameter %d: added %v, %v", i, added, err)
		}
	}
	var quota *brokers.QuotaError
	if _, err := n.SetGlobal("more", 1); !errors.As(err, &quota) || len(n.Globals()) != maxVHosts {
		t.Errorf("one more: %v, there are %d", err, len(n.Globals()))
	}
	if added, err := n.SetGlobal("3", "else"); err != nil || added || n.Globals()[9].Value != any("else") {
		t.Errorf("another value: added %v, %v, %v", added, err, n.Globals())
	}
	if !n.ClearGlobal("3") || n.ClearGlobal("3") {
		t.Error("a parameter goes once")
	}
}

// TestConnectionsHaveBounds: without a limit of an administrator's, that of the lab holds.
func TestConnectionsHaveBounds(t *testing.T) {
	tb := newTable(t, func(q *brokers.Quota) { q.Connections = 2 })
	_, err := tb.Connect(&listener{}, "guest", "test")
	must(t, err)
	if _, err := tb.Connect(&listener{}, "guest", "test"); err == nil {
		t.Error("a third connection of two")
	}
}
