package launcher

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/link"
)

// ErrGone is returned when the launcher has ended.
var ErrGone = errors.New("the launcher is gone")

// A Client is the host's end of its launcher.
type Client struct {
	sock *link.Socket

	mu       sync.Mutex
	last     uint64
	programs map[uint64]*Running
	err      error
}

// A Running program is one that the launcher started.
type Running struct {
	client  *Client
	id      uint64
	started chan error
	used    chan Usage // the newest answer
	exit    chan Exit
}

// Connect takes over f, the descriptor of the launcher's socket.
func Connect(f *os.File) (*Client, error) {
	sock, err := link.NewSocket(f)
	if err != nil {
		return nil, err
	}
	c := &Client{sock: sock, programs: make(map[uint64]*Running)}
	go c.receive()
	return c, nil
}

// Start starts a program and waits until the launcher has done so.
func (c *Client) Start(s Spec) (*Running, error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return nil, c.err
	}
	c.last++
	r := &Running{client: c, id: c.last, started: make(chan error, 1), used: make(chan Usage, 1), exit: make(chan Exit, 1)}
	c.programs[r.id] = r
	c.mu.Unlock()
	b, err := json.Marshal(request{ID: r.id, Name: s.Name, Args: s.Args, Env: s.Env})
	if err == nil {
		err = c.sock.Send(b, s.Binary, s.Stdout, s.Stderr, s.Control, s.Trace)
	}
	if err != nil {
		c.forget(r.id)
		return nil, fmt.Errorf("start %q: %w", s.Name, err)
	}
	if err := <-r.started; err != nil {
		return nil, err
	}
	return r, nil
}

// Signal sends a signal; a program that has ended does not get it.
func (r *Running) Signal(s syscall.Signal) error {
	b, err := json.Marshal(request{ID: r.id, Signal: int(s)})
	if err != nil {
		return err
	}
	return r.client.sock.Send(b)
}

// usageTime is how long the launcher may take to say what a program has used.
const usageTime = 500 * time.Millisecond

// Usage tells what the program has used so far. It reports false when the program has
// ended or the launcher does not answer in time. One goroutine may ask at a time.
func (r *Running) Usage() (Usage, bool) {
	select {
	case <-r.used: // came too late for the last question
	default:
	}
	b, err := json.Marshal(request{ID: r.id, Usage: true})
	if err != nil || r.client.sock.Send(b) != nil {
		return Usage{}, false
	}
	late := time.NewTimer(usageTime)
	defer late.Stop()
	select {
	case used := <-r.used:
		return used, true
	case <-late.C:
		return Usage{}, false
	}
}

// Exit gives the program's end, once. If the launcher ends first the program
// does too, and its Exit has SIGKILL.
func (r *Running) Exit() <-chan Exit { return r.exit }

func (c *Client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.programs, id)
}

// receive hands out notices until the launcher is gone.
func (c *Client) receive() {
	for {
		b, files, err := c.sock.Receive()
		link.CloseFiles(files) // none are expected
		var n notice
		if err == nil {
			err = json.Unmarshal(b, &n)
		}
		if err != nil {
			c.fail(fmt.Errorf("%w: %w", ErrGone, err))
			return
		}
		c.deliver(n)
	}
}

func (c *Client) deliver(n notice) {
	c.mu.Lock()
	r := c.programs[n.ID]
	if r != nil && !n.Started && !n.Usage {
		delete(c.programs, n.ID)
	}
	c.mu.Unlock()
	switch {
	case r == nil:
	case n.Started:
		r.started <- nil
	case n.Usage:
		select {
		case r.used <- Usage{CPU: n.CPU, Runs: n.Runs}:
		default: // nobody waited for the one before
		}
	case n.Error != "":
		r.started <- errors.New(n.Error)
	default:
		r.exit <- Exit{Code: n.Code, Signal: syscall.Signal(n.Signal), CPU: n.CPU, MaxRSS: n.MaxRSS}
	}
}

// fail ends everything that waits.
func (c *Client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	for id, r := range c.programs {
		delete(c.programs, id)
		select {
		case r.started <- err:
		default:
		}
		r.exit <- Exit{Code: -1, Signal: syscall.SIGKILL}
	}
}

// Close ends the connection, and with it the launcher and all programs.
func (c *Client) Close() error { return c.sock.Close() }
