package brokers

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func seqs(events []Event) []uint64 {
	var out []uint64
	for _, e := range events {
		out = append(out, e.Seq)
	}
	return out
}

func TestJournalForgetsTheOldest(t *testing.T) {
	j := NewJournal(2*hostRoom, Forget, RealClock())
	for range 2*hostRoom + 10 {
		j.Append(Event{Kind: Published})
	}
	if j.Lost() != 10 || j.Last() != 2*hostRoom+10 {
		t.Errorf("lost %d, last %d; want 10 and %d", j.Lost(), j.Last(), 2*hostRoom+10)
	}
	if all := j.Since(0); len(all) != 2*hostRoom || all[0].Seq != 11 {
		t.Errorf("holds %d events from #%d, want %d from #11", len(all), all[0].Seq, 2*hostRoom)
	}
	want := []uint64{2*hostRoom + 9, 2*hostRoom + 10}
	if diff := cmp.Diff(want, seqs(j.Since(2*hostRoom+8))); diff != "" {
		t.Errorf("Since (-want +got):\n%s", diff)
	}
	if !j.Room() {
		t.Error("a forgetting journal has no room")
	}
}

// TestRule7Refuse: a graded run's journal says no before it is full, and keeps
// everything that the host still adds.
func TestRule7Refuse(t *testing.T) {
	j := NewJournal(3*hostRoom, Refuse, RealClock())
	taken := 0
	for j.Room() {
		j.Append(Event{Kind: Published})
		taken++
	}
	if taken != 2*hostRoom {
		t.Errorf("took %d events from clients, want %d", taken, 2*hostRoom)
	}
	j.Append(Event{Kind: OverQuota})
	if all := j.Since(0); len(all) != taken+1 || all[0].Seq != 1 || j.Lost() != 0 {
		t.Errorf("a refusing journal forgot something: %d events from #%d, lost %d", len(all), all[0].Seq, j.Lost())
	}
}

func TestJournalWatchAndTimes(t *testing.T) {
	clock := NewVirtualClock(time.Unix(0, 0))
	j := NewJournal(0, Forget, clock)
	var seen []time.Duration
	j.Watch(func(e Event) { seen = append(seen, e.At) })
	j.Append(Event{})
	clock.Advance(3 * time.Second)
	j.Append(Event{})
	if diff := cmp.Diff([]time.Duration{0, 3 * time.Second}, seen); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
}

func TestAppendAllocatesNothingOnceGrown(t *testing.T) {
	j := NewJournal(0, Forget, RealClock())
	for range 2 * hostRoom {
		j.Append(Event{})
	}
	if n := testing.AllocsPerRun(100, func() { j.Append(Event{Kind: Acked, Place: "orders"}) }); n != 0 {
		t.Errorf("Append allocates %v times", n)
	}
}

// TestRuns: a run of events is the same as its events one by one, whether it is read back,
// watched or half forgotten, and takes no memory for each.
func TestRuns(t *testing.T) {
	each := func(i int, e *Event) { e.Tag = uint64(100 + i) }
	runs, singles := NewJournal(0, Forget, NewVirtualClock(time.Unix(0, 0))), NewJournal(0, Forget, NewVirtualClock(time.Unix(0, 0)))
	var seen []Event
	stop := runs.Watch(func(e Event) { seen = append(seen, e) })
	for n := range 80 { // more than the journals remember
		if n == 60 {
			stop()
		}
		like := Event{Kind: Published, Place: "t/0", N: int64(n)}
		runs.AppendRun(like, n%20, each)
		for i := range n % 20 {
			one := like
			each(i, &one)
			singles.Append(one)
		}
		for seq := uint64(0); seq <= runs.Last(); seq += 97 {
			if diff := cmp.Diff(singles.Since(seq), runs.Since(seq)); diff != "" {
				t.Fatalf("after run %d, since #%d (-want +got):\n%s", n, seq, diff)
			}
		}
		if runs.Last() != singles.Last() || runs.Lost() != singles.Lost() {
			t.Fatalf("last %d, lost %d; want %d, %d", runs.Last(), runs.Lost(), singles.Last(), singles.Lost())
		}
		if n == 50 {
			if diff := cmp.Diff(singles.Since(0), seen[len(seen)-len(singles.Since(0)):]); diff != "" {
				t.Fatalf("watched (-want +got):\n%s", diff)
			}
		}
	}
	if len(seen) != 3*190 {
		t.Errorf("saw %d events before it stopped, want %d", len(seen), 3*190)
	}
	if n := testing.AllocsPerRun(100, func() { runs.AppendRun(Event{Kind: Published}, 50, each) }); n != 0 {
		t.Errorf("AppendRun allocates %v times", n)
	}
	if runs.AppendRun(Event{}, 10_000, each); len(runs.Since(0)) != 2*hostRoom || runs.Lost() != runs.Last()-2*hostRoom {
		t.Errorf("a run longer than the journal left %d events", len(runs.Since(0)))
	}
}
