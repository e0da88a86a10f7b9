package model

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

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

	keys   []string // with those of CC and BCC
	mortal bool
	ttl    time.Duration
}

// A Receipt is what has become of a message that was published.
type Receipt struct {
	*Message
	Returned bool   // it goes back to the publisher
	Refused  bool   // a queue was full and did not take it
	Frame    uint64 // reserved in the journal for what will carry it back
}

// Publish routes a message to every queue that is bound for it, or holds it for the
// commit: then the receipt has no message. Errors: NotFound, AccessRefused,
// PreconditionFailed, *brokers.QuotaError.
func (ch *Channel) Publish(p Publishing) (Receipt, error) {
	if err := ch.may(write, "exchange", p.Exchange); err != nil {
		return Receipt{}, err
	}
	x, err := ch.conn.vhost.exchange(p.Exchange)
	if err != nil {
		return Receipt{}, err
	}
	if err := ch.checkPublishing(x, &p); err != nil {
		return Receipt{}, err
	}
	if p.ttl, p.mortal, err = expiration(&p.Properties); err != nil {
		return Receipt{}, err
	}
	if p.keys, err = keysOf(&p); err != nil {
		return Receipt{}, err
	}
	if err := ch.addressReplies(&p.Properties); err != nil {
		return Receipt{}, err
	}
	p.Properties.Headers = p.Properties.Headers.Without("BCC")
	if ch.tx != nil {
		ch.hold(p)
		return Receipt{}, nil
	}
	return ch.publish(p, x), nil
}

// keysOf lists a message's routing keys: its own, and those that the headers CC and
// BCC add. Error: PreconditionFailed.
func keysOf(p *Publishing) ([]string, error) {
	keys := []string{p.Key}
	for _, name := range []string{"CC", "BCC"} {
		value, ok := p.Properties.Headers.Get(name)
		if !ok {
			continue
		}
		list, ok := value.([]any)
		if !ok {
			return nil, Errorf(PreconditionFailed, "invalid message: {unacceptable_type_in_header,%q,%s}", name, typeName(value))
		}
		for _, element := range list {
			if key, ok := element.(string); ok {
				keys = append(keys, key)
			}
		}
	}
	return keys, within(len(keys), maxKeys+1, "routing keys of a message")
}

// maxKeys bounds the routing keys of one message.
const maxKeys = 100

// publish is Publish when nothing is in the way.
func (ch *Channel) publish(p Publishing, x *Exchange) Receipt {
	v := ch.conn.vhost
	v.published++
	x.used = true
	m := &Message{
		Number: v.published, Label: v.label(p.Body), Exchange: p.Exchange, Key: p.Key, keys: p.keys,
		Properties: p.Properties, Body: p.Body, mortal: p.mortal, ttl: p.ttl, size: p.size(),
	}
	if ch.confirms {
		ch.unconfirmed++
	}
	ch.record(brokers.Event{Kind: brokers.Published, Exchange: p.Exchange, Key: p.Key, Message: m.Number, Label: m.Label, N: int64(len(p.Body))})
	reached, refused := v.route(m, x)
	queued := slices.ContainsFunc(v.routing.queues, func(q *Queue) bool { return !q.reply })
	v.sendLetters()
	if reached == 0 {
		v.record(brokers.Event{Kind: brokers.Unroutable, Exchange: p.Exchange, Key: p.Key, Message: m.Number, Label: m.Label})
	}
	if queued {
		return Receipt{Message: m, Refused: refused}
	}
	// Nobody, or only somebody who waits for a direct reply: RabbitMQ returns that too.
	receipt := Receipt{Message: m, Returned: p.Mandatory}
	if p.Mandatory {
		receipt.Frame = v.journal.ReserveFrame()
		ch.record(brokers.Event{Kind: brokers.Returned, Exchange: p.Exchange, Key: p.Key, Message: m.Number, Label: m.Label, Reason: NoRoute.String(), Frame: receipt.Frame})
	}
	return receipt
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
	if err := within(v.messages, v.quota.Messages, "messages"); err != nil {
		return err
	}
	return within(v.bytes+p.Overhead+len(p.Body), v.quota.Bytes+1, "bytes of messages")
}

// TooLarge is what a publisher of a body of size bytes is told.
func TooLarge(size uint64, limit int) *Error {
	return Errorf(PreconditionFailed, "message size %d is larger than configured max size %d", size, limit)
}

// expiration reads the time to live that a publisher gives a message: milliseconds,
// as decimal digits. Error: PreconditionFailed.
func expiration(p *wire.Properties) (ttl time.Duration, ok bool, err error) {
	if p.Has&wire.HasExpiration == 0 {
		return 0, false, nil
	}
	text := p.Expiration
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && (text[0] == '-' || text[0] == '+')) {
		end++
	}
	n, err := strconv.ParseInt(text[:end], 10, 64)
	why := ""
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		why = "no_integer"
	case end < len(text):
		why = fmt.Sprintf("{leftover_string,%q}", text[end:])
	case n < 0:
		why = fmt.Sprintf("{value_negative,%d}", n)
	case n > maxTimer:
		why = fmt.Sprintf("{value_too_large,%d}", n)
	default:
		return time.Duration(n) * time.Millisecond, true, nil
	}
	return 0, false, Errorf(PreconditionFailed, "invalid expiration '%s': %s", text, why)
}

// Confirm tells the publisher what became of its oldest unconfirmed message: it is
// safe, or a queue refused it. It returns the confirm's tag, which counts the
// messages since confirm.select, and the number of the frame that will carry it. ok is
// false when the channel has nothing to confirm.
func (ch *Channel) Confirm(r Receipt) (tag, frame uint64, ok bool) {
	if ch.unconfirmed == 0 {
		return 0, 0, false
	}
	ch.unconfirmed--
	ch.confirmed++
	e := brokers.Event{Kind: brokers.Confirmed, Exchange: r.Exchange, Key: r.Key, Message: r.Number, Label: r.Label, Tag: ch.confirmed, Frame: ch.conn.vhost.journal.ReserveFrame()}
	if r.Refused {
		e.Kind, e.Reason = brokers.Refused, "nack: a queue is full"
	}
	ch.record(e)
	return ch.confirmed, e.Frame, true
}

// route puts m into the queues that it reaches from x, and counts them. refused
// says that one was full and did not take it.
func (v *VHost) route(m *Message, x *Exchange) (reached int, refused bool) {
	queues := v.routing.find(x, m.keys, m.Properties.Headers)
	for _, q := range queues {
		if !m.mayEnter(q) {
			v.record(brokers.Event{Kind: brokers.Dropped, Place: q.Name, Exchange: m.Exchange, Key: m.Key, Message: m.Number, Label: m.Label, Reason: "dead-letter cycle"})
		} else if !v.enqueue(q, m) {
			refused = true
		}
	}
	return len(queues), refused
}

// forget takes a message that left its queue for good out of the counts.
func (v *VHost) forget(e entry) {
	v.messages--
	v.bytes -= e.size
}
