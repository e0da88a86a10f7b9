package rabbitmq

import (
	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// lowOnMemory is what RabbitMQ says when its memory alarm stands. Here it stands while
// four fifths of the lab's quota of messages, or of their bytes, are used.
const lowOnMemory = "low on memory"

// watchAlarm asks publishers to pause while memory is low, and tells them when it is
// over. Who has never published is left in peace. RabbitMQ reads nothing more from a
// connection that it has blocked; here who goes on all the same meets the quota, with
// an error that says so.
func (b *Broker) watchAlarm() {
	low := b.node.Low()
	if !low && !b.low {
		return
	}
	b.low = low
	for _, c := range b.inOrder() {
		switch {
		case low && c.published && !c.blocked:
			c.block(brokers.Blocked, &wire.ConnectionBlocked{Reason: lowOnMemory})
		case !low && c.blocked:
			c.block(brokers.Unblocked, &wire.ConnectionUnblocked{})
		}
	}
}

// block notes that a connection is blocked, or no longer, and tells the client, if it
// wants to hear.
func (c *conn) block(kind brokers.Kind, m wire.Method) {
	c.blocked = kind == brokers.Blocked
	e := brokers.Event{Kind: kind, Source: "rabbitmq", Client: c.model.Name}
	if c.blocked {
		e.Reason = lowOnMemory
	}
	if c.blockedNotify {
		e.Frame = c.b.journal.ReserveFrame()
	}
	c.b.journal.Append(e)
	if c.blockedNotify {
		c.sendFor(e.Frame, 0, m)
	}
}
