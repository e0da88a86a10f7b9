package interp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/interp/check"
	"github.com/brokerlab/brokerlab/sandbox/jail"
)

// checkFile is the name under which a check is interpreted.
const checkFile = "check.go"

// grace is how long after its wall time a child may still report by itself.
const grace = 2 * time.Second

// DefaultLimits are enough for a check of a journal with some thousand events.
var DefaultLimits = Limits{Wall: 2 * time.Second, CPU: 2 * time.Second, Memory: 512 << 20, Output: 64 << 10}

// An Engine starts interpreting children.
type Engine struct {
	Lab    string     // path of the brokerlab-lab command
	Level  jail.Level // A or B on Linux, C elsewhere
	Limits Limits     // of each check
}

// A CheckError is a mistake of the check's author, never a verdict on a student.
type CheckError struct {
	File        string       // "check.go"
	Line        int          // 0 when it is not known
	Message     string       //
	Diagnostics []Diagnostic // when it was refused before it ran
	Output      string       // what it printed, for its author
}

// Error gives file, line and message.
func (e *CheckError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message) }

// RunCheck interprets the text of a check.go over a journal, a JSON list of events,
// in a child of its own. The error is a *CheckError when the check is to blame: it
// was refused, panicked, did not end, used too much, or said nothing. Any other
// error is ours or ctx's.
func (e *Engine) RunCheck(ctx context.Context, source string, journal []byte) ([]check.Result, error) {
	if !json.Valid(journal) {
		return nil, errors.New("run check: the journal is not JSON")
	}
	req := request{Mode: modeCheck, Level: e.Level.String(), Files: []File{{Name: checkFile, Text: source}}, Limits: e.Limits, Journal: journal}
	last, stderr, output, err := e.start(ctx, req)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	fail := func(line int, message string) ([]check.Result, error) {
		return nil, &CheckError{File: checkFile, Line: line, Message: message, Diagnostics: last.Found, Output: output + stderr}
	}
	switch last.State {
	case stateDone:
		if err == nil {
			return last.Results, nil
		}
	case stateRefused:
		return fail(last.Found[0].Line, last.Found[0].Message)
	case stateFailed:
		return fail(last.Line, last.Message)
	case stateStarted:
		line, _ := panicLine(stderr, checkFile)
		return fail(line, "it ended without a result: "+reason(stderr, err))
	case stateFault:
		return nil, fmt.Errorf("run check: %s", last.Message)
	}
	return nil, fmt.Errorf("run check: %w: %s", errors.Join(errNoReport, err), stderr)
}

// reason says why a child died, in the words of Go's runtime where it left some.
func reason(stderr string, err error) string {
	for line := range strings.Lines(stderr) {
		for _, mark := range []string{"fatal error: ", "panic: ", "runtime: "} {
			if text, ok := strings.CutPrefix(line, mark); ok {
				return strings.TrimSpace(text)
			}
		}
	}
	return fmt.Sprint(err)
}

// start runs one child to its end and gives its last report and what it wrote.
func (e *Engine) start(ctx context.Context, req request) (last report, stderr, output string, err error) {
	if err := req.Limits.valid(); err != nil {
		return last, "", "", err
	}
	ctx, cancel := context.WithTimeout(ctx, req.Limits.Wall+grace)
	defer cancel()
	var in bytes.Buffer
	if err := frames.Write(&in, req); err != nil {
		return last, "", "", err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return last, "", "", fmt.Errorf("start the interpreter: %w", err)
	}
	defer r.Close()
	cmd, release, err := jail.Command(ctx, e.Lab, []string{"interp"}, jail.CommandOptions{
		Level: e.Level, Env: []string{"GOMAXPROCS=2", "GOTRACEBACK=none"}, Files: []*os.File{w}})
	if err != nil {
		w.Close()
		return last, "", "", err
	}
	defer release()
	// One pipe for each stream: their order does not matter to an author.
	outText, errText := &limited{left: req.Limits.Output}, &limited{left: req.Limits.Output}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, outText, errText
	if err := jail.Start(cmd); err != nil {
		w.Close()
		return last, "", "", fmt.Errorf("start the interpreter: %w", err)
	}
	w.Close()
	reports := make(chan report, 1)
	go func() { reports <- lastReport(r) }()
	err = cmd.Wait()
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	return <-reports, errText.kept.String(), outText.kept.String(), err
}

// lastReport reads reports until the child ends; the last one counts.
func lastReport(r io.Reader) (last report) {
	for {
		var next report
		if frames.Read(r, &next) != nil {
			return last
		}
		last = next
	}
}

// limited keeps the first bytes that are written to it. kept is a named field, so
// that nothing goes round the limit by bytes.Buffer's own methods.
type limited struct {
	kept bytes.Buffer
	left int64
}

func (l *limited) Write(b []byte) (int, error) {
	n := min(l.left, int64(len(b)))
	l.kept.Write(b[:n])
	l.left -= n
	return len(b), nil
}

// Lint type-checks a student's program in a child of its own and gives what the
// interpreter would refuse. Without findings it can be run. The error is ours or ctx's.
func (e *Engine) Lint(ctx context.Context, files []File) ([]Diagnostic, error) {
	req := request{Mode: modeLint, Level: e.Level.String(), Files: files, Limits: e.Limits}
	last, stderr, _, err := e.start(ctx, req)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case last.State == stateRefused:
		return last.Found, nil
	case last.State == stateDone && err == nil:
		return nil, nil
	case last.State == stateFault:
		return nil, fmt.Errorf("read a program: %s", last.Message)
	}
	return nil, fmt.Errorf("read a program: %w: %s", errors.Join(errNoReport, err), stderr)
}
