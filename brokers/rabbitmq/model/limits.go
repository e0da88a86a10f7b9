package model

import (
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// What a queue does with messages that stay too long or are too many.

// An alarm is a call that the clock will make for a queue.
type alarm struct {
	timer brokers.Timer
	at    time.Time
}

// set has fn called at a time, in a step of its own, in place of an earlier call.
func (v *VHost) set(a *alarm, at time.Time, fn func()) {
	if a.timer != nil && a.at.Equal(at) {
		return
	}
	v.stop(a)
	a.at = at
	a.timer = v.clock.AfterFunc(at.Sub(v.clock.Now()), func() {
		v.Run(func() {
			if a.timer != nil && !v.clock.Now().Before(a.at) {
				a.timer = nil
				fn()
			}
		})
	})
}

func (v *VHost) stop(a *alarm) {
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
}

// enqueue puts a message into a queue. accepted is false when the queue is full
// and refuses what comes; the message may be dead-lettered then.
func (v *VHost) enqueue(q *Queue, m *Message) (accepted bool) {
	if q.overflow != dropHead && q.full(1, len(m.Body)) {
		v.turnAway(q, m)
		return false
	}
	q.expiring = q.expiring || m.mortal
	q.direct = q.direct || m.Exchange == ""
	q.push(m, v.expiry(q, m))
	v.messages++
	v.bytes += m.size
	v.record(brokers.Event{Kind: brokers.Routed, Place: q.Name, Exchange: m.Exchange, Key: m.Key, Message: m.Number, Label: m.Label, N: int64(q.priorityOf(m))})
	if q.ready > 1 || !q.wanted() { // else it leaves before anyone looks at limits
		v.trim(q)
	} else {
		v.watch(q)
	}
	v.wake(q)
	return true
}

// turnAway refuses a message for a queue that is full.
func (v *VHost) turnAway(q *Queue, m *Message) {
	if q.overflow == rejectPublishDLX && q.deadLetter != nil {
		v.deadLetter(entry{Message: m}, q, "maxlen", brokers.Event{Reason: "full"})
		return
	}
	v.record(brokers.Event{Kind: brokers.Dropped, Place: q.Name, Exchange: m.Exchange, Key: m.Key, Message: m.Number, Label: m.Label, Reason: "queue is full"})
}

// wanted reports whether a consumer would take a message at once.
func (q *Queue) wanted() bool {
	for i, c := range q.consumers {
		if c.hasRoom() && c.channel.conn.client.Ready() && (!q.single || i == 0) {
			return true
		}
	}
	return false
}

// full reports whether the queue would be over its limits with n more ready
// messages that have so many bytes together.
func (q *Queue) full(n, bytes int) bool {
	return q.maxLength >= 0 && q.ready+n > q.maxLength || q.maxBytes >= 0 && q.bytes+bytes > q.maxBytes
}

// expiry is when a message that arrives now will expire: the sooner of what its
// queue and its publisher say, or never.
func (v *VHost) expiry(q *Queue, m *Message) time.Time {
	ttl := q.ttl
	if m.mortal && (ttl < 0 || m.ttl < ttl) {
		ttl = m.ttl
	}
	if ttl < 0 {
		return time.Time{}
	}
	return v.clock.Now().Add(ttl)
}

// trim takes from the head of the queue what is too much or has expired. Only the
// head is looked at: a message that has expired behind one that has not waits for
// its turn to be thrown away.
func (v *VHost) trim(q *Queue) {
	if q.deleted {
		return
	}
	for q.overflow == dropHead && q.ready > 0 && q.full(0, 0) {
		v.giveUp(q, q.pop(), "maxlen")
	}
	if q.expiring {
		now := v.clock.Now()
		for i := range q.lines {
			l := &q.lines[i]
			for l.len() > 0 && l.head().expired(now) {
				v.giveUp(q, q.popFrom(l), "expired")
			}
		}
	}
	v.watch(q)
}

func (e entry) expired(now time.Time) bool { return !e.expires.IsZero() && !e.expires.After(now) }

// watch sets the alarm for the message at the head that expires first.
func (v *VHost) watch(q *Queue) {
	if !q.expiring {
		return
	}
	var first time.Time
	for i := range q.lines {
		if l := &q.lines[i]; l.len() > 0 {
			if at := l.head().expires; !at.IsZero() && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
	}
	if first.IsZero() {
		v.stop(&q.alarm)
		return
	}
	v.set(&q.alarm, first, func() {
		v.trim(q)
		v.sendLetters()
	})
}

// giveUp parts with a message that was ready: it is dead-lettered, or gone.
func (v *VHost) giveUp(q *Queue, e entry, reason string) {
	v.forget(e)
	q.dead++
	event := brokers.Event{
		Kind: brokers.Expired, Place: q.Name, Exchange: e.Exchange, Key: e.Key,
		Message: e.Number, Label: e.Label, Redelivered: e.redelivered,
	}
	if reason == "expired" {
		v.record(event)
	}
	switch {
	case q.deadLetter != nil:
		v.deadLetter(e, q, reason, brokers.Event{})
	case reason != "expired":
		event.Kind, event.Reason = brokers.Dropped, reason
		v.record(event)
	}
}

// touch says that somebody has used the queue: from now on it may be unused for as
// long as x-expires says, and then goes. Consumers use it all the time.
func (v *VHost) touch(q *Queue) {
	switch {
	case q.expires < 0 || q.deleted:
	case len(q.consumers) > 0:
		v.stop(&q.unused)
	default:
		v.set(&q.unused, v.clock.Now().Add(q.expires), func() {
			if len(q.consumers) == 0 && !q.deleted {
				v.deleteQueue(q, "expired")
			}
		})
	}
}

// due counts the messages that the clock will take out of the queue.
func (q *Queue) due() int {
	if q.alarm.timer == nil {
		return 0
	}
	return q.mortal
}
