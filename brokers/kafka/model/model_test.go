package model

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// newTestCluster makes three nodes on a virtual clock. Their followers are a second
// behind.
func newTestCluster() (*Cluster, *brokers.VirtualClock) {
	clock := brokers.NewVirtualClock(time.Unix(1_800_000_000, 0))
	return NewCluster(Config{
		Clock: clock, Journal: brokers.NewJournal(100_000, brokers.Forget, clock), Quota: brokers.DefaultQuota(),
		Label: func(b []byte) string { return string(b) }, Run: func(step func()) { step() }, Nodes: 3, Decoded: 1 << 20,
		FollowerLag: time.Second, ReplicaLagMax: 30 * time.Second,
	}), clock
}

// batchOf makes a batch of one record, as a producer sends it.
func batchOf(value string, producer int64, sequence int32) *Batch {
	b := wire.Pack(wire.Batch{Producer: producer, Sequence: sequence}, []wire.Record{{Time: 1_800_000_000_000, Value: []byte(value)}})
	in := Intake{Limit: 1 << 20, Label: func(b []byte) string { return string(b) }}
	out, err := in.Read(b.Bytes)
	if err != nil {
		panic(err)
	}
	return out[0]
}

// values lists what a log holds.
func values(l *Log) (out []string) {
	for _, b := range l.batches {
		for i := range b.records() {
			out = append(out, b.labels.at(i))
		}
	}
	return out
}

// TestAcksWaitForFollowers: with acks=all the producer is told when the followers have
// the record, which takes the clock; with acks=1 at once.
func TestAcksWaitForFollowers(t *testing.T) {
	c, clock := newTestCluster()
	topic, err := c.CreateTopic(NewTopic{Name: "t", Partitions: 1, Replication: 3}, false)
	if err != nil {
		t.Fatal(err)
	}
	p := topic.Partitions[0]
	told := map[int16]bool{}
	for _, acks := range []int16{1, -1} {
		p.Append(Append{Acks: acks, Timeout: time.Minute, Batches: []*Batch{batchOf("x", wire.NoProducer, -1)}, Done: func(a Appended) { told[acks] = a.Err == nil }})
	}
	if !told[1] || told[-1] || p.hw != 0 {
		t.Errorf("before the followers have it: told %v, watermark %d", told, p.hw)
	}
	clock.Advance(time.Second)
	if !told[-1] || p.hw != 2 {
		t.Errorf("after: told %v, watermark %d", told, p.hw)
	}
}

// TestSlowFollower leaves the replicas in sync, and comes back when it has caught up.
func TestSlowFollower(t *testing.T) {
	c, clock := newTestCluster()
	topic, _ := c.CreateTopic(NewTopic{Name: "t", Partitions: 1, Replication: 3}, false)
	p := topic.Partitions[0]
	clock.Advance(2 * time.Second)
	c.Node(3).Lag = time.Minute
	p.Append(Append{Acks: 1, Batches: []*Batch{batchOf("x", wire.NoProducer, -1)}, Done: func(Appended) {}})
	clock.Advance(29 * time.Second)
	if !slices.Equal(p.ISR, []int32{1, 2, 3}) || p.hw != 0 {
		t.Errorf("after 29 s: in sync %v, watermark %d", p.ISR, p.hw)
	}
	clock.Advance(2 * time.Second)
	if !slices.Equal(p.ISR, []int32{1, 2}) || p.hw != 1 {
		t.Errorf("after 31 s: in sync %v, watermark %d", p.ISR, p.hw)
	}
	clock.Advance(time.Minute)
	if !slices.Equal(p.ISR, []int32{1, 2, 3}) {
		t.Errorf("when it has caught up: in sync %v", p.ISR)
	}
}

