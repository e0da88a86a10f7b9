package rabbitmq

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

const (
	// outSoft is how many bytes may wait for a client before deliveries to it
	// pause.
	outSoft = 256 << 10
	// outHard is how many may wait at all, or twice the longest message. Answers go
	// past outSoft, since every request has one; a client that asks and does not
	// read ends here.
	outHard = 8 << 20
	// flushTime is how long the last bytes may take to leave.
	flushTime = 2 * time.Second
)

// An outbox holds what is on its way to a client. Frames are appended inside the
// sequencer, which never waits; a goroutine writes all that has gathered at once.
type outbox struct {
	nc     net.Conn
	limit  int    // bytes that may wait
	resume func() // called, without the lock, when a paused outbox has room again

	mu      sync.Mutex
	changed sync.Cond
	buf     []byte // to be written
	writing int    // bytes being written
	total   uint64 // bytes ever added, for heartbeats
	paused  bool   // somebody was told that there is no room
	closed  bool   // nothing is added any more
	over    bool   // since it was past its limit

	done chan struct{} // closed when the writing goroutine has ended
}

func newOutbox(nc net.Conn, limit int, resume func()) *outbox {
	o := &outbox{nc: nc, limit: limit, resume: resume, done: make(chan struct{})}
	o.changed.L = &o.mu
	return o
}

// add has fn append bytes. Past its limit the connection is given up.
func (o *outbox) add(fn func([]byte) []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	before := len(o.buf)
	o.buf = fn(o.buf)
	o.total += uint64(len(o.buf) - before)
	if len(o.buf) > o.limit {
		o.buf, o.closed, o.over = nil, true, true
		_ = o.nc.SetDeadline(time.Now()) // both goroutines find out
	}
	o.changed.Signal()
}

// write adds bytes as they are.
func (o *outbox) write(b []byte) {
	o.add(func(dst []byte) []byte { return append(dst, b...) })
}

// room reports whether a delivery may be added. After a false, resume is called
// when there is room.
func (o *outbox) room() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	ok := len(o.buf)+o.writing < outSoft && !o.closed
	o.paused = o.paused || !ok
	return ok
}

// overfull reports whether the connection was given up because the client does
// not read.
func (o *outbox) overfull() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.over
}

// sent counts the bytes that were ever added.
func (o *outbox) sent() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.total
}

// run writes until finish or stop is called, or the client is gone.
func (o *outbox) run() {
	defer close(o.done)
	var spare []byte
	for {
		b, ok := o.take(spare)
		if !ok {
			return
		}
		_, err := o.nc.Write(b)
		if o.wrote(err) {
			o.resume()
		}
		if errors.Is(err, brokers.ErrCut) {
			return // the sequencer sees to the socket
		}
		if err != nil {
			_ = o.nc.SetReadDeadline(time.Now()) // the reading goroutine finds out
			return
		}
		spare = b[:0]
		if cap(spare) > 2*outSoft {
			spare = nil
		}
	}
}

// take waits for bytes and takes all there are, leaving spare in their place. ok
// is false when there will be no more.
func (o *outbox) take(spare []byte) (b []byte, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.buf) == 0 {
		if o.closed {
			return nil, false
		}
		o.changed.Wait()
	}
	b, o.buf = o.buf, spare
	o.writing = len(b)
	return b, true
}

// wrote notes that what was taken has been written, and reports whether somebody
// waits for the room.
func (o *outbox) wrote(err error) (wanted bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writing = 0
	if err != nil {
		o.buf, o.closed = nil, true
		return false
	}
	wanted = o.paused && len(o.buf) < outSoft/2
	if wanted {
		o.paused = false
	}
	return wanted
}

// stop drops what has not been written.
func (o *outbox) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf, o.closed = nil, true
	o.changed.Signal()
}

// finish waits until all has been written, for flushTime at most.
func (o *outbox) finish() {
	_ = o.nc.SetWriteDeadline(time.Now().Add(flushTime))
	o.mu.Lock()
	o.closed = true
	o.changed.Signal()
	o.mu.Unlock()
	<-o.done
}

// beat adds a heartbeat.
func (o *outbox) beat() { o.add(wire.AppendHeartbeat) }
