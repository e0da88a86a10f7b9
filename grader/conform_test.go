package grader

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/grader/property"
)

// TestConformity: what was compared is summed up in the order in which it was begun, and
// what a real broker cannot judge is told once for all programs.
func TestConformity(t *testing.T) {
	untold := func(program string) []Blind {
		return []Blind{{Lab: "a", Check: "c", Why: "needs-miniature", Programs: []string{program}}}
	}
	steady, once := Difference{Lab: "a", Program: "starter", Check: "c"}, Difference{Lab: "b", Program: "solution", Check: "d"}
	c := conforming{done: []*compared{
		{out: Conformity{Compared: 2, Blind: untold("solution")}},
		{out: Conformity{Compared: 3, Blind: untold("starter"), Differences: []Difference{steady}}},
		{out: Conformity{Compared: 1, Blind: []Blind{{Lab: "a", Check: "c", Why: "untapped", Programs: []string{"starter"}}}, Unsteady: []Difference{once}}},
	}}
	want := Conformity{
		Compared: 6, Differences: []Difference{steady}, Unsteady: []Difference{once},
		Blind: []Blind{
			{Lab: "a", Check: "c", Why: "needs-miniature", Programs: []string{"solution", "starter"}},
			{Lab: "a", Check: "c", Why: "untapped", Programs: []string{"starter"}},
		},
	}
	if diff := cmp.Diff(want, c.result()); diff != "" {
		t.Error(diff)
	}
	if none := (&conforming{}).result(); none.Blind == nil || none.Differences == nil || none.Unsteady == nil {
		t.Errorf("nothing compared: %+v, want empty lists for those who read JSON", none)
	}
}

// TestGist: what has to be the same on every broker, and what may differ for a program
// that races.
func TestGist(t *testing.T) {
	a := Check{Status: "failed", MessageID: "record-lost", Facts: property.Facts{Label: "4"}}
	b := a
	b.Facts.Label = "5"
	other := a
	other.MessageID = "record-undone"
	passed := Check{Status: "passed"}
	if gist(a) == gist(b) || turnout(a) != turnout(b) {
		t.Errorf("another label: %s and %s, by the same message", gist(a), gist(b))
	}
	if gist(a) == gist(other) || turnout(a) == turnout(other) {
		t.Errorf("another message: %s and %s", gist(a), gist(other))
	}
	if gist(passed) != "passed" || turnout(passed) == turnout(a) {
		t.Errorf("passed: %s, %s", gist(passed), turnout(passed))
	}
}

// TestFinding: when two brokers agree on a check, however often it had to be judged.
func TestFinding(t *testing.T) {
	says := func(id, label string) Check {
		return Check{Status: Failed, MessageID: id, Facts: property.Facts{Label: label}}
	}
	early1, early2, lost, passed := says("acked-early", "1"), says("acked-early", "2"), says("lost", "1"), Check{Status: Passed}
	for _, c := range []struct {
		name         string
		ours, theirs []Check
		want         finding
	}{
		{"the same at once", []Check{early1}, []Check{early1}, agrees},
		{"another message, so far", []Check{early2}, []Check{early1}, differs},
		{"the first of ours was the odd one", []Check{early2, early1}, []Check{early1, early1}, agrees},
		{"the first of theirs was the odd one", []Check{early1, early1}, []Check{early2, early1}, agrees},
		{"a later one is odd", []Check{early2, early2}, []Check{early1, early2}, agrees},
		{"another message every time", []Check{early2, early2, early2}, []Check{early1, early1, early1}, differs},
		{"another outcome, so far", []Check{lost}, []Check{passed}, differs},
		{"another outcome every time", []Check{lost, lost, lost}, []Check{passed, passed, passed}, differs},
		{"theirs was too late once", []Check{passed, passed}, []Check{lost, passed}, unsteady},
		{"ours was too late once", []Check{lost, passed}, []Check{passed, passed}, unsteady},
		{"another outcome, and a race beside it", []Check{early1, early2}, []Check{lost, lost}, differs},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := outcomes{ours: c.ours, theirs: c.theirs}
			if got := o.finding(); got != c.want {
				t.Errorf("finding %d, want %d", got, c.want)
			}
		})
	}
}
