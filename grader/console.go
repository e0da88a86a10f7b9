package grader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/console"
)

// A lab of the kind console has no program: what a student submits is the lines that
// were typed in its terminals, session.txt, and grading types them again.

// sessionOf is the text of the session among files.
func sessionOf(files []labs.File) string {
	i := slices.IndexFunc(files, func(f labs.File) bool { return f.Name == console.File })
	if i < 0 {
		return ""
	}
	return files[i].Text
}

// sessionFaults says where a session cannot be read.
func sessionFaults(files []labs.File) []sandbox.Diagnostic {
	_, err := console.Parse(sessionOf(files))
	if err == nil {
		return []sandbox.Diagnostic{}
	}
	end := strings.Count(strings.TrimRight(sessionOf(files), "\n"), "\n") + 1
	d := sandbox.Diagnostic{File: console.File, Line: end, Column: 1, Severity: "error", Message: err.Error(), Code: "session-incomplete"}
	var wrong *console.SyntaxError
	if errors.As(err, &wrong) {
		d.Line, d.Message, d.Code, d.Params = wrong.Line, wrong.What, wrong.Code, map[string]string{"found": wrong.Found}
	}
	return []sandbox.Diagnostic{d}
}

// session is the program that types a session again; nil if it cannot be read.
func (g *Grader) session(lab *labs.Lab, files []labs.File) (*readyProgram, []sandbox.Diagnostic) {
	if found := sessionFaults(files); len(found) > 0 {
		return nil, found
	}
	args := []string{console.Role, console.Script}
	for _, b := range lab.Brokers {
		args = append(args, b.Name)
	}
	return &readyProgram{g.engine.Command(), "", trial.Program{Console: true, Args: args, Input: []byte(sessionOf(files))}}, nil
}

// graded gets ready what is submitted: a session, or a program, which the compiler
// alone is good enough for. Without one the diagnostics say why it is refused.
func (g *Grader) graded(ctx context.Context, lab *labs.Lab, files []labs.File) (*readyProgram, []sandbox.Diagnostic, error) {
	if lab.Console() {
		prog, found := g.session(lab, files)
		return prog, found, nil
	}
	if lab.Config() != nil {
		prog, found := g.configured(lab, files)
		return prog, found, nil
	}
	binary, diagnostics, err := g.build(ctx, files)
	if binary == nil || err != nil {
		return nil, diagnostics, err
	}
	return &readyProgram{binary.Path, trial.Compiled, trial.Program{Calls: binary.Calls}}, diagnostics, nil
}

// MaxLine is how many bytes may be typed at a terminal at once.
const MaxLine = console.MaxLine

// A ConsoleError says that what was to be done at a terminal cannot be.
type ConsoleError struct {
	Err  error
	Long bool // more than MaxLine was typed
}

func (e *ConsoleError) Error() string { return e.Err.Error() }

// Console does what somebody did at a terminal: raw is a console.In. What comes of it is
// emitted, and from the first call on everything that happens between runs; only a
// completion is answered. Errors: *ConsoleError, *Fault.
func (s *Session) Console(ctx context.Context, raw json.RawMessage, emit func(Update)) (*console.Out, error) {
	var in console.In
	err := json.Unmarshal(raw, &in)
	if err == nil {
		err = in.Check()
	}
	if err != nil {
		return nil, &ConsoleError{err, errors.Is(err, console.ErrLong)}
	}
	file, err := os.Open(s.grader.engine.Command())
	if err != nil {
		return nil, &Fault{"open the console", fmt.Errorf("lab command: %w", err)}
	}
	defer file.Close()
	s.mu.Lock()
	s.rest = emit
	s.mu.Unlock()
	var out console.Out
	if err := s.host.Call(ctx, trial.MethodConsole, in, &out, file); err != nil {
		return nil, fault(ctx, "use the console", err)
	}
	if in.Complete == nil {
		return nil, nil
	}
	return &out, nil
}
