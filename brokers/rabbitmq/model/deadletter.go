package model

import (
	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A deadLetter says where a queue sends what it gives up.
type deadLetter struct {
	exchange string
	key      string // the new routing key
	rekey    bool   // false: the message keeps its own
}

// deadLetter publishes a message again, from queue q to its dead-letter exchange.
// It stays the same message, with the history of its deaths in the headers. The
// way is not checked beforehand: an exchange that does not exist loses it. by is
// who gave it up: an event with client, channel, tag and consumer, if it had any.
func (v *VHost) deadLetter(e entry, q *Queue, reason string, by brokers.Event) {
	to := q.deadLetter
	m := *e.Message
	m.Exchange = to.exchange
	if to.rekey {
		m.Key = to.key
	}
	m.Properties = m.Properties.WithHeaders(v.buried(e, q, reason))
	m.size = len(m.Body) + len(wire.AppendTable(nil, m.Properties.Headers))
	by.Kind, by.Reason, by.Place, by.Exchange, by.Key = brokers.DeadLettered, reason, q.Name, m.Exchange, m.Key
	by.Message, by.Label, by.Redelivered = m.Number, m.Label, e.redelivered
	v.record(by)
	x, ok := v.exchanges[to.exchange]
	if !ok {
		v.dropLetter(&m, q, "no dead-letter exchange '"+to.exchange+"'")
		return
	}
	if v.messages >= v.quota.Messages {
		v.dropLetter(&m, q, "quota of messages")
		return
	}
	x.used = true
	if v.route(&m, x) == 0 {
		v.dropLetter(&m, q, "unroutable")
	}
}

func (v *VHost) dropLetter(m *Message, q *Queue, reason string) {
	v.record(brokers.Event{Kind: brokers.Dropped, Place: q.Name, Exchange: m.Exchange, Key: m.Key, Message: m.Number, Label: m.Label, Reason: reason})
}

// buried returns the headers of a message with one more death in them: x-death
// has an entry for each pair of queue and reason, the latest first.
func (v *VHost) buried(e entry, q *Queue, reason string) wire.Table {
	headers := e.Properties.Headers
	death := wire.Table{
		{Name: "count", Value: int64(1)},
		{Name: "reason", Value: reason},
		{Name: "queue", Value: q.Name},
		{Name: "time", Value: wire.Timestamp(v.clock.Now().Unix())},
		{Name: "exchange", Value: e.Exchange},
		{Name: "routing-keys", Value: []any{e.Key}},
	}
	deaths := []any{death}
	for _, earlier := range deathsOf(headers) {
		if !sameDeath(earlier, q.Name, reason) {
			deaths = append(deaths, earlier)
			continue
		}
		count, _ := earlier.Get("count")
		n, _ := count.(int64)
		deaths[0] = earlier.With("count", n+1)
	}
	headers = headers.With("x-death", deaths)
	if _, ok := headers.Get("x-first-death-reason"); ok {
		return headers
	}
	headers = headers.With("x-first-death-exchange", e.Exchange)
	headers = headers.With("x-first-death-queue", q.Name)
	return headers.With("x-first-death-reason", reason)
}

// deathsOf reads the history in headers. What a client has made up and does not
// have the right form is left out.
func deathsOf(headers wire.Table) []wire.Table {
	value, _ := headers.Get("x-death")
	list, _ := value.([]any)
	var deaths []wire.Table
	for _, element := range list {
		if death, ok := element.(wire.Table); ok {
			deaths = append(deaths, death)
		}
	}
	return deaths
}

func sameDeath(death wire.Table, queue, reason string) bool {
	q, _ := death.Get("queue")
	r, _ := death.Get("reason")
	return q == queue && r == reason
}
