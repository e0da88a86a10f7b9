package model

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// Picture draws the virtual host: the exchanges that are used, the queues, and
// the consumers. A message that is in flight is a token of its consumer; every
// other one is a token of its queue.
func (v *VHost) Picture() brokers.State {
	s := brokers.State{Seq: v.journal.Last(), Places: []brokers.Place{}, Flows: []brokers.Flow{}}
	for _, name := range slices.Sorted(maps.Keys(v.exchanges)) {
		if x := v.exchanges[name]; x.used {
			v.drawExchange(&s, x)
		}
	}
	flights := v.flights()
	for _, name := range slices.Sorted(maps.Keys(v.queues)) {
		drawQueue(&s, v.queues[name], flights)
	}
	return s
}

func exchangeID(name string) string { return "exchange:" + name }
func queueID(name string) string    { return "queue:" + name }

func (v *VHost) drawExchange(s *brokers.State, x *Exchange) {
	place := brokers.Place{
		ID: exchangeID(x.Name), Kind: "exchange", Name: x.Name,
		Detail: map[string]any{"type": x.Kind, "durable": x.Durable, "autoDelete": x.AutoDelete, "internal": x.Internal},
	}
	if x.Name == "" {
		place.Name = "(default)"
	}
	s.Places = append(s.Places, place)
	for _, b := range x.sorted() {
		s.Flows = append(s.Flows, brokers.Flow{From: place.ID, To: b.to.id(), Label: b.label()})
	}
	if x.alternate != nil {
		s.Flows = append(s.Flows, brokers.Flow{From: place.ID, To: exchangeID(*x.alternate), Label: "alternate"})
	}
	if x.Name != "" {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(v.queues)) {
		if v.queues[name].direct {
			s.Flows = append(s.Flows, brokers.Flow{From: place.ID, To: queueID(name), Label: name})
		}
	}
}

// label is what a binding asks for: a key or, at a headers exchange, its arguments.
func (b *binding) label() string {
	if b.pattern == nil {
		return b.key
	}
	mode := "all of "
	if b.pattern.any {
		mode = "any of "
	}
	var want []string
	for _, f := range b.pattern.want {
		want = append(want, fmt.Sprintf("%s=%v", f.Name, plainValue(f.Value)))
	}
	return mode + strings.Join(want, ", ")
}

// flight is who holds a message: a consumer, or for a get none, of a queue.
type flight struct {
	queue    *Queue
	consumer *Consumer
}

// flights collects what is in flight, by who holds it.
func (v *VHost) flights() map[flight][]brokers.Token {
	out := make(map[flight][]brokers.Token)
	for _, c := range v.connections {
		for _, number := range slices.Sorted(maps.Keys(c.channels)) {
			for _, u := range c.channels[number].unacked.items {
				at := flight{u.queue, u.consumer}
				if u.consumer != nil && c.channels[number].consumers[u.consumer.Tag] != u.consumer {
					at.consumer = nil // cancelled: the channel holds it
				}
				if !u.settled && len(out[at]) < brokers.MaxTokens {
					out[at] = append(out[at], token(u.entry, "flight"))
				}
			}
		}
	}
	return out
}

// token draws a message. One that was given out before is there for the second
// time.
func token(e entry, state string) brokers.Token {
	if e.redelivered {
		state = "twice"
	}
	return brokers.Token{Message: e.Number, Label: e.Label, State: state}
}

func drawQueue(s *brokers.State, q *Queue, flights map[flight][]brokers.Token) {
	place := brokers.Place{
		ID: queueID(q.Name), Kind: "queue", Name: q.Name,
		Ready: q.Ready(), InFlight: q.unacked, Done: q.done, Dead: q.dead,
		Tokens: flights[flight{queue: q}],
		Detail: map[string]any{
			"durable": q.Durable, "exclusive": q.Owner != nil, "auto_delete": q.AutoDelete,
			"arguments": plain(q.Arguments), "consumers": len(q.consumers),
		},
	}
	for _, e := range q.first(brokers.MaxTokens - len(place.Tokens)) {
		place.Tokens = append(place.Tokens, token(e, "ready"))
	}
	s.Places = append(s.Places, place)
	if to := q.deadLetter; to != nil {
		s.Flows = append(s.Flows, brokers.Flow{From: place.ID, To: exchangeID(to.exchange), Label: "dead letters"})
	}
	for _, c := range slices.SortedFunc(slices.Values(q.consumers), byChannel) {
		drawConsumer(s, c, flights)
	}
}

// byChannel orders consumers the same way in every picture, whoever's turn it is.
func byChannel(a, b *Consumer) int {
	return cmp.Or(
		cmp.Compare(a.channel.conn.order, b.channel.conn.order),
		cmp.Compare(a.channel.Number, b.channel.Number),
		cmp.Compare(a.Tag, b.Tag),
	)
}

func drawConsumer(s *brokers.State, c *Consumer, flights map[flight][]brokers.Token) {
	place := brokers.Place{
		ID:   fmt.Sprintf("consumer:%s/%d/%s", c.channel.conn.Name, c.channel.Number, c.Tag),
		Kind: "consumer", Name: c.Tag, InFlight: c.inFlight, Done: c.done,
		Tokens: flights[flight{c.queue, c}],
		Detail: map[string]any{
			"prefetch": c.limit(), "no_ack": c.NoAck, "exclusive": c.Exclusive,
			"client": c.channel.conn.Name, "channel": c.channel.Number, "tag": c.Tag, "queue": c.queue.Name,
		},
	}
	s.Places = append(s.Places, place)
	s.Flows = append(s.Flows, brokers.Flow{From: queueID(c.queue.Name), To: place.ID})
}

// plain turns a field table into what JSON can say.
func plain(t wire.Table) map[string]any {
	out := make(map[string]any, len(t))
	for _, f := range t {
		out[f.Name] = plainValue(f.Value)
	}
	return out
}

func plainValue(value any) any {
	switch v := value.(type) {
	case wire.Table:
		return plain(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plainValue(v[i])
		}
		return out
	case float32:
		return fmt.Sprint(v) // JSON has neither infinity nor NaN
	case float64:
		return fmt.Sprint(v)
	}
	return value
}
