package build

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/frame"
	"github.com/brokerlab/brokerlab/sandbox/jail"
)

// frames bounds one message between a child and its parent: a source of MaxSource escaped
// as JSON, or an answer with maxCompletions items.
const frames frame.Limit = 1 << 20

// A child is a process that plays a role and answers a frame with a frame.
type child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	dir    string // its own folder, removed with it
	stderr tail
	once   sync.Once
}

// startChild starts the lab command in a role.
func startChild(opts Options, role string) (*child, error) {
	dir, err := os.MkdirTemp("", "brokerlab-"+role+"-")
	if err != nil {
		return nil, err
	}
	k := &child{dir: dir}
	if err := k.start(opts, role); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return k, nil
}

func (k *child) start(opts Options, role string) (err error) {
	cmd, err := childCommand(opts, role, k.dir)
	if err != nil {
		return err
	}
	k.cmd = cmd
	cmd.Stderr = &k.stderr
	cmd.WaitDelay = 10 * time.Second
	if k.in, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if k.out, err = cmd.StdoutPipe(); err != nil {
		return err
	}
	return jail.Start(cmd)
}

// exchange sends one message and reads the answer. When that takes longer than
// limit, or ctx ends first, the child is stopped and must not be asked again.
func (k *child) exchange(ctx context.Context, limit time.Duration, ask, into any) error {
	err := k.during(ctx, limit, func() error {
		if err := frames.Write(k.in, ask); err != nil {
			return err
		}
		return frames.Read(k.out, into)
	})
	return err
}

// during runs fn, which talks to the child, and stops the child when fn takes
// longer than limit or when ctx ends; fn then fails.
func (k *child) during(ctx context.Context, limit time.Duration, fn func() error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go k.hurry(ctx, limit, cancel)
	unwatch := context.AfterFunc(ctx, k.stop)
	err := fn()
	if !unwatch() { // the child was stopped, so what it said is not to be trusted
		return context.Cause(ctx)
	}
	if err != nil {
		return k.failed(err)
	}
	return nil
}

// mostPatience is how many times its limit a child may take that does not get to a processor.
const mostPatience = 10

// hurry cancels when limit is over. On a busy machine that says little: a child that had a
// processor for less than half of the time gets as much again, and so on.
func (k *child) hurry(ctx context.Context, limit time.Duration, cancel context.CancelCauseFunc) {
	before := used(k.cmd.Process.Pid)
	for range mostPatience {
		select {
		case <-ctx.Done():
			return
		case <-time.After(limit):
		}
		if now, ok := usedByAll(k.cmd.Process.Pid); !ok || now-before >= limit/2 {
			break
		}
	}
	cancel(fmt.Errorf("%w: more than %v", ErrTooSlow, limit))
}

// failed explains why a child's answer could not be read: it has ended, so what
// it said last is the reason.
func (k *child) failed(err error) error {
	k.kill()
	said := k.stderr.String()
	if saysOutOfMemory(said) {
		return fmt.Errorf("%w: %w", ErrTooBig, err)
	}
	return fmt.Errorf("%w: %w: %s", ErrChild, err, said)
}

// saysOutOfMemory reports whether a Go program said that memory is what it lacked.
func saysOutOfMemory(said string) bool {
	return strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory")
}

// stop kills the process and all that it started.
func (k *child) stop() { killGroup(k.cmd) }

// kill stops the child, waits for its end and removes its folder.
func (k *child) kill() {
	k.once.Do(func() {
		k.stop()
		_ = k.in.Close()
		_ = k.cmd.Wait() // it was killed
		_ = os.RemoveAll(k.dir)
	})
}

// A tail keeps the last two kilobytes that were written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(b []byte) (int, error) {
	const most = 2 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b[max(0, len(b)-most):]...)
	t.kept = t.kept[max(0, len(t.kept)-most):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.kept))
}
