package grader

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox/interp"
	"github.com/brokerlab/brokerlab/sandbox/interp/check"
)

// own has the lab's own checks judge a run, each in a child that ends with it. A
// check that is wrong itself is our fault, and never a verdict on a student: the
// error is an *interp.CheckError.
func (b *bench) own(ctx context.Context, out *trial.Outcome) error {
	var journal []byte
	for _, c := range b.checks {
		if c.Func == "" || out.Fault.Kind != trial.None && !applies(c.Schedule, out.Fault) {
			continue
		}
		if journal == nil {
			var err error
			if journal, err = json.Marshal(out.Events); err != nil {
				return fmt.Errorf("journal for %s: %w", c.Func, err)
			}
		}
		said, err := b.grader.engine.RunCheck(ctx, c.Func, c.Source, journal)
		if err != nil {
			return err
		}
		r, err := ownResult(c, said, out.Events)
		if err != nil {
			return err
		}
		if !r.OK {
			r.Facts.End, r.Facts.Code, r.Facts.Waiting = out.End, out.Exit.Code, out.Exit.Waiting
		}
		out.Results[c.ID] = r
	}
	return nil
}

// ownResult is what a check of the lab's own has said: the first failure, if there is
// one. The message is told with its parameters, and with the facts of its events.
func ownResult(c labs.Check, said []check.Result, events []brokers.Event) (property.Result, error) {
	i := slices.IndexFunc(said, func(r check.Result) bool { return !r.Pass })
	if i < 0 {
		return property.Result{OK: true}, nil
	}
	r := said[i]
	if _, ok := c.OnFail["en"][r.Message]; !ok {
		return property.Result{}, &interp.CheckError{
			File: c.Func, Line: lineOf(c.Source, r.Message),
			Message: fmt.Sprintf("it fails with %q, which on_fail of check %q does not have", r.Message, c.ID),
		}
	}
	f := property.Facts{Params: r.Params}
	for _, seq := range r.Seqs {
		at := slices.IndexFunc(events, func(e brokers.Event) bool { return e.Seq == seq })
		if at < 0 {
			continue // the child has refused such a one
		}
		e := events[at]
		if f.Message == 0 {
			f.Label, f.Message, f.Queue = e.Label, e.Message, e.Place
		}
		if e.Line > 0 {
			f.Line = e.Line
		}
	}
	return property.Result{Message: r.Message, Facts: f, Events: slices.Sorted(slices.Values(r.Seqs))}, nil
}

// lineOf is the line of a source that names a message; 0 if none does.
func lineOf(source, message string) int {
	before, _, ok := strings.Cut(source, `"`+message+`"`)
	if !ok {
		return 0
	}
	return 1 + strings.Count(before, "\n")
}

// lintOwn type-checks the lab's own checks against what a check may import and say,
// and looks that every message they name has words.
func lintOwn(lab *labs.Lab) []labs.Finding {
	var found []labs.Finding
	for _, c := range lab.Drawn(1).Checks {
		if c.Source == "" {
			continue
		}
		file := path.Join(lab.ID, c.Func)
		diagnostics, messages, err := interp.LintCheck(c.Func, c.Source)
		if err != nil {
			found = append(found, labs.Finding{File: file, Message: err.Error()})
		}
		for _, d := range diagnostics {
			found = append(found, labs.Finding{File: file, Line: d.Line, Message: d.Message})
		}
		for _, m := range messages {
			if _, ok := c.OnFail["en"][m.ID]; !ok {
				found = append(found, labs.Finding{File: file, Line: m.Line, Message: fmt.Sprintf("check.Fail: on_fail of check %q has no message %q", c.ID, m.ID)})
			}
		}
	}
	return found
}
