package model

import (
	"math"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// A Transaction is what the coordinator knows of a transactional id: its producer, and
// what belongs to the transaction that is open. A marker in each partition ends it.
type Transaction struct {
	ID       string
	Producer int64
	Epoch    int16
	Timeout  time.Duration

	cluster    *Cluster
	open       bool
	ending     bool // markers are on the way
	committed  bool // how the last one ended
	client     string
	partitions []*Partition
	offsets    map[string][]Commit // by group
	groups     map[string]bool     // those that were added
	unwritten  int                 // markers that are not on all replicas in sync yet
	finished   []func()            // wait for them
	timer      brokers.Timer
}

// A marker ends a transaction in one partition.
type marker struct {
	txn      *Transaction
	producer int64
	epoch    int16
	commit   bool
	first    int64 // of the transaction here; -1: it wrote nothing
	end      int64 // offset after the marker; -1: not written
}

// maxTxnTimeout is Kafka's default for transaction.max.timeout.ms.
const maxTxnTimeout = 15 * time.Minute

// InitTransactional gives the producer of a transactional id a new epoch: whoever had
// the one before is fenced, and what it left open is aborted. done is called when that
// is so. A producer that goes on after an error says which id and epoch it has.
func (c *Cluster) InitTransactional(id, client string, timeout time.Duration, producer int64, epoch int16, done func(*Transaction, error)) {
	if timeout <= 0 || timeout > maxTxnTimeout {
		done(nil, InvalidTxnTimeout)
		return
	}
	t := c.txns[id]
	if t == nil {
		if len(c.txns) >= c.cfg.Quota.Queues {
			done(nil, &brokers.QuotaError{What: "transactional ids", Limit: c.cfg.Quota.Queues})
			return
		}
		t = &Transaction{ID: id, Producer: c.NewProducer(), Epoch: -1, cluster: c}
		c.txns[id], c.txnOf[t.Producer] = t, t
	} else if producer >= 0 && (producer != t.Producer || epoch != t.Epoch && epoch != t.Epoch-1) {
		done(nil, ProducerFenced)
		return
	}
	if t.open {
		t.end(false, "fenced by a newer producer")
	}
	if t.Epoch >= 0 && producer < 0 {
		c.record(brokers.Event{Kind: brokers.Fenced, Key: id, Tag: uint64(t.Epoch), Client: t.client, Reason: "transactional.id was taken over"})
	}
	t.bump()
	t.Timeout, t.client = timeout, client
	t.whenFinished(func() { done(t, nil) })
}

// bump begins a new epoch, with a new producer id when epochs have run out.
func (t *Transaction) bump() {
	if t.Epoch == math.MaxInt16-1 {
		delete(t.cluster.txnOf, t.Producer)
		t.Producer, t.Epoch = t.cluster.NewProducer(), -1
		t.cluster.txnOf[t.Producer] = t
	}
	t.Epoch++
}

// transaction finds what a producer may change. Errors: InvalidProducerIDMapping,
// ProducerFenced.
func (c *Cluster) transaction(id string, producer int64, epoch int16) (*Transaction, error) {
	t := c.txns[id]
	switch {
	case t == nil || t.Producer != producer:
		return nil, InvalidProducerIDMapping
	case t.Epoch != epoch:
		return nil, ProducerFenced
	}
	return t, nil
}

// AddPartition makes a partition part of a transaction. Errors: those of the
// transaction, ConcurrentTransactions, UnknownTopicOrPartition.
func (c *Cluster) AddPartition(id string, producer int64, epoch int16, topic string, index int32) error {
	t, err := c.transaction(id, producer, epoch)
	if err != nil {
		return err
	}
	p, err := c.Partition(topic, index)
	if err != nil {
		return err
	}
	if err := t.begin(); err != nil {
		return err
	}
	if !slices.Contains(t.partitions, p) {
		t.partitions = append(t.partitions, p)
	}
	return nil
}

// AddGroup makes a group's offsets part of a transaction. Errors: as AddPartition.
func (c *Cluster) AddGroup(id string, producer int64, epoch int16, group string) error {
	t, err := c.transaction(id, producer, epoch)
	if err != nil {
		return err
	}
	if err := t.begin(); err != nil {
		return err
	}
	t.groups[group] = true
	return nil
}

// begin opens the transaction with its first part, and sets its time.
func (t *Transaction) begin() error {
	if t.unwritten > 0 {
		return ConcurrentTransactions
	}
	if t.open {
		return nil
	}
	c := t.cluster
	t.open, t.ending = true, false
	t.partitions, t.offsets, t.groups = nil, make(map[string][]Commit), make(map[string]bool)
	c.record(brokers.Event{Kind: brokers.TxnBegan, Key: t.ID, Tag: uint64(t.Epoch), Client: t.client})
	t.timer = c.after(t.Timeout, func() {
		if t.open {
			t.end(false, "transaction.timeout.ms")
			t.bump()
		}
	})
	return nil
}

// CommitInTransaction keeps offsets for when the transaction commits. An error is
// about the producer or the member; those of the list are each about one offset.
func (c *Cluster) CommitInTransaction(txn string, producer int64, epoch int16, id Identity, commits []Commit) ([]error, error) {
	t, err := c.transaction(txn, producer, epoch)
	if err != nil {
		return nil, err
	}
	if !t.open || !t.groups[id.Group] {
		return nil, InvalidTxnState
	}
	var m *Member
	if id.Member != "" || id.Generation >= 0 {
		if m, err = c.claims(id); err != nil {
			return nil, err
		}
	}
	g, err := c.group(id.Group)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(commits))
	for i, o := range commits {
		if errs[i] = c.checkCommit(o, m, id.Generation); errs[i] == nil {
			t.offsets[g.ID] = append(slices.DeleteFunc(t.offsets[g.ID], func(old Commit) bool { return old.Topic == o.Topic && old.Index == o.Index }), o)
		}
	}
	return errs, nil
}

