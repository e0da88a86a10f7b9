package kafka_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
)

// startConsumers runs a cluster whose groups with the consumer protocol beat fast, with a
// topic of six partitions.
func startConsumers(t *testing.T) *lab {
	t.Helper()
	l := start(t, func(c *kafka.Config) { c.ConsumerHeartbeat, c.FetchWait = 10*time.Millisecond, 20*time.Millisecond })
	l.topic("orders", 6, 3, nil)
	return l
}

// member makes a member of group g with the consumer protocol, which polls until it is
// closed. It notes whom it has read.
func (l *lab) member(opts ...kgo.Opt) *kgo.Client {
	l.t.Helper()
	opts = append([]kgo.Opt{
		kgo.ConsumerGroup("g"), kgo.ConsumeTopics("orders"), kgo.ServerSideBalancer(), kgo.AutoCommitInterval(100 * time.Millisecond),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.RetryBackoffFn(func(int) time.Duration { return 10 * time.Millisecond }),
	}, opts...)
	cl := l.client(opts...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil && !cl.PollFetches(ctx).IsClientClosed() {
			continue
		}
	}()
	l.t.Cleanup(func() { cancel(); <-done })
	return cl
}

// group describes g.
func (l *lab) group() kadm.DescribedConsumerGroup {
	l.t.Helper()
	described, err := l.admin().DescribeConsumerGroups(within(l.t), "g")
	must(l.t, err)
	return described["g"]
}

func (l *lab) admin() *kadm.Client { return kadm.NewClient(l.client()) }

// settles waits until g is stable with members that read so many partitions each, in any
// order, and returns who reads which.
func (l *lab) settles(want ...int) map[string][]string {
	l.t.Helper()
	admin := l.admin()
	slices.Sort(want)
	var g kadm.DescribedConsumerGroup
	for began := time.Now(); time.Since(began) < patience; time.Sleep(5 * time.Millisecond) {
		described, err := admin.DescribeConsumerGroups(within(l.t), "g")
		if err != nil {
			continue // its coordinator is about to be another
		}
		g = described["g"]
		shares, counts := make(map[string][]string), []int{}
		for _, m := range g.Members {
			for topic, partitions := range m.Assignment {
				for p := range partitions {
					shares[m.MemberID] = append(shares[m.MemberID], fmt.Sprintf("%s/%d", topic, p))
				}
			}
			slices.Sort(shares[m.MemberID])
			counts = append(counts, len(shares[m.MemberID]))
		}
		if slices.Sort(counts); g.State == "Stable" && slices.Equal(counts, want) {
			return shares
		}
	}
	l.t.Fatalf("the group does not settle with %v: %+v", want, g)
	return nil
}

// readers draws from the journal who reads what in the end, and fails when two members
// ever read the same.
func (l *lab) readers() map[string]string {
	l.t.Helper()
	reads, told := make(map[string]string), make(map[string]uint64)
	var events []brokers.Event
	l.seq.Do(func() { events = l.journal.Since(0) }) // between two steps: a share is several events
	for _, e := range events {
		if e.Group != "g" {
			continue
		}
		was := func(_, owner string) bool { return owner == e.Consumer }
		switch e.Kind {
		case brokers.Left:
			maps.DeleteFunc(reads, was)
		case brokers.Joined:
			if old, ok := e.Detail["instead"]; ok {
				for p, owner := range reads {
					if owner == old {
						reads[p] = e.Consumer
					}
				}
			}
		case brokers.Assigned:
			if told[e.Consumer] != e.Tag {
				maps.DeleteFunc(reads, was)
				told[e.Consumer] = e.Tag
			}
			if owner := reads[e.Place]; e.Place != "" && owner != "" {
				l.t.Errorf("event %d: %s is given to %s, and %s has it", e.Seq, e.Place, e.Consumer, owner)
			}
			if e.Place != "" {
				reads[e.Place] = e.Consumer
			}
		}
	}
	return reads
}

// agrees fails unless the journal tells of the same readers as the description.
func (l *lab) agrees(shares map[string][]string) {
	l.t.Helper()
	want := make(map[string]string)
	for m, places := range shares {
		for _, p := range places {
			want[p] = m
		}
	}
	if got := l.readers(); !maps.Equal(got, want) {
		l.t.Errorf("by the journal %v read, want %v", got, want)
	}
}

