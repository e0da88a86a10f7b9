package inhost

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// maxRequest bounds a request to a service, in bytes.
const maxRequest = 64 << 10

// maxLabel bounds what a message may be called, in bytes.
const maxLabel = 64

// wholeBody is the label of labs whose messages are short texts, and are called by them.
const wholeBody = "*"

// liveEvents is how many events a session that a student watches remembers.
const liveEvents = 20_000

// A service stands in for the outside world. It serves HTTP inside the
// sequencer, one request at a time.
type service interface {
	http.Handler
	name() string
	port() int
	refuse(nth int) // the nth request for an effect is answered with 503; called before the first
	place() brokers.Place
}

// A world is one lab's brokers and services, on one journal and one sequencer.
// A graded run has a world of its own; a live session keeps one until Reset.
type world struct {
	spec     trial.Spec
	clock    brokers.Clock
	journal  *brokers.Journal
	seq      *brokers.Sequencer
	dials    *dials
	real     bool // a container stands for a broker
	brokers  []brokers.Broker
	services []service
	changed  chan struct{} // has a value when events have come since it was last received

	listeners []net.Listener
	running   sync.WaitGroup
	failed    chan error // the first server that ended by itself; ours

	mu        sync.Mutex
	numbers   map[string]uint64    // message by label
	prices    map[string]int64     // the number that a message asks a service for, by label
	refused   bool                 // a service has refused a request, as the schedule has it
	arrivals  map[uint64]time.Time // when what caused an event arrived, by Seq
	clients   int                  // connections opened and not closed
	spoke     bool                 // the program has caused an event in this life
	acted     bool                 // and one that a fault may fall on, in any life of this run
	charged   map[string]bool      // labels with an effect of the service in Until
	labels    map[string]bool      // labels of the messages in the queues and topics of Until
	tries     map[string]int       // deliveries by queue, and the message's label or number
	most      int                  // the largest of tries
	refusals  refusals
	committed bool   // a client has committed an offset of a topic of Until
	quotas    string // the first quota that was met
	partly    bool   // a real broker's connection was not followed to its end

	requests int // being served
}

// newWorld makes the lab's initial state and starts to serve it.
func newWorld(ports *ports, spec trial.Spec, full brokers.Full) (*world, error) {
	return newWorldAt(brokers.RealClock(), ports, spec, full)
}

// newWorldAt makes a world with a clock of the caller's.
func newWorldAt(clock brokers.Clock, ports *ports, spec trial.Spec, full brokers.Full) (*world, error) {
	limit := liveEvents
	if full == brokers.Refuse {
		limit = spec.Limits.Events
	}
	w := &world{
		spec: spec, dials: ports.dials, real: spec.Real(), clock: clock, changed: make(chan struct{}, 1), failed: make(chan error, 1),
		numbers: make(map[string]uint64), prices: make(map[string]int64), arrivals: make(map[uint64]time.Time),
		charged: make(map[string]bool), labels: make(map[string]bool), tries: make(map[string]int),
	}
	w.journal = brokers.NewJournal(limit, full, w.clock)
	w.seq = brokers.NewSequencer(w.journal)
	w.journal.Watch(w.watch)
	if err := w.serve(ports); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *world) serve(ports *ports) error {
	for _, b := range w.spec.Brokers {
		broker, err := w.open(b)
		if err != nil {
			return err
		}
		w.brokers = append(w.brokers, broker)
		if err := broker.Apply(b.Actions); err != nil {
			return fmt.Errorf("broker %q: initial state: %w", b.Name, err)
		}
		for node, port := range broker.Ports() {
			l, err := w.listen(ports, port, brokers.BrokerConn)
			if err != nil {
				return err
			}
			w.running.Go(func() { w.ended(broker.Serve(node, l)) })
		}
	}
	for _, name := range w.spec.Services {
		open, ok := services[name]
		if !ok {
			return fmt.Errorf("service %q: there is no such service", name)
		}
		s, err := open(w)
		if err != nil {
			return fmt.Errorf("service %q: %w", name, err)
		}
		w.services = append(w.services, s)
		l, err := w.listen(ports, s.port(), brokers.ServiceConn)
		if err != nil {
			return err
		}
		w.running.Go(func() { w.accept(l, s) })
	}
	return nil
}

// listen gives this world a port that outlives it.
func (w *world) listen(ports *ports, port int, class brokers.Class) (net.Listener, error) {
	raw, err := ports.listen(port)
	if err != nil {
		return nil, err
	}
	l, err := w.seq.Track(raw, class)
	if err != nil {
		return nil, fmt.Errorf("port %d: %w", port, err)
	}
	w.listeners = append(w.listeners, l)
	return l, nil
}

