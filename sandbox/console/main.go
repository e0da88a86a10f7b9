package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/sandbox/lockdown/enter"
)

// Role is the lab command's role in which it is a console, and Script the first argument
// that makes it run a script and end. The other arguments are the brokers whose tools
// there are.
const (
	Role   = "console"
	Script = "script"
)

// File is what the lines of a console are kept in, one session after the other: it is
// what a student submits.
const File = "session.txt"

// Main is `brokerlab-lab console` and `brokerlab-lab console script`: a program of a lab
// host that locks itself down. It returns the exit code.
func Main(args []string, tools []brokers.Tool) int {
	script := len(args) > 0 && args[0] == Script
	if script {
		args = args[1:]
	}
	shell := NewShell(slices.DeleteFunc(tools, func(t brokers.Tool) bool { return !slices.Contains(args, t.Broker) }))
	if script {
		input, err := enter.Enter()
		if err != nil {
			fmt.Fprintln(os.Stderr, "brokerlab:", err)
			return enter.Exit
		}
		return shell.script(context.Background(), string(input), brokers.ToolIO{Out: os.Stdout, Err: os.Stdout}, mark)
	}
	receive, err := talk()
	if err != nil {
		fmt.Fprintln(os.Stderr, "brokerlab:", err)
		return enter.Exit
	}
	serve(context.Background(), shell, receive, newOutbox(os.Stdout))
	return 0
}

// script runs the lines of a session. before hears the line of each statement.
func (s *Shell) script(ctx context.Context, text string, io brokers.ToolIO, before func(line int)) int {
	script, err := Parse(text)
	if err != nil {
		var wrong *SyntaxError
		if errors.As(err, &wrong) {
			fmt.Fprintf(io.Err, "%s:%d: %s\n", File, wrong.Line, wrong.What)
		} else {
			fmt.Fprintf(io.Err, "%s: %s\n", File, err)
		}
		return exitSyntax
	}
	s.settle = true
	io.In, io.Terminal = strings.NewReader(""), false
	lines := strings.Split(text, "\n")
	s.Run(ctx, script, io, func(st Statement) {
		fmt.Fprintf(io.Out, "%s%s\n", Ready, lines[min(st.Line, len(lines))-1])
		before(st.Line)
	})
	return 0 // a command that fails is the student's, and what it did not do is judged
}

// serve does what comes until nothing more does.
func serve(ctx context.Context, shell *Shell, receive func() ([]byte, error), out *outbox) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var panes [MaxPanes]*pane
	for i := range panes {
		panes[i] = &pane{number: i, shell: shell, out: out}
	}
	asked := make(chan struct{}, 2) // completions at a time
	for {
		b, err := receive()
		if err != nil {
			return
		}
		var in In
		if json.Unmarshal(b, &in) != nil || in.Check() != nil {
			continue // the host has checked it
		}
		if in.Complete == nil {
			panes[in.Pane].do(ctx, in)
			continue
		}
		asked <- struct{}{}
		go func() {
			defer func() { <-asked }()
			items, back := shell.complete(ctx, *in.Complete)
			out.answer(Out{Pane: in.Pane, Ask: in.Ask, Items: items, Back: back})
		}()
	}
}
