package clients

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"

	"github.com/brokerlab/brokerlab/brokers"
	miniature "github.com/brokerlab/brokerlab/brokers/kafka"
)

func (l *lab) tcp() net.Addr { return kafka.TCP(l.addrs...) }

// within is a context that ends with the test's patience.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func (l *lab) segmentioWriter(topic string, change ...func(*kafka.Writer)) *kafka.Writer {
	w := &kafka.Writer{Addr: l.tcp(), Topic: topic, BatchTimeout: 5 * time.Millisecond, RequiredAcks: kafka.RequireAll,
		Transport: &kafka.Transport{MetadataTTL: 100 * time.Millisecond}, MaxAttempts: 50, WriteBackoffMin: 20 * time.Millisecond, WriteBackoffMax: 100 * time.Millisecond}
	for _, c := range change {
		c(w)
	}
	return w
}

func segmentioMessages(values []string) (out []kafka.Message) {
	for _, v := range values {
		out = append(out, kafka.Message{Key: []byte(v), Value: []byte(v), Headers: []kafka.Header{{Key: "h", Value: []byte(v)}}})
	}
	return out
}

func segmentioTake(t *testing.T, r *kafka.Reader, n int) (values []string) {
	t.Helper()
	ctx := within(t)
	for len(values) < n {
		m, err := r.ReadMessage(ctx)
		if errors.Is(err, syscall.ECONNRESET) {
			continue // kafka-go tells of it, and goes on
		}
		must(t, err)
		values = append(values, string(m.Value))
	}
	return values
}

func TestSegmentioCompression(t *testing.T) {
	t.Parallel()
	l := start(t)
	kinds := map[string]kafka.Compression{"gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd}
	for _, acks := range []kafka.RequiredAcks{kafka.RequireNone, kafka.RequireOne, kafka.RequireAll} {
		for _, codec := range codecs {
			topic, values := fmt.Sprintf("%s-%d", codec, acks), words(codec, 200)
			l.topic(topic, 1, nil)
			w := l.segmentioWriter(topic, func(w *kafka.Writer) {
				w.RequiredAcks, w.Compression, w.BatchSize = acks, kinds[codec], len(values) // one batch: without acks two might overtake each other
			})
			must(t, w.WriteMessages(within(t), segmentioMessages(values)...))
			must(t, w.Close())
			r := kafka.NewReader(kafka.ReaderConfig{Brokers: l.addrs, Topic: topic, MaxWait: 50 * time.Millisecond})
			if got := segmentioTake(t, r, len(values)); fmt.Sprint(got) != fmt.Sprint(values) {
				t.Errorf("%s: %d values, want %d", topic, len(got), len(values))
			}
			must(t, r.Close())
		}
	}
}

// TestSegmentioSeek: a reader goes to a moment and to an offset.
func TestSegmentioSeek(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("seek", 1, nil)
	w := l.segmentioWriter("seek")
	day := yesterday()
	for i := range 10 {
		must(t, w.WriteMessages(within(t), kafka.Message{Value: fmt.Append(nil, i), Time: day.Add(time.Duration(i) * time.Hour)}))
	}
	must(t, w.Close())
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: l.addrs, Topic: "seek", MaxWait: 50 * time.Millisecond})
	must(t, r.SetOffsetAt(within(t), day.Add(3*time.Hour+time.Minute)))
	same(t, "by time", segmentioTake(t, r, 2), []string{"4", "5"})
	must(t, r.SetOffset(8))
	same(t, "by offset", segmentioTake(t, r, 2), []string{"8", "9"})
	if lag, err := r.ReadLag(within(t)); err != nil || lag != 0 {
		t.Errorf("lag: %d %v", lag, err)
	}
	must(t, r.Close())
}

func (l *lab) segmentioMember(topic, group string) *kafka.Reader {
	return kafka.NewReader(kafka.ReaderConfig{Brokers: l.addrs, GroupID: group, Topic: topic, MaxWait: 50 * time.Millisecond, MaxAttempts: 1000,
		HeartbeatInterval: 50 * time.Millisecond, JoinGroupBackoff: 50 * time.Millisecond, StartOffset: kafka.FirstOffset, Logger: quiet, ErrorLogger: quiet})
}

