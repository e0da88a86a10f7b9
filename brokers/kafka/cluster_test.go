package kafka_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
)

// labels lists the labels of events.
func labels(events []brokers.Event) (out []string) {
	for _, e := range events {
		out = append(out, e.Label)
	}
	return out
}

// TestLostWithoutAll: with acks=1 the leader confirms what no follower has; when it dies
// then, the record is lost, and with acks=all it is not confirmed.
func TestLostWithoutAll(t *testing.T) {
	for name, acks := range map[string]kgo.Acks{"one": kgo.LeaderAck(), "all": kgo.AllISRAcks()} {
		t.Run(name, func(t *testing.T) {
			l := start(t)
			l.topic("t", 1, 2, nil)
			cl := l.client(kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite(), kgo.DefaultProduceTopic("t"))
			must(t, cl.ProduceSync(within(t), kgo.StringRecord("safe")).FirstErr())
			for node := 1; node <= 3; node++ {
				l.apply("lag", map[string]any{"node": node, "ms": 60_000})
			}
			told := make(chan error, 1)
			cl.Produce(within(t), kgo.StringRecord("daring"), func(_ *kgo.Record, err error) { told <- err })
			for len(l.events(brokers.Published)) < 2 {
				time.Sleep(time.Millisecond)
			}
			if name == "one" {
				must(t, <-told)
			}
			leader := l.events(brokers.Published)[1].Node
			l.apply("node-down", map[string]any{"node": leader})
			lost := l.events(brokers.Lost)
			want := map[string]string{"one": "acknowledged", "all": "not acknowledged"}[name]
			if len(lost) != 1 || lost[0].Label != "daring" || lost[0].Reason != want {
				t.Errorf("lost: %+v", lost)
			}
			for node := 1; node <= 3; node++ {
				l.apply("lag", map[string]any{"node": node, "ms": 0})
			}
			l.apply("node-up", map[string]any{"node": leader})
			if cut := l.events(brokers.Truncated); len(cut) != 1 || cut[0].Node != leader || cut[0].N != 1 {
				t.Errorf("truncated: %+v", cut)
			}
			if name == "all" {
				must(t, <-told) // sent again, to the new leader
				read(t, l.client(kgo.ConsumeTopics("t")), 2)
			}
		})
	}
}

