package grader

import (
	"slices"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

func retryLab(t *testing.T) (*Grader, *labs.Lab) {
	t.Helper()
	g, _ := real(t)
	lab, ok := g.labs.Lab("rabbitmq/retry-dlx")
	if !ok {
		t.Fatal("there is no lab rabbitmq/retry-dlx")
	}
	return g, lab.Drawn(1)
}

// TestRule5Due: when messages wait for nothing but the clock, it moves. The run has
// more of the broker's time than its program has of the machine's before a limit
// ends it, and each skip is in the journal before what it brings about.
func TestRule5Due(t *testing.T) {
	g, lab := retryLab(t)
	b := bench4(t, g, lab, lab.Solution())
	defer b.close()
	out := run1(t, b, trial.Fault{ID: BaselineID, Kind: trial.None})
	if out.End != trial.EndUntil {
		t.Fatalf("the run ended by %q, want %q", out.End, trial.EndUntil)
	}
	var due []brokers.Kind
	for _, e := range out.Events {
		if e.Kind == brokers.Skipped && e.Reason == "due" || e.Kind == brokers.Expired {
			due = append(due, e.Kind)
		}
	}
	if want := []brokers.Kind{brokers.Skipped, brokers.Expired, brokers.Skipped, brokers.Expired}; !slices.Equal(due, want) {
		t.Errorf("the journal has %v, want %v: a skip for each pause, and nothing else", due, want)
	}
	if last := out.Events[len(out.Events)-1]; last.At < 2*lab.Limits.Wall {
		t.Errorf("by the journal's clock the run took %s, want two pauses of 10 s", last.At.Round(time.Millisecond))
	}
}

// TestRule5NotDue: the clock does not move for a program that sleeps with a message
// in its hands, nor for one that gets its message back at once; and what goes round
// for ever comes to an end.
func TestRule5NotDue(t *testing.T) {
	g, lab := retryLab(t)
	for _, tt := range []struct {
		wrong, end string
		skips      bool
	}{
		{"sleeps", trial.EndStall, false},
		{"requeue-at-once", trial.EndAttempts, false},
		{"for-ever", trial.EndAttempts, true},
	} {
		b := bench4(t, g, lab, wrongOf(t, lab, tt.wrong))
		out := run1(t, b, trial.Fault{ID: BaselineID, Kind: trial.None})
		b.close()
		skips := slices.ContainsFunc(out.Events, func(e brokers.Event) bool { return e.Kind == brokers.Skipped })
		if out.End != tt.end || skips != tt.skips {
			t.Errorf("%s: ended by %q, skips %v, want %q and %v", tt.wrong, out.End, skips, tt.end, tt.skips)
		}
	}
}
