package kafka

import (
	"fmt"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// handleConsumerGroupHeartbeat is all that a member of a group with the consumer protocol
// asks: to join, to go on, to leave.
func (k *call) handleConsumerGroupHeartbeat() error {
	req, resp := k.request.(*kmsg.ConsumerGroupHeartbeatRequest), k.response().(*kmsg.ConsumerGroupHeartbeatResponse)
	var out model.Beaten
	err := firstError(k.atCoordinator(req.Group), k.b.room())
	if err == nil {
		out, err = k.b.cluster.Beat(k.beat(req))
	}
	resp.ErrorCode, resp.ErrorMessage = k.code(err), text(err)
	if err == nil {
		resp.MemberID, resp.MemberEpoch, resp.HeartbeatIntervalMillis = &out.Member, out.Epoch, int32(out.Heartbeat.Milliseconds())
	}
	if out.Assignment != nil {
		resp.Assignment = &kmsg.ConsumerGroupHeartbeatResponseAssignment{}
		for _, o := range out.Assignment {
			resp.Assignment.Topics = append(resp.Assignment.Topics, kmsg.ConsumerGroupHeartbeatResponseAssignmentTopic{TopicID: o.Topic, Partitions: o.Partitions})
		}
	}
	k.reply(resp)
	return nil
}

// beat reads a heartbeat. In version 0 it is the coordinator who gives newcomers an id.
func (k *call) beat(req *kmsg.ConsumerGroupHeartbeatRequest) model.Beat {
	host, _, _ := net.SplitHostPort(k.nc.RemoteAddr().String())
	b := model.Beat{
		Group: req.Group, Member: req.MemberID, Instance: or(req.InstanceID), Rack: or(req.RackID), Epoch: req.MemberEpoch,
		Client: k.name, ClientID: k.Client, Host: host, Rebalance: time.Duration(req.RebalanceTimeoutMillis) * time.Millisecond,
		Topics: req.SubscribedTopicNames, Pattern: req.SubscribedTopicRegex, Assignor: req.ServerAssignor,
	}
	if k.Version == 0 && b.Member == "" && b.Epoch == 0 {
		b.Member = fmt.Sprintf("%.64s-%s", k.Client, k.name)
	}
	if req.Topics != nil {
		b.Owned = make([]model.Owned, 0, len(req.Topics))
	}
	for _, t := range req.Topics {
		b.Owned = append(b.Owned, model.Owned{Topic: t.TopicID, Partitions: t.Partitions})
	}
	return b
}

// handleConsumerGroupDescribe tells all about groups with the consumer protocol.
func (k *call) handleConsumerGroupDescribe() error {
	req, resp := k.request.(*kmsg.ConsumerGroupDescribeRequest), k.response().(*kmsg.ConsumerGroupDescribeResponse)
	for _, id := range req.Groups {
		one := kmsg.NewConsumerGroupDescribeResponseGroup()
		one.Group, one.State = id, string(model.Dead)
		g, err := k.b.cluster.Group(id), k.atCoordinator(id)
		if err == nil && (g == nil || g.Type != model.Consumer) {
			err = model.Errorf(model.GroupIDNotFound, "Group %.200s is not a consumer group.", id)
		}
		one.ErrorCode, one.ErrorMessage = k.code(err), text(err)
		if err == nil {
			one.State, one.Epoch, one.AssignmentEpoch, one.AssignorName = g.ConsumerState(), g.Epoch(), g.Epoch(), g.Assignor()
			for _, m := range g.Members() {
				one.Members = append(one.Members, describeConsumer(m))
			}
		}
		resp.Groups = append(resp.Groups, one)
	}
	k.reply(resp)
	return nil
}

func describeConsumer(m *model.Member) kmsg.ConsumerGroupDescribeResponseGroupMember {
	s, out := m.Standing(), kmsg.NewConsumerGroupDescribeResponseGroupMember()
	out.MemberID, out.InstanceID, out.RackID, out.ClientID, out.ClientHost = m.ID, some(m.Instance), some(s.Rack), m.ClientID, "/"+m.Host
	out.MemberEpoch, out.SubscribedTopics, out.SubscribedTopicRegex, out.MemberType = s.Epoch, s.Topics, some(s.Pattern), consumerMember
	out.Assignment, out.TargetAssignment = assignment(s.Assigned), assignment(s.Target)
	return out
}

// consumerMember is the type of a member that speaks the consumer protocol.
const consumerMember = 1

// assignment names partitions, which stand in order, by their topics.
func assignment(partitions []*model.Partition) (out kmsg.Assignment) {
	for _, p := range partitions {
		if n := len(out.TopicPartitions); n == 0 || out.TopicPartitions[n-1].TopicID != p.Topic.ID {
			out.TopicPartitions = append(out.TopicPartitions, kmsg.AssignmentTopicPartition{TopicID: p.Topic.ID, Topic: p.Topic.Name})
		}
		last := &out.TopicPartitions[len(out.TopicPartitions)-1]
		last.Partitions = append(last.Partitions, p.Index)
	}
	return out
}
