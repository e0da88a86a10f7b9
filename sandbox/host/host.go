// Package host is the lab host: the process that holds a lab's miniatures and
// starts its programs. It trusts its own code and no byte that a program sends.
// It is locked down before it is told anything, so that whoever takes it over has
// the lab's loopback and nothing else.
//
//	host.go          Main, Env: what a handler may do
//	serve.go         requests of the server, each in a goroutine of its own
//	queue.go         answers and events on their way out, bounded
//	process.go       Program, Process: prepare, go, quit, kill, wait
//	output.go        a program's stdout, stderr and trace, bounded
//	exit.go          Exit: which limit ended a program;  errno_*.go: which error of the system
//	waiting.go       where a program waited, from its goroutine dump
//	panic.go         with what words the Go runtime ended it, and where
//	lock_linux.go    levels A and B: the host's own lock-down, and its launcher
//	start_linux.go   the descriptors that a program is started with
//	probe.go         what a program must not be able to do, tried by the doctor
//	level_c_*.go     level C: programs as plain children
//
// What a lab does is not here: Main is given a Handler.
package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"sync"

	"github.com/brokerlab/brokerlab/sandbox/jail"
	"github.com/brokerlab/brokerlab/sandbox/link"
)

// A Handler answers the server's requests. Handle is called from many goroutines;
// its ctx ends when the server withdraws the request. It owns files. Close is
// called when the server is gone.
type Handler interface {
	Handle(ctx context.Context, method string, params json.RawMessage, files []*os.File) (any, error)
	Close()
}

// Main runs the lab host until the server closes its link, and ends the process.
// It is started as brokerlab-lab host LEVEL.
func Main(newHandler func(*Env) Handler) {
	if err := run(os.Args[2:], newHandler); err != nil {
		slog.Error("lab host", "err", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(args []string, newHandler func(*Env) Handler) error {
	if len(args) != 1 {
		return fmt.Errorf("got %d arguments, want the level", len(args))
	}
	level, err := jail.ParseLevel(args[0])
	if err != nil {
		return err
	}
	conn, start, err := begin(level)
	if err != nil {
		return err
	}
	e := newEnv(level, conn, start)
	go e.out.run()
	h := newHandler(e)
	defer h.Close()
	e.out.push(link.Message{Method: Hello})
	return e.serve(h)
}

// Hello is the method of the first message: the host is locked down and ready.
const Hello = "hello"

// Env is what a handler has of the world.
type Env struct {
	level jail.Level
	conn  *link.Conn
	start starter
	out   *queue

	mu    sync.Mutex
	ports []int // that this host listens on
}

func newEnv(level jail.Level, conn *link.Conn, start starter) *Env {
	return &Env{level: level, conn: conn, start: start, out: newQueue(conn)}
}

// A PortError says that a port of the lab is taken. It can only happen below
// level A, where labs share the computer's own loopback.
type PortError struct{ Port int }

func (e *PortError) Error() string {
	return fmt.Sprintf("port %d is in use by another program on this computer", e.Port)
}

// Code names the error for the server's table.
func (e *PortError) Code() string { return "port-busy" }

// Listen listens on 127.0.0.1. Programs that are prepared from now on may connect
// to the port. The error is a *PortError if it is taken.
func (e *Env) Listen(port int) (net.Listener, error) {
	var lc net.ListenConfig
	lc.SetMultipathTCP(false) // our own filter refuses it
	l, err := lc.Listen(context.Background(), "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, errAddrInUse) {
		return nil, &PortError{port}
	}
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	e.permit(port)
	return l, nil
}

// permit lets programs that are prepared from now on connect to a port.
func (e *Env) permit(port int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ports = append(e.ports, port)
}

// Level tells how well programs are kept in.
func (e *Env) Level() jail.Level { return e.level }

// Emit sends v, as JSON, to the server's Host.Stream. Values arrive in order, and
// before the answers that are given after them. When the server reads too slowly
// Emit waits for at most a second and then drops v.
func (e *Env) Emit(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		slog.Error("emit", "err", err)
		return
	}
	e.out.push(link.Message{Body: b})
}

// allowed copies the ports that programs may connect to.
func (e *Env) allowed() []int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]int(nil), e.ports...)
}
