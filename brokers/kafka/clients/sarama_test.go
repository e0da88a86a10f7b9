package clients

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
)

// saramaConfig is sarama as for the newest Kafka that it knows.
func saramaConfig(change ...func(*sarama.Config)) *sarama.Config {
	cfg := sarama.NewConfig()
	cfg.Version = sarama.MaxVersion
	cfg.Producer.Return.Successes, cfg.Consumer.MaxWaitTime = true, 50*time.Millisecond
	cfg.Producer.Transaction.Retry.Backoff, cfg.Producer.Transaction.Retry.Max = 5*time.Millisecond, 10_000
	cfg.Consumer.Offsets.Initial = sarama.OffsetOldest
	cfg.Metadata.Retry.Backoff, cfg.Producer.Retry.Backoff, cfg.Producer.Retry.Max = 50*time.Millisecond, 50*time.Millisecond, 1000
	cfg.Metadata.Retry.Max = 1000
	for _, c := range change {
		c(cfg)
	}
	return cfg
}

func saramaSend(t *testing.T, l *lab, topic string, values []string, change ...func(*sarama.Config)) {
	t.Helper()
	p, err := sarama.NewSyncProducer(l.addrs, saramaConfig(change...))
	must(t, err)
	var messages []*sarama.ProducerMessage
	for _, v := range values {
		messages = append(messages, &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(v), Value: sarama.StringEncoder(v),
			Headers: []sarama.RecordHeader{{Key: []byte("h"), Value: []byte(v)}}})
	}
	must(t, p.SendMessages(messages))
	must(t, p.Close())
}

// saramaRead reads n values of all partitions, without a group.
func saramaRead(t *testing.T, l *lab, topic string, n int, change ...func(*sarama.Config)) (values []string) {
	t.Helper()
	c, err := sarama.NewConsumer(l.addrs, saramaConfig(change...))
	must(t, err)
	defer c.Close() //nolint:errcheck // it has been read
	partitions, err := c.Partitions(topic)
	must(t, err)
	come := make(chan *sarama.ConsumerMessage)
	for _, p := range partitions {
		pc, err := c.ConsumePartition(topic, p, sarama.OffsetOldest)
		must(t, err)
		defer pc.AsyncClose()
		go func() {
			for m := range pc.Messages() {
				come <- m
			}
		}()
	}
	for end := time.After(patience); len(values) < n; {
		select {
		case m := <-come:
			values = append(values, string(m.Value))
		case <-end:
			t.Fatalf("%s: %d values have come, want %d", topic, len(values), n)
		}
	}
	return values
}

func TestSaramaCompression(t *testing.T) {
	t.Parallel()
	l := start(t)
	kinds := map[string]sarama.CompressionCodec{"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP,
		"snappy": sarama.CompressionSnappy, "lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD}
	for _, acks := range []sarama.RequiredAcks{sarama.NoResponse, sarama.WaitForLocal, sarama.WaitForAll} {
		for _, codec := range codecs {
			topic, values := fmt.Sprintf("%s-%d", codec, acks), words(codec, 200)
			l.topic(topic, 3, nil)
			saramaSend(t, l, topic, values, func(c *sarama.Config) {
				c.Producer.RequiredAcks, c.Producer.Compression = acks, kinds[codec]
			})
			same(t, topic, saramaRead(t, l, topic, len(values)), values)
		}
	}
}

// TestSaramaVersions: sarama as it is configured by default, and as for Kafka 2.1, the
// oldest that Kafka 4 serves.
func TestSaramaVersions(t *testing.T) {
	t.Parallel()
	l := start(t)
	for _, v := range []sarama.KafkaVersion{sarama.V2_1_0_0, sarama.DefaultVersion, sarama.V3_9_0_0, sarama.MaxVersion} {
		topic, values := "v"+v.String(), words(v.String(), 50)
		l.topic(topic, 2, nil)
		old := func(c *sarama.Config) { c.Version = v }
		saramaSend(t, l, topic, values, old)
		same(t, topic, saramaRead(t, l, topic, len(values), old), values)
		g := saramaJoin(t, l, topic, "group-"+topic, old)
		same(t, topic, g.take(t, len(values)), values)
		g.leave(t)
	}
}

func idempotent(c *sarama.Config) {
	c.Producer.Idempotent, c.Producer.RequiredAcks, c.Net.MaxOpenRequests = true, sarama.WaitForAll, 1
}

// TestSaramaNodeDown: a leader goes while sarama writes with idempotence; each value is
// there once.
func TestSaramaNodeDown(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("orders", 1, map[string]string{"min.insync.replicas": "2"})
	p, err := sarama.NewAsyncProducer(l.addrs, saramaConfig(idempotent, func(c *sarama.Config) { c.Producer.Flush.MaxMessages = 10 }))
	must(t, err)
	values := words("order", 500)
	go func() {
		for i, v := range values {
			if i == 200 {
				l.leaderDown("orders/0", 300*time.Millisecond)
			}
			p.Input() <- &sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder(v)}
		}
	}()
	for range values {
		select {
		case <-p.Successes():
		case err := <-p.Errors():
			t.Fatal(err)
		}
	}
	must(t, p.Close())
	if got := saramaRead(t, l, "orders", len(values)); fmt.Sprint(got) != fmt.Sprint(values) {
		t.Errorf("not each value once and in order: %d, want %d", len(got), len(values))
	}
	if elected := l.events(brokers.Elected); len(elected) < 2 {
		t.Errorf("elections: %+v", elected)
	}
}

