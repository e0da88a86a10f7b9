package rabbitmq

import (
	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// arrived is what a client has sent and the broker is about to act on: a method or,
// for a message, all its frames. Only the beginning of a long one is there.
type arrived struct {
	bytes []byte
	size  int // of the whole
}

// add takes in the next frame of a message.
func (a *arrived) add(frame []byte) {
	a.size += len(frame)
	a.bytes = append(a.bytes, frame[:min(len(frame), brokers.MaxFrameBytes-len(a.bytes))]...)
}

// raw is that for the journal.
func (a arrived) raw(c *conn, channel uint16) brokers.RawFrame {
	return brokers.RawFrame{Client: c.journalName(), Channel: int(channel), Size: a.size, Bytes: a.bytes, Explain: Explain}
}

// note remembers what is sent, if an event carries it.
func (c *conn) note(frame uint64, channel uint16, b []byte) {
	if frame != 0 {
		c.b.journal.Sent(frame, brokers.RawFrame{Client: c.journalName(), Channel: int(channel), Bytes: b, Explain: Explain})
	}
}

// journalName is what the journal calls the connection; empty before it is open.
func (c *conn) journalName() string {
	if c.model == nil {
		return ""
	}
	return c.model.Name
}

// Explain decodes the beginning of AMQP frames for brokers.RawFrame.
func Explain(b []byte) (name string, fields []brokers.Field) {
	name, parts := wire.Explain(b)
	fields = make([]brokers.Field, len(parts))
	for i, p := range parts {
		fields[i] = brokers.Field(p)
	}
	return name, fields
}