// TestMinISR: too few replicas in sync refuse acks=all, and a partition without any
// replica in sync has no leader, unless the topic allows an unclean one.
func TestMinISR(t *testing.T) {
	l := start(t)
	l.topic("t", 1, 2, map[string]string{"min.insync.replicas": "2"})
	must(t, l.client(kgo.DefaultProduceTopic("t")).ProduceSync(within(t), kgo.StringRecord("a")).FirstErr())
	l.apply("node-down", map[string]any{"node": 2})
	cl := l.client(kgo.DefaultProduceTopic("t"), kgo.RecordDeliveryTimeout(2*time.Second)) // for what is never written
	if err := cl.ProduceSync(within(t), kgo.StringRecord("b")).FirstErr(); !errors.Is(err, kerr.NotEnoughReplicas) && !errors.Is(err, kgo.ErrRecordTimeout) {
		t.Errorf("with one replica in sync: %v", err)
	}
	one := l.client(kgo.DefaultProduceTopic("t"), kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
	must(t, one.ProduceSync(within(t), kgo.StringRecord("c")).FirstErr())
	l.apply("node-down", map[string]any{"node": 1})
	l.apply("node-up", map[string]any{"node": 2})
	elected := l.events(brokers.Elected)
	if last := elected[len(elected)-1]; last.Place == "t/0" && last.Node != 0 {
		t.Errorf("elected %+v, want nobody: node 2 is not in sync", last)
	}
	l.apply("configs", map[string]any{"topic": "t", "configs": map[string]string{"unclean.leader.election.enable": "true"}})
	if lost := labels(l.events(brokers.Lost)); !slices.Contains(lost, "c") {
		t.Errorf("lost %v, want c", lost)
	}
}

// TestRetention: the clock deletes what is too old, and size what is too much.
func TestRetention(t *testing.T) {
	clock := brokers.NewVirtualClock(time.Unix(1_800_000_000, 0))
	l := start(t, func(c *kafka.Config) {
		c.Clock = clock
		c.Journal = brokers.NewJournal(10_000, brokers.Forget, clock)
		c.Sequencer = brokers.NewSequencer(c.Journal)
	})
	l.topic("old", 1, 3, map[string]string{"retention.ms": "60000"})
	l.topic("big", 1, 1, map[string]string{"retention.bytes": "400"})
	l.apply("produce", map[string]any{"topic": "old", "value": "first"})
	clock.Advance(30 * time.Second)
	l.apply("produce", map[string]any{"topic": "old", "value": "second"})
	clock.Advance(31 * time.Second)
	if got := labels(l.events(brokers.Expired)); !slices.Equal(got, []string{"first"}) {
		t.Errorf("expired %v, want the first", got)
	}
	clock.Advance(time.Hour)
	if got := labels(l.events(brokers.Expired)); !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("expired %v, want both", got)
	}
	for i := range 20 {
		l.apply("produce", map[string]any{"topic": "big", "value": fmt.Sprint(i)})
		clock.Advance(time.Millisecond)
	}
	expired := l.events(brokers.Expired)
	if last := expired[len(expired)-1]; last.Reason != "retention.bytes" || last.Place != "big/0" {
		t.Errorf("the last to expire: %+v", last)
	}
}

// TestCompaction keeps the newest record of each key, at its offset.
func TestCompaction(t *testing.T) {
	l := start(t)
	l.topic("t", 1, 3, map[string]string{"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0", "delete.retention.ms": "1000"})
	cl := l.client(kgo.DefaultProduceTopic("t"), kgo.ProducerLinger(10*time.Millisecond))
	for round := range 3 {
		var records []*kgo.Record
		for _, key := range []string{"a", "b", "c"} {
			records = append(records, kgo.KeyStringRecord(key, fmt.Sprint(key, round)))
		}
		must(t, cl.ProduceSync(within(t), records...).FirstErr())
	}
	must(t, cl.ProduceSync(within(t), &kgo.Record{Key: []byte("b")}).FirstErr())
	must(t, cl.ProduceSync(within(t), kgo.KeyStringRecord("end", "end")).FirstErr())
	if err := cl.ProduceSync(within(t), kgo.StringRecord("no key")).FirstErr(); !errors.Is(err, kerr.InvalidRecord) {
		t.Errorf("a record without a key: %v", err)
	}
	l.clock.Skip(20 * time.Second)
	var got []string
	for _, r := range read(t, l.client(kgo.ConsumeTopics("t")), 3) {
		got = append(got, fmt.Sprintf("%d:%s", r.Offset, r.Value))
	}
	if want := []string{"6:a2", "8:c2", "10:end"}; !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
}

// TestOffsets finds records by time, deletes some, and reads from what is left.
func TestOffsets(t *testing.T) {
	l := start(t)
	l.topic("t", 1, 3, nil)
	cl := l.client(kgo.DefaultProduceTopic("t"))
	adm := kadm.NewClient(cl)
	base := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	for i := range 10 {
		must(t, cl.ProduceSync(within(t), &kgo.Record{Value: fmt.Append(nil, i), Timestamp: base.Add(time.Duration(i) * time.Minute)}).FirstErr())
	}
	found, err := adm.ListOffsetsAfterMilli(within(t), base.Add(3*time.Minute).UnixMilli(), "t")
	must(t, err)
	if o, _ := found.Lookup("t", 0); o.Offset != 3 {
		t.Errorf("offset of the fourth minute: %+v", o)
	}
	_, err = adm.DeleteRecords(within(t), kadm.OffsetsFromRecords(kgo.Record{Topic: "t", Offset: 5}))
	must(t, err)
	starts, err := adm.ListStartOffsets(within(t), "t")
	must(t, err)
	if o, _ := starts.Lookup("t", 0); o.Offset != 6 {
		t.Errorf("start after deleting: %+v", o)
	}
	if r := read(t, l.client(kgo.ConsumeTopics("t"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())), 4)[0]; r.Offset != 6 {
		t.Errorf("the first record left is at %d", r.Offset)
	}
}

