package kafka

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// handleOffsetCommit keeps the offsets of a group.
func (k *call) handleOffsetCommit() error {
	req, resp := k.request.(*kmsg.OffsetCommitRequest), k.response().(*kmsg.OffsetCommitResponse)
	var commits []model.Commit
	for _, t := range req.Topics {
		for _, p := range t.Partitions {
			commits = append(commits, model.Commit{Topic: t.Topic, Index: p.Partition, Offset: model.Offset{At: p.Offset, Epoch: p.LeaderEpoch, Metadata: or(p.Metadata)}})
		}
	}
	err := firstError(k.atCoordinator(req.Group), k.b.room(), k.knowsEpochs(req.Group, req.MemberID))
	var errs []error
	if err == nil {
		id := model.Identity{Group: req.Group, Member: req.MemberID, Instance: or(req.InstanceID), Generation: req.Generation}
		errs, err = k.b.cluster.Commit(id, k.name, commits)
	}
	code := k.code(err)
	i := 0
	for _, t := range req.Topics {
		rt := kmsg.NewOffsetCommitResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			one := kmsg.NewOffsetCommitResponseTopicPartition()
			one.Partition, one.ErrorCode = p.Partition, code
			if errs != nil {
				one.ErrorCode = k.code(errs[i])
			}
			i++
			rt.Partitions = append(rt.Partitions, one)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	k.reply(resp)
	return nil
}

// epochVersion is the version of OffsetCommit in which a generation may be an epoch.
const epochVersion = 9

// knowsEpochs refuses a member of a group with the consumer protocol that commits in a
// version made for the classic one.
func (k *call) knowsEpochs(group, member string) error {
	if g := k.b.cluster.Group(group); g != nil && g.Type == model.Consumer && member != "" && k.Version < epochVersion {
		return model.UnsupportedVersion
	}
	return nil
}

// handleOffsetFetch tells what groups have committed. Version 8 asks for several groups.
func (k *call) handleOffsetFetch() error {
	req, resp := k.request.(*kmsg.OffsetFetchRequest), k.response().(*kmsg.OffsetFetchResponse)
	if k.Version >= 8 {
		for _, g := range req.Groups {
			resp.Groups = append(resp.Groups, k.offsetsOf(g, req.RequireStable))
		}
		k.reply(resp)
		return nil
	}
	want := kmsg.NewOffsetFetchRequestGroup()
	want.Group = req.Group
	if req.Topics != nil {
		want.Topics = []kmsg.OffsetFetchRequestGroupTopic{}
	}
	for _, t := range req.Topics {
		want.Topics = append(want.Topics, kmsg.OffsetFetchRequestGroupTopic{Topic: t.Topic, Partitions: t.Partitions})
	}
	found := k.offsetsOf(want, req.RequireStable)
	resp.ErrorCode = found.ErrorCode
	for _, t := range found.Topics {
		rt := kmsg.NewOffsetFetchResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rt.Partitions = append(rt.Partitions, kmsg.OffsetFetchResponseTopicPartition{
				Partition: p.Partition, Offset: p.Offset, LeaderEpoch: p.LeaderEpoch, Metadata: p.Metadata, ErrorCode: p.ErrorCode,
			})
		}
		resp.Topics = append(resp.Topics, rt)
	}
	k.reply(resp)
	return nil
}

// offsetsOf answers for one group: for the partitions asked for, or, when none are named,
// for all that it has.
func (k *call) offsetsOf(want kmsg.OffsetFetchRequestGroup, stable bool) kmsg.OffsetFetchResponseGroup {
	out := kmsg.NewOffsetFetchResponseGroup()
	out.Group = want.Group
	g := k.b.cluster.Group(want.Group)
	if err := firstError(k.atCoordinator(want.Group), g.MayFetchOffsets(or(want.MemberID), want.MemberEpoch)); err != nil {
		out.ErrorCode = k.code(err)
		return out
	}
	if want.Topics == nil {
		for _, o := range g.Offsets() {
			if n := len(want.Topics); n == 0 || want.Topics[n-1].Topic != o.Topic {
				want.Topics = append(want.Topics, kmsg.OffsetFetchRequestGroupTopic{Topic: o.Topic})
			}
			last := &want.Topics[len(want.Topics)-1]
			last.Partitions = append(last.Partitions, o.Index)
		}
	}
	for _, t := range want.Topics {
		rt := kmsg.NewOffsetFetchResponseGroupTopic()
		rt.Topic = t.Topic
		for _, index := range t.Partitions {
			one := kmsg.NewOffsetFetchResponseGroupTopicPartition()
			one.Partition, one.Offset, one.LeaderEpoch, one.Metadata = index, -1, -1, new(string)
			if stable && g.Unstable(t.Topic, index) {
				one.ErrorCode = int16(model.UnstableOffsetCommit)
			} else if o, ok := g.Offset(t.Topic, index); ok {
				one.Offset, one.LeaderEpoch, one.Metadata = o.At, o.Epoch, &o.Metadata
			}
			rt.Partitions = append(rt.Partitions, one)
		}
		out.Topics = append(out.Topics, rt)
	}
	return out
}

// handleOffsetDelete forgets offsets of a group.
func (k *call) handleOffsetDelete() error {
	req, resp := k.request.(*kmsg.OffsetDeleteRequest), k.response().(*kmsg.OffsetDeleteResponse)
	err := k.atCoordinator(req.Group)
	if err == nil && k.b.cluster.Group(req.Group) == nil {
		err = model.GroupIDNotFound
	}
	resp.ErrorCode = k.code(err)
	for _, t := range req.Topics {
		rt := kmsg.NewOffsetDeleteResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			one := kmsg.NewOffsetDeleteResponseTopicPartition()
			one.Partition = p.Partition
			if err == nil {
				one.ErrorCode = k.code(k.b.cluster.DeleteOffset(req.Group, t.Topic, p.Partition))
			}
			rt.Partitions = append(rt.Partitions, one)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	k.reply(resp)
	return nil
}
