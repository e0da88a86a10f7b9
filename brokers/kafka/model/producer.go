package model

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// A producer is what a partition remembers of an idempotent producer: enough to know a
// batch that was sent again, and one that is out of order.
type producer struct {
	epoch int16
	last  []*Batch // the newest, up to rememberedBatches
}

// rememberedBatches is how many batches an idempotent producer may have on the way at
// once: a retry is one of the last so many.
const rememberedBatches = 5

// An aborted transaction, as the marker at its end tells.
type aborted struct {
	producer    int64
	first, last int64 // offsets of its first record and of its marker
}

// sequence checks a batch against what its producer sent before. dup is the batch that
// has the same records. Errors: OutOfOrderSequence, InvalidProducerEpoch.
func (p *Partition) sequence(b *Batch) (base int64, dup *Batch, err error) {
	base = p.leader().end
	known := p.producers[b.Producer]
	if b.Producer == wire.NoProducer || known == nil {
		return base, nil, nil
	}
	switch {
	case b.ProducerEpoch < known.epoch:
		return 0, nil, Errorf(InvalidProducerEpoch, "Epoch of producer %d at %s is %d, which is smaller than the last seen epoch %d", b.Producer, p.place, b.ProducerEpoch, known.epoch)
	case b.ProducerEpoch > known.epoch:
		if b.Sequence != 0 {
			return 0, nil, p.outOfOrder(b, -1)
		}
		return base, nil, nil
	}
	for _, old := range known.last {
		if old.Sequence == b.Sequence && old.Count == b.Count {
			return old.Base, old, nil
		}
	}
	if n := len(known.last); n > 0 {
		last := known.last[n-1]
		if next := nextSequence(last.Sequence, last.Count); b.Sequence != next {
			return 0, nil, p.outOfOrder(b, next)
		}
	}
	return base, nil, nil
}

func (p *Partition) outOfOrder(b *Batch, want int32) error {
	return Errorf(OutOfOrderSequence, "Out of order sequence number for producer %d at offset %d in partition %s: %d (incoming seq. number), %d (expected)", b.Producer, p.leader().end, p.place, b.Sequence, want)
}

// nextSequence counts on from a batch; after the largest number comes 0.
func nextSequence(first, count int32) int32 {
	return int32((int64(first) + int64(count)) & (1<<31 - 1))
}

// note remembers what a batch in the leader's log says of its producer.
func (p *Partition) note(b *Batch) {
	if b.Producer == wire.NoProducer {
		return
	}
	known := p.producers[b.Producer]
	if known == nil {
		known = &producer{epoch: b.ProducerEpoch}
		p.producers[b.Producer] = known
	}
	if b.ProducerEpoch > known.epoch {
		known.epoch, known.last = b.ProducerEpoch, nil
	}
	first, open := p.open[b.Producer]
	if b.Control() {
		if open && !b.commits() {
			p.aborted = append(p.aborted, aborted{b.Producer, first, b.Base})
		}
		delete(p.open, b.Producer)
		return
	}
	known.last = append(known.last, b)
	if len(known.last) > rememberedBatches {
		known.last = slices.Delete(known.last, 0, 1)
	}
	if b.Transactional() && !open {
		p.open[b.Producer] = b.Base
	}
}

// commits reports whether a marker commits its transaction.
func (b *Batch) commits() (yes bool) {
	_ = b.Each(len(b.Bytes), func(r wire.Record) bool {
		yes = len(r.Key) == 4 && r.Key[3] == 1
		return false
	})
	return yes
}

// rebuild reads the leader's log for what it tells of producers: a new leader knows
// only what it has copied.
func (p *Partition) rebuild() {
	p.producers, p.open, p.aborted = make(map[int64]*producer), make(map[int64]int64), nil
	for _, b := range p.leader().batches {
		p.note(b)
	}
}

// LastStable is the offset before which no transaction is open: readers of committed
// records get no further. What a transaction has written may have been deleted.
func (p *Partition) LastStable() int64 {
	stable := p.hw
	for _, first := range p.open {
		stable = min(stable, first)
	}
	for _, m := range p.pending {
		if m.first >= 0 {
			stable = min(stable, m.first)
		}
	}
	return max(stable, min(p.newest().start, p.hw))
}

// NewProducer gives out a producer id.
func (c *Cluster) NewProducer() int64 {
	c.nextProducer++
	return c.nextProducer
}

// forgetProducers drops what is known of producers all of whose batches are gone.
func (p *Partition) forgetProducers(gone []*Batch) {
	for _, b := range gone {
		known := p.producers[b.Producer]
		if known == nil || len(known.last) == 0 || known.last[len(known.last)-1] != b {
			continue
		}
		if _, open := p.open[b.Producer]; !open {
			delete(p.producers, b.Producer)
		}
	}
}
