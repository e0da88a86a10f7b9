package brokers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A lab is a broker that speaks lines ("ack 4\n") and a ledger that speaks HTTP,
// both on real loopback sockets and in one order.
type lab struct {
	seq     *Sequencer
	journal *Journal
	broker  net.Listener
	ledger  net.Listener
	hold    chan struct{} // if set, the broker reads a line and acts on it when this is closed
}

// TestHold: an answer is kept back once, and only one that a request waits for.
func TestHold(t *testing.T) {
	l := newLab(t)
	l.seq.Do(func() { l.seq.Hold(time.Hour) }) // no request: nobody waits
	c := &Conn{seq: l.seq, class: ServiceConn}
	if err := l.seq.Handle(c, func() { l.seq.Hold(time.Nanosecond) }); err != nil {
		t.Fatal(err)
	}
	if c.hold != time.Nanosecond {
		t.Errorf("the answer is kept back for %v, want 1ns", c.hold)
	}
	if c.keepBack(); c.hold != 0 {
		t.Errorf("the next answer is kept back for %v", c.hold)
	}
}

func newLab(t *testing.T) *lab { return newLabWith(t, func(*lab) {}) }

func newLabWith(t *testing.T, set func(*lab)) *lab {
	t.Helper()
	j := NewJournal(1_000_000, Refuse, RealClock())
	l := &lab{seq: NewSequencer(j), journal: j}
	set(l)
	var running sync.WaitGroup
	l.broker = l.listen(t, BrokerConn, &running, l.serveLines)
	l.ledger = l.listen(t, ServiceConn, &running, func(c net.Conn) { _ = ServeHTTP(c, l.seq, http.HandlerFunc(l.charge), 1<<10) })
	t.Cleanup(func() {
		_ = l.broker.Close()
		_ = l.ledger.Close()
		l.seq.CutAll()
		l.seq.Release()
		running.Wait()
	})
	return l
}

func (l *lab) listen(t *testing.T, class Class, running *sync.WaitGroup, serve func(net.Conn)) net.Listener {
	t.Helper()
	plain, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tracked, err := l.seq.Track(plain, class)
	if err != nil {
		t.Fatal(err)
	}
	running.Go(func() {
		for {
			c, err := tracked.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer func() { _ = c.Close() }()
				serve(c)
			})
		}
	})
	return tracked
}

// serveLines handles "<kind> <label>" lines.
func (l *lab) serveLines(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if l.hold != nil {
			<-l.hold
		}
		kind, label, _ := strings.Cut(strings.TrimSpace(line), " ")
		if l.seq.Handle(c, func() { l.journal.Append(Event{Kind: Kind(kind), Label: label}) }) != nil {
			return
		}
	}
}

func (l *lab) charge(w http.ResponseWriter, r *http.Request) {
	label, _ := io.ReadAll(r.Body)
	l.journal.Append(Event{Kind: Effect, Label: string(label)})
	w.WriteHeader(http.StatusCreated)
}

// A ledgerClient charges over one kept connection, as a program's http.Client does.
type ledgerClient struct {
	conn net.Conn
	in   *bufio.Reader
}

func (l *lab) dial(t *testing.T, to net.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp4", to.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func (c *ledgerClient) charge(label string) error {
	if err := c.send(label); err != nil {
		return err
	}
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("charge %s: %s", label, resp.Status)
	}
	return resp.Body.Close()
}

func (c *ledgerClient) send(label string) error {
	_, err := fmt.Fprintf(c.conn, "POST /charges HTTP/1.1\r\nHost: ledger\r\nContent-Length: %d\r\n\r\n%s", len(label), label)
	return err
}

