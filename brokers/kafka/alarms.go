package kafka

import (
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// alarms is a clock whose calls can all be taken back: a record that is due for deletion in
// seven days must not keep a cluster in memory that was closed long before.
type alarms struct {
	brokers.Clock

	mu     sync.Mutex
	set    map[*alarm]struct{}
	closed bool
}

type alarm struct {
	of    *alarms
	timer brokers.Timer
}

func newAlarms(clock brokers.Clock) *alarms {
	return &alarms{Clock: clock, set: make(map[*alarm]struct{})}
}

// AfterFunc sets a call, unless the alarms have been closed.
func (a *alarms) AfterFunc(d time.Duration, f func()) brokers.Timer {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := &alarm{of: a}
	if a.closed {
		return t
	}
	a.set[t] = struct{}{}
	t.timer = a.Clock.AfterFunc(d, func() {
		if t.forget() {
			f()
		}
	})
	return t
}

// Stop takes a call back.
func (t *alarm) Stop() bool { return t.forget() && t.timer.Stop() }

// forget reports whether the alarm was set; it is not any longer.
func (t *alarm) forget() bool {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	_, set := t.of.set[t]
	delete(t.of.set, t)
	return set
}

// close takes all calls back, and lets none be set any more.
func (a *alarms) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for t := range a.set {
		t.timer.Stop()
	}
	a.closed = true
	clear(a.set)
}
