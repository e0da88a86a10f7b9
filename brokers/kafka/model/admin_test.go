package model

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// TestFaultsWhileReplicasMove takes a node down while replicas move: a reader is given what
// the watermark lets through, and between its records a fault may fall. The partition stays
// whole, and has a leader again when the node is back.
func TestFaultsWhileReplicasMove(t *testing.T) {
	fell := 0
	for _, to := range [][]int32{{3}, {2}, {1, 3}, {2, 3}, {3, 2}, {2, 1}, {2, 3, 1}} {
		for node := int32(1); node <= 3; node++ {
			for at := range 3 {
				if moveWithFault(t, to, node, at) {
					fell++
				}
			}
		}
	}
	if fell < 10 {
		t.Errorf("%d faults fell while replicas moved", fell)
	}
}

// moveWithFault moves a partition of nodes 1 and 2; the node goes down before a record is
// read. It reports whether it did.
func moveWithFault(t *testing.T, to []int32, node int32, at int) (fell bool) {
	t.Helper()
	c, clock := newTestCluster()
	topic, err := c.CreateTopic(NewTopic{Name: "t", Assignment: map[int32][]int32{0: {1, 2}}}, false)
	if err != nil {
		t.Fatal(err)
	}
	p := topic.Partitions[0]
	var add func(acks int16)
	add = func(acks int16) {
		p.Append(Append{Acks: acks, Timeout: time.Minute, Batches: []*Batch{batchOf("x", wire.NoProducer, -1)}, Done: func(Appended) {
			if acks == -1 {
				add(1) // whoever is told goes on at once
			}
		}})
	}
	for range 3 {
		add(-1)
	}
	n := 0
	c.Fetch(&Fetch{
		Client: "c1", Session: c.NewSession(1, "c1", ""), Node: 1, MinBytes: 1, MaxBytes: 1000, MaxWait: time.Minute, Done: func([]wire.Fetched) {},
		Topics: []FetchTopic{{Name: "t", Partitions: []FetchPartition{{Epoch: -1, MaxBytes: 1000}}}},
		Live: func() bool {
			if n++; n == at+1 {
				c.NodeDown(node, "injected")
				fell = true
			}
			return true
		},
	})
	err = p.Reassign(to)
	c.NodeUp(node, "injected")
	clock.Advance(time.Minute)
	want := to
	if err != nil {
		want = []int32{1, 2}
	}
	if !slices.Equal(p.Replicas, want) || len(p.logs) != len(want) || !slices.Contains(want, p.Leader) || len(p.ISR) != len(want) {
		t.Errorf("to %v, node %d goes at record %d (%v): replicas %v, leader %d, in sync %v, %d logs", to, node, at, err, p.Replicas, p.Leader, p.ISR, len(p.logs))
		return fell
	}
	for _, id := range want {
		if got := p.logs[id].end; got != p.hw {
			t.Errorf("to %v, node %d goes at record %d: the log of node %d ends at %d, the watermark is %d", to, node, at, id, got, p.hw)
		}
	}
	return fell
}

// TestWhoIsToldGoesOn has everybody who is told that a transaction has ended begin the
// next one at once: each end is told once.
func TestWhoIsToldGoesOn(t *testing.T) {
	c, clock := newTestCluster()
	topic, err := c.CreateTopic(NewTopic{Name: "t", Partitions: 1, Replication: 3}, false)
	if err != nil {
		t.Fatal(err)
	}
	p := topic.Partitions[0]
	var begin func(id string, left int)
	begin = func(id string, left int) {
		c.InitTransactional(id, "c1", time.Minute, -1, -1, func(tx *Transaction, err error) {
			if err != nil {
				t.Fatal(err)
			}
			if err := c.AddPartition(id, tx.Producer, tx.Epoch, "t", 0); err != nil {
				t.Fatal(err)
			}
			c.EndTransaction(id, tx.Producer, tx.Epoch, true, func(err error) {
				if err != nil {
					t.Fatal(err)
				}
				if left > 0 {
					begin(id, left-1)
				}
			})
		})
	}
	for _, id := range []string{"a", "b", "c"} {
		begin(id, 5)
	}
	// A follower that is no longer waited for lets a whole batch of markers through at once.
	for range 20 {
		clock.Advance(time.Second)
		for _, tx := range c.Transactions() {
			if tx.unwritten < 0 {
				t.Fatalf("transaction %s waits for %d markers", tx.ID, tx.unwritten)
			}
		}
	}
	if len(p.pending) > 0 || p.hw != 18 {
		t.Errorf("%d markers on the way, watermark %d", len(p.pending), p.hw)
	}
}

// TestRecordsInPartOfABatch: an offset inside a batch parts it. A log that was cut and grew
// again has other batches than the one that a member has read.
func TestRecordsInPartOfABatch(t *testing.T) {
	rs := make([]wire.Record, 5)
	in := Intake{Limit: 1 << 20, Label: func(b []byte) string { return string(b) }}
	out, err := in.Read(wire.Pack(wire.Batch{Producer: wire.NoProducer, Sequence: -1}, func() []wire.Record {
		for i := range rs {
			rs[i] = wire.Record{Delta: int32(i), Value: []byte("x")}
		}
		return rs
	}()).Bytes)
	if err != nil {
		t.Fatal(err)
	}
	var l Log
	out[0].Place(0, 0)
	l.append(out[0])
	for _, want := range []struct{ from, to, n int }{{0, 5, 5}, {0, 3, 3}, {2, 3, 1}, {2, 9, 3}, {4, 4, 0}} {
		if n := l.recordsIn(int64(want.from), int64(want.to)); n != want.n {
			t.Errorf("from %d to %d: %d records, not %d", want.from, want.to, n, want.n)
		}
	}
}

// TestNamesThatCollide makes topics whose names differ in dots and underscores only, which
// Kafka refuses.
func TestNamesThatCollide(t *testing.T) {
	c, _ := newTestCluster()
	for _, name := range []string{"a.b_c", "abc", "a-b-c"} {
		if _, err := c.CreateTopic(NewTopic{Name: name, Partitions: 1, Replication: 1}, false); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a_b_c", "a.b.c", "a_b.c"} {
		_, err := c.CreateTopic(NewTopic{Name: name, Partitions: 1, Replication: 1}, true)
		want := "Topic '" + name + "' collides with existing topics: a.b_c"
		var e *Error
		if !errors.As(err, &e) || e.Code != InvalidTopic || e.Text != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
