package grader

import (
	"context"
	"fmt"
	"path"
	"slices"
	"sync"

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

// A Blind is a check of a lab that cannot be judged on a real broker, and for which of
// the programs.
type Blind struct {
	Lab      string   `json:"lab"`
	Check    string   `json:"check"`
	Why      string   `json:"why"` // a message's id
	Programs []string `json:"programs"`
}

// A Conformity is what came of a comparison.
type Conformity struct {
	Compared    int          `json:"compared"` // checks
	Blind       []Blind      `json:"blind"`    // checks that only the miniature can judge
	Differences []Difference `json:"differences"`
	Unsteady    []Difference `json:"unsteady"` // that were not there again when the program was graded once more
}

// Conform grades every program that comes with the labs on the miniature and on
// real brokers, and compares the verdicts check by check. No ids mean all labs. A few
// programs are graded on real brokers at a time, since most of that is waiting; report,
// which may be nil, hears of each first, one call at a time. The error is ours.
func Conform(ctx context.Context, miniature, real *Grader, ids []string, report func(lab, program string)) (Conformity, error) {
	if report == nil {
		report = func(string, string) {}
	}
	c := &conforming{miniature: miniature, real: real, report: report, turns: make(chan struct{}, conformAtOnce)}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	defer c.cancel(nil)
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
			c.begin(lab, p)
		}
	}
	c.running.Wait()
	return c.result(), context.Cause(c.ctx)
}

// conformAtOnce is how many programs are graded at a time.
const conformAtOnce = 5

// conforming is a comparison that goes on.
type conforming struct {
	miniature, real *Grader
	report          func(lab, program string)
	ctx             context.Context
	cancel          context.CancelCauseFunc
	turns           chan struct{}
	running         sync.WaitGroup

	one  sync.Mutex  // the miniatures need the processor, and have it one after the other
	done []*compared // in the order in which they were begun
}

// compared is what came of one program.
type compared struct {
	lab     *labs.Lab
	program labs.Wrong
	out     Conformity
}

// begin compares a program, beside others, when it is its turn.
func (c *conforming) begin(lab *labs.Lab, p labs.Wrong) {
	select {
	case c.turns <- struct{}{}:
	case <-c.ctx.Done():
		return
	}
	c.report(lab.ID, p.Name)
	one := &compared{lab: lab, program: p}
	c.done = append(c.done, one)
	c.running.Go(func() {
		defer func() { <-c.turns }()
		if err := c.compare(one); err != nil {
			c.cancel(fmt.Errorf("%s %s: %w", lab.ID, p.Name, err))
		}
	})
}

// result puts everything together.
func (c *conforming) result() Conformity {
	out := Conformity{Blind: []Blind{}, Differences: []Difference{}, Unsteady: []Difference{}}
	for _, one := range c.done {
		out.Compared += one.out.Compared
		out.Differences = append(out.Differences, one.out.Differences...)
		out.Unsteady = append(out.Unsteady, one.out.Unsteady...)
		for _, b := range one.out.Blind {
			i := slices.IndexFunc(out.Blind, func(x Blind) bool { return x.Lab == b.Lab && x.Check == b.Check && x.Why == b.Why })
			if i < 0 {
				out.Blind = append(out.Blind, b)
			} else {
				out.Blind[i].Programs = append(out.Blind[i].Programs, b.Programs...)
			}
		}
	}
	return out
}

// ours grades a program on the miniature.
func (c *conforming) ours(lab *labs.Lab, p labs.Wrong) (*Evidence, error) {
	c.one.Lock()
	defer c.one.Unlock()
	return c.miniature.Submit(c.ctx, lab, p.Files, 1, nil)
}

// compare grades one program on both.
func (c *conforming) compare(one *compared) error {
	lab, p := one.lab, one.program
	ours, err := c.ours(lab, p)
	if err != nil {
		return err
	}
	theirs, err := c.real.Submit(c.ctx, lab, p.Files, 1, nil)
	if err != nil {
		return err
	}
	for i, check := range theirs.Checks {
		if why := blind(lab, theirs, check); why != "" {
			one.out.Blind = append(one.out.Blind, Blind{Lab: lab.ID, Check: check.ID, Why: why, Programs: []string{p.Name}})
			continue
		}
		one.out.Compared++
		want, got := gist(ours.Checks[i]), gist(check)
		if want == got {
			continue
		}
		racy := turnout(ours.Checks[i]) == turnout(check)
		if racy {
			if racy, err = c.races(lab, p, i); err != nil {
				return err
			}
		}
		if racy {
			continue
		}
		d := Difference{Lab: lab.ID, Program: p.Name, Check: check.ID, Miniature: want, Real: got}
		unsteady, err := c.unsteady(lab, p, i, want)
		switch {
		case err != nil:
			return err
		case unsteady:
			one.out.Unsteady = append(one.out.Unsteady, d)
		default:
			one.out.Differences = append(one.out.Differences, d)
		}
	}
	return nil
}

// maxAgain is how often a program that came out otherwise on a real broker is graded
// there once more.
const maxAgain = 2

// unsteady reports whether a check comes out on a real broker as it has to when its
// program is graded there again: its time is real, and a machine that is busy for a
// moment can be too late for it.
func (c *conforming) unsteady(lab *labs.Lab, p labs.Wrong, check int, want string) (bool, error) {
	for range maxAgain {
		ev, err := c.real.Submit(c.ctx, lab, p.Files, 1, nil)
		if err != nil {
			return false, err
		}
		if gist(ev.Checks[check]) == want {
			return true, nil
		}
	}
	return false, nil
}

// blind says by a message's id why a real broker cannot judge a check, or one that it
// needs; it is empty when it can.
func blind(lab *labs.Lab, ev *Evidence, c Check) string {
	switch c.MessageID {
	case "needs-miniature", "untapped":
		return c.MessageID
	case "needs":
		described, _ := lab.Check(c.ID)
		for _, id := range described.Needs {
			if why := blind(lab, ev, *ev.check(id)); why != "" {
				return why
			}
		}
	}
	return ""
}

// maxRaces is how often a program is graded once more to find out whether it races.
const maxRaces = 6

// races reports whether a program, graded again in one place, proves the same check
// by another message. Where the proof is then a matter of luck, and only the outcome
// can be compared.
func (c *conforming) races(lab *labs.Lab, p labs.Wrong, check int) (bool, error) {
	for _, g := range []*Grader{c.miniature, c.real} {
		seen := ""
		for range maxRaces {
			ev, err := g.Submit(c.ctx, lab, p.Files, 1, nil)
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
