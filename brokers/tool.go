package brokers

import (
	"context"
	"io"
)

// A Tool is a command that comes with a broker, as people type it in a terminal:
// kafka-topics, rabbitmqadmin. It speaks the broker's real protocol, and is a function
// and no process, so that a lab's console can run it where no process may be started.
type Tool struct {
	Name   string
	Broker string   // the broker that it comes with
	Does   string   // one line, for a list of commands
	Flags  []string // as they are typed, for completion
	// Run does what args, the words after the name, ask for, and returns the exit code.
	// It ends soon after ctx does.
	Run func(ctx context.Context, io ToolIO, args []string) int
	// Values are what may follow a flag, asked of the broker; nil if nobody knows.
	Values func(ctx context.Context, flag string) []string
	// Words completes a tool that has commands of its own, in place of Flags and Values:
	// it gives what may stand in the place of part, the word that is being typed, behind
	// words, those between it and the name. nil for other tools.
	Words func(ctx context.Context, words []string, part string) []string
}

// ExitInterrupted is the exit code of a tool that was interrupted, as shells have it.
const ExitInterrupted = 130

// ToolIO is what a Tool reads and writes.
type ToolIO struct {
	In       io.Reader // ends, or fails, soon after the tool's context does
	Out, Err io.Writer
	// Terminal says that somebody types what In reads, line by line.
	Terminal bool
	// Settle says that nobody will interrupt the tool: one that would wait for more
	// for ever ends when it has had all there is.
	Settle bool
	// Refused says that the broker has refused somebody what the tool was asked to do.
	// Such an attempt may be what a lab wants to see, unlike a mistake in typing. It may be
	// called several times, and nil.
	Refused func()
}
