package interp

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/sandbox/interp/bundle"
	"github.com/brokerlab/brokerlab/sandbox/interp/check"
)

// Exit codes of a child. A student's program gives its own.
const (
	exitPanic = 2  // as a Go program that panics
	exitFault = 90 // ours
)

// Main is `brokerlab-lab interp`: it reads one request from stdin, locks this
// process down, interprets, and reports on descriptor 3. It returns the exit code.
// There is one process for each program, since the interpreter can stop neither a
// loop nor a goroutine that panics.
func Main() int {
	out := os.NewFile(reportFD, "report")
	var req request
	if err := frames.Read(os.Stdin, &req); err != nil {
		return fault(out, fmt.Errorf("read the request: %w", err))
	}
	if err := req.Limits.valid(); err != nil {
		return fault(out, err)
	}
	if err := lock(req); err != nil {
		return fault(out, fmt.Errorf("lock down: %w", err))
	}
	if req.Mode == modeCheck {
		return runCheck(out, req)
	}
	return runLint(out, req)
}

// fault reports what is wrong with us, not with the source.
func fault(out io.Writer, err error) int {
	if werr := frames.Write(out, report{State: stateFault, Message: err.Error()}); werr != nil {
		fmt.Fprintln(os.Stderr, "brokerlab-lab interp:", err)
	}
	return exitFault
}

// runLint reads a student's program up to where it could be run.
func runLint(out *os.File, req request) int {
	imp, err := bundle.New()
	if err != nil {
		return fault(out, err)
	}
	_, found, err := prepare(req.Files, imp, modeRun)
	switch {
	case err != nil:
		return fault(out, err)
	case len(found) > 0:
		return say(out, report{State: stateRefused, Found: found}, 0)
	}
	return say(out, report{State: stateDone}, 0)
}

// say writes the last report and gives the exit code.
func say(out io.Writer, r report, code int) int {
	if err := frames.Write(out, r); err != nil {
		fmt.Fprintln(os.Stderr, "brokerlab-lab interp:", err)
		return exitFault
	}
	return code
}

// runCheck interprets a lab's check.go over a journal.
func runCheck(out *os.File, req request) int {
	if err := check.Begin(req.Journal); err != nil {
		return fault(out, err)
	}
	imp, err := bundle.New()
	if err != nil {
		return fault(out, err)
	}
	run, found, err := prepare(req.Files, imp, modeCheck)
	if err != nil {
		return fault(out, err)
	}
	if len(found) > 0 {
		return say(out, report{State: stateRefused, Found: found}, 0)
	}
	if code := say(out, report{State: stateStarted}, 0); code != 0 {
		return code
	}
	watch(req.Limits, func(message string) {
		os.Exit(say(out, report{State: stateFailed, Line: int(lastLine.Load()), Message: message}, 0))
	})
	if err := run(); err != nil {
		return say(out, report{State: stateFailed, Line: int(lastLine.Load()), Message: "it panicked: " + err.Error()}, 0)
	}
	results := check.Results()
	if len(results) == 0 {
		return say(out, report{State: stateFailed, Line: int(lastLine.Load()), Message: "it ended without calling check.Pass or check.Fail"}, 0)
	}
	return say(out, report{State: stateDone, Results: results}, 0)
}

// panicLine finds the line of the first panic that the interpreter wrote on stderr,
// which is the innermost: "check.go:12:5: panic: main.f(...)".
func panicLine(stderr, file string) (line int, ok bool) {
	for text := range strings.Lines(stderr) {
		rest, mine := strings.CutPrefix(text, file+":")
		number, tail, _ := strings.Cut(rest, ":")
		if !mine || !strings.Contains(tail, " panic: ") {
			continue
		}
		if n, err := strconv.Atoi(number); err == nil {
			return n, true
		}
	}
	return 0, false
}

var errNoReport = errors.New("the child ended without a report")