// A saramaGroup is one member of a group.
type saramaGroup struct {
	group  sarama.ConsumerGroup
	come   chan *sarama.ConsumerMessage
	cancel context.CancelFunc
	ended  sync.WaitGroup
	mu     sync.Mutex
	claims map[string][]int32
	setups int
}

func (g *saramaGroup) Setup(s sarama.ConsumerGroupSession) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.claims = s.Claims()
	g.setups++
	return nil
}
func (*saramaGroup) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (g *saramaGroup) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for m := range claim.Messages() {
		select {
		case g.come <- m:
			s.MarkMessage(m, "seen")
		case <-s.Context().Done():
			return nil
		}
	}
	return nil
}

func (g *saramaGroup) owns(topic string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.claims[topic])
}

func (g *saramaGroup) take(t *testing.T, n int) (values []string) {
	t.Helper()
	for end := time.After(patience); len(values) < n; {
		select {
		case m := <-g.come:
			values = append(values, string(m.Value))
		case <-end:
			t.Fatalf("%d values have come, want %d", len(values), n)
		}
	}
	return values
}

func (g *saramaGroup) leave(t *testing.T) {
	t.Helper()
	g.cancel()
	g.ended.Wait()
	must(t, g.group.Close())
}

func saramaJoin(t *testing.T, l *lab, topic, name string, change ...func(*sarama.Config)) *saramaGroup {
	t.Helper()
	cfg := saramaConfig(change...)
	cfg.Consumer.Group.Rebalance.Retry.Backoff, cfg.Consumer.Group.Rebalance.Retry.Max = 50*time.Millisecond, 1000
	cfg.Consumer.Group.Heartbeat.Interval = 100 * time.Millisecond
	group, err := sarama.NewConsumerGroup(l.addrs, name, cfg)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	g := &saramaGroup{group: group, come: make(chan *sarama.ConsumerMessage), cancel: cancel}
	g.ended.Go(func() {
		for ctx.Err() == nil {
			if err := group.Consume(ctx, []string{topic}, g); err != nil && !errors.Is(err, sarama.ErrClosedConsumerGroup) && ctx.Err() == nil {
				t.Errorf("%s: consume: %v", name, err)
				return
			}
		}
	})
	return g
}

// until waits for what has to come true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: that has not come", what)
		}
	}
}

