package console

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// A builtin is a command of the shell's own.
type builtin struct {
	does string
	run  func(ctx context.Context, s *Shell, io brokers.ToolIO, args []string) int
}

// builtins are the shell's own commands. clear and history belong to the terminal,
// which does them itself; in a script they do nothing.
var builtins map[string]builtin

func init() { // help reads the table
	nothing := func(context.Context, *Shell, brokers.ToolIO, []string) int { return 0 }
	builtins = map[string]builtin{
		"help":    {"show this list", help},
		"echo":    {"print its words; -n without a line end, -e with \\n and \\t", echo},
		"cat":     {"print what it reads", cat},
		"sleep":   {"wait for some seconds, 60 at most", sleep},
		"clear":   {"empty this terminal", nothing},
		"history": {"show what was typed", nothing},
	}
}

func help(_ context.Context, s *Shell, io brokers.ToolIO, _ []string) int {
	for _, t := range s.tools {
		fmt.Fprintf(io.Out, "%-24s %s\n", t.Name, t.Does)
	}
	for _, name := range []string{"echo", "cat", "sleep", "history", "clear", "help"} {
		fmt.Fprintf(io.Out, "%-24s %s\n", name, builtins[name].does)
	}
	fmt.Fprint(io.Out, "\nCommands can be joined with | ; && || and read a here-document: <<EOF.\nEach tool explains itself: --help. Tab completes, Ctrl-C interrupts, Ctrl-D ends the input.\n")
	return 0
}

func echo(_ context.Context, _ *Shell, io brokers.ToolIO, args []string) int {
	end := "\n"
	escapes := false
	for len(args) > 0 && (args[0] == "-n" || args[0] == "-e") {
		if args[0] == "-n" {
			end = ""
		} else {
			escapes = true
		}
		args = args[1:]
	}
	text := strings.Join(args, " ")
	if escapes {
		text = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`).Replace(text)
	}
	fmt.Fprint(io.Out, text+end)
	return 0
}

func cat(ctx context.Context, _ *Shell, streams brokers.ToolIO, args []string) int {
	if len(args) > 0 && args[0] != "-" {
		fmt.Fprintf(streams.Err, "cat: %s: there are no files here\n", args[0])
		return 1
	}
	if _, err := io.Copy(streams.Out, streams.In); err != nil && ctx.Err() != nil {
		return brokers.ExitInterrupted
	}
	return 0
}

// maxSleep bounds sleep, in seconds.
const maxSleep = 60

func sleep(ctx context.Context, _ *Shell, io brokers.ToolIO, args []string) int {
	var seconds float64
	var err error
	if len(args) == 1 {
		seconds, err = strconv.ParseFloat(args[0], 64)
	}
	if len(args) != 1 || err != nil || seconds < 0 || seconds > maxSleep {
		fmt.Fprintf(io.Err, "sleep: expected one number of seconds, from 0 to %d\n", maxSleep)
		return 1
	}
	select {
	case <-time.After(time.Duration(seconds * float64(time.Second))):
		return 0
	case <-ctx.Done():
		return brokers.ExitInterrupted
	}
}
