package model

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A picture can be made from the journal alone. What a reducer must know:
//
//   - An exchange is drawn from the moment it is used: declared; bound, to or from;
//     published to; named as an alternate by an exchange that is declared or governed;
//     governed; the target of
//     a dead letter. Those that are there from the start are amq.direct and so on, and
//     the default one, whose name is empty.
//   - Names in a virtual host other than "/" have it in front, as "vhost:name", so the
//     default exchange there is "vhost:". IDs of consumers do not: connections are
//     numbered over all of them. Detail has the name alone as "vhost".
//   - From the first event about virtual hosts, users or permissions on, each user is a place
//     with tags and permissions, by virtual host, and each virtual host one. Before it there
//     are "/" and guest, an administrator who may do everything there.
//   - Governed replaces what Declared has told of a queue or an exchange, also of one that
//     is there from the start: another policy applies to it, or none.
//   - A queue is one line for each priority. Routed puts a message at the end of line
//     N. Requeued puts it back to where it was in that line, redelivered from now on.
//     The next message is the first of the highest line that has any.
//   - InFlight counts what was delivered and not settled. Its tokens are the
//     consumer's; of a get, or once the consumer is cancelled, the queue's, before those
//     that are ready, by connection, channel and tag. Deliveries of a queue that was
//     deleted are nowhere, even when one of that name is declared again.
//   - What a transaction has settled is in flight until the commit, whose events say so.
//   - Done counts acknowledgements and deliveries without any; of a consumer, its own.
//     Dead counts what was rejected, expired, or dropped for a length limit; not what was
//     never let in: Dropped with "queue is full", DeadLettered with "full".
//   - A nack or reject is followed by Requeued, DeadLettered or Dropped of the same tag.
//     What expired is followed by DeadLettered without a tag, or by nothing.
//   - A queue takes its consumers and bindings with it, an exchange its bindings, without
//     a word: only the consumers' Cancelled events follow.
//   - Places are in this order: users and virtual hosts by name, exchanges by name, queues by name, consumers by
//     connection, channel and tag. Flows follow their From; of an exchange, by key,
//     destination (exchanges first) and arguments, the alternate last.

// drawn is a place with the ways that leave it.
type drawn struct {
	brokers.Place
	order int // of its kind
	name  string
	of    *Consumer
	flows []brokers.Flow
}

// Picture draws the virtual host: the exchanges that are used, the queues, and
// the consumers. A message that is in flight is a token of its consumer; every
// other one is a token of its queue.
func (v *VHost) Picture() brokers.State { return picture(v.journal, []*VHost{v}) }

// picture draws virtual hosts.
func picture(journal *brokers.Journal, vhosts []*VHost) brokers.State {
	var all []drawn
	for _, v := range vhosts {
		for _, x := range v.exchanges {
			if x.used {
				all = append(all, v.drawExchange(x))
			}
		}
		flights := v.flights()
		for _, q := range v.queues {
			all = append(all, v.drawQueue(q, flights))
			for _, c := range q.consumers {
				all = append(all, v.drawConsumer(c, flights))
			}
		}
	}
	slices.SortFunc(all, func(a, b drawn) int {
		if c := cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.name, b.name)); c != 0 || a.of == nil {
			return c
		}
		return byChannel(a.of, b.of)
	})
	s := brokers.State{Seq: journal.Last(), Places: make([]brokers.Place, len(all)), Flows: []brokers.Flow{}}
	for i, d := range all {
		s.Places[i] = d.Place
		s.Flows = append(s.Flows, d.flows...)
	}
	return s
}

// drawAccess draws the users, with what each may do in which virtual host, and the virtual
// hosts.
func (n *Node) drawAccess() (all []brokers.Place) {
	for _, name := range slices.Sorted(maps.Keys(n.users)) {
		u := n.users[name]
		permissions := make(map[string]any)
		for vhost, p := range u.permissions {
			permissions[vhost] = map[string]any{"configure": p.patterns[configure], "write": p.patterns[write], "read": p.patterns[read]}
		}
		all = append(all, brokers.Place{
			ID: "user:" + name, Kind: "user", Name: name, Detail: map[string]any{"tags": append([]string{}, u.tags...), "permissions": permissions},
		})
	}
	names := make([]string, len(n.vhosts))
	for i, v := range n.vhosts {
		names[i] = v.Name
	}
	slices.Sort(names)
	for _, name := range names {
		all = append(all, brokers.Place{ID: "vhost:" + name, Kind: "vhost", Name: name})
	}
	return all
}

func (v *VHost) exchangeID(name string) string { return "exchange:" + v.prefix() + name }
func (v *VHost) queueID(name string) string    { return "queue:" + v.prefix() + name }

// id is that of a destination.
func (v *VHost) id(to destination) string {
	if to.queue != nil {
		return v.queueID(to.queue.Name)
	}
	return v.exchangeID(to.exchange.Name)
}

func (v *VHost) drawExchange(x *Exchange) drawn {
	d := drawn{order: 1, name: v.prefix() + x.Name, Place: brokers.Place{
		ID: v.exchangeID(x.Name), Kind: "exchange", Name: v.prefix() + cmp.Or(x.Name, "(default)"), Detail: v.exchangeDetail(x),
	}}
	for _, b := range x.sorted() {
		d.flows = append(d.flows, brokers.Flow{From: d.ID, To: v.id(b.to), Label: b.label()})
	}
	if x.alternate != nil {
		d.flows = append(d.flows, brokers.Flow{From: d.ID, To: v.exchangeID(*x.alternate), Label: "alternate"})
	}
	if x.Name != "" {
		return d
	}
	for _, name := range slices.Sorted(maps.Keys(v.queues)) {
		if v.queues[name].direct {
			d.flows = append(d.flows, brokers.Flow{From: d.ID, To: v.queueID(name), Label: name})
		}
	}
	return d
}

