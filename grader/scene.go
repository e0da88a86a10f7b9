package grader

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// A scene rebuilds from a journal what the brokers would have drawn at each of
// its events. It knows queues, consumers and services; ids are those that the
// miniatures give their places. An event costs little, however many messages
// there are.
type scene struct {
	places   []*prop
	messages map[uint64]*token
	flows    []brokers.Flow
}

// A prop is a place and what is at it.
type prop struct {
	id, kind, name string
	client, queue  string // of a consumer
	done, dead     int
	died           bool
	detail         map[string]any
	tokens         []*token // in the order in which they came
}

// A token is one message and where it is.
type token struct {
	number uint64
	label  string
	at     *prop  // nil when gone
	queue  string // that it is in, or was given out from
	state  string
}

// newScene is a stage with the services on it, which are there from the start.
func newScene(services []string) *scene {
	s := &scene{messages: make(map[uint64]*token)}
	for _, name := range services {
		s.service(name)
	}
	return s
}

func (s *scene) service(name string) *prop { return s.find("service:"+name, "service", name) }

// find returns the place with an id, which it makes if need be.
func (s *scene) find(id, kind, name string) *prop {
	i := slices.IndexFunc(s.places, func(p *prop) bool { return p.id == id })
	if i >= 0 {
		return s.places[i]
	}
	p := &prop{id: id, kind: kind, name: name}
	s.places = append(s.places, p)
	return p
}

func (s *scene) queue(name string) *prop { return s.find("queue:"+name, "queue", name) }

// put takes a token to a place; nil takes it off the board.
func (t *token) put(to *prop, state string) {
	if t.at != nil {
		i := slices.Index(t.at.tokens, t)
		t.at.tokens = slices.Delete(t.at.tokens, i, i+1)
	}
	t.at, t.state = to, state
	if to != nil {
		to.tokens = append(to.tokens, t)
	}
}

func (s *scene) flow(from, to, label string) {
	f := brokers.Flow{From: from, To: to, Label: label}
	if !slices.Contains(s.flows, f) {
		s.flows = append(s.flows, f)
	}
}

// play brings the scene up to an event.
func (s *scene) play(e brokers.Event) {
	switch e.Kind {
	case brokers.Declared:
		if e.Place != "" {
			s.queue(e.Place)
		}
	case brokers.Deleted:
		s.remove(func(p *prop) bool { return e.Place != "" && p.id == "queue:"+e.Place })
	case brokers.Subscribed:
		s.subscribe(e)
	case brokers.Cancelled:
		s.remove(func(p *prop) bool {
			return p.kind == "consumer" && p.client == e.Client && p.name == e.Consumer && !p.died
		})
	case brokers.Crash, brokers.Disconnected:
		for _, p := range s.places {
			p.died = p.died || p.kind == "consumer"
		}
	case brokers.Effect:
		s.effect(e)
	default:
		if e.Message > 0 {
			s.move(e)
		}
	}
}

// remove takes places away, with what is at them.
func (s *scene) remove(which func(*prop) bool) {
	s.places = slices.DeleteFunc(s.places, func(p *prop) bool {
		if !which(p) {
			return false
		}
		for _, t := range p.tokens {
			t.at = nil
		}
		return true
	})
}

// subscribe draws a consumer, in place of one that died.
func (s *scene) subscribe(e brokers.Event) {
	s.remove(func(p *prop) bool { return p.died })
	p := s.find(fmt.Sprintf("consumer:%s/%d/%s", e.Client, e.Channel, e.Consumer), "consumer", e.Consumer)
	p.client, p.queue = e.Client, e.Place
	p.detail = map[string]any{
		"prefetch": e.N, "no_ack": e.Reason == "auto-ack", "client": e.Client,
		"channel": e.Channel, "tag": e.Consumer, "queue": e.Place,
	}
	s.flow("queue:"+e.Place, p.id, "")
	for _, to := range s.places {
		if to.kind == "service" {
			s.flow(p.id, to.id, "")
		}
	}
}

// effect draws what a service has done. The message itself stays where it is.
func (s *scene) effect(e brokers.Event) {
	p := s.service(e.Source)
	for _, t := range p.tokens {
		if t.label == e.Label {
			t.state = "twice"
			return
		}
	}
	p.done++
	t := &token{number: e.Message, label: e.Label}
	t.put(p, "done")
}

// move follows a message.
func (s *scene) move(e brokers.Event) {
	t := s.messages[e.Message]
	if t == nil {
		t = &token{number: e.Message, label: e.Label}
		s.messages[e.Message] = t
	}
	switch e.Kind {
	case brokers.Routed:
		if t.queue != "" && t.queue != e.Place {
			s.flow("queue:"+t.queue, "queue:"+e.Place, "")
		}
		t.queue = e.Place
		t.put(s.queue(e.Place), "ready")
	case brokers.Requeued: // to where it was: before all that came later
		q := s.queue(e.Place)
		t.put(q, "twice")
		slices.SortStableFunc(q.tokens, func(a, b *token) int { return cmp.Compare(a.number, b.number) })
	case brokers.Delivered:
		state := "flight"
		if e.Redelivered {
			state = "twice"
		}
		t.put(s.holder(e), state)
		if e.Reason == "auto-ack" {
			s.settle(t, e)
		}
	case brokers.Acked:
		s.settle(t, e)
	case brokers.DeadLettered, brokers.Dropped, brokers.Expired:
		s.queue(e.Place).dead++
		t.put(nil, "")
	}
}

// settle takes a message off the board.
func (s *scene) settle(t *token, e brokers.Event) {
	if t.at != nil && t.at.kind == "consumer" {
		t.at.done++
	}
	s.queue(e.Place).done++
	t.put(nil, "")
}

// holder is the place of whoever got a delivery.
func (s *scene) holder(e brokers.Event) *prop {
	for _, p := range s.places {
		if p.kind == "consumer" && p.client == e.Client && p.name == e.Consumer && !p.died {
			return p
		}
	}
	return s.queue(e.Place)
}

// order is that of the places in a picture: the way of a message.
var order = map[string]int{"queue": 1, "consumer": 2, "service": 3}

// draw makes the picture.
func (s *scene) draw(seq uint64) brokers.State {
	out := brokers.State{Seq: seq, Places: []brokers.Place{}, Flows: []brokers.Flow{}}
	there, inFlight := make(map[string]bool), make(map[string]int)
	slices.SortStableFunc(s.places, func(a, b *prop) int { return cmp.Compare(order[a.kind], order[b.kind]) })
	for _, p := range s.places {
		there[p.id] = true
		if p.kind == "consumer" {
			inFlight[p.queue] += len(p.tokens)
		}
	}
	for _, p := range s.places {
		place := brokers.Place{ID: p.id, Kind: p.kind, Name: p.name, Done: p.done, Dead: p.dead, Detail: p.detail}
		switch p.kind {
		case "queue":
			place.Ready, place.InFlight = len(p.tokens), inFlight[p.name]
		case "consumer":
			place.InFlight = len(p.tokens)
			if p.died {
				place.Detail = map[string]any{"died": true, "queue": p.queue}
			}
		}
		for _, t := range p.tokens[:min(len(p.tokens), brokers.MaxTokens)] {
			place.Tokens = append(place.Tokens, brokers.Token{Message: t.number, Label: t.label, State: t.state})
		}
		out.Places = append(out.Places, place)
	}
	for _, f := range s.flows {
		if there[f.From] && there[f.To] {
			out.Flows = append(out.Flows, f)
		}
	}
	return out
}
