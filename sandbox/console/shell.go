package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/brokerlab/brokerlab/brokers"
)

// A Shell knows the commands.
type Shell struct {
	tools  []brokers.Tool // by name
	settle bool
}

// NewShell returns a shell with these tools and its own commands.
func NewShell(tools []brokers.Tool) *Shell {
	s := &Shell{tools: slices.Clone(tools)}
	slices.SortFunc(s.tools, func(a, b brokers.Tool) int { return strings.Compare(a.Name, b.Name) })
	return s
}

// Codes of what could not be run, as shells have them.
const (
	exitNotFound = 127
	exitSyntax   = 2
)

// tool is the one of a name, which may end in .sh or have a folder before it.
func (s *Shell) tool(name string) (brokers.Tool, bool) {
	name = strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".sh")
	i, ok := slices.BinarySearchFunc(s.tools, name, func(t brokers.Tool, name string) int { return strings.Compare(t.Name, name) })
	if !ok {
		return brokers.Tool{}, false
	}
	return s.tools[i], true
}

// Uses reports whether a statement calls one of the tools.
func (s *Shell) Uses(st Statement) bool {
	return slices.ContainsFunc(st.Stages, func(stage Stage) bool {
		_, ok := s.tool(stage.Words[0])
		return ok
	})
}

// maxOutput is how much one statement may print, in bytes.
const maxOutput = 256 << 10

// errTooMuch ends a statement that prints more.
var errTooMuch = errors.New("the output is too long")

// Run runs statements one after the other, until ctx ends, and returns the exit code
// of the last. In is what their first stages read where nothing else is given.
func (s *Shell) Run(ctx context.Context, script []Statement, in brokers.ToolIO, each func(Statement)) int {
	code := 0
	for _, st := range script {
		if st.After == "&&" && code != 0 || st.After == "||" && code == 0 {
			continue
		}
		if ctx.Err() != nil {
			return brokers.ExitInterrupted
		}
		if each != nil {
			each(st)
		}
		code = s.statement(ctx, st, in)
	}
	return code
}

// statement runs the stages of one statement side by side, and returns the code of the
// last.
func (s *Shell) statement(ctx context.Context, st Statement, outer brokers.ToolIO) int {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	limit := &limited{left: maxOutput, over: func() { cancel(errTooMuch) }}
	outer.Out, outer.Err = limit.to(outer.Out), limit.to(outer.Err)
	var running sync.WaitGroup
	in, terminal := outer.In, outer.Terminal
	code := 0
	for i, stage := range st.Stages {
		own := brokers.ToolIO{In: in, Out: outer.Out, Err: outer.Err, Terminal: terminal, Settle: s.settle, Refused: outer.Refused}
		if stage.Here != nil {
			own.In, own.Terminal = strings.NewReader(*stage.Here), false
		}
		last := i == len(st.Stages)-1
		var next *pipe
		if !last {
			next = newPipe(ctx)
			own.Out, in, terminal = next, next, false
		}
		readsPipe, _ := own.In.(*pipe)
		stageCtx, stop := context.WithCancel(ctx)
		if next != nil {
			next.broken = stop // nobody reads any more: as SIGPIPE
		}
		running.Go(func() {
			defer stop()
			got := s.stage(stageCtx, stage.Words, own)
			if next != nil {
				next.closeWrite()
			}
			if readsPipe != nil {
				readsPipe.closeRead()
			}
			if last {
				code = got
			}
		})
	}
	running.Wait()
	if errors.Is(context.Cause(ctx), errTooMuch) {
		fmt.Fprintf(limit.notice, "\n[stopped: a command may print %d KiB]\n", maxOutput>>10)
		return 1
	}
	return code
}

// stage runs one command.
func (s *Shell) stage(ctx context.Context, words []string, io brokers.ToolIO) int {
	if own, ok := builtins[words[0]]; ok {
		return own.run(ctx, s, io, words[1:])
	}
	t, ok := s.tool(words[0])
	if !ok {
		fmt.Fprintf(io.Err, "%s: command not found\n", words[0])
		return exitNotFound
	}
	return t.Run(ctx, io, words[1:])
}

// limited bounds what a statement prints.
type limited struct {
	mu     sync.Mutex
	left   int
	over   func()
	notice io.Writer
}

func (l *limited) to(w io.Writer) io.Writer {
	l.notice = w
	return writerFunc(func(b []byte) (int, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.left < 0 {
			return 0, errTooMuch
		}
		fits := b[:min(len(b), l.left)]
		if l.left -= len(b); l.left < 0 {
			l.over()
		}
		if _, err := w.Write(fits); err != nil {
			return 0, err
		}
		return len(b), nil
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