// TestSequences: a batch sent again is dropped, one that comes too early is refused.
func TestSequences(t *testing.T) {
	c, _ := newTestCluster()
	topic, _ := c.CreateTopic(NewTopic{Name: "t", Partitions: 1, Replication: 1}, false)
	p := topic.Partitions[0]
	for _, tt := range []struct {
		name     string
		sequence int32
		base     int64
		code     Code
	}{
		{"the first", 0, 0, 0},
		{"the next", 1, 1, 0},
		{"the first again", 0, 0, 0},
		{"one too early", 3, -1, OutOfOrderSequence},
		{"the third", 2, 2, 0},
	} {
		p.Append(Append{Acks: 1, Batches: []*Batch{batchOf("x", 7, tt.sequence)}, Done: func(a Appended) {
			if CodeOf(a.Err) != tt.code || a.Base != tt.base {
				t.Errorf("%s: offset %d, %v; want %d, code %d", tt.name, a.Base, a.Err, tt.base, tt.code)
			}
		}})
	}
	if got := values(p.leader()); len(got) != 3 {
		t.Errorf("the log holds %v", got)
	}
}

// TestNothingCommittedIsLost lets nodes come and go while records are written. As long as
// elections are clean, what is below the high watermark stays; the replicas in sync have
// it, logs agree with the leader's below their ends, and the cluster's counts are right.
func TestNothingCommittedIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c, clock := newTestCluster()
		topic, _ := c.CreateTopic(NewTopic{Name: "t", Partitions: 1, Replication: 3}, false)
		p := topic.Partitions[0]
		var committed []string
		n := 0
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			node := rapid.Int32Range(1, 3).Draw(rt, "node")
			switch rapid.SampledFrom([]string{"append", "append", "append", "clock", "down", "up", "move", "prefer"}).Draw(rt, "step") {
			case "append":
				value := fmt.Sprint(n)
				n++
				p.Append(Append{Acks: -1, Timeout: time.Hour, Batches: []*Batch{batchOf(value, wire.NoProducer, -1)}, Done: func(a Appended) {
					if a.Err == nil {
						committed = append(committed, value)
					}
				}})
			case "clock":
				clock.Advance(time.Duration(rapid.IntRange(0, 3).Draw(rt, "s")) * time.Second)
			case "down":
				c.NodeDown(node, "test")
			case "up":
				c.NodeUp(node, "test")
			case "move":
				_ = p.MoveLeader("test")
			case "prefer":
				_ = p.ElectPreferred()
			}
			check(rt, c, p, committed)
		}
	})
}

func check(t *rapid.T, c *Cluster, p *Partition, committed []string) {
	held := values(p.newest())
	for _, value := range committed {
		if !slices.Contains(held, value) {
			t.Fatalf("%s was committed, and is not in %v", value, held)
		}
	}
	if p.Leader == 0 {
		return
	}
	l := p.leader()
	if c.messages != len(held) || p.hw > l.end {
		t.Fatalf("the cluster counts %d messages, the log holds %d; watermark %d, end %d", c.messages, len(held), p.hw, l.end)
	}
	for _, id := range p.Replicas {
		other := p.logs[id]
		if slices.Contains(p.ISR, id) && other.end < p.hw {
			t.Fatalf("node %d is in sync and has %d of %d", id, other.end, p.hw)
		}
		if c.up(id) && other.common(l) != other.end {
			t.Fatalf("node %d has %v, its leader %v", id, values(other), held)
		}
	}
}

