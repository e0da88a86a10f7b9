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

// theirs grades a program on real brokers, and once more while one does not say what it
// could.
func (c *conforming) theirs(lab *labs.Lab, p labs.Wrong) (ev *Evidence, err error) {
	for range 1 + maxAgain {
		ev, err = c.real.Submit(c.ctx, lab, p.Files, 1, nil)
		if err != nil || !ev.mute() {
			break
		}
	}
	return ev, err
}

// compare grades one program on both.
func (c *conforming) compare(one *compared) error {
	lab, p := one.lab, one.program
	ours, err := c.ours(lab, p)
	if err != nil {
		return err
	}
	theirs, err := c.theirs(lab, p)
	if err != nil {
		return err
	}
	for i, check := range theirs.Checks {
		if why := blind(lab, theirs, check); why != "" {
			one.out.Blind = append(one.out.Blind, Blind{Lab: lab.ID, Check: check.ID, Why: why, Programs: []string{p.Name}})
			continue
		}
		one.out.Compared++
		found, err := c.settle(lab, p, i, &outcomes{ours: []Check{ours.Checks[i]}, theirs: []Check{check}})
		if err != nil {
			return err
		}
		d := Difference{Lab: lab.ID, Program: p.Name, Check: check.ID, Miniature: gist(ours.Checks[i]), Real: gist(check)}
		switch found {
		case unsteady:
			one.out.Unsteady = append(one.out.Unsteady, d)
		case differs:
			one.out.Differences = append(one.out.Differences, d)
		}
	}
	return nil
}

// How often a program that came out otherwise on a real broker is graded again, on both.
const (
	maxAgain = 2 // where another outcome was found
	maxRaces = 6 // where the same was proved by another message, which is luck if the program races
)

// settle says whether a check of a program came out the same on both, and grades the
// program again, on both in turn, as long as that is open. A real broker's time is real,
// and a machine that is busy for a moment can be too late for it; and a program that
// races can be ahead of itself on either.
func (c *conforming) settle(lab *labs.Lab, p labs.Wrong, check int, o *outcomes) (finding, error) {
	for {
		found := o.finding()
		most := maxAgain
		if o.oneTurnout() {
			most = maxRaces
		}
		if found != differs || len(o.ours) > most {
			return found, nil
		}
		again, err := c.ours(lab, p)
		if err != nil {
			return differs, err
		}
		o.ours = append(o.ours, again.Checks[check])
		if again, err = c.theirs(lab, p); err != nil {
			return differs, err
		}
		o.theirs = append(o.theirs, again.Checks[check])
	}
}

// outcomes are how one check of one program came out, on the miniature and on a real
// broker, each time that the program was graded.
type outcomes struct{ ours, theirs []Check }

// A finding is what outcomes say of the two brokers.
type finding int

const (
	agrees   finding = iota // the same, or the same but for what a race decides
	unsteady                // otherwise at first, and once the same
	differs
)

// finding says what the outcomes so far say.
func (o *outcomes) finding() finding {
	switch {
	case gist(o.ours[0]) == gist(o.theirs[0]):
		return agrees
	case o.oneTurnout():
		if varies(o.ours) || varies(o.theirs) {
			return agrees
		}
		return differs
	}
	for _, c := range o.ours {
		if slices.ContainsFunc(o.theirs, func(d Check) bool { return gist(c) == gist(d) }) {
			return unsteady
		}
	}
	return differs
}

// oneTurnout reports whether the check came out the same every time, whatever proved it.
func (o *outcomes) oneTurnout() bool {
	other := func(c Check) bool { return turnout(c) != turnout(o.ours[0]) }
	return !slices.ContainsFunc(o.ours, other) && !slices.ContainsFunc(o.theirs, other)
}

// varies reports whether a check was proved by different messages in one place. Where
// the proof is then a matter of luck, and only the outcome can be compared.
func varies(cs []Check) bool {
	return slices.ContainsFunc(cs, func(c Check) bool { return gist(c) != gist(cs[0]) })
}

// blind says by a message's id why a real broker cannot judge a check, or one that it
// needs; it is empty when it can.
func blind(lab *labs.Lab, ev *Evidence, c Check) string {
	switch c.MessageID {
	case needsMiniature, "untapped", unheard:
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