// TestIdempotence: a batch whose answer was lost is sent again and stands in the log once.
func TestIdempotence(t *testing.T) {
	l := start(t)
	l.topic("t", 1, 3, nil)
	var w wires
	cl := l.client(kgo.Dialer(w.dialAgain), kgo.DefaultProduceTopic("t"), kgo.ProduceRequestTimeout(patience), kgo.RetryBackoffFn(func(int) time.Duration { return 10 * time.Millisecond }))
	must(t, cl.ProduceSync(within(t), kgo.StringRecord("a")).FirstErr())
	for node := 1; node <= 3; node++ {
		l.apply("lag", map[string]any{"node": node, "ms": 20_000}) // there is no answer before the test says so
	}
	told := make(chan error, 1)
	cl.Produce(within(t), kgo.StringRecord("b"), func(_ *kgo.Record, err error) { told <- err })
	for len(l.events(brokers.Published)) < 2 {
		time.Sleep(time.Millisecond)
	}
	w.hangUp()
	l.until("the batch comes again", func() bool { return len(l.events(brokers.Duplicate)) > 0 })
	l.clock.Skip(20 * time.Second)
	must(t, <-told)
	if dups := l.events(brokers.Duplicate); len(dups) != 1 || dups[0].Label != "b" || dups[0].Message != 2 || dups[0].Tag != 1 {
		t.Errorf("duplicates: %+v", dups)
	}
	if n := len(l.events(brokers.Published)); n != 2 {
		t.Errorf("%d records stand in the log, want 2", n)
	}
}

// TestDisturb brings about the three faults inside a cluster.
func TestDisturb(t *testing.T) {
	l := start(t)
	l.topic("t", 1, 3, nil)
	disturb := func(d brokers.Disturbance) (err error) {
		l.seq.Do(func() { err = l.Disturb(d) })
		return err
	}
	must(t, disturb(brokers.Disturbance{Kind: brokers.NodeDown, Place: "t/0", Back: time.Minute}))
	must(t, disturb(brokers.Disturbance{Kind: brokers.Elected, Place: "t/0"}))
	l.clock.Skip(time.Minute)
	if up := l.events(brokers.NodeUp)[3:]; len(up) != 1 || up[0].Node != 1 || up[0].Reason != "injected" { // the first three were there from the start
		t.Errorf("up: %+v", up)
	}
	cl := l.client(kgo.ConsumerGroup("g"), kgo.ConsumeTopics("t"), kgo.HeartbeatInterval(20*time.Millisecond))
	must(t, l.client(kgo.DefaultProduceTopic("t")).ProduceSync(within(t), kgo.StringRecord("a")).FirstErr())
	read(t, cl, 1)
	must(t, disturb(brokers.Disturbance{Kind: brokers.Rebalancing, Group: "g"}))
	for deadline := time.Now().Add(patience); len(l.events(brokers.Assigned)) < 2; {
		if time.Now().After(deadline) {
			t.Fatal("the group did not settle again")
		}
		time.Sleep(time.Millisecond)
	}
	if err := disturb(brokers.Disturbance{Kind: brokers.NodeDown, Node: 9}); err == nil {
		t.Error("node 9 went down")
	}
}

