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
