// Package link carries messages between the server and a lab host: JSON on a
// socket that keeps message borders and passes descriptors, and bodies too large
// for it on a byte stream beside it.
//
//	link.go        Conn: Send and Receive, in order, from any goroutine
//	pair_linux.go  the sockets, and their descriptors in the child;  socket.go: messages on one
//	pipe.go        the same over two byte streams, for systems without the sockets
//
// Both ends bound what they read, because a lab host may have been taken over by
// the program that it serves.
package link

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

const (
	// MaxSmall is the largest message on the control socket, in bytes. A sequenced
	// packet has to fit the socket's send buffer, which is 208 KiB by default.
	MaxSmall = 32 << 10
	// MaxBody is the largest message at all, in bytes.
	MaxBody = 64 << 20
	// MaxFiles is how many descriptors one message may carry.
	MaxFiles = 8
	// Patience is how long Send waits for an end that does not read.
	Patience = 30 * time.Second
)

// ErrTooLarge is returned for a message of more than MaxBody bytes.
var ErrTooLarge = errors.New("message too large")

// A Message is a request (Method), its answer (the same ID, no Method), the
// withdrawal of a request (Cancel), or an event (no ID).
type Message struct {
	ID     uint64          `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Cancel bool            `json:"cancel,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	Error  *Error          `json:"error,omitempty"`
	// Large says how many bytes of Body follow on the byte stream.
	Large int64 `json:"large,omitempty"`
	// Files names files by path, where descriptors cannot be passed.
	Paths []string `json:"paths,omitempty"`
}

// An Error is what a handler said instead of a result.
type Error struct {
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
}

// packets carries small messages whole, with descriptors.
type packets interface {
	send(b []byte, files []*os.File) error
	receive() ([]byte, []*os.File, error)
	io.Closer
}

// A Conn is one end of a link.
type Conn struct {
	small packets
	large io.ReadWriteCloser
	mu    sync.Mutex // held while sending: a large body follows its head
}

// Send sends one message. Messages arrive in the order of the calls.
func (c *Conn) Send(m Message, files ...*os.File) error {
	if len(files) > MaxFiles {
		return fmt.Errorf("send %q: %d files, want at most %d", m.Method, len(files), MaxFiles)
	}
	body := m.Body
	if len(body) > MaxBody {
		return fmt.Errorf("send %q: %w: %d bytes, want at most %d", m.Method, ErrTooLarge, len(body), MaxBody)
	}
	if len(body) > MaxSmall {
		m.Body, m.Large = nil, int64(len(body))
	}
	head, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("send %q: %w", m.Method, err)
	}
	if len(head) > 2*MaxSmall {
		return fmt.Errorf("send %q: %w: head of %d bytes", m.Method, ErrTooLarge, len(head))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline(time.Now().Add(Patience))
	if err := c.small.send(head, files); err != nil {
		return err
	}
	if m.Large == 0 {
		return nil
	}
	_, err = c.large.Write(body)
	return err
}

// deadline bounds both writes of Send, where the system can.
func (c *Conn) deadline(t time.Time) {
	for _, w := range []any{c.small, c.large} {
		if d, ok := w.(interface{ SetWriteDeadline(time.Time) error }); ok {
			_ = d.SetWriteDeadline(t) // only fails when closed, and then so does the write
		}
	}
}

// Receive waits for one message. Only one goroutine may call it. The files
// belong to the caller.
func (c *Conn) Receive() (Message, []*os.File, error) {
	head, files, err := c.small.receive()
	if err != nil {
		return Message{}, nil, err
	}
	m, err := c.decode(head)
	if err != nil {
		CloseFiles(files)
		return Message{}, nil, err
	}
	return m, files, nil
}

// decode reads a message from its head and, if it says so, the byte stream.
func (c *Conn) decode(head []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(head, &m); err != nil {
		return m, fmt.Errorf("receive: %w", err)
	}
	if m.Large == 0 {
		return m, nil
	}
	if m.Large < 0 || m.Large > MaxBody {
		return m, fmt.Errorf("receive: %w: body of %d bytes", ErrTooLarge, m.Large)
	}
	m.Body = make([]byte, m.Large)
	if _, err := io.ReadFull(c.large, m.Body); err != nil {
		return m, fmt.Errorf("receive: body of %d bytes: %w", m.Large, err)
	}
	return m, nil
}

// Close ends the link; the other end reads EOF.
func (c *Conn) Close() error {
	return errors.Join(c.small.Close(), c.large.Close())
}

// CloseFiles closes descriptors that came with a message.
func CloseFiles(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // read-only, or the other end's business
	}
}
