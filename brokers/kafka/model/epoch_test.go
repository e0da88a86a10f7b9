package model

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// newBeaten is a cluster with topics of four partitions each, and room for three members.
func newBeaten(t *testing.T, topics ...string) *Cluster {
	t.Helper()
	quota := brokers.DefaultQuota()
	quota.Consumers = 3
	c := NewCluster(Config{
		Clock: brokers.NewVirtualClock(time.Unix(0, 0)), Journal: brokers.NewJournal(1<<20, brokers.Forget, brokers.RealClock()),
		Quota: quota, Nodes: 3, Run: func(step func()) { step() },
	})
	for _, topic := range topics {
		if _, err := c.CreateTopic(NewTopic{Name: topic, Partitions: 4, Replication: 1}, false); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// joining is the first heartbeat of a member.
func joining(member string) Beat {
	return Beat{Group: "g", Member: member, Rebalance: time.Minute, Topics: []string{"orders"}, Owned: []Owned{}}
}

func (c *Cluster) beats(t *testing.T, b Beat) Beaten {
	t.Helper()
	out, err := c.Beat(b)
	if err != nil {
		t.Fatalf("%s at epoch %d: %v", b.Member, b.Epoch, err)
	}
	return out
}

// TestBeatsThatMakeNoSense: what a heartbeat has to say, and how much it may.
func TestBeatsThatMakeNoSense(t *testing.T) {
	pattern := func(s string) *string { return &s }
	for _, tt := range []struct {
		rule string
		with func(*Beat)
		want error
	}{
		{"all there is to say", func(*Beat) {}, nil},
		{"a pattern in place of topics", func(b *Beat) { b.Topics, b.Pattern = nil, pattern("or.*") }, nil},
		{"no group", func(b *Beat) { b.Group = "" }, InvalidRequest},
		{"no member", func(b *Beat) { b.Member = "" }, InvalidRequest},
		{"a member id of 128 bytes", func(b *Beat) { b.Member = strings.Repeat("m", maxName) }, nil},
		{"a member id of 129 bytes", func(b *Beat) { b.Member = strings.Repeat("m", maxName+1) }, InvalidRequest},
		{"an epoch below that of a member that will be back", func(b *Beat) { b.Epoch = epochAway - 1 }, InvalidRequest},
		{"no rebalance timeout", func(b *Beat) { b.Rebalance = -1 }, InvalidRequest},
		{"not that it owns nothing", func(b *Beat) { b.Owned = nil }, InvalidRequest},
		{"that it owns something already", func(b *Beat) { b.Owned = []Owned{{}} }, InvalidRequest},
		{"no subscription", func(b *Beat) { b.Topics = nil }, InvalidRequest},
		{"an empty pattern alone", func(b *Beat) { b.Topics, b.Pattern = nil, pattern("") }, InvalidRequest},
		{"a subscription to nothing", func(b *Beat) { b.Topics = []string{} }, nil},
		{"half a pattern", func(b *Beat) { b.Pattern = pattern("(") }, InvalidRegularExpression},
		{"another assignor", func(b *Beat) { b.Assignor = pattern("sticky") }, UnsupportedAssignor},
		{"a pattern that takes 64 KiB", func(b *Beat) { b.Pattern = pattern(strings.Repeat("a", maxShare/32)) }, GroupMaxSizeReached},
		{"topics that take 64 KiB", func(b *Beat) { b.Topics = []string{strings.Repeat("t", maxShare)} }, GroupMaxSizeReached},
		{"many topics without a name", func(b *Beat) { b.Topics = make([]string, maxShare/16+1) }, GroupMaxSizeReached},
		{"a rack that takes 64 KiB", func(b *Beat) { b.Rack = strings.Repeat("r", maxShare+1) }, GroupMaxSizeReached},
	} {
		b := joining("one")
		tt.with(&b)
		if _, err := newBeaten(t, "orders").Beat(b); CodeOf(err) != CodeOf(tt.want) {
			t.Errorf("%s: %v, want %v", tt.rule, err, tt.want)
		}
	}
}

// TestPatternsMatchWholeNames: a pattern is for the whole name of a topic, and told as it
// was given.
func TestPatternsMatchWholeNames(t *testing.T) {
	c := newBeaten(t, "order", "orders", "preorder", "refund", "refunds")
	for pattern, want := range map[string]string{"order": "order", "order|refund": "order refund", "order.*": "order orders", ".*s": "orders refunds"} {
		b := joining("one")
		b.Topics, b.Pattern = nil, &pattern
		c.beats(t, b)
		m := c.Group("g").Members()[0]
		var got []string
		for _, p := range m.Standing().Target {
			if !slices.Contains(got, p.Topic.Name) {
				got = append(got, p.Topic.Name)
			}
		}
		if names := strings.Join(got, " "); names != want || m.Standing().Pattern != pattern {
			t.Errorf("%s (told as %s) matches %s, want %s", pattern, m.Standing().Pattern, names, want)
		}
	}
}

// TestEpochsGoOn: a group that changes its protocol counts on, so that no member's number
// is ever used again.
func TestEpochsGoOn(t *testing.T) {
	c := newBeaten(t, "orders")
	var generation int32
	for range 3 {
		var id string
		c.Join(Join{
			Group: "g", ClientID: "old", Kind: "consumer", Protocols: []Protocol{{Name: "range"}}, Session: time.Minute, Rebalance: time.Minute,
			Done: func(j Joined) { id, generation = j.Member, j.Generation },
		})
		if err := c.Leave("g", id, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	if out := c.beats(t, joining("one")); out.Epoch <= generation || generation < 3 {
		t.Errorf("the first epoch is %d, behind generation %d", out.Epoch, generation)
	}
}

// TestAway: a static member that will be back is not there meanwhile: whoever goes on in
// its name has to join.
func TestAway(t *testing.T) {
	c := newBeaten(t, "orders")
	b := joining("one")
	b.Instance = "s"
	epoch := c.beats(t, b).Epoch
	goOn := Beat{Group: "g", Member: "one", Instance: "s", Epoch: epoch, Rebalance: -1}
	c.beats(t, goOn)
	c.beats(t, Beat{Group: "g", Member: "one", Instance: "s", Epoch: epochAway})
	if _, err := c.Beat(goOn); CodeOf(err) != FencedMemberEpoch {
		t.Errorf("one that is away goes on: %v, want %v", err, FencedMemberEpoch)
	}
	if again := c.beats(t, b); again.Epoch != epoch || len(again.Assignment) != 1 {
		t.Errorf("back again it is at epoch %d with %v, want %d and what it had", again.Epoch, again.Assignment, epoch)
	}
	dynamic := joining("two")
	now := c.beats(t, dynamic).Epoch
	c.beats(t, Beat{Group: "g", Member: "two", Epoch: epochAway})
	if _, err := c.Beat(Beat{Group: "g", Member: "two", Epoch: now, Rebalance: -1}); CodeOf(err) != UnknownMemberID {
		t.Errorf("a member without an instance that says it will be back: %v, want %v", err, UnknownMemberID)
	}
}

// TestComesBackAsAnother: a static member that comes back has a new id, and the journal
// says under that one what it reads.
func TestComesBackAsAnother(t *testing.T) {
	c := newBeaten(t, "orders")
	b := joining("one")
	b.Instance = "s"
	epoch := c.beats(t, b).Epoch
	c.beats(t, Beat{Group: "g", Member: "one", Instance: "s", Epoch: epochAway})
	b.Member = "again"
	if out := c.beats(t, b); out.Epoch != epoch || len(out.Assignment) != 1 || len(out.Assignment[0].Partitions) != 4 {
		t.Errorf("it is at epoch %d with %v, want %d and four partitions", out.Epoch, out.Assignment, epoch)
	}
	told := make(map[string]int)
	for _, e := range c.cfg.Journal.Since(0) {
		if e.Kind == brokers.Assigned && e.Place != "" {
			told[e.Consumer]++
		}
	}
	if told["one"] != 4 || told["again"] != 4 {
		t.Errorf("the journal has assigned %v, want four to each", told)
	}
}

// TestPatienceIsForOneTime: whoever has given up in time has the whole time again when it
// is told to give up something else.
func TestPatienceIsForOneTime(t *testing.T) {
	c := newBeaten(t, "orders")
	clock := c.cfg.Clock
	epoch := c.beats(t, joining("one")).Epoch
	goOn := func(rule string) {
		t.Helper()
		out := c.beats(t, Beat{Group: "g", Member: "one", Epoch: epoch, Rebalance: -1})
		if out.Assignment != nil { // told to give up: done
			out = c.beats(t, Beat{Group: "g", Member: "one", Epoch: epoch, Rebalance: -1, Owned: out.Assignment})
		}
		if epoch = out.Epoch; c.Group("g").members["one"] == nil {
			t.Fatal(rule)
		}
	}
	c.beats(t, joining("two"))
	goOn("gave up in time")
	clock.Skip(40 * time.Second) // of a minute
	c.beats(t, joining("three"))
	c.beats(t, Beat{Group: "g", Member: "one", Epoch: epoch, Rebalance: -1}) // it is told, and takes its time
	clock.Skip(30 * time.Second)
	if c.Group("g").members["one"] == nil {
		t.Fatal("a member is put out thirty seconds after it was told, with a minute to go")
	}
	clock.Skip(31 * time.Second)
	if c.Group("g").members["one"] != nil {
		t.Error("a member that gives up nothing is still there after a minute")
	}
}

// TestOthersReadTheSame: two groups have nothing to do with each other, and members of
// both count towards the quota.
func TestOthersReadTheSame(t *testing.T) {
	c := newBeaten(t, "orders")
	other := joining("two")
	other.Group = "other"
	for _, b := range []Beat{joining("one"), other} {
		if out := c.beats(t, b); len(out.Assignment) != 1 || len(out.Assignment[0].Partitions) != 4 {
			t.Errorf("%s in %s may read %v, want all four", b.Member, b.Group, out.Assignment)
		}
	}
	c.beats(t, joining("three"))
	if _, err := c.Beat(joining("four")); CodeOf(err) != GroupMaxSizeReached {
		t.Errorf("a fourth member of three: %v", err)
	}
}

// TestSubscriptionsChange: as many topics, but others, make a new epoch; the same ones in
// another order do not. So does a topic that goes and one that grows, of those subscribed to.
func TestSubscriptionsChange(t *testing.T) {
	c := newBeaten(t, "orders", "refunds", "others")
	epoch := c.beats(t, joining("one")).Epoch
	says := func(rule string, bumps bool, with func(*Beat)) {
		t.Helper()
		b := Beat{Group: "g", Member: "one", Epoch: epoch, Rebalance: -1}
		with(&b)
		c.beats(t, b)
		now := c.Group("g").Epoch()
		if (now > epoch) != bumps {
			t.Errorf("%s: epoch %d after %d", rule, now, epoch)
		}
		for range 2 { // it gives up what it has to
			if out := c.beats(t, Beat{Group: "g", Member: "one", Epoch: epoch, Rebalance: -1, Owned: ownedOf(c.Group("g").Members()[0].assigned())}); out.Epoch > epoch {
				epoch = out.Epoch
			}
		}
	}
	nothing := func(*Beat) {}
	says("another topic", true, func(b *Beat) { b.Topics = []string{"refunds"} })
	says("one more", true, func(b *Beat) { b.Topics = []string{"refunds", "orders"} })
	says("the same two", false, func(b *Beat) { b.Topics = []string{"orders", "refunds", "orders"} })
	says("nothing new", false, nothing)
	if err := c.Grow("others", 6, nil, false); err != nil {
		t.Fatal(err)
	}
	says("a topic of others grows", false, nothing)
	if err := c.Grow("orders", 6, nil, false); err != nil {
		t.Fatal(err)
	}
	says("a topic grows", true, nothing)
	if err := c.DeleteTopic("refunds"); err != nil {
		t.Fatal(err)
	}
	says("a topic goes", true, nothing)
	pattern := "oth.*"
	says("a pattern besides", true, func(b *Beat) { b.Pattern = &pattern })
	other := "x.*"
	says("another pattern", true, func(b *Beat) { b.Pattern = &other })
	for _, p := range c.Group("g").Members()[0].Standing().Target {
		if p.Topic.Name != "orders" {
			t.Errorf("%s is still wanted, whose pattern is gone", p.place)
		}
	}
	if n := len(c.Group("g").Members()[0].Standing().Target); n != 6 {
		t.Errorf("%d partitions are wanted, want six of orders", n)
	}
}

// TestPartitionsThatAreNotThere: a client may say that it owns anything.
func TestPartitionsThatAreNotThere(t *testing.T) {
	c := newBeaten(t, "orders")
	id := c.Topic("orders").ID
	got := c.partitionsOf([]Owned{{Topic: id, Partitions: []int32{-1, 0, 3, 4, 1 << 30}}, {Topic: [16]byte{9}, Partitions: []int32{0}}})
	if len(got) != 2 {
		t.Errorf("%d partitions are there, want 2 of them", len(got))
	}
	if c.partitionsOf(nil) != nil {
		t.Error("nothing said is not the same as nothing owned")
	}
}

// TestMayFetchOffsets: who names itself has to be a member, at its own epoch.
func TestMayFetchOffsets(t *testing.T) {
	c := newBeaten(t, "orders")
	epoch := c.beats(t, joining("one")).Epoch
	g := c.Group("g")
	for _, tt := range []struct {
		member string
		epoch  int32
		want   error
	}{
		{"", -1, nil}, {"", 0, UnknownMemberID}, {"one", epoch, nil}, {"one", epoch + 1, StaleMemberEpoch}, {"one", epoch - 1, StaleMemberEpoch}, {"two", epoch, UnknownMemberID},
	} {
		if err := g.MayFetchOffsets(tt.member, tt.epoch); !errors.Is(err, tt.want) {
			t.Errorf("%q at epoch %d: %v, want %v", tt.member, tt.epoch, err, tt.want)
		}
	}
}
