package inhost

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/configfile"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// batch is the least time between two batches of updates.
const batch = 50 * time.Millisecond

// settle is how long a batch waits for the trace of its events, which comes by
// another way. It is short beside what an eye notices.
const settle = 5 * time.Millisecond

// still is how long a program says nothing before the page is told where it
// waits.
const still = 700 * time.Millisecond

// pause is how long a live run that has nothing left to do goes on.
const pause = 500 * time.Millisecond

// maxPending bounds the output that waits for its batch, in bytes.
const maxPending = 64 << 10

// A live is the session that a student watches. Its world stays as runs come and
// go, until it is reset, so that a second run meets what the first has left.
type live struct {
	machine machine
	ports   *ports
	spec    trial.Spec
	world   *world
	pump    *pump

	terminal *terminal // nil before its first line

	life  process
	ended chan struct{} // closed when the run's last status has been sent
}

func newLive(m machine, ports *ports, spec trial.Spec) (*live, error) {
	l := &live{machine: m, ports: ports, spec: spec}
	return l, l.begin()
}

// begin makes a world and the pump that tells of it.
func (l *live) begin() error {
	w, err := newWorld(l.ports, l.spec, brokers.Forget)
	if err != nil {
		return err
	}
	l.world = w
	l.pump = newPump(l.machine, w)
	return nil
}

// start runs a program in the world as it is. A run that still goes on is
// stopped first.
func (l *live) start(p trial.Program, binary *os.File) error {
	if err := l.stop(); err != nil {
		return err
	}
	if p.Config != nil {
		return l.apply(p)
	}
	began := time.Now()
	t := &trace{calls: p.Calls, console: p.Console}
	life, err := l.machine.Prepare(program{
		Binary: binary, Args: p.Args, Input: p.Input, Limits: l.spec.Limits, Output: l.pump.output, Trace: t.add,
	})
	if err != nil {
		return fmt.Errorf("prepare the program: %w", err)
	}
	l.pump.follow(life, t, began)
	l.world.record(brokers.Event{Kind: brokers.Started})
	from := l.world.journal.Last()
	if err := life.Go(); err != nil {
		return fmt.Errorf("start the program: %w", err)
	}
	l.pump.status(trial.Update{Status: trial.Running, Millis: time.Since(began).Milliseconds()})
	l.life, l.ended = life, make(chan struct{})
	go l.watch(life, t, began, from, l.ended)
	return nil
}

// watch waits for the end of a run and tells how it ended. What comes after the event from
// is its program's doing.
func (l *live) watch(life process, t *trace, began time.Time, from uint64, ended chan struct{}) {
	w, p := l.world, l.pump // a reset replaces them, but only after ended
	defer close(ended)
	end := rest(w, life, from)
	if end != "" {
		life.Kill()
	}
	exit := life.Wait()
	exit.End = end
	t.complete(&exit)
	w.forgotten() // so that the last picture has what the program gave back
	w.record(ending(exit))
	p.unfollow()
	p.status(trial.Update{Status: trial.Ended, Millis: time.Since(began).Milliseconds(), Exit: &exit})
}

// rest returns when a live run is over although its program is not: the lab's
// condition holds, or nothing is left to happen, and a while has passed in which
// the student could see it. It returns "" when the program has ended.
func rest(w *world, life process, last uint64) string {
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	spoke, since := false, time.Now()
	silence := silence{last: since}
	for {
		select {
		case <-life.Done():
			return ""
		case due := <-ticks.C:
			silence.tick(due, time.Now())
		}
		if now := w.journal.Last(); now != last {
			last, spoke, since, silence.ticks = now, true, time.Now(), 0
		}
		switch {
		case !spoke || time.Since(since) < pause:
		case w.untilHolds():
			return trial.EndUntil
		case w.doneFor(silence.ticks) && w.nothingLeft():
			return trial.EndQuiet
		}
	}
}

// doneFor reports whether a live program that has been silent for so many ticks is not
// just waiting for its turn on a busy machine. One that has only connected so far may be.
func (w *world) doneFor(ticks int) bool {
	if w.hasActed() {
		return ticks >= quietTicks
	}
	return ticks >= int(w.spec.Limits.Stall/tick)
}

// stop ends the run, if there is one, and waits for it.
func (l *live) stop() error {
	if l.life == nil {
		return nil
	}
	l.life.Kill()
	<-l.ended
	l.life = nil
	return nil
}

// reset makes the world anew.
func (l *live) reset() error {
	l.close()
	return l.begin()
}

// close ends the run and the world. The session can only be reset after it.
func (l *live) close() {
	_ = l.stop() // never fails
	l.closeTerminal()
	l.pump.close()
	_ = l.world.close() // its listeners and connections are gone either way
}

// state gives the picture as it is now, and all events that are remembered.
func (l *live) state() trial.Update {
	s := l.world.state()
	return trial.Update{Type: trial.TypeState, State: &s, Events: l.world.journal.Since(0)}
}

// A pump sends what happens in a world, at most one batch each 50 ms. What
// happens after a silence goes out at once, and so does a run's first output: it
// is what the student waits for.
type pump struct {
	machine machine
	world   *world
	wake    chan struct{}
	first   chan struct{} // the run's first output has come
	closing chan struct{}
	done    chan struct{}

	mu      sync.Mutex
	applied []configfile.Binding // the lines of what is bound
	pending []trial.Update       // output and statuses, in order
	bytes   int                  // of pending output
	cut     bool                 // output was left out
	trace   *trace               // of the newest program; nil before the first
	life    process              // that program
	running bool                 // it
	began   time.Time
	said    bool // the page has been told that the program waits
	printed bool // the program has printed something
}

