package grader

import (
	"context"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// TestSession: a student's afternoon. The broker's state stays from run to run,
// until it is reset.
func TestSession(t *testing.T) {
	g, lab := real(t)
	s := open(t, g, lab)
	if got := ready(t, s); got != 9 {
		t.Fatalf("a fresh lab has %d messages in orders, want 9", got)
	}
	var first updates
	if err := s.Run(context.Background(), lab.Solution(), first.add); err != nil {
		t.Fatal(err)
	}
	end := first.last(trial.TypeStatus)
	if end.Status != trial.Ended || end.Exit == nil || end.Exit.End != trial.EndUntil || end.Exit.Limit != "" {
		t.Errorf("the run ended with %+v, exit %+v: want it over because all is settled", end, end.Exit)
	}
	if want := "Всё разобрано"; !strings.Contains(end.Texts["ru"], want) {
		t.Errorf("said %q, want %q", end.Texts["ru"], want)
	}
	if !strings.Contains(first.output(), "charged order 8") {
		t.Errorf("output %q", first.output())
	}
	lines := 0
	var seq uint64
	for _, u := range first.all {
		lossless(t, u)
		for _, e := range u.Events {
			if e.Seq <= seq {
				t.Errorf("event %d came after %d", e.Seq, seq)
			}
			seq = e.Seq
			if e.Kind == brokers.Acked && e.Line == 69 {
				lines++
			}
		}
	}
	if lines != 8 {
		t.Errorf("%d acknowledgements have their line, want 8", lines)
	}
	if got := ready(t, s); got != 0 {
		t.Errorf("after a run of the solution %d messages are left, want 0", got)
	}
	if err := s.Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := ready(t, s); got != 9 {
		t.Errorf("after a reset the lab has %d messages in orders, want 9", got)
	}
}

// TestRunThatHoldsOn: a program that keeps what it was given runs into its time
// limit, and is told where it waited.
func TestRunThatHoldsOn(t *testing.T) {
	g, lab := real(t)
	s := open(t, g, hurried(lab, "wall"))
	var got updates
	if err := s.Run(context.Background(), lab.Starter(), got.add); err != nil {
		t.Fatal(err)
	}
	end := got.last(trial.TypeStatus)
	if end.Exit == nil || end.Exit.Limit != "wall" || end.Exit.Line != 37 {
		t.Errorf("the run ended with %+v, exit %+v: want the wall limit at line 37", end, end.Exit)
	}
	if want := "остановлена через 5 с; она ждала доставки из канала на строке 37"; !strings.Contains(end.Texts["ru"], want) {
		t.Errorf("said %q, want %q", end.Texts["ru"], want)
	}
}

// TestStop: a stopped program ends at once, and what it held is back.
func TestStop(t *testing.T) {
	g, lab := real(t)
	s := open(t, g, lab)
	var got updates
	var blocked bool
	if err := s.Run(context.Background(), lab.Starter(), func(u Update) {
		got.add(u)
		if !blocked && u.Status == trial.Blocked && u.Line == 37 && u.Waiting == "<-chan amqp.Delivery" {
			blocked = true
			go s.Stop()
		}
	}); err != nil {
		t.Fatal(err)
	}
	end := got.last(trial.TypeStatus)
	if end.Status != trial.Ended || !end.Exit.Killed || end.Texts["ru"] != "Программа остановлена." {
		t.Errorf("ended with %+v", end)
	}
	if n := ready(t, s); n != 9 {
		t.Errorf("%d messages are in orders, want all 9 back", n)
	}
	if last := got.last(trial.TypeState); last.State == nil || inOrders(t, last.State) != 9 {
		t.Errorf("the last picture is %+v, want all 9 messages back", last.State)
	}
	if !blocked {
		t.Error("nobody was told where the program waits")
	}
}

// TestRunOfWhatDoesNotCompile: the diagnostics, and no program.
func TestRunOfWhatDoesNotCompile(t *testing.T) {
	g, lab := real(t)
	s := open(t, g, lab)
	var got updates
	if err := s.Run(context.Background(), program("", "return 1"), got.add); err != nil {
		t.Fatal(err)
	}
	if u := got.last(trial.TypeStatus); u.Status != trial.Ended || u.Exit != nil {
		t.Errorf("ended with %+v, want no exit of a program that never ran", u)
	}
	if b, err := g.Build(context.Background(), lab, program("", "return 1")); err != nil || b.OK || len(b.Diagnostics) == 0 {
		t.Errorf("build %+v, %v", b, err)
	}
	found, err := g.Check(context.Background(), lab, lab.Starter())
	if err != nil || len(found) > 0 {
		t.Errorf("the starter has diagnostics %+v, %v", found, err)
	}
}

// ready counts the messages in the queue "orders".
func ready(t *testing.T, s *Session) int {
	t.Helper()
	u, err := s.State(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return inOrders(t, u.State)
}

// inOrders counts the messages that are ready in the queue "orders".
func inOrders(t *testing.T, s *brokers.State) int {
	t.Helper()
	for _, p := range s.Places {
		if p.ID == "queue:orders" {
			if p.InFlight > 0 {
				t.Errorf("%d messages are in flight, and no program runs", p.InFlight)
			}
			return p.Ready
		}
	}
	t.Fatalf("there is no queue orders in %+v", s)
	return 0
}
