package server

import (
	"strconv"
	"sync"
	"time"
)

const (
	// ringEntries and ringBytes bound what a lab remembers of its last runs.
	ringEntries = 4096
	ringBytes   = 2 << 20
	// maxReaders bounds the pages that watch one lab.
	maxReaders = 64
	// batchTime is how long output and events may wait for more of their kind.
	batchTime = 50 * time.Millisecond
	// batchBytes ends a batch early.
	batchBytes = 32 << 10
)

// A ring holds the last updates of a lab, in order, each with a number. Readers
// come and go without it noticing: a run outlives its streams. Updates are
// joined into batches here, once for all readers.
type ring struct {
	mu      sync.Mutex
	entries []entry // oldest first
	bytes   int
	last    uint64 // number of the newest entry
	mark    uint64 // where a new reader starts: before the last run
	batch   *Update
	flushed time.Time
	timer   *time.Timer
	readers map[chan struct{}]bool
	closed  bool
}

// An entry is an update as it goes over the wire, but for its words.
type entry struct {
	id    uint64
	data  []byte
	texts map[string]string
	once  bool
}

func newRing() *ring { return &ring{readers: map[chan struct{}]bool{}} }

// publish adds an update. The first of a batch goes out at once, so that a
// short program's output need not wait; what follows within batchTime is joined.
func (r *ring) publish(u Update) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if r.batch != nil && !r.batch.join(u) {
		r.flush()
	}
	if r.batch == nil {
		r.batch = &u
	}
	wait := batchTime - time.Since(r.flushed)
	joins := u.Type == "output" || u.Type == "events"
	if !joins || wait <= 0 || r.batch.size() > batchBytes {
		r.flush()
		return
	}
	if r.timer == nil {
		r.timer = time.AfterFunc(wait, r.flushLater)
	}
}

func (r *ring) flushLater() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flush()
}

// flush turns the batch into an entry, forgets old ones, and wakes readers.
func (r *ring) flush() {
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	if r.batch == nil || r.closed {
		return
	}
	u := r.batch
	r.batch, r.flushed = nil, time.Now()
	data, err := u.encode()
	if err != nil { // A body that is no JSON is our mistake; the page is told that something is missing.
		data = []byte(`{"type":"gap"}`)
	}
	r.last++
	r.entries = append(r.entries, entry{id: r.last, data: data, texts: u.Texts, once: u.Once})
	r.bytes += len(data)
	for len(r.entries) > ringEntries || r.bytes > ringBytes && len(r.entries) > 1 {
		r.bytes -= len(r.entries[0].data)
		r.entries[0] = entry{}
		r.entries = r.entries[1:]
	}
	for wake := range r.readers {
		select {
		case wake <- struct{}{}:
		default: // It has not looked since it was last woken.
		}
	}
}

// begin marks the place where a new reader starts.
func (r *ring) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flush()
	r.mark = r.last
}

// since returns what came after an entry. It reports a gap when some of that
// was forgotten, or when the number is not one of ours.
func (r *ring) since(id uint64) (entries []entry, gap bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if id > r.last {
		return nil, true
	}
	missed := int(r.last - id)
	if missed > len(r.entries) {
		return append(entries, r.entries...), true
	}
	return append(entries, r.entries[len(r.entries)-missed:]...), false
}

// span is the number after which a new reader reads, and that of the newest entry.
func (r *ring) span() (start, last uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(r.mark, r.last-uint64(len(r.entries))), r.last
}

// watch returns a channel that is sent to when there is something new. It
// reports false when too many watch already.
func (r *ring) watch() (wake <-chan struct{}, leave func(), ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.readers) >= maxReaders {
		return nil, nil, false
	}
	ch := make(chan struct{}, 1)
	r.readers[ch] = true
	return ch, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.readers, ch)
	}, true
}

// close makes the ring take no more.
func (r *ring) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flush()
	r.closed = true
}

// newEpoch names a process in event ids: a page that reconnects after a restart
// holds a number which means nothing to the new process.
func newEpoch(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 36) }
