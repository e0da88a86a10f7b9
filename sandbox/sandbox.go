// Package sandbox runs what students write where it can do no harm: it builds
// their programs, keeps lab hosts ready, and finds out how well this machine can
// keep a program in.
//
// Read it in this order:
//
//	sandbox.go     New, Open, Close
//	level.go       the levels, and finding the best one by doing
//	host.go        Host: one lab host, its calls and its stream;  logged.go: what it says of itself
//	start.go       how a host is started
//	group_linux.go a cgroup around each host, where one can be made
//	pool.go        hosts kept ready
//	compile.go     Check, Build, Complete
//	interpret.go   programs where there is no compiler pack
//	owncheck.go    a lab's own check, interpreted
//	lab.go         the lab command: given, or embedded and unpacked
//	doctor.go      the probe program and its report
//	link/          messages between server and host
//	frame/         messages between a process and its child
//	jail/          namespaces, limits, filters
//	launcher/      the process that starts a host and its programs
//	host/          inside the lab host
//	lockdown/      inside a student's program
//	interp/        the second engine: Go source, interpreted
//	build/         compiler pack, type check, compile and link
//	sandboxtest/   a Sandbox for tests
//
// The server process that uses this package parses nothing that a student's
// program sends: that is the lab host's business.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/brokerlab/brokerlab/sandbox/build"
)

// Options say where things are and how much is kept ready.
type Options struct {
	Lab   string       // path of brokerlab-lab; "" for the embedded one
	Cache string       // folder for the pack, programs and the unpacked lab command
	Level Level        // 0 for BROKERLAB_LEVEL, or else the best that works
	Warm  int          // hosts kept ready; 0 means 2, below 0 none
	Log   *slog.Logger // nil discards
}

const warmDefault = 2

// ErrOneLab is returned by Open below level A, where labs share the computer's
// own ports, while a lab is open.
var ErrOneLab = errors.New("another lab is open, and without isolation only one can be")

// ErrClosed is returned after Close.
var ErrClosed = errors.New("the sandbox is closed")

// A Sandbox starts lab hosts and builds programs. It is safe for many goroutines.
type Sandbox struct {
	opt   Options
	level Level
	lab   string // path of the lab command
	pool  *pool
	tools *tools

	mu   sync.Mutex
	open map[*Host]bool
	shut bool
}

// New finds the level by starting a host, and begins to fill the pool. A level
// that was asked for and does not work is an error.
func New(o Options) (*Sandbox, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Warm == 0 {
		o.Warm = warmDefault
	}
	lab, err := labCommand(o)
	if err != nil {
		return nil, err
	}
	s := &Sandbox{opt: o, lab: lab, open: make(map[*Host]bool)}
	first, err := s.findLevel()
	if err != nil {
		return nil, err
	}
	s.tools = newTools(s)
	s.pool = newPool(max(o.Warm, 0), s.start, o.Log, first)
	return s, nil
}

// Level is how well programs are kept in.
func (s *Sandbox) Level() Level { return s.level }

// Open gives a host of its own, ready at once while the pool has one. Below level
// A it is ErrOneLab while another is open.
func (s *Sandbox) Open(ctx context.Context) (*Host, error) {
	h, err := s.pool.take(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a lab host: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.shut:
		err = ErrClosed
	case s.level != LevelA && len(s.open) > 0:
		err = ErrOneLab
	}
	if err != nil {
		h.Close()
		return nil, err
	}
	s.open[h] = true
	go s.forget(h)
	return h, nil
}

// forget waits for the end of a host.
func (s *Sandbox) forget(h *Host) {
	<-h.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, h)
}

// Close ends all hosts and their programs, and waits for them.
func (s *Sandbox) Close() {
	s.mu.Lock()
	if s.shut {
		s.mu.Unlock()
		return
	}
	s.shut = true
	var hosts []*Host
	for h := range s.open {
		hosts = append(hosts, h)
	}
	s.mu.Unlock()
	s.pool.close()
	for _, h := range hosts {
		h.Close()
	}
	s.tools.close()
}

// What the builder takes and gives is described there.
type (
	// File is one source file of a program.
	File = build.File
	// Diagnostic is one thing that is wrong with it.
	Diagnostic = build.Diagnostic
	// Completion is something that could stand at the cursor.
	Completion = build.Completion
	// Binary is a linked program.
	Binary = build.Binary
)
