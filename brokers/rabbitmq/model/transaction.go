package model

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// A transaction holds back what a channel publishes and settles, until commit does
// all of it or rollback forgets it. It is no transaction between queues: a broker
// that dies in the middle of a commit has done a part of it.
type transaction struct {
	publishings []Publishing
	settled     []settlement
}

// A settlement is an ack, nack or reject that waits for the commit. Its deliveries
// are out of the channel's list, and still count as unacknowledged.
type settlement struct {
	kind       brokers.Kind
	requeue    bool
	deliveries []unacked
}

// SelectTx begins transactions: from now on the channel always has one. Error:
// PreconditionFailed on a channel that confirms.
func (ch *Channel) SelectTx() error {
	if ch.confirms {
		return Errorf(PreconditionFailed, "cannot switch from confirm to tx mode")
	}
	if ch.tx == nil {
		ch.tx = new(transaction)
	}
	return nil
}

// hold keeps a message for the commit. It counts in the quotas already.
func (ch *Channel) hold(p Publishing) {
	ch.tx.publishings = append(ch.tx.publishings, p)
	ch.conn.vhost.messages++
	ch.conn.vhost.bytes += p.size()
}

func (p *Publishing) size() int { return p.Overhead + len(p.Body) }

// Commit does what the transaction holds: first the messages, then the settlements.
// It returns what became of the messages, and the next transaction begins. Error:
// PreconditionFailed on a channel without transactions.
func (ch *Channel) Commit() ([]Receipt, error) {
	tx, err := ch.endTx()
	if err != nil {
		return nil, err
	}
	var receipts []Receipt
	for _, p := range tx.publishings {
		if x, ok := ch.conn.vhost.exchanges[p.Exchange]; ok { // else it went since then, and takes the message along
			receipts = append(receipts, ch.publish(p, x))
		}
	}
	for _, s := range tx.settled {
		ch.settle(s)
	}
	return receipts, nil
}

// Rollback forgets what the transaction holds. Its deliveries are unacknowledged
// again; they are not delivered again. Error: as of Commit.
func (ch *Channel) Rollback() error {
	tx, err := ch.endTx()
	if err != nil {
		return err
	}
	for _, s := range tx.settled {
		ch.unacked.items = append(ch.unacked.items, s.deliveries...)
	}
	slices.SortFunc(ch.unacked.items, func(a, b unacked) int { return int(a.tag) - int(b.tag) })
	return nil
}

// endTx takes the transaction out, and its messages out of the counts.
func (ch *Channel) endTx() (*transaction, error) {
	tx := ch.tx
	if tx == nil {
		return nil, Errorf(PreconditionFailed, "channel is not transactional")
	}
	for _, p := range tx.publishings {
		ch.conn.vhost.messages--
		ch.conn.vhost.bytes -= p.size()
	}
	ch.tx = new(transaction)
	return tx, nil
}

// settleOrHold settles deliveries, now or with the commit.
func (ch *Channel) settleOrHold(s settlement) {
	if ch.tx != nil {
		ch.tx.settled = append(ch.tx.settled, s)
		return
	}
	ch.settle(s)
}
