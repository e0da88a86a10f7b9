package brokers

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestVirtualClockCallsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := NewVirtualClock(time.Unix(0, 0))
		var called []time.Duration
		at := func() { called = append(called, c.Now().Sub(time.Unix(0, 0))) }
		delays := rapid.SliceOfN(rapid.IntRange(0, 50), 1, 20).Draw(t, "delays")
		for _, d := range delays {
			c.AfterFunc(time.Duration(d), at)
		}
		for range 10 {
			c.Advance(time.Duration(rapid.IntRange(0, 10).Draw(t, "step")))
		}
		c.Advance(50)
		if len(called) != len(delays) {
			t.Fatalf("%d calls, want %d", len(called), len(delays))
		}
		for i := 1; i < len(called); i++ {
			if called[i] < called[i-1] {
				t.Fatalf("call %d at %d came after one at %d", i, called[i], called[i-1])
			}
		}
	})
}

func TestVirtualClockCallsThatSetCalls(t *testing.T) {
	c := NewVirtualClock(time.Unix(0, 0))
	var at []int64
	var tick func()
	tick = func() {
		at = append(at, c.Now().Unix())
		if len(at) < 4 {
			c.AfterFunc(time.Second, tick)
		}
	}
	c.AfterFunc(time.Second, tick)
	c.Advance(10 * time.Second)
	if diff := cmp.Diff([]int64{1, 2, 3, 4}, at); diff != "" {
		t.Errorf("ticks (-want +got):\n%s", diff)
	}
}

func TestStoppedTimerIsNotCalled(t *testing.T) {
	c := NewVirtualClock(time.Unix(0, 0))
	timer := c.AfterFunc(time.Second, func() { t.Error("called") })
	if !timer.Stop() || timer.Stop() {
		t.Error("Stop must report true once")
	}
	c.Advance(time.Minute)
}

// TestRule4SkipIsAtOnce: what would expire in half an hour expires now.
func TestRule4SkipIsAtOnce(t *testing.T) {
	c := RealClock()
	before := c.Now()
	expired := make(chan time.Time, 1)
	c.AfterFunc(30*time.Minute, func() { expired <- c.Now() })
	c.Skip(30 * time.Minute)
	select {
	case at := <-expired:
		if at.Sub(before) < 30*time.Minute {
			t.Errorf("called at %s after the start", at.Sub(before))
		}
	default:
		t.Error("Skip returned before what became due was called")
	}
}

func TestRealClockRings(t *testing.T) {
	c := RealClock()
	rang := make(chan struct{})
	c.AfterFunc(time.Hour, func() {})
	c.AfterFunc(time.Millisecond, func() { close(rang) })
	<-rang
}
