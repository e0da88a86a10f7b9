package clients

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/brokerlab/brokerlab/brokers"
	miniature "github.com/brokerlab/brokerlab/brokers/kafka"
)

// rdConfig is librdkafka's configuration with some lines more.
func (l *lab) rdConfig(lines ...string) *kafka.ConfigMap {
	l.t.Helper()
	cfg := kafka.ConfigMap{"bootstrap.servers": strings.Join(l.addrs, ","), "broker.address.family": "v4", "reconnect.backoff.ms": 20,
		"topic.metadata.refresh.fast.interval.ms": 20, "retry.backoff.ms": 20, "log_level": 0}
	for _, line := range lines {
		must(l.t, cfg.Set(line))
	}
	return &cfg
}

func (l *lab) rdProducer(lines ...string) *kafka.Producer {
	l.t.Helper()
	p, err := kafka.NewProducer(l.rdConfig(append(lines, "linger.ms=5")...))
	must(l.t, err)
	return p
}

// rdSend sends values and waits until each has been delivered.
func rdSend(t *testing.T, p *kafka.Producer, topic string, values []string) {
	t.Helper()
	reports := make(chan kafka.Event, len(values))
	for _, v := range values {
		m := &kafka.Message{TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: kafka.PartitionAny}, Key: []byte(v), Value: []byte(v),
			Headers: []kafka.Header{{Key: "h", Value: []byte(v)}}}
		must(t, p.Produce(m, reports))
	}
	for range values {
		select {
		case e := <-reports:
			must(t, e.(*kafka.Message).TopicPartition.Error)
		case <-time.After(patience):
			t.Fatal("a report has not come")
		}
	}
}

func (l *lab) rdConsumer(group string, lines ...string) *kafka.Consumer {
	l.t.Helper()
	c, err := kafka.NewConsumer(l.rdConfig(append([]string{"group.id=" + group, "auto.offset.reset=earliest",
		"heartbeat.interval.ms=50", "fetch.wait.max.ms=50", "enable.auto.commit=false"}, lines...)...))
	must(l.t, err)
	return c
}

func rdTake(t *testing.T, c *kafka.Consumer, n int) (values []string) {
	t.Helper()
	for end := time.Now().Add(patience); len(values) < n; {
		m, err := c.ReadMessage(50 * time.Millisecond)
		var kerr kafka.Error
		if errors.As(err, &kerr) && (kerr.IsTimeout() || kerr.Code() == kafka.ErrTransport) && time.Now().Before(end) {
			continue // nothing yet, or a connection is made anew
		}
		must(t, err)
		values = append(values, string(m.Value))
	}
	return values
}

func TestLibrdkafkaCompression(t *testing.T) {
	t.Parallel()
	l := start(t)
	for _, acks := range []string{"0", "1", "all"} {
		for _, codec := range codecs {
			topic, values := codec+"-"+acks, words(codec, 200)
			l.topic(topic, 2, nil)
			p := l.rdProducer("acks="+acks, "compression.type="+codec)
			rdSend(t, p, topic, values)
			p.Close()
			c := l.rdConsumer("g-" + topic)
			must(t, c.Subscribe(topic, nil))
			same(t, topic, rdTake(t, c, len(values)), values)
			must(t, c.Close())
		}
	}
}

func TestLibrdkafkaNodeDown(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("orders", 1, map[string]string{"min.insync.replicas": "2"})
	p := l.rdProducer("enable.idempotence=true", "batch.num.messages=10")
	values := words("order", 500)
	rdSend(t, p, "orders", values[:200])
	l.leaderDown("orders/0", 300*time.Millisecond)
	rdSend(t, p, "orders", values[200:])
	p.Close()
	c := l.rdConsumer("readers")
	must(t, c.Subscribe("orders", nil))
	if got := rdTake(t, c, len(values)); fmt.Sprint(got) != fmt.Sprint(values) {
		t.Errorf("not each value once and in order: %d, want %d", len(got), len(values))
	}
	must(t, c.Close())
}