// TestSaramaGroup: two members share six partitions by each strategy; one leaves, and
// the other has them all; a third begins where the group was.
func TestSaramaGroup(t *testing.T) {
	t.Parallel()
	l := start(t)
	for name, strategy := range map[string]sarama.BalanceStrategy{"range": sarama.NewBalanceStrategyRange(),
		"roundrobin": sarama.NewBalanceStrategyRoundRobin(), "sticky": sarama.NewBalanceStrategySticky()} {
		t.Run(name, func(t *testing.T) {
			l.topic(name, 6, nil)
			by := func(c *sarama.Config) {
				c.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{strategy}
			}
			one := saramaJoin(t, l, name, name, by)
			until(t, "alone", func() bool { return one.owns(name) == 6 })
			two := saramaJoin(t, l, name, name, by)
			until(t, "shared", func() bool { return one.owns(name) == 3 && two.owns(name) == 3 })
			values := words(name, 120)
			saramaSend(t, l, name, values)
			var all []string
			for end := time.After(patience); len(all) < len(values); {
				select {
				case m := <-one.come:
					all = append(all, string(m.Value))
				case m := <-two.come:
					all = append(all, string(m.Value))
				case <-end:
					t.Fatalf("%d values have come, want %d", len(all), len(values))
				}
			}
			same(t, name, all, values)
			two.leave(t)
			until(t, "alone again", func() bool { return one.owns(name) == 6 })
			one.leave(t)
			more := words(name+" more", 10)
			saramaSend(t, l, name, more)
			three := saramaJoin(t, l, name, name, by)
			same(t, name+" more", three.take(t, len(more)), more)
			three.leave(t)
		})
	}
}

// TestSaramaStaticMember: a member with an instance id comes back and nothing is shared anew.
func TestSaramaStaticMember(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("static", 4, nil)
	as := func(id string) func(*sarama.Config) {
		return func(c *sarama.Config) { c.Consumer.Group.InstanceId = id }
	}
	one, two := saramaJoin(t, l, "static", "g", as("one")), saramaJoin(t, l, "static", "g", as("two"))
	until(t, "shared", func() bool { return one.owns("static") == 2 && two.owns("static") == 2 })
	before := len(l.events(brokers.Rebalancing))
	two.leave(t)
	two = saramaJoin(t, l, "static", "g", as("two"))
	until(t, "back", func() bool { return two.owns("static") == 2 })
	if n := len(l.events(brokers.Rebalancing)); n != before {
		t.Errorf("%d rebalances, want %d: a static member that comes back changes nothing", n, before)
	}
	one.leave(t)
	two.leave(t)
}

func TestSaramaTransactions(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("in", 1, nil)
	l.topic("out", 2, nil)
	saramaSend(t, l, "in", words("in", 5))
	txn := func(c *sarama.Config) {
		idempotent(c)
		c.Producer.Transaction.ID, c.Producer.Retry.Max = "mover", 3
	}
	p, err := sarama.NewSyncProducer(l.addrs, saramaConfig(txn))
	must(t, err)
	send := func(p sarama.SyncProducer, value string) error {
		_, _, err := p.SendMessage(&sarama.ProducerMessage{Topic: "out", Key: sarama.StringEncoder(value), Value: sarama.StringEncoder(value)})
		return err
	}
	for i, end := range []func() error{p.CommitTxn, p.AbortTxn, p.CommitTxn} {
		must(t, p.BeginTxn())
		for j := range 3 {
			must(t, send(p, fmt.Sprintf("%d-%d", i, j)))
		}
		offsets := map[string][]*sarama.PartitionOffsetMetadata{"in": {{Partition: 0, Offset: int64(i) + 1}}}
		must(t, p.AddOffsetsToTxn(offsets, "movers"))
		must(t, end())
	}
	committed := func(c *sarama.Config) { c.Consumer.IsolationLevel = sarama.ReadCommitted }
	same(t, "read committed", saramaRead(t, l, "out", 6, committed), []string{"0-0", "0-1", "0-2", "2-0", "2-1", "2-2"})
	if got := saramaRead(t, l, "out", 9); len(got) != 9 {
		t.Errorf("read uncommitted: %q", got)
	}
	admin, err := sarama.NewClusterAdmin(l.addrs, saramaConfig())
	must(t, err)
	offsets, err := admin.ListConsumerGroupOffsets("movers", map[string][]int32{"in": {0}})
	must(t, err)
	if got := offsets.GetBlock("in", 0); got.Offset != 3 {
		t.Errorf("committed in the transaction: %d, want 3", got.Offset)
	}
	must(t, admin.Close())

	must(t, p.BeginTxn())
	must(t, send(p, "never seen"))
	second, err := sarama.NewSyncProducer(l.addrs, saramaConfig(txn)) // fences the first
	must(t, err)
	must(t, second.BeginTxn())
	must(t, send(second, "second"))
	must(t, second.CommitTxn())
	if err := errors.Join(send(p, "zombie"), p.CommitTxn()); err == nil {
		t.Error("the fenced producer goes on")
	}
	same(t, "after fencing", saramaRead(t, l, "out", 7, committed), []string{"0-0", "0-1", "0-2", "2-0", "2-1", "2-2", "second"})
	must(t, second.Close())
	_ = p.Close()
}

