package brokers

import (
	"sync"
	"time"
)

// Full says what a journal does when it has reached its limit.
type Full int

const (
	// Forget drops the oldest event: right for a live session, which only looks.
	Forget Full = iota
	// Refuse keeps every event and reports no Room, so that the broker refuses
	// the client's next change: right for a graded run, which must not judge by
	// half of what happened.
	Refuse
)

// hostRoom is how many events a refusing journal keeps free for what the host
// and the broker record by themselves after the client has been refused:
// closings, requeues and the quota event itself.
const hostRoom = 256

// A Journal is the append-only record of what one lab host saw. Append is called
// inside the sequencer; everything else may be called from any goroutine.
type Journal struct {
	clock Clock
	began time.Time
	limit int
	full  Full

	mu      sync.Mutex
	events  []Event // a ring once it has limit events and forgets
	head    int     // index of the oldest event
	last    uint64
	lost    uint64
	watches []func(Event)

	frames   frames
	handling RawFrame // what is being acted on, if acting; touched inside the sequencer only
	acting   bool     // likewise
	cause    uint64   // its number, once an event has carried it; likewise
}

// NewJournal returns an empty journal that holds up to limit events and takes
// its times from clock.
func NewJournal(limit int, full Full, clock Clock) *Journal {
	return &Journal{clock: clock, began: clock.Now(), limit: max(limit, 2*hostRoom), full: full}
}

// Append records e, sets its Seq, its At and, if it has none, the Frame that is
// being handled, and returns the Seq. It copies e into memory that the journal
// already has once the journal has grown to its limit.
func (j *Journal) Append(e Event) uint64 {
	e.At = j.clock.Now().Sub(j.began)
	if e.Frame == 0 {
		e.Frame = j.causeOf(e.Client)
	}
	j.mu.Lock()
	j.last++
	e.Seq = j.last
	if j.full == Forget && len(j.events) == j.limit {
		j.events[j.head] = e
		j.head = (j.head + 1) % j.limit
		j.lost++
	} else {
		j.events = append(j.events, e)
	}
	watches := j.watches
	j.mu.Unlock()
	for _, watch := range watches {
		watch(e)
	}
	return e.Seq
}

// Room reports whether a client may still cause events. A broker asks before it
// changes anything, and answers false with its protocol's resource error.
func (j *Journal) Room() bool {
	if j.full == Forget {
		return true
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.events) < j.limit-hostRoom
}

// Since returns copies of the events after seq, oldest first. What the journal
// has forgotten is missing from them; Lost counts it.
func (j *Journal) Since(seq uint64) []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	if seq >= j.last {
		return nil
	}
	n := min(j.last-seq, uint64(len(j.events)))
	out := make([]Event, 0, n)
	for i := len(j.events) - int(n); i < len(j.events); i++ {
		out = append(out, j.events[(j.head+i)%len(j.events)])
	}
	return out
}

// Watch calls fn with every event from now on, inside Append: fn must be quick
// and must not append.
func (j *Journal) Watch(fn func(Event)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	watches := make([]func(Event), len(j.watches), len(j.watches)+1)
	copy(watches, j.watches)
	j.watches = append(watches, fn)
}

// Last returns the Seq of the newest event, 0 when there is none.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// Lost counts the events that were forgotten.
func (j *Journal) Lost() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lost
}
