package inhost

import (
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// An idler is a broker of which only Idle is asked.
type idler struct {
	brokers.Broker
	idle brokers.Idle
}

func (i *idler) Idle() brokers.Idle { return i.idle }

func TestOnlyDue(t *testing.T) {
	o, journal := newTestOutbox()
	empty := &outbox{}
	for _, tt := range []struct {
		name    string
		idle    brokers.Idle
		real    bool
		service service
		want    bool
	}{
		{"due", brokers.Idle{Due: 2}, false, empty, true},
		{"nothing", brokers.Idle{}, false, empty, false},
		{"one in the program's hands", brokers.Idle{Due: 2, InFlight: 1}, false, empty, false},
		{"one on its way", brokers.Idle{Due: 2, Ready: 1}, false, empty, false},
		{"a service has something to do", brokers.Idle{Due: 2}, false, o, false},
		{"a real broker's clock is its own", brokers.Idle{Due: 2}, true, empty, false},
	} {
		w := &world{real: tt.real, seq: brokers.NewSequencer(journal), services: []service{tt.service}, brokers: []brokers.Broker{&idler{idle: tt.idle}}}
		if got := w.onlyDue(); got != tt.want {
			t.Errorf("%s: onlyDue is %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestSkips: a skip leads to the first call that is due, and there is an end to them.
func TestSkips(t *testing.T) {
	clock := brokers.NewVirtualClock(time.Unix(0, 0))
	journal := brokers.NewJournal(1000, brokers.Refuse, clock)
	r := &gradedRun{world: &world{clock: clock, journal: journal, seq: brokers.NewSequencer(journal)}}
	var at []time.Duration
	var again func()
	again = func() {
		at = append(at, clock.Now().Sub(time.Unix(0, 0)))
		clock.AfterFunc(7*time.Second, again)
	}
	clock.AfterFunc(7*time.Second, again)
	for range maxSkips {
		if got := r.skip(); got != skipped {
			t.Fatalf("skip returned %q", got)
		}
	}
	if len(at) != maxSkips || at[1] != 14*time.Second {
		t.Errorf("called at %v, want one call for each skip, every 7 s", at)
	}
	if got := r.skip(); got != trial.EndAttempts {
		t.Errorf("after %d skips: %q, want the run to end by %q", maxSkips, got, trial.EndAttempts)
	}
	if events := journal.Since(0); len(events) != maxSkips || events[0].N != 7000 || events[0].Reason != overdue {
		t.Errorf("%d events, the first is %+v", len(events), events[0])
	}
}

// TestLedgerDeclines: an order that the lab's declines name is never charged, and
// that is no fault of a schedule.
func TestLedgerDeclines(t *testing.T) {
	l, journal := newTestLedger()
	l.declines = []string{"4"}
	for range 2 {
		if got := ask(l, "POST", "/charges", "order-4", `{"order":"4","cents":2650}`); got.Code != 503 {
			t.Errorf("answered %d, want 503", got.Code)
		}
	}
	if got := ask(l, "POST", "/charges", "order-5", `{"order":"5"}`); got.Code != 201 {
		t.Errorf("another order: answered %d, want 201", got.Code)
	}
	events := journal.Since(0)
	if len(events) != 3 || events[1].Kind != brokers.Refused || events[1].Reason != trial.DeclinedReason || events[1].Label != "4" {
		t.Errorf("the journal has %+v", events)
	}
}