// TestVisitors: with an injected rebalance come as many members as there are. They get
// partitions for real, and those who were there have all of them again afterwards.
func TestVisitors(t *testing.T) {
	l := start(t)
	l.topic("t", 6, 3, nil)
	group := []kgo.Opt{kgo.ConsumerGroup("g"), kgo.ConsumeTopics("t"), kgo.HeartbeatInterval(20 * time.Millisecond)}
	members := []*kgo.Client{l.client(group...), l.client(group...)}
	settled := func() bool {
		groups, err := l.admin().DescribeGroups(within(t), "g")
		must(t, err)
		n := 0
		for _, m := range groups["g"].Members {
			if a, ok := m.Assigned.AsConsumer(); ok && len(a.Topics) == 1 {
				n += len(a.Topics[0].Partitions)
			}
		}
		return groups["g"].State == "Stable" && len(groups["g"].Members) == len(members) && n == 6
	}
	l.until("two members share six partitions", settled)
	l.seq.Do(func() { must(t, l.Disturb(brokers.Disturbance{Kind: brokers.Rebalancing, Group: "g"})) })
	l.until("two visitors have left", func() bool { return len(l.visits(brokers.Left)) == 2 })
	if n := len(l.visits(brokers.Assigned)); n != 2 {
		t.Errorf("%d visitors were given partitions, want 2", n)
	}
	l.until("the members share six partitions again", settled)
}

// TestVisitorsOfConsumers: they come to a group with the consumer protocol, too.
func TestVisitorsOfConsumers(t *testing.T) {
	l := startConsumers(t)
	l.member()
	l.member()
	l.settles(3, 3)
	for visit := 1; visit <= 2; visit++ {
		l.seq.Do(func() { must(t, l.Disturb(brokers.Disturbance{Kind: brokers.Rebalancing, Group: "g"})) })
		l.until("two more visitors have left", func() bool { return len(l.visits(brokers.Left)) == 2*visit })
		if n := len(l.visits(brokers.Assigned)); n != 2*visit {
			t.Errorf("%d visitors were given partitions, want %d", n, 2*visit)
		}
		l.settles(3, 3)
	}
}

// TestNoVisitors: nobody comes to a group that is not there, or has no members.
func TestNoVisitors(t *testing.T) {
	l := startConsumers(t)
	cl := l.member()
	l.settles(6)
	must(t, cl.LeaveGroupContext(within(t)))
	l.until("the member has left", func() bool { return len(l.events(brokers.Left)) == 1 })
	for _, group := range []string{"g", "nobody"} {
		l.seq.Do(func() { must(t, l.Disturb(brokers.Disturbance{Kind: brokers.Rebalancing, Group: group})) })
	}
	if who := l.visits(brokers.Joined); len(who) > 0 {
		t.Errorf("joined: %v", who)
	}
}

// visits counts the events of a kind by visitor; those of shares that are not empty.
func (l *lab) visits(kind brokers.Kind) (by map[string]int) {
	by = make(map[string]int)
	for _, e := range l.events(kind) {
		if strings.HasPrefix(e.Consumer, "visitor-") && (kind != brokers.Assigned || e.Place != "") {
			by[e.Consumer]++
		}
	}
	return by
}

// until waits for something.
func (l *lab) until(what string, ok func() bool) {
	l.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Fatalf("never: %s", what)
		}
	}
}

