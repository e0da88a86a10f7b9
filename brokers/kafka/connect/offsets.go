package connect

import (
	"encoding/json"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// OffsetTopic holds how far sources have read: offset.storage.topic.
const OffsetTopic = "connect-offsets"

// A position is how far a source has read one table.
type position struct {
	Incrementing *int64 `json:"incrementing,omitempty"`
	Timestamp    *int64 `json:"timestamp,omitempty"` // milliseconds since 1970
}

// offsetKey is the key under which a table's position is stored.
func offsetKey(connector, table string) []byte {
	b, _ := json.Marshal([]any{connector, map[string]string{"protocol": "1", "table": table}})
	return b
}

// store writes a position to the topic.
func (w *Worker) store(connector, table string, at position, done func(error)) {
	if err := w.ownTopic(OffsetTopic); err != nil {
		done(err)
		return
	}
	value, err := json.Marshal(at)
	if err != nil {
		done(err)
		return
	}
	w.send(OffsetTopic, offsetKey(connector, table), value, nil, done)
}

// stored reads the topic from its beginning: the last position of a table counts.
func (w *Worker) stored(connector, table string) (at position) {
	t := w.cfg.Cluster.Topic(OffsetTopic)
	if t == nil {
		return at
	}
	want := string(offsetKey(connector, table))
	for _, p := range t.Partitions {
		w.readAll(OffsetTopic, p, func(r wire.Record) {
			if string(r.Key) != want {
				return
			}
			at = position{}
			_ = json.Unmarshal(r.Value, &at) // a program may have written something else there
		})
	}
	return at
}

// readAll reads a partition from its start to where it now ends.
func (w *Worker) readAll(topic string, p *model.Partition, fn func(wire.Record)) {
	session := w.cfg.Cluster.NewSession(p.Leader, Client, "127.0.0.1")
	defer session.End()
	for at := p.Start(); at < p.HighWatermark(); {
		next := at
		w.cfg.Cluster.Fetch(&model.Fetch{
			Client: Client, Session: session, Node: p.Leader, MaxBytes: 1 << 20, Live: func() bool { return true },
			Topics: []model.FetchTopic{{Name: topic, Partitions: []model.FetchPartition{{Index: p.Index, Epoch: -1, Offset: at, MaxBytes: 1 << 20}}}},
			Done: func(got []wire.Fetched) {
				_ = eachOf(got[0].Partitions[0], at, func(offset int64, r wire.Record) bool {
					fn(r)
					next = offset + 1
					return true
				})
			},
		})
		if next == at {
			return // nobody leads it, or there is nothing but markers
		}
		at = next
	}
}