func newPump(m machine, w *world) *pump {
	p := &pump{
		machine: m, world: w, wake: make(chan struct{}, 1), first: make(chan struct{}, 1),
		closing: make(chan struct{}), done: make(chan struct{}),
	}
	go p.run()
	return p
}

func (p *pump) close() {
	close(p.closing)
	<-p.done
}

// follow makes the pump tell where the program of t waits.
func (p *pump) follow(life process, t *trace, began time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.life, p.trace, p.began, p.running, p.said, p.printed = life, t, began, true, false, false
}

// unfollow says that the program has ended. Its last events still get their lines.
func (p *pump) unfollow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = false
}

// explain makes the pump tell the lines of files that were applied.
func (p *pump) explain(applied []configfile.Binding) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.applied = applied
}

// output takes what the program printed.
func (p *pump) output(stream string, b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes+len(b) > maxPending {
		b, p.cut = b[:max(maxPending-p.bytes, 0)], true
	}
	p.bytes += len(b)
	if n := len(p.pending); n > 0 && p.pending[n-1].Type == trial.TypeOutput && p.pending[n-1].Stream == stream {
		p.pending[n-1].Text += string(b)
	} else if len(b) > 0 {
		p.pending = append(p.pending, trial.Update{Type: trial.TypeOutput, Stream: stream, Text: string(b)})
	}
	if !p.printed {
		p.printed = true
		select {
		case p.first <- struct{}{}:
		default:
		}
	}
	p.ring()
}

func (p *pump) status(u trial.Update) {
	u.Type = trial.TypeStatus
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = append(p.pending, u)
	p.ring()
}

func (p *pump) ring() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// run sends batches until the pump is closed, and then the last one.
func (p *pump) run() {
	defer close(p.done)
	var sent uint64
	quiet := time.NewTimer(still)
	defer quiet.Stop()
	for {
		sent = p.send(sent)
		if !p.pause() {
			p.send(sent)
			return
		}
		quiet.Reset(still)
		select {
		case <-p.wake:
			p.flush()
		case <-p.world.changed:
		case <-quiet.C:
			p.tellWaiting()
		case <-p.closing:
		}
		time.Sleep(settle)
	}
}

// pause waits until the next batch may go. Only a first output goes before. It
// reports false when the pump is closed.
func (p *pump) pause() bool {
	pause := time.NewTimer(batch)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
			return true
		case <-p.first:
			p.flush()
		case <-p.closing:
			return false
		}
	}
}

// send emits every event after seq and the picture, then what is pending, and
// returns the Seq of the newest event. What is pending is taken first: the end of
// a run then never overtakes an event that came before it.
func (p *pump) send(seq uint64) uint64 {
	pending := p.take(true)
	if events := p.world.journal.Since(seq); len(events) > 0 {
		p.mu.Lock()
		trace, applied := p.trace, p.applied
		p.said = false
		p.mu.Unlock()
		configfile.Trace(events, applied)
		if trace != nil {
			trace.assign(events, p.world.arrival)
		}
		state := p.world.state()
		p.machine.Emit(trial.Update{Type: trial.TypeEvents, Events: events})
		p.machine.Emit(trial.Update{Type: trial.TypeState, State: &state})
		seq = events[len(events)-1].Seq
	}
	p.emit(pending)
	return seq
}

// flush emits what is pending and need not wait for the next batch.
func (p *pump) flush() { p.emit(p.take(false)) }

// take takes what is pending. The end of a run, and what follows it, is only for
// those who send the events as well.
func (p *pump) take(ends bool) []trial.Update {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := slices.IndexFunc(p.pending, func(u trial.Update) bool { return u.Status == trial.Ended })
	if ends || n < 0 {
		n = len(p.pending)
	}
	taken := slices.Clone(p.pending[:n])
	if p.cut {
		taken = append(taken, trial.Update{Type: trial.TypeOutput, Stream: "stderr", Text: "\n…\n"})
	}
	p.pending, p.bytes, p.cut = slices.Delete(p.pending, 0, n), 0, false
	return taken
}

func (p *pump) emit(updates []trial.Update) {
	for _, u := range updates {
		p.machine.Emit(u)
	}
}

// tellWaiting says once where a silent program waits, or that it computes.
func (p *pump) tellWaiting() {
	p.mu.Lock()
	life, silent := p.life, p.running && !p.said
	p.mu.Unlock()
	if !silent {
		return
	}
	busy, still := p.computes(life)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !still || !p.running {
		return
	}
	p.said = true
	u := trial.Update{Type: trial.TypeStatus, Status: trial.Blocked, Millis: time.Since(p.began).Milliseconds(), Computing: busy}
	if !busy {
		last, call := p.trace.last()
		u.Waiting, u.Line = channel(call), last.Line
	}
	p.pending = append(p.pending, u)
	p.ring()
}

// look is the time between two looks at what a program has used.
const look = 100 * time.Millisecond

// share is the part of the time in which a program that computes has a processor. On
// a busy machine it is small; one that waits has next to none.
const share = 10

// computes reports whether a program computes: it has used the processor for its share
// of the time between two looks, or wants it at both. Its last call says nothing about
// where such a program is. It reports false in still when an event came in between.
func (p *pump) computes(life process) (busy, still bool) {
	last, began := p.world.journal.Last(), time.Now()
	before, ok := life.Usage()
	if !ok {
		return false, true
	}
	select {
	case <-time.After(look):
	case <-p.closing:
		return false, false
	}
	after, ok := life.Usage()
	busy = ok && (share*(after.CPU-before.CPU) >= time.Since(began) || before.Runs && after.Runs)
	return busy, p.world.journal.Last() == last
}
