package tap

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// isAnswer reports whether the broker sends a method only when a client asked.
func isAnswer(id wire.ID) bool {
	switch id {
	case (*wire.BasicDeliver)(nil).ID(), (*wire.BasicReturn)(nil).ID(), (*wire.BasicAck)(nil).ID(), (*wire.BasicNack)(nil).ID(),
		(*wire.BasicCancel)(nil).ID(), (*wire.ChannelClose)(nil).ID():
		return false
	}
	return id.Class != wire.ClassConnection
}

// answers reports whether a method answers a request.
func answers(request, answer wire.ID) bool {
	if request.Class != answer.Class {
		return false
	}
	switch request {
	case (*wire.BasicGet)(nil).ID():
		return answer.Method == 71 || answer.Method == 72
	case (*wire.ExchangeUnbind)(nil).ID():
		return answer.Method == 51
	}
	return answer.Method == request.Method+1
}

// fromBroker handles a frame of the broker, inside the sequencer, and passes it on.
func (r *relay) fromBroker(f wire.Frame, raw []byte) {
	if r.parting.Load() {
		return
	}
	if r.deaf || f.Type == wire.FrameHeartbeat {
		r.toDown.add(raw)
		return
	}
	r.telling(int(f.Channel), true, raw, len(raw))
	r.guarded(func() error {
		m, err := decode(f)
		if err != nil {
			r.toDown.add(raw)
			return err
		}
		if f.Channel == 0 {
			r.toDown.add(r.ofConnection(m, raw))
			return nil
		}
		ch := r.channels[int(f.Channel)]
		if ch == nil || r.gone {
			r.toDown.add(raw)
			return nil
		}
		if m == nil {
			return ch.contentFrame(f, raw)
		}
		return ch.answer(m, raw)
	})
}

// decode reads a method frame; other frames give nil.
func decode(f wire.Frame) (wire.Method, error) {
	if f.Type != wire.FrameMethod {
		return nil, nil
	}
	return wire.DecodeMethod(f.Payload)
}

// ofConnection handles a method of channel 0 and returns what the client gets.
func (r *relay) ofConnection(m wire.Method, raw []byte) []byte {
	switch m.(type) {
	case *wire.ConnectionCloseOk:
		r.over = true
	case *wire.ConnectionOpenOk:
		r.opened = true
	}
	c, ok := m.(*wire.ConnectionClose)
	if !ok {
		return raw
	}
	c.ReplyText = r.unhost(c.ReplyText)
	if !r.gone {
		r.b.book.record(brokers.Event{Kind: brokers.Refused, Client: r.name, Reason: clip(c.ReplyText)})
	}
	r.leave(clip(c.ReplyText))
	r.over = !r.closed // it was the first, and waits for an answer only
	r.closed = true
	return wire.AppendMethod(nil, 0, c)
}

// unhost puts the name of the virtual host that the client knows into a text.
func (r *relay) unhost(text string) string {
	if r.b.cfg.VHost == "/" {
		return text
	}
	text = strings.ReplaceAll(text, r.b.cfg.VHost+"/", "")
	return strings.ReplaceAll(text, r.b.cfg.VHost, "/")
}

// answer handles a method of the broker on a channel.
func (ch *channel) answer(m wire.Method, raw []byte) error {
	switch m := m.(type) {
	case *wire.BasicDeliver, *wire.BasicGetOk, *wire.BasicReturn:
		ch.down.begin(m)
		ch.down.held = append(ch.down.held, raw...)
		return nil // it follows with its content
	case *wire.BasicAck:
		ch.confirmed(m.DeliveryTag, m.Multiple, brokers.Confirmed)
	case *wire.BasicNack:
		ch.confirmed(m.DeliveryTag, m.Multiple, brokers.Refused)
	case *wire.BasicCancel:
		if c := ch.consumers[m.ConsumerTag]; c != nil {
			ch.ended(c, "queue deleted")
		}
	case *wire.ChannelClose:
		m.ReplyText = ch.relay.unhost(m.ReplyText)
		raw = wire.AppendMethod(nil, uint16(ch.number), m)
		ch.gone = true
		if !ch.closing {
			ch.record(brokers.Event{Kind: brokers.Refused, Reason: clip(m.ReplyText)})
			ch.close(clip(m.ReplyText))
		}
	case *wire.ChannelCloseOk:
		delete(ch.relay.channels, ch.number)
		ch.gone = true
	default:
		if request := ch.answered(m.ID()); request != nil {
			ch.agreed(request, m)
		}
	}
	ch.relay.toDown.add(raw)
	return nil
}

