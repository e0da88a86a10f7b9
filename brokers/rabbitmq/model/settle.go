package model

import "github.com/brokerlab/brokerlab/brokers"

// Ack settles a delivery, or with multiple all up to it: their messages are
// done. Error: PreconditionFailed for a tag that is not unacknowledged.
func (ch *Channel) Ack(tag uint64, multiple bool) error {
	return ch.take(settlement{kind: brokers.Acked}, tag, multiple)
}

// Nack refuses a delivery, or with multiple all up to it. Their messages go back
// to their places with requeue, and else to the dead-letter exchange or nowhere.
// Error: PreconditionFailed for a tag that is not unacknowledged.
func (ch *Channel) Nack(tag uint64, multiple, requeue bool) error {
	return ch.take(settlement{kind: brokers.Nacked, requeue: requeue}, tag, multiple)
}

// Reject is Nack for one delivery.
func (ch *Channel) Reject(tag uint64, requeue bool) error {
	return ch.take(settlement{kind: brokers.Rejected, requeue: requeue}, tag, false)
}

// take settles the deliveries that a client means with a tag.
func (ch *Channel) take(s settlement, tag uint64, multiple bool) error {
	var ok bool
	if s.deliveries, ok = ch.unacked.take(tag, multiple); !ok {
		return unknownTag(tag)
	}
	ch.settleOrHold(s)
	return nil
}

// settle does what a client has said about deliveries.
func (ch *Channel) settle(s settlement) {
	for i := range s.deliveries {
		u := &s.deliveries[i]
		ch.release(u)
		switch {
		case s.kind == brokers.Acked:
			ch.forget(u)
		case s.requeue:
			ch.recordSettled(s.kind, u, "")
			ch.requeue(u, string(s.kind))
		default:
			ch.recordSettled(s.kind, u, "")
			ch.discard(u)
		}
		ch.conn.vhost.sendLetters()
	}
}

// forget is the end of a message that was acknowledged.
func (ch *Channel) forget(u *unacked) {
	u.queue.done++
	if u.consumer != nil {
		u.consumer.done++
	}
	ch.conn.vhost.forgetUnlessDeleted(u)
	ch.recordSettled(brokers.Acked, u, "")
}

// Recover puts everything back that the channel has not settled.
func (ch *Channel) Recover() { ch.requeueAll("recover") }

// requeueAll gives everything back, oldest first.
func (ch *Channel) requeueAll(reason string) {
	for _, u := range ch.unacked.takeAll() {
		ch.release(&u)
		ch.requeue(&u, reason)
	}
	ch.conn.vhost.sendLetters()
}

func unknownTag(tag uint64) error {
	return Errorf(PreconditionFailed, "unknown delivery tag %d", tag)
}

// release takes a delivery out of the counts that prefetch looks at.
func (ch *Channel) release(u *unacked) {
	u.queue.unacked--
	v := ch.conn.vhost
	if u.consumer != nil {
		u.consumer.inFlight--
		ch.inFlight--
		v.wake(u.queue)
	}
	if ch.limit > 0 && ch.inFlight == ch.limit-1 {
		ch.wakeQueues()
	}
}

// requeue returns a message to its old place. If the queue is gone, so is it.
func (ch *Channel) requeue(u *unacked, reason string) {
	if u.queue.deleted {
		return
	}
	u.queue.putBack(u.entry)
	ch.recordSettled(brokers.Requeued, u, reason)
	ch.conn.vhost.trim(u.queue)
	ch.conn.vhost.wake(u.queue)
}

// discard dead-letters a refused message, or drops it.
func (ch *Channel) discard(u *unacked) {
	v := ch.conn.vhost
	v.forgetUnlessDeleted(u)
	u.queue.dead++
	to := u.queue.deadLetter
	if u.queue.deleted || to == nil {
		ch.recordSettled(brokers.Dropped, u, "rejected")
		return
	}
	v.deadLetter(u.entry, u.queue, "rejected", ch.settled(u))
}

// recordSettled appends an event about a delivery that this channel had.
func (ch *Channel) recordSettled(kind brokers.Kind, u *unacked, reason string) {
	e := ch.settled(u)
	e.Kind, e.Reason = kind, reason
	ch.conn.vhost.record(e)
}

// settled is what all events about a delivery have in common.
func (ch *Channel) settled(u *unacked) brokers.Event {
	e := brokers.Event{
		Client: ch.conn.Name, Channel: ch.Number, Place: u.queue.Name, Exchange: u.entry.Exchange, Key: u.entry.Key,
		Message: u.entry.Number, Label: u.entry.Label, Tag: u.tag, Redelivered: u.entry.redelivered,
	}
	if ch.conn.asked {
		e.User = ch.conn.User
	}
	if u.consumer != nil {
		e.Consumer = u.consumer.Tag
	}
	return e
}

// forgetUnlessDeleted takes a settled message out of the counts. With a deleted
// queue its messages have left them already.
func (v *VHost) forgetUnlessDeleted(u *unacked) {
	if !u.queue.deleted {
		v.forget(u.entry)
	}
}