// TestRule1Drain: an ack that was sent before a charge is journalled before it.
func TestRule1Drain(t *testing.T) {
	l := newLab(t)
	broker := l.dial(t, l.broker)
	conn := l.dial(t, l.ledger)
	ledger := &ledgerClient{conn, bufio.NewReader(conn)}
	for i := range 20_000 {
		if _, err := fmt.Fprintf(broker, "acked %d\n", i); err != nil {
			t.Fatal(err)
		}
		if err := ledger.charge(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i, e := range l.journal.Since(0) {
		if want := []Kind{Acked, Effect}[i%2]; e.Kind != want || e.Label != strconv.Itoa(i/2) {
			t.Fatalf("event %d is %s %s, want %s %d: the ack was sent first", e.Seq, e.Kind, e.Label, want, i/2)
		}
	}
}

// TestWhatDrainIsFor: a broker that is slow to act on an ack it has read is waited for
// before the charge that was sent after it, and without the rule it is not.
func TestWhatDrainIsFor(t *testing.T) {
	for _, drain := range []bool{true, false} {
		hold := make(chan struct{})
		l := newLabWith(t, func(l *lab) { l.seq.noDrain, l.hold = !drain, hold })
		broker := l.dial(t, l.broker)
		conn := l.dial(t, l.ledger)
		ledger := &ledgerClient{conn, bufio.NewReader(conn)}
		fmt.Fprintf(broker, "acked 1\n")
		if err := ledger.send("1"); err != nil {
			t.Fatal(err)
		}
		for !drain && l.journal.Last() == 0 || drain && !l.waits() {
			time.Sleep(100 * time.Microsecond)
		}
		close(hold)
		for l.journal.Last() < 2 {
			time.Sleep(100 * time.Microsecond)
		}
		want := map[bool]Kind{true: Acked, false: Effect}[drain]
		if first := l.journal.Since(0)[0]; first.Kind != want {
			t.Errorf("with the rule %t, the first event is %s, want %s", drain, first.Kind, want)
		}
	}
}

// waits reports whether somebody waits for its turn.
func (l *lab) waits() bool {
	l.seq.connsMu.Lock()
	defer l.seq.connsMu.Unlock()
	return l.seq.waiting > 0
}

// TestRule1BrokerConns: while a fault is armed, frames on two broker
// connections are handled in the order in which they were sent.
func TestRule1BrokerConns(t *testing.T) {
	l := newLab(t)
	l.seq.Arm(Fault{Match: func(Event) bool { return false }, Fire: func(Event) {}})
	a, b := l.dial(t, l.broker), l.dial(t, l.broker)
	const n = 5_000
	for i := range n {
		for _, step := range []struct {
			conn net.Conn
			kind Kind
		}{{a, Published}, {b, Acked}} {
			if _, err := fmt.Fprintf(step.conn, "%s %d\n", step.kind, i); err != nil {
				t.Fatal(err)
			}
		}
		for l.journal.Last() < uint64(2*i+2) {
			time.Sleep(10 * time.Microsecond)
		}
	}
	for i, e := range l.journal.Since(0) {
		want := []Kind{Published, Acked}[i%2]
		if e.Kind != want {
			t.Fatalf("event %d is %s %s, want %s: it was sent first", e.Seq, e.Kind, e.Label, want)
		}
	}
}

// TestRule2Fault: from the fault's event on nothing is handled, however far the
// program has run ahead, and on whatever connection.
func TestRule2Fault(t *testing.T) {
	for round := range 200 {
		l := newLab(t)
		fired := make(chan struct{})
		l.seq.Arm(Fault{
			Match: func(e Event) bool { return e.Kind == Acked && e.Label == "4" },
			Fire: func(e Event) {
				l.journal.Append(Event{Kind: Crash, Reason: fmt.Sprintf("after #%d", e.Seq)})
				close(fired)
			},
		})
		broker := l.dial(t, l.broker)
		conn := l.dial(t, l.ledger)
		ledger := &ledgerClient{conn, bufio.NewReader(conn)}
		var ahead bytes.Buffer
		for i := range 10 { // one segment: all of it is here before any is handled
			fmt.Fprintf(&ahead, "acked %d\n", i)
		}
		_, _ = broker.Write(ahead.Bytes())
		_ = ledger.send("4")
		<-fired
		l.seq.Release()
		events := l.journal.Since(0)
		last := events[len(events)-1]
		if last.Kind != Crash || len(events) != 6 && !(len(events) == 7 && events[0].Kind == Effect) {
			t.Fatalf("round %d: the journal ends with %s %s after %d events, want the crash right after the ack of 4", round, last.Kind, last.Label, len(events))
		}
	}
}

// TestRule2Backlog: a connection that the dead program had opened, and nobody
// had accepted yet, is not served in the name of the next one.
func TestRule2Backlog(t *testing.T) {
	l := newLab(t)
	l.seq.CutAll()
	for range 20 {
		c := l.dial(t, l.broker)
		fmt.Fprintf(c, "acked late\n")
		_ = c.Close()
	}
	l.seq.Release()
	alive := l.dial(t, l.broker)
	fmt.Fprintf(alive, "acked new\n")
	for l.journal.Last() == 0 {
		time.Sleep(100 * time.Microsecond)
	}
	if e := l.journal.Since(0)[0]; e.Label != "new" {
		t.Errorf("the first event is %s %s: sent by a program that was dead", e.Kind, e.Label)
	}
}

// TestDisconnectLeavesServices: a fault that only cuts the way to the brokers
// leaves the services be.
func TestDisconnectLeavesServices(t *testing.T) {
	l := newLab(t)
	l.seq.Arm(Fault{Brokers: true, Match: func(e Event) bool { return e.Kind == Acked }, Fire: func(Event) { l.journal.Append(Event{Kind: Disconnected}) }})
	broker := l.dial(t, l.broker)
	conn := l.dial(t, l.ledger)
	ledger := &ledgerClient{conn, bufio.NewReader(conn)}
	fmt.Fprintf(broker, "acked 1\nacked 2\n")
	if err := ledger.charge("1"); err != nil {
		t.Fatalf("the ledger was cut off too: %v", err)
	}
	l.seq.Release()
	if _, err := broker.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the broker's connection is still open after Release: %v", err)
	}
	var kinds []Kind
	for _, e := range l.journal.Since(0) {
		kinds = append(kinds, e.Kind)
	}
	if got := fmt.Sprint(kinds); got != "[acked disconnected effect]" {
		t.Errorf("journal is %s", got)
	}
}

// TestPartialFrameDoesNotHoldUpOthers: half a line waits for its other half, not
// the other way round.
func TestPartialFrameDoesNotHoldUpOthers(t *testing.T) {
	l := newLab(t)
	broker := l.dial(t, l.broker)
	fmt.Fprintf(broker, "acked ")
	conn := l.dial(t, l.ledger)
	ledger := &ledgerClient{conn, bufio.NewReader(conn)}
	if err := ledger.charge("1"); err != nil {
		t.Fatal(err)
	}
	if e := l.journal.Since(0)[0]; e.Kind != Effect {
		t.Errorf("first event is %s", e.Kind)
	}
}

// TestThen: what a step asks for comes after the step and what a fault does there, before
// any other, and no frame has caused it.
func TestThen(t *testing.T) {
	l := newLab(t)
	note := func(what string) func() { return func() { l.journal.Append(Event{Kind: Effect, Label: what}) } }
	l.seq.Arm(Fault{Match: func(e Event) bool { return e.Label == "step" }, Fire: func(Event) { note("fault")() }})
	l.seq.Do(func() {
		l.journal.Handling(RawFrame{Client: "c1", Bytes: []byte("frame")})
		l.seq.Then(func() { l.seq.Then(note("third")); note("first")() })
		l.seq.Then(note("second"))
		note("step")()
	})
	var order []string
	for _, e := range l.journal.Since(0) {
		order = append(order, fmt.Sprint(e.Label, e.Frame))
	}
	if got := fmt.Sprint(order); got != "[step1 fault0 first0 second0 third0]" {
		t.Errorf("journal is %s", got)
	}
}