// unstable reports whether a transaction that is open may yet change an offset.
func (g *Group) unstable(topic string, index int32) bool {
	for _, t := range g.cluster.txns {
		if t.open && slices.ContainsFunc(t.offsets[g.ID], func(o Commit) bool { return o.Topic == topic && o.Index == index }) {
			return true
		}
	}
	return false
}

// Unstable reports whether the group's offset for a partition may yet be changed by a
// transaction that is open.
func (g *Group) Unstable(topic string, index int32) bool { return g != nil && g.unstable(topic, index) }

// EndTransaction commits or aborts, and calls done when the markers are on all replicas
// in sync. Errors: those of the transaction, InvalidTxnState.
func (c *Cluster) EndTransaction(id string, producer int64, epoch int16, commit bool, done func(error)) {
	t, err := c.transaction(id, producer, epoch)
	switch {
	case err != nil:
		done(err)
		return
	case t.open:
		t.end(commit, "asked for")
	case !t.ending || t.committed != commit: // else it is the same request again
		done(InvalidTxnState)
		return
	}
	t.whenFinished(func() { done(nil) })
}

// end writes the markers, and keeps the offsets of a transaction that commits.
func (t *Transaction) end(commit bool, why string) {
	c := t.cluster
	t.open, t.ending, t.committed = false, true, commit
	t.timer.Stop()
	kind := brokers.TxnAbort
	if commit {
		kind = brokers.TxnCommit
	}
	c.record(brokers.Event{Kind: kind, Key: t.ID, Tag: uint64(t.Epoch), Client: t.client, Reason: why})
	t.unwritten += len(t.partitions)
	for _, p := range t.partitions {
		m := &marker{txn: t, producer: t.Producer, epoch: t.Epoch, commit: commit, first: -1, end: -1}
		if first, open := p.open[t.Producer]; open {
			m.first = first
		}
		p.pending = append(p.pending, m)
		p.write(m)
	}
	if commit {
		for _, g := range c.Groups() {
			for _, o := range t.offsets[g.ID] {
				g.commit(o, "", t.client)
			}
		}
	}
	t.partitions, t.offsets, t.groups = nil, nil, nil
}

// write puts a marker into the leader's log, if there is a leader.
func (p *Partition) write(m *marker) {
	if p.deleted {
		p.written(m)
		return
	}
	if p.Leader == 0 {
		return
	}
	b := &Batch{Batch: wire.Marker(m.producer, m.epoch, m.commit, millis(p.cluster.clock.Now()))}
	kind := brokers.TxnAbort
	if m.commit {
		kind = brokers.TxnCommit
	}
	p.record(brokers.Event{Kind: kind, Key: m.txn.ID, Tag: uint64(p.leader().end), Node: int(p.Leader)})
	m.end = p.leader().end + 1
	p.add(b, "")
}

// settleMarkers notes which markers are on all replicas in sync. Whoever is told may go on
// at once, and settle the next ones.
func (p *Partition) settleMarkers() {
	settled := func(m *marker) bool { return m.end >= 0 && m.end <= p.hw }
	for i := slices.IndexFunc(p.pending, settled); i >= 0; i = slices.IndexFunc(p.pending, settled) {
		p.written(p.pending[i])
	}
}

func (p *Partition) written(m *marker) {
	p.pending = slices.DeleteFunc(p.pending, func(o *marker) bool { return o == m })
	m.txn.unwritten--
	if m.txn.unwritten == 0 {
		finished := m.txn.finished
		m.txn.finished = nil
		for _, done := range finished {
			done()
		}
	}
}

// finishTransactions has a new leader write the markers that the one before may have
// taken with it. A second marker of the same transaction means nothing.
func (p *Partition) finishTransactions() {
	for _, m := range slices.Clone(p.pending) {
		if slices.Contains(p.pending, m) {
			p.write(m)
		}
	}
}

// whenFinished calls done when no marker is on the way.
func (t *Transaction) whenFinished(done func()) {
	if t.unwritten == 0 {
		done()
		return
	}
	t.finished = append(t.finished, done)
}

// checkTransactional refuses a batch that does not belong to the open transaction of its
// producer. Errors: InvalidProducerIDMapping, InvalidProducerEpoch, InvalidTxnState.
func (c *Cluster) checkTransactional(p *Partition, b *Batch, id string) error {
	t := c.txnOf[b.Producer]
	switch {
	case t == nil || t.ID != id:
		return InvalidProducerIDMapping
	case b.ProducerEpoch != t.Epoch:
		return InvalidProducerEpoch
	case !t.open || !slices.Contains(t.partitions, p):
		return InvalidTxnState
	}
	return nil
}
