package model

import (
	"cmp"
	"errors"
	"sort"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// A Batch is a record batch in a log. All replicas share it; nothing in it changes once
// it has been appended, but confirmed.
type Batch struct {
	wire.Batch
	first     uint64 // number of its first message; 0 in a marker
	confirmed bool   // the producer has been told
	keys      names
	labels    names
	deltas    []int32 // offsets of the records from the base; nil: 0, 1, 2, …
}

// End is the offset after the batch's last.
func (b *Batch) End() int64 { return b.Base + int64(b.LastDelta) + 1 }

// records is how many records clients can see.
func (b *Batch) records() int {
	if b.Control() {
		return 0
	}
	return int(b.Count)
}

// offset is where the i-th record stands.
func (b *Batch) offset(i int) int64 {
	if b.deltas != nil {
		return b.Base + int64(b.deltas[i])
	}
	return b.Base + int64(i)
}

// from is the index of the first record at offset or after it.
func (b *Batch) from(offset int64) int {
	if b.deltas == nil {
		return int(max(offset-b.Base, 0))
	}
	return sort.Search(len(b.deltas), func(i int) bool { return b.offset(i) >= offset })
}

// message is the number of the i-th record.
func (b *Batch) message(i int) uint64 { return b.first + uint64(b.offset(i)-b.Base) }

// naming returns what names the records from the given one on in events. It does not hold
// on to the batch: the journal remembers events longer than logs keep bytes.
func (b *Batch) naming(from int) func(i int, e *brokers.Event) {
	named := *b
	named.Bytes = nil
	return func(i int, e *brokers.Event) { named.name(from+i, e) }
}

// name names the i-th record in an event.
func (b *Batch) name(i int, e *brokers.Event) {
	e.Key, e.Label, e.Message, e.Tag = b.keys.at(i), b.labels.at(i), b.message(i), uint64(b.offset(i))
}

// names are short texts in one string: a batch of ten thousand records has ten thousand
// keys, and a string for each would take more room than the keys.
type names struct {
	all  string
	ends []uint32 // nil: all are empty
}

func (n names) at(i int) string {
	if n.ends == nil {
		return ""
	}
	begin := uint32(0)
	if i > 0 {
		begin = n.ends[i-1]
	}
	return n.all[begin:n.ends[i]]
}

// A gatherer makes names.
type gatherer struct {
	all  []byte
	ends []uint32
}

func gather[T string | []byte](g *gatherer, text T, of int) {
	if g.ends == nil {
		g.ends = make([]uint32, 0, of)
	}
	g.all = append(g.all, text...)
	g.ends = append(g.ends, uint32(len(g.all)))
}

func (g *gatherer) names() names {
	if len(g.all) == 0 {
		return names{}
	}
	return names{string(g.all), g.ends}
}

// maxName is how much of a key or label the journal keeps, in bytes.
const maxName = 128

// An Intake reads what producers send. It may be used from any goroutine.
type Intake struct {
	Limit int                       // bytes to which a batch may decompress
	Label func(value []byte) string // what the lab calls a record
}

// Read reads the batches that a producer sent for one partition, and looks at every
// record in them. It keeps b. Kafka wants one batch and takes several, as here.
func (in *Intake) Read(b []byte) ([]*Batch, error) {
	var out []*Batch
	for {
		head, rest, err := wire.ReadBatch(b)
		if err == nil {
			var batch *Batch
			if batch, err = in.look(head); err == nil {
				out = append(out, batch)
			}
		}
		if err != nil {
			return nil, refusal(err)
		}
		if b = rest; len(b) == 0 {
			return out, nil
		}
	}
}

// look takes a batch's keys and labels, and checks that its offsets are 0, 1, 2, ….
func (in *Intake) look(head wire.Batch) (*Batch, error) {
	if head.Control() || head.Count == 0 || head.Count != head.LastDelta+1 {
		return nil, Errorf(InvalidRecord, "a batch of %d records whose last offset is %d, control %t", head.Count, head.LastDelta, head.Control())
	}
	var keys, labels gatherer
	n := 0
	err := head.Each(in.Limit, func(r wire.Record) bool {
		gather(&keys, r.Key[:min(len(r.Key), maxName)], int(min(head.Count, 1<<10)))
		label := in.Label(r.Value)
		gather(&labels, label[:min(len(label), maxName)], int(min(head.Count, 1<<10)))
		n++
		return true
	})
	if err != nil {
		return nil, err
	}
	return &Batch{Batch: head, keys: keys.names(), labels: labels.names()}, nil
}

// refusal is what a producer is told of bytes that are no batch.
func refusal(err error) error {
	var known *Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, wire.ErrMagic):
		return Errorf(UnsupportedFormat, "%v", err)
	case errors.Is(err, wire.ErrCorrupt):
		return Errorf(CorruptMessage, "%v", err)
	case errors.Is(err, wire.ErrTooLarge):
		return Errorf(MessageTooLarge, "%v", err)
	}
	return Errorf(InvalidRecord, "%v", err)
}

// hasKeys reports whether every record has a key, as a compacted topic wants it.
func (b *Batch) hasKeys(limit int) bool {
	all := true
	err := b.Each(limit, func(r wire.Record) bool {
		all = all && r.Key != nil
		return all
	})
	return all && err == nil
}

// byEnd finds batches by their ends.
func byEnd(b *Batch, offset int64) int { return cmp.Compare(b.End(), offset+1) }
