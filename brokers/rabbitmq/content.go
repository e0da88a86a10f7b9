package rabbitmq

import (
	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A channel is a channel of a connection, on the side of the bytes.
type channel struct {
	c        *conn
	number   uint16
	model    *model.Channel // used inside the sequencer only
	closing  bool           // we sent close: everything but close-ok is ignored
	incoming incoming
	message  []byte // memory for the beginning of what arrives
}

// incoming is a message that has begun to arrive. Its frames come in order and
// with nothing between them on their channel.
type incoming struct {
	publish  *wire.BasicPublish // nil: nothing is arriving
	started  bool               // the header has come
	header   wire.ContentHeader
	overhead int // bytes that the header took
	body     []byte
	frames   arrived
}

// channelFrame handles a frame of a channel other than 0. An error means that
// the connection was cut.
func (c *conn) channelFrame(f wire.Frame) error {
	ch := c.channels[f.Channel]
	if ch != nil && ch.closing {
		c.awaitChannelCloseOk(f)
		return nil
	}
	if ch != nil && ch.incoming.publish != nil {
		return ch.contentFrame(f)
	}
	id := wire.PeekID(f.Payload)
	if f.Type != wire.FrameMethod {
		return c.handle(f.Channel, wire.ID{}, func() error {
			return model.Errorf(model.UnexpectedFrame, "expected method frame, got non method frame instead")
		})
	}
	m, err := wire.DecodeMethod(f.Payload)
	if publish, ok := m.(*wire.BasicPublish); ok && ch != nil {
		ch.incoming = incoming{publish: publish, frames: arrived{bytes: ch.message[:0]}}
		ch.incoming.frames.add(f.Raw)
		return nil
	}
	return c.handle(f.Channel, id, func() error {
		if err != nil {
			return err
		}
		return c.channelMethod(ch, f.Channel, m)
	})
}

// awaitChannelCloseOk lets everything pass by until the client has answered our
// close of the channel.
func (c *conn) awaitChannelCloseOk(f wire.Frame) {
	if f.Type != wire.FrameMethod {
		return
	}
	switch wire.PeekID(f.Payload) {
	case (*wire.ChannelCloseOk)(nil).ID():
		delete(c.channels, f.Channel)
	case (*wire.ChannelClose)(nil).ID():
		c.send(f.Channel, &wire.ChannelCloseOk{})
	}
}

// contentFrame takes the next frame of a message; with the last one, the message
// is published.
func (ch *channel) contentFrame(f wire.Frame) error {
	publish := (*wire.BasicPublish)(nil).ID()
	ch.incoming.frames.add(f.Raw)
	ch.message = ch.incoming.frames.bytes
	ch.c.now = ch.incoming.frames
	if err := ch.addContent(f); err != nil {
		return ch.c.handle(ch.number, publish, func() error { return err })
	}
	in := &ch.incoming
	if uint64(len(in.body)) < in.header.BodySize {
		return nil
	}
	return ch.c.handle(ch.number, publish, func() error {
		defer ch.forgetIncoming()
		return ch.publish(in)
	})
}

// addContent adds a frame to the message that is arriving.
func (ch *channel) addContent(f wire.Frame) error {
	in := &ch.incoming
	if !in.started {
		return ch.addHeader(f)
	}
	if f.Type != wire.FrameBody {
		return model.Errorf(model.UnexpectedFrame, "expected content body, got non content body frame instead")
	}
	if left := in.header.BodySize - uint64(len(in.body)); uint64(len(f.Payload)) > left {
		return model.Errorf(model.FrameError, "content body of %d octets where %d were left", len(f.Payload), left)
	}
	if limit := ch.c.b.quota.Bytes; ch.c.b.arriving.Add(int64(len(f.Payload))) > int64(limit) {
		ch.c.b.arriving.Add(-int64(len(f.Payload)))
		return &brokers.QuotaError{What: "bytes of messages that have begun to arrive", Limit: limit}
	}
	in.body = append(in.body, f.Payload...) // grows with what has come, not with what was announced
	return nil
}

// forgetIncoming makes room for the next message.
func (ch *channel) forgetIncoming() {
	ch.c.b.arriving.Add(-int64(len(ch.incoming.body)))
	ch.incoming = incoming{}
}

func (ch *channel) addHeader(f wire.Frame) error {
	in := &ch.incoming
	if f.Type != wire.FrameHeader {
		return model.Errorf(model.UnexpectedFrame, "expected content header for class %d, got non content header frame instead", wire.ClassBasic)
	}
	if err := in.header.Decode(f.Payload); err != nil {
		return err
	}
	if in.header.Class != wire.ClassBasic {
		return model.Errorf(model.UnexpectedFrame, "expected content header for class %d, got one for class %d instead", wire.ClassBasic, in.header.Class)
	}
	if limit := ch.c.b.quota.Message; in.header.BodySize > uint64(limit) {
		return model.TooLarge(in.header.BodySize, limit)
	}
	in.started, in.overhead = true, len(f.Payload)
	return nil
}