// TestLibrdkafkaGroup: two members share six partitions, eagerly and cooperatively; one
// leaves.
func TestLibrdkafkaGroup(t *testing.T) {
	t.Parallel()
	l := start(t)
	for _, strategy := range []string{"range", "roundrobin", "cooperative-sticky"} {
		t.Run(strategy, func(t *testing.T) {
			rdShare(t, l, strategy, func() *kafka.Consumer {
				return l.rdConsumer(strategy, "partition.assignment.strategy="+strategy)
			})
		})
	}
}

// TestLibrdkafkaConsumerProtocol: the same by the protocol of KIP-848, and a member comes
// back.
func TestLibrdkafkaConsumerProtocol(t *testing.T) {
	t.Parallel()
	l := start(t)
	join := func() *kafka.Consumer {
		c, err := kafka.NewConsumer(l.rdConfig("group.id=new", "group.protocol=consumer", "auto.offset.reset=earliest", "fetch.wait.max.ms=50", "enable.auto.commit=false"))
		must(t, err)
		return c
	}
	rdShare(t, l, "new", join)
	again := join()
	must(t, again.Subscribe("new", nil))
	until(t, "again", func() bool { return rdOwns(t, again) == 6 })
	must(t, again.Close())
}

// rdShare has two members share the six partitions of a topic; one leaves, and the other
// gets everything. join makes a member, which is not yet subscribed to anything.
func rdShare(t *testing.T, l *lab, topic string, join func() *kafka.Consumer) {
	t.Helper()
	l.topic(topic, 6, nil)
	one, two := join(), join()
	must(t, one.Subscribe(topic, nil))
	until(t, "alone", func() bool { return rdOwns(t, one) == 6 })
	must(t, two.Subscribe(topic, nil))
	until(t, "shared", func() bool { a, b := rdOwns(t, one), rdOwns(t, two); return a == 3 && b == 3 })
	must(t, two.Close())
	until(t, "alone again", func() bool { return rdOwns(t, one) == 6 })
	values := words(topic, 60)
	p := l.rdProducer()
	rdSend(t, p, topic, values)
	p.Close()
	same(t, topic, rdTake(t, one, len(values)), values)
	_, err := one.Commit()
	must(t, err)
	must(t, one.Close())
}

// rdOwns is how many partitions a member has. There is nothing for it to read.
func rdOwns(t *testing.T, c *kafka.Consumer) int {
	t.Helper()
	if m, err := c.ReadMessage(10 * time.Millisecond); err == nil {
		t.Errorf("%s has come", m)
	}
	a, err := c.Assignment()
	must(t, err)
	return len(a)
}

func TestLibrdkafkaStaticMember(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("static", 4, nil)
	join := func(id string) *kafka.Consumer {
		c := l.rdConsumer("g", "group.instance.id="+id)
		must(t, c.Subscribe("static", nil))
		return c
	}
	has := func(c *kafka.Consumer, n int) bool {
		_, _ = c.ReadMessage(10 * time.Millisecond)
		a, err := c.Assignment()
		must(t, err)
		return len(a) == n
	}
	one, two := join("one"), join("two")
	until(t, "shared", func() bool { a, b := has(one, 2), has(two, 2); return a && b })
	before := len(l.events(brokers.Rebalancing))
	must(t, two.Close())
	two = join("two")
	until(t, "back", func() bool { return has(two, 2) })
	if n := len(l.events(brokers.Rebalancing)); n != before {
		t.Errorf("%d rebalances, want %d: a static member that comes back changes nothing", n, before)
	}
	must(t, two.Close())
	must(t, one.Close())
}

