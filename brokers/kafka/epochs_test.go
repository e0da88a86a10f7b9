package kafka_test

import (
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers"
)

// beat is the heartbeat of a member of g, which says all there is to say. It has a minute
// to give up what it is told to.
func beat(member string, epoch int32, change ...func(*kmsg.ConsumerGroupHeartbeatRequest)) *kmsg.ConsumerGroupHeartbeatRequest {
	req := kmsg.NewPtrConsumerGroupHeartbeatRequest()
	req.Group, req.MemberID, req.MemberEpoch, req.RebalanceTimeoutMillis = "g", member, epoch, 60_000
	req.SubscribedTopicNames, req.Topics = []string{"orders"}, []kmsg.ConsumerGroupHeartbeatRequestTopic{}
	for _, c := range change {
		c(req)
	}
	return req
}

// beats sends a heartbeat that is to succeed.
func (l *lab) beats(cl *kgo.Client, req *kmsg.ConsumerGroupHeartbeatRequest) *kmsg.ConsumerGroupHeartbeatResponse {
	l.t.Helper()
	resp, err := req.RequestWith(within(l.t), cl)
	must(l.t, err)
	must(l.t, kerr.ErrorForCode(resp.ErrorCode))
	return resp
}

// refusedBeat sends a heartbeat and returns its error and the words with it.
func (l *lab) refusedBeat(req *kmsg.ConsumerGroupHeartbeatRequest) (string, error) {
	l.t.Helper()
	resp, err := req.RequestWith(within(l.t), l.client())
	must(l.t, err)
	words := ""
	if resp.ErrorMessage != nil {
		words = *resp.ErrorMessage
	}
	return words, kerr.ErrorForCode(resp.ErrorCode)
}

// holding has a heartbeat say that its member owns what it was told.
func holding(resp *kmsg.ConsumerGroupHeartbeatResponse) func(*kmsg.ConsumerGroupHeartbeatRequest) {
	return func(req *kmsg.ConsumerGroupHeartbeatRequest) {
		for _, t := range resp.Assignment.Topics {
			req.Topics = append(req.Topics, kmsg.ConsumerGroupHeartbeatRequestTopic{TopicID: t.TopicID, Partitions: t.Partitions})
		}
	}
}

// owns counts the partitions in an answer; -1: it has no assignment.
func owns(resp *kmsg.ConsumerGroupHeartbeatResponse) int {
	if resp.Assignment == nil {
		return -1
	}
	n := 0
	for _, t := range resp.Assignment.Topics {
		n += len(t.Partitions)
	}
	return n
}

// short leaves out of a heartbeat what has not changed.
func short(req *kmsg.ConsumerGroupHeartbeatRequest) {
	req.RebalanceTimeoutMillis, req.SubscribedTopicNames, req.Topics = -1, nil, nil
}

// TestRevokeBeforeAssign: what one member gives up another gets when the first has said
// so, and not before.
func TestRevokeBeforeAssign(t *testing.T) {
	l := startConsumers(t)
	cl := l.client()
	one := l.beats(cl, beat("one", 0))
	if owns(one) != 6 || one.MemberEpoch != 1 {
		t.Fatalf("one alone has %d partitions at epoch %d, want 6 at 1", owns(one), one.MemberEpoch)
	}
	two := l.beats(cl, beat("two", 0))
	if owns(two) != 0 || two.MemberEpoch != 2 {
		t.Fatalf("two has %d partitions at epoch %d, want none yet at 2", owns(two), two.MemberEpoch)
	}
	told := l.beats(cl, beat("one", 1, short))
	if owns(told) != 3 || told.MemberEpoch != 1 {
		t.Fatalf("one is told to keep %d at epoch %d, want 3 at 1", owns(told), told.MemberEpoch)
	}
	if again := l.beats(cl, beat("one", 1, holding(one))); owns(again) != 3 || again.MemberEpoch != 1 {
		t.Errorf("one, which has given up nothing, has %d at epoch %d", owns(again), again.MemberEpoch)
	}
	if still := l.beats(cl, beat("two", 2, short)); owns(still) != -1 {
		t.Errorf("two gets %d before one has given them up", owns(still))
	}
	if gave := l.beats(cl, beat("one", 1, holding(told))); owns(gave) != 3 || gave.MemberEpoch != 2 {
		t.Errorf("one has %d at epoch %d, want 3 at 2", owns(gave), gave.MemberEpoch)
	}
	if got := l.beats(cl, beat("two", 2, short)); owns(got) != 3 {
		t.Errorf("two gets %d, want 3", owns(got))
	}
	if later := l.beats(cl, beat("two", 2, short)); owns(later) != -1 {
		t.Error("an assignment is said twice")
	}
	l.beats(cl, beat("one", -1))
	if left := l.beats(cl, beat("two", 2, short)); owns(left) != 6 || left.MemberEpoch != 3 {
		t.Errorf("two has %d at epoch %d, want 6 at 3", owns(left), left.MemberEpoch)
	}
}

