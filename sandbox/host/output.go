package host

import (
	"bytes"
	"encoding/binary"
	"io"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/lockdown/enter"
)

const (
	// maxDump bounds the goroutine dump that is kept, in bytes.
	maxDump = 256 << 10
	// maxTrace bounds the trace records of one program.
	maxTrace = 100_000
	// drainTime is how long the pipes of an ended program are read on. Nobody else
	// holds them, so EOF comes as soon as all was read.
	drainTime = 10 * time.Second
)

// output reads what a program prints and traces, counts it and hands it on.
type output struct {
	show  func(stream string, b []byte)
	trace func([]TraceRecord)
	over  func() // called once, when the program printed too much
	wait  sync.WaitGroup

	mu       sync.Mutex
	left     int64
	words    words
	end      ending // of stderr
	dumping  bool
	dump     []byte
	dumpFull chan struct{}
}

func newOutput(p Program, over func()) *output {
	return &output{show: p.Output, trace: p.Trace, over: over, left: p.Limits.Output, dumpFull: make(chan struct{})}
}

// read copies one stream until its end.
func (o *output) read(stream string, r io.Reader) {
	defer o.wait.Done()
	buf := make([]byte, 16<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 && !o.take(stream, buf[:n]) {
			o.over()
		}
		if err != nil {
			return
		}
	}
}

// take hands bytes on as far as the limit goes. It reports false once: when they
// go over it.
func (o *output) take(stream string, b []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if stream == "stderr" {
		o.words.read(b)
		o.end.read(b)
		if o.dumping {
			b = o.keepDump(b)
		}
	}
	over := o.left >= 0 && int64(len(b)) > o.left
	b = b[:min(int64(len(b)), max(o.left, 0))]
	o.left -= int64(len(b))
	if len(b) > 0 && o.show != nil {
		o.show(stream, b)
	}
	if over {
		o.left = -1
	}
	return !over
}

// dumpStart begins the Go runtime's goroutine dump.
var dumpStart = []byte("SIGQUIT: quit")

// keepDump keeps what belongs to the dump and gives back what came before it.
func (o *output) keepDump(b []byte) []byte {
	var before []byte
	if len(o.dump) == 0 {
		i := bytes.Index(b, dumpStart)
		if i < 0 {
			return b
		}
		before, b = b[:i], b[i:]
	}
	if room := maxDump - len(o.dump); len(b) >= room && room > 0 {
		b = b[:room]
		close(o.dumpFull)
	} else if room == 0 {
		b = nil
	}
	o.dump = append(o.dump, b...)
	return before
}

// expectDump says that a SIGQUIT is on its way.
func (o *output) expectDump() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dumping = true
}

func (o *output) dumped() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.dump)
}

func (o *output) said() words {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.words
}

// lastSaid is the end of what was printed on stderr.
func (o *output) lastSaid() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.end)
}

// readTrace reads the records of enter.At. What is no record is skipped.
func (o *output) readTrace(r io.Reader) {
	defer o.wait.Done()
	buf := make([]byte, 256*enter.RecordSize)
	kept := 0
	for count := 0; count < maxTrace; {
		n, err := r.Read(buf[kept:])
		whole := (kept + n) / enter.RecordSize * enter.RecordSize
		records := decode(buf[:whole])
		if len(records) > 0 && o.trace != nil {
			o.trace(records)
		}
		count += whole / enter.RecordSize
		kept = copy(buf, buf[whole:kept+n])
		if err != nil {
			return
		}
	}
}

// maxLine is above any line of a source of 64 KiB.
const maxLine = 1 << 16

func decode(b []byte) []TraceRecord {
	records := make([]TraceRecord, 0, len(b)/enter.RecordSize)
	for ; len(b) >= enter.RecordSize; b = b[enter.RecordSize:] {
		r := TraceRecord{
			At:   time.Unix(0, int64(binary.LittleEndian.Uint64(b))),
			Line: int32(binary.LittleEndian.Uint32(b[8:])),
			Call: int32(binary.LittleEndian.Uint32(b[12:])),
		}
		if r.Line > 0 && r.Line < maxLine && r.Call >= 0 && r.Call < maxLine {
			records = append(records, r)
		}
	}
	return records
}

// drain waits until everything was read that the program left in its pipes.
func (o *output) drain(p *pipes) {
	read := make(chan struct{})
	go func() {
		o.wait.Wait()
		close(read)
	}()
	select {
	case <-read:
	case <-time.After(drainTime):
	}
	p.close()
	<-read
}

// words notes what the Go runtime says when it ends a program for want of memory
// or threads.
type words struct {
	memory, threads bool
	crashed         bool  // inside the runtime
	asked           int64 // bytes of the block that the program wanted

	last []byte // the end of what was read, in case words are cut in two
}

var (
	outOfMemory = regexp.MustCompile(`(?m)^(fatal error: )?(runtime: )?(out of memory|cannot allocate memory)`)
	bigBlock    = regexp.MustCompile(`(?m)^runtime\.mallocgc(?:Large)?\(0x([0-9a-f]{1,15}),`)
	crash       = regexp.MustCompile(`(?m)^SIG(SEGV|BUS): `)
	noThreads   = regexp.MustCompile(`(?m)^(runtime: failed to create new OS thread|runtime: program exceeds \d+-thread limit)`)
)

// keepLast is longer than any of these words.
const keepLast = 160

func (w *words) read(b []byte) {
	text := append(w.last[:len(w.last):len(w.last)], b...)
	w.memory = w.memory || outOfMemory.Match(text)
	w.crashed = w.crashed || crash.Match(text)
	w.threads = w.threads || noThreads.Match(text)
	if m := bigBlock.FindSubmatch(text); m != nil && w.asked == 0 {
		w.asked, _ = strconv.ParseInt(string(m[1]), 16, 64) // 15 digits fit
	}
	w.last = append([]byte(nil), text[max(0, len(text)-keepLast):]...)
}
