package grader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/brokers/containers"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/interp/check"
)

// Version names what this grader concludes from a journal. It is kept with
// every evidence.
const Version = "3"

// DefaultLanes is how many hosts work through a sweep side by side. Runs wait
// for sockets more than they compute, so it is more than two cores need.
const DefaultLanes = 3

// Options of a Grader.
type Options struct {
	Sandbox *sandbox.Sandbox
	Labs    *labs.Set
	Lanes   int // hosts for one sweep; 0 for DefaultLanes
	Log     *slog.Logger

	Backend  string                    // Miniature, which is the default, or Containers
	Images   containers.Images         // of Containers
	Starting func(containers.Progress) // hears of containers that are being started; may be nil
}

// A Grader opens live sessions and grades submissions. Its methods may be
// called from any goroutine.
type Grader struct {
	engine engine
	labs   *labs.Set
	lanes  int
	spare  chan struct{} // taken by lanes that sweeps add
	hangs  time.Duration // hostTime, but in tests
	log    *slog.Logger
	all    *realBrokers // containers, whatever a lab runs on
	real   *realPlace   // where this grader's labs run; nil for miniatures
	live   *sessions
	stage  *stage // where scenes of lessons are played
}

// sessions are the labs that are open, on whatever they run.
type sessions struct {
	mu  sync.Mutex
	set map[*Session]struct{}
}

func (l *sessions) add(s *Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set[s] = struct{}{}
}

func (l *sessions) remove(s *Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.set, s)
}

// evict closes the hosts of all.
func (l *sessions) evict() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.set {
		s.host.Close()
		delete(l.set, s)
	}
}

// New returns a grader on a sandbox.
func New(o Options) *Grader {
	if o.Sandbox.Level() != sandbox.LevelA {
		o.Lanes = 1 // labs share the computer's own ports
	}
	g := newGrader(realEngine{o.Sandbox}, o)
	if o.Sandbox.Level() != sandbox.LevelA {
		g.stage.keep = 0 // only one lab can be open
	}
	return g
}

func newGrader(e engine, o Options) *Grader {
	g := &Grader{engine: e, labs: o.Labs, lanes: o.Lanes, spare: make(chan struct{}, spares), hangs: hostTime, log: o.Log, live: &sessions{set: make(map[*Session]struct{})}, stage: &stage{open: e.Open, keep: playIdle}}
	if g.lanes <= 0 {
		g.lanes = DefaultLanes
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	g.all = newRealBrokers(o)
	return g.On(Place{Backend: o.Backend})
}

// Close removes the containers that were started, and closes the host of scenes.
// Sessions are closed by their owners, and the sandbox by its own.
func (g *Grader) Close() {
	g.stage.close()
	g.all.close()
}

// ErrOneLab is found in the Fault of an Open where only one lab can be open, and
// one is.
var ErrOneLab = sandbox.ErrOneLab

// A Fault is a failure of ours, never of the student's program. It costs no
// attempt.
type Fault struct {
	Doing string // what the grader was doing
	Err   error
}

// Error says what failed while doing what.
func (f *Fault) Error() string { return f.Doing + ": " + f.Err.Error() }

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// fault wraps an error of ours, and leaves the end of a context as it is.
func fault(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var already *Fault
	if errors.As(err, &already) {
		return err
	}
	return &Fault{doing, err}
}

// An engine is what the grader needs of the sandbox.
type engine interface {
	Check(ctx context.Context, files []sandbox.File) ([]sandbox.Diagnostic, error)
	Build(ctx context.Context, files []sandbox.File) (*sandbox.Binary, []sandbox.Diagnostic, error)
	Complete(ctx context.Context, files []sandbox.File, name string, offset int) ([]sandbox.Completion, error)
	Open(ctx context.Context) (lane, error)
	Command() string // path of the lab command
	Interpret(ctx context.Context, files []sandbox.File) (*sandbox.Interpreted, []sandbox.Diagnostic, error)
	RunCheck(ctx context.Context, file, source string, journal []byte) ([]check.Result, error)
}

// A lane is a lab host.
type lane interface {
	Call(ctx context.Context, method string, in, out any, files ...*os.File) error
	Stream(fn func(json.RawMessage))
	Done() <-chan struct{}
	Close()
}

type realEngine struct{ *sandbox.Sandbox }

func (e realEngine) Open(ctx context.Context) (lane, error) {
	h, err := e.Sandbox.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a lab host: %w", err)
	}
	return h, nil
}

// evictTime bounds how long a host takes to give its ports back.
const evictTime = 20 * time.Second

// open opens a host for grading. Where only one lab can be open, live sessions
// give way: their Done is closed, and the student opens the lab again.
func (g *Grader) open(ctx context.Context) (lane, error) {
	l, err := g.engine.Open(ctx)
	for deadline := time.Now().Add(evictTime); errors.Is(err, sandbox.ErrOneLab) && time.Now().Before(deadline); {
		g.live.evict()
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		l, err = g.engine.Open(ctx)
	}
	if err == nil && g.real != nil {
		l.Stream(func(raw json.RawMessage) { g.real.hear(l, raw) })
	}
	return l, err
}

// sources turns a lab's files into the sandbox's.
func sources(files []labs.File) []sandbox.File {
	out := make([]sandbox.File, 0, len(files))
	for _, f := range files {
		if f.Name != labs.AnswersFile {
			out = append(out, sandbox.File{Name: f.Name, Text: f.Text})
		}
	}
	return out
}
