package host

import (
	"log/slog"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/link"
)

const (
	// maxQueued bounds what waits to be sent, in bytes. One message of any size fits
	// an empty queue.
	maxQueued = 16 << 20
	// patience is how long a sender waits for room.
	patience = time.Second
)

// A queue holds messages on their way to the server, in order.
type queue struct {
	conn *link.Conn

	mu     sync.Mutex
	more   sync.Cond
	items  []link.Message
	bytes  int
	room   chan struct{} // closed, and made anew, when the queue was emptied
	closed bool
}

func newQueue(c *link.Conn) *queue {
	q := &queue{conn: c, room: make(chan struct{})}
	q.more.L = &q.mu
	return q
}

// push adds m, and reports whether it did: false when the server is gone, or for
// too long has not read what is queued already.
func (q *queue) push(m link.Message) bool {
	var timeout <-chan time.Time
	for {
		q.mu.Lock()
		if q.closed {
			q.mu.Unlock()
			return false
		}
		if len(q.items) == 0 || q.bytes+len(m.Body) <= maxQueued {
			q.items = append(q.items, m)
			q.bytes += len(m.Body) + 64 // an empty message costs something too
			q.more.Signal()
			q.mu.Unlock()
			return true
		}
		room := q.room
		q.mu.Unlock()
		if timeout == nil {
			timeout = time.After(patience)
		}
		select {
		case <-room:
		case <-timeout:
			return false
		}
	}
}

// run sends until the server is gone.
func (q *queue) run() {
	for {
		for _, m := range q.take() {
			if err := q.conn.Send(m); err != nil {
				slog.Debug("lab host: the server is gone", "err", err)
				q.close()
				return
			}
		}
	}
}

// take waits for messages and empties the queue.
func (q *queue) take() []link.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 {
		q.more.Wait()
	}
	items := q.items
	q.items, q.bytes = nil, 0
	close(q.room)
	q.room = make(chan struct{})
	return items
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.items = true, nil
}
