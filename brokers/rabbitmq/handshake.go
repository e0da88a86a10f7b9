package rabbitmq

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// startMethod says who we are and what we can do. A capability that is false is
// one that RabbitMQ has and this miniature does not have yet.
func startMethod() *wire.ConnectionStart {
	return &wire.ConnectionStart{
		VersionMajor: 0, VersionMinor: 9,
		ServerProperties: wire.Table{
			{Name: "capabilities", Value: wire.Table{
				{Name: "publisher_confirms", Value: true},
				{Name: "exchange_exchange_bindings", Value: true},
				{Name: "basic.nack", Value: true},
				{Name: "consumer_cancel_notify", Value: true},
				{Name: "connection.blocked", Value: true},
				{Name: "consumer_priorities", Value: true},
				{Name: "authentication_failure_close", Value: true},
				{Name: "per_consumer_qos", Value: true},
				{Name: "direct_reply_to", Value: true},
			}},
			{Name: "cluster_name", Value: nodeName},
			{Name: "information", Value: "A miniature for learning, by brokerlab"},
			{Name: "platform", Value: "brokerlab"},
			{Name: "product", Value: "RabbitMQ"},
			{Name: "version", Value: version},
		},
		Mechanisms: "PLAIN AMQPLAIN",
		Locales:    "en_US",
	}
}

// connectionFrame handles a frame of channel 0, which carries methods of class
// connection only.
func (c *conn) connectionFrame(f wire.Frame) error {
	id := wire.PeekID(f.Payload)
	return c.handle(0, id, func() error {
		if f.Type != wire.FrameMethod {
			return model.Errorf(model.UnexpectedFrame, "expected method frame on channel 0, got frame of type %d", f.Type)
		}
		m, err := wire.DecodeMethod(f.Payload)
		if err != nil {
			return err
		}
		return c.connectionMethod(m)
	})
}

// connectionMethod is the order of a handshake, and what may come after it.
func (c *conn) connectionMethod(m wire.Method) error {
	if m, ok := m.(*wire.ConnectionClose); ok {
		c.closedByClient(m)
		return nil
	}
	switch m := m.(type) {
	case *wire.ConnectionStartOk:
		if c.stage == starting {
			return c.startOk(m)
		}
	case *wire.ConnectionTuneOk:
		if c.stage == tuning {
			return c.tuneOk(m)
		}
	case *wire.ConnectionOpen:
		if c.stage == opening {
			return c.connectionOpen(m)
		}
	case *wire.ConnectionUpdateSecret:
		if c.stage == open {
			return c.updateSecret(m)
		}
	}
	if m.ID().Class != wire.ClassConnection {
		return model.Errorf(model.CommandInvalid, "%s on channel 0", m.ID())
	}
	return model.Errorf(model.ChannelError, "unexpected method in connection state: %s", m.ID())
}

// startOk checks the credentials and proposes limits.
func (c *conn) startOk(m *wire.ConnectionStartOk) error {
	capabilities, _ := tableField(m.ClientProperties, "capabilities")
	c.cancelNotify = boolField(capabilities, "consumer_cancel_notify")
	c.closeOnRefusal = boolField(capabilities, "authentication_failure_close")
	c.blockedNotify = boolField(capabilities, "connection.blocked")
	c.properties = m.ClientProperties
	product, _ := m.ClientProperties.Get("product")
	c.product, _ = product.(string)
	given, _ := m.ClientProperties.Get("connection_name")
	c.given, _ = given.(string)
	user, secret, err := credentials(m.Mechanism, m.Response)
	if err != nil {
		return err
	}
	if !c.b.node.Authentic(user, secret) {
		return c.wrongPassword(m.Mechanism)
	}
	c.user, c.stage = user, tuning
	c.send(0, &wire.ConnectionTune{ChannelMax: channelMax, FrameMax: frameMax, Heartbeat: uint16(min(c.b.beat/time.Second, 1<<16-1))})
	return nil
}