// TestSessionEnds: a member that is not heard of is taken out of its group.
func TestSessionEnds(t *testing.T) {
	c, clock := newTestCluster()
	join := func(member string) (joined Joined) {
		c.Join(Join{
			Group: "g", Member: member, Client: "c1", ClientID: "test", Kind: "consumer", Session: 10 * time.Second, Rebalance: 20 * time.Second,
			Protocols: []Protocol{{Name: "range"}}, Done: func(j Joined) { joined = j },
		})
		return joined
	}
	one := join("")
	c.Sync(Sync{Identity: Identity{Group: "g", Member: one.Member, Generation: one.Generation}, Done: func(Synced) {}})
	clock.Advance(9 * time.Second)
	if err := c.Heartbeat(Identity{Group: "g", Member: one.Member, Generation: one.Generation}); err != nil {
		t.Errorf("heartbeat: %v", err)
	}
	clock.Advance(9 * time.Second)
	if g := c.Group("g"); g.State() != Stable {
		t.Errorf("9 s after the heartbeat the group is %s", g.State())
	}
	clock.Advance(2 * time.Second)
	if g := c.Group("g"); g.State() != Empty || len(g.Members()) != 0 {
		t.Errorf("11 s after the heartbeat the group is %s with %d members", g.State(), len(g.Members()))
	}
	if err := c.Heartbeat(Identity{Group: "g", Member: one.Member, Generation: one.Generation}); CodeOf(err) != UnknownMemberID {
		t.Errorf("a heartbeat after that: %v", err)
	}
}

// TestStaticMember: one that comes back under its name takes its share again, and nobody
// else notices.
func TestStaticMember(t *testing.T) {
	c, _ := newTestCluster()
	var got []Joined
	join := func(instance string) {
		c.Join(Join{
			Group: "g", Instance: instance, ClientID: "test", Kind: "consumer", Session: 10 * time.Second, Rebalance: 20 * time.Second,
			Protocols: []Protocol{{Name: "range"}}, Done: func(j Joined) { got = append(got, j) },
		})
	}
	join("a")
	c.Sync(Sync{Identity: Identity{Group: "g", Member: got[0].Member, Generation: 1}, Shares: map[string][]byte{got[0].Member: []byte("share")}, Done: func(Synced) {}})
	join("a")
	if len(got) != 2 || got[1].Err != nil || got[1].Generation != 1 || got[1].Member == got[0].Member || !got[1].Skip {
		t.Fatalf("joined %+v", got)
	}
	c.Sync(Sync{Identity: Identity{Group: "g", Member: got[1].Member, Instance: "a", Generation: 1}, Done: func(s Synced) {
		if string(s.Assignment) != "share" || s.Err != nil {
			t.Errorf("synced %+v", s)
		}
	}})
	if err := c.Heartbeat(Identity{Group: "g", Member: got[0].Member, Instance: "a", Generation: 1}); CodeOf(err) != FencedInstanceID {
		t.Errorf("the one before: %v", err)
	}
}

// TestBounds: what members and committers may make the cluster keep is bounded.
func TestBounds(t *testing.T) {
	c, _ := newTestCluster()
	c.cfg.Quota.Bytes = 10_000
	if _, err := c.CreateTopic(NewTopic{Name: "t", Partitions: 20, Replication: 1}, false); err != nil {
		t.Fatal(err)
	}
	var commits []Commit
	for i := range int32(20) {
		commits = append(commits, Commit{Topic: "t", Index: i, Offset: Offset{At: 1, Metadata: string(make([]byte, 1000))}})
	}
	errs, err := c.Commit(Identity{Group: "g", Generation: -1}, "c1", commits)
	if err != nil || errs[0] != nil || CodeOf(errs[19]) != PolicyViolation {
		t.Errorf("commit: %v, %v", err, errs)
	}
	if c.offsets > 10_000 {
		t.Errorf("offsets of %d bytes are kept", c.offsets)
	}
	if err := c.DeleteGroup("g"); err != nil || c.offsets != 0 {
		t.Errorf("after the group was deleted: %v, %d bytes", err, c.offsets)
	}
	c.Join(Join{
		Group: "g", ClientID: "test", Kind: "consumer", Session: 10 * time.Second,
		Protocols: []Protocol{{Name: "range", Metadata: make([]byte, maxShare)}},
		Done: func(j Joined) {
			if CodeOf(j.Err) != GroupMaxSizeReached {
				t.Errorf("a long subscription: %v", j.Err)
			}
		},
	})
}
