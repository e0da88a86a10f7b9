package grader

import (
	"fmt"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// A scene rebuilds from a journal what the brokers would have drawn at each of
// its events. It knows queues, consumers and services; ids are those that the
// miniatures give their places.
type scene struct {
	places   []*prop
	messages map[uint64]*token
	flows    []brokers.Flow
}

// A prop is a place, without its tokens.
type prop struct {
	id, kind, name string
	client         string // of a consumer
	queue          string // of a consumer
	done, dead     int
	died           bool
	detail         map[string]any
}

// A token is one message and where it is.
type token struct {
	number uint64
	label  string
	at     string // id of a place; "" when gone
	back   string // the queue it returns to
	state  string
	order  uint64 // when it came to where it is
}

func newScene() *scene { return &scene{messages: make(map[uint64]*token)} }

// find returns the place with an id, which it makes if need be.
func (s *scene) find(id, kind, name string) *prop {
	i := slices.IndexFunc(s.places, func(p *prop) bool { return p.id == id })
	if i >= 0 {
		return s.places[i]
	}
	p := &prop{id: id, kind: kind, name: name, detail: make(map[string]any)}
	s.places = append(s.places, p)
	return p
}

func (s *scene) queue(name string) *prop { return s.find("queue:"+name, "queue", name) }

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
		s.places = slices.DeleteFunc(s.places, func(p *prop) bool { return e.Place != "" && p.id == "queue:"+e.Place })
	case brokers.Subscribed:
		s.subscribe(e)
	case brokers.Cancelled:
		s.places = slices.DeleteFunc(s.places, func(p *prop) bool {
			return p.kind == "consumer" && p.client == e.Client && p.name == e.Consumer && !p.died
		})
	case brokers.Crash, brokers.Disconnected:
		for _, p := range s.places {
			if p.kind == "consumer" {
				p.died, p.detail["died"] = true, true
			}
		}
	case brokers.Effect:
		s.effect(e)
	default:
		if e.Message > 0 {
			s.move(e)
		}
	}
}

// subscribe draws a consumer, in place of one that died.
func (s *scene) subscribe(e brokers.Event) {
	s.places = slices.DeleteFunc(s.places, func(p *prop) bool { return p.died })
	id := fmt.Sprintf("consumer:%s/%d/%s", e.Client, e.Channel, e.Consumer)
	p := s.find(id, "consumer", e.Consumer)
	p.client, p.queue = e.Client, e.Place
	p.detail = map[string]any{
		"prefetch": e.N, "no_ack": e.Reason == "auto-ack", "client": e.Client,
		"channel": e.Channel, "tag": e.Consumer, "queue": e.Place,
	}
	s.flow("queue:"+e.Place, id, "")
}

// effect draws what a service has done. The message itself stays where it is.
func (s *scene) effect(e brokers.Event) {
	p := s.find("service:"+e.Source, "service", e.Source)
	p.done++
	state := "done"
	for _, t := range s.messages {
		if t.at == p.id && t.label == e.Label {
			state, p.done = "twice", p.done-1
			t.state = state
			return
		}
	}
	s.messages[1<<63|e.Seq] = &token{number: e.Message, label: e.Label, at: p.id, state: state, order: e.Seq}
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
		if t.back != "" && t.back != e.Place {
			s.flow("queue:"+t.back, "queue:"+e.Place, "")
		}
		s.queue(e.Place)
		t.at, t.back, t.state, t.order = "queue:"+e.Place, e.Place, "ready", e.Seq
	case brokers.Requeued:
		t.at, t.state = "queue:"+e.Place, "twice"
	case brokers.Delivered:
		t.at, t.state = s.holder(e), "flight"
		if e.Redelivered {
			t.state = "twice"
		}
		if e.Reason == "auto-ack" {
			s.settle(t, e)
		}
	case brokers.Acked:
		s.settle(t, e)
	case brokers.DeadLettered, brokers.Dropped, brokers.Expired:
		s.queue(e.Place).dead++
		t.at = ""
	}
}

// settle takes a message off the board.
func (s *scene) settle(t *token, e brokers.Event) {
	for _, p := range s.places {
		if p.id == t.at && p.kind == "consumer" {
			p.done++
		}
	}
	s.queue(e.Place).done++
	t.at = ""
}

// holder is the place of whoever got a delivery.
func (s *scene) holder(e brokers.Event) string {
	for _, p := range s.places {
		if p.kind == "consumer" && p.client == e.Client && p.name == e.Consumer && !p.died {
			return p.id
		}
	}
	return "queue:" + e.Place
}

// draw makes the picture.
func (s *scene) draw(seq uint64) brokers.State {
	out := brokers.State{Seq: seq, Places: []brokers.Place{}, Flows: []brokers.Flow{}}
	tokens := make([]*token, 0, len(s.messages))
	for _, t := range s.messages {
		tokens = append(tokens, t)
	}
	slices.SortFunc(tokens, func(a, b *token) int { return int(int64(a.order) - int64(b.order)) })
	there := make(map[string]bool)
	for _, p := range s.places {
		there[p.id] = true
		place := brokers.Place{ID: p.id, Kind: p.kind, Name: p.name, Done: p.done, Dead: p.dead}
		if len(p.detail) > 0 {
			place.Detail = p.detail
			if p.died {
				place.Detail = map[string]any{"died": true, "queue": p.queue}
			}
		}
		for _, t := range tokens {
			s.put(&place, p, t)
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

// put adds a token to the place it is at, and counts it where it belongs.
func (s *scene) put(place *brokers.Place, p *prop, t *token) {
	away := p.kind == "queue" && t.back == p.name && t.at != p.id && t.at != ""
	if away {
		place.InFlight++
	}
	if t.at != p.id {
		return
	}
	switch p.kind {
	case "queue":
		place.Ready++
	case "consumer":
		place.InFlight++
	}
	if len(place.Tokens) < brokers.MaxTokens {
		place.Tokens = append(place.Tokens, brokers.Token{Message: t.number, Label: t.label, State: t.state})
	}
}
