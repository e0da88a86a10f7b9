package model

import (
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// Kafka deletes and compacts whole segments of a log, and looks for them every few
// minutes. Here each batch is a segment of its own, and the clock is set for when the
// first of them is due.

// cleanerBackoff is how long after a record the cleaner looks at a compacted log: Kafka's
// log.cleaner.backoff.ms.
const cleanerBackoff = 15 * time.Second

// cleaning is what the clock is set for in a partition.
type cleaning struct {
	retainAt time.Time // zero: nothing is set
	compact  bool      // the cleaner is set
	clean    int64     // up to where the log is compacted
}

// afterAppend sees to retention and compaction once a log has grown.
func (p *Partition) afterAppend() {
	set := &p.Topic.set
	if set.delete && (set.retentionBytes >= 0 || p.cleaning.retainAt.IsZero()) {
		p.retain()
	}
	if set.compact && !p.cleaning.compact {
		p.cleaning.compact = true
		p.cluster.after(cleanerBackoff, func() {
			p.cleaning.compact = false
			p.Compact()
		})
	}
}

// retain deletes what is too old or too much, and sets the clock for what comes next.
// Only records below the high watermark are deleted.
func (p *Partition) retain() {
	set := &p.Topic.set
	p.cleaning.retainAt = time.Time{}
	if p.deleted || p.Leader == 0 || !set.delete {
		return
	}
	l, now := p.leader(), p.cluster.clock.Now()
	for len(l.batches) > 0 && l.batches[0].End() <= p.hw {
		b := l.batches[0]
		age := time.UnixMilli(b.MaxTime).Add(set.retention)
		switch {
		case set.retentionBytes >= 0 && int64(p.heldBytes-len(b.Bytes)) >= set.retentionBytes:
			p.deleteTo(b.End(), "retention.bytes")
		case set.retention >= 0 && !age.After(now):
			p.deleteTo(b.End(), "retention.ms")
		case set.retention >= 0:
			p.retainLater(age, age.Sub(now))
			return
		default:
			return
		}
	}
	if len(l.batches) > 0 { // not on all replicas yet: look again
		p.retainLater(now.Add(time.Second), time.Second)
	}
}

func (p *Partition) retainLater(at time.Time, wait time.Duration) {
	p.cleaning.retainAt = at
	p.cluster.after(wait, func() {
		if p.cleaning.retainAt.Equal(at) {
			p.retain()
		}
	})
}

// deleteTo moves the start of all replicas' logs.
func (p *Partition) deleteTo(offset int64, why string) {
	for _, b := range p.leader().deleteBefore(offset) {
		p.count(-b.records(), -len(b.Bytes))
		if why != "" {
			p.recordEach(brokers.Event{Kind: brokers.Expired, Reason: why}, b)
		}
		p.forgetProducers([]*Batch{b})
	}
	for _, id := range p.Replicas {
		if p.cluster.up(id) && p.logs[id] != p.leader() {
			p.logs[id].deleteBefore(offset)
		}
	}
	if why != "" {
		p.record(brokers.Event{Kind: brokers.LogStart, Tag: uint64(offset), Reason: why})
	}
}

// recordEach appends e to the journal for every record of a batch.
func (p *Partition) recordEach(e brokers.Event, b *Batch) {
	e.Source, e.Place = source, p.place
	if b.records() == 1 {
		b.name(0, &e)
		p.cluster.journal.Append(e)
		return
	}
	p.cluster.journal.AppendRun(e, b.records(), b.naming(0))
}

// DeleteRecords deletes what is before offset; -1 is the high watermark. It returns the
// new start. Errors: OffsetOutOfRange, NotLeaderOrFollower.
func (p *Partition) DeleteRecords(offset int64, client string) (int64, error) {
	if p.Leader == 0 {
		return -1, NotLeaderOrFollower
	}
	if offset == -1 {
		offset = p.hw
	}
	start := p.leader().start
	if offset < 0 || offset > p.hw {
		return -1, OffsetOutOfRange
	}
	if offset > start {
		p.deleteTo(offset, "")
		p.record(brokers.Event{Kind: brokers.Purged, Client: client, Tag: uint64(offset), N: offset - start})
	}
	return p.leader().start, nil
}

// Compact keeps of each key the newest record only, below the last batch and the high
// watermark, and drops tombstones whose time is over. It leaves a log alone of which too
// little is new.
func (p *Partition) Compact() {
	set := &p.Topic.set
	if p.deleted || p.Leader == 0 || !set.compact {
		return
	}
	l := p.leader()
	limit := min(p.hw, p.LastStable())
	n := 0
	dirty, all := 0, 0
	for n+1 < len(l.batches) && l.batches[n].End() <= limit {
		if b := l.batches[n]; time.UnixMilli(b.MaxTime).Add(set.compactionLag).After(p.cluster.clock.Now()) {
			break
		}
		size := len(l.batches[n].Bytes)
		all += size
		if l.batches[n].End() > p.cleaning.clean {
			dirty += size
		}
		n++
	}
	if dirty == 0 || float64(dirty) < set.dirtyRatio*float64(all) {
		return
	}
	newest := p.newestOf(l.batches[:n])
	replaced := make(map[*Batch]*Batch)
	for _, b := range l.batches[:n] {
		if kept := p.compacted(b, newest); kept != b {
			replaced[b] = kept
		}
	}
	p.cleaning.clean = l.batches[n-1].End()
	for _, id := range p.Replicas {
		p.logs[id].replace(replaced)
	}
	for _, known := range p.producers {
		for i, b := range known.last {
			if kept := replaced[b]; kept != nil {
				known.last[i] = kept
			}
		}
	}
	p.recount()
}

// newestOf finds the last offset of each key that is not in an aborted transaction.
func (p *Partition) newestOf(batches []*Batch) map[string]int64 {
	newest := make(map[string]int64)
	for _, b := range batches {
		if b.Control() || b.Transactional() && p.wasAborted(b) {
			continue
		}
		_ = b.Each(p.cluster.cfg.Decoded, func(r wire.Record) bool {
			newest[string(r.Key)] = b.Base + int64(r.Delta)
			return true
		})
	}
	return newest
}

// compacted returns what stays of a batch: itself, if all does; else a new one that takes
// up the same offsets. An empty one stays for what it says of its producer.
func (p *Partition) compacted(b *Batch, newest map[string]int64) *Batch {
	if b.Control() {
		return b
	}
	now := p.cluster.clock.Now()
	var stay []wire.Record
	var index []int
	i := 0
	aborted := b.Transactional() && p.wasAborted(b)
	err := b.Each(p.cluster.cfg.Decoded, func(r wire.Record) bool {
		offset := b.Base + int64(r.Delta)
		old := r.Value == nil && time.UnixMilli(r.Time).Add(p.Topic.set.tombstones).Before(now)
		if !aborted && newest[string(r.Key)] == offset && !old {
			stay = append(stay, r)
			index = append(index, i)
		} else {
			p.record(brokers.Event{Kind: brokers.Dropped, Reason: "compacted", Key: b.keys.at(i), Label: b.labels.at(i), Message: b.message(i), Tag: uint64(offset)})
		}
		i++
		return true
	})
	if err != nil || len(stay) == i {
		return b
	}
	kept := &Batch{Batch: wire.Pack(b.Batch, stay), first: b.first, confirmed: b.confirmed, deltas: make([]int32, 0, len(stay))}
	var keys, labels gatherer
	for k, r := range stay {
		kept.deltas = append(kept.deltas, r.Delta)
		gather(&keys, b.keys.at(index[k]), len(stay))
		gather(&labels, b.labels.at(index[k]), len(stay))
	}
	kept.keys, kept.labels = keys.names(), labels.names()
	return kept
}

// replace puts other batches in the place of some. It drops none, so that offsets and
// leader epochs stay as they are.
func (l *Log) replace(with map[*Batch]*Batch) {
	for i, b := range l.batches {
		if kept := with[b]; kept != nil {
			l.batches[i] = kept
		}
	}
}
