package kafka

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// Apply makes the state that a lab starts with, and moves a simulation on. The actions are
//
//	topic          topic; partitions, replication, configs
//	partitions     topic, partitions: so many from now on
//	produce        topic; partition, key, value, headers, count; time, as 2026-11-17T12:00:00Z
//	commit         group, topic, partition, offset
//	node-down      node, from 1
//	node-up        node
//	fetch          bytes: how many of them one answer to a fetch carries, fetch.max.bytes of the brokers
//	lag            node, ms: how long after the leader its followers have a record
//	leader         topic, partition, node: who leads from now on; unclean
//	delete         topic
//	delete-records topic, partition, offset
//	configs        topic, configs
func (b *Broker) Apply(actions []brokers.Action) error {
	var err error
	b.seq.Do(func() {
		for i, a := range actions {
			if err = b.applyOne(a); err != nil {
				err = fmt.Errorf("kafka: action %d, %s: %w", i+1, a.Do, err)
				return
			}
		}
	})
	return err
}

// A step is an action with its fields.
type step struct {
	Topic       string            `json:"topic"`
	Partitions  int32             `json:"partitions"`
	Replication int16             `json:"replication"`
	Configs     map[string]string `json:"configs"`
	Partition   *int32            `json:"partition"`
	Key         *string           `json:"key"`
	Value       any               `json:"value"`
	Headers     map[string]string `json:"headers"`
	Count       int               `json:"count"`
	Time        time.Time         `json:"time"`
	Group       string            `json:"group"`
	Offset      int64             `json:"offset"`
	Node        int32             `json:"node"`
	MS          int64             `json:"ms"`
	Bytes       int               `json:"bytes"`
	Unclean     bool              `json:"unclean"`
}

// applyOne makes one step.
func (b *Broker) applyOne(a brokers.Action) error {
	var s step
	if err := fields(a.With, &s); err != nil {
		return err
	}
	switch a.Do {
	case "topic":
		return b.applyTopic(s)
	case "partitions":
		return b.cluster.Grow(s.Topic, s.Partitions, nil, false)
	case "produce":
		return b.applyProduce(s)
	case "commit":
		id := model.Identity{Group: s.Group, Generation: -1}
		errs, err := b.cluster.Commit(id, "", []model.Commit{{Topic: s.Topic, Index: s.index(), Offset: model.Offset{At: s.Offset, Epoch: -1}}})
		return firstError(append([]error{err}, errs...)...)
	case "node-down":
		return b.nodeDown(s.Node, "asked for")
	case "node-up":
		return b.nodeUp(s.Node, "asked for")
	case "delete":
		return b.cluster.DeleteTopic(s.Topic)
	case "configs":
		return b.cluster.Alter(s.Topic, s.Configs, false)
	case "fetch":
		b.cluster.MaxFetch = s.Bytes
		return nil
	case "lag":
		n := b.cluster.Node(s.Node)
		if n == nil {
			return fmt.Errorf("there is no node %d, want 1 to %d", s.Node, b.cfg.Nodes)
		}
		n.Lag = time.Duration(s.MS) * time.Millisecond
		return nil
	case "leader", "delete-records":
		p, err := b.cluster.Partition(s.Topic, s.index())
		if err != nil {
			return fmt.Errorf("there is no partition %s/%d", s.Topic, s.index())
		}
		if a.Do == "leader" {
			return p.Hand(s.Node, s.Unclean, "asked for")
		}
		_, err = p.DeleteRecords(s.Offset, "")
		return err
	}
	return fmt.Errorf("unknown action, want topic, partitions, produce, commit, node-down, node-up, fetch, lag, leader, delete, delete-records or configs")
}

func (s *step) index() int32 {
	if s.Partition == nil {
		return 0
	}
	return *s.Partition
}

func (b *Broker) applyTopic(s step) error {
	if s.Partitions == 0 {
		s.Partitions = -1
	}
	if s.Replication == 0 {
		s.Replication = -1
	}
	_, err := b.cluster.CreateTopic(model.NewTopic{Name: s.Topic, Partitions: s.Partitions, Replication: s.Replication, Config: s.Configs}, false)
	return err
}

// applyProduce appends records as a producer with acks=1 does, each in a batch of its
// own. Without a partition, the key chooses it as Kafka's clients do; without a key they
// go round.
func (b *Broker) applyProduce(s step) error {
	t := b.cluster.Topic(s.Topic)
	if t == nil {
		return fmt.Errorf("there is no topic %q", s.Topic)
	}
	var value, key []byte
	switch v := s.Value.(type) {
	case nil:
	case string:
		value = []byte(v)
	default:
		var err error
		if value, err = json.Marshal(v); err != nil {
			return fmt.Errorf("value: %w", err)
		}
	}
	if s.Key != nil {
		key = []byte(*s.Key)
	}
	if s.Time.IsZero() {
		s.Time = b.clock.Now()
	}
	for i := range max(s.Count, 1) {
		index := int32(i % len(t.Partitions))
		switch {
		case s.Partition != nil:
			index = *s.Partition
		case key != nil:
			index = int32(wire.Murmur2(key)&0x7fffffff) % int32(len(t.Partitions))
		}
		p, err := b.cluster.Partition(s.Topic, index)
		if err != nil {
			return fmt.Errorf("there is no partition %s/%d", s.Topic, index)
		}
		if err := b.produceOne(p, wire.Record{Time: s.Time.UnixMilli(), Key: key, Value: value, Headers: wire.Headers(s.Headers)}); err != nil {
			return err
		}
	}
	return nil
}

func (b *Broker) produceOne(p *model.Partition, r wire.Record) error {
	batch := wire.Pack(wire.Batch{Producer: wire.NoProducer, ProducerEpoch: -1, Sequence: -1}, []wire.Record{r})
	batches, err := b.intake.Read(batch.Bytes)
	if err != nil {
		return err
	}
	p.Append(model.Append{Batches: batches, Acks: 1, Done: func(a model.Appended) { err = a.Err }})
	return err
}

// fields fills in the fields of a step, and refuses those that it does not know.
func fields(with map[string]any, into any) error {
	text, err := json.Marshal(with)
	if err != nil {
		return fmt.Errorf("fields: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("fields: %w", err)
	}
	return nil
}
