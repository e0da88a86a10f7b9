package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// A beater is a client with the consumer protocol that does what it is told.
type beater struct {
	id    string
	epoch int32
	owned []Owned
}

// beat sends a heartbeat. When the answer is lost the client knows nothing of it, and next
// time says all there is to say.
func (b *beater) beat(t *testing.T, c *Cluster, lost bool) {
	t.Helper()
	out, err := c.Beat(Beat{
		Group: "g", Member: b.id, Epoch: b.epoch, Rebalance: time.Minute, Topics: []string{"t", "u"}, Owned: append([]Owned{}, b.owned...),
	})
	switch {
	case err != nil && CodeOf(err) == FencedMemberEpoch:
		b.epoch, b.owned = 0, nil
	case err != nil:
		t.Fatalf("%s at epoch %d: %v", b.id, b.epoch, err)
	case !lost:
		b.epoch = out.Epoch
		if out.Assignment != nil {
			b.owned = out.Assignment
		}
	}
}

// TestReconcile: members come and go and answers are lost, in any order; no two ever own
// the same partition, and when it is quiet they share all of them evenly.
func TestReconcile(t *testing.T) {
	for seed := range uint64(100) {
		dice := rand.New(rand.NewPCG(seed, 0))
		c := NewCluster(Config{Clock: brokers.NewVirtualClock(time.Unix(0, 0)), Journal: brokers.NewJournal(1<<20, brokers.Forget, brokers.RealClock()), Quota: brokers.DefaultQuota(), Nodes: 3, Run: func(step func()) { step() }})
		for _, topic := range []string{"t", "u"} {
			if _, err := c.CreateTopic(NewTopic{Name: topic, Partitions: 1 + dice.Int32N(8), Replication: 1}, false); err != nil {
				t.Fatal(err)
			}
		}
		var clients []*beater
		for step := range 200 {
			switch n := dice.IntN(20); {
			case n == 0 || len(clients) == 0:
				clients = append(clients, &beater{id: fmt.Sprint("m", step)})
			case n == 1:
				i := dice.IntN(len(clients))
				if _, err := c.Beat(Beat{Group: "g", Member: clients[i].id, Epoch: -1}); err != nil && clients[i].epoch > 0 {
					t.Fatal(err)
				}
				clients = slices.Delete(clients, i, i+1)
			case n == 2 && dice.IntN(4) == 0:
				_ = c.Grow("t", int32(len(c.Topic("t").Partitions))+1, nil, false)
			default:
				clients[dice.IntN(len(clients))].beat(t, c, dice.IntN(6) == 0)
			}
			ownedOnce(t, seed, clients)
		}
		for range 6 {
			for _, b := range clients {
				b.beat(t, c, false)
				ownedOnce(t, seed, clients)
			}
		}
		settled(t, seed, c, clients)
	}
}

// ownedOnce fails when two clients believe that a partition is theirs.
func ownedOnce(t *testing.T, seed uint64, clients []*beater) {
	t.Helper()
	owner := make(map[string]string)
	for _, b := range clients {
		for _, o := range b.owned {
			for _, index := range o.Partitions {
				p := fmt.Sprint(o.Topic, index)
				if owner[p] != "" {
					t.Fatalf("seed %d: %s is owned by %s and by %s", seed, p, owner[p], b.id)
				}
				owner[p] = b.id
			}
		}
	}
}

// settled fails unless the clients own all there is, as evenly as can be.
func settled(t *testing.T, seed uint64, c *Cluster, clients []*beater) {
	t.Helper()
	total := len(c.Topic("t").Partitions) + len(c.Topic("u").Partitions)
	for _, b := range clients {
		n := 0
		for _, o := range b.owned {
			n += len(o.Partitions)
		}
		if fair := total / len(clients); n != fair && n != fair+1 {
			t.Fatalf("seed %d: %s owns %d of %d partitions, and there are %d members", seed, b.id, n, total, len(clients))
		}
	}
	if state := c.Group("g").ConsumerState(); len(clients) > 0 && state != string(Stable) {
		t.Fatalf("seed %d: the group is %s", seed, state)
	}
}
