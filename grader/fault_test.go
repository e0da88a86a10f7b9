package grader

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
)

// killing is the real sandbox with an executioner: the first kills calls that
// grade have their host killed while they run.
type killing struct {
	engine
	kills atomic.Int32
}

func (k *killing) Open(ctx context.Context) (lane, error) {
	l, err := k.engine.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &mortal{l.(*sandbox.Host), k}, nil
}

type mortal struct {
	*sandbox.Host
	owner *killing
}

func (m *mortal) Call(ctx context.Context, method string, in, out any, files ...*os.File) error {
	if method != trial.MethodGrade || m.owner.kills.Add(-1) < 0 {
		return m.Host.Call(ctx, method, in, out, files...)
	}
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		_ = syscall.Kill(m.Pid(), syscall.SIGKILL)
	}()
	err := m.Host.Call(ctx, method, in, out, files...)
	if <-killed; err == nil { // the run was faster than its executioner
		err = m.Host.Call(ctx, method, in, out, files...)
	}
	return err
}

// TestKilledHost: the host of a submission is killed. Once, and nobody notices;
// twice at the same run, and it is our fault, with no evidence and no attempt.
func TestKilledHost(t *testing.T) {
	g, lab := real(t)
	k := &killing{engine: g.engine}
	g = newGrader(k, Options{Labs: g.labs})
	k.kills.Store(1)
	ev := submit(t, g, lab, lab.Solution(), 1)
	if !ev.passed() || len(ev.Schedules) != 26 {
		t.Errorf("after one killed host: %+v", ev.Checks)
	}
	k.kills.Store(2)
	ev, err := g.Submit(context.Background(), lab, lab.Solution(), 1, nil)
	var ours *Fault
	if !errors.As(err, &ours) || ev != nil {
		t.Fatalf("after two killed hosts: evidence %v, error %v, want a *Fault", ev, err)
	}
	k.kills.Store(0)
	if ev := submit(t, g, lab, lab.Solution(), 1); !ev.passed() {
		t.Error("the next submission does not pass")
	}
}

// TestKilledHostOfASession: the run says fault, the session says that it is
// done, and the next one works.
func TestKilledHostOfASession(t *testing.T) {
	g, lab := real(t)
	s := open(t, g, lab)
	var got updates
	time.AfterFunc(300*time.Millisecond, func() { _ = syscall.Kill(s.host.(*sandbox.Host).Pid(), syscall.SIGKILL) })
	err := s.Run(context.Background(), lab.Starter(), got.add)
	var ours *Fault
	if !errors.As(err, &ours) || got.last(trial.TypeStatus).Status != trial.Faulted {
		t.Errorf("error %v, last status %+v, want a fault", err, got.last(trial.TypeStatus))
	}
	select {
	case <-s.Done():
	case <-time.After(time.Minute):
		t.Error("the session does not know that its host is gone")
	}
	var next updates
	if err := open(t, g, lab).Run(context.Background(), lab.Solution(), next.add); err != nil {
		t.Errorf("the next session: %v", err)
	}
}

// frozen is an engine whose first host stops answering.
type frozen struct {
	engine
	once sync.Once
}

func (f *frozen) Open(ctx context.Context) (lane, error) {
	l, err := f.engine.Open(ctx)
	if err == nil {
		f.once.Do(func() { err = syscall.Kill(l.(*sandbox.Host).Pid(), syscall.SIGSTOP) })
	}
	return l, err
}

// TestFrozenHost: a host that hangs is given up, and another one does its work.
func TestFrozenHost(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a host that does not answer")
	}
	g, lab := real(t)
	quick := *lab
	quick.Limits.Wall = 5 * time.Second
	g = newGrader(&frozen{engine: g.engine}, Options{Labs: g.labs, Lanes: 2})
	g.hangs = time.Second
	if ev := submit(t, g, &quick, lab.Solution(), 1); !ev.passed() {
		t.Errorf("checks %+v", ev.Checks)
	}
}

// TestCancelledSubmit: the end of the context is not a fault.
func TestCancelledSubmit(t *testing.T) {
	g, lab := real(t)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := g.Submit(ctx, lab, lab.Solution(), 1, func(p Progress) {
		if p.Phase == "sweep" {
			cancel()
		}
	})
	cancel()
	var ours *Fault
	if !errors.Is(err, context.Canceled) || errors.As(err, &ours) {
		t.Errorf("error %v, want context canceled and no fault", err)
	}
}

// broken is an engine whose builder is.
type broken struct{ engine }

func (broken) Build(context.Context, []sandbox.File) (*sandbox.Binary, []sandbox.Diagnostic, error) {
	return nil, nil, errors.New("the builder does not start")
}

func TestBrokenBuilder(t *testing.T) {
	lab := workQueue(t)
	_, err := newGrader(broken{}, Options{}).Submit(context.Background(), lab, lab.Starter(), 1, nil)
	var ours *Fault
	if !errors.As(err, &ours) {
		t.Errorf("error %v, want a *Fault", err)
	}
}

// updates collects what a session emits.
type updates struct {
	mu  sync.Mutex
	all []Update
}

func (u *updates) add(one Update) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all = append(u.all, one)
}

// last returns the newest update of a type; its zero value when there is none.
func (u *updates) last(kind string) Update {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := len(u.all) - 1; i >= 0; i-- {
		if u.all[i].Type == kind {
			return u.all[i]
		}
	}
	return Update{}
}

func (u *updates) output() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	text := ""
	for _, one := range u.all {
		if one.Type == trial.TypeOutput {
			text += one.Text
		}
	}
	return text
}

func open(t testing.TB, g *Grader, lab *labs.Lab) *Session {
	t.Helper()
	s, err := g.Open(context.Background(), lab, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// lossless reports whether v survives JSON; what crosses to the page must.
func lossless(t *testing.T, v any) {
	t.Helper()
	if _, err := json.Marshal(v); err != nil {
		t.Errorf("%T: %v", v, err)
	}
}

// oneLab is an engine below level A: one host at a time.
type oneLab struct {
	engine
	busy atomic.Bool
}

func (o *oneLab) Open(ctx context.Context) (lane, error) {
	if !o.busy.CompareAndSwap(false, true) {
		return nil, sandbox.ErrOneLab
	}
	l, err := o.engine.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &only{l, o}, nil
}

type only struct {
	lane
	owner *oneLab
}

func (l *only) Close() {
	l.lane.Close()
	l.owner.busy.Store(false)
}

// TestSubmitWhereOneLabFits: without isolation the open lab gives way to its own
// submission, and says so.
func TestSubmitWhereOneLabFits(t *testing.T) {
	g, lab := real(t)
	g = newGrader(&oneLab{engine: g.engine}, Options{Labs: g.labs, Lanes: 1})
	s := open(t, g, lab)
	if ev := submit(t, g, lab, lab.Solution(), 1); !ev.passed() {
		t.Errorf("checks %+v", ev.Checks)
	}
	select {
	case <-s.Done():
	case <-time.After(time.Minute):
		t.Error("the session was not told that it gave way")
	}
	open(t, g, lab) // fits again
}
