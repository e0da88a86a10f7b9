package kafka

import (
	"errors"
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
	write func(net.Conn) error // set when the answer is known; nil when there is none to send
	known bool
}

// An outbox holds the answers that a connection owes, in the order of its requests. An
// answer may be known long before those of earlier requests, and it waits for them. A
// goroutine makes the bytes and writes them, outside the sequencer.
type outbox struct {
	nc net.Conn

	mu      sync.Mutex
	changed sync.Cond
	queue   []*answer
	closed  bool
	done    chan struct{} // closed when the writing goroutine has ended
}

func newOutbox(nc net.Conn) *outbox {
	o := &outbox{nc: nc, done: make(chan struct{})}
	o.changed.L = &o.mu
	return o
}

// open makes a place for the answer to a request that was read. It waits while too many
// are open; ok is false when the connection ends.
func (o *outbox) open() (a *answer, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) >= maxOpen && !o.closed {
		o.changed.Wait()
	}
	a = &answer{}
	o.queue = append(o.queue, a)
	return a, !o.closed
}

// know sets an answer: write sends it, or it is nil and nothing is sent.
func (o *outbox) know(a *answer, write func(net.Conn) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !a.known {
		a.known, a.write = true, write
		o.changed.Broadcast()
	}
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
	for len(o.queue) == 0 || !o.queue[0].known {
		if o.closed {
			return nil
		}
		o.changed.Wait()
	}
	a := o.queue[0]
	o.queue[0] = nil
	o.queue = o.queue[1:]
	o.changed.Broadcast()
	return a
}

// stop drops what has not been written.
func (o *outbox) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue, o.closed = nil, true
	o.changed.Broadcast()
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
