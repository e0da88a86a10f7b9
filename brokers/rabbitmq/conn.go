package rabbitmq

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

const (
	// frameMax is the longest frame that we propose, in bytes: RabbitMQ's default.
	frameMax = 131072
	// channelMax is the highest channel number that we propose: RabbitMQ's default.
	channelMax = 2047
	// readBuffer is how much is read at once, in bytes: small frames come in heaps.
	readBuffer = 32 << 10
	// handshakeTime is how long a client may take to log in.
	handshakeTime = 10 * time.Second
	// goodbyeTime is how long a client may take to answer our close.
	goodbyeTime = 3 * time.Second
	// lingerTime is how long it may take to hang up after that.
	lingerTime = time.Second
)

// A stage is how far a connection has come.
type stage int

const (
	starting stage = iota // start was sent: start-ok has to follow
	tuning                // tune was sent: tune-ok has to follow
	opening               // the limits hold: open has to follow
	open                  // logged in
	closing               // we sent close: everything but close-ok is ignored
	ended                 // nothing is read any more
)

// A conn is one connection. Its goroutine reads frames, and has the sequencer
// handle what they ask for; everything below that the sequencer does not guard
// belongs to that goroutine alone.
type conn struct {
	b      *Broker
	nc     net.Conn
	in     *bufio.Reader
	frames *wire.FrameReader
	out    *outbox
	now    arrived // what is being handled

	stage          stage
	cut            bool // by a fault
	goodbye        bool // close was answered, by either side
	channels       map[uint16]*channel
	frameMax       int
	channelMax     int
	cancelNotify   bool // the client wants to hear of consumers that end
	closeOnRefusal bool // the client wants to hear of a wrong password
	blockedNotify  bool // the client wants to hear that it should pause
	published      bool // it has published something
	blocked        bool // it was asked to pause; touched inside the sequencer only
	user, product  string
	given          string // what the client calls this connection
	properties     wire.Table

	model   *model.Connection // set and used inside the sequencer; nil before open
	gone    bool              // has left the model; likewise
	deliver wire.BasicDeliver // memory for Deliver; likewise

	heard     atomic.Uint64 // frames that were read
	beatMu    sync.Mutex
	beatTimer *time.Timer
	silent    bool // ended for missed heartbeats; guarded by beatMu
}

func newConn(b *Broker, nc net.Conn) *conn {
	c := &conn{b: b, nc: nc, in: bufio.NewReaderSize(nc, readBuffer), channels: make(map[uint16]*channel), frameMax: frameMax}
	c.frames = wire.NewFrameReader(c.in, frameMax)
	c.out = newOutbox(nc, max(outHard, 2*b.quota.Message), c.resume)
	return c
}

// serve is the connection's goroutine.
func (c *conn) serve() {
	defer c.b.left(c)
	defer c.hangUp()
	c.b.running.Go(c.out.run)
	_ = c.nc.SetReadDeadline(time.Now().Add(handshakeTime))
	if c.greet() {
		c.read()
	}
	c.stopHeartbeat()
	for _, ch := range c.channels {
		ch.forgetIncoming()
	}
	c.b.seq.Do(func() {
		c.leave(c.ending())
		c.b.deliverAll(nil)
	})
	c.out.finish()
	if c.goodbye { // the client, who knows that it is over, hangs up first
		_ = c.nc.SetReadDeadline(time.Now().Add(lingerTime))
		_, _ = io.Copy(io.Discard, c.in)
	}
}

// hangUp closes the socket. One that a fault has cut is left to the sequencer,
// which closes it when the program is dead: until then the program must not see
// that anything has happened.
func (c *conn) hangUp() {
	if !c.cut {
		_ = c.nc.Close()
	}
}

// ending says how the connection ended.
func (c *conn) ending() string {
	c.beatMu.Lock()
	defer c.beatMu.Unlock()
	switch {
	case c.silent:
		return "missed heartbeats"
	case c.out.overfull():
		return "client does not read"
	}
	return "connection lost"
}

// stop ends the connection from outside: its goroutine finds nothing to read.
func (c *conn) stop() {
	_ = c.nc.SetReadDeadline(time.Now())
}

// greet reads the protocol header and answers with start, or, to a client that
// speaks something else, with our header.
func (c *conn) greet() bool {
	var header [len(wire.Header)]byte
	if _, err := io.ReadFull(c.in, header[:]); err != nil {
		c.cut = errors.Is(err, brokers.ErrCut)
		return false
	}
	if string(header[:]) != wire.Header {
		c.out.write([]byte(wire.Header))
		return false
	}
	c.send(0, startMethod())
	return true
}

// read handles frames until the connection has ended.
func (c *conn) read() {
	for c.stage != ended {
		f, err := c.frames.Next()
		c.now = arrived{f.Raw, len(f.Raw)}
		if errors.Is(err, wire.ErrFrame) {
			_ = c.handle(0, wire.ID{}, func() error { return model.Errorf(model.FrameError, "%v", err) })
			_, _ = io.Copy(io.Discard, c.in) // what follows means nothing; let the client read why
			return
		}
		if err == nil {
			c.heard.Add(1)
			err = c.frame(f)
		}
		if err != nil { // the client, the network or a fault has ended it
			c.cut = errors.Is(err, brokers.ErrCut)
			return
		}
	}
}