func TestLibrdkafkaTransactions(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("in", 1, nil)
	l.topic("out", 2, nil)
	feed := l.rdProducer()
	rdSend(t, feed, "in", words("in", 6))
	feed.Close()
	ctx := within(t)
	reader := l.rdConsumer("movers")
	must(t, reader.Subscribe("in", nil))
	p := l.rdProducer("transactional.id=mover", "transaction.timeout.ms=60000")
	must(t, p.InitTransactions(ctx))
	for i, end := range []func(context.Context) error{p.CommitTransaction, p.AbortTransaction, p.CommitTransaction} {
		must(t, p.BeginTransaction())
		rdTake(t, reader, 2)
		rdSend(t, p, "out", []string{fmt.Sprint(i, "-a"), fmt.Sprint(i, "-b")})
		at, err := reader.Assignment()
		must(t, err)
		at, err = reader.Position(at)
		must(t, err)
		me, err := reader.GetConsumerGroupMetadata()
		must(t, err)
		must(t, p.SendOffsetsToTransaction(ctx, at, me))
		must(t, end(ctx))
	}
	topic := "in"
	committed, err := reader.Committed([]kafka.TopicPartition{{Topic: &topic, Partition: 0}}, int(patience.Milliseconds()))
	must(t, err)
	if committed[0].Offset != 6 {
		t.Errorf("committed in transactions: %v, want 6", committed)
	}
	must(t, reader.Close())

	must(t, p.BeginTransaction())
	second := l.rdProducer("transactional.id=mover")
	must(t, second.InitTransactions(ctx))
	must(t, second.BeginTransaction())
	rdSend(t, second, "out", []string{"second"})
	must(t, second.CommitTransaction(ctx))
	out := "out"
	must(t, p.Produce(&kafka.Message{TopicPartition: kafka.TopicPartition{Topic: &out, Partition: 0}, Value: []byte("zombie")}, nil))
	err = p.CommitTransaction(ctx)
	var kerr kafka.Error
	if !errors.As(err, &kerr) || kerr.Code() != kafka.ErrFenced || !kerr.IsFatal() {
		t.Errorf("the fenced producer: %v, want a fatal ErrFenced", err)
	}
	p.Close()
	second.Close()

	for level, want := range map[string][]string{"read_committed": {"0-a", "0-b", "2-a", "2-b", "second"},
		"read_uncommitted": {"0-a", "0-b", "1-a", "1-b", "2-a", "2-b", "second"}} {
		c := l.rdConsumer(level, "isolation.level="+level, "enable.partition.eof=true")
		must(t, c.Subscribe("out", nil))
		var got []string
		for ends := map[int32]bool{}; len(ends) < 2; {
			switch e := c.Poll(100).(type) {
			case *kafka.Message:
				got = append(got, string(e.Value))
			case kafka.PartitionEOF:
				ends[e.Partition] = true
			case kafka.Error:
				if e.IsFatal() { // of what passes it goes on by itself
					t.Fatal(e)
				}
			}
		}
		same(t, level, got, want)
		must(t, c.Close())
	}
}

func TestLibrdkafkaSeekByTime(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("seek", 1, nil)
	p := l.rdProducer()
	topic, day := "seek", yesterday()
	reports := make(chan kafka.Event, 10)
	for i := range 10 {
		must(t, p.Produce(&kafka.Message{TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: 0}, Value: fmt.Append(nil, i),
			Timestamp: day.Add(time.Duration(i) * time.Hour)}, reports))
	}
	for range 10 {
		must(t, (<-reports).(*kafka.Message).TopicPartition.Error)
	}
	p.Close()
	c := l.rdConsumer("g")
	at, err := c.OffsetsForTimes([]kafka.TopicPartition{{Topic: &topic, Partition: 0, Offset: kafka.Offset(day.Add(3*time.Hour + 1).UnixMilli())}}, int(patience.Milliseconds()))
	must(t, err)
	if at[0].Offset != 3 {
		t.Errorf("by time: %v, want 3", at)
	}
	must(t, c.Assign(at))
	same(t, "from there", rdTake(t, c, 7), []string{"3", "4", "5", "6", "7", "8", "9"})
	must(t, c.Seek(kafka.TopicPartition{Topic: &topic, Partition: 0, Offset: 9}, int(patience.Milliseconds())))
	same(t, "sought", rdTake(t, c, 1), []string{"9"})
	low, high, err := c.QueryWatermarkOffsets(topic, 0, int(patience.Milliseconds()))
	if err != nil || low != 0 || high != 10 {
		t.Errorf("watermarks: %d %d %v", low, high, err)
	}
	must(t, c.Close())
}

func isCode(err error, code kafka.ErrorCode) bool {
	var kerr kafka.Error
	return errors.As(err, &kerr) && kerr.Code() == code
}

