package kafka

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

const (
	// maxOpen is how many requests of one connection may be open: read, and not answered.
	// A client that sends more is read from again when one is answered.
	maxOpen = 512
	// flushTime is how long the last answers may take to leave.
	flushTime = 2 * time.Second
)

// An answer is the place of one request's answer in the order of its connection.
type answer struct {
	write func(io.Writer) error // set when the answer is known; nil when there is none to send
	short bool                  // at most shortAnswer
	known bool
}

// shortAnswer is how long an answer may be that the reading goroutine sends, in bytes:
// what the kernel does not take at once is copied.
const shortAnswer = 64 << 10

// An outbox holds the answers that a connection owes, in the order of its requests. An
// answer may be known long before those of earlier requests, and it waits for them. A
// goroutine makes the bytes and writes them, outside the sequencer; the one that reads
// spares it the trouble when the answer to what it has read is short and known at once.
type outbox struct {
	nc net.Conn

	mu      sync.Mutex
	changed sync.Cond
	queue   []*answer
	room    []*answer // what queue has of memory, from its beginning
	writing bool      // the writing goroutine is about to write, or does
	rest    []byte    // of what the reading goroutine has written: it goes first
	held    bool      // the reading goroutine will come and send
	closed  bool
	sent    int           // answers that were taken to be written
	done    chan struct{} // closed when the writing goroutine has ended
}

func newOutbox(nc net.Conn) *outbox {
	o := &outbox{nc: nc, done: make(chan struct{})}
	o.changed.L = &o.mu
	return o
}

// open makes a place for the answer to a request that was read. It waits while too many
// are open; ok is false when the connection ends.
func (o *outbox) open(a *answer) (ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) >= maxOpen && !o.closed {
		o.changed.Wait()
	}
	if len(o.queue) == 0 {
		o.queue = o.room[:0]
	}
	if o.queue = append(o.queue, a); len(o.queue) == 1 {
		o.room = o.queue
	}
	return !o.closed
}

// know sets an answer: write sends it, or it is nil and nothing is sent.
func (o *outbox) know(a *answer, short bool, write func(io.Writer) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if a.known {
		return
	}
	a.known, a.short, a.write = true, short, write
	if !o.held {
		o.changed.Broadcast()
	}
}

// hold says that the reading goroutine calls send when its step is over.
func (o *outbox) hold() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = true
}

// send writes the short answers that are known, without waiting, and leaves the others to
// the writing goroutine.
func (o *outbox) send() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = false
	for len(o.queue) > 0 && o.queue[0].known && o.queue[0].short && !o.writing && len(o.rest) == 0 {
		a := o.take()
		if a.write == nil {
			continue
		}
		if err := a.write((*unwaiting)(o)); err != nil {
			return err
		}
	}
	if len(o.rest) > 0 || len(o.queue) > 0 && o.queue[0].known {
		o.changed.Broadcast()
	}
	return nil
}

// unwaiting is an outbox to which bytes are written at once, or kept.
type unwaiting outbox

func (o *unwaiting) Write(b []byte) (n int, err error) {
	if nc, ok := o.nc.(*brokers.Conn); ok && len(o.rest) == 0 {
		n, err = nc.TryWrite(b)
	}
	o.rest = append(o.rest, b[n:]...)
	return len(b), err
}

// run writes until finish or stop is called, or the client is gone.
func (o *outbox) run() {
	defer close(o.done)
	for {
		a := o.next()
		if a == nil {
			return
		}
		if a.write == nil {
			continue
		}
		err := a.write(o.nc)
		if err == nil {
			continue
		}
		o.stop()
		if !errors.Is(err, brokers.ErrCut) { // else the sequencer sees to the socket
			_ = o.nc.SetReadDeadline(time.Now()) // the reading goroutine finds out
		}
		return
	}
}

// next waits for the first answer to be known and takes it; nil when there will be none.
func (o *outbox) next() *answer {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writing = false
	for len(o.rest) == 0 && (len(o.queue) == 0 || !o.queue[0].known) {
		if o.closed {
			return nil
		}
		o.changed.Wait()
	}
	o.writing = true
	if rest := o.rest; len(rest) > 0 {
		o.rest = nil
		return &answer{write: func(w io.Writer) error {
			_, err := w.Write(rest)
			return err
		}}
	}
	o.changed.Broadcast()
	return o.take()
}

// take takes the first answer. The caller holds the lock.
func (o *outbox) take() *answer {
	a := o.queue[0]
	o.sent++
	o.queue[0] = nil
	o.queue = o.queue[1:]
	return a
}

// known reports whether the client has been answered more than what versions we speak. One
// that has not takes a plain end for a broker that wants TLS, or SASL, and gives up.
func (o *outbox) known() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sent > 2
}

// stop drops what has not been written.
func (o *outbox) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue, o.rest, o.closed = nil, nil, true
	o.changed.Broadcast()
}

// over reports whether stop or finish was called.
func (o *outbox) over() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed
}

// finish waits until what is known has been written, for flushTime at most.
func (o *outbox) finish() {
	_ = o.nc.SetWriteDeadline(time.Now().Add(flushTime))
	o.mu.Lock()
	o.closed = true
	o.changed.Broadcast()
	o.mu.Unlock()
	<-o.done
}
