package tap

import (
	"fmt"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// picture draws what is known. A queue that is fed unseen may hold more than is
// drawn, and says so.
func (b *book) picture() brokers.State {
	s := brokers.State{Seq: b.journal.Last(), Places: []brokers.Place{}, Flows: []brokers.Flow{}}
	drawn := map[string]bool{}
	exchange := func(name string) {
		if !drawn[name] {
			drawn[name] = true
			place := brokers.Place{ID: "exchange:" + name, Kind: "exchange", Name: name}
			if name == "" {
				place.Name = "(default)"
			}
			s.Places = append(s.Places, place)
		}
	}
	for _, name := range b.names() {
		if b.queues[name].direct {
			exchange("")
			s.Flows = append(s.Flows, brokers.Flow{From: "exchange:", To: "queue:" + name, Label: name})
		}
		for bound := range b.bindings {
			if bound.queue == name {
				exchange(bound.exchange)
				s.Flows = append(s.Flows, brokers.Flow{From: "exchange:" + bound.exchange, To: "queue:" + name, Label: bound.key})
			}
		}
	}
	for _, name := range b.names() {
		b.draw(&s, b.queues[name])
	}
	return s
}

func (b *book) draw(s *brokers.State, q *queue) {
	place := brokers.Place{
		ID: "queue:" + q.name, Kind: "queue", Name: q.name, Ready: q.ready, InFlight: q.unacked, Done: q.done, Dead: q.dead,
		Detail: map[string]any{
			"durable": q.durable, "exclusive": q.exclusive, "auto_delete": q.autoDelete, "consumers": len(q.consumers),
			"arguments": plain(q.arguments),
		},
	}
	if q.fed {
		place.Detail["note"] = "may hold more: what reaches it inside the broker is not seen"
	}
	s.Places = append(s.Places, place)
	for _, c := range q.consumers {
		p := brokers.Place{
			ID:   fmt.Sprintf("consumer:%s/%d/%s", c.channel.relay.name, c.channel.number, c.tag),
			Kind: "consumer", Name: c.tag, InFlight: c.inFlight, Done: c.done,
			Detail: map[string]any{
				"prefetch": c.limit(), "no_ack": c.noAck, "client": c.channel.relay.name, "channel": c.channel.number,
				"tag": c.tag, "queue": q.name,
			},
		}
		for _, d := range c.channel.unacked {
			if d.consumer == c && len(p.Tokens) < brokers.MaxTokens {
				state := "flight"
				if d.redelivered {
					state = "twice"
				}
				p.Tokens = append(p.Tokens, brokers.Token{Message: d.message.number, Label: d.message.label, State: state})
			}
		}
		s.Places = append(s.Places, p)
		s.Flows = append(s.Flows, brokers.Flow{From: place.ID, To: p.ID})
	}
}

// plain turns a field table into what JSON can say.
func plain(t wire.Table) map[string]any {
	out := make(map[string]any, len(t))
	for _, f := range t {
		switch v := f.Value.(type) {
		case wire.Table:
			out[f.Name] = plain(v)
		case nil, bool, string, int8, uint8, int16, uint16, int32, uint32, int64, uint64:
			out[f.Name] = v
		default:
			out[f.Name] = fmt.Sprint(v)
		}
	}
	return out
}
