package kafka

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// clusterID is what the cluster calls itself.
const clusterID = "brokerlab-kafka-miniat"

// handleMetadata tells who leads which partition, and where the nodes are.
func (k *call) handleMetadata() error {
	req, resp := k.request.(*kmsg.MetadataRequest), k.response().(*kmsg.MetadataResponse)
	id := clusterID
	resp.ClusterID, resp.ControllerID = &id, noneIsMinus(k.b.cluster.Controller)
	for _, n := range k.b.cluster.Nodes {
		if n.Up {
			b := kmsg.NewMetadataResponseBroker()
			at := k.b.address(n.ID)
			b.NodeID, b.Host, b.Port = n.ID, at.host, at.port
			resp.Brokers = append(resp.Brokers, b)
		}
	}
	if req.Topics == nil || k.Version == 0 && len(req.Topics) == 0 {
		for _, t := range k.b.cluster.Topics() {
			resp.Topics = append(resp.Topics, k.describe(t))
		}
	}
	for _, want := range req.Topics {
		resp.Topics = append(resp.Topics, k.lookUp(want, req.AllowAutoTopicCreation || k.Version < 4))
	}
	k.reply(resp)
	return nil
}

// lookUp describes one topic; one that is not there is made, if that is allowed.
func (k *call) lookUp(want kmsg.MetadataRequestTopic, create bool) kmsg.MetadataResponseTopic {
	out := kmsg.NewMetadataResponseTopic()
	if want.Topic == nil {
		if t := k.b.cluster.TopicByID(want.TopicID); t != nil {
			return k.describe(t)
		}
		out.TopicID, out.ErrorCode = want.TopicID, int16(model.UnknownTopicID)
		return out
	}
	if t := k.b.cluster.Topic(*want.Topic); t != nil {
		return k.describe(t)
	}
	var err error = model.UnknownTopicOrPartition
	if create && !k.b.cfg.NoAutoCreate {
		var t *model.Topic
		if err = k.b.room(); err == nil {
			if t, err = k.b.cluster.CreateTopic(model.NewTopic{Name: *want.Topic, Partitions: -1, Replication: -1}, false); err == nil {
				return k.describe(t)
			}
		}
	}
	out.Topic, out.ErrorCode = want.Topic, k.code(err)
	return out
}

// describe tells all about a topic.
func (k *call) describe(t *model.Topic) kmsg.MetadataResponseTopic {
	out := kmsg.NewMetadataResponseTopic()
	out.Topic, out.TopicID = &t.Name, t.ID
	for _, p := range t.Partitions {
		one := kmsg.NewMetadataResponseTopicPartition()
		one.Partition, one.Leader, one.LeaderEpoch = p.Index, noneIsMinus(p.Leader), p.Epoch
		one.Replicas, one.ISR = p.Replicas, p.ISR
		for _, id := range p.Replicas {
			if !k.b.cluster.Node(id).Up {
				one.OfflineReplicas = append(one.OfflineReplicas, id)
			}
		}
		if p.Leader == 0 {
			one.ErrorCode = int16(model.LeaderNotAvailable)
		}
		out.Partitions = append(out.Partitions, one)
	}
	return out
}

// noneIsMinus turns the model's 0 for no node into the protocol's -1.
func noneIsMinus(id int32) int32 {
	if id == 0 {
		return -1
	}
	return id
}

// handleDescribeCluster tells where the nodes are.
func (k *call) handleDescribeCluster() error {
	resp := k.response().(*kmsg.DescribeClusterResponse)
	resp.ClusterID, resp.ControllerID = clusterID, noneIsMinus(k.b.cluster.Controller)
	resp.EndpointType = 1
	for _, n := range k.b.cluster.Nodes {
		if n.Up {
			b := kmsg.NewDescribeClusterResponseBroker()
			at := k.b.address(n.ID)
			b.NodeID, b.Host, b.Port = n.ID, at.host, at.port
			resp.Brokers = append(resp.Brokers, b)
		}
	}
	k.reply(resp)
	return nil
}

// What ListOffsets asks for in place of a time.
const (
	latest     = -1
	earliest   = -2
	maxTime    = -3
	localStart = -4
)

// handleListOffsets finds offsets by time.
func (k *call) handleListOffsets() error {
	req, resp := k.request.(*kmsg.ListOffsetsRequest), k.response().(*kmsg.ListOffsetsResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewListOffsetsResponseTopic()
		rt.Topic = t.Topic
		for _, want := range t.Partitions {
			out := kmsg.NewListOffsetsResponseTopicPartition()
			out.Partition, out.Offset, out.Timestamp = want.Partition, -1, -1
			p, err := k.b.cluster.Partition(t.Topic, want.Partition)
			if err == nil {
				err = p.CheckEpoch(k.node, want.CurrentLeaderEpoch)
			}
			if err == nil {
				out.LeaderEpoch = p.Epoch
				out.Offset, out.Timestamp = k.offsetFor(p, want.Timestamp, req.IsolationLevel == 1)
			}
			out.ErrorCode = k.code(err)
			rt.Partitions = append(rt.Partitions, out)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	k.reply(resp)
	return nil
}

func (k *call) offsetFor(p *model.Partition, when int64, committed bool) (offset, at int64) {
	end := p.HighWatermark()
	if committed {
		end = p.LastStable()
	}
	switch when {
	case latest:
		return end, -1
	case earliest, localStart:
		return p.Start(), -1
	case maxTime:
		return p.Latest(end)
	}
	return p.ByTime(when, end)
}

// handleEpochEnd tells where leader epochs end, so that a consumer finds out whether
// what it has read is still there.
func (k *call) handleEpochEnd() error {
	req, resp := k.request.(*kmsg.OffsetForLeaderEpochRequest), k.response().(*kmsg.OffsetForLeaderEpochResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewOffsetForLeaderEpochResponseTopic()
		rt.Topic = t.Topic
		for _, want := range t.Partitions {
			out := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
			out.Partition, out.LeaderEpoch, out.EndOffset = want.Partition, -1, -1
			p, err := k.b.cluster.Partition(t.Topic, want.Partition)
			if err == nil {
				err = p.CheckEpoch(k.node, want.CurrentLeaderEpoch)
			}
			if err == nil {
				out.LeaderEpoch, out.EndOffset = p.EpochEnd(want.LeaderEpoch)
			}
			out.ErrorCode = k.code(err)
			rt.Partitions = append(rt.Partitions, out)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	k.reply(resp)
	return nil
}
