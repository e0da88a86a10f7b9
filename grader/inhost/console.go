package inhost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/sandbox/console"
)

// A terminal is the console program of a live session. It is started at the first line
// and goes on until the session is reset, or it meets a limit; then the next line
// starts another.
type terminal struct {
	live *live
	life process
	send func([]byte) error

	mu    sync.Mutex
	rest  []byte // of a line that is not complete
	last  uint64
	asked map[uint64]chan<- console.Out
}

// The limits of a live console: it is not one run but a student's whole session.
const (
	consoleWall   = 24 * time.Hour // the session itself is given up when nobody uses it
	consoleCPU    = 2 * time.Minute
	consoleOutput = 64 << 20 // bytes
)

// errConsoleGone is what waits for an answer that nobody is left to give.
var errConsoleGone = errors.New("the console has ended")

// console does what somebody did at a terminal. What comes of it is emitted; only a
// completion is waited for, by calling answer.
func (l *live) console(in console.In, binary *os.File) (answer func(context.Context) (console.Out, error), err error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	t, err := l.openTerminal(binary)
	if err != nil {
		return nil, err
	}
	var got chan console.Out
	if in.Complete != nil {
		got = make(chan console.Out, 1)
		t.mu.Lock()
		t.last++
		in.Ask = t.last
		t.asked[in.Ask] = got
		t.mu.Unlock()
	}
	b, err := json.Marshal(in)
	if err == nil {
		err = t.send(b)
	}
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return func(ctx context.Context) (console.Out, error) {
		if got == nil {
			return console.Out{}, nil
		}
		select {
		case out := <-got:
			return out, nil
		case <-t.life.Done():
			return console.Out{}, errConsoleGone
		case <-ctx.Done():
			return console.Out{}, ctx.Err()
		}
	}, nil
}

// openTerminal returns the terminal, which it starts if there is none.
func (l *live) openTerminal(binary *os.File) (*terminal, error) {
	if t := l.terminal; t != nil {
		select {
		case <-t.life.Done():
		default:
			return t, nil
		}
	}
	t := &terminal{live: l, asked: make(map[uint64]chan<- console.Out)}
	limits := l.spec.Limits
	limits.Wall, limits.CPU, limits.Output = consoleWall, consoleCPU, consoleOutput
	args := []string{console.Role}
	for _, b := range l.spec.Brokers {
		args = append(args, b.Name)
	}
	life, err := l.machine.Prepare(program{
		Binary: binary, Args: args, Talk: true, Limits: limits, Output: t.take, Trace: func([]traceRecord) {},
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the console: %w", err)
	}
	talker, ok := life.(interface{ Send([]byte) error })
	if !ok {
		life.Kill()
		return nil, errors.New("prepare the console: this machine's programs cannot be talked to")
	}
	t.life, t.send = life, talker.Send
	if err := life.Go(); err != nil {
		return nil, fmt.Errorf("start the console: %w", err)
	}
	l.terminal = t
	go func() {
		<-life.Done()
		l.machine.Emit(trial.Update{Type: trial.TypeConsole, Console: &console.Out{Gone: true}})
	}()
	return t, nil
}

// closeTerminal ends the console, and waits for that.
func (l *live) closeTerminal() {
	if l.terminal != nil {
		l.terminal.life.Kill()
		<-l.terminal.life.Done()
		l.terminal = nil
	}
}

// maxOut bounds one line of what the console says, in bytes.
const maxOut = 256 << 10

// take reads what the console prints: an Out on each line. What it says on stderr is
// its own trouble and not the student's.
func (t *terminal) take(stream string, b []byte) {
	if stream != "stdout" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest = append(t.rest, b...)
	for {
		line, rest, ok := bytes.Cut(t.rest, []byte("\n"))
		if !ok {
			break
		}
		t.out(line)
		t.rest = rest
	}
	t.rest = bytes.Clone(t.rest)
	if len(t.rest) > maxOut {
		t.rest = nil
	}
}

// out hands one Out on; t.mu is held.
func (t *terminal) out(line []byte) {
	var out console.Out
	if json.Unmarshal(line, &out) != nil {
		return
	}
	if out.Ask == 0 {
		t.live.machine.Emit(trial.Update{Type: trial.TypeConsole, Console: &out})
		return
	}
	if got := t.asked[out.Ask]; got != nil {
		delete(t.asked, out.Ask)
		got <- out
	}
}
