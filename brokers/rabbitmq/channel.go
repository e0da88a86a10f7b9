package rabbitmq

import (
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// channelMethod handles a method on a channel, which is nil when that channel is
// not open. It runs inside the sequencer.
func (c *conn) channelMethod(ch *channel, number uint16, m wire.Method) error {
	if m, ok := m.(*wire.ChannelOpen); ok {
		return c.channelOpen(ch, number, m)
	}
	switch {
	case m.ID().Class == wire.ClassConnection:
		return model.Errorf(model.CommandInvalid, "%s on channel %d", m.ID(), number)
	case ch == nil:
		return model.Errorf(model.ChannelError, "expected 'channel.open'")
	}
	if _, ok := m.(*wire.ChannelClose); ok {
		ch.model.Close("closed by client")
		delete(c.channels, number)
		c.send(number, &wire.ChannelCloseOk{})
		return nil
	}
	if err := c.b.room(); err != nil {
		return err
	}
	return ch.method(m)
}

// method is every method that an open channel takes. Publish is missing: it
// arrives with its content.
func (ch *channel) method(m wire.Method) error {
	switch m := m.(type) {
	case *wire.ChannelFlow:
		return ch.flow(m)
	case *wire.AccessRequest:
		return ch.answer(false, &wire.AccessRequestOk{Ticket: 1})
	case *wire.ExchangeDeclare:
		return ch.exchangeDeclare(m)
	case *wire.ExchangeDelete:
		return ch.exchangeDelete(m)
	case *wire.ExchangeBind:
		return ch.exchangeBind(m)
	case *wire.ExchangeUnbind:
		return ch.exchangeUnbind(m)
	case *wire.QueueDeclare:
		return ch.queueDeclare(m)
	case *wire.QueueBind:
		return ch.queueBind(m)
	case *wire.QueueUnbind:
		return ch.queueUnbind(m)
	case *wire.QueuePurge:
		return ch.queuePurge(m)
	case *wire.QueueDelete:
		return ch.queueDelete(m)
	case *wire.BasicQos:
		return ch.qos(m)
	case *wire.BasicConsume:
		return ch.consume(m)
	case *wire.BasicCancel:
		return ch.cancel(m)
	case *wire.BasicGet:
		return ch.get(m)
	case *wire.BasicAck:
		return ch.model.Ack(m.DeliveryTag, m.Multiple)
	case *wire.BasicNack:
		return ch.model.Nack(m.DeliveryTag, m.Multiple, m.Requeue)
	case *wire.BasicReject:
		return ch.model.Reject(m.DeliveryTag, m.Requeue)
	case *wire.BasicRecover:
		return ch.recover(m.Requeue, true)
	case *wire.BasicRecoverAsync:
		return ch.recover(m.Requeue, false)
	case *wire.ConfirmSelect:
		return ch.confirmSelect(m)
	case *wire.BasicCancelOk:
		return nil // an answer to our own cancel, which did not ask for one
	case *wire.TxSelect, *wire.TxCommit, *wire.TxRollback:
		return ch.transact(m)
	}
	return model.Errorf(model.CommandInvalid, "unimplemented method: %s", m.ID())
}

// channelOpen opens a channel.
func (c *conn) channelOpen(ch *channel, number uint16, _ *wire.ChannelOpen) error {
	if ch != nil {
		return model.Errorf(model.ChannelError, "second 'channel.open' seen")
	}
	if len(c.channels) >= c.channelMax {
		return model.Errorf(model.NotAllowed, "number of channels opened (%d) has reached the negotiated channel_max (%d)", len(c.channels), c.channelMax)
	}
	if err := c.b.room(); err != nil {
		return err
	}
	opened, err := c.model.Open(int(number))
	if err != nil {
		return err
	}
	c.channels[number] = &channel{c: c, number: number, model: opened}
	c.send(number, &wire.ChannelOpenOk{})
	return nil
}

// answer sends m, unless the client asked for no answer.
func (ch *channel) answer(noWait bool, m wire.Method) error {
	if !noWait {
		ch.c.send(ch.number, m)
	}
	return nil
}

// flow is as RabbitMQ has it: a client can only ask for what is the case anyway.
func (ch *channel) flow(m *wire.ChannelFlow) error {
	if !m.Active {
		return model.Errorf(model.NotImplemented, "active=false")
	}
	return ch.answer(false, &wire.ChannelFlowOk{Active: true})
}

func (ch *channel) exchangeDeclare(m *wire.ExchangeDeclare) error {
	var err error
	if m.Passive {
		_, err = ch.model.FindExchange(m.Exchange)
	} else {
		err = ch.model.DeclareExchange(model.ExchangeSpec{
			Name: m.Exchange, Kind: m.Type, Durable: m.Durable, AutoDelete: m.AutoDelete, Internal: m.Internal, Arguments: m.Arguments,
		})
	}
	if err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.ExchangeDeclareOk{})
}

