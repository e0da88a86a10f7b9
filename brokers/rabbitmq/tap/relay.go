package tap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

const (
	// frameMax is the longest frame that is followed, in bytes: what RabbitMQ
	// proposes unless configured otherwise.
	frameMax = 131072
	// dialTime is how long the real broker may take to accept.
	dialTime = 10 * time.Second
	// partTime is how long it may take to let go of a client.
	partTime = 3 * time.Second
	// lingerTime is how long a client may take to hang up when all is said.
	lingerTime = time.Second
)

// relays numbers relays as they come.
var relays atomic.Uint64

// A relay is one client and its connection to the real broker. The client's
// goroutine has the sequencer handle each of its frames and passes it on; the
// broker's goroutine does the same the other way.
type relay struct {
	b     *Broker
	order uint64
	down  net.Conn // the client

	// What follows is touched inside the sequencer only.
	up       net.Conn // the broker; nil before it was dialled
	name     string   // "c1"; empty before connection.open
	product  string   // what the client calls itself
	channels map[int]*channel
	passing  []byte // the client's frame that is being handled; nil once it has been forwarded
	opened   bool   // the broker has let it in
	deaf     bool   // untapped: relayed, and no longer followed
	gone     bool   // has left the book
	closed   bool   // either side has sent connection.close
	over     bool   // nothing more is to be heard from the broker
	toUp     *outbox
	toDown   *outbox

	cut     atomic.Bool // by a fault
	parting atomic.Bool // the client is gone, and the broker is being told
	done    chan struct{}
}

func newRelay(b *Broker, down net.Conn) *relay {
	return &relay{
		b: b, order: relays.Add(1), down: down, channels: make(map[int]*channel),
		toDown: newOutbox(down), done: make(chan struct{}),
	}
}

// serve is the life of a relay. A client that comes back after a crash is served
// once the broker has let go of its former self.
func (r *relay) serve() {
	defer r.b.left(r)
	r.b.parted()
	_ = r.b.listen() // Sync tells of an error
	if err := r.dial(); err != nil {
		r.b.seq.Do(func() {
			if !r.gone {
				r.b.book.record(brokers.Event{Kind: brokers.Refused, Reason: clip(err.Error())})
			}
			r.gone = true
		})
		r.hangUp()
		return
	}
	var sides sync.WaitGroup
	sides.Go(r.toUp.run)
	sides.Go(r.toDown.run)
	sides.Go(r.brokerSide)
	r.clientSide()
	r.b.seq.Do(func() {
		r.leave("connection lost")
		r.part()
	})
	sides.Wait()
	r.hangUp()
	_ = r.up.Close()
}

// dial connects to the real broker.
func (r *relay) dial() error {
	ctx, cancel := context.WithTimeout(r.b.ctx, dialTime)
	defer cancel()
	up, err := r.b.cfg.Dial(ctx)
	if err != nil {
		return fmt.Errorf("the real broker cannot be reached: %w", err)
	}
	r.b.seq.Do(func() {
		if r.parting.Load() { // given up meanwhile
			err = net.ErrClosed
			return
		}
		r.up, r.toUp = up, newOutbox(up)
	})
	if err != nil {
		_ = up.Close()
	}
	return err
}

// hangUp closes the client's socket. One that a fault has cut is left to the
// sequencer, which closes it when the program is dead.
func (r *relay) hangUp() {
	if !r.cut.Load() {
		_ = r.down.Close()
	}
}

// clientSide reads what the client sends until it is gone.
func (r *relay) clientSide() {
	in := bufio.NewReaderSize(r.down, frameMax)
	err := r.clientFrames(in)
	if errors.Is(err, wire.ErrFrame) && r.untap(err) {
		err = r.clientBytes(in)
	}
	if errors.Is(err, brokers.ErrCut) {
		r.cut.Store(true)
	}
}

func (r *relay) clientFrames(in *bufio.Reader) error {
	var header [len(wire.Header)]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return err
	}
	if err := r.b.seq.Handle(r.down, func() { r.toUp.add(header[:]) }); err != nil {
		return err
	}
	frames := wire.NewFrameReader(in, frameMax)
	var raw []byte
	for {
		f, err := frames.Next()
		if err != nil {
			return err
		}
		raw = wire.AppendFrame(raw[:0], f)
		if err := r.b.seq.Handle(r.down, func() { r.fromClient(f, raw) }); err != nil {
			return err
		}
		r.toUp.wait()
	}
}

// clientBytes relays what is no longer followed.
func (r *relay) clientBytes(in *bufio.Reader) error {
	b := make([]byte, 16<<10)
	for {
		n, err := in.Read(b)
		if herr := r.b.seq.Handle(r.down, func() { r.forward(b[:n]) }); herr != nil {
			return herr
		}
		if err != nil {
			return err
		}
		r.toUp.wait()
	}
}

// forward passes bytes on to the broker, inside the sequencer.
func (r *relay) forward(b []byte) {
	if !r.parting.Load() {
		r.toUp.add(b)
	}
}

