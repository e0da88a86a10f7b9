package brokers

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// ErrCut is what Handle returns once a fault has cut the program off: what it
// had sent and the host had not handled by then is lost, as it would be if the
// machine had died.
var ErrCut = errors.New("the connection was cut by an injected fault")

// settleLooks bounds how often Handle looks, a millisecond apart at least, whether other
// connections have settled. Only a connection whose goroutine is stuck can make it look
// that often. Looks are counted and not time: when the machine stands still for seconds,
// those goroutines have stood still, too.
const settleLooks = 2000

// A Class says how requests of a connection are ordered against the others.
type Class int

const (
	// BrokerConn carries a broker's protocol. Its frames are handled as they come;
	// while a fault is armed, in the order in which they reached this machine.
	BrokerConn Class = iota
	// ServiceConn carries requests to a service. Before one is handled, everything
	// that has been sent to brokers by then is.
	ServiceConn
)

// A Sequencer puts everything that changes a lab's state into one order. Two
// sockets of one program keep no order between them by themselves: an ack may
// be sent before an HTTP request and still be read after it. The sequencer asks
// the kernel what has arrived on the others and lets that go first, so that
// "acked before the effect" in the journal means just that.
type Sequencer struct {
	journal *Journal
	noDrain bool // tests only: what happens without the rule above

	state sync.Mutex // held by whoever changes state; conns has its own lock
	fault *Fault     // armed, not yet met
	armed atomic.Bool
	stop  func() // ends watching for it; nil when none is armed
	met   *Event // the event that met it, until the step's next stop
	turn  *Conn  // whose step it is; nil when no client's
	next  []func()

	connsMu   sync.Mutex
	conns     map[*Conn]struct{}
	listeners map[*listener]struct{}
	nextConn  uint64
	cut       bool          // connections accepted now belong to a program that is being killed
	settled   chan struct{} // closed and replaced when a connection settles and someone waits
	waiting   int           // how many do
}

// A Fault cuts the program off at an event.
type Fault struct {
	// Match reports whether an event is the one. It is called inside Append.
	Match func(Event) bool
	// Brokers limits the cut to broker connections: the network to the brokers is
	// lost, not the program.
	Brokers bool
	// Inner cuts nothing: the fault is inside the broker, as when a node of several
	// goes down, and what Fire tells the broker decides who notices.
	Inner bool
	// Fire is called inside the sequencer once everything is cut: it records the
	// fault and tells the brokers. Killing the program is left to what it starts.
	Fire func(Event)
}

// NewSequencer returns a sequencer that watches journal once a fault is armed.
func NewSequencer(journal *Journal) *Sequencer {
	return &Sequencer{
		journal:   journal,
		conns:     make(map[*Conn]struct{}),
		listeners: make(map[*listener]struct{}),
		settled:   make(chan struct{}),
	}
}

// Do runs fn alone. Brokers and the host use it for what no client asked for:
// timers, set-up, probes.
func (s *Sequencer) Do(fn func()) {
	s.state.Lock()
	defer s.state.Unlock()
	s.step(fn)
}

// step runs fn, and then what it has asked for with Then. The caller holds the state.
func (s *Sequencer) step(fn func()) {
	fn()
	s.journal.Handled()
	s.fire()
	s.turn = nil
	for i := 0; i < len(s.next); i++ { // a step may ask for more
		s.next[i]()
		s.journal.Handled()
		s.fire()
	}
	clear(s.next)
	s.next = s.next[:0]
}

// Then has fn run alone, as a step of its own, right after the one that is under way: a
// fault may fall between the two, and nothing else. It is called inside a step.
func (s *Sequencer) Then(fn func()) { s.next = append(s.next, fn) }

// Handle runs fn, which handles one frame or request read from c, alone and in
// its turn. It returns ErrCut, and does not run fn, once a fault has cut c.
func (s *Sequencer) Handle(c net.Conn, fn func()) error {
	conn, _ := c.(*Conn)
	if conn != nil {
		s.waitTurn(conn)
	}
	s.state.Lock()
	defer s.state.Unlock()
	if conn != nil && conn.isCut() {
		return ErrCut
	}
	s.turn = conn
	s.step(fn)
	return nil
}

// Hold keeps the answer to the HTTP request that this step handles back for d, as a slow
// service does: what the request does is done. It is called inside a step; a step that no
// request has caused has no such answer.
func (s *Sequencer) Hold(d time.Duration) {
	if s.turn == nil {
		return
	}
	s.turn.mu.Lock()
	defer s.turn.mu.Unlock()
	s.turn.hold = d
}

// Live reports whether c may still be served. A handler calls it inside Handle
// between the parts of one step, such as two deliveries, since a fault may fall
// between them: when it has, the cut happens in this call.
func (s *Sequencer) Live(c net.Conn) bool {
	s.fire()
	conn, ok := c.(*Conn)
	return !ok || !conn.isCut()
}

