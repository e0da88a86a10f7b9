//go:build !linux

package brokers

import (
	"net"
	"sync/atomic"
	"time"
)

// A socket outside Linux is not asked what it holds: there the order of two
// sockets is as good as the scheduler makes it, and the sandbox's level C,
// which is what such a system has, says so.
type socket struct{ conn net.Conn }

func newSocket(conn net.Conn) (socket, error) { return socket{conn}, nil }

func (s socket) read(c *Conn, p []byte) (int, error) {
	if c.isCut() {
		return 0, ErrCut
	}
	n, err := s.conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.received(time.Now())
	return n, err
}

func (s socket) pending() bool { return false }

type listener struct {
	net.Listener
	seq    *Sequencer
	class  Class
	closed atomic.Bool
}

func newListener(s *Sequencer, l net.Listener, class Class) (*listener, error) {
	return &listener{Listener: l, seq: s, class: class}, nil
}

// Accept waits for a connection and has the sequencer track it.
func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.seq.adopt(conn, l.class)
}

// Close stops listening.
func (l *listener) Close() error {
	if l.closed.Swap(true) {
		return nil
	}
	l.seq.connsMu.Lock()
	delete(l.seq.listeners, l)
	l.seq.connsMu.Unlock()
	return l.Listener.Close()
}

func (l *listener) pending() bool { return false }

// tryWrite takes nothing: who writes has to wait.
func (socket) tryWrite([]byte) (int, error) { return 0, nil }
