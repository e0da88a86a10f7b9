package grader

import (
	"slices"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// TestRules2And4 looks into every journal of a sweep. After the crash and before
// the second life nothing of the program is handled, however far it had run
// ahead; and everything it held is ready again by then, without waiting.
func TestRules2And4(t *testing.T) {
	g, lab := real(t)
	b := bench4(t, g, lab, wrongOf(t, lab, "ack-race"))
	defer b.close()
	baseline := run1(t, b, trial.Fault{ID: BaselineID, Kind: trial.None})
	for _, f := range trial.Points(trial.Crash, baseline.Events, 1) {
		out := run1(t, b, f)
		i := slices.IndexFunc(out.Events, func(e brokers.Event) bool { return e.Kind == brokers.Crash })
		if i < 1 {
			continue // this racing program did something else this time, and never got there
		}
		point := i - 1 // or before: what one step does, such as rejecting and dead-lettering, is not taken apart
		for point > 0 && !trial.IsPoint(out.Events[point]) {
			point--
		}
		if e := out.Events[point]; e.Kind != f.After {
			t.Errorf("%s: the crash follows a %s", f.ID, e.Kind)
		}
		held := map[uint64]bool{}
		for _, e := range out.Events[:i] {
			follow(held, e)
		}
		for _, e := range out.Events[i:] {
			if e.Kind == brokers.Restarted {
				break
			}
			if e.Kind == brokers.Acked || e.Kind == brokers.Effect || e.Kind == brokers.Delivered || e.Kind == brokers.Subscribed {
				t.Errorf("%s: %s was handled after the crash", f.ID, e.Kind)
			}
			follow(held, e)
		}
		if len(held) > 0 {
			t.Errorf("%s: the dead program still holds %v", f.ID, held)
		}
	}
}

// follow keeps what a program holds.
func follow(held map[uint64]bool, e brokers.Event) {
	switch e.Kind {
	case brokers.Delivered:
		held[e.Message] = true
	case brokers.Acked, brokers.Rejected, brokers.Requeued:
		delete(held, e.Message)
	}
}

// TestRule2Exactly kills the program at every acknowledgement of ack-first, and
// finds exactly that order lost: not the one before, not the one after.
func TestRule2Exactly(t *testing.T) {
	g, lab := real(t)
	ev := submit(t, g, lab, wrongOf(t, lab, "ack-first"), 3)
	seen := 0
	for _, s := range ev.Schedules {
		if s.After != brokers.Acked {
			continue
		}
		seen++
		if s.Outcome != Failed {
			t.Errorf("%s survived: the crash came too late", s.ID)
		}
	}
	c := ev.check("nothing-lost")
	if seen == 0 || c.MessageID != "lost" || c.Facts.Label != "1" || !c.Facts.Crashed {
		t.Fatalf("%d points after an ack, check %+v", seen, c)
	}
	if c.Facts.Line != 39 || c.Facts.NextLine != 40 {
		t.Errorf("lines %d and %d, want those of Ack and Charge, 39 and 40", c.Facts.Line, c.Facts.NextLine)
	}
	kinds := []brokers.Kind{}
	for _, seq := range c.Counter.Events {
		kinds = append(kinds, ev.Journals[c.Counter.Schedule][seq-1].Kind)
	}
	if !slices.Equal(kinds, []brokers.Kind{brokers.Delivered, brokers.Acked, brokers.Crash}) {
		t.Errorf("the counter-example is %v", kinds)
	}
	v := Render(lab, ev, "en")
	if v.Sentence != "Order 1 was lost" || v.HintTask != 2 || len(v.Hint[2]) != 3 || v.Line != 39 {
		t.Errorf("verdict %q at line %d with hints of task %d", v.Sentence, v.Line, v.HintTask)
	}
}

// TestRule4Disconnect: a lost network is silent until the heartbeat is overdue;
// that time is skipped and not waited for, the program lives on, and it may
// connect again.
func TestRule4Disconnect(t *testing.T) {
	g, lab := real(t)
	b := bench4(t, g, lab, program(amqpImport+` "context" "time" "encoding/json"`, reconnecting))
	defer b.close()
	out := run1(t, b, trial.Fault{ID: "disconnect-delivered-2", Kind: trial.Disconnect, After: brokers.Delivered, Nth: 2})
	if !out.Fired || out.Lives != 1 || out.End != trial.EndUntil {
		t.Errorf("fired %v, %d lives, ended by %s: want one life that connects again", out.Fired, out.Lives, out.End)
	}
	var kinds []brokers.Kind
	for _, e := range out.Events {
		switch e.Kind {
		case brokers.Disconnected, brokers.Skipped, brokers.Requeued:
			kinds = append(kinds, e.Kind)
		}
	}
	skipped := slices.Index(kinds, brokers.Skipped)
	if slices.Index(kinds, brokers.Disconnected) != 0 || skipped < 0 || !slices.Contains(kinds, brokers.Requeued) {
		t.Errorf("the journal has %v, want the loss, the skip and the return of what was held", kinds)
	}
	if r := out.Results["nothing-lost"]; !r.OK {
		t.Errorf("nothing-lost: %+v", r)
	}
}

const reconnecting = `
	for { one(); time.Sleep(time.Millisecond) }
}

func one() {
	conn, err := amqp.Dial("amqp://guest:guest@localhost:5672/")
	if err != nil { log.Print(err); return }
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil { log.Print(err); return }
	if err := ch.Qos(1, 0, false); err != nil { log.Print(err); return }
	ds, err := ch.Consume("orders", "w", false, false, false, false, nil)
	if err != nil { log.Print(err); return }
	for d := range ds {
		var o Order
		if json.Unmarshal(d.Body, &o) != nil { d.Reject(false); continue }
		if Charge(context.Background(), o) == nil { d.Ack(false) }
	}
`

// TestRule5Ends: how each kind of program comes to its end, and that none of them
// has to exit for it.
func TestRule5Ends(t *testing.T) {
	g, lab := real(t)
	for _, tt := range []struct {
		name  string
		files []labs.File
		want  string
	}{
		{"everything settled and charged", lab.Solution(), trial.EndUntil},
		{"everything settled, nothing charged", program(amqpImport, connect+`
	ds, _ := ch.Consume("orders", "w", true, false, false, false, nil)
	for range ds {}`), trial.EndQuiet},
		{"holds everything and waits", lab.Starter(), trial.EndStall},
		{"ends by itself", wrongOf(t, lab, "exits-early"), trial.EndExit},
		{"the same message for ever", wrongOf(t, lab, "poison-requeued"), trial.EndAttempts},
	} {
		b := bench4(t, g, lab, tt.files)
		out := run1(t, b, trial.Fault{ID: BaselineID, Kind: trial.None})
		b.close()
		if out.End != tt.want {
			t.Errorf("%s: the run ended by %q, want %q", tt.name, out.End, tt.want)
		}
	}
}

// TestRule7Quota: a run that meets a quota is not judged by what it got done
// before, and the journal has everything up to there.
func TestRule7Quota(t *testing.T) {
	g, lab := real(t)
	small := *lab
	small.Limits.Events = 600 // the journal keeps 256 of these for itself
	ev := submit(t, g, &small, program(amqpImport, connect+`
	for { if err := ch.Publish("", "orders", false, false, amqp.Publishing{Body: []byte("{}")}); err != nil { log.Fatal(err) } }`), 1)
	if ev.Baseline.End != trial.EndQuota || ev.Baseline.Quota == "" || ev.Score.Points != 0 {
		t.Errorf("baseline %+v, score %+v", ev.Baseline, ev.Score)
	}
	for _, c := range ev.Checks {
		if c.Status != Blocked || c.MessageID != "quota" {
			t.Errorf("check %s is %s with %q, want blocked by the quota", c.ID, c.Status, c.MessageID)
		}
	}
	for i, e := range ev.Journals[BaselineID] {
		if e.Seq != uint64(i+1) {
			t.Fatalf("event %d has seq %d: the journal has forgotten something", i, e.Seq)
		}
	}
}

// TestRule8Lines: without a trace the verdict is the same, only without lines.
func TestRule8Lines(t *testing.T) {
	g, lab := real(t)
	b := bench4(t, g, lab, wrongOf(t, lab, "ack-first"))
	defer b.close()
	f := trial.Fault{ID: "crash-acked-3", Kind: trial.Crash, After: brokers.Acked, Nth: 3}
	with := run1(t, b, f)
	b.prog.Calls = nil // every record now lies about its call
	without := run1(t, b, f)
	for id, r := range with.Results {
		bare := without.Results[id]
		if r.OK != bare.OK || r.Message != bare.Message || r.Facts.Label != bare.Facts.Label {
			t.Errorf("%s: %+v with a trace, %+v without", id, r, bare)
		}
		if bare.Facts.Line != 0 {
			t.Errorf("%s: line %d without a trace", id, bare.Facts.Line)
		}
	}
	if r := with.Results["nothing-lost"]; r.Facts.Label != "3" || r.Facts.Line != 39 {
		t.Errorf("nothing-lost: %+v, want order 3 lost at line 39", r)
	}
}

// bench4 builds a program and readies hosts for it.
func bench4(t *testing.T, g *Grader, lab *labs.Lab, files []labs.File) *bench {
	t.Helper()
	prog, diagnostics, err := g.graded(t.Context(), lab, lab.Complete(files))
	if err != nil || prog == nil {
		t.Fatalf("build: %v, %+v", err, diagnostics)
	}
	return &bench{grader: g, spec: specOf(lab, lab.Variant(1)), prog: prog}
}

func run1(t *testing.T, b *bench, f trial.Fault) trial.Outcome {
	t.Helper()
	out, err := b.run(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wrongOf(t *testing.T, lab *labs.Lab, name string) []labs.File {
	t.Helper()
	for _, w := range lab.Wrong() {
		if w.Name == name {
			return w.Files
		}
	}
	t.Fatalf("the lab has no wrong attempt %q", name)
	return nil
}
