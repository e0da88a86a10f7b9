package model

import (
	"cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// Direct reply-to: a client that asks and waits for an answer needs no queue of its
// own. It consumes from a name that stands for "me", without acknowledging, and sends
// its questions with that name in reply-to; the broker puts an address in its place.
// Whoever answers publishes to that address through the default exchange, and the
// answer goes straight to the channel that asked.
//
// Here the address is a queue that only the default exchange can reach. It lives as long
// as its consumer.

// ReplyTo is the name to consume from.
const ReplyTo = "amq.rabbitmq.reply-to"

// consumeReplies starts the consumer of a channel's replies. Errors:
// PreconditionFailed, *brokers.QuotaError.
func (ch *Channel) consumeReplies(tag string, noAck bool) (string, error) {
	v := ch.conn.vhost
	if !noAck {
		return "", Errorf(PreconditionFailed, "reply consumer cannot acknowledge")
	}
	if err := cmp.Or(within(len(v.queues), v.quota.Queues, "queues"), within(v.consumers, v.quota.Consumers, "consumers")); err != nil {
		return "", err
	}
	q := &Queue{
		Name: v.newName(ReplyTo + "."), AutoDelete: true, Owner: ch.conn, reply: true,
		rules: noRules, lines: make([]line, 1),
	}
	v.queues[q.Name] = q
	ch.replies = q
	ch.record(brokers.Event{Kind: brokers.Declared, Place: q.Name, Detail: v.declaredDetail(q)})
	return ch.subscribe(&Consumer{Tag: tag, NoAck: true, queue: q, channel: ch}), nil
}

// waitsForReplies reports whether the channel has a consumer of direct replies.
func (ch *Channel) waitsForReplies() bool { return ch.replies != nil && !ch.replies.deleted }

// addressReplies puts the channel's address into a message that asks for a direct
// reply. Error: PreconditionFailed when nobody waits for one.
func (ch *Channel) addressReplies(p *wire.Properties) error {
	if p.Has&wire.HasReplyTo == 0 || p.ReplyTo != ReplyTo {
		return nil
	}
	if !ch.waitsForReplies() {
		return Errorf(PreconditionFailed, "fast reply consumer does not exist")
	}
	p.ReplyTo = ch.replies.Name
	return nil
}
