package model

import (
	"cmp"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// A Fetch is a consumer's request for records. When there are too few, it waits.
type Fetch struct {
	Client    string
	Session   *Session // what the broker knows of the connection
	Node      int32    // at which it asks
	MaxWait   time.Duration
	MinBytes  int
	MaxBytes  int
	Committed bool // no records of transactions that are open or were aborted
	Topics    []FetchTopic
	Done      func([]wire.Fetched)
	Live      func() bool   // false once a fault has cut the connection
	Frame     func() uint64 // numbers the answer in the journal; nil: it is no frame. Asked when it carries records

	timer brokers.Timer
	over  bool
}

// A FetchTopic is what a Fetch wants of one topic.
type FetchTopic struct {
	Name       string
	Partitions []FetchPartition
}

// A FetchPartition is what a Fetch wants of one partition.
type FetchPartition struct {
	Index    int32
	Epoch    int32 // the leader epoch that the client knows; -1: none
	Offset   int64
	MaxBytes int
}

// maxFetch bounds what one answer carries, in bytes; Kafka's default is 55 MiB. One
// batch is always given.
const maxFetch = 8 << 20

// Fetch answers f by f.Done: at once, when there are records or an error, or later.
func (c *Cluster) Fetch(f *Fetch) {
	f.MaxBytes = min(f.MaxBytes, cmp.Or(c.MaxFetch, maxFetch))
	enough, parts := c.ready(f)
	if enough || f.MaxWait <= 0 {
		c.complete(f)
		return
	}
	for _, p := range parts {
		p.fetches = append(p.fetches, f)
	}
	f.timer = c.after(f.MaxWait, func() { c.complete(f) })
}

// Cancel forgets a fetch whose client has gone.
func (c *Cluster) Cancel(f *Fetch) {
	if f.over {
		return
	}
	f.over = true
	if f.timer == nil {
		return
	}
	f.timer.Stop()
	for _, t := range f.Topics {
		for _, want := range t.Partitions {
			if p, err := c.Partition(t.Name, want.Index); err == nil {
				p.fetches = slices.DeleteFunc(p.fetches, func(o *Fetch) bool { return o == f })
			}
		}
	}
}

// answer completes a fetch that waits at a partition.
func (f *Fetch) answer() {
	if !f.over {
		f.Session.cluster.complete(f)
	}
}

// ready reports whether f has enough to be answered: its least bytes, or an error.
func (c *Cluster) ready(f *Fetch) (enough bool, parts []*Partition) {
	have := 0
	for _, t := range f.Topics {
		for _, want := range t.Partitions {
			p, err := c.readable(f, t.Name, want)
			if err != nil {
				return true, nil
			}
			parts = append(parts, p)
			l := p.leader()
			for _, b := range l.batches[l.find(want.Offset):] {
				if have >= f.MinBytes || b.End() > p.limit(f) {
					break
				}
				have += len(b.Bytes)
			}
		}
	}
	return have >= f.MinBytes, parts
}

// limit is the offset up to which f may read.
func (p *Partition) limit(f *Fetch) int64 {
	if f.Committed {
		return p.LastStable()
	}
	return p.hw
}

// readable returns a partition that f may read at the offset it wants.
func (c *Cluster) readable(f *Fetch, topic string, want FetchPartition) (*Partition, error) {
	p, err := c.Partition(topic, want.Index)
	if err != nil {
		return nil, err
	}
	if err := p.CheckEpoch(f.Node, want.Epoch); err != nil {
		return nil, err
	}
	if l := p.leader(); want.Offset < l.start || want.Offset > l.end {
		return p, OffsetOutOfRange
	}
	return p, nil
}

// CheckEpoch refuses a client that asks the wrong node, or knows another leader epoch;
// -1 is one that knows none.
func (p *Partition) CheckEpoch(node, epoch int32) error {
	switch {
	case p.Leader == 0 || p.Leader != node:
		return NotLeaderOrFollower
	case epoch >= 0 && epoch < p.Epoch:
		return FencedLeaderEpoch
	case epoch > p.Epoch:
		return UnknownLeaderEpoch
	}
	return nil
}

// wake answers those who wait at p and now have enough.
func (p *Partition) wake() {
	for _, f := range slices.Clone(p.fetches) {
		if enough, _ := p.cluster.ready(f); enough && !f.over {
			p.cluster.complete(f)
		}
	}
}

// complete answers f with what there is.
func (c *Cluster) complete(f *Fetch) {
	if f.over {
		return
	}
	c.Cancel(f)
	out := make([]wire.Fetched, len(f.Topics))
	room := f.MaxBytes
	for i, t := range f.Topics {
		out[i] = wire.Fetched{Topic: t.Name, Partitions: make([]wire.FetchedPartition, len(t.Partitions))}
		for j, want := range t.Partitions {
			out[i].Partitions[j] = c.read(f, t.Name, want, &room)
		}
	}
	f.Done(out)
}

// read takes what f wants of one partition, room bytes at most. The first batch of an
// answer is given even if it is longer.
func (c *Cluster) read(f *Fetch, topic string, want FetchPartition, room *int) wire.FetchedPartition {
	out := wire.FetchedPartition{Index: want.Index, HighWatermark: -1, LastStable: -1, LogStart: -1}
	p, err := c.readable(f, topic, want)
	if p != nil && p.Leader != 0 {
		out.HighWatermark, out.LastStable, out.LogStart = p.hw, p.LastStable(), p.leader().start
	}
	if err != nil {
		out.Error = int16(CodeOf(err))
		return out
	}
	l, limit := p.leader(), p.limit(f)
	i := l.find(want.Offset)
	end := want.Offset
	left := min(want.MaxBytes, *room)
	first := i
	for ; i < len(l.batches) && l.batches[i].End() <= limit; i++ {
		b := l.batches[i]
		if len(b.Bytes) > left && *room < f.MaxBytes || len(b.Bytes) > left && i > first {
			break
		}
		out.Batches = append(out.Batches, b.Bytes)
		left -= len(b.Bytes)
		*room -= len(b.Bytes)
		end = b.End()
	}
	if f.Committed && i > first {
		out.Aborted = p.abortedIn(want.Offset, end)
	}
	p.deliver(f, l.batches[first:i], want.Offset, out.Aborted)
	return out
}

// abortedIn lists the aborted transactions that have records between two offsets.
func (p *Partition) abortedIn(from, to int64) (out []wire.Aborted) {
	for _, a := range p.aborted {
		if a.last >= from && a.first < to {
			out = append(out, wire.Aborted{Producer: a.producer, First: a.first})
		}
	}
	return out
}

// deliver notes the records that an answer brings: those at the offset that was asked
// for and after it, though the first batch may begin earlier, without those that a
// reader of committed records skips.
func (p *Partition) deliver(f *Fetch, batches []*Batch, from int64, aborted []wire.Aborted) {
	if len(batches) == 0 {
		return
	}
	reader := f.Session.reader(p)
	e := brokers.Event{Kind: brokers.Delivered, Source: source, Place: p.place, Client: f.Client, Node: int(p.Leader)}
	if reader != nil {
		e.Consumer, e.Group = reader.ID, reader.group.ID
	}
	if f.Frame != nil {
		e.Frame = f.Frame()
	}
	for _, b := range batches {
		if len(aborted) > 0 && b.Transactional() && p.wasAborted(b) {
			continue
		}
		for i, n := b.from(from), b.records(); i < n; {
			if !f.Live() {
				return
			}
			run := n - i
			if p.cluster.journal.Watched() {
				run = 1 // a fault may fall after each
			}
			name, before := b.naming(i), reader.given(p, b.offset(i), b.offset(i+run-1))
			p.cluster.journal.AppendRun(e, run, func(i int, e *brokers.Event) {
				name(i, e)
				e.Redelivered = int64(e.Tag) < before
			})
			i += run
		}
	}
}

// wasAborted reports whether a batch belongs to an aborted transaction.
func (p *Partition) wasAborted(b *Batch) bool {
	return slices.ContainsFunc(p.aborted, func(a aborted) bool {
		return a.producer == b.Producer && a.first <= b.Base && b.Base < a.last
	})
}