// exchangeDetail is what the picture and the journal tell of an exchange.
func (v *VHost) exchangeDetail(x *Exchange) map[string]any {
	detail := map[string]any{"type": x.Kind, "durable": x.Durable, "autoDelete": x.AutoDelete, "internal": x.Internal}
	if p := x.effective(); p != nil {
		detail["policy"], detail["definition"] = p.Name, plain(p.Definition)
	}
	if x.alternate != nil {
		detail["alternate"] = v.prefix() + *x.alternate
	}
	v.sign(detail)
	return detail
}

// sign notes in which virtual host something is; "/" goes without saying.
func (v *VHost) sign(detail map[string]any) {
	if v.Name != "/" {
		detail["vhost"] = v.Name
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

// argumentsID tells bindings apart that differ in their arguments only, and sorts them.
func (b *binding) argumentsID() string {
	if len(b.table) == 0 {
		return ""
	}
	return hex.EncodeToString([]byte(b.arguments))
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
			ch := c.channels[number]
			for _, u := range ch.held() {
				at := flight{u.queue, u.consumer}
				if u.consumer != nil && ch.consumers[u.consumer.Tag] != u.consumer {
					at.consumer = nil // cancelled: the channel holds it
				}
				if len(out[at]) < brokers.MaxTokens {
					out[at] = append(out[at], token(u.entry, "flight"))
				}
			}
		}
	}
	return out
}

// held lists what the channel has not settled, by tag; what a transaction has settled
// is not, until the commit.
func (ch *Channel) held() []unacked {
	all := make([]unacked, 0, len(ch.unacked.items))
	for _, u := range ch.unacked.items {
		if !u.settled {
			all = append(all, u)
		}
	}
	if ch.tx == nil || len(ch.tx.settled) == 0 {
		return all
	}
	for _, s := range ch.tx.settled {
		all = append(all, s.deliveries...)
	}
	slices.SortFunc(all, func(a, b unacked) int { return cmp.Compare(a.tag, b.tag) })
	return all
}

// token draws a message. One that was given out before is there for the second
// time.
func token(e entry, state string) brokers.Token {
	if e.redelivered {
		state = "twice"
	}
	return brokers.Token{Message: e.Number, Label: e.Label, State: state}
}

func (v *VHost) drawQueue(q *Queue, flights map[flight][]brokers.Token) drawn {
	d := drawn{order: 2, name: v.prefix() + q.Name, Place: brokers.Place{
		ID: v.queueID(q.Name), Kind: "queue", Name: v.prefix() + q.Name,
		Ready: q.Ready(), InFlight: q.unacked, Done: q.done, Dead: q.dead,
		Tokens: flights[flight{queue: q}], Detail: v.queueDetail(q),
	}}
	d.Detail["consumers"] = len(q.consumers)
	for _, e := range q.first(brokers.MaxTokens - len(d.Tokens)) {
		d.Tokens = append(d.Tokens, token(e, "ready"))
	}
	if to := q.deadLetter; to != nil {
		d.flows = append(d.flows, brokers.Flow{From: d.ID, To: v.exchangeID(to.exchange), Label: "dead letters"})
	}
	return d
}

// queueDetail is what the picture and the journal tell of a queue.
func (v *VHost) queueDetail(q *Queue) map[string]any {
	detail := map[string]any{"durable": q.Durable, "exclusive": q.Owner != nil, "auto_delete": q.AutoDelete, "arguments": plain(q.Arguments)}
	if q.policy != nil {
		detail["policy"], detail["definition"] = q.policy.Name, plain(q.policy.Definition)
	}
	v.sign(detail)
	return detail
}

// declaredDetail is that with where the dead letters go, which the picture draws as a
// way.
func (v *VHost) declaredDetail(q *Queue) map[string]any {
	detail := v.queueDetail(q)
	if q.deadLetter != nil {
		detail["deadLetter"] = v.prefix() + q.deadLetter.exchange
	}
	return detail
}

// byChannel orders consumers the same way in every picture, whoever's turn it is.
func byChannel(a, b *Consumer) int {
	return cmp.Or(
		cmp.Compare(a.channel.conn.order, b.channel.conn.order),
		cmp.Compare(a.channel.Number, b.channel.Number),
		cmp.Compare(a.Tag, b.Tag),
	)
}

func (v *VHost) drawConsumer(c *Consumer, flights map[flight][]brokers.Token) drawn {
	d := drawn{order: 3, of: c, Place: brokers.Place{
		ID:   fmt.Sprintf("consumer:%s/%d/%s", c.channel.conn.Name, c.channel.Number, c.Tag),
		Kind: "consumer", Name: c.Tag, InFlight: c.inFlight, Done: c.done,
		Tokens: flights[flight{c.queue, c}],
		Detail: map[string]any{
			"prefetch": c.limit(), "no_ack": c.NoAck, "exclusive": c.Exclusive,
			"client": c.channel.conn.Name, "channel": c.channel.Number, "tag": c.Tag, "queue": v.prefix() + c.queue.Name,
		},
	}}
	d.flows = []brokers.Flow{{From: v.queueID(c.queue.Name), To: d.ID}}
	return d
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
