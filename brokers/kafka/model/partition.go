package model

import (
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// A Partition is one log, kept by several nodes. One of them leads: producers write to
// it and consumers read from it. The others, its followers, copy what it has.
type Partition struct {
	Topic    *Topic
	Index    int32
	Replicas []int32 // nodes; the first is preferred as leader
	ISR      []int32 // those that have all that is committed, in the order of Replicas
	Leader   int32   // 0: none
	Epoch    int32   // counts leaders

	cluster *Cluster
	place   string // in the journal
	deleted bool
	logs    map[int32]*Log
	hw      int64 // high watermark: what is before it is on all of ISR
	led     int64 // the leader's end when it was elected

	producers map[int64]*producer // as the leader's log tells
	open      map[int64]int64     // producers with a transaction here, and its first offset; likewise
	aborted   []aborted           // likewise
	held      int                 // records that the cluster counts here
	heldBytes int
	waiting   []*ackWait // appended, and not yet on all of ISR
	ackTimer  brokers.Timer
	fetches   []*Fetch  // that wait for records
	readers   []*Member // of groups, to whom it is assigned
	pending   []*marker // ends of transactions that are not on all of ISR yet
	cleaning  cleaning
}

func newPartition(t *Topic, index int32, replicas []int32) *Partition {
	p := &Partition{
		Topic: t, Index: index, Replicas: replicas, ISR: slices.Clone(replicas), Epoch: -1,
		cluster: t.cluster, place: place(t.Name, index), logs: make(map[int32]*Log),
		producers: make(map[int64]*producer), open: make(map[int64]int64),
	}
	for _, id := range replicas {
		p.logs[id] = &Log{}
	}
	return p
}

// record appends to the journal what happened to the partition.
func (p *Partition) record(e brokers.Event) {
	e.Place = p.place
	p.cluster.record(e)
}

// leader is the leader's log. There is a leader.
func (p *Partition) leader() *Log { return p.logs[p.Leader] }

// newest is the leader's log or, without a leader, that of a replica in sync: it has all
// that was committed.
func (p *Partition) newest() *Log {
	if p.Leader != 0 {
		return p.leader()
	}
	return p.logs[p.ISR[0]]
}

// HighWatermark is the offset before which all records are on all replicas in sync:
// only those are given to consumers.
func (p *Partition) HighWatermark() int64 { return p.hw }

// Start and End are the first offset of the log and the one that comes next.
func (p *Partition) Start() int64 { return p.newest().start }

// End is the offset that the next record gets.
func (p *Partition) End() int64 { return p.newest().end }

// An Append is what a producer wants added to a partition.
type Append struct {
	Client      string
	Batches     []*Batch
	Acks        int16         // 0, 1, or -1: on all replicas in sync
	Timeout     time.Duration // how long to wait for them
	Transaction string        // transactional id, or empty
	Done        func(Appended)
	Live        func() bool // asked between the record and the answer: a fault may fall there; nil: none may
}

// An Appended is what a producer is told: where its first record stands.
type Appended struct {
	Base, Start int64
	Time        int64 // at which the broker took it, in milliseconds; -1: the records keep theirs
	Err         error // a Code, an *Error or a *brokers.QuotaError
}

// Append adds batches to the leader's log and calls a.Done: at once, or when the
// replicas in sync have them.
func (p *Partition) Append(a Append) {
	epoch := p.Epoch
	out, end, err := p.tryAppend(&a)
	if a.Live != nil && !a.Live() {
		return // who would be answered is cut off
	}
	if err == nil && p.Epoch != epoch {
		err = NotLeaderOrFollower // a fault fell after the records were added
	}
	out.Err = err
	if err != nil || a.Acks != -1 {
		if err == nil && a.Acks == 1 {
			p.confirm(&a)
		}
		a.Done(out)
		return
	}
	w := &ackWait{append: a, end: end, answer: out, due: p.cluster.clock.Now().Add(a.Timeout)}
	p.waiting = append(p.waiting, w)
	p.advance()
	if len(p.waiting) > 0 && p.ackTimer == nil {
		p.ackTimer = p.cluster.after(a.Timeout, p.expireAcks)
	}
}

// tryAppend adds the batches, or says why not. end is the offset after them.
func (p *Partition) tryAppend(a *Append) (out Appended, end int64, err error) {
	out = Appended{Base: -1, Time: -1}
	if p.Leader == 0 {
		return out, 0, LeaderNotAvailable
	}
	out.Start = p.leader().start
	if a.Acks == -1 && len(p.ISR) < p.Topic.set.minISR {
		return out, 0, NotEnoughReplicas
	}
	epoch := p.Epoch
	for _, b := range a.Batches {
		if p.Epoch != epoch {
			return out, 0, NotLeaderOrFollower
		}
		if err := p.admit(b, a.Transaction); err != nil {
			return out, 0, err
		}
		first, dup, err := p.sequence(b)
		if err != nil {
			return out, 0, err
		}
		if dup != nil {
			p.recordDuplicates(a.Client, b, dup)
			end = dup.End()
			first = dup.Base
		} else {
			if p.Topic.set.appendTime {
				out.Time = millis(p.cluster.clock.Now())
				b.StampAppended(out.Time)
			}
			p.add(b, a.Client)
			end = b.End()
		}
		if out.Base < 0 {
			out.Base = first
		}
	}
	return out, end, nil
}

// admit refuses a batch before anything has changed.
func (p *Partition) admit(b *Batch, transaction string) error {
	c := p.cluster
	if len(b.Bytes) > p.Topic.set.maxMessage {
		return Errorf(MessageTooLarge, "The record batch size in the append to %s is %d bytes which exceeds the maximum configured value of %d.", p.place, len(b.Bytes), p.Topic.set.maxMessage)
	}
	if p.Topic.set.compact && !b.hasKeys(c.cfg.Decoded) {
		return Errorf(InvalidRecord, "Compacted topic cannot accept message without key in topic partition %s.", p.place)
	}
	if c.messages+int(b.Count) > c.cfg.Quota.Messages {
		return &brokers.QuotaError{What: "messages", Limit: c.cfg.Quota.Messages}
	}
	if c.bytes+len(b.Bytes) > c.cfg.Quota.Bytes {
		return &brokers.QuotaError{What: "bytes of messages", Limit: c.cfg.Quota.Bytes}
	}
	if b.Transactional() {
		return c.checkTransactional(p, b, transaction)
	}
	return nil
}

// add puts a batch at the end of the leader's log, and sets the followers on it.
func (p *Partition) add(b *Batch, client string) {
	c, l := p.cluster, p.leader()
	b.Place(l.end, p.Epoch)
	n := b.records()
	if n > 0 {
		b.first = c.published + 1
		c.published += uint64(n)
	}
	p.count(n, len(b.Bytes))
	l.append(b)
	p.note(b)
	e := brokers.Event{Kind: brokers.Published, Client: client, Node: int(p.Leader)}
	if t := c.txnOf[b.Producer]; t != nil && b.Transactional() {
		e.Reason = t.ID
	}
	p.recordEach(e, b)
	p.pullAll()
	p.advance()
	p.afterAppend()
}

// recordDuplicates notes records that were sent again: dup is the batch that has them.
func (p *Partition) recordDuplicates(client string, again, dup *Batch) {
	e := brokers.Event{Kind: brokers.Duplicate, Client: client, Node: int(p.Leader)}
	for i := range again.records() {
		e.Key, e.Label, e.Message, e.Tag = again.keys.at(i), again.labels.at(i), dup.first+uint64(i), uint64(dup.Base)+uint64(i)
		p.record(e)
	}
}

// An ackWait is a producer that waits until the replicas in sync have its records.
type ackWait struct {
	append Append
	end    int64
	answer Appended
	due    time.Time
}

// settle answers those whose records are on all replicas in sync.
func (p *Partition) settle() {
	for len(p.waiting) > 0 && p.waiting[0].end <= p.hw {
		w := p.waiting[0]
		p.waiting = slices.Delete(p.waiting, 0, 1)
		if len(p.ISR) < p.Topic.set.minISR {
			w.answer.Err = NotEnoughAfterAppend
		} else {
			p.confirm(&w.append)
		}
		w.append.Done(w.answer)
	}
}

// confirm notes that a producer is told. One event stands for the records of a batch.
func (p *Partition) confirm(a *Append) {
	for _, b := range a.Batches {
		b.confirmed = true
		if b.first == 0 {
			continue // a duplicate: it has no numbers
		}
		p.record(brokers.Event{Kind: brokers.Confirmed, Client: a.Client, Node: int(p.Leader), Message: b.first, Tag: uint64(b.Base), N: int64(b.records())})
	}
}

// expireAcks answers those who have waited too long.
func (p *Partition) expireAcks() {
	p.ackTimer = nil
	now := p.cluster.clock.Now()
	late := func(w *ackWait) bool { return !w.due.After(now) }
	for _, w := range p.waiting {
		if late(w) {
			w.answer.Err = RequestTimedOut
			w.append.Done(w.answer)
		}
	}
	p.waiting = slices.DeleteFunc(p.waiting, late)
	if len(p.waiting) > 0 {
		next := slices.MinFunc(p.waiting, func(a, b *ackWait) int { return a.due.Compare(b.due) })
		p.ackTimer = p.cluster.after(next.due.Sub(now), p.expireAcks)
	}
}

// fail answers all who wait at this partition.
func (p *Partition) fail(err error) {
	waiting := p.waiting
	p.waiting = nil
	for _, w := range waiting {
		w.answer.Err = err
		w.append.Done(w.answer)
	}
	for _, f := range slices.Clone(p.fetches) {
		f.answer()
	}
}

// count adds to what the cluster holds.
func (p *Partition) count(records, bytes int) {
	p.held += records
	p.heldBytes += bytes
	p.cluster.messages += records
	p.cluster.bytes += bytes
}

// recount counts what the leader's log holds.
func (p *Partition) recount() {
	records, bytes := 0, 0
	for _, b := range p.newest().batches {
		records += b.records()
		bytes += len(b.Bytes)
	}
	p.count(records-p.held, bytes-p.heldBytes)
}