// brokerSide reads what the broker sends until it hangs up.
func (r *relay) brokerSide() {
	in := bufio.NewReaderSize(r.up, frameMax)
	err := r.brokerFrames(in)
	told := err == nil
	if errors.Is(err, wire.ErrFrame) && r.untap(err) {
		err = r.brokerBytes(in)
	}
	r.b.seq.Do(func() {
		for _, ch := range r.channels {
			ch.gone = ch.gone || told || r.over
		}
		r.leave(ending(err))
		r.part() // no more than the end of both directions: nobody listens there
	})
}

func ending(err error) string {
	if err == nil || errors.Is(err, io.EOF) {
		return "broker closed the connection"
	}
	return clip("the connection to the real broker was lost: " + err.Error())
}

func (r *relay) brokerFrames(in *bufio.Reader) error {
	frames := wire.NewFrameReader(in, frameMax)
	var raw []byte
	for {
		f, err := frames.Next()
		if err != nil {
			return err
		}
		if r.parting.Load() {
			if f.Type == wire.FrameMethod && wire.PeekID(f.Payload) == (*wire.ConnectionCloseOk)(nil).ID() {
				return nil
			}
			continue
		}
		raw = wire.AppendFrame(raw[:0], f)
		r.inTurn(f, func() { r.fromBroker(f, raw) })
		r.toDown.wait()
	}
}

// inTurn runs fn inside the sequencer: an answer in the turn of the client that
// asked, since what it sent last is why; everything else is the broker's own.
func (r *relay) inTurn(f wire.Frame, fn func()) {
	if f.Type == wire.FrameMethod && isAnswer(wire.PeekID(f.Payload)) {
		_ = r.b.seq.Handle(r.down, fn) // a client that was cut off hears nothing more
		return
	}
	r.b.seq.Do(func() {
		if r.b.seq.Live(r.down) {
			fn()
		}
	})
}

func (r *relay) brokerBytes(in *bufio.Reader) error {
	b := make([]byte, 16<<10)
	for {
		n, err := in.Read(b)
		if !r.parting.Load() {
			r.toDown.add(b[:n])
		}
		if err != nil {
			return err
		}
		r.toDown.wait()
	}
}

// guarded runs fn. What it cannot follow, or a mistake of ours, costs the tap of
// this connection and nothing else.
func (r *relay) guarded(fn func() error) {
	defer func() {
		if p := recover(); p != nil {
			r.deafen(fmt.Sprintf("panic: %v", p))
		}
	}()
	if err := fn(); err != nil {
		r.deafen(err.Error())
	}
}

// deafen ends the tap, inside the sequencer.
func (r *relay) deafen(why string) {
	if r.deaf || r.gone {
		return
	}
	r.deaf = true
	r.b.book.record(brokers.Event{Kind: Untapped, Client: r.name, Reason: clip(why)})
	for _, ch := range r.channels { // what waited for its end may go
		r.toDown.add(ch.down.held)
		ch.down = content{}
	}
}

// untap ends the tap for bytes that are not frames. It reports false when the
// client has not logged in: then nobody may go on, for which virtual host it
// means cannot be seen.
func (r *relay) untap(why error) (ok bool) {
	r.b.seq.Do(func() {
		if ok = r.name != ""; ok {
			r.deafen(why.Error())
		}
	})
	return ok
}

// leave takes the client out of the book, inside the sequencer. It may be called
// more than once.
func (r *relay) leave(reason string) {
	if r.gone {
		return
	}
	r.gone = true
	if r.name == "" {
		return
	}
	b := r.b.book
	for _, n := range slices.Sorted(maps.Keys(r.channels)) {
		if ch := r.channels[n]; !ch.closing {
			ch.close(reason)
		}
	}
	for _, name := range b.names() {
		if q := b.queues[name]; q != nil && q.owner == r {
			b.deleted(q, brokers.Event{Reason: "exclusive"})
		}
	}
	b.record(brokers.Event{Kind: brokers.Closed, Client: r.name, Reason: reason})
}

// part tells the broker that the client is gone, inside the sequencer: everything
// that it had sent is handled first, which hanging up would not make sure of. It
// may be called more than once.
func (r *relay) part() {
	if r.parting.Swap(true) {
		return
	}
	if !r.b.seq.Live(r.down) { // cut by a fault: the program must not see that anything has happened
		r.cut.Store(true)
		r.toDown.drop()
	} else {
		r.toDown.finish()
		_ = r.down.SetReadDeadline(r.last())
	}
	if r.up == nil {
		return
	}
	switch {
	case r.name == "" || r.deaf || r.over:
		_ = r.up.SetReadDeadline(time.Now())
	case !r.closed:
		r.toUp.add(wire.AppendMethod(nil, 0, &wire.ConnectionClose{ReplyCode: 200, ReplyText: "the client is gone"}))
		fallthrough
	default:
		_ = r.up.SetReadDeadline(time.Now().Add(partTime))
	}
	r.toUp.finish()
}

// last is when a client that is not cut must have hung up.
func (r *relay) last() time.Time {
	if r.b.ctx.Err() != nil {
		return time.Now()
	}
	return time.Now().Add(lingerTime)
}

// maxReason is how much of a text the journal keeps, in bytes.
const maxReason = 500

func clip(s string) string { return s[:min(len(s), maxReason)] }
