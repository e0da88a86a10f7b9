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
		service service
		want    bool
	}{
		{"due", brokers.Idle{Due: 2}, empty, true},
		{"nothing", brokers.Idle{}, empty, false},
		{"one in the program's hands", brokers.Idle{Due: 2, InFlight: 1}, empty, false},
		{"one on its way", brokers.Idle{Due: 2, Ready: 1}, empty, false},
		{"a service has something to do", brokers.Idle{Due: 2}, o, false},
	} {
		w := &world{seq: brokers.NewSequencer(journal), services: []service{tt.service}, brokers: []brokers.Broker{&idler{idle: tt.idle}}}
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

// A slow broker is a real one, whose clock is its own.
type slow struct {
	idler
	longest time.Duration
	awaited bool
}

func (b *slow) Longest() time.Duration { return b.longest }

// TestWaits: on a real broker a time to live passes for real, a few times over; what
// takes longer than anybody waits for is not judged.
func TestWaits(t *testing.T) {
	for _, tt := range []struct {
		rule    string
		longest time.Duration
		end     string
		after   time.Duration
		tooLong bool
	}{
		{"an answer is due", 0, trial.EndStall, time.Second, false},
		{"ten seconds, four times", 10 * time.Second, trial.EndAttempts, 45 * time.Second, false},
		{"an hour", time.Hour, trial.EndAttempts, trial.RealWait, true},
	} {
		r := &gradedRun{world: &world{brokers: []brokers.Broker{&slow{longest: tt.longest}}}}
		r.request.Spec = trial.Spec{Brokers: []trial.Broker{{Container: true}}, Limits: trial.Limits{Stall: time.Second}}
		ticks, end := 0, ""
		for end == "" || end == passing {
			ticks++
			end = r.passTime(ticks)
		}
		if after := time.Duration(ticks) * tick; end != tt.end || after != tt.after || r.tooLong != tt.tooLong {
			t.Errorf("%s: the run ends by %q after %v, too long: %v; want %q after %v, %v", tt.rule, end, after, r.tooLong, tt.end, tt.after, tt.tooLong)
		}
	}
}

func (b *slow) Awaited() bool { return b.awaited }

// TestStallOnARealBroker: whose turn it is has the lab's limit, or a real broker's
// patience; and of how long nothing was heard the run tells the truth.
func TestStallOnARealBroker(t *testing.T) {
	for _, awaited := range []bool{false, true} {
		r := &gradedRun{world: &world{brokers: []brokers.Broker{&slow{awaited: awaited}}}}
		r.request.Spec = trial.Spec{Brokers: []trial.Broker{{Container: true}}, Limits: trial.Limits{Stall: time.Second}}
		ticks := 0
		for end := ""; end == ""; end = r.stalled(ticks) {
			ticks++
		}
		after, silence := time.Second, time.Duration(0)
		if awaited {
			after, silence = slowest, slowest
		}
		if got := time.Duration(ticks) * tick; got != after || r.out.Silence != silence {
			t.Errorf("the broker's turn: %v; ended after %v, silence %v; want %v, %v", awaited, got, r.out.Silence, after, silence)
		}
	}
}

// TestTimeThatPassesIsNoSilenceOfTheProgram: when a message comes back after the time for
// which it waited on a real broker, the program has its whole stall limit to deal with it.
func TestTimeThatPassesIsNoSilenceOfTheProgram(t *testing.T) {
	journal := brokers.NewJournal(1000, brokers.Refuse, brokers.RealClock())
	b := &slow{idler: idler{idle: brokers.Idle{Due: 1}}, longest: 10 * time.Second}
	r := &gradedRun{world: &world{seq: brokers.NewSequencer(journal), brokers: []brokers.Broker{b}, spoke: true, changed: make(chan struct{}, 1)}}
	r.request.Spec = trial.Spec{Brokers: []trial.Broker{{Container: true}}, Limits: trial.Limits{Stall: time.Second}}
	var s silence
	wait := func(d time.Duration) (end string, after time.Duration) {
		for ; after < d && end == ""; after += tick {
			s.ticks++
			end = r.endedBy(&s)
		}
		return end, after
	}
	if end, after := wait(10 * time.Second); end != "" {
		t.Fatalf("while a message waits for its time the run ended by %q after %s", end, after)
	}
	b.idle = brokers.Idle{InFlight: 1} // delivered, and its event is about to be noticed
	if end, after := wait(900 * time.Millisecond); end != "" {
		t.Fatalf("the run ended by %q, %s after the message came back", end, after)
	}
	if end, _ := wait(time.Second); end != trial.EndStall {
		t.Errorf("a program that does nothing with the message: the run ended by %q, want %q", end, trial.EndStall)
	}
}

// TestAnEventBreaksTheSilence: what was concluded from a silence does not hold when an
// event has come since its last tick.
func TestAnEventBreaksTheSilence(t *testing.T) {
	journal := brokers.NewJournal(1000, brokers.Refuse, brokers.RealClock())
	r := &gradedRun{world: &world{seq: brokers.NewSequencer(journal), spoke: true, changed: make(chan struct{}, 1)}}
	r.request.Spec.Until.Charged = "all"
	s := silence{ticks: 1_000}
	r.world.changed <- struct{}{}
	if end := r.endedBy(&s); end != "" {
		t.Errorf("the run ended by %q, with an event that nobody had looked at", end)
	}
	<-r.world.changed
	if end := r.endedBy(&s); end != trial.EndQuiet {
		t.Errorf("the run ended by %q, want %q", end, trial.EndQuiet)
	}
}