func TestSaramaAdmin(t *testing.T) {
	t.Parallel()
	l := start(t)
	a, err := sarama.NewClusterAdmin(l.addrs, saramaConfig())
	must(t, err)
	defer a.Close() //nolint:errcheck // the test is over
	day := "86400000"
	must(t, a.CreateTopic("made", &sarama.TopicDetail{NumPartitions: 3, ReplicationFactor: 2, ConfigEntries: map[string]*string{"retention.ms": &day}}, false))
	if err := a.CreateTopic("made", &sarama.TopicDetail{NumPartitions: 3, ReplicationFactor: 2}, false); !errors.Is(err, sarama.ErrTopicAlreadyExists) {
		t.Errorf("twice: %v", err)
	}
	if err := a.CreateTopic("many", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 4}, false); !errors.Is(err, sarama.ErrInvalidReplicationFactor) {
		t.Errorf("four replicas: %v", err)
	}
	if err := a.CreateTopic("bad name", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false); !errors.Is(err, sarama.ErrInvalidTopic) {
		t.Errorf("bad name: %v", err)
	}
	must(t, a.CreatePartitions("made", 5, nil, false))
	if err := a.CreatePartitions("made", 2, nil, false); !errors.Is(err, sarama.ErrInvalidPartitions) {
		t.Errorf("fewer partitions: %v", err)
	}
	topics, err := a.ListTopics()
	must(t, err)
	if made := topics["made"]; made.NumPartitions != 5 || made.ReplicationFactor != 2 || *made.ConfigEntries["retention.ms"] != day || len(made.ConfigEntries) != 1 {
		t.Errorf("topic: %+v", made)
	}
	hour, two := "3600000", "2"
	must(t, a.IncrementalAlterConfig(sarama.TopicResource, "made", map[string]sarama.IncrementalAlterConfigsEntry{
		"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &hour}}, false))
	must(t, a.AlterConfig(sarama.TopicResource, "made", map[string]*string{"min.insync.replicas": &two}, false))
	entries, err := a.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: "made"})
	must(t, err)
	for _, e := range entries {
		switch {
		case e.Name == "retention.ms" && (e.Value != "604800000" || e.Source != sarama.SourceDefault):
			t.Errorf("AlterConfigs leaves what it does not name: %+v", e)
		case e.Name == "min.insync.replicas" && (e.Value != "2" || e.Source != sarama.SourceTopic):
			t.Errorf("min.insync.replicas: %+v", e)
		}
	}
	brokersNow, controller, err := a.DescribeCluster()
	must(t, err)
	if len(brokersNow) != 3 || controller < 1 || controller > 3 {
		t.Errorf("cluster: %v, controller %d", brokersNow, controller)
	}
	must(t, a.AlterPartitionReassignments("made", [][]int32{{1}, {2}, {3}, {1, 3}, {2, 1}}))
	described, err := a.DescribeTopics([]string{"made", "absent"})
	must(t, err)
	for _, d := range described {
		if d.Name == "absent" && !errors.Is(d.Err, sarama.ErrUnknownTopicOrPartition) {
			t.Errorf("absent: %v", d.Err)
		}
		if d.Name == "made" && fmt.Sprint(d.Partitions[4].Replicas) != "[2 1]" {
			t.Errorf("moved: %v", d.Partitions[4].Replicas)
		}
	}
	moving, err := a.ListPartitionReassignments("made", []int32{0, 1})
	must(t, err)
	if len(moving) != 0 {
		t.Errorf("still moving: %v", moving)
	}
	elected, err := a.ElectLeaders(sarama.PreferredElection, map[string][]int32{"made": {0, 3}})
	must(t, err)
	if e := elected["made"][0]; e == nil || !errors.Is(e.ErrorCode, sarama.ErrElectionNotNeeded) {
		t.Errorf("elected: %+v", e)
	}
	must(t, a.DeleteTopic("made"))
	if err := a.DeleteTopic("made"); !errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		t.Errorf("delete twice: %v", err)
	}
}

