package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/brokerlab/brokerlab/brokers"
)

// TestTransactions: what was aborted is not read by a reader of committed records, and
// is by one who reads all; nodes go down in between.
func TestTransactions(t *testing.T) {
	l := start(t)
	l.topic("t", 2, 3, map[string]string{"min.insync.replicas": "2"})
	cl := l.client(kgo.TransactionalID("tx"), kgo.DefaultProduceTopic("t"), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()), kgo.RetryBackoffFn(func(int) time.Duration { return 10 * time.Millisecond }))
	random := rand.New(rand.NewPCG(1, 2))
	committed := make(map[string]bool)
	for i := range 20 {
		must(t, cl.BeginTransaction())
		name := fmt.Sprintf("committed %d", i)
		commit := kgo.TryCommit
		if i%3 == 1 {
			name, commit = fmt.Sprintf("aborted %d", i), kgo.TryAbort
		}
		for j := range 4 {
			value := fmt.Sprintf("%s.%d", name, j)
			must(t, cl.ProduceSync(within(t), kgo.StringRecord(value)).FirstErr())
			if commit {
				committed[value] = true
			}
		}
		if i%5 == 4 {
			node := 1 + random.IntN(3)
			l.bounce(node)
		}
		must(t, cl.EndTransaction(within(t), commit))
	}
	for _, r := range read(t, l.client(kgo.ConsumeTopics("t"), kgo.FetchIsolationLevel(kgo.ReadCommitted())), len(committed)) {
		if !committed[string(r.Value)] {
			t.Errorf("read committed: %q", r.Value)
		}
		delete(committed, string(r.Value))
	}
	if len(committed) > 0 {
		t.Errorf("not read: %v", committed)
	}
	read(t, l.client(kgo.ConsumeTopics("t")), 80)
	if c, a := len(l.events(brokers.TxnCommit)), len(l.events(brokers.TxnAbort)); c < 13 || a < 7 {
		t.Errorf("%d commits and %d aborts in the journal", c, a)
	}
}

// TestExactlyOnce copies one topic to another with offsets in the transaction.
func TestExactlyOnce(t *testing.T) {
	l := start(t)
	l.topic("in", 2, 3, nil)
	l.topic("out", 2, 3, nil)
	producer := l.client(kgo.DefaultProduceTopic("in"))
	for i := range 50 {
		must(t, producer.ProduceSync(within(t), kgo.KeyStringRecord(fmt.Sprint(i), fmt.Sprint(i))).FirstErr())
	}
	session, err := kgo.NewGroupTransactSession(kgo.SeedBrokers(l.addrs...), kgo.TransactionalID("copy"), kgo.ConsumerGroup("g"), kgo.ConsumeTopics("in"),
		kgo.DefaultProduceTopic("out"), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RequireStableFetchOffsets())
	must(t, err)
	defer session.Close()
	copied := 0
	for round := 0; copied < 50; round++ {
		fetches := session.PollRecords(within(t), 7)
		must(t, fetches.Err())
		must(t, session.Begin())
		for _, r := range fetches.Records() {
			session.Produce(within(t), &kgo.Record{Key: r.Key, Value: r.Value}, nil)
		}
		ok, err := session.End(within(t), kgo.TransactionEndTry(round%3 != 1))
		must(t, err)
		if ok {
			copied += fetches.NumRecords()
		}
	}
	got := make(map[string]int)
	for _, r := range read(t, l.client(kgo.ConsumeTopics("out"), kgo.FetchIsolationLevel(kgo.ReadCommitted())), 50) {
		got[string(r.Value)]++
	}
	for i := range 50 {
		if got[fmt.Sprint(i)] != 1 {
			t.Errorf("record %d was copied %d times", i, got[fmt.Sprint(i)])
		}
	}
}

// TestFencing: a second producer of the same transactional id shuts out the first.
func TestFencing(t *testing.T) {
	l := start(t)
	l.topic("t", 1, 1, nil)
	first := l.client(kgo.TransactionalID("tx"), kgo.DefaultProduceTopic("t"))
	must(t, first.BeginTransaction())
	must(t, first.ProduceSync(within(t), kgo.StringRecord("zombie")).FirstErr())
	second := l.client(kgo.TransactionalID("tx"), kgo.DefaultProduceTopic("t"))
	must(t, second.BeginTransaction())
	must(t, second.ProduceSync(within(t), kgo.StringRecord("alive")).FirstErr())
	must(t, second.EndTransaction(within(t), kgo.TryCommit))
	err := first.ProduceSync(within(t), kgo.StringRecord("zombie")).FirstErr()
	if !errors.Is(err, kerr.InvalidProducerEpoch) && !errors.Is(err, kerr.ProducerFenced) && !errors.Is(err, kerr.InvalidProducerIDMapping) {
		t.Errorf("the first producer: %v, want that it is fenced", err)
	}
	if got := read(t, l.client(kgo.ConsumeTopics("t"), kgo.FetchIsolationLevel(kgo.ReadCommitted())), 1); string(got[0].Value) != "alive" {
		t.Errorf("read %q", got[0].Value)
	}
	if len(l.events(brokers.Fenced)) != 1 {
		t.Errorf("fenced: %+v", l.events(brokers.Fenced))
	}
	_ = first.AbortBufferedRecords(context.Background())
}