func (ch *channel) exchangeDelete(m *wire.ExchangeDelete) error {
	if err := ch.model.DeleteExchange(m.Exchange, m.IfUnused); err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.ExchangeDeleteOk{})
}

func (ch *channel) exchangeBind(m *wire.ExchangeBind) error {
	if err := ch.model.BindExchange(m.Destination, m.Source, m.RoutingKey, m.Arguments); err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.ExchangeBindOk{})
}

func (ch *channel) exchangeUnbind(m *wire.ExchangeUnbind) error {
	if err := ch.model.UnbindExchange(m.Destination, m.Source, m.RoutingKey, m.Arguments); err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.ExchangeUnbindOk{})
}

func (ch *channel) queueDeclare(m *wire.QueueDeclare) error {
	var q *model.Queue
	var err error
	if m.Passive {
		q, err = ch.model.FindQueue(m.Queue)
	} else {
		q, err = ch.model.DeclareQueue(model.QueueSpec{
			Name: m.Queue, Durable: m.Durable, Exclusive: m.Exclusive, AutoDelete: m.AutoDelete, Arguments: m.Arguments,
		})
	}
	if err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.QueueDeclareOk{Queue: q.Name, MessageCount: uint32(q.Ready()), ConsumerCount: uint32(q.Consumers())})
}

func (ch *channel) queueBind(m *wire.QueueBind) error {
	if err := ch.model.Bind(m.Queue, m.Exchange, m.RoutingKey, m.Arguments); err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.QueueBindOk{})
}

func (ch *channel) queueUnbind(m *wire.QueueUnbind) error {
	if err := ch.model.Unbind(m.Queue, m.Exchange, m.RoutingKey, m.Arguments); err != nil {
		return err
	}
	return ch.answer(false, &wire.QueueUnbindOk{})
}

func (ch *channel) queuePurge(m *wire.QueuePurge) error {
	n, err := ch.model.Purge(m.Queue)
	if err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.QueuePurgeOk{MessageCount: uint32(n)})
}

func (ch *channel) queueDelete(m *wire.QueueDelete) error {
	n, err := ch.model.DeleteQueue(m.Queue, m.IfUnused, m.IfEmpty)
	if err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.QueueDeleteOk{MessageCount: uint32(n)})
}

func (ch *channel) confirmSelect(m *wire.ConfirmSelect) error {
	if err := ch.model.SelectConfirms(); err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.ConfirmSelectOk{})
}