// frame passes a frame on. An error means that the connection was cut.
func (c *conn) frame(f wire.Frame) error {
	switch {
	case c.stage == closing:
		return c.awaitCloseOk(f)
	case f.Type == wire.FrameHeartbeat:
		return nil
	case f.Type != wire.FrameMethod && f.Type != wire.FrameHeader && f.Type != wire.FrameBody:
		return c.handle(f.Channel, wire.ID{}, func() error {
			return model.Errorf(model.FrameError, "unknown frame: type %d, channel %d, %d octets", f.Type, f.Channel, len(f.Payload))
		})
	case f.Channel == 0:
		return c.connectionFrame(f)
	case c.stage != open:
		return c.handle(f.Channel, wire.ID{}, func() error {
			return model.Errorf(model.ChannelError, "frame on channel %d before the connection is open", f.Channel)
		})
	}
	return c.channelFrame(f)
}

// awaitCloseOk lets everything pass by until the client has answered our close.
// A client that closes at the same time is answered.
func (c *conn) awaitCloseOk(f wire.Frame) error {
	if f.Type != wire.FrameMethod || f.Channel != 0 {
		return nil
	}
	switch wire.PeekID(f.Payload) {
	case (*wire.ConnectionCloseOk)(nil).ID():
		c.stage, c.goodbye = ended, true
	case (*wire.ConnectionClose)(nil).ID():
		c.send(0, &wire.ConnectionCloseOk{})
		c.stage, c.goodbye = ended, true
	}
	return nil
}

// handle has the sequencer run fn, which does what the client asked for with
// method id on a channel, and then hands out what can be delivered. What fn
// returns or panics with becomes the answer. The error is brokers.ErrCut.
func (c *conn) handle(channel uint16, id wire.ID, fn func() error) error {
	return c.b.seq.Handle(c.nc, func() {
		if c.gone {
			c.stage = ended
			return
		}
		if c.now.size > 0 {
			c.b.journal.Handling(c.now.raw(c, channel))
		}
		if err := guard(fn); err != nil {
			c.refuse(channel, id, err)
		}
		c.b.journal.Handled()
		c.b.deliverAll(c.nc)
	})
}

// deliverAll makes deliveries until there is nothing to deliver, nobody to take
// it, or nc has been cut: a fault may fall between any two. What there is then decides
// who has to pause.
func (b *Broker) deliverAll(nc net.Conn) {
	for b.seq.Live(nc) {
		if !b.node.DeliverNext() {
			b.watchAlarm()
			return
		}
	}
}

// leave takes the connection out of the model, inside the sequencer. It may be
// called more than once.
func (c *conn) leave(reason string) {
	if !c.gone && c.model != nil {
		c.model.Close(reason)
		delete(c.b.conns, c)
	}
	c.gone = true
}

// forceOut ends the connection from our side, inside the sequencer.
func (c *conn) forceOut(why string) {
	e := model.Errorf(model.ConnectionForced, "%s", why)
	c.send(0, &wire.ConnectionClose{ReplyCode: uint16(e.Code), ReplyText: e.Error()})
	c.leave("broker closed")
}

// send puts a method into the outbox.
func (c *conn) send(channel uint16, m wire.Method) { c.sendFor(0, channel, m) }

// sendFor is send for a frame that an event carries; 0 is none.
func (c *conn) sendFor(frame uint64, channel uint16, m wire.Method) {
	c.out.add(func(dst []byte) []byte {
		start := len(dst)
		dst = wire.AppendMethod(dst, channel, m)
		c.note(frame, channel, dst[start:])
		return dst
	})
}

// sendContent puts a method and the message that it brings into the outbox: the frame
// that an event carries.
func (c *conn) sendContent(frame uint64, channel uint16, m wire.Method, msg *model.Message) {
	c.out.add(func(dst []byte) []byte {
		start := len(dst)
		dst = wire.AppendMethod(dst, channel, m)
		dst = wire.AppendContent(dst, channel, &msg.Properties, msg.Body, c.frameMax)
		c.note(frame, channel, dst[start:])
		return dst
	})
}

// resume is called when the outbox has room again: deliveries go on.
func (c *conn) resume() {
	c.b.seq.Do(func() {
		if c.model != nil && !c.gone {
			c.model.Resume()
			c.b.deliverAll(c.nc)
		}
	})
}

// Ready reports whether the outbox has room for a delivery.
func (c *conn) Ready() bool { return !c.gone && c.out.room() }

// Deliver sends a message to a consumer.
func (c *conn) Deliver(d model.Delivery) {
	c.deliver = wire.BasicDeliver{
		ConsumerTag: d.Consumer, DeliveryTag: d.Tag, Redelivered: d.Redelivered, Exchange: d.Exchange, RoutingKey: d.Key,
	}
	c.sendContent(d.Frame, uint16(d.Channel), &c.deliver, d.Message)
}

// Cancelled tells the client, if it wants to hear, that a consumer has ended.
func (c *conn) Cancelled(channel int, consumer string) {
	if c.cancelNotify && !c.gone {
		c.send(uint16(channel), &wire.BasicCancel{ConsumerTag: consumer, NoWait: true})
	}
}