// wrongPassword ends the connection: with a word, if the client can take one.
func (c *conn) wrongPassword(mechanism string) error {
	err := model.Errorf(model.AccessRefused, "Login was refused using authentication mechanism %s. For details see the broker logfile.", mechanism)
	frame := c.recordRefusal(0, err, err)
	if c.closeOnRefusal {
		c.close(err, wire.ID{}, frame)
	} else {
		c.stage = ended
	}
	return nil
}

// credentials reads a response to start. Errors: CommandInvalid for a mechanism
// that we did not offer, SyntaxError.
func credentials(mechanism, response string) (user, secret string, err error) {
	switch mechanism {
	case "PLAIN": // authorisation identity, user and password, each after a NUL but the first
		parts := strings.Split(response, "\x00")
		if len(parts) != 3 {
			return "", "", model.Errorf(model.SyntaxError, "PLAIN response with %d parts, want 3", len(parts))
		}
		return parts[1], parts[2], nil
	case "AMQPLAIN": // a field table without its length
		table, err := wire.DecodeTable(append(binary.BigEndian.AppendUint32(nil, uint32(len(response))), response...))
		if err != nil {
			return "", "", err
		}
		login, _ := table.Get("LOGIN")
		word, _ := table.Get("PASSWORD")
		user, _ = login.(string)
		secret, _ = word.(string)
		return user, secret, nil
	}
	return "", "", model.Errorf(model.CommandInvalid, "unknown authentication mechanism '%s'", mechanism)
}

// tuneOk takes over the limits that the client has settled on. They may not pass
// what we proposed, and "no limit" does.
func (c *conn) tuneOk(m *wire.ConnectionTuneOk) error {
	for _, limit := range []struct {
		name            string
		asked, min, max uint32
	}{
		{"frame_max", m.FrameMax, wire.FrameMin, frameMax},
		{"channel_max", uint32(m.ChannelMax), 1, channelMax},
	} {
		if limit.asked != 0 && limit.asked < limit.min {
			return model.Errorf(model.NotAllowed, "negotiated %s = %d is lower than the minimum allowed value (%d)", limit.name, limit.asked, limit.min)
		}
		if limit.asked == 0 || limit.asked > limit.max {
			return model.Errorf(model.NotAllowed, "negotiated %s = %d is higher than the maximum allowed value (%d)", limit.name, limit.asked, limit.max)
		}
	}
	c.frameMax, c.channelMax = int(m.FrameMax), int(m.ChannelMax)
	c.frames.Max = c.frameMax
	c.stage = opening
	c.startHeartbeat(time.Duration(m.Heartbeat) * time.Second)
	return nil
}

// connectionOpen lets the client in.
func (c *conn) connectionOpen(m *wire.ConnectionOpen) error {
	if c.b.isClosed() {
		return model.Errorf(model.ConnectionForced, "broker forced connection closure with reason 'shutdown'")
	}
	if err := c.b.room(); err != nil {
		return err
	}
	var err error
	c.model, err = c.b.node.Enter(c, m.VirtualHost, c.user, c.product[:min(len(c.product), 100)])
	if err != nil {
		c.model = nil
		return err
	}
	c.b.conns[c] = struct{}{}
	c.stage = open
	_ = c.nc.SetReadDeadline(time.Time{})
	c.send(0, &wire.ConnectionOpenOk{})
	return nil
}

// updateSecret takes a new password for the user who is logged in.
func (c *conn) updateSecret(m *wire.ConnectionUpdateSecret) error {
	if !c.b.node.Authentic(c.user, m.NewSecret) {
		return model.Errorf(model.NotAllowed, "New secret was refused by one of the backends")
	}
	c.send(0, &wire.ConnectionUpdateSecretOk{})
	return nil
}

// closedByClient answers a close.
func (c *conn) closedByClient(m *wire.ConnectionClose) {
	c.send(0, &wire.ConnectionCloseOk{})
	c.leave("closed by client")
	c.stage, c.goodbye = ended, true
}

func tableField(t wire.Table, name string) (wire.Table, bool) {
	value, _ := t.Get(name)
	table, ok := value.(wire.Table)
	return table, ok
}

func boolField(t wire.Table, name string) bool {
	value, _ := t.Get(name)
	is, _ := value.(bool)
	return is
}
