// Command brokerlab is a course on message brokers with labs that run.
//
// Without a command it serves the course to one student on this machine. Read
// it in this order:
//
//	main.go    the commands, their help and their exit codes
//	paths.go   where data and the cache are, and the programs that people name
//	local.go   the course in the browser;  lock_unix.go: one server for a data folder
//	parts.go   labs, course, sandbox and grader put together
//	broker.go  one miniature broker on its own;  cluster.go: the faults typed at it (tty_unix.go: in
//	           the background of a terminal, too)
//	labs.go    lab list, run, grade, verify, lint;  show.go: what a run and a verdict print
//	lint.go    what lint finds;  scenes.go, goblocks.go: by playing scenes and checking Go
//	replay.go  a graded run as a page of its own
//	conform.go verdicts on miniatures beside those on real brokers
//	doctor.go  doctor, pack, version
//
// There is no logic here: each command wires what the other folders do.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set when the command is built.
var version = "dev"

// What a command's exit says.
const (
	exitPass  = 0
	exitFail  = 1 // the program, the lab or the check failed
	exitUsage = 2 // the command was asked for something it does not know
	exitFault = 3 // our fault
)

const description = `brokerlab teaches message brokers by letting you use them.

Without a command it serves the course at http://127.0.0.1:7070 and opens your browser.
Exit codes: 0 pass, 1 fail, 2 usage, 3 our fault.`

// commands is the command line as kong reads it.
type commands struct {
	Local  localCmd  `cmd:"" default:"withargs" help:"Serve the course to one student on this machine (the default)."`
	Broker brokerCmd `cmd:"" help:"Run one miniature broker, for any client to use."`
	Lab    struct {
		List labListCmd `cmd:"" help:"List the labs."`
	} `cmd:"" help:"What labs there are."`
	Run     runCmd     `cmd:"" help:"Run a program in a lab and print what it prints and what the broker saw."`
	Grade   gradeCmd   `cmd:"" help:"Grade a program: run it under every fault of its lab. Nothing is stored."`
	Replay  replayCmd  `cmd:"" help:"Make a page of a graded run that can be gone through event by event, without a server."`
	Verify  verifyCmd  `cmd:"" help:"Prove labs: starters fail, solutions pass, wrong attempts are caught."`
	Conform conformCmd `cmd:"" help:"Compare verdicts on the miniatures with those on real brokers in containers."`
	Lint    lintCmd    `cmd:"" help:"Check a folder of lessons and labs, as --content takes it."`
	Doctor  doctorCmd  `cmd:"" help:"Find out what this machine can do, by trying."`
	Pack    packCmd    `cmd:"" help:"Prepare the compiler pack from the Go toolchain on PATH."`
	Version versionCmd `cmd:"" help:"Print the version."`

	Number kong.VersionFlag `name:"version" help:"Print the version."`

	Cache string `help:"Folder for the compiler pack and built programs (default: the user's cache folder)." type:"path" env:"BROKERLAB_CACHE" placeholder:"DIR"`
	Lang  string `help:"Language of messages: en or ru (default: from the environment, then English)." enum:"en,ru," default:"" placeholder:"LANG"`
}

// A console is what a command may read and write.
type console struct {
	in       io.Reader
	out, err io.Writer
	root     *commands
}

// An exit is an error with the code to leave with.
type exit struct {
	code int
	err  error // nil: everything has been said already
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &exit{exitUsage, fmt.Errorf(format, args...)}
}

func fault(err error) error {
	if err == nil {
		return nil
	}
	return &exit{exitFault, err}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole command; it returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	if len(args) > 0 && args[0] == "help" { // as other tools have it
		args = append(slices.Clone(args[1:]), "--help")
	}
	var root commands
	left := -1
	parser, err := kong.New(&root,
		kong.Name("brokerlab"), kong.Description(description), kong.Writers(out, errs),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"version": "brokerlab " + version},
		kong.Exit(func(code int) { left = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&console{in, out, errs, &root}),
	)
	if err != nil {
		fmt.Fprintln(errs, "brokerlab:", err)
		return exitFault
	}
	parsed, err := parser.Parse(args)
	if left >= 0 { // --help said it all
		return left
	}
	if err != nil {
		fmt.Fprintf(errs, "brokerlab: %v\nbrokerlab --help lists what there is.\n", err)
		return exitUsage
	}
	return code(parsed.Run(), errs)
}

// code says what went wrong and returns what to exit with. An error that no
// command put a code on is ours.
func code(err error, errs io.Writer) int {
	if err == nil {
		return exitPass
	}
	var e *exit
	if !errors.As(err, &e) {
		e = &exit{exitFault, err}
	}
	if e.err != nil {
		fmt.Fprintln(errs, "brokerlab:", e.err)
	}
	return e.code
}
