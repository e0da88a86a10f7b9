package tap

import (
	"errors"
	"fmt"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// maxAsked bounds the requests of a channel that wait for their answers. A client
// that asks for more at once is no longer followed.
const maxAsked = 10_000

// errTx is why a channel with transactions is not followed: what is published
// and acknowledged there has not happened until it is committed.
var errTx = errors.New("transactions are not followed")

// fromClient handles a frame of the client, inside the sequencer, and passes it on. What
// is recorded of it has been passed on before: a fault that falls on the event cuts off
// what follows, and not the frame that the event is about.
func (r *relay) fromClient(f wire.Frame, raw []byte) {
	r.passing = raw
	r.telling(int(f.Channel), false, raw, len(raw))
	if f.Channel == 0 && !r.gone {
		var ok bool
		if raw, ok = r.connection(f, raw); !ok {
			return
		}
	} else if !r.gone && !r.deaf && r.name != "" {
		over := false
		r.guarded(func() error {
			err := r.channel(f, raw)
			var quota *brokers.QuotaError
			if over = errors.As(err, &quota); over {
				r.overQuota(quota)
				return nil
			}
			return err
		})
		if over {
			return
		}
	}
	r.pass(raw)
}

// pass forwards the frame that is being handled, once.
func (r *relay) pass(raw []byte) {
	if r.passing != nil {
		r.passing = nil
		r.forward(raw)
	}
}

// connection handles a frame of channel 0. The virtual host that the client
// names becomes the lab's own; a frame that would hide which one ends the relay.
func (r *relay) connection(f wire.Frame, raw []byte) (_ []byte, ok bool) {
	if f.Type != wire.FrameMethod {
		return raw, true
	}
	m, err := wire.DecodeMethod(f.Payload)
	if err != nil {
		if r.name == "" {
			r.leave("malformed handshake")
			r.part()
			return nil, false
		}
		r.deafen(err.Error())
		return raw, true
	}
	switch m := m.(type) {
	case *wire.ConnectionStartOk:
		product, _ := m.ClientProperties.Get("product")
		r.product, _ = product.(string)
		r.product = r.product[:min(len(r.product), 100)]
	case *wire.ConnectionOpen:
		if r.name != "" {
			return raw, true // a second one: the broker will say so, and no virtual host is looked up
		}
		if m.VirtualHost == "/" {
			r.name = r.b.book.connect(r.product)
			m.VirtualHost = r.b.cfg.VHost
		} else { // one that the broker does not have either
			m.VirtualHost = r.b.cfg.VHost + "/" + m.VirtualHost
		}
		if len(m.VirtualHost) > 255 {
			m.VirtualHost = m.VirtualHost[:255]
		}
		return wire.AppendMethod(nil, 0, m), true
	case *wire.ConnectionClose:
		if !r.deaf {
			r.leave("closed by client")
		}
		r.closed = true
	}
	return raw, true
}

// channel handles a frame of another channel. An error means that the connection
// can no longer be followed, or a quota.
func (r *relay) channel(f wire.Frame, raw []byte) error {
	ch := r.channels[int(f.Channel)]
	if f.Type == wire.FrameHeader || f.Type == wire.FrameBody {
		if ch == nil || ch.closing || ch.up.method == nil {
			return nil // the broker refuses it, or ignores it
		}
		ch.up.pass(raw)
		if !ch.up.add(f) {
			return fmt.Errorf("a message on channel %d does not add up", f.Channel)
		}
		if ch.up.whole() {
			r.telling(ch.number, false, ch.up.start, ch.up.passed)
			r.pass(raw)
			ch.published()
			ch.up.method = nil
		}
		return nil
	}
	if f.Type != wire.FrameMethod {
		return nil
	}
	m, err := wire.DecodeMethod(f.Payload)
	if err != nil {
		return err
	}
	if _, ok := m.(*wire.ChannelOpen); ok && ch == nil {
		if len(r.channels) >= r.b.cfg.Quota.Channels {
			return &brokers.QuotaError{What: "channels in one connection", Limit: r.b.cfg.Quota.Channels}
		}
		ch = newChannel(r, int(f.Channel))
		r.channels[ch.number] = ch
	}
	if ch == nil {
		return nil
	}
	if err := ch.request(m, raw); err != nil {
		return err
	}
	if ch.up.method == m {
		ch.up.pass(raw)
	}
	return nil
}

// request handles a method of the client on a channel.
func (ch *channel) request(m wire.Method, raw []byte) error {
	if ch.closing {
		if _, ok := m.(*wire.ChannelCloseOk); ok {
			delete(ch.relay.channels, ch.number)
			ch.gone = true
		}
		return nil
	}
	if _, ok := m.(*wire.ChannelClose); ok {
		ch.close("closed by client")
		return nil
	}
	if over := ch.relay.b.book.room(); over != nil {
		return over
	}
	if len(ch.asked) >= maxAsked {
		return fmt.Errorf("over %d requests wait for their answers", maxAsked)
	}
	ch.relay.pass(raw)
	switch m := m.(type) {
	case *wire.BasicPublish:
		ch.up.begin(m)
	case *wire.BasicAck:
		ch.settle(brokers.Acked, m.DeliveryTag, m.Multiple, false)
	case *wire.BasicNack:
		ch.settle(brokers.Nacked, m.DeliveryTag, m.Multiple, m.Requeue)
	case *wire.BasicReject:
		ch.settle(brokers.Rejected, m.DeliveryTag, false, m.Requeue)
	case *wire.BasicRecoverAsync:
		ch.requeueAll("recover")
	case *wire.TxSelect:
		return errTx
	case *wire.BasicCancelOk, *wire.ChannelFlowOk:
		// answers to what the broker asked for
	default:
		if noWait(m) {
			ch.agreed(m, nil)
		} else {
			ch.asked = append(ch.asked, m)
		}
	}
	return nil
}

// noWait reports whether a request has no answer.
func noWait(m wire.Method) bool {
	switch m := m.(type) {
	case *wire.ExchangeDeclare:
		return m.NoWait
	case *wire.ExchangeDelete:
		return m.NoWait
	case *wire.ExchangeBind:
		return m.NoWait
	case *wire.ExchangeUnbind:
		return m.NoWait
	case *wire.QueueDeclare:
		return m.NoWait
	case *wire.QueueBind:
		return m.NoWait
	case *wire.QueuePurge:
		return m.NoWait
	case *wire.QueueDelete:
		return m.NoWait
	case *wire.BasicConsume:
		return m.NoWait
	case *wire.BasicCancel:
		return m.NoWait
	case *wire.ConfirmSelect:
		return m.NoWait
	}
	return false
}

// published notes a message whose last frame the client has sent.
func (ch *channel) published() {
	p, ok := ch.up.method.(*wire.BasicPublish)
	if !ok {
		return
	}
	b := ch.relay.b.book
	m := b.publish(ch.up.shelf(p.Exchange, p.RoutingKey), ch.up.deaths, ch.up.label(b.label), ch.up.expires > 0, ch)
	if q := b.queues[p.RoutingKey]; p.Exchange == "" && q != nil && ch.up.expires > 0 {
		q.leaky, q.timed, q.life = true, true, max(q.life, ch.up.expires)
	}
	if ch.confirms {
		ch.publishes++
		ch.awaited[ch.publishes] = m
	}
}

// overQuota ends a connection that would make us hold too much.
func (r *relay) overQuota(q *brokers.QuotaError) {
	b := r.b.book
	b.record(brokers.Event{Kind: brokers.OverQuota, Client: r.name, Reason: q.What, N: int64(q.Limit)})
	text := "RESOURCE_ERROR - " + q.Error()
	b.record(brokers.Event{Kind: brokers.Refused, Client: r.name, Reason: clip(text)})
	r.toDown.add(wire.AppendMethod(nil, 0, &wire.ConnectionClose{ReplyCode: 506, ReplyText: text[:min(len(text), 255)]}))
	r.leave(clip(text))
	r.part()
}
