package link

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Pair makes a link. It gives this end, and the descriptors of the other end,
// which New makes a Conn of; the child has to get them in this order.
func Pair() (*Conn, []*os.File, error) {
	small, err := socketPair(unix.SOCK_SEQPACKET)
	if err != nil {
		return nil, nil, err
	}
	large, err := socketPair(unix.SOCK_STREAM)
	if err != nil {
		CloseFiles(small[:])
		return nil, nil, err
	}
	c, err := New([]*os.File{small[0], large[0]})
	if err != nil {
		CloseFiles(small[:])
		CloseFiles(large[:])
		return nil, nil, err
	}
	return c, []*os.File{small[1], large[1]}, nil
}

// New makes a Conn of one end's descriptors and takes them over.
func New(files []*os.File) (*Conn, error) {
	small, err := newSocket(files[0])
	if err != nil {
		return nil, err
	}
	large, err := unixConn(files[1])
	if err != nil {
		_ = small.Close()
		return nil, err
	}
	return &Conn{small: small, large: large}, nil
}

// socketPair makes two connected unix sockets that no child inherits.
func socketPair(kind int) ([2]*os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return [2]*os.File{}, fmt.Errorf("socket pair: %w", err)
	}
	return [2]*os.File{os.NewFile(uintptr(fds[0]), "link"), os.NewFile(uintptr(fds[1]), "link")}, nil
}

// SocketPair makes two connected sockets that keep message borders: one end as a
// file to pass on, the other to keep.
func SocketPair() (*Socket, *os.File, error) {
	pair, err := socketPair(unix.SOCK_SEQPACKET)
	if err != nil {
		return nil, nil, err
	}
	s, err := NewSocket(pair[0])
	if err != nil {
		CloseFiles(pair[:])
		return nil, nil, err
	}
	return s, pair[1], nil
}

// A Socket carries single small messages with descriptors: the link without its
// byte stream, as the host and its launcher use it.
type Socket struct{ s *socket }

// NewSocket takes over f, one end of a SOCK_SEQPACKET pair.
func NewSocket(f *os.File) (*Socket, error) {
	s, err := newSocket(f)
	if err != nil {
		return nil, err
	}
	return &Socket{s}, nil
}

// Send sends one message of at most MaxSmall bytes. It is safe from any goroutine.
func (s *Socket) Send(b []byte, files ...*os.File) error {
	if len(b) > MaxSmall || len(files) > MaxFiles {
		return fmt.Errorf("send: %w: %d bytes, %d files", ErrTooLarge, len(b), len(files))
	}
	return s.s.send(b, files)
}

// Receive waits for one message. The bytes are good until the next call; the
// files belong to the caller. Only one goroutine may call it.
func (s *Socket) Receive() ([]byte, []*os.File, error) { return s.s.receive() }

// Close ends the connection; the other end reads EOF.
func (s *Socket) Close() error { return s.s.Close() }

// Deadline bounds how long Receive waits.
func (s *Socket) Deadline(t time.Time) {
	_ = s.s.c.SetReadDeadline(t) // only fails on a closed socket, and then so does Receive
}

// WriteDeadline bounds how long Send waits.
func (s *Socket) WriteDeadline(t time.Time) {
	_ = s.s.c.SetWriteDeadline(t) // likewise
}
