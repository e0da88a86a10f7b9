package tap

import (
	"net"
	"sync"
	"time"
)

const (
	// softLimit is how many bytes may wait before the side that sends them is no
	// longer read from.
	softLimit = 256 << 10
	// flushTime is how long the last bytes may take to leave.
	flushTime = 2 * time.Second
)

// An outbox holds bytes on their way to one side. They are added inside the
// sequencer, which never waits; a goroutine writes them. It is bounded because
// whoever adds to it calls wait before reading more.
type outbox struct {
	to net.Conn

	mu      sync.Mutex
	changed sync.Cond
	buf     []byte
	writing int
	closed  bool // nothing is added any more
	failed  bool // nothing can be written any more
}

func newOutbox(to net.Conn) *outbox {
	o := &outbox{to: to}
	o.changed.L = &o.mu
	return o
}

// add puts bytes at the end.
func (o *outbox) add(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed && !o.failed {
		o.buf = append(o.buf, b...)
		o.changed.Broadcast()
	}
}

// wait returns when there is room for more.
func (o *outbox) wait() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.buf)+o.writing > softLimit && !o.failed {
		o.changed.Wait()
	}
}

// run writes until finish or drop was called and nothing is left.
func (o *outbox) run() {
	var spare []byte
	for {
		o.mu.Lock()
		for len(o.buf) == 0 && !o.closed && !o.failed {
			o.changed.Wait()
		}
		b := o.buf
		o.buf, o.writing = spare[:0], len(b)
		over := len(b) == 0
		o.mu.Unlock()
		if over {
			return
		}
		_, err := o.to.Write(b)
		spare = b
		if cap(spare) > 2*softLimit {
			spare = nil
		}
		o.mu.Lock()
		o.writing = 0
		if err != nil {
			o.failed, o.buf = true, nil
		}
		o.changed.Broadcast()
		o.mu.Unlock()
	}
}

// finish lets what is there leave, and nothing follow.
func (o *outbox) finish() {
	_ = o.to.SetWriteDeadline(time.Now().Add(flushTime))
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.changed.Broadcast()
}

// drop lets nothing more leave.
func (o *outbox) drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failed, o.closed, o.buf = true, true, nil
	o.changed.Broadcast()
}
