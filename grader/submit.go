package grader

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
)

// Progress tells how far a submission is.
type Progress struct {
	Type  string `json:"type"` // always "progress"
	Done  int    `json:"done"`
	Total int    `json:"total"`
	Phase string `json:"phase"` // building, baseline or sweep
}

// Submit grades a program: it builds it, runs it once without a fault, then under
// every fault that the lab's checks ask for. What the student did wrong is in the
// evidence. The error is a *Fault, which is ours, or that of ctx. progress may be
// nil; it is called from several goroutines, one call at a time.
func (g *Grader) Submit(
	ctx context.Context, lab *labs.Lab, files []labs.File, seed uint64, progress func(Progress),
) (*Evidence, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	lab = lab.Drawn(seed)
	files = lab.Complete(files)
	ev := g.begin(lab, files, seed)
	ev.judgeAnswers(lab, files)
	if !lab.Program() {
		ev.count()
		return ev, nil
	}
	progress(Progress{"progress", 0, 0, "building"})
	prog, diagnostics, err := g.graded(ctx, lab, files)
	if err != nil {
		return nil, err
	}
	if prog == nil {
		ev.Diagnostics = diagnostics
		ev.refuse(unfit(lab))
		ev.count()
		return ev, nil
	}
	b := &bench{grader: g, checks: lab.Checks, spec: specOf(lab, ev.Variant), prog: prog}
	defer b.close()
	progress(Progress{"progress", 0, 0, "baseline"})
	baseline, err := b.run(ctx, trial.Fault{ID: BaselineID, Kind: trial.None})
	if err != nil {
		return nil, err
	}
	ev.addBaseline(baseline)
	faults := faultsOf(lab, ev, baseline)
	done := 0
	outcomes, err := b.sweep(ctx, baseline, faults, func() {
		done++
		progress(Progress{"progress", done, len(faults), "sweep"})
	})
	if err != nil {
		return nil, fault(ctx, "sweep", err)
	}
	ev.merge(lab, baseline, outcomes)
	return ev, nil
}

// Holds reports whether evidence that was stored earlier is of the very same
// submission, judged in the same way: the same files, seed and lab, the same grader,
// on the same brokers. Then it need not be graded again: a program with a race behaves
// differently from run to run, and a student who submits it twice should not be told
// two stories of it. What a real broker left unsaid is worth asking again.
func (g *Grader) Holds(ev *Evidence, lab *labs.Lab, files []labs.File, seed uint64) bool {
	lab = lab.Drawn(seed)
	now := g.begin(lab, lab.Complete(files), seed)
	return !ev.mute() && ev.Version == now.Version && ev.Grader == now.Grader && ev.Engine == now.Engine &&
		ev.Lab == now.Lab && ev.LabHash == now.LabHash && ev.Seed == now.Seed && ev.Source == now.Source &&
		maps.Equal(ev.Miniatures, now.Miniatures) && maps.Equal(ev.Real, now.Real)
}

// begin makes the evidence of a submission before anything is known but where it is
// judged.
func (g *Grader) begin(lab *labs.Lab, files []labs.File, seed uint64) *Evidence {
	ev := begin(lab, files, seed)
	if g.real != nil {
		ev.Real, ev.Miniatures = g.real.refs(specOf(lab, ev.Variant)), nil
	}
	return ev
}

// ErrNoPack is found in the Fault of a Submit where programs cannot be compiled. They
// are interpreted by Run, and an interpreter is not Go: it gives no grades.
var ErrNoPack = sandbox.ErrNoPack

// build compiles a program. A failure of the compiler itself is tried once more.
// Without a binary the diagnostics say why the program is refused.
func (g *Grader) build(ctx context.Context, files []labs.File) (*sandbox.Binary, []sandbox.Diagnostic, error) {
	binary, diagnostics, err := g.engine.Build(ctx, sources(files))
	if err != nil && ctx.Err() == nil && !errors.Is(err, ErrNoPack) {
		g.log.Warn("a build failed and is made again", "err", err)
		binary, diagnostics, err = g.engine.Build(ctx, sources(files))
	}
	if err != nil {
		return nil, nil, fault(ctx, "build", err)
	}
	return binary, diagnostics, nil
}

// faultsOf lists the runs to make after the baseline: each single fault that a
// check names, and the points of each sweep. A check that has failed without a
// fault needs none; when no check is left that needs them, neither do the others.
func faultsOf(lab *labs.Lab, ev *Evidence, baseline trial.Outcome) []trial.Fault {
	var faults []trial.Fault
	seen := make(map[string]bool)
	add := func(fs ...trial.Fault) {
		for _, f := range fs {
			if !seen[f.ID] {
				seen[f.ID] = true
				faults = append(faults, f)
			}
		}
	}
	if !healthy(baseline) {
		return nil
	}
	for _, c := range lab.Checks {
		if !baseline.Results[c.ID].OK {
			continue
		}
		if f, ok := faultOf(c.Schedule); ok {
			add(f)
		} else if c.Schedule.Kind == "sweep" {
			for _, f := range trial.Points(c.Schedule.Fault, pointsOf(c.Schedule, baseline.Events), ev.Seed) {
				add(placed(f, c.Schedule))
			}
		}
	}
	return faults
}

// unfit is why nothing is checked of what cannot be run.
func unfit(lab *labs.Lab) string {
	switch {
	case lab.Config() != nil:
		return "not-applied"
	case lab.Console():
		return "not-typed"
	}
	return "does-not-compile"
}

// pointsOf are the events of a baseline that a sweep may put its fault after.
func pointsOf(s labs.Schedule, baseline []brokers.Event) []brokers.Event {
	if s.After == "" {
		return baseline
	}
	return slices.DeleteFunc(slices.Clone(baseline), func(e brokers.Event) bool { return e.Kind != trial.After[s.After] })
}

// healthy reports whether a run came to an end that says something about faults.
func healthy(o trial.Outcome) bool {
	switch o.End {
	case trial.EndLimit, trial.EndQuota, trial.EndAttempts:
		return false
	}
	return true
}