// TestSegmentioGroup: two members read everything once; who comes later begins where
// the group was.
func TestSegmentioGroup(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("shared", 6, nil)
	w := l.segmentioWriter("shared")
	values := words("shared", 300)
	must(t, w.WriteMessages(within(t), segmentioMessages(values)...))
	var mu sync.Mutex
	got := make(map[string]bool)
	ctx, cancel := context.WithCancel(within(t))
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			r := l.segmentioMember("shared", "g")
			for {
				m, err := r.FetchMessage(ctx)
				if err != nil {
					break
				}
				if r.CommitMessages(ctx, m) != nil {
					continue // another has it now, and reads it again
				}
				mu.Lock()
				got[string(m.Value)] = true
				mu.Unlock()
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	until(t, "everything", func() bool { mu.Lock(); defer mu.Unlock(); return len(got) >= len(values) })
	cancel()
	readers.Wait()
	for _, v := range values {
		if !got[v] {
			t.Errorf("%q was not read", v)
		}
	}
	more := words("more", 10)
	must(t, w.WriteMessages(within(t), segmentioMessages(more)...))
	must(t, w.Close())
	r := l.segmentioMember("shared", "g")
	same(t, "more", segmentioTake(t, r, len(more)), more)
	must(t, r.Close())
}

func TestSegmentioNodeDown(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("orders", 1, map[string]string{"min.insync.replicas": "2"})
	w := l.segmentioWriter("orders", func(w *kafka.Writer) { w.BatchSize = 5 })
	values := words("order", 100)
	for i := 0; i < len(values); i += 5 {
		if i == 50 {
			l.leaderDown("orders/0", 300*time.Millisecond)
		}
		must(t, w.WriteMessages(within(t), segmentioMessages(values[i:i+5])...))
	}
	must(t, w.Close())
	r := l.segmentioMember("orders", "readers")
	seen := map[string]bool{}
	for _, v := range segmentioTake(t, r, len(values)) {
		seen[v] = true
	}
	must(t, r.Close())
	if len(seen) < len(values)-5 { // kafka-go has no idempotence: a batch may be there twice
		t.Errorf("%d values of %d", len(seen), len(values))
	}
}

func TestSegmentioAdmin(t *testing.T) {
	t.Parallel()
	l := start(t)
	c, ctx := &kafka.Client{Addr: l.tcp()}, within(t)
	made, err := c.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{
		{Topic: "made", NumPartitions: 2, ReplicationFactor: 3, ConfigEntries: []kafka.ConfigEntry{{ConfigName: "cleanup.policy", ConfigValue: "compact"}}},
		{Topic: "bad", NumPartitions: 2, ReplicationFactor: 3, ConfigEntries: []kafka.ConfigEntry{{ConfigName: "cleanup.policy", ConfigValue: "never"}}}}})
	must(t, err)
	if made.Errors["made"] != nil || !errors.Is(made.Errors["bad"], kafka.InvalidConfiguration) {
		t.Errorf("create: %v", made.Errors)
	}
	grown, err := c.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: "made", Count: 4}}})
	must(t, err)
	must(t, grown.Errors["made"])
	altered, err := c.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{Resources: []kafka.IncrementalAlterConfigsRequestResource{
		{ResourceType: kafka.ResourceTypeTopic, ResourceName: "made", Configs: []kafka.IncrementalAlterConfigsRequestConfig{
			{Name: "cleanup.policy", Value: "delete", ConfigOperation: kafka.ConfigOperationAppend}}}}})
	must(t, err)
	must(t, altered.Resources[0].Error)
	described, err := c.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{
		{ResourceType: kafka.ResourceTypeTopic, ResourceName: "made", ConfigNames: []string{"cleanup.policy"}}}})
	must(t, err)
	if e := described.Resources[0].ConfigEntries; len(e) != 1 || e[0].ConfigValue != "compact,delete" {
		t.Errorf("policy: %+v", e)
	}
	c = &kafka.Client{Addr: l.tcp(), Transport: &kafka.Transport{}} // the other one remembers what it has seen
	meta, err := c.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{"made"}})
	must(t, err)
	if len(meta.Brokers) != 3 || len(meta.Topics) != 1 || len(meta.Topics[0].Partitions) != 4 || len(meta.Topics[0].Partitions[0].Isr) != 3 {
		t.Errorf("metadata: %+v", meta)
	}
	written, err := c.Produce(ctx, &kafka.ProduceRequest{Topic: "made", Partition: 1, RequiredAcks: kafka.RequireAll,
		Records: kafka.NewRecordReader(kafka.Record{Key: kafka.NewBytes([]byte("k")), Value: kafka.NewBytes([]byte("hello"))})})
	must(t, err)
	must(t, written.Error)
	offsets, err := c.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{
		"made": {kafka.FirstOffsetOf(1), kafka.LastOffsetOf(1)}}})
	must(t, err)
	if o := offsets.Topics["made"][0]; o.FirstOffset != 0 || o.LastOffset != 1 {
		t.Errorf("offsets: %+v", o)
	}
	committed, err := c.OffsetCommit(ctx, &kafka.OffsetCommitRequest{GroupID: "g", GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{
		"made": {{Partition: 1, Offset: 1, Metadata: "by hand"}}}})
	must(t, err)
	must(t, committed.Topics["made"][0].Error)
	fetched, err := c.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: "g", Topics: map[string][]int{"made": {0, 1}}})
	must(t, err)
	if o := fetched.Topics["made"]; o[0].CommittedOffset != -1 || o[1].CommittedOffset != 1 || o[1].Metadata != "by hand" {
		t.Errorf("committed: %+v", o)
	}
	listed, err := c.ListGroups(ctx, &kafka.ListGroupsRequest{})
	must(t, err)
	groups, err := c.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{"g"}})
	must(t, err)
	if len(listed.Groups) != 1 || groups.Groups[0].GroupState != "Empty" {
		t.Errorf("groups: %+v %+v", listed, groups)
	}
	forgotten, err := c.OffsetDelete(ctx, &kafka.OffsetDeleteRequest{GroupID: "g", Topics: map[string][]int{"made": {1}}})
	must(t, err)
	must(t, forgotten.Error)
	gone, err := c.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{"g"}})
	must(t, err)
	must(t, gone.Errors["g"])
	elected, err := c.ElectLeaders(ctx, &kafka.ElectLeadersRequest{Topic: "made", Partitions: []int{0}})
	must(t, err)
	if r := elected.PartitionResults; len(r) != 1 || !errors.Is(r[0].Error, kafka.ElectionNotNeeded) {
		t.Errorf("elect: %+v", elected)
	}
	deleted, err := c.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{"made"}})
	must(t, err)
	must(t, deleted.Errors["made"])
}

