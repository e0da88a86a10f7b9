package connect

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// topic returns a topic, and makes it if it is not there.
func (w *Worker) topic(n model.NewTopic) (*model.Topic, error) {
	if t := w.cfg.Cluster.Topic(n.Name); t != nil {
		return t, nil
	}
	if n.Partitions == 0 {
		n.Partitions = -1
	}
	if n.Replication == 0 {
		n.Replication = -1
	}
	t, err := w.cfg.Cluster.CreateTopic(n, false)
	if err != nil {
		return nil, fmt.Errorf("create topic %q: %w", n.Name, err)
	}
	return t, nil
}

// send appends one record, as a producer with acks=all does. done is called when the
// replicas in sync have it, or with the error.
func (w *Worker) send(topic string, key, value []byte, headers []Header, done func(error)) {
	w.append(Client, topic, key, value, headers, done)
}

// append is send, in the name of a client of the journal; empty: of nobody.
func (w *Worker) append(client, topic string, key, value []byte, headers []Header, done func(error)) {
	if !w.cfg.Journal.Room() {
		done(errors.New("quota: this lab records no more events"))
		return
	}
	t, err := w.topic(model.NewTopic{Name: topic})
	if err != nil {
		done(err)
		return
	}
	p := t.Partitions[partitionFor(key, len(t.Partitions), &w.roundRobin)]
	like := wire.Batch{Producer: wire.NoProducer, ProducerEpoch: -1, Sequence: -1}
	batch := wire.Pack(like, []wire.Record{{Time: w.cfg.Clock.Now().UnixMilli(), Key: key, Value: value, Headers: packHeaders(headers)}})
	batches, err := w.intake.Read(batch.Bytes)
	if err != nil {
		done(err)
		return
	}
	p.Append(model.Append{
		Client: client, Batches: batches, Acks: -1, Timeout: requestTimeout,
		Done: func(a model.Appended) { done(a.Err) },
	})
}

// partitionFor chooses a partition by the key, as Kafka's clients do; without one, in turn.
func partitionFor(key []byte, partitions int, turn *int) int {
	if key == nil {
		*turn++
		return *turn % partitions
	}
	return int(wire.Murmur2(key)&0x7fffffff) % partitions
}

// eachOf reads the records of fetched batches from an offset on.
func eachOf(part wire.FetchedPartition, from int64, fn func(offset int64, r wire.Record) bool) error {
	for _, raw := range part.Batches {
		for len(raw) > 0 {
			b, rest, err := wire.ReadBatch(raw)
			if err != nil {
				return err
			}
			raw = rest
			if b.Control() {
				continue
			}
			more := true
			err = b.Each(decodedLimit, func(r wire.Record) bool {
				if at := b.Base + int64(r.Delta); at >= from {
					more = fn(at, r)
				}
				return more
			})
			if err != nil || !more {
				return err
			}
		}
	}
	return nil
}

// subscription is what a consumer says of itself when it joins.
func subscription(topics []string) []byte {
	m := kmsg.NewConsumerMemberMetadata()
	m.Topics = topics
	return m.AppendTo(nil)
}

// assignment is what the leader tells a member.
func assignment(parts map[string][]int32, topics []string) []byte {
	a := kmsg.NewConsumerMemberAssignment()
	for _, t := range topics {
		if len(parts[t]) > 0 {
			one := kmsg.NewConsumerMemberAssignmentTopic()
			one.Topic, one.Partitions = t, parts[t]
			a.Topics = append(a.Topics, one)
		}
	}
	return a.AppendTo(nil)
}