// TestConsumerGroup: three members come one after the other and share six partitions; one
// leaves, one dies. Nothing is ever read by two, and all that was written is read.
func TestConsumerGroup(t *testing.T) {
	l := startConsumers(t)
	producer := l.client(kgo.DefaultProduceTopic("orders"))
	write := func() {
		for i := range 60 {
			must(t, producer.ProduceSync(within(t), kgo.StringRecord(fmt.Sprint(i))).FirstErr())
		}
	}
	write()
	first := l.member()
	l.agrees(l.settles(6))
	var wires wires
	second := l.member(kgo.Dialer(wires.dial))
	l.agrees(l.settles(3, 3))
	l.member()
	l.agrees(l.settles(2, 2, 2))
	write()
	first.Close()
	l.agrees(l.settles(3, 3))
	l.dies(second, &wires)
	l.agrees(l.settles(6))
	write()
	l.commits(180)
	for _, reason := range []string{"left", "session.timeout.ms"} {
		if !slices.ContainsFunc(l.events(brokers.Left), func(e brokers.Event) bool { return e.Reason == reason }) {
			t.Errorf("nobody has gone because of %s", reason)
		}
	}
	listed, err := l.admin().ListGroupsByType(within(t), []string{"consumer"})
	must(t, err)
	if g := listed["g"]; g.State != "Stable" || g.ProtocolType != "consumer" {
		t.Errorf("listed: %+v", g)
	}
}

// dies has a client fall silent, and time pass until its group has missed it. The others
// are heard of meanwhile.
func (l *lab) dies(cl *kgo.Client, wires *wires) {
	l.t.Helper()
	member, _ := cl.GroupMetadata()
	wires.tear()
	for began := time.Now(); time.Since(began) < patience; time.Sleep(30 * time.Millisecond) {
		if slices.ContainsFunc(l.events(brokers.Left), func(e brokers.Event) bool { return e.Consumer == member }) {
			return
		}
		l.clock.Skip(2 * time.Second)
	}
	l.t.Fatal("the group does not miss its member")
}

// commits waits until g has committed so many records.
func (l *lab) commits(want int64) {
	l.t.Helper()
	admin, got := l.admin(), int64(0)
	for began := time.Now(); time.Since(began) < patience; time.Sleep(5 * time.Millisecond) {
		offsets, err := admin.FetchOffsets(within(l.t), "g")
		must(l.t, err)
		got = 0
		offsets.Each(func(o kadm.OffsetResponse) { got += o.At })
		if got == want {
			return
		}
	}
	l.t.Fatalf("%d records are committed, want %d", got, want)
}

// TestStaticConsumer: a static member that goes and comes back finds what it had, and the
// others do not notice.
func TestStaticConsumer(t *testing.T) {
	l := startConsumers(t)
	l.member()
	static := l.member(kgo.InstanceID("one"))
	before := l.settles(3, 3)
	old, _ := static.GroupMetadata()
	rounds := len(l.events(brokers.Rebalancing))
	static.Close()
	if shares := l.settles(3, 3); !maps.EqualFunc(shares, before, slices.Equal) {
		t.Errorf("while it is away: %v, want %v", shares, before)
	}
	again := l.member(kgo.InstanceID("one"))
	var shares map[string][]string
	for id := ""; id == "" || shares[id] == nil; {
		id, _ = again.GroupMetadata()
		shares = l.settles(3, 3)
	}
	l.agrees(shares)
	now, _ := again.GroupMetadata()
	if !slices.Equal(shares[now], before[old]) || now == old {
		t.Errorf("%s reads %v, want what %s has read: %v", now, shares[now], old, before[old])
	}
	if n := len(l.events(brokers.Rebalancing)); n != rounds {
		t.Errorf("%d epochs have begun meanwhile", n-rounds)
	}
}

