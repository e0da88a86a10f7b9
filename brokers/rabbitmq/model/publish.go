package model

import (
	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A Publishing is a message as a client sends it.
type Publishing struct {
	Exchange   string
	Key        string
	Mandatory  bool // return it when no queue takes it
	Properties wire.Properties
	Overhead   int    // bytes that the properties take
	Body       []byte // kept, so the caller must not change it
}

// Publish routes a message to every queue that is bound for it. It returns the
// message, and whether it goes back to the publisher. Errors: NotFound,
// AccessRefused, PreconditionFailed, NotImplemented, *brokers.QuotaError.
func (ch *Channel) Publish(p Publishing) (m *Message, returned bool, err error) {
	v := ch.conn.vhost
	x, err := v.exchange(p.Exchange)
	if err != nil {
		return nil, false, err
	}
	if err := ch.checkPublishing(x, &p); err != nil {
		return nil, false, err
	}
	v.published++
	x.used = true
	m = &Message{
		Number: v.published, Label: v.label(p.Body), Exchange: p.Exchange, Key: p.Key,
		Properties: p.Properties, Body: p.Body, size: p.Overhead + len(p.Body),
	}
	if ch.confirms {
		ch.unconfirmed++
	}
	ch.record(brokers.Event{Kind: brokers.Published, Exchange: p.Exchange, Key: p.Key, Message: m.Number, Label: m.Label, N: int64(len(p.Body))})
	if v.route(m, x) > 0 {
		return m, false, nil
	}
	v.record(brokers.Event{Kind: brokers.Unroutable, Exchange: p.Exchange, Key: p.Key, Message: m.Number, Label: m.Label})
	if p.Mandatory {
		ch.record(brokers.Event{Kind: brokers.Returned, Exchange: p.Exchange, Key: p.Key, Message: m.Number, Label: m.Label, Reason: NoRoute.String()})
	}
	return m, p.Mandatory, nil
}

// checkPublishing refuses a message before anything has changed.
func (ch *Channel) checkPublishing(x *Exchange, p *Publishing) error {
	v := ch.conn.vhost
	if x.Internal {
		return Errorf(AccessRefused, "cannot publish to internal exchange '%s' in vhost '%s'", x.Name, v.Name)
	}
	if len(p.Body) > v.quota.Message {
		return TooLarge(uint64(len(p.Body)), v.quota.Message)
	}
	if p.Properties.Has&wire.HasUserID != 0 && p.Properties.UserID != ch.conn.User {
		return Errorf(PreconditionFailed, "user_id property set to '%s' but authenticated user was '%s'", p.Properties.UserID, ch.conn.User)
	}
	if p.Properties.Has&wire.HasExpiration != 0 {
		return Errorf(NotImplemented, "the expiration property is not part of this miniature")
	}
	for _, header := range []string{"CC", "BCC"} {
		if _, ok := p.Properties.Headers.Get(header); ok {
			return Errorf(NotImplemented, "the header %s is not part of this miniature", header)
		}
	}
	if err := within(v.messages, v.quota.Messages, "messages"); err != nil {
		return err
	}
	return within(v.bytes+p.Overhead+len(p.Body), v.quota.Bytes+1, "bytes of messages")
}

// TooLarge is what a publisher of a body of size bytes is told.
func TooLarge(size uint64, limit int) *Error {
	return Errorf(PreconditionFailed, "message size %d is larger than configured max size %d", size, limit)
}

// Confirm tells the publisher that its oldest unconfirmed message is safe, and
// returns the confirm's tag: it counts the messages since confirm.select. ok is
// false when the channel has nothing to confirm.
func (ch *Channel) Confirm(m *Message) (tag uint64, ok bool) {
	if ch.unconfirmed == 0 {
		return 0, false
	}
	ch.unconfirmed--
	ch.confirmed++
	ch.record(brokers.Event{Kind: brokers.Confirmed, Exchange: m.Exchange, Key: m.Key, Message: m.Number, Label: m.Label, Tag: ch.confirmed})
	return ch.confirmed, true
}

// route puts m into the queues that x gives for its key, and counts them.
func (v *VHost) route(m *Message, x *Exchange) int {
	queues := v.routing.find(x, []string{m.Key}, m.Properties.Headers)
	for _, q := range queues {
		q.push(m)
		v.messages++
		v.bytes += m.size
		v.record(brokers.Event{Kind: brokers.Routed, Place: q.Name, Exchange: m.Exchange, Key: m.Key, Message: m.Number, Label: m.Label})
		v.wake(q)
	}
	return len(queues)
}

// forget takes a message that left its queue for good out of the counts.
func (v *VHost) forget(e entry) {
	v.messages--
	v.bytes -= e.size
}