func TestLibrdkafkaAdmin(t *testing.T) {
	t.Parallel()
	l := start(t)
	a, err := kafka.NewAdminClient(l.rdConfig())
	must(t, err)
	defer a.Close()
	ctx := within(t)
	made, err := a.CreateTopics(ctx, []kafka.TopicSpecification{{Topic: "made", NumPartitions: 2, ReplicationFactor: 3, Config: map[string]string{"retention.ms": "60000"}},
		{Topic: "twice", NumPartitions: 1, ReplicationFactor: 9}})
	must(t, err)
	if made[0].Error.Code() != kafka.ErrNoError || made[1].Error.Code() != kafka.ErrInvalidReplicationFactor {
		t.Errorf("created: %v", made)
	}
	grown, err := a.CreatePartitions(ctx, []kafka.PartitionsSpecification{{Topic: "made", IncreaseTo: 3}})
	must(t, err)
	if grown[0].Error.Code() != kafka.ErrNoError {
		t.Error(grown)
	}
	resource := kafka.ConfigResource{Type: kafka.ResourceTopic, Name: "made", Config: []kafka.ConfigEntry{{Name: "retention.ms", Value: "120000", IncrementalOperation: kafka.AlterConfigOpTypeSet}}}
	altered, err := a.IncrementalAlterConfigs(ctx, []kafka.ConfigResource{resource})
	must(t, err)
	if altered[0].Error.Code() != kafka.ErrNoError {
		t.Error(altered)
	}
	described, err := a.DescribeConfigs(ctx, []kafka.ConfigResource{{Type: kafka.ResourceTopic, Name: "made"}, {Type: kafka.ResourceBroker, Name: "1"}})
	must(t, err)
	if c := described[0].Config["retention.ms"]; c.Value != "120000" || c.Source != kafka.ConfigSourceDynamicTopic {
		t.Errorf("retention.ms: %+v", c)
	}
	if len(described[1].Config) == 0 {
		t.Error("a node has no settings")
	}
	cluster, err := a.DescribeCluster(ctx)
	must(t, err)
	if len(cluster.Nodes) != 3 || cluster.Controller == nil {
		t.Errorf("cluster: %+v", cluster)
	}
	topics, err := a.DescribeTopics(ctx, kafka.NewTopicCollectionOfTopicNames([]string{"made", "absent"}))
	must(t, err)
	if len(topics.TopicDescriptions[0].Partitions) != 3 || topics.TopicDescriptions[1].Error.Code() != kafka.ErrUnknownTopicOrPart {
		t.Errorf("topics: %+v", topics)
	}
	topic := "made"
	elected, err := a.ElectLeaders(ctx, kafka.NewElectLeadersRequest(kafka.ElectionTypePreferred, []kafka.TopicPartition{{Topic: &topic, Partition: 0}}))
	must(t, err)
	if p := elected.TopicPartitions; len(p) != 1 || !isCode(p[0].Error, kafka.ErrElectionNotNeeded) {
		t.Errorf("elected: %+v", elected)
	}
	gone, err := a.DeleteTopics(ctx, []string{"made", "absent"})
	must(t, err)
	if gone[0].Error.Code() != kafka.ErrNoError || gone[1].Error.Code() != kafka.ErrUnknownTopicOrPart {
		t.Errorf("deleted: %v", gone)
	}
}

