package rabbitmq

import (
	"errors"
	"fmt"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// guard runs fn. A panic is our fault; it costs the connection that met it, and
// no other.
func guard(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return fn()
}

// refusal is the error as the protocol has it. What is not from the model is our
// own fault.
func refusal(err error) *model.Error {
	var known *model.Error
	var quota *brokers.QuotaError
	var unknown *wire.UnknownMethodError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &quota):
		return model.Errorf(model.ResourceError, "%v", quota)
	case errors.As(err, &unknown):
		return model.Errorf(model.CommandInvalid, "%v", unknown)
	case errors.Is(err, wire.ErrMalformed):
		return model.Errorf(model.SyntaxError, "%v", err)
	}
	return model.Errorf(model.InternalError, "%v", err)
}

// refuse tells the client, inside the sequencer, that what it asked for with
// method id cannot be: it closes the channel, or the connection.
func (c *conn) refuse(channel uint16, id wire.ID, err error) {
	e := refusal(err)
	frame := c.recordRefusal(channel, err, e)
	if c.stage < opening {
		c.stage = ended // before the limits are settled RabbitMQ just hangs up
		return
	}
	ch := c.channels[channel]
	if ch == nil || e.Code.EndsConnection() {
		c.close(e, id, frame)
		return
	}
	ch.model.Close(e.Error())
	ch.closing = true
	ch.forgetIncoming()
	c.sendFor(frame, channel, &wire.ChannelClose{ReplyCode: uint16(e.Code), ReplyText: e.Error(), Class: id.Class, Method: id.Method})
}

// close ends the connection from our side, inside the sequencer, and waits no
// longer than goodbyeTime for the answer. frame is what an event carries.
func (c *conn) close(e *model.Error, id wire.ID, frame uint64) {
	c.sendFor(frame, 0, &wire.ConnectionClose{ReplyCode: uint16(e.Code), ReplyText: e.Error(), Class: id.Class, Method: id.Method})
	c.leave(e.Error())
	c.stage = closing
	_ = c.nc.SetReadDeadline(time.Now().Add(goodbyeTime))
}

// maxReason is how much of an error the journal keeps, in bytes.
const maxReason = 500

// recordRefusal notes the error in the journal, and returns the number of the frame
// that will tell the client. Once the journal has no room, only the first one is
// noted: else a client could fill it by being refused.
func (c *conn) recordRefusal(channel uint16, err error, e *model.Error) (frame uint64) {
	if full := !c.b.journal.Room(); full {
		if c.b.fullNoted {
			return 0
		}
		c.b.fullNoted = true
	}
	reason := e.Error()
	event := brokers.Event{Kind: brokers.Refused, Source: "rabbitmq", Channel: int(channel), Reason: reason[:min(len(reason), maxReason)]}
	event.Client = c.journalName()
	if e.Access != "" {
		event.User, event.Detail = c.user, map[string]any{"access": e.Access, "vhost": e.VHost}
	}
	var quota *brokers.QuotaError
	if errors.As(err, &quota) {
		over := event
		over.Kind, over.Reason, over.N = brokers.OverQuota, quota.What, int64(quota.Limit)
		c.b.journal.Append(over)
	}
	event.Frame = c.b.journal.ReserveFrame()
	c.b.journal.Append(event)
	return event.Frame
}
