package inhost

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/sandbox/console"
	"github.com/brokerlab/brokerlab/sandbox/host"
)

// New returns the handler of a lab host. The lab command gives it to host.Main.
func New(env *host.Env) host.Handler { return newHandler(onHost{env}) }

// A handler answers the server. Graded runs go one after the other, since they
// use the same ports; the live session has its own lock.
type handler struct {
	machine machine
	ports   *ports
	grading sync.Mutex

	mu   sync.Mutex
	live *live
}

func newHandler(m machine) *handler {
	return &handler{machine: m, ports: newPorts(m)}
}

// Handle answers one request; see trial for what each takes and answers.
func (h *handler) Handle(ctx context.Context, method string, params json.RawMessage, files []*os.File) (any, error) {
	defer func() {
		for _, f := range files {
			_ = f.Close() // a process has its own descriptor by now
		}
	}()
	switch method {
	case trial.MethodGrade:
		var req trial.Request
		if err := read(params, &req, files, 1); err != nil {
			return nil, err
		}
		h.grading.Lock()
		defer h.grading.Unlock()
		return grade(ctx, h.machine, h.ports, req, files[0])
	case trial.MethodOpen:
		var spec trial.Spec
		if err := read(params, &spec, files, 0); err != nil {
			return nil, err
		}
		return nil, h.open(spec)
	case trial.MethodRun:
		var p trial.Program
		if err := read(params, &p, files, 1); err != nil {
			return nil, err
		}
		return nil, h.session(func(l *live) error { return l.start(p, files[0]) })
	case trial.MethodDialled:
		var a trial.Dialled
		if err := json.Unmarshal(params, &a); err != nil {
			return nil, fmt.Errorf("parameters: %w", err)
		}
		return nil, h.ports.dials.answered(a, files)
	case trial.MethodPlay:
		var scene trial.Scene
		if err := read(params, &scene, files, 0); err != nil {
			return nil, err
		}
		return playScene(ctx, scene)
	case trial.MethodConsole:
		return h.console(ctx, params, files)
	case trial.MethodStop:
		return nil, h.session((*live).stop)
	case trial.MethodReset:
		return nil, h.session((*live).reset)
	case trial.MethodFrame:
		var ask trial.FrameID
		if err := read(params, &ask, files, 0); err != nil {
			return nil, err
		}
		var found trial.Framed
		err := h.session(func(l *live) error {
			if f, ok := l.world.journal.Frame(ask.ID); ok {
				found.Frame = &f
			}
			return nil
		})
		return found, err
	case trial.MethodState:
		var update trial.Update
		err := h.session(func(l *live) error {
			update = l.state()
			return nil
		})
		return update, err
	}
	return nil, fmt.Errorf("method %q is not known", method)
}

// read decodes params and counts the files.
func read(params json.RawMessage, into any, files []*os.File, want int) error {
	if len(files) != want {
		return fmt.Errorf("got %d files, want %d", len(files), want)
	}
	if err := json.Unmarshal(params, into); err != nil {
		return fmt.Errorf("parameters: %w", err)
	}
	return nil
}

// console does what somebody did at a terminal of the open session.
func (h *handler) console(ctx context.Context, params json.RawMessage, files []*os.File) (any, error) {
	var in console.In
	if err := read(params, &in, files, 1); err != nil {
		return nil, err
	}
	var answer func(context.Context) (console.Out, error)
	err := h.session(func(l *live) (err error) {
		answer, err = l.console(in, files[0])
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer(ctx)
}

func (h *handler) open(spec trial.Spec) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.live != nil {
		return fmt.Errorf("a session is open already")
	}
	l, err := newLive(h.machine, h.ports, spec)
	if err != nil {
		return err
	}
	h.live = l
	return nil
}

// session calls fn with the open session, alone.
func (h *handler) session(fn func(*live) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.live == nil {
		return fmt.Errorf("no session is open")
	}
	return fn(h.live)
}

// Close ends the live session. Graded runs end with their contexts.
func (h *handler) Close() {
	h.mu.Lock()
	if h.live != nil {
		h.live.close()
	}
	h.mu.Unlock()
	h.grading.Lock()
	defer h.grading.Unlock()
	h.ports.close()
}
