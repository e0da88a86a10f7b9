package brokers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A socket is the kernel's side of a Conn.
type socket struct {
	raw syscall.RawConn
	in  *receipt
}

// A receipt is one receive under way. There is one at a time, so a connection makes one
// for all.
type receipt struct {
	of      *Conn
	into    []byte
	n       int
	err     error
	control [controlSize]byte // where the kernel puts arrival times
	attempt func(fd uintptr) (done bool)
}

// newSocket asks the kernel to note when bytes arrive on conn.
func newSocket(conn net.Conn) (socket, error) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return socket{}, fmt.Errorf("track a %T: want a TCP connection", conn)
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return socket{}, fmt.Errorf("track a connection: %w", err)
	}
	in := &receipt{}
	in.attempt = in.try
	return socket{raw, in}, stampArrivals(raw)
}

func stampArrivals(raw syscall.RawConn) error {
	var err error
	if cerr := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	}); cerr != nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("ask for arrival times: %w", err)
	}
	return nil
}

// stampsFlow returns when the kernel does attach arrival times: it begins some time after
// the first socket has asked for them, and stops with the last one that has, so ours stays
// open. What arrives earlier would be taken to arrive when it is read.
var stampsFlow = sync.OnceValue(func() (kept [2]net.Conn) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return kept // who listens elsewhere may do without
	}
	defer func() { _ = l.Close() }()
	in, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		return kept
	}
	out, err := l.Accept()
	if err != nil {
		return kept
	}
	raw, err := out.(*net.TCPConn).SyscallConn()
	if err != nil || stampArrivals(raw) != nil {
		return kept
	}
	kept = [2]net.Conn{in, out}
	for range 1000 {
		if _, err := in.Write([]byte{0}); err != nil {
			return kept
		}
		stamped := false
		_ = raw.Read(func(fd uintptr) bool {
			var b [1]byte
			var control [controlSize]byte
			_, size, _, _, err := unix.Recvmsg(int(fd), b[:], control[:], 0)
			stamped = size > 0
			return err != unix.EAGAIN //nolint:errorlint // the kernel's own number
		})
		if stamped {
			return kept
		}
		time.Sleep(time.Millisecond)
	}
	return kept
})

// read receives into p.
func (s socket) read(c *Conn, p []byte) (int, error) {
	r := s.in
	r.of, r.into, r.n, r.err = c, p, 0, nil
	err := s.raw.Read(r.attempt)
	r.into = nil
	switch {
	case r.err == nil && err != nil:
		return 0, err
	case r.err != nil:
		return 0, fmt.Errorf("receive: %w", r.err)
	case r.n == 0:
		return 0, io.EOF
	}
	return r.n, nil
}

// try receives what there is. The receive and the note that the connection is busy are
// one step under its lock.
func (r *receipt) try(fd uintptr) (done bool) {
	c := r.of
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		r.err = ErrCut
		return true
	}
	n, controlLen, _, _, err := unix.Recvmsg(int(fd), r.into, r.control[:], 0)
	if err == unix.EAGAIN { //nolint:errorlint // the kernel's own number
		return false
	}
	r.n, r.err = n, err
	c.received(arrival(r.control[:max(controlLen, 0)]))
	return true
}

// tryWrite sends what fits into the kernel's buffer.
func (s socket) tryWrite(p []byte) (n int, err error) {
	rerr := s.raw.Write(func(fd uintptr) bool {
		n, err = unix.Write(int(fd), p)
		return true
	})
	switch {
	case rerr != nil:
		return 0, rerr
	case errors.Is(err, unix.EAGAIN):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("send: %w", err)
	}
	return n, nil
}

// pending reports whether bytes, or the end of the stream, wait to be read. An
// error counts as pending: the reader will meet it.
func (s socket) pending() bool {
	waits := true
	_ = s.raw.Control(func(fd uintptr) {
		var one [1]byte
		_, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		waits = !errors.Is(err, unix.EAGAIN)
	})
	return waits
}

// timespecSize is the size of what SO_TIMESTAMPNS attaches.
const timespecSize = 16

// controlSize holds one arrival time with its header.
const controlSize = 64

// arrival returns the time that the kernel attached, or now when it did not. That is the
// only message asked for, so the first is it.
func arrival(control []byte) time.Time {
	if len(control) < unix.CmsgLen(timespecSize) {
		return time.Now() // the end of the stream has none
	}
	h, data, _, err := unix.ParseOneSocketControlMessage(control)
	if err != nil || h.Level != unix.SOL_SOCKET || h.Type != unix.SCM_TIMESTAMPNS || len(data) < timespecSize {
		return time.Now()
	}
	return time.Unix(int64(binary.NativeEndian.Uint64(data)), int64(binary.NativeEndian.Uint64(data[8:])))
}

// A listener accepts tracked connections. Between the kernel giving up a
// connection and the sequencer knowing it, it counts as pending.
type listener struct {
	net.Listener
	seq   *Sequencer
	class Class
	file  *os.File // a second descriptor of the socket: net's own cannot wait and accept in two steps
	raw   syscall.RawConn

	mu        sync.Mutex
	accepting bool
	closed    bool
}

func newListener(s *Sequencer, l net.Listener, class Class) (*listener, error) {
	filer, ok := l.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, fmt.Errorf("track a %T: want a TCP listener", l)
	}
	file, err := filer.File()
	if err != nil {
		return nil, fmt.Errorf("track %s: %w", l.Addr(), err)
	}
	raw, err := file.SyscallConn()
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("track %s: %w", l.Addr(), err)
	}
	if err := stampArrivals(raw); err != nil { // inherited by what is accepted
		_ = file.Close()
		return nil, err
	}
	_ = stampsFlow()
	return &listener{Listener: l, seq: s, class: class, file: file, raw: raw}, nil
}

// Accept waits for a connection and has the sequencer track it.
func (l *listener) Accept() (net.Conn, error) {
	var fd int
	var err error
	rerr := l.raw.Read(func(listening uintptr) bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		fd, _, err = unix.Accept4(int(listening), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ECONNABORTED) {
			return false
		}
		l.accepting = err == nil
		return true
	})
	if rerr != nil {
		return nil, net.ErrClosed
	}
	if err != nil {
		return nil, fmt.Errorf("accept on %s: %w", l.Addr(), err)
	}
	defer l.accepted()
	file := os.NewFile(uintptr(fd), "accepted")
	conn, err := net.FileConn(file)
	_ = file.Close()
	if err != nil {
		return nil, fmt.Errorf("accept on %s: %w", l.Addr(), err)
	}
	return l.seq.adopt(conn, l.class)
}

func (l *listener) accepted() {
	l.mu.Lock()
	l.accepting = false
	l.mu.Unlock()
	l.seq.notifySettled()
}

// Close stops listening.
func (l *listener) Close() error {
	l.mu.Lock()
	closed := l.closed
	l.closed = true
	l.mu.Unlock()
	if closed {
		return nil
	}
	l.seq.connsMu.Lock()
	delete(l.seq.listeners, l)
	l.seq.connsMu.Unlock()
	return errors.Join(l.file.Close(), l.Listener.Close())
}

// pending reports whether a connection waits to be accepted or tracked.
func (l *listener) pending() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.accepting {
		return true
	}
	waits := false
	_ = l.raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, 0)
		waits = n > 0 && err == nil
	})
	return waits
}
