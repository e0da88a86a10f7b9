package property

import (
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

var retryParams = Params{"queue": "orders", "service": "ledger", "to": "orders.parked", "delay": "10s", "tries": 3}

func (s *story) later(d time.Duration) *story {
	s.now += d
	return s
}

// try delivers a message, and the ledger refuses the charge.
func (s *story) try(n uint64) *story { return s.delivered(n).unavailable(s.label(n)) }

// waits has a message refused into a queue that holds it back so long.
func (s *story) waits(n uint64, d time.Duration) *story {
	return s.rejected(n).later(d).add(brokers.Event{Kind: brokers.Routed, Place: "orders", Message: n, Label: s.label(n)})
}

// parks publishes a copy of a message to the queue for what is parked.
func (s *story) parks(n uint64) *story {
	s.add(brokers.Event{Kind: brokers.Published, Client: "c1", Message: 50 + n, Label: s.label(n), Line: 40})
	return s.add(brokers.Event{Kind: brokers.Routed, Place: "orders.parked", Message: 50 + n, Label: s.label(n)})
}

// thrice tries message 1 of the orders three times, with pauses.
func thrice(labels ...string) *story {
	return orders(labels...).try(1).waits(1, 10*time.Second).try(1).waits(1, 10*time.Second).try(1)
}

func retried() []ruling {
	return []ruling{
		{"three times, then parked", "retried-n-times", thrice("a").parks(1).acked(1), "", nil},
		{"done at the second attempt", "retried-n-times", orders("a").try(1).waits(1, 10*time.Second).delivered(1).charged("a").acked(1), "", nil},
		{"refused into the parking queue itself", "retried-n-times", thrice("a").rejected(1).add(brokers.Event{Kind: brokers.Routed, Place: "orders.parked", Message: 1, Label: "a"}), "", nil},
		{"nothing refused", "retried-n-times", orders("a").delivered(1).charged("a").acked(1), "never-tried", nil},
		{"requeued at once", "retried-n-times", orders("a").try(1).requeued(1).try(1).requeued(1), "hot-loop", []uint64{3, 4, 6}},
		{"a copy at once", "retried-n-times", orders("a").try(1).acked(1).to(9, "a", "orders").delivered(9).unavailable("a"), "hot-loop", []uint64{3, 8}},
		{"half the pause", "retried-n-times", orders("a").try(1).waits(1, 5*time.Second).try(1), "too-soon", []uint64{3, 7}},
		{"the second pause is too short", "retried-n-times", orders("a").try(1).waits(1, 10*time.Second).try(1).waits(1, 2*time.Second).try(1), "too-soon", []uint64{7, 11}},
		{"asleep with it", "retried-n-times", orders("a").try(1), "held-waiting", []uint64{2, 3}},
		{"never comes back", "retried-n-times", orders("a").try(1).rejected(1), "not-retried", []uint64{3, 4}},
		{"acknowledged", "retried-n-times", orders("a").try(1).acked(1), "not-retried", []uint64{3, 4}},
		{"four times", "retried-n-times", thrice("a").waits(1, 10*time.Second).try(1).parks(1), "tried-too-often", []uint64{3, 7, 11, 15}},
		{"parked after two", "retried-n-times", orders("a").try(1).waits(1, 10*time.Second).try(1).parks(1).acked(1), "parked-early", []uint64{3, 7, 9}},
		{"parked without a try", "retried-n-times", orders("a").delivered(1).parks(1).acked(1), "parked-early", []uint64{4}},
		{"given up after two", "retried-n-times", orders("a").try(1).waits(1, 10*time.Second).try(1).acked(1), "tried-too-seldom", []uint64{3, 7, 8}},
		{"done, and parked", "retried-n-times", orders("a").delivered(1).charged("a").parks(1).acked(1), "parked-good", []uint64{3, 5}},
		{"thrown away after three", "retried-n-times", thrice("a").acked(1), "not-parked", []uint64{3, 7, 11, 12}},
		{"held after three", "retried-n-times", thrice("a"), "not-parked", []uint64{3, 7, 11}},

		{"parked", "parked", thrice("a").parks(1).acked(1), "", nil},
		{"tried five times, and parked", "parked", thrice("a").crash().try(1).try(1).parks(1).parks(1).acked(1), "", nil},
		{"done at last", "parked", orders("a").try(1).requeued(1).delivered(1).charged("a").acked(1), "", nil},
		{"nothing to park", "parked", orders("a"), "never-tried", nil},
		{"acknowledged, then a crash", "parked", thrice("a").acked(1).crash(), "parked-lost", []uint64{11, 12, 13}},
		{"held to the end", "parked", thrice("a"), "not-parked", []uint64{10}},
		{"a good one parked", "parked", orders("a").delivered(1).charged("a").parks(1), "parked-good", []uint64{3, 5}},

		{"the others go on", "none-blocked", orders("a", "b").try(1).rejected(1).delivered(2).charged("b").acked(2).later(10 * time.Second).try(1), "", nil},
		{"nothing is refused", "none-blocked", orders("a", "b"), "never-tried", nil},
		{"the others starve", "none-blocked", orders("a", "b").try(1), "blocked", []uint64{2, 4}},
		{"the others wait", "none-blocked", orders("a", "b").try(1).later(10 * time.Second).unavailable("a").acked(1).delivered(2).charged("b"), "blocked", []uint64{4, 5, 8}},
		{"one that came later", "none-blocked", orders("a").try(1).add(brokers.Event{Kind: brokers.Routed, Place: "orders", Message: 2, Label: "b"}), "", nil},
	}
}

// TestLineOfAHotLoop: the broker's event has no line, the refusal before it has.
func TestLineOfAHotLoop(t *testing.T) {
	s := orders("a").try(1).on(brokers.Nacked, 1, "").add(brokers.Event{Kind: brokers.Requeued, Place: "orders", Message: 1, Label: "a"}).try(1)
	if got := retriedNTimes(s.events, retryParams); got.Message != "hot-loop" || got.Facts.Line != 11 {
		t.Errorf("got %+v, want a hot loop with the line 11", got)
	}
}

// TestPauseInWords: what the words are made from is the same in every run, for the
// clock's milliseconds are not in it.
func TestPauseInWords(t *testing.T) {
	s := orders("a").try(1).waits(1, 5*time.Second+17*time.Millisecond).try(1)
	got := retriedNTimes(s.events, retryParams).Facts
	if got.Count != 5 || got.Max != 10 || got.Label != "a" || got.Message != 1 {
		t.Errorf("got %+v, want 5 of 10 seconds for message 1", got)
	}
}
