package inhost

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// A resting is a broker of which only its places and Idle are asked.
type resting struct {
	idler
	places []brokers.Place
}

func (s *resting) State() brokers.State { return brokers.State{Places: s.places} }

// newStillWorld is a world in which nothing happens by itself.
func newStillWorld(b ...brokers.Broker) *world {
	clock := brokers.NewVirtualClock(time.Unix(0, 0))
	journal := brokers.NewJournal(1000, brokers.Refuse, clock)
	return &world{clock: clock, journal: journal, seq: brokers.NewSequencer(journal), brokers: b, changed: make(chan struct{}, 1)}
}

// TestRefusedForGood: a run is over when the same was refused sixteen times in a row and
// nothing is about to change the answer.
func TestRefusedForGood(t *testing.T) {
	for _, tt := range []struct {
		rule string
		n    int
		due  time.Duration // of the clock; 0: nothing is
		real bool
		want string
	}{
		{"a client that tries ten times more may still give up", 11, 0, false, ""},
		{"one refusal less than sixteen", 15, 0, false, ""},
		{"sixteen", 16, 0, false, trial.EndRefused},
		{"something is due within the stall limit", 16, 500 * time.Millisecond, false, ""},
		{"something is due after the stall limit", 16, 2 * time.Second, false, trial.EndRefused},
		{"what a real broker has in mind nobody knows", 16, 0, true, ""},
	} {
		w := newStillWorld()
		r := &gradedRun{world: w}
		r.request.Spec.Limits = trial.Limits{Stall: time.Second, Attempts: 25}
		w.spec.Brokers = []trial.Broker{{Container: tt.real}}
		for range tt.n {
			w.follow(brokers.Event{Kind: brokers.Refused, Client: "c1", Reason: "Produce: NOT_ENOUGH_REPLICAS"})
		}
		if tt.due > 0 {
			w.clock.AfterFunc(tt.due, func() {})
		}
		if got := r.decided(); got != tt.want {
			t.Errorf("%s: the run ends by %q, want %q", tt.rule, got, tt.want)
		}
	}
}

// TestDeadEnd: a program that is silent while a partition has no leader, and will have
// none, is told apart from one that has stalled.
func TestDeadEnd(t *testing.T) {
	without := brokers.Place{Kind: "partition", Name: "orders/0", Detail: map[string]any{"leader": int32(0)}}
	with := brokers.Place{Kind: "partition", Name: "orders/1", Detail: map[string]any{"leader": int32(2)}}
	queue := brokers.Place{Kind: "queue", Name: "jobs", Detail: map[string]any{"leader": int32(0)}}
	for _, tt := range []struct {
		rule   string
		places []brokers.Place
		silent time.Duration
		due    time.Duration
		want   bool
	}{
		{"after two seconds and a half", []brokers.Place{with, without}, 2500 * time.Millisecond, 0, true},
		{"a tick before", []brokers.Place{without}, 2490 * time.Millisecond, 0, false},
		{"every partition has a leader", []brokers.Place{with}, time.Minute, 0, false},
		{"a queue has none", []brokers.Place{queue}, time.Minute, 0, false},
		{"a node is about to come back", []brokers.Place{without}, time.Minute, time.Second, false},
		{"a node comes back much later", []brokers.Place{without}, time.Minute, time.Hour, true},
	} {
		w := newStillWorld(&resting{places: tt.places})
		if tt.due > 0 {
			w.clock.AfterFunc(tt.due, func() {})
		}
		if got := w.deadEnd(int(tt.silent/tick), 5*time.Second); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.rule, got, tt.want)
		}
	}
}

