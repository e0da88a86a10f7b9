package model

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// A Log is one replica of a partition: batches in the order of their offsets. What is
// before its start has been deleted, and its end is the offset that comes next.
type Log struct {
	start, end int64
	batches    []*Batch
}

// append adds a batch that stands at or after the end.
func (l *Log) append(b *Batch) {
	l.batches = append(l.batches, b)
	l.end = b.End()
}

// find returns the index of the batch that holds offset, or of the first after it. Most
// who ask are near the end, so that is where it begins.
func (l *Log) find(offset int64) int {
	low, high := len(l.batches), len(l.batches)
	for step := 1; low > 0 && l.batches[low-1].End() > offset; step *= 2 {
		low, high = max(low-step, 0), low
	}
	i, _ := slices.BinarySearchFunc(l.batches[low:high], offset, byEnd)
	return low + i
}

// truncate cuts off everything from offset on, and returns what it cut. A batch that goes
// beyond the offset is cut off whole.
func (l *Log) truncate(offset int64) []*Batch {
	i, _ := slices.BinarySearchFunc(l.batches, offset, byEnd)
	cut := slices.Clone(l.batches[i:])
	clear(l.batches[i:])
	l.batches = l.batches[:i]
	if l.end > offset {
		l.end = offset
		if i > 0 {
			l.end = max(l.batches[i-1].End(), l.start)
		}
		l.start = min(l.start, l.end) // a leader that was elected though it had missed a deletion
	}
	return cut
}

// deleteBefore moves the start to offset, and returns the batches that are now gone. A
// batch that holds the offset stays whole.
func (l *Log) deleteBefore(offset int64) []*Batch {
	if offset <= l.start {
		return nil
	}
	l.start = offset
	l.end = max(l.end, offset)
	i := l.find(offset)
	gone := slices.Clone(l.batches[:i])
	clear(l.batches[:i])
	l.batches = l.batches[i:]
	return gone
}

// common returns the offset up to which two logs hold the same batches. Logs that share a
// batch share what is before it, so the last of o tells, unless the logs went apart.
func (l *Log) common(o *Log) int64 {
	at := max(l.start, o.start)
	i, j := -1, len(o.batches)-1
	if j >= 0 {
		i = l.find(o.batches[j].Base)
	}
	if i < 0 || i == len(l.batches) || l.batches[i] != o.batches[j] {
		i, j = l.find(at), o.find(at)
	}
	for i < len(l.batches) && j < len(o.batches) && l.batches[i] == o.batches[j] {
		at = l.batches[i].End()
		i, j = i+1, j+1
	}
	if i == len(l.batches) && j == len(o.batches) {
		return min(l.end, o.end)
	}
	return min(at, l.end)
}

// epochEnd returns where the leader epoch ends: the offset at which a later one begins,
// or the log's end. found is the largest epoch up to the one asked for, -1 when none.
func (l *Log) epochEnd(epoch int32) (found int32, end int64) {
	i, _ := slices.BinarySearchFunc(l.batches, epoch, func(b *Batch, e int32) int {
		if b.LeaderEpoch <= e {
			return -1
		}
		return 1
	})
	if i == 0 {
		return -1, l.start
	}
	if i == len(l.batches) {
		return l.batches[i-1].LeaderEpoch, l.end
	}
	return l.batches[i-1].LeaderEpoch, l.batches[i].Base
}

// byTime finds the first record whose time is ms or later, below the offset limit.
func (l *Log) byTime(ms, limit int64, decoded int) (offset, at int64, ok bool) {
	for _, b := range l.batches {
		if b.MaxTime < ms || b.End() > limit || b.Control() {
			continue
		}
		_ = b.Each(decoded, func(r wire.Record) bool {
			offset, at = b.Base+int64(r.Delta), r.Time
			ok = at >= ms && offset >= l.start
			return !ok
		})
		if ok {
			return offset, at, true
		}
	}
	return -1, -1, false
}

// latest finds the record with the largest time, below the offset limit.
func (l *Log) latest(limit int64, decoded int) (offset, at int64, ok bool) {
	var best *Batch
	for _, b := range l.batches {
		if b.End() <= limit && !b.Control() && (best == nil || b.MaxTime > best.MaxTime) {
			best = b
		}
	}
	if best == nil {
		return -1, -1, false
	}
	_ = best.Each(decoded, func(r wire.Record) bool {
		offset, at = best.Base+int64(r.Delta), r.Time
		ok = at == best.MaxTime
		return !ok
	})
	return offset, at, ok
}