// TestRevokeInTime: a member that does not give up what it has to within its rebalance
// timeout is out.
func TestRevokeInTime(t *testing.T) {
	l := startConsumers(t)
	cl := l.client()
	hasty := func(req *kmsg.ConsumerGroupHeartbeatRequest) { req.RebalanceTimeoutMillis = 1000 }
	l.beats(cl, beat("one", 0, hasty))
	l.beats(cl, beat("two", 0, hasty))
	l.beats(cl, beat("one", 1, short))
	l.clock.Skip(2 * time.Second)
	if _, err := l.refusedBeat(beat("one", 1, short)); !errors.Is(err, kerr.UnknownMemberID) {
		t.Errorf("the late one is told %v", err)
	}
	if got := l.beats(cl, beat("two", 2, short)); owns(got) != 6 {
		t.Errorf("two gets %d, want 6", owns(got))
	}
	if left := l.events(brokers.Left); len(left) != 1 || left[0].Reason != "rebalance.timeout.ms" {
		t.Errorf("left: %+v", left)
	}
}

// TestEpochs: heartbeats of members that are not there, behind or ahead, and of others
// that make no sense.
func TestEpochs(t *testing.T) {
	l := startConsumers(t)
	cl := l.client()
	instance := func(id string) func(*kmsg.ConsumerGroupHeartbeatRequest) {
		return func(req *kmsg.ConsumerGroupHeartbeatRequest) { req.InstanceID = &id }
	}
	if _, err := l.refusedBeat(beat("one", 3)); !errors.Is(err, kerr.GroupIDNotFound) {
		t.Errorf("no group: %v", err)
	}
	one := l.beats(cl, beat("one", 0))
	l.beats(cl, beat("static", 0, instance("s")))
	told := l.beats(cl, beat("one", 1, short))
	l.beats(cl, beat("one", 1, holding(told)))
	text := func(s string) *string { return &s }
	for what, c := range map[string]struct {
		req  *kmsg.ConsumerGroupHeartbeatRequest
		want error
	}{
		"unknown":         {beat("nobody", 1), kerr.UnknownMemberID},
		"ahead":           {beat("one", 9, short), kerr.FencedMemberEpoch},
		"behind":          {beat("one", 1, short), kerr.FencedMemberEpoch},
		"behind, too big": {beat("one", 1, holding(one)), kerr.FencedMemberEpoch},
		"instance taken":  {beat("other", 0, instance("s")), kerr.UnreleasedInstanceID},
		"instance fenced": {beat("other", 2, instance("s")), kerr.FencedInstanceID},
		"no member id":    {beat("", 0), kerr.InvalidRequest},
		"epoch":           {beat("one", -3), kerr.InvalidRequest},
		"joins, owning":   {beat("two", 0, holding(one)), kerr.InvalidRequest},
		"joins, short":    {beat("two", 0, short), kerr.InvalidRequest},
		"assignor":        {beat("two", 0, func(r *kmsg.ConsumerGroupHeartbeatRequest) { r.ServerAssignor = text("mine") }), kerr.UnsupportedAssignor},
		"pattern":         {beat("two", 0, func(r *kmsg.ConsumerGroupHeartbeatRequest) { r.SubscribedTopicRegex = text("(") }), kerr.InvalidRegularExpression},
	} {
		if words, err := l.refusedBeat(c.req); !errors.Is(err, c.want) || words == "" {
			t.Errorf("%s: %v %q, want %v with words", what, err, words, c.want)
		}
	}
	if lost := l.beats(cl, beat("one", 1, holding(told))); lost.MemberEpoch != 2 || owns(lost) != 3 {
		t.Errorf("a member that has lost an answer is told epoch %d and %d partitions, want 2 and 3", lost.MemberEpoch, owns(lost))
	}
	if anew := l.beats(cl, beat("one", 0)); anew.MemberEpoch != 2 || owns(anew) != 3 {
		t.Errorf("a member that begins anew is told epoch %d and %d partitions, want 2 and 3", anew.MemberEpoch, owns(anew))
	}
}

