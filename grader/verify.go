package grader

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/interp"
)

// VerifyOptions say how thoroughly a lab is proved.
type VerifyOptions struct {
	Seeds int // for the solution; 0 means 3
}

// Verify proves labs: the starter fails, the solution passes under every seed,
// each wrong attempt fails the check that it names with the message that it
// names. No ids mean all labs. report, which may be nil, hears each step before it
// is taken. What is wrong with a lab is a finding; the error is ours.
func (g *Grader) Verify(
	ctx context.Context, ids []string, o VerifyOptions, report func(lab, step string),
) ([]labs.Finding, error) {
	if o.Seeds <= 0 {
		o.Seeds = 3
	}
	if report == nil {
		report = func(string, string) {}
	}
	var findings []labs.Finding
	for _, lab := range g.labs.All() {
		if len(ids) > 0 && !slices.Contains(ids, lab.ID) {
			continue
		}
		p := &prover{grader: g, lab: lab, seeds: o.Seeds, report: report}
		if err := p.prove(ctx); err != nil {
			return findings, fmt.Errorf("verify %s: %w", lab.ID, err)
		}
		findings = append(findings, p.findings...)
	}
	return findings, nil
}

// A prover verifies one lab.
type prover struct {
	grader   *Grader
	lab      *labs.Lab
	seeds    int
	report   func(lab, step string)
	findings []labs.Finding
}

func (p *prover) add(file, format string, args ...any) {
	p.findings = append(p.findings, labs.Finding{
		File: path.Join(p.lab.ID, file), Message: fmt.Sprintf(format, args...),
	})
}

// notCompiled notes the first error of a program, at its line.
func (p *prover) notCompiled(dir string, all []sandbox.Diagnostic) {
	first := all[max(slices.IndexFunc(all, func(d sandbox.Diagnostic) bool { return d.Severity == "error" }), 0)]
	p.findings = append(p.findings, labs.Finding{
		File: path.Join(p.lab.ID, dir, first.File), Line: first.Line, Message: "does not compile: " + first.Message,
	})
}

func (p *prover) prove(ctx context.Context) error {
	if err := p.attempts(ctx); !p.ownCheckFailed(err) {
		return err
	}
	return nil
}

// ownCheckFailed notes what is wrong with a check of the lab's own, if that is why an
// attempt could not be graded.
func (p *prover) ownCheckFailed(err error) bool {
	var own *interp.CheckError
	if !errors.As(err, &own) {
		return false
	}
	p.findings = append(p.findings, labs.Finding{File: path.Join(p.lab.ID, own.File), Line: own.Line, Message: own.Message})
	return true
}

func (p *prover) attempts(ctx context.Context) error {
	found, err := p.grader.LintScenes(ctx, p.lab)
	if err != nil {
		return err
	}
	p.findings = append(p.findings, found...)
	if err := p.starter(ctx); err != nil {
		return err
	}
	for seed := range uint64(p.seeds) {
		if err := p.solution(ctx, seed+1); err != nil {
			return err
		}
	}
	for _, w := range p.lab.Drawn(1).Wrong() {
		if err := p.wrong(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

func (p *prover) starter(ctx context.Context) error {
	p.report(p.lab.ID, "starter")
	ev, err := p.grader.Submit(ctx, p.lab, p.lab.Drawn(1).Starter(), 1, nil)
	if err != nil {
		return err
	}
	if len(ev.Diagnostics) > 0 {
		p.notCompiled("starter", ev.Diagnostics)
	} else if ev.passed() {
		p.add("starter", "passes: leave something to do")
	}
	return nil
}

func (p *prover) solution(ctx context.Context, seed uint64) error {
	p.report(p.lab.ID, fmt.Sprintf("solution, seed %d", seed))
	ev, err := p.grader.Submit(ctx, p.lab, p.lab.Drawn(seed).Solution(), seed, nil)
	if err != nil {
		return err
	}
	if len(ev.Diagnostics) > 0 {
		p.notCompiled("solution", ev.Diagnostics)
		return nil
	}
	for _, c := range ev.Checks {
		if c.Status != Passed {
			p.add("solution", "seed %d: check %q is %s: %s under %s", seed, c.ID, c.Status, c.MessageID, scheduleName(c))
		}
	}
	return nil
}

func (p *prover) wrong(ctx context.Context, w labs.Wrong) error {
	p.report(p.lab.ID, "wrong/"+w.Name)
	dir := path.Join("wrong", w.Name)
	ev, err := p.grader.Submit(ctx, p.lab, w.Files, 1, nil)
	switch {
	case err != nil:
		return err
	case len(ev.Diagnostics) > 0:
		p.notCompiled(dir, ev.Diagnostics)
		return nil
	}
	i := slices.IndexFunc(ev.Checks, func(c Check) bool { return c.ID == w.Check })
	if i < 0 {
		p.add(dir, "names check %q, which does not exist", w.Check)
		return nil
	}
	if c := ev.Checks[i]; c.Status != Failed || c.MessageID != w.Message {
		p.add(dir, "check %q is %s with message %q, want failed with %q", c.ID, c.Status, c.MessageID, w.Message)
	}
	return nil
}

func scheduleName(c Check) string {
	if c.Counter == nil {
		return BaselineID
	}
	return c.Counter.Schedule
}