// TestCut: when a fault cuts the clients off, their sessions end at once.
func TestCut(t *testing.T) {
	l := start(t)
	l.topic("t", 2, 3, nil)
	must(t, l.client(kgo.DefaultProduceTopic("t")).ProduceSync(within(t), kgo.StringRecord("a")).FirstErr())
	group := []kgo.Opt{kgo.ConsumerGroup("g"), kgo.ConsumeTopics("t"), kgo.DisableAutoCommit()}
	var wires wires
	read(t, l.client(append(group, kgo.Dialer(wires.dial), kgo.RequestRetries(0))...), 1) // its goodbye, which nobody hears, is said once
	if idle := l.Idle(); idle.InFlight != 1 {
		t.Errorf("idle %+v, want one record in flight", idle)
	}
	l.seq.CutAll()
	l.seq.Do(func() { l.Broker.Cut("crash") })
	wires.tear() // that program is dead, and does not come back
	l.seq.Release()
	if left := l.events(brokers.Left); len(left) != 1 || left[0].Reason != "crash" {
		t.Errorf("left: %+v", left)
	}
	cl := l.client(group...)
	read(t, cl, 1)
	must(t, cl.CommitUncommittedOffsets(within(t)))
	delivered := l.events(brokers.Delivered)
	if last := delivered[len(delivered)-1]; !last.Redelivered || last.Group != "g" || last.Consumer == "" {
		t.Errorf("the last delivery: %+v", last)
	}
	if idle := l.Idle(); idle != (brokers.Idle{}) {
		t.Errorf("idle %+v, want nothing", idle)
	}
	places := make(map[string]int)
	for _, p := range l.State().Places {
		places[p.Kind]++
	}
	if places["node"] != 3 || places["partition"] != 2 || places["group"] != 1 {
		t.Errorf("places: %v", places)
	}
}

// TestFaultBetweenLeaderAndFollower: a schedule stops the leader when it has a record and
// before a follower has it.
func TestFaultBetweenLeaderAndFollower(t *testing.T) {
	l := start(t)
	l.topic("t", 1, 3, nil)
	l.seq.Arm(brokers.Fault{
		Inner: true,
		Match: func(e brokers.Event) bool { return e.Kind == brokers.Published && e.Label == "three" },
		Fire:  func(brokers.Event) { must(t, l.Disturb(brokers.Disturbance{Kind: brokers.NodeDown, Place: "t/0"})) },
	})
	cl := l.client(kgo.DefaultProduceTopic("t"), kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
	for _, value := range []string{"one", "two", "three", "four"} {
		must(t, cl.ProduceSync(within(t), kgo.StringRecord(value)).FirstErr())
	}
	if lost := l.events(brokers.Lost); len(lost) != 1 || lost[0].Label != "three" || lost[0].Reason != "not acknowledged" {
		t.Errorf("lost: %+v", lost)
	}
	var got []string
	for _, r := range read(t, l.client(kgo.ConsumeTopics("t")), 4) {
		got = append(got, string(r.Value))
	}
	if want := []string{"one", "two", "three", "four"}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

// TestAdministrator: everything an administrator asks for, over the protocol.
func TestAdministrator(t *testing.T) {
	l := start(t)
	cl := l.client()
	adm := kadm.NewClient(cl)
	ctx := within(t)
	value := "60000"
	made, err := adm.CreateTopic(ctx, 2, 3, map[string]*string{"retention.ms": &value}, "t")
	must(t, err)
	must(t, made.Err)
	grown, err := adm.CreatePartitions(ctx, 1, "t")
	must(t, err)
	must(t, grown.Error())
	two := "2"
	altered, err := adm.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "min.insync.replicas", Value: &two}}, "t")
	must(t, err)
	must(t, altered[0].Err)
	configs, err := adm.DescribeTopicConfigs(ctx, "t")
	must(t, err)
	found := make(map[string]string)
	for _, c := range configs[0].Configs {
		found[c.Key] = c.MaybeValue()
	}
	if found["retention.ms"] != "60000" || found["min.insync.replicas"] != "2" || found["cleanup.policy"] != "delete" {
		t.Errorf("settings: %v", found)
	}
	var moves kadm.AlterPartitionAssignmentsReq
	moves.Assign("t", 0, []int32{3, 1})
	moved, err := adm.AlterPartitionAssignments(ctx, moves)
	must(t, err)
	must(t, moved.Error())
	topics, err := adm.ListTopics(ctx)
	must(t, err)
	if p := topics["t"].Partitions; len(p) != 3 || !slices.Equal(p[0].Replicas, []int32{3, 1}) {
		t.Errorf("partitions: %+v", p)
	}
	l.apply("node-down", map[string]any{"node": 2})
	l.apply("node-up", map[string]any{"node": 2})
	_, err = adm.ElectLeaders(ctx, kadm.ElectPreferredReplica, topics.TopicsSet())
	must(t, err)
	must(t, cl.ProduceSync(ctx, &kgo.Record{Topic: "t", Value: []byte("x")}).FirstErr())
	commit := make(kadm.Offsets)
	commit.Add(kadm.Offset{Topic: "t", Partition: 1, At: 0, Metadata: "note"})
	committed, err := adm.CommitOffsets(ctx, "g", commit)
	must(t, err)
	must(t, committed.Error())
	offsets, err := adm.FetchOffsets(ctx, "g")
	must(t, err)
	if o, ok := offsets.Lookup("t", 1); !ok || o.At != 0 || o.Metadata != "note" {
		t.Errorf("offsets: %+v", offsets)
	}
	lags, err := adm.Lag(ctx, "g")
	must(t, err)
	must(t, lags.Error())
	forgotten, err := adm.DeleteOffsets(ctx, "g", kadm.TopicsSet{"t": {1: {}, 9: {}}, "other": {0: {}}})
	must(t, err)
	for place, got := range map[string]error{"t 1": forgotten["t"][1], "t 9": forgotten["t"][9], "other 0": forgotten["other"][0]} {
		if unknown := errors.Is(got, kerr.UnknownTopicOrPartition); unknown == (place == "t 1") {
			t.Errorf("offset of %s deleted: %v", place, got)
		}
	}
	deleted, err := adm.DeleteGroups(ctx, "g")
	must(t, err)
	must(t, deleted.Error())
	gone, err := adm.DeleteTopics(ctx, "t")
	must(t, err)
	must(t, gone.Error())
	if topics, err = adm.ListTopics(ctx); err != nil || len(topics) != 0 {
		t.Errorf("topics: %v, %v", topics, err)
	}
}

