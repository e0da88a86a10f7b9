package brokers

import (
	"slices"
	"sort"
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
	blocks  [][]run // of blockRuns each, the oldest first: growing copies nothing
	head    int     // the oldest run, in the first block
	held    int     // runs in use, from head on
	last    uint64
	lost    uint64
	watches []*watch // replaced, never changed

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

// blockRuns is how many runs the journal makes room for at once.
const blockRuns = 128

// A run is n events that follow each other and differ only in their Seq and in what each
// sets. Nearly every run is a single event.
type run struct {
	first Event
	n     int
	gone  int // how many of them have been forgotten
	each  func(i int, e *Event)
}

// read makes *e the i-th event of a run.
func (r *run) read(i int, e *Event) {
	*e = r.first
	e.Seq += uint64(i)
	if r.each != nil {
		r.each(i, e)
	}
}

type watch struct{ see func(Event) }

// Append records e, sets its Seq, its At and, if it has none, the Frame that is
// being handled, and returns the Seq. It copies e into memory that the journal
// already has once the journal has grown to its limit.
func (j *Journal) Append(e Event) uint64 {
	for _, w := range j.put(&e, 1, nil) {
		w.see(e)
	}
	return e.Seq
}

// AppendRun records n events of one moment in about the time and memory that one takes.
// They are as like, but for what each sets in the i-th, from 0. The journal keeps each,
// and calls it from any goroutine when somebody looks: it must always set the same.
func (j *Journal) AppendRun(like Event, n int, each func(i int, e *Event)) {
	if n <= 1 {
		if n == 1 {
			one := like
			each(0, &one)
			j.Append(one)
		}
		return
	}
	watches := j.put(&like, n, each)
	if len(watches) == 0 {
		return
	}
	r, e := run{first: like, each: each}, Event{}
	for i := range n {
		r.read(i, &e)
		for _, w := range watches {
			w.see(e)
		}
	}
}

// put adds a run of n events, sets in first what the journal knows of them, and returns
// who wants to see them.
func (j *Journal) put(first *Event, n int, each func(int, *Event)) []*watch {
	first.At = j.clock.Now().Sub(j.began)
	if first.Frame == 0 {
		first.Frame = j.causeOf(first.Client)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	first.Seq = j.last + 1
	j.last += uint64(n)
	if j.head+j.held == len(j.blocks)*blockRuns {
		j.blocks = append(j.blocks, make([]run, blockRuns))
	}
	r := j.run(j.held)
	r.first, r.n, r.gone, r.each = *first, n, 0, each
	j.held++
	if j.full == Forget {
		j.forget(int(j.last-j.lost) - j.limit)
	}
	return j.watches
}

// forget drops the n oldest events.
func (j *Journal) forget(n int) {
	for n > 0 {
		r := j.run(0)
		drop := min(n, r.n-r.gone)
		r.gone += drop
		j.lost += uint64(drop)
		n -= drop
		if r.gone == r.n {
			*r = run{}
			j.head++
			j.held--
		}
		if j.head == blockRuns { // the first block is free: it goes to the end
			j.head = 0
			j.blocks = append(j.blocks[1:], j.blocks[0])
		}
	}
}

// Room reports whether a client may still cause events. A broker asks before it
// changes anything, and answers false with its protocol's resource error.
func (j *Journal) Room() bool {
	if j.full == Forget {
		return true
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return int(j.last-j.lost) < j.limit-hostRoom
}

// Since returns copies of the events after seq, oldest first. What the journal
// has forgotten is missing from them; Lost counts it.
func (j *Journal) Since(seq uint64) []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	if seq >= j.last {
		return nil
	}
	out := make([]Event, min(j.last-seq, j.last-j.lost))
	from := sort.Search(j.held, func(k int) bool {
		r := j.run(k)
		return r.first.Seq+uint64(r.n) > seq+1
	})
	rest := out
	for k := from; k < j.held; k++ {
		r := j.run(k)
		for i := max(r.gone, int(int64(seq+1-r.first.Seq))); i < r.n; i++ {
			r.read(i, &rest[0])
			rest = rest[1:]
		}
	}
	return out
}

// run returns the k-th run that is held, from the oldest.
func (j *Journal) run(k int) *run { return &j.blocks[(j.head+k)/blockRuns][(j.head+k)%blockRuns] }

// Watch calls fn with every event from now on, inside Append: fn must be quick
// and must not append. It goes on until stop is called.
func (j *Journal) Watch(fn func(Event)) (stop func()) {
	w := &watch{fn}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.watches = append(slices.Clone(j.watches), w)
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.watches = slices.DeleteFunc(slices.Clone(j.watches), func(o *watch) bool { return o == w })
	}
}

// Watched reports whether somebody sees each event as it is appended: then a fault may
// fall after any of them.
func (j *Journal) Watched() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.watches) > 0
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