// TestStaleCommits: a commit has to come from a member, in an epoch in which the partition
// was its own.
func TestStaleCommits(t *testing.T) {
	l := startConsumers(t)
	cl := l.client()
	one := l.beats(cl, beat("one", 0))
	l.beats(cl, beat("two", 0))
	told := l.beats(cl, beat("one", 1, short))
	l.beats(cl, beat("one", 1, holding(told)))
	l.beats(cl, beat("two", 2, short))
	has := make(map[int32]bool)
	for _, p := range told.Assignment.Topics[0].Partitions {
		has[p] = true
	}
	commit := func(member string, epoch, partition int32) error {
		req := kmsg.NewPtrOffsetCommitRequest()
		req.Group, req.MemberID, req.Generation = "g", member, epoch
		p := kmsg.NewOffsetCommitRequestTopicPartition()
		p.Partition = partition
		req.Topics = []kmsg.OffsetCommitRequestTopic{{Topic: "orders", Partitions: []kmsg.OffsetCommitRequestTopicPartition{p}}}
		resp, err := req.RequestWith(within(t), cl)
		must(t, err)
		return kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode)
	}
	fetch := func(member string, epoch int32) error {
		req, g := kmsg.NewPtrOffsetFetchRequest(), kmsg.NewOffsetFetchRequestGroup()
		g.Group, g.MemberID, g.MemberEpoch = "g", &member, epoch
		req.Groups = []kmsg.OffsetFetchRequestGroup{g}
		resp, err := req.RequestWith(within(t), cl)
		must(t, err)
		return kerr.ErrorForCode(resp.Groups[0].ErrorCode)
	}
	gone := int32(-1) // what two has of one
	for _, p := range one.Assignment.Topics[0].Partitions {
		var want error // a partition that is still its own may be committed with the epoch before
		if !has[p] {
			want, gone = kerr.StaleMemberEpoch, p
		}
		if err := commit("one", 1, p); !errors.Is(err, want) {
			t.Errorf("partition %d with the epoch before: %v, want %v", p, err, want)
		}
	}
	for _, c := range []struct {
		what string
		got  error
		want error
	}{
		{"its own epoch", commit("one", 2, 0), nil},
		{"an epoch to come", commit("one", 3, 0), kerr.StaleMemberEpoch},
		{"no epoch", commit("one", -1, 0), kerr.StaleMemberEpoch},
		{"an epoch in which it was another's", commit("two", 1, gone), kerr.StaleMemberEpoch},
		{"what it was given then", commit("two", 2, gone), nil},
		{"nobody", commit("", -1, 0), kerr.UnknownMemberID},
		{"somebody", commit("who", 2, 0), kerr.UnknownMemberID},
		{"fetch", fetch("one", 2), nil},
		{"fetch, behind", fetch("one", 1), kerr.StaleMemberEpoch},
		{"fetch, somebody", fetch("who", 1), kerr.UnknownMemberID},
		{"fetch, nobody", fetch("", -1), nil},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
}
