package model

import (
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// However much a client asks for, an answer carries what the brokers allow, and one batch
// at least.
func TestAnAnswerCarriesWhatTheBrokersAllow(t *testing.T) {
	c, _ := newTestCluster()
	if _, err := c.CreateTopic(NewTopic{Name: "t", Partitions: 1, Replication: 1}, false); err != nil {
		t.Fatal(err)
	}
	p, _ := c.Partition("t", 0)
	size := 0
	for range 4 {
		b := batchOf("x", wire.NoProducer, -1)
		size = len(b.Bytes)
		p.Append(Append{Acks: 1, Timeout: time.Minute, Batches: []*Batch{b}, Done: func(Appended) {}})
	}
	for most, want := range map[int]int{0: 4, 1: 1, 2*size + 1: 2, 1 << 20: 4} {
		c.MaxFetch = most
		got := 0
		c.Fetch(&Fetch{
			Session: c.NewSession(p.Leader, "c", ""), Node: p.Leader, MinBytes: 1, MaxBytes: 1 << 20, Live: func() bool { return true },
			Topics: []FetchTopic{{Name: "t", Partitions: []FetchPartition{{Index: 0, Epoch: -1, MaxBytes: 1 << 20}}}},
			Done:   func(out []wire.Fetched) { got = len(out[0].Partitions[0].Batches) },
		})
		if got != want {
			t.Errorf("%d bytes at most: %d batches, want %d", most, got, want)
		}
	}
}