func TestLibrdkafkaAdminOfGroups(t *testing.T) {
	t.Parallel()
	l := start(t)
	l.topic("read", 1, nil)
	p := l.rdProducer()
	rdSend(t, p, "read", words("read", 20))
	p.Close()
	c := l.rdConsumer("readers", "client.id=me", "group.instance.id=seat")
	must(t, c.Subscribe("read", nil))
	rdTake(t, c, 20)
	_, err := c.Commit()
	must(t, err)
	a, err := kafka.NewAdminClient(l.rdConfig())
	must(t, err)
	defer a.Close()
	ctx, topic := within(t), "read"
	listed, err := a.ListConsumerGroups(ctx, kafka.SetAdminMatchConsumerGroupStates([]kafka.ConsumerGroupState{kafka.ConsumerGroupStateStable}))
	must(t, err)
	if len(listed.Valid) != 1 || listed.Valid[0].GroupID != "readers" || listed.Valid[0].State != kafka.ConsumerGroupStateStable {
		t.Errorf("listed: %+v", listed)
	}
	described, err := a.DescribeConsumerGroups(ctx, []string{"readers", "nobody"})
	must(t, err)
	if g := described.ConsumerGroupDescriptions[0]; len(g.Members) != 1 || g.Members[0].ClientID != "me" || g.Members[0].GroupInstanceID != "seat" ||
		len(g.Members[0].Assignment.TopicPartitions) != 1 || g.PartitionAssignor != "range" || g.Coordinator.ID < 1 {
		t.Errorf("described: %+v", g)
	}
	if g := described.ConsumerGroupDescriptions[1]; g.State != kafka.ConsumerGroupStateDead {
		t.Errorf("nobody: %+v", g)
	}
	at := []kafka.ConsumerGroupTopicPartitions{{Group: "readers", Partitions: []kafka.TopicPartition{{Topic: &topic, Partition: 0, Offset: 5}}}}
	if reset, err := a.AlterConsumerGroupOffsets(ctx, at); err == nil && reset.ConsumerGroupsTopicPartitions[0].Partitions[0].Error == nil {
		t.Error("offsets of a group with members were set")
	}
	must(t, c.Close())
	if left, err := a.DescribeConsumerGroups(ctx, []string{"readers"}); err != nil || len(left.ConsumerGroupDescriptions[0].Members) != 1 {
		t.Errorf("a static member that closes has left: %+v %v", left, err)
	}
	l.topic("other", 1, nil)
	other := "other"
	at = []kafka.ConsumerGroupTopicPartitions{{Group: "empty", Partitions: []kafka.TopicPartition{{Topic: &other, Partition: 0, Offset: 0}}}}
	reset, err := a.AlterConsumerGroupOffsets(ctx, at)
	must(t, err)
	if e := reset.ConsumerGroupsTopicPartitions[0].Partitions[0].Error; e != nil {
		t.Errorf("reset: %v", e)
	}
	offsets, err := a.ListConsumerGroupOffsets(ctx, []kafka.ConsumerGroupTopicPartitions{{Group: "empty"}}, kafka.SetAdminRequireStableOffsets(true))
	must(t, err)
	if o := offsets.ConsumerGroupsTopicPartitions[0].Partitions; len(o) != 1 || o[0].Offset != 0 {
		t.Errorf("offsets: %+v", o)
	}
	ends, err := a.ListOffsets(ctx, map[kafka.TopicPartition]kafka.OffsetSpec{{Topic: &topic, Partition: 0}: kafka.MaxTimestampOffsetSpec})
	must(t, err)
	for _, e := range ends.ResultInfos {
		if e.Error.Code() != kafka.ErrNoError || e.Offset < 0 || e.Timestamp <= 0 {
			t.Errorf("largest timestamp: %+v", e)
		}
	}
	purged, err := a.DeleteRecords(ctx, []kafka.TopicPartition{{Topic: &topic, Partition: 0, Offset: 7}})
	must(t, err)
	if r := purged.DeleteRecordsResults[0]; r.TopicPartition.Error != nil || r.DeletedRecords.LowWatermark != 7 {
		t.Errorf("deleted records: %+v", r)
	}
	gone, err := a.DeleteConsumerGroups(ctx, []string{"empty", "nobody"})
	must(t, err)
	if gone.ConsumerGroupResults[0].Error.Code() != kafka.ErrNoError || gone.ConsumerGroupResults[1].Error.Code() != kafka.ErrGroupIDNotFound {
		t.Errorf("deleted: %+v", gone)
	}
}

func TestLibrdkafkaSASL(t *testing.T) {
	t.Parallel()
	l := start(t, func(c *miniature.Config) { c.Users = map[string]string{"alice": "secret"} })
	l.topic("t", 1, nil)
	as := func(password string) []string {
		return []string{"security.protocol=sasl_plaintext", "sasl.mechanism=PLAIN", "sasl.username=alice", "sasl.password=" + password}
	}
	p := l.rdProducer(as("secret")...)
	rdSend(t, p, "t", []string{"hello"})
	p.Close()
	p = l.rdProducer(as("wrong")...)
	defer p.Close()
	for {
		select {
		case e := <-p.Events():
			if err, ok := e.(kafka.Error); ok && err.Code() == kafka.ErrAuthentication {
				return
			}
		case <-time.After(patience):
			t.Fatal("a wrong password is accepted")
		}
	}
}
