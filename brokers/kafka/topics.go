package kafka

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// handleCreateTopics makes topics.
func (k *call) handleCreateTopics() error {
	req, resp := k.request.(*kmsg.CreateTopicsRequest), k.response().(*kmsg.CreateTopicsResponse)
	for _, want := range req.Topics {
		n := model.NewTopic{Name: want.Topic, Partitions: want.NumPartitions, Replication: want.ReplicationFactor, Config: make(map[string]string)}
		for _, c := range want.Configs {
			n.Config[c.Name] = or(c.Value)
		}
		for _, a := range want.ReplicaAssignment {
			if n.Assignment == nil {
				n.Assignment = make(map[int32][]int32)
			}
			n.Assignment[a.Partition] = a.Replicas
		}
		one := kmsg.NewCreateTopicsResponseTopic()
		one.Topic = want.Topic
		var t *model.Topic
		err := k.b.room()
		if err == nil {
			t, err = k.b.cluster.CreateTopic(n, req.ValidateOnly)
		}
		one.ErrorCode, one.ErrorMessage = k.code(err), text(err)
		if t != nil {
			one.TopicID, one.NumPartitions, one.ReplicationFactor = t.ID, int32(len(t.Partitions)), int16(len(t.Partitions[0].Replicas))
			for _, s := range t.Settings() {
				one.Configs = append(one.Configs, kmsg.CreateTopicsResponseTopicConfig{Name: s.Name, Value: &s.Value, Source: int8(source(s))})
			}
		}
		resp.Topics = append(resp.Topics, one)
	}
	k.reply(resp)
	return nil
}

// handleDeleteTopics removes topics, by name or id.
func (k *call) handleDeleteTopics() error {
	req, resp := k.request.(*kmsg.DeleteTopicsRequest), k.response().(*kmsg.DeleteTopicsResponse)
	for _, name := range req.TopicNames {
		req.Topics = append(req.Topics, kmsg.DeleteTopicsRequestTopic{Topic: &name})
	}
	for _, want := range req.Topics {
		one := kmsg.NewDeleteTopicsResponseTopic()
		one.Topic, one.TopicID = want.Topic, want.TopicID
		var t *model.Topic
		var err error = model.UnknownTopicOrPartition
		if want.Topic != nil {
			t = k.b.cluster.Topic(*want.Topic)
		} else {
			t = k.b.cluster.TopicByID(want.TopicID)
			err = model.UnknownTopicID
		}
		if t != nil {
			one.Topic, one.TopicID = &t.Name, t.ID
			err = k.b.cluster.DeleteTopic(t.Name)
		}
		one.ErrorCode, one.ErrorMessage = k.code(err), text(err)
		resp.Topics = append(resp.Topics, one)
	}
	k.reply(resp)
	return nil
}

// handleCreatePartitions gives topics more partitions.
func (k *call) handleCreatePartitions() error {
	req, resp := k.request.(*kmsg.CreatePartitionsRequest), k.response().(*kmsg.CreatePartitionsResponse)
	for _, want := range req.Topics {
		one := kmsg.NewCreatePartitionsResponseTopic()
		one.Topic = want.Topic
		var assignment map[int32][]int32
		if t := k.b.cluster.Topic(want.Topic); t != nil && len(want.Assignment) > 0 {
			assignment = make(map[int32][]int32)
			for i, a := range want.Assignment {
				assignment[int32(len(t.Partitions)+i)] = a.Replicas
			}
		}
		err := k.b.room()
		if err == nil {
			err = k.b.cluster.Grow(want.Topic, want.Count, assignment, req.ValidateOnly)
		}
		one.ErrorCode, one.ErrorMessage = k.code(err), text(err)
		resp.Topics = append(resp.Topics, one)
	}
	k.reply(resp)
	return nil
}

// handleDeleteRecords moves the start of logs.
func (k *call) handleDeleteRecords() error {
	req, resp := k.request.(*kmsg.DeleteRecordsRequest), k.response().(*kmsg.DeleteRecordsResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewDeleteRecordsResponseTopic()
		rt.Topic = t.Topic
		for _, want := range t.Partitions {
			one := kmsg.NewDeleteRecordsResponseTopicPartition()
			one.Partition, one.LowWatermark = want.Partition, -1
			p, err := k.b.cluster.Partition(t.Topic, want.Partition)
			if err == nil {
				err = p.CheckEpoch(k.node, -1)
			}
			if err == nil {
				one.LowWatermark, err = p.DeleteRecords(want.Offset, k.name)
			}
			one.ErrorCode = k.code(err)
			rt.Partitions = append(rt.Partitions, one)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	k.reply(resp)
	return nil
}

// handleElectLeaders elects the preferred replicas, or any that are up. Without topics,
// it does so for all partitions that need it.
func (k *call) handleElectLeaders() error {
	req, resp := k.request.(*kmsg.ElectLeadersRequest), k.response().(*kmsg.ElectLeadersResponse)
	all := req.Topics == nil
	for _, t := range k.b.cluster.Topics() {
		if all {
			want := kmsg.NewElectLeadersRequestTopic()
			want.Topic = t.Name
			for _, p := range t.Partitions {
				want.Partitions = append(want.Partitions, p.Index)
			}
			req.Topics = append(req.Topics, want)
		}
	}
	for _, t := range req.Topics {
		rt := kmsg.NewElectLeadersResponseTopic()
		rt.Topic = t.Topic
		for _, index := range t.Partitions {
			p, err := k.b.cluster.Partition(t.Topic, index)
			if err == nil && req.ElectionType == 1 {
				err = p.ElectUnclean()
			} else if err == nil {
				err = p.ElectPreferred()
			}
			if all && model.CodeOf(err) == model.ElectionNotNeeded {
				continue
			}
			one := kmsg.NewElectLeadersResponseTopicPartition()
			one.Partition, one.ErrorCode, one.ErrorMessage = index, k.code(err), text(err)
			rt.Partitions = append(rt.Partitions, one)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	k.reply(resp)
	return nil
}

// handleReassign gives partitions other replicas. Here that is done at once, so there is
// never a reassignment to cancel or to list.
func (k *call) handleReassign() error {
	req, resp := k.request.(*kmsg.AlterPartitionAssignmentsRequest), k.response().(*kmsg.AlterPartitionAssignmentsResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewAlterPartitionAssignmentsResponseTopic()
		rt.Topic = t.Topic
		for _, want := range t.Partitions {
			one := kmsg.NewAlterPartitionAssignmentsResponseTopicPartition()
			one.Partition = want.Partition
			p, err := k.b.cluster.Partition(t.Topic, want.Partition)
			if err == nil && want.Replicas == nil {
				err = model.NoReassignment
			}
			if err == nil {
				err = p.Reassign(want.Replicas)
			}
			one.ErrorCode, one.ErrorMessage = k.code(err), text(err)
			rt.Partitions = append(rt.Partitions, one)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	k.reply(resp)
	return nil
}

func (k *call) handleListReassignments() error {
	k.reply(k.response())
	return nil
}
