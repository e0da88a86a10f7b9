package grader

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/brokerlab/brokerlab/labs"
)

// A Difference is a check that came out otherwise on a real broker than on the
// miniature.
type Difference struct {
	Lab       string `json:"lab"`
	Program   string `json:"program"` // solution, starter or wrong/NAME
	Check     string `json:"check"`
	Miniature string `json:"miniature"` // status, message and label
	Real      string `json:"real"`
}

// String says it in one line.
func (d Difference) String() string {
	return fmt.Sprintf("%s %s: check %q is %s on the miniature and %s on the real broker", d.Lab, d.Program, d.Check, d.Miniature, d.Real)
}

// A Conformity is what came of a comparison.
type Conformity struct {
	Compared    int          `json:"compared"` // checks
	Blind       int          `json:"blind"`    // checks that only the miniature can judge
	Differences []Difference `json:"differences"`
}

// Conform grades every program that comes with the labs on the miniature and on
// real brokers, and compares the verdicts check by check. No ids mean all labs.
// report, which may be nil, hears of each program first. The error is ours.
func Conform(ctx context.Context, miniature, real *Grader, ids []string, report func(lab, program string)) (Conformity, error) {
	if report == nil {
		report = func(string, string) {}
	}
	out := Conformity{Differences: []Difference{}}
	for _, lab := range miniature.labs.All() {
		if len(ids) > 0 && !slices.Contains(ids, lab.ID) {
			continue
		}
		if kind := real.all.unknown(lab); kind != "" {
			report(lab.ID, "left out: "+(&noImageYetError{kind}).Error())
			continue
		}
		lab = lab.Drawn(1)
		programs := []labs.Wrong{{Name: "solution", Files: lab.Solution()}, {Name: "starter", Files: lab.Starter()}}
		for _, w := range lab.Wrong() {
			programs = append(programs, labs.Wrong{Name: path.Join("wrong", w.Name), Files: w.Files})
		}
		for _, p := range programs {
			report(lab.ID, p.Name)
			if err := out.compare(ctx, miniature, real, lab, p); err != nil {
				return out, fmt.Errorf("%s %s: %w", lab.ID, p.Name, err)
			}
		}
	}
	return out, nil
}

// compare grades one program on both.
func (c *Conformity) compare(ctx context.Context, miniature, real *Grader, lab *labs.Lab, p labs.Wrong) error {
	ours, err := miniature.Submit(ctx, lab, p.Files, 1, nil)
	if err != nil {
		return err
	}
	theirs, err := real.Submit(ctx, lab, p.Files, 1, nil)
	if err != nil {
		return err
	}
	for i, check := range theirs.Checks {
		if blind(lab, theirs, check) {
			c.Blind++
			continue
		}
		c.Compared++
		want, got := gist(ours.Checks[i]), gist(check)
		if want == got {
			continue
		}
		racy := turnout(ours.Checks[i]) == turnout(check)
		if racy {
			if racy, err = races(ctx, []*Grader{miniature, real}, lab, p, i); err != nil {
				return err
			}
		}
		if !racy {
			c.Differences = append(c.Differences, Difference{Lab: lab.ID, Program: p.Name, Check: check.ID, Miniature: want, Real: got})
		}
	}
	return nil
}

// blind reports whether a real broker cannot judge a check, or one that it needs.
func blind(lab *labs.Lab, ev *Evidence, c Check) bool {
	if c.MessageID == "needs-miniature" {
		return true
	}
	if c.MessageID != "needs" {
		return false
	}
	described, _ := lab.Check(c.ID)
	return slices.ContainsFunc(described.Needs, func(id string) bool { return blind(lab, ev, *ev.check(id)) })
}

// maxRaces is how often a program is graded once more to find out whether it races.
const maxRaces = 3

// races reports whether a program, graded again in one place, proves the same check
// by another message. Where the proof is then a matter of luck, and only the outcome
// can be compared.
func races(ctx context.Context, places []*Grader, lab *labs.Lab, p labs.Wrong, check int) (bool, error) {
	for _, g := range places {
		seen := ""
		for range maxRaces {
			ev, err := g.Submit(ctx, lab, p.Files, 1, nil)
			if err != nil {
				return false, err
			}
			now := gist(ev.Checks[check])
			if seen != "" && now != seen {
				return true, nil
			}
			seen = now
		}
	}
	return false, nil
}

// turnout is how a check came out, whatever proves it.
func turnout(c Check) string { return c.Status + " " + c.MessageID }

// gist is what of a check's outcome has to be the same everywhere, unless the program
// races: how it came out, and by which message.
func gist(c Check) string {
	s := c.Status
	if c.MessageID != "" {
		s += " (" + c.MessageID
		if c.Facts.Label != "" {
			s += " " + c.Facts.Label
		}
		s += ")"
	}
	return s
}