// accept serves a service until its listener is closed.
func (w *world) accept(l net.Listener, s service) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		w.count(1)
		w.running.Go(func() {
			defer w.count(-1)
			_ = brokers.ServeHTTP(c, w.seq, s, maxRequest) // the program's error, and it has been told
			_ = c.Close()                                  // nothing is left to lose
		})
	}
}

func (w *world) count(n int) {
	w.mu.Lock()
	w.requests += n
	w.mu.Unlock()
}

// settings reads what the lab says of a service.
func (w *world) settings(service string, into any) error {
	raw, err := json.Marshal(w.spec.Settings[service])
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}

// ended notes a broker that stopped serving by itself.
func (w *world) ended(err error) {
	if err == nil || errors.Is(err, net.ErrClosed) {
		return
	}
	w.fail(err)
}

// fail breaks the run off for an error of ours.
func (w *world) fail(err error) {
	select {
	case w.failed <- err:
	default:
	}
}

// close ends every connection and waits for everything that was started.
func (w *world) close() error {
	var errs []error
	w.seq.Disarm()
	w.seq.CutAll()
	w.seq.Release() // what the program left unaccepted must not reach the next world
	for _, l := range w.listeners {
		errs = append(errs, l.Close())
	}
	for _, b := range w.brokers {
		errs = append(errs, b.Close())
	}
	w.running.Wait()
	return errors.Join(errs...)
}

// watch looks at every event, inside the sequencer.
func (w *world) watch(e brokers.Event) {
	arrived := w.seq.Arrived()
	w.mu.Lock()
	if !arrived.IsZero() {
		w.arrivals[e.Seq] = arrived
		w.spoke = true
		w.acted = w.acted || trial.IsPoint(e)
	}
	if e.Kind == brokers.Started {
		w.spoke, w.acted = false, false // a live world has had other programs
	}
	if e.Kind == brokers.Restarted {
		w.arrivals[e.Seq] = time.Now()
		w.spoke = false
	}
	w.follow(e)
	w.mu.Unlock()
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// follow keeps count of what decides the end of a run.
func (w *world) follow(e brokers.Event) {
	w.refusals.follow(e)
	switch e.Kind {
	case brokers.Opened:
		if e.Channel == 0 {
			w.clients++
		}
	case brokers.Closed:
		if e.Channel == 0 {
			w.clients--
		}
	case brokers.Published:
		switch topic, _, isLog := cutPartition(e.Place); {
		case isLog:
			w.arrived(e, topic)
		case w.real && e.Exchange == "": // all that a real broker shows of what comes into a queue
			w.arrived(e, e.Key)
		}
	case brokers.Routed:
		w.arrived(e, e.Place)
	case untapped:
		w.partly = true
	case brokers.Delivered:
		try := e.Place + " " + cmp.Or(e.Label, "#"+strconv.FormatUint(e.Message, 10)) // a copy is another try of the same
		w.tries[try]++
		w.most = max(w.most, w.tries[try])
	case brokers.Committed:
		topic, _, _ := cutPartition(e.Place)
		w.committed = w.committed || e.Client != "" && slices.Contains(w.spec.Until.Settled, topic)
	case brokers.Effect:
		if e.Source == w.spec.Until.Charged {
			w.charged[e.Label] = true
		}
	case brokers.Refused:
		w.refused = w.refused || e.Reason == serviceRefusal && e.Client == ""
	case brokers.OverQuota:
		if w.quotas == "" {
			w.quotas = e.Reason
		}
	}
}

// cutPartition takes "orders/0" apart; ok is false for what names no partition of a
// topic.
func cutPartition(place string) (topic, partition string, ok bool) {
	at := strings.LastIndexByte(place, '/')
	if at < 0 {
		return "", "", false
	}
	return place[:at], place[at+1:], true
}

// arrived notes a message that has come into a queue or a topic.
func (w *world) arrived(e brokers.Event, queue string) {
	if e.Label == "" {
		return
	}
	if w.numbers[e.Label] == 0 && len(w.numbers) < maxCharges {
		w.numbers[e.Label] = e.Message
	}
	if slices.Contains(w.spec.Until.Settled, queue) {
		w.labels[e.Label] = true
	}
}

// numberOf returns the number of the message that the lab calls label.
func (w *world) numberOf(label string) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.numbers[label]
}

// priceOf returns the number that the message called label asks a service for.
func (w *world) priceOf(label string) (int64, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	cents, known := w.prices[label]
	return cents, known
}