// TestSegmentioTransaction: kafka-go has the requests of a transaction, one by one.
func TestSegmentioTransaction(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("out", 1, nil)
	c, ctx := &kafka.Client{Addr: l.tcp()}, within(t)
	init := func() *kafka.ProducerSession {
		r, err := c.InitProducerID(ctx, &kafka.InitProducerIDRequest{TransactionalID: "t", TransactionTimeoutMs: 60000, ProducerID: -1, ProducerEpoch: -1})
		must(t, err)
		must(t, r.Error)
		return r.Producer
	}
	one := init()
	add := func(p *kafka.ProducerSession) error {
		r, err := c.AddPartitionsToTxn(ctx, &kafka.AddPartitionsToTxnRequest{TransactionalID: "t", ProducerID: p.ProducerID, ProducerEpoch: p.ProducerEpoch,
			Topics: map[string][]kafka.AddPartitionToTxn{"out": {{Partition: 0}}}})
		must(t, err)
		return r.Topics["out"][0].Error
	}
	must(t, add(one))
	offsets, err := c.AddOffsetsToTxn(ctx, &kafka.AddOffsetsToTxnRequest{TransactionalID: "t", ProducerID: one.ProducerID, ProducerEpoch: one.ProducerEpoch, GroupID: "g"})
	must(t, err)
	must(t, offsets.Error)
	commit, err := c.TxnOffsetCommit(ctx, &kafka.TxnOffsetCommitRequest{TransactionalID: "t", GroupID: "g", ProducerID: one.ProducerID, ProducerEpoch: one.ProducerEpoch,
		GenerationID: -1, Topics: map[string][]kafka.TxnOffsetCommit{"out": {{Partition: 0, Offset: 0}}}})
	must(t, err)
	must(t, commit.Topics["out"][0].Error)
	end, err := c.EndTxn(ctx, &kafka.EndTxnRequest{TransactionalID: "t", ProducerID: one.ProducerID, ProducerEpoch: one.ProducerEpoch, Committed: true})
	must(t, err)
	must(t, end.Error)
	two := init()
	if two.ProducerID != one.ProducerID || two.ProducerEpoch != one.ProducerEpoch+1 {
		t.Errorf("the second has %+v, the first had %+v", two, one)
	}
	if err := add(one); !errors.Is(err, kafka.ProducerFenced) {
		t.Errorf("the fenced producer: %v", err)
	}
	if markers := l.events(brokers.TxnCommit); len(markers) == 0 {
		t.Error("no marker of the commit")
	}
}

func TestSegmentioSASL(t *testing.T) {
	t.Parallel()
	l := start(t, func(c *miniature.Config) { c.Users = map[string]string{"alice": "secret"} })
	l.topic("t", 1, nil)
	as := func(password string) *kafka.Transport {
		return &kafka.Transport{SASL: plain.Mechanism{Username: "alice", Password: password}}
	}
	w := l.segmentioWriter("t", func(w *kafka.Writer) { w.Transport = as("secret") })
	must(t, w.WriteMessages(within(t), kafka.Message{Value: []byte("hello")}))
	must(t, w.Close())
	c := &kafka.Client{Addr: l.tcp(), Transport: as("wrong")}
	if _, err := c.Metadata(within(t), &kafka.MetadataRequest{}); !errors.Is(err, kafka.SASLAuthenticationFailed) {
		t.Errorf("wrong password: %v", err)
	}
}