// Arrived tells, inside a step, when the bytes that caused it reached this
// machine; zero when no client caused it. A journal's watcher uses it to find
// the line of source that sent them.
func (s *Sequencer) Arrived() time.Time {
	if s.turn == nil {
		return time.Time{}
	}
	return s.turn.Arrived()
}

// Arm sets the fault to wait for, in place of an earlier one.
func (s *Sequencer) Arm(f Fault) {
	s.state.Lock()
	defer s.state.Unlock()
	s.disarm()
	s.fault = &f
	s.stop = s.journal.Watch(s.watch)
	s.armed.Store(true)
}

// disarm forgets the fault. The caller holds the state.
func (s *Sequencer) disarm() {
	if s.stop != nil {
		s.stop()
	}
	s.fault, s.met, s.stop = nil, nil, nil
	s.armed.Store(false)
}

// Disarm forgets the fault. It reports false when it was met already, or none
// was armed.
func (s *Sequencer) Disarm() bool {
	s.state.Lock()
	defer s.state.Unlock()
	armed := s.fault != nil && s.met == nil
	s.disarm()
	return armed
}

// CutAll cuts every connection now, as a fault does.
func (s *Sequencer) CutAll() {
	s.state.Lock()
	defer s.state.Unlock()
	s.cutConns(false)
}

// Release closes the connections that were cut and lets new ones be served. The
// caller has made sure that the cut program is dead (or may come back): what it
// left in the accept queues is closed unread before Release returns.
func (s *Sequencer) Release() {
	s.connsMu.Lock()
	var cut []*Conn
	for c := range s.conns {
		if c.isCut() {
			cut = append(cut, c)
		}
	}
	s.connsMu.Unlock()
	for _, c := range cut {
		_ = c.Close()
	}
	s.waitFor(func() bool { return s.listenersQuiet() })
	s.connsMu.Lock()
	s.cut = false
	s.connsMu.Unlock()
}

// watch looks at each event as it is appended, inside the sequencer.
func (s *Sequencer) watch(e Event) {
	if s.fault != nil && s.met == nil && s.fault.Match(e) {
		s.met = &e
	}
}

// fire makes the fault take effect if its event has been recorded. The caller
// holds the state.
func (s *Sequencer) fire() {
	if s.met == nil {
		return
	}
	fault, event := s.fault, *s.met
	s.disarm()
	if !fault.Inner {
		s.cutConns(fault.Brokers)
	}
	s.journal.Handled() // what follows is the fault's doing
	fault.Fire(event)
}

// cutConns marks the connections, so that nothing more is read from or written
// to them. With brokersOnly, services go on.
func (s *Sequencer) cutConns(brokersOnly bool) {
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	for c := range s.conns {
		if !brokersOnly || c.class == BrokerConn {
			c.setCut()
		}
	}
	s.cut = !brokersOnly
}

// waitTurn returns when no other connection has something that goes before what
// was read from c.
func (s *Sequencer) waitTurn(c *Conn) {
	if s.noDrain || (c.class == BrokerConn && !s.armed.Load()) {
		return
	}
	s.waitFor(func() bool { return s.first(c) })
}

// first reports whether it is c's turn.
func (s *Sequencer) first(c *Conn) bool {
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	if c.isCut() {
		return true // Handle says so
	}
	for l := range s.listeners {
		if l.class == BrokerConn && l.pending() {
			return false
		}
	}
	for other := range s.conns {
		if other != c && other.class == BrokerConn && other.before(c) {
			return false
		}
	}
	return true
}

// listenersQuiet reports whether no connection waits to be accepted.
func (s *Sequencer) listenersQuiet() bool {
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	for l := range s.listeners {
		if l.pending() {
			return false
		}
	}
	return true
}

// waitFor returns when ready does, looking again whenever a connection settles,
// and after settleLooks at the latest.
func (s *Sequencer) waitFor(ready func() bool) {
	if ready() {
		return
	}
	s.connsMu.Lock()
	s.waiting++
	s.connsMu.Unlock()
	defer func() {
		s.connsMu.Lock()
		s.waiting--
		s.connsMu.Unlock()
	}()
	for looks, last := 0, time.Now(); looks < settleLooks; {
		s.connsMu.Lock()
		settled := s.settled
		s.connsMu.Unlock()
		if ready() {
			return
		}
		select {
		case <-settled:
		case <-time.After(time.Millisecond): // a peer's bytes may have come with no goroutine to tell us
		}
		if now := time.Now(); now.Sub(last) >= time.Millisecond {
			looks, last = looks+1, now // however often others settle in the meantime
		}
	}
}

// notifySettled wakes those who wait for their turn.
func (s *Sequencer) notifySettled() {
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	if s.waiting == 0 {
		return
	}
	close(s.settled)
	s.settled = make(chan struct{})
}
