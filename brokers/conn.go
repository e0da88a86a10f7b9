package brokers

import (
	"net"
	"sync"
	"time"
)

// A Conn is a connection that the sequencer keeps an eye on. Its one reading
// goroutine alternates Read and Sequencer.Handle; whenever it is not inside
// Read, it counts as busy with what it has read.
type Conn struct {
	net.Conn
	seq   *Sequencer
	class Class
	id    uint64
	sock  socket

	mu    sync.Mutex
	busy  bool          // has read something, or the end, and not come back for more
	cut   bool          // a fault has cut it: nothing is read or written any more
	done  bool          // closed
	stamp time.Time     // when the newest bytes that were read had arrived
	hold  time.Duration // for which the answer to what was read is kept back
}

// Read waits for bytes and notes when they arrived. Calling it says that all
// bytes read before have been handled.
func (c *Conn) Read(p []byte) (int, error) {
	c.settle()
	if len(p) == 0 {
		return 0, nil
	}
	return c.sock.read(c, p)
}

// Write sends bytes, unless the connection has been cut.
func (c *Conn) Write(p []byte) (int, error) {
	if c.isCut() {
		return 0, ErrCut
	}
	return c.Conn.Write(p)
}

// TryWrite sends as much as the kernel takes without waiting, and returns how much
// that was, in bytes.
func (c *Conn) TryWrite(p []byte) (int, error) {
	if c.isCut() {
		return 0, ErrCut
	}
	return c.sock.tryWrite(p)
}

// Close ends the connection. It may be called more than once.
func (c *Conn) Close() error {
	c.mu.Lock()
	done := c.done
	c.done, c.busy = true, false
	c.mu.Unlock()
	if done {
		return nil
	}
	err := c.Conn.Close()
	c.seq.forget(c)
	return err
}

// Arrived returns when the newest bytes that were read had reached this machine.
func (c *Conn) Arrived() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stamp
}

func (c *Conn) settle() {
	c.mu.Lock()
	was := c.busy
	c.busy = false
	c.mu.Unlock()
	if was {
		c.seq.notifySettled()
	}
}

// keepBack waits for as long as Sequencer.Hold has said, once.
func (c *Conn) keepBack() {
	c.mu.Lock()
	d := c.hold
	c.hold = 0
	c.mu.Unlock()
	time.Sleep(d)
}

func (c *Conn) isCut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cut
}

func (c *Conn) setCut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
}

// before reports whether something of c has to be handled before what was read
// from o. A service's request yields to everything that has reached a broker.
// Between two broker connections the kernel's time of arrival decides, and the
// older connection when that is the same.
func (c *Conn) before(o *Conn) bool {
	arrived := o.Arrived()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.cut || c.done:
		return false
	case c.busy && o.class == BrokerConn:
		return c.stamp.Before(arrived) || c.stamp.Equal(arrived) && c.id < o.id
	case c.busy:
		return true
	default:
		return c.sock.pending()
	}
}

// received is called by sock after one non-blocking receive, under the same lock
// as the receive itself, so that no byte is ever neither in the kernel nor busy here.
func (c *Conn) received(arrived time.Time) {
	c.busy, c.stamp = true, arrived
}

// Track returns a listener whose connections the sequencer orders.
func (s *Sequencer) Track(l net.Listener, class Class) (net.Listener, error) {
	tracked, err := newListener(s, l, class)
	if err != nil {
		return nil, err
	}
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	s.listeners[tracked] = struct{}{}
	return tracked, nil
}

// adopt makes a tracked connection of an accepted one. The caller sees to it
// that the listener counts as pending until then.
func (s *Sequencer) adopt(conn net.Conn, class Class) (*Conn, error) {
	sock, err := newSocket(conn)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	s.nextConn++
	c := &Conn{Conn: conn, seq: s, class: class, id: s.nextConn, sock: sock, cut: s.cut}
	s.conns[c] = struct{}{}
	return c, nil
}

func (s *Sequencer) forget(c *Conn) {
	s.connsMu.Lock()
	delete(s.conns, c)
	s.connsMu.Unlock()
	s.notifySettled()
}
