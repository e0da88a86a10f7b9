package property

import "github.com/brokerlab/brokerlab/brokers"

// fate is what has become of a message by the end of the journal.
type fate int

const (
	waiting   fate = iota // in the queue
	held                  // given out and not settled
	forgotten             // acknowledged, by the program or on delivery
	refused               // out of the queue for good, without an acknowledgement
)

// message is the history of one message in one queue.
type message struct {
	number    uint64
	label     string
	fate      fate
	routed    brokers.Event // into the queue
	delivered brokers.Event // the newest delivery; Seq 0 if none
	settled   brokers.Event // what led to the fate forgotten or refused
	tries     []uint64      // every delivery
	early     brokers.Event // the first acknowledgement that came before any effect
	deadTo    []string      // where it was routed after it had left
}

// history is what a queue's messages went through.
type history struct {
	messages []*message // in the order in which they came
	byNumber map[uint64]*message
	effects  map[string][]brokers.Event // what the service did, by label
	refusals map[string]brokers.Event   // the last request that the service refused, by label
	fault    brokers.Event              // the crash or disconnection; Seq 0 if none
}

// follow reads the journal for one queue and, if it is named, one service.
func follow(events []brokers.Event, queue, service string) *history {
	h := &history{byNumber: make(map[uint64]*message), effects: make(map[string][]brokers.Event), refusals: make(map[string]brokers.Event)}
	routed := seesRouting(events)
	for _, e := range events {
		switch e.Kind {
		case brokers.Effect:
			if service == "" || e.Source == service {
				h.effects[e.Label] = append(h.effects[e.Label], e)
			}
		case brokers.Refused:
			if e.Source == service && service != "" {
				h.refusals[e.Label] = e
			}
		case brokers.Crash, brokers.Disconnected:
			h.fault = e
		case brokers.Routed:
			h.arrive(e, queue)
		case brokers.Published:
			if !routed && e.Exchange == "" {
				e.Place = e.Key
				h.arrive(e, queue)
			}
		default:
			if m := h.byNumber[e.Message]; m != nil && !routed && e.Kind == brokers.Delivered && e.Place != queue {
				m.deadTo = append(m.deadTo, e.Place) // it is given out there, so it has come there
			}
			if m := h.byNumber[e.Message]; m != nil && (e.Place == queue || e.Place == "") {
				h.move(m, e)
			}
		}
	}
	return h
}

// arrive notes a message that has become ready in a queue.
func (h *history) arrive(e brokers.Event, queue string) {
	m := h.byNumber[e.Message]
	switch {
	case m != nil && e.Place != queue:
		m.deadTo = append(m.deadTo, e.Place)
	case m != nil:
		m.fate = waiting
	case e.Place == queue:
		m = &message{number: e.Message, label: e.Label, routed: e}
		h.messages = append(h.messages, m)
		h.byNumber[e.Message] = m
	}
}

// move notes what happened to a message of the queue.
func (h *history) move(m *message, e brokers.Event) {
	switch e.Kind {
	case brokers.Delivered:
		m.fate, m.delivered = held, e
		m.tries = append(m.tries, e.Seq)
		if e.Reason == autoAck {
			m.fate, m.settled = forgotten, e
		}
	case brokers.Acked:
		m.fate, m.settled = forgotten, e
		if len(h.effects[m.label]) == 0 && m.early.Seq == 0 {
			m.early = e
		}
	case brokers.Rejected, brokers.Nacked:
		m.fate, m.settled = refused, e
	case brokers.Requeued:
		m.fate = waiting
	case brokers.DeadLettered, brokers.Dropped, brokers.Expired:
		if m.fate != refused { // else the refusal is the cause to show
			m.fate, m.settled = refused, e
		}
	}
}

// autoAck is the Reason of a delivery that needs no acknowledgement, and of a
// subscription that gets such deliveries.
const autoAck = "auto-ack"

// readable returns the messages that have a label.
func (h *history) readable() []*message {
	return h.which(func(m *message) bool { return m.label != "" })
}

// unreadable returns the messages that have none.
func (h *history) unreadable() []*message {
	return h.which(func(m *message) bool { return m.label == "" })
}

func (h *history) which(want func(*message) bool) []*message {
	var out []*message
	for _, m := range h.messages {
		if want(m) {
			out = append(out, m)
		}
	}
	return out
}