// hasRefused reports whether a service has refused a request.
func (w *world) hasRefused() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refused
}

// overQuota records that a service met a quota. It is called inside the sequencer.
func (w *world) overQuota(what string) {
	w.mu.Lock()
	met := w.quotas != ""
	w.mu.Unlock()
	if !met {
		w.journal.Append(brokers.Event{Kind: brokers.OverQuota, Source: "host", Reason: what})
	}
}

// label returns what the lab calls a message: a field of its JSON body, or
// nothing when the body cannot be read.
func (w *world) label(body []byte) string {
	if w.spec.Label == "" || len(body) > maxRequest {
		return ""
	}
	if w.spec.Label == wholeBody {
		return strings.ToValidUTF8(string(body[:min(len(body), maxLabel)]), "")
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return ""
	}
	if payload := fields["payload"]; payload != nil && fields["schema"] != nil { // as Connect wraps it
		fields = nil
		if json.Unmarshal(payload, &fields) != nil {
			return ""
		}
	}
	text := ""
	for _, alternative := range strings.Split(w.spec.Label, "|") {
		if text = named(fields, strings.Fields(alternative)); text != "" {
			break
		}
	}
	if len(text) > maxLabel {
		text = text[:maxLabel]
	}
	w.price(text, fields)
	return text
}

// named is the values of some fields, with spaces between them; empty when one is
// missing or is neither text nor a number.
func named(fields map[string]json.RawMessage, names []string) string {
	values := make([]string, 0, len(names))
	for _, name := range names {
		var text string
		if json.Unmarshal(fields[name], &text) != nil {
			var n json.Number
			if json.Unmarshal(fields[name], &n) != nil {
				return ""
			}
			text = n.String()
		}
		values = append(values, text)
	}
	return strings.Join(values, " ")
}

// price notes the number that the message asks a service for, if a check looks
// at it. The first message of a name counts.
func (w *world) price(label string, fields map[string]json.RawMessage) {
	for _, c := range w.spec.Checks {
		name, _ := c.With["amount"].(string)
		var n int64
		if name == "" || label == "" || json.Unmarshal(fields[name], &n) != nil {
			continue
		}
		w.mu.Lock()
		if _, known := w.prices[label]; !known && len(w.prices) < maxCharges {
			w.prices[label] = n
		}
		w.mu.Unlock()
	}
}

// state draws all brokers and services.
func (w *world) state() brokers.State {
	var all brokers.State
	for _, b := range w.brokers {
		s := b.State()
		all.Places = append(all.Places, s.Places...)
		all.Flows = append(all.Flows, s.Flows...)
	}
	w.seq.Do(func() {
		for _, s := range w.services {
			place := s.place()
			for _, p := range all.Places {
				if p.Kind == "consumer" && w.asks(s.name()) { // whoever takes messages may ask the service
					all.Flows = append(all.Flows, brokers.Flow{From: p.ID, To: place.ID})
				}
			}
			all.Places = append(all.Places, place)
		}
		all.Seq = w.journal.Last()
	})
	return all
}

// asks reports whether members of groups may ask a service. Where Connect works they are its
// own: they write to the index, and nobody in a group reads tables.
func (w *world) asks(name string) bool {
	return name == "search" || !slices.ContainsFunc(w.services, func(s service) bool { return s.name() == "connect" })
}

// record appends an event of the host's own.
func (w *world) record(e brokers.Event) {
	e.Source = "host"
	w.seq.Do(func() { w.journal.Append(e) })
}

// ports keeps a listener for each port, for one world after the other.
type ports struct {
	machine machine
	dials   *dials
	mu      sync.Mutex
	open    map[int]net.Listener
}

func newPorts(m machine) *ports {
	return &ports{machine: m, dials: newDials(m), open: make(map[int]net.Listener)}
}

func (p *ports) listen(port int) (net.Listener, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.open[port]
	if !ok {
		var err error
		if l, err = p.machine.Listen(port); err != nil {
			return nil, fmt.Errorf("listen on port %d: %w", port, err)
		}
		p.open[port] = l
	}
	filer, ok := l.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, errors.New("port " + strconv.Itoa(port) + ": want a TCP listener")
	}
	return lent{l, filer.File}, nil
}

func (p *ports) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.open {
		_ = l.Close()
	}
}

// lent is a listener whose Close gives it back open.
type lent struct {
	net.Listener
	file func() (*os.File, error)
}

func (l lent) File() (*os.File, error) { return l.file() }

func (l lent) Close() error { return nil }
