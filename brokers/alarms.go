package brokers

import (
	"sync"
	"time"
)

// Alarms is a clock whose calls can all be taken back: a record that is due for deletion
// in seven days must not keep a broker in memory that was closed long before.
type Alarms struct {
	Clock

	mu     sync.Mutex
	set    map[*alarm]struct{}
	closed bool
}

type alarm struct {
	of    *Alarms
	timer Timer
}

// NewAlarms returns a part of a clock with calls of its own.
func NewAlarms(clock Clock) *Alarms {
	return &Alarms{Clock: clock, set: make(map[*alarm]struct{})}
}

// AfterFunc sets a call, unless the alarms have been closed.
func (a *Alarms) AfterFunc(d time.Duration, f func()) Timer {
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

// Close takes all calls back, and lets none be set any more.
func (a *Alarms) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for t := range a.set {
		t.timer.Stop()
	}
	a.closed = true
	clear(a.set)
}