// publish hands a whole message to the model, returns it if it must, and
// confirms it if it was asked to. A fault may fall before either.
func (ch *channel) publish(in *incoming) error {
	c := ch.c
	c.published = true
	if err := c.b.room(); err != nil {
		return err
	}
	p := in.publish
	if p.Immediate {
		return model.Errorf(model.NotImplemented, "immediate=true")
	}
	receipt, err := ch.model.Publish(model.Publishing{
		Exchange: p.Exchange, Key: p.RoutingKey, Mandatory: p.Mandatory, Properties: in.header.Properties,
		Overhead: in.overhead, Body: in.body,
	})
	if err != nil || !c.b.seq.Live(c.nc) {
		return err
	}
	if receipt.Message == nil {
		return nil // waits for the commit
	}
	ch.giveBack(receipt)
	if tag, frame, ok := ch.model.Confirm(receipt); ok {
		if receipt.Refused {
			c.sendFor(frame, ch.number, &wire.BasicNack{DeliveryTag: tag})
		} else {
			c.sendFor(frame, ch.number, &wire.BasicAck{DeliveryTag: tag})
		}
	}
	return nil
}

// giveBack returns a message that nobody wanted, if it must.
func (ch *channel) giveBack(r model.Receipt) {
	if r.Returned {
		ch.c.sendContent(r.Frame, ch.number, &wire.BasicReturn{
			ReplyCode: uint16(model.NoRoute), ReplyText: model.NoRoute.String(), Exchange: r.Exchange, RoutingKey: r.Key,
		}, r.Message)
	}
}

// transact handles the methods of class tx.
func (ch *channel) transact(m wire.Method) error {
	switch m.(type) {
	case *wire.TxSelect:
		if err := ch.model.SelectTx(); err != nil {
			return err
		}
		return ch.answer(false, &wire.TxSelectOk{})
	case *wire.TxRollback:
		if err := ch.model.Rollback(); err != nil {
			return err
		}
		return ch.answer(false, &wire.TxRollbackOk{})
	}
	receipts, err := ch.model.Commit()
	if err != nil || !ch.c.b.seq.Live(ch.c.nc) {
		return err
	}
	for _, r := range receipts {
		ch.giveBack(r)
	}
	return ch.answer(false, &wire.TxCommitOk{})
}

// qos counts messages only; a limit in bytes is nothing that RabbitMQ has.
func (ch *channel) qos(m *wire.BasicQos) error {
	if m.PrefetchSize != 0 {
		return model.Errorf(model.NotImplemented, "prefetch_size!=0 (%d)", m.PrefetchSize)
	}
	ch.model.Qos(int(m.PrefetchCount), m.Global)
	return ch.answer(false, &wire.BasicQosOk{})
}

// consume starts a consumer. NoLocal is ignored, as RabbitMQ does.
func (ch *channel) consume(m *wire.BasicConsume) error {
	tag, err := ch.model.Consume(m.Queue, m.ConsumerTag, m.NoAck, m.Exclusive, m.Arguments)
	if err != nil {
		return err
	}
	return ch.answer(m.NoWait, &wire.BasicConsumeOk{ConsumerTag: tag})
}

func (ch *channel) cancel(m *wire.BasicCancel) error {
	ch.model.Cancel(m.ConsumerTag)
	return ch.answer(m.NoWait, &wire.BasicCancelOk{ConsumerTag: m.ConsumerTag})
}

func (ch *channel) get(m *wire.BasicGet) error {
	d, left, ok, err := ch.model.Get(m.Queue, m.NoAck)
	if err != nil {
		return err
	}
	if !ok {
		return ch.answer(false, &wire.BasicGetEmpty{})
	}
	ch.c.sendContent(d.Frame, ch.number, &wire.BasicGetOk{
		DeliveryTag: d.Tag, Redelivered: d.Redelivered, Exchange: d.Exchange, RoutingKey: d.Key, MessageCount: uint32(left),
	}, d.Message)
	return nil
}

// recover puts everything back. The other meaning that the protocol has for it,
// to send it to the same consumer again, RabbitMQ lacks.
func (ch *channel) recover(requeue, wait bool) error {
	if !requeue {
		return model.Errorf(model.NotImplemented, "requeue=false")
	}
	ch.model.Recover()
	return ch.answer(!wait, &wire.BasicRecoverOk{})
}