// TestMayRetry: how long a program may be silent when nothing is left to happen.
func TestMayRetry(t *testing.T) {
	const atOnce, aWhile, stall = quietTicks, 50, 100 // half a second is a while
	inner := trial.Fault{Kind: trial.NodeDown, Node: 1}
	for _, tt := range []struct {
		rule      string
		set       func(*gradedRun)
		ticks     int
		want      bool
		connected bool
	}{
		{"it has done something and is connected", func(*gradedRun) {}, atOnce, false, true},
		{"it is connected to nothing", func(*gradedRun) {}, aWhile - 1, true, false},
		{"it is connected to nothing for long", func(*gradedRun) {}, aWhile, false, false},
		{"only its end says that it is done", func(r *gradedRun) { r.request.Spec.Until = trial.Until{} }, aWhile - 1, true, true},
		{"only its end says so, and that does not come", func(r *gradedRun) { r.request.Spec.Until = trial.Until{} }, aWhile, false, true},
		{"it has only connected", func(r *gradedRun) { r.world.acted = false }, stall - 1, true, true},
		{"it has only connected, and stays so", func(r *gradedRun) { r.world.acted = false }, stall, false, true},
		{"nothing is written", func(r *gradedRun) { r.world.labels = nil }, stall - 1, true, true},
		{"nothing is written for good", func(r *gradedRun) { r.world.labels = nil }, stall, false, true},
		{"nothing is committed in the log", func(r *gradedRun) { r.world.spec.Brokers = []trial.Broker{{Name: kafkaSource}} }, stall - 1, true, true},
		{"a queue knows no commits", func(r *gradedRun) { r.world.spec.Brokers = []trial.Broker{{Name: "rabbitmq"}} }, atOnce, false, true},
		{"a node has gone", func(r *gradedRun) { r.request.Fault = inner; r.fell.Store(true) }, stall - 1, true, true},
		{"a node has gone, and it does not notice", func(r *gradedRun) { r.request.Fault = inner; r.fell.Store(true) }, stall, false, true},
		{"a node is to go", func(r *gradedRun) { r.request.Fault = inner }, stall - 1, true, true},
		{"its crash has not come", func(r *gradedRun) { r.request.Fault.Kind, r.fired = trial.Crash, make(chan struct{}) }, stall - 1, true, true},
		{"its crash has come and gone", func(r *gradedRun) { r.request.Fault.Kind = trial.Crash }, atOnce, false, true},
	} {
		w := newStillWorld()
		w.acted, w.labels = true, map[string]bool{"1": true}
		w.spec.Until = trial.Until{Settled: []string{"jobs"}, Charged: "ledger"}
		r := &gradedRun{world: w}
		r.request.Spec.Until, r.request.Spec.Limits.Stall = w.spec.Until, stall*tick
		if tt.connected {
			w.clients = 1
		}
		tt.set(r)
		if got := r.mayRetry(tt.ticks); got != tt.want {
			t.Errorf("%s: after %s it may go on: %v, want %v", tt.rule, time.Duration(tt.ticks)*tick, got, tt.want)
		}
	}
}

// TestYetToFall: which faults a run still waits for.
func TestYetToFall(t *testing.T) {
	fallen := make(chan struct{})
	close(fallen)
	for _, tt := range []struct {
		rule  string
		fault trial.Fault
		state func(*gradedRun)
		want  bool
	}{
		{"no fault", trial.Fault{}, func(*gradedRun) {}, false},
		{"a rebalance", trial.Fault{Kind: trial.Rebalance}, func(*gradedRun) {}, true},
		{"a rebalance that has come", trial.Fault{Kind: trial.Rebalance}, func(r *gradedRun) { r.fell.Store(true) }, false},
		{"a crash", trial.Fault{Kind: trial.Crash}, func(r *gradedRun) { r.fired = make(chan struct{}) }, true},
		{"a crash that has come", trial.Fault{Kind: trial.Crash}, func(r *gradedRun) { r.fired = fallen }, false},
		{"a crash that was dealt with", trial.Fault{Kind: trial.Crash}, func(r *gradedRun) { r.fired = nil }, false},
		{"a lost network", trial.Fault{Kind: trial.Disconnect}, func(r *gradedRun) { r.fired = make(chan struct{}) }, true},
		{"a refusal, which a service brings about", trial.Fault{Kind: trial.Refuse}, func(r *gradedRun) { r.fired = make(chan struct{}) }, false},
	} {
		r := &gradedRun{request: trial.Request{Fault: tt.fault}}
		if tt.state(r); r.yetToFall() != tt.want {
			t.Errorf("%s: %v, want %v", tt.rule, !tt.want, tt.want)
		}
	}
}