func TestSaramaAdminOfGroups(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("read", 2, nil)
	values := words("read", 20)
	saramaSend(t, l, "read", values)
	g := saramaJoin(t, l, "read", "readers")
	same(t, "read", g.take(t, len(values)), values)
	a, err := sarama.NewClusterAdmin(l.addrs, saramaConfig())
	must(t, err)
	defer a.Close() //nolint:errcheck // the test is over
	groups, err := a.DescribeConsumerGroups([]string{"readers", "nobody"})
	must(t, err)
	for _, d := range groups {
		switch {
		case d.GroupId == "readers" && (d.State != "Stable" || d.ProtocolType != "consumer" || len(d.Members) != 1):
			t.Errorf("readers: %+v", d)
		case d.GroupId == "nobody" && d.State != "Dead":
			t.Errorf("nobody: %+v", d)
		}
	}
	if err := a.DeleteConsumerGroup("readers"); !errors.Is(err, sarama.ErrNonEmptyGroup) {
		t.Errorf("delete with members: %v", err)
	}
	g.leave(t)
	if list, err := a.ListConsumerGroups(); err != nil || list["readers"] != "consumer" {
		t.Errorf("list: %v %v", list, err)
	}
	offsets, err := a.ListConsumerGroupOffsets("readers", nil)
	must(t, err)
	if n := offsets.GetBlock("read", 0).Offset + offsets.GetBlock("read", 1).Offset; n != 20 || offsets.GetBlock("read", 0).Metadata != "seen" {
		t.Errorf("committed: %+v", offsets.Blocks)
	}
	must(t, a.DeleteConsumerGroupOffset("readers", "read", 1))
	must(t, a.DeleteRecords("read", map[int32]int64{0: 4}))
	if err := a.DeleteRecords("read", map[int32]int64{0: 400}); err == nil {
		t.Error("records that are not there were deleted")
	}
	client, err := sarama.NewClient(l.addrs, saramaConfig())
	must(t, err)
	defer client.Close() //nolint:errcheck // the test is over
	for at, want := range map[int64]int64{sarama.OffsetOldest: 4, time.Now().Add(-time.Hour).UnixMilli(): 4, time.Now().Add(time.Hour).UnixMilli(): -1} {
		if got, err := client.GetOffset("read", 0, at); err != nil || got != want {
			t.Errorf("offset at %d: %d %v, want %d", at, got, err, want)
		}
	}
	must(t, a.DeleteConsumerGroup("readers"))
	if err := a.DeleteConsumerGroup("readers"); !errors.Is(err, sarama.ErrGroupIDNotFound) {
		t.Errorf("delete twice: %v", err)
	}
}

func TestSaramaSASL(t *testing.T) {
	t.Parallel()
	l := start(t, func(c *kafka.Config) { c.Users = map[string]string{"alice": "secret"} })
	l.topic("t", 1, nil)
	as := func(password string) func(*sarama.Config) {
		return func(c *sarama.Config) {
			c.Net.SASL.Enable, c.Net.SASL.User, c.Net.SASL.Password, c.Metadata.Retry.Max = true, "alice", password, 0
		}
	}
	saramaSend(t, l, "t", []string{"hello"}, as("secret"))
	if _, err := sarama.NewClient(l.addrs, saramaConfig(as("wrong"))); !errors.Is(err, sarama.ErrSASLAuthenticationFailed) {
		t.Errorf("wrong password: %v", err)
	}
}