// TestSASL: with users configured, a client has to log in.
func TestSASL(t *testing.T) {
	l := start(t, func(c *kafka.Config) { c.Users = map[string]string{"alice": "secret"} })
	l.topic("t", 1, 1, nil)
	with := func(password string, opts ...kgo.Opt) error {
		cl := l.client(append(opts, kgo.DefaultProduceTopic("t"), kgo.SASL(plain.Auth{User: "alice", Pass: password}.AsMechanism()))...)
		return cl.ProduceSync(within(t), kgo.StringRecord("x")).FirstErr()
	}
	must(t, with("secret"))
	if err := with("wrong", kgo.RecordDeliveryTimeout(time.Second)); err == nil {
		t.Error("logged in with a wrong password")
	}
	if err := l.client(kgo.RetryTimeout(time.Second)).Ping(within(t)); err == nil {
		t.Error("nobody logged in, and was answered")
	}
}

// TestCloseStopsTheClock: a broker that was closed leaves the clock nothing to call, though
// its records were due for deletion in seven days.
func TestCloseStopsTheClock(t *testing.T) {
	clock := brokers.NewVirtualClock(time.Unix(1_800_000_000, 0))
	journal := brokers.NewJournal(10_000, brokers.Forget, clock)
	b := kafka.New(kafka.Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota()})
	must(t, b.Apply([]brokers.Action{
		{Do: "topic", With: map[string]any{"topic": "t", "partitions": 1, "replication": 1}},
		{Do: "produce", With: map[string]any{"topic": "t", "value": "x"}},
	}))
	if _, set := clock.Next(); !set {
		t.Error("nothing is due for deletion")
	}
	must(t, b.Close())
	if due, set := clock.Next(); set {
		t.Errorf("a call is still due at %v", due)
	}
}