// TestActed: to connect is to speak; only what a fault may follow is an act, in whichever
// life.
func TestActed(t *testing.T) {
	w := newStillWorld()
	w.arrivals, w.labels, w.tries = make(map[uint64]time.Time), make(map[string]bool), make(map[string]int)
	w.journal.Watch(w.watch)
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := w.seq.Track(raw, brokers.BrokerConn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, tt := range []struct {
		rule         string
		asks         bool // a client has caused it
		e            brokers.Event
		spoke, acted bool
	}{
		{"the lab sets up a message", false, brokers.Event{Kind: brokers.Published}, false, false},
		{"the program connects", true, brokers.Event{Kind: brokers.Opened, Client: "c1"}, true, false},
		{"it is given a message again", true, brokers.Event{Kind: brokers.Delivered, Client: "c1", Redelivered: true}, true, false},
		{"it publishes", true, brokers.Event{Kind: brokers.Published, Client: "c1"}, true, true},
		{"it begins a second life", false, brokers.Event{Kind: brokers.Restarted}, false, true},
	} {
		appended := func() { w.journal.Append(tt.e) }
		if !tt.asks {
			w.seq.Do(appended)
		} else {
			if _, err := client.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			if err := w.seq.Handle(c, appended); err != nil {
				t.Fatal(err)
			}
		}
		if w.hasSpoken() != tt.spoke || w.hasActed() != tt.acted {
			t.Errorf("%s: it has spoken: %v, acted: %v; want %v, %v", tt.rule, w.hasSpoken(), w.hasActed(), tt.spoke, tt.acted)
		}
	}
}

// TestASessionIsOverWhenItSaysSo: between two commands nothing moves, and that is no end.
func TestASessionIsOverWhenItSaysSo(t *testing.T) {
	w := newStillWorld()
	w.spoke = true
	r := &gradedRun{world: w}
	r.request.Spec.Limits.Stall = time.Second
	if end := r.silent(1000); end != trial.EndQuiet {
		t.Fatalf("a program ends by %q, want %q", end, trial.EndQuiet)
	}
	r.request.Program.Console = true
	if end := r.silent(1000); end != "" {
		t.Errorf("a session ends by %q", end)
	}
}

// A guarded is a broker with users.
type guarded struct {
	idler
	asked []string
}

func (g *guarded) Attempt(user, vhost, access, name string) error {
	g.asked = append(g.asked, strings.Join([]string{user, vhost, access}, " "))
	if access == "write" {
		return errors.New("access to exchange '" + name + "' refused")
	}
	return nil
}

// TestAttempt: what the checks want to know of users is tried once for all of them, and
// what comes of it is the host's event.
func TestAttempt(t *testing.T) {
	g := &guarded{}
	w := newStillWorld(&idler{}, g)
	check := trial.Check{Property: "user-permissions", With: property.Params{"user": "app", "vhosts": []any{"/"}}}
	r := &prober{world: w, spec: trial.Spec{Checks: []trial.Check{check, check}}}
	if !r.attempt() {
		t.Error("nothing was tried")
	}
	if got := strings.Join(g.asked, ", "); got != "app / configure, app / write, app / read" {
		t.Errorf("tried: %s", got)
	}
	var got []string
	for _, e := range w.journal.Since(0) {
		got = append(got, fmt.Sprint(e.Source, " ", e.Kind, " ", e.User, " ", e.Place, " ", e.Key, " ", e.Reason != ""))
	}
	want := "host allowed app / configure false, host refused app / write true, host allowed app / read false"
	if all := strings.Join(got, ", "); all != want {
		t.Errorf("the journal has %s, want %s", all, want)
	}
	if r.spec.Checks = nil; r.attempt() {
		t.Error("something was tried that nobody asked for")
	}
}

// TestReplies: a refusal of a binding has the broker's own code and words, real or not.
func TestReplies(t *testing.T) {
	for _, tt := range []struct {
		err  error
		code int
		text string
	}{
		{fmt.Errorf("bind: %w", model.Errorf(model.NotFound, "no queue 'x' in vhost '/'")), 404, "no queue 'x'"},
		{fmt.Errorf("bind: %w", &amqp.Error{Code: 403, Reason: "ACCESS_REFUSED"}), 403, "ACCESS_REFUSED"},
		{errors.New("the broker is closed"), 500, "the broker is closed"},
	} {
		if code, text := replyOf(tt.err); code != tt.code || !strings.Contains(text, tt.text) {
			t.Errorf("%v: %d %q, want %d and %q", tt.err, code, text, tt.code, tt.text)
		}
	}
}
