package kafka

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// handleInitProducerID gives a producer its id and epoch.
func (k *call) handleInitProducerID() error {
	req, resp := k.request.(*kmsg.InitProducerIDRequest), k.response().(*kmsg.InitProducerIDResponse)
	done := func(t *model.Transaction, err error) {
		resp.ProducerID, resp.ProducerEpoch = -1, -1
		if resp.ErrorCode = k.code(k.fence(err)); err == nil {
			resp.ProducerID, resp.ProducerEpoch = t.Producer, t.Epoch
		}
		k.reply(resp)
	}
	id := or(req.TransactionalID)
	if req.TransactionalID == nil {
		done(&model.Transaction{Producer: k.b.cluster.NewProducer()}, nil)
		return nil
	}
	err := firstError(k.atCoordinator(id), k.b.room())
	if id == "" {
		err = model.InvalidRequest
	}
	if err != nil {
		done(nil, err)
		return nil
	}
	if k.Version < 3 {
		req.ProducerID, req.ProducerEpoch = -1, -1
	}
	k.b.cluster.InitTransactional(id, k.name, millis(req.TransactionTimeoutMillis), req.ProducerID, req.ProducerEpoch, done)
	return nil
}

// fencedSince is from which version of each request a fenced producer is told so;
// before, it is told that its epoch is invalid.
var fencedSince = map[int16]int16{22: 4, 24: 2, 25: 2, 26: 2, 28: 32767}

func (k *call) fence(err error) error {
	if model.CodeOf(err) == model.ProducerFenced && k.Version < fencedSince[k.Key] {
		return model.InvalidProducerEpoch
	}
	return err
}

// handleAddPartitions makes partitions part of a transaction: all or none.
func (k *call) handleAddPartitions() error {
	req, resp := k.request.(*kmsg.AddPartitionsToTxnRequest), k.response().(*kmsg.AddPartitionsToTxnResponse)
	err := firstError(k.atCoordinator(req.TransactionalID), k.b.room())
	for _, t := range req.Topics {
		rt := kmsg.NewAddPartitionsToTxnResponseTopic()
		rt.Topic = t.Topic
		for _, index := range t.Partitions {
			one := kmsg.NewAddPartitionsToTxnResponseTopicPartition()
			one.Partition = index
			failed := err
			if err == nil {
				failed = k.b.cluster.AddPartition(req.TransactionalID, req.ProducerID, req.ProducerEpoch, t.Topic, index)
			}
			one.ErrorCode = k.code(k.fence(failed))
			rt.Partitions = append(rt.Partitions, one)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	k.reply(resp)
	return nil
}

// handleAddOffsets makes a group's offsets part of a transaction.
func (k *call) handleAddOffsets() error {
	req, resp := k.request.(*kmsg.AddOffsetsToTxnRequest), k.response().(*kmsg.AddOffsetsToTxnResponse)
	err := firstError(k.atCoordinator(req.TransactionalID), k.b.room())
	if err == nil {
		err = k.b.cluster.AddGroup(req.TransactionalID, req.ProducerID, req.ProducerEpoch, req.Group)
	}
	resp.ErrorCode = k.code(k.fence(err))
	k.reply(resp)
	return nil
}

// handleEndTxn commits or aborts a transaction.
func (k *call) handleEndTxn() error {
	req, resp := k.request.(*kmsg.EndTxnRequest), k.response().(*kmsg.EndTxnResponse)
	done := func(err error) {
		resp.ErrorCode = k.code(k.fence(err))
		k.reply(resp)
	}
	if err := k.atCoordinator(req.TransactionalID); err != nil {
		done(err)
		return nil
	}
	k.b.cluster.EndTransaction(req.TransactionalID, req.ProducerID, req.ProducerEpoch, req.Commit, done)
	return nil
}

// handleTxnOffsetCommit keeps a group's offsets for when the transaction commits.
func (k *call) handleTxnOffsetCommit() error {
	req, resp := k.request.(*kmsg.TxnOffsetCommitRequest), k.response().(*kmsg.TxnOffsetCommitResponse)
	var commits []model.Commit
	for _, t := range req.Topics {
		for _, p := range t.Partitions {
			commits = append(commits, model.Commit{Topic: t.Topic, Index: p.Partition, Offset: model.Offset{At: p.Offset, Epoch: p.LeaderEpoch, Metadata: or(p.Metadata)}})
		}
	}
	err := firstError(k.atCoordinator(req.Group), k.b.room())
	var errs []error
	if err == nil {
		id := model.Identity{Group: req.Group, Member: req.MemberID, Instance: or(req.InstanceID), Generation: req.Generation}
		if k.Version < 3 {
			id.Generation = -1
		}
		errs, err = k.b.cluster.CommitInTransaction(req.TransactionalID, req.ProducerID, req.ProducerEpoch, id, commits)
	}
	code := k.code(k.fence(err))
	i := 0
	for _, t := range req.Topics {
		rt := kmsg.NewTxnOffsetCommitResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			one := kmsg.NewTxnOffsetCommitResponseTopicPartition()
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
