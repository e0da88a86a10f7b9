package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/brokerlab/brokerlab/sandbox/host"
	"github.com/brokerlab/brokerlab/sandbox/link"
)

// ErrHostGone is returned by the calls of a host that has ended, whoever ended it.
// It is a fault of ours, never the student's.
var ErrHostGone = errors.New("the lab host is gone")

// A RemoteError is what the host's handler said instead of a result.
type RemoteError struct {
	Method  string
	Code    string // "port-busy", or what the handler's errors say by a method Code
	Message string
}

func (e *RemoteError) Error() string { return e.Method + ": " + e.Message }

// A Host is one lab host: a process with a loopback of its own, which holds a
// lab's miniatures and runs its programs.
type Host struct {
	conn  *link.Conn
	proc  process
	ready chan struct{} // closed when the host has locked itself down
	hello sync.Once     // guards ready
	done  chan struct{}

	mu     sync.Mutex
	last   uint64
	calls  map[uint64]chan<- link.Message
	stream func(json.RawMessage)
	early  []json.RawMessage // events that came before Stream was called
	err    error
}

// process is the launcher, as far as the server has to do with it.
type process interface {
	kill()
	wait() error // until the launcher, and so the host and its programs, are gone
	pid() int    // of the host itself
}

// maxEarly bounds the events that are kept until Stream is called.
const maxEarly = 1024

func newHost(conn *link.Conn, proc process) *Host {
	h := &Host{conn: conn, proc: proc, ready: make(chan struct{}), done: make(chan struct{}),
		calls: make(map[uint64]chan<- link.Message)}
	go h.receive()
	return h
}

// Call asks the host's handler to do method, and decodes its result into out
// unless that is nil. files are passed on, and stay the caller's. The error is a
// *RemoteError when the handler said no, ErrHostGone when there is no host any
// more, or ctx's; then the handler's own ctx ends too.
func (h *Host) Call(ctx context.Context, method string, in, out any, files ...*os.File) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("call %q: %w", method, err)
	}
	id, answer, err := h.begin()
	if err != nil {
		return fmt.Errorf("call %q: %w", method, err)
	}
	defer h.end(id)
	if err := h.send(link.Message{ID: id, Method: method, Body: body}, files); err != nil {
		return fmt.Errorf("call %q: %w", method, err)
	}
	select {
	case m := <-answer:
		return decode(method, m, out)
	case <-ctx.Done():
		_ = h.conn.Send(link.Message{ID: id, Cancel: true}) // a host that is gone has stopped anyway
		return ctx.Err()
	case <-h.done:
		return fmt.Errorf("call %q: %w", method, ErrHostGone)
	}
}

// begin makes room for an answer.
func (h *Host) begin() (uint64, <-chan link.Message, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return 0, nil, h.err
	}
	answer := make(chan link.Message, 1)
	h.last++
	h.calls[h.last] = answer
	return h.last, answer, nil
}

func (h *Host) end(id uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.calls, id)
}

func (h *Host) send(m link.Message, files []*os.File) error {
	err := sendFiles(h.conn, m, files)
	if err != nil && !errors.Is(err, link.ErrTooLarge) {
		_ = h.conn.Close() // a host that does not read is of no use
		return fmt.Errorf("%w: %w", ErrHostGone, err)
	}
	return err
}

func decode(method string, m link.Message, out any) error {
	if m.Error != nil {
		return &RemoteError{Method: method, Code: m.Error.Code, Message: m.Error.Message}
	}
	if out == nil || len(m.Body) == 0 {
		return nil
	}
	if err := json.Unmarshal(m.Body, out); err != nil {
		return fmt.Errorf("call %q: answer: %w", method, err)
	}
	return nil
}

// Stream sets who hears of the handler's events. fn is called in order, and before
// the answers that the handler gave later; it must not call the host.
func (h *Host) Stream(fn func(json.RawMessage)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.early {
		fn(e)
	}
	h.early, h.stream = nil, fn
}

// receive hands out answers and events until the host is gone.
func (h *Host) receive() {
	var err error
	for {
		var m link.Message
		var files []*os.File
		if m, files, err = h.conn.Receive(); err != nil {
			break
		}
		link.CloseFiles(files) // a host has none to give
		h.deliver(m)
	}
	h.fail(err)
}

func (h *Host) deliver(m link.Message) {
	if m.Method == host.Hello {
		h.hello.Do(func() { close(h.ready) }) // a host that was taken over may say it again
		return
	}
	if m.Cancel || m.Method != "" {
		return // a host asks for nothing
	}
	h.mu.Lock()
	answer, stream := h.calls[m.ID], h.stream
	delete(h.calls, m.ID)
	if m.ID == 0 && stream == nil && len(h.early) < maxEarly {
		h.early = append(h.early, m.Body)
	}
	h.mu.Unlock()
	switch {
	case m.ID == 0 && stream != nil:
		stream(m.Body)
	case answer != nil:
		answer <- m
	}
}

// fail ends the host for all who wait.
func (h *Host) fail(err error) {
	h.mu.Lock()
	h.err = fmt.Errorf("%w: %w", ErrHostGone, err)
	h.mu.Unlock()
	_ = h.conn.Close() // the host may live on without reading; then it ends by this
	h.proc.kill()
	if err := h.proc.wait(); err != nil {
		h.mu.Lock()
		h.err = fmt.Errorf("%w (%w)", h.err, err)
		h.mu.Unlock()
	}
	close(h.done)
}

// Done is closed when the host, its launcher and its programs are gone.
func (h *Host) Done() <-chan struct{} { return h.done }

// Err says why the host ended, nil while it runs.
func (h *Host) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// Pid is the host's process id as this process sees it.
func (h *Host) Pid() int { return h.proc.pid() }

// Close ends the host and its programs, and waits for that.
func (h *Host) Close() {
	_ = h.conn.Close() // receive notices and does the rest
	<-h.done
}