// TestRollingSubscription: members take another topic in, one after the other; a topic
// grows, one goes, and a pattern finds one that comes later.
func TestRollingSubscription(t *testing.T) {
	l := startConsumers(t)
	l.topic("refunds", 4, 3, nil)
	members := []*kgo.Client{l.member(), l.member()}
	l.settles(3, 3)
	members[0].AddConsumeTopics("refunds")
	l.agrees(l.settles(5, 5))
	members[1].AddConsumeTopics("refunds")
	l.agrees(l.settles(5, 5))
	must(t, firstOf(l.admin().UpdatePartitions(within(t), 8, "refunds")))
	l.agrees(l.settles(7, 7))
	must(t, firstOf(l.admin().DeleteTopics(within(t), "refunds")))
	l.settles(3, 3)
	l.member(kgo.ConsumeRegex(), kgo.ConsumeTopics("or.*"))
	l.settles(2, 2, 2)
	l.topic("orphans", 3, 3, nil)
	shares := l.settles(3, 3, 3)
	if !slices.ContainsFunc(slices.Concat(slices.Collect(maps.Values(shares))...), func(p string) bool { return strings.HasPrefix(p, "orphans/") }) {
		t.Errorf("nobody reads what matches the pattern: %v", shares)
	}
}

// firstOf is the error of an answer about topics.
func firstOf[R interface{ Error() error }](r R, err error) error {
	if err != nil {
		return err
	}
	return r.Error()
}

// TestOtherCoordinator: the node that looks after the group dies and comes back, and the
// group goes on, with its members and their epochs. (kgo itself asks nobody else who looks
// after the group while that node is down, unless it has something to commit.)
func TestOtherCoordinator(t *testing.T) {
	l := startConsumers(t)
	one := l.beats(l.client(), beat("one", 0))
	node := l.Cluster().Coordinator("g")
	l.apply("node-down", map[string]any{"node": node})
	living := slices.Delete(slices.Clone(l.addrs), int(node)-1, int(node))
	if again := l.beats(l.client(kgo.SeedBrokers(living...)), beat("one", 1, holding(one))); again.MemberEpoch != 1 || owns(again) != 6 {
		t.Errorf("the other node tells one of epoch %d and %d partitions, want 1 and 6", again.MemberEpoch, owns(again))
	}
	l.apply("node-up", map[string]any{"node": node})
	l.beats(l.client(), beat("one", -1))
	l.member()
	l.member()
	before := l.settles(3, 3)
	l.bounce(int(node))
	must(t, l.client(kgo.DefaultProduceTopic("orders")).ProduceSync(within(t), kgo.StringRecord("x")).FirstErr())
	l.commits(1)
	if after := l.settles(3, 3); !maps.EqualFunc(after, before, slices.Equal) {
		t.Errorf("afterwards %v, want %v", after, before)
	}
}

// TestBothProtocols: a group without members belongs to whoever comes next, its offsets
// stay; the two protocols do not mix.
func TestBothProtocols(t *testing.T) {
	l := startConsumers(t)
	producer := l.client(kgo.DefaultProduceTopic("orders"))
	classic := func(opts ...kgo.Opt) *kgo.Client {
		return l.client(append(opts, kgo.ConsumerGroup("g"), kgo.ConsumeTopics("orders"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	}
	want := int64(0)
	for range 2 {
		want++
		must(t, producer.ProduceSync(within(t), kgo.StringRecord("to a classic member")).FirstErr())
		old := classic()
		read(t, old, 1)
		if err := l.group().Err; err == nil {
			t.Error("a classic group is described as one with the consumer protocol")
		}
		if _, err := l.refusedBeat(beat("m", 0)); err == nil {
			t.Error("the consumer protocol may join a classic group")
		}
		must(t, old.CommitUncommittedOffsets(within(t)))
		old.Close()
		want++
		must(t, producer.ProduceSync(within(t), kgo.StringRecord("to a member with the consumer protocol")).FirstErr())
		next := l.member()
		l.commits(want)
		if d, err := l.admin().DescribeGroups(within(t), "g"); err != nil || d["g"].State != "Dead" {
			t.Errorf("a group with the consumer protocol is described as classic: %+v, %v", d["g"], err)
		}
		stray := classic(kgo.Balancers(kgo.RangeBalancer()))
		ctx, cancel := context.WithTimeout(within(t), 200*time.Millisecond)
		if fetches := stray.PollFetches(ctx); fetches.NumRecords() > 0 {
			t.Error("a classic member reads in a group with the consumer protocol")
		}
		cancel()
		stray.Close()
		next.Close()
	}
}