// answered takes the request that a method answers: the first that fits, for the
// broker answers in order. It is nil when there is none.
func (ch *channel) answered(id wire.ID) wire.Method {
	i := slices.IndexFunc(ch.asked, func(m wire.Method) bool { return answers(m.ID(), id) })
	if i < 0 {
		return nil
	}
	request := ch.asked[i]
	ch.asked = ch.asked[i+1:]
	return request
}

// agreed notes that the broker has done what was asked for. answer is nil when
// the client wanted none.
func (ch *channel) agreed(request, answer wire.Method) {
	b := ch.relay.b.book
	switch m := request.(type) {
	case *wire.ChannelOpen:
		ch.record(brokers.Event{Kind: brokers.Opened})
	case *wire.ExchangeDeclare:
		if !m.Passive {
			b.declareExchange(m.Exchange, m.Type, ch)
		}
	case *wire.ExchangeDelete:
		b.deleteExchange(m.Exchange, ch)
	case *wire.QueueDeclare:
		name := m.Queue
		if ok, is := answer.(*wire.QueueDeclareOk); is {
			name = ok.Queue
		}
		b.declare(m, name, ch)
	case *wire.QueueBind:
		b.bind(binding{ch.nameOf(m.Queue), m.Exchange, m.RoutingKey}, ch)
	case *wire.QueueUnbind:
		delete(b.bindings, binding{ch.nameOf(m.Queue), m.Exchange, m.RoutingKey})
		ch.record(brokers.Event{Kind: brokers.Unbound, Place: ch.nameOf(m.Queue), Exchange: m.Exchange, Key: m.RoutingKey})
	case *wire.ExchangeBind:
		ch.record(brokers.Event{Kind: brokers.Bound, Place: m.Destination, Exchange: m.Source, Key: m.RoutingKey, Reason: "exchange"})
	case *wire.ExchangeUnbind:
		ch.record(brokers.Event{Kind: brokers.Unbound, Place: m.Destination, Exchange: m.Source, Key: m.RoutingKey, Reason: "exchange"})
	case *wire.ConfirmSelect:
		ch.confirms = true
	default:
		ch.agreedBasic(request, answer)
	}
}

// agreedBasic is agreed for what has to do with messages.
func (ch *channel) agreedBasic(request, answer wire.Method) {
	b := ch.relay.b.book
	switch m := request.(type) {
	case *wire.QueuePurge:
		if q := ch.queue(m.Queue); q != nil {
			e := brokers.Event{Kind: brokers.Purged, Place: q.name}
			if ok, is := answer.(*wire.QueuePurgeOk); is {
				e.N = int64(ok.MessageCount)
			}
			q.ready = 0
			ch.record(e)
		}
	case *wire.QueueDelete:
		if q := ch.queue(m.Queue); q != nil {
			b.deleted(q, brokers.Event{Client: ch.relay.name, Channel: ch.number})
		}
	case *wire.BasicQos:
		if m.Global {
			ch.limit = int(m.PrefetchCount)
		} else {
			ch.prefetch, ch.limit = int(m.PrefetchCount), 0
		}
	case *wire.BasicConsume:
		tag := m.ConsumerTag
		if ok, is := answer.(*wire.BasicConsumeOk); is {
			tag = ok.ConsumerTag
		}
		ch.subscribed(m, tag)
	case *wire.BasicCancel:
		if c := ch.consumers[m.ConsumerTag]; c != nil {
			ch.ended(c, "")
		}
	case *wire.BasicRecover:
		ch.requeueAll("recover")
	}
}

