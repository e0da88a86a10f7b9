package brokers

import (
	"container/heap"
	"sync"
	"sync/atomic"
	"time"
)

// A Clock is the only source of time for a model. Its callbacks run outside the
// sequencer; one that changes a broker's state does so through Sequencer.Do.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once, d from now. A d of zero or less is due at once.
	AfterFunc(d time.Duration, f func()) Timer
	// Skip moves the clock d ahead and calls what became due, in order, before
	// it returns. It must not be called inside the sequencer.
	Skip(d time.Duration)
	// Next reports when the first call is due; ok is false when none is set.
	Next() (due time.Time, ok bool)
}

// A Timer is a call that has not been made yet. Stop reports whether it will now
// never be made.
type Timer interface{ Stop() bool }

// timers is what both clocks are made of: calls to make, by their time.
type timers struct {
	mu    sync.Mutex
	queue timerHeap
	next  uint64 // breaks ties: first set, first called
}

type timer struct {
	owner *timers
	due   time.Time
	order uint64
	call  func()
	index int // in the heap; -1 when no longer in it
}

// Stop takes the timer out of its clock.
func (t *timer) Stop() bool {
	t.owner.mu.Lock()
	defer t.owner.mu.Unlock()
	if t.index < 0 {
		return false
	}
	heap.Remove(&t.owner.queue, t.index)
	return true
}

// add puts a call into the queue. The caller holds the lock.
func (ts *timers) add(due time.Time, f func()) *timer {
	t := &timer{owner: ts, due: due, order: ts.next, call: f}
	ts.next++
	heap.Push(&ts.queue, t)
	return t
}

// Next reports when the first call is due; ok is false when none is set.
func (ts *timers) Next() (due time.Time, ok bool) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if len(ts.queue) == 0 {
		return time.Time{}, false
	}
	return ts.queue[0].due, true
}

// pop takes the first call that is due by now, or nil. The caller holds the lock.
func (ts *timers) pop(now time.Time) *timer {
	if len(ts.queue) == 0 || ts.queue[0].due.After(now) {
		return nil
	}
	return heap.Pop(&ts.queue).(*timer)
}

// RealClock returns a clock that runs with the machine's and can be moved ahead.
func RealClock() Clock { return &realClock{} }

type realClock struct {
	timers
	calling sync.Mutex   // held while what is due is called: the alarm and Skip take turns
	skipped atomic.Int64 // nanoseconds
	alarm   *time.Timer  // rings when the first timer is due
}

func (c *realClock) Now() time.Time { return time.Now().Add(time.Duration(c.skipped.Load())) }

func (c *realClock) AfterFunc(d time.Duration, f func()) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.add(c.Now().Add(d), f)
	c.setAlarm()
	return t
}

func (c *realClock) Skip(d time.Duration) {
	c.skipped.Add(int64(max(d, 0)))
	c.run()
}

// run calls what is due, then sets the alarm for what comes next.
func (c *realClock) run() {
	c.calling.Lock()
	defer c.calling.Unlock()
	for {
		c.mu.Lock()
		t := c.pop(c.Now())
		if t == nil {
			c.setAlarm()
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		t.call()
	}
}

func (c *realClock) setAlarm() {
	if len(c.queue) == 0 {
		return
	}
	wait := max(c.queue[0].due.Sub(c.Now()), 0)
	if c.alarm == nil {
		c.alarm = time.AfterFunc(wait, c.run)
		return
	}
	c.alarm.Reset(wait)
}

// A VirtualClock stands still until it is moved. A simulation advances it from
// one due call to the next, so an hour of waiting costs nothing.
type VirtualClock struct {
	timers
	at time.Time
}

// NewVirtualClock returns a clock that stands at start.
func NewVirtualClock(start time.Time) *VirtualClock { return &VirtualClock{at: start} }

// Now returns where the clock stands.
func (c *VirtualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// AfterFunc sets a call for d from where the clock stands.
func (c *VirtualClock) AfterFunc(d time.Duration, f func()) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.add(c.at.Add(d), f)
}

// Skip is Advance.
func (c *VirtualClock) Skip(d time.Duration) { c.Advance(d) }

// Advance moves the clock d ahead. Each call that becomes due is made in order,
// with the clock standing at its time, so that calls set by calls come in turn.
func (c *VirtualClock) Advance(d time.Duration) {
	c.mu.Lock()
	end := c.at.Add(max(d, 0))
	c.mu.Unlock()
	for {
		c.mu.Lock()
		t := c.pop(end)
		if t == nil {
			c.at = end
			c.mu.Unlock()
			return
		}
		if t.due.After(c.at) {
			c.at = t.due
		}
		c.mu.Unlock()
		t.call()
	}
}

// timerHeap orders timers by due time, then by when they were set.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].order < h[j].order
	}
	return h[i].due.Before(h[j].due)
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	t.index, old[len(old)-1] = -1, nil // what it would call must not stay in memory
	*h = old[:len(old)-1]
	return t
}