func (ch *channel) nameOf(queue string) string {
	if queue == "" {
		return ch.lastQueue
	}
	return queue
}

// confirmed notes that a publisher was told of its messages: that they are safe,
// or that they are not.
func (ch *channel) confirmed(tag uint64, multiple bool, kind brokers.Kind) {
	for _, t := range slices.Sorted(maps.Keys(ch.awaited)) {
		if t != tag && (!multiple || t > tag && tag != 0) {
			continue
		}
		e := brokers.Event{Kind: kind, Tag: t}
		if kind == brokers.Refused {
			e.Reason = "nack"
		}
		if m := ch.awaited[t]; m != nil {
			e.Exchange, e.Key, e.Message, e.Label = m.exchange, m.key, m.number, m.label
		}
		delete(ch.awaited, t)
		ch.record(e)
	}
}

// contentFrame takes the next frame of a message that the broker sends. What has
// come is held back until it is known which message it is, and recorded.
func (ch *channel) contentFrame(f wire.Frame, raw []byte) error {
	r, c := ch.relay, &ch.down
	if c.method == nil {
		r.toDown.add(raw)
		return nil
	}
	if !c.known {
		c.held = append(c.held, raw...)
	}
	if !c.add(f) {
		if c.known {
			r.toDown.add(raw)
		}
		return fmt.Errorf("a message of the broker on channel %d does not add up", ch.number) // deafen passes on what is held
	}
	switch {
	case c.known:
		r.toDown.add(raw)
	case c.enough():
		c.known = true
		if !ch.closing {
			r.telling(ch.number, true, c.held, len(c.held)+int(c.size-c.seen)) // of a long one, without its last frames' envelopes
			ch.came(c)
		}
		if r.b.seq.Live(r.down) { // a fault may fall on the delivery
			r.toDown.add(c.held)
		}
		c.held = c.held[:0]
	}
	if c.whole() {
		c.method = nil
	}
	return nil
}

// came notes what a message of the broker is: a delivery, the answer to a get, or
// a message that comes back.
func (ch *channel) came(c *content) {
	switch m := c.method.(type) {
	case *wire.BasicDeliver:
		if to := ch.consumers[m.ConsumerTag]; to != nil {
			ch.delivered(c, to.queue, to, to.noAck, m.DeliveryTag, m.Redelivered, m.Exchange, m.RoutingKey)
		}
	case *wire.BasicGetOk:
		get, ok := ch.answered(m.ID()).(*wire.BasicGet)
		if !ok {
			return
		}
		if q := ch.queue(get.Queue); q != nil {
			ch.delivered(c, q, nil, get.NoAck, m.DeliveryTag, m.Redelivered, m.Exchange, m.RoutingKey)
		}
	case *wire.BasicReturn:
		e := brokers.Event{Kind: brokers.Returned, Exchange: m.Exchange, Key: m.RoutingKey, Reason: m.ReplyText}
		if back := ch.cameBack(c.shelf(m.Exchange, m.RoutingKey)); back != nil {
			e.Message, e.Label = back.number, back.label
			if b := ch.relay.b.book; b.hears && m.ReplyCode == noRoute {
				b.lapsed(back)
			}
		}
		ch.record(e)
	}
}

// noRoute is the reply code of a message that came back because no queue took it.
const noRoute = 312

// cameBack finds the message that the broker returns: the oldest of the channel that
// looks like it and of which nothing else is known.
func (ch *channel) cameBack(at shelfKey) *message {
	same := ch.relay.b.book.shelves[at]
	if same == nil {
		return nil
	}
	for _, m := range same.all {
		if m.by == ch && !m.heard && !m.back {
			m.back = true
			return m
		}
	}
	for _, m := range slices.Backward(same.all) {
		if m.by == ch && !m.back {
			m.back = true
			return m
		}
	}
	return nil
}
