package model

import (
	"cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A deadLetter says where a queue sends what it gives up.
type deadLetter struct {
	exchange string
	key      string // the new routing key
	rekey    bool   // false: the message keeps its own
}

// letters are dead letters on their way. They are sent when whatever made them is
// over, one after the other: a letter may make others in the queues that it reaches.
type letters struct {
	waiting []letter
	caused  int  // by letters, since the first of them
	busy    bool // being sent
}

type letter struct {
	message *Message
	from    *Queue
	by      brokers.Event // who gave it up
}

// maxCaused bounds the letters that letters cause: full queues that dead-letter to
// each other in all orders would go on for longer than anyone can wait.
const maxCaused = 1000

// deadLetter takes up a message that queue q parts with, for its dead-letter
// exchange. It stays the same message, with the history of its deaths in the
// headers. by is who gave it up: an event with client, channel, tag and consumer,
// if it had any; and with a reason, if that is not what the history calls it.
func (v *VHost) deadLetter(e entry, q *Queue, reason string, by brokers.Event) {
	to := q.deadLetter
	m := *e.Message
	m.Exchange = to.exchange
	if to.rekey {
		m.Key, m.keys = to.key, []string{to.key}
	}
	headers := v.buried(e, q, reason)
	if to.rekey {
		headers = headers.Without("CC")
	}
	m.Properties = m.Properties.WithHeaders(headers)
	m.Properties.Has &^= wire.HasExpiration // it is in the history now
	m.Properties.Expiration, m.mortal = "", false
	m.automatic = reason != "rejected"
	m.size = len(m.Body) + len(wire.AppendTable(nil, m.Properties.Headers))
	by.Kind, by.Reason, by.Place, by.Exchange, by.Key = brokers.DeadLettered, cmp.Or(by.Reason, reason), q.Name, m.Exchange, m.Key
	by.Message, by.Label, by.Redelivered = m.Number, m.Label, e.redelivered
	if v.letters.busy {
		v.letters.caused++
	}
	if x, ok := v.exchanges[m.Exchange]; ok {
		x.used = true
	}
	v.record(by)
	v.letters.waiting = append(v.letters.waiting, letter{&m, q, by})
}

// sendLetters sends what deadLetter has taken up, until nothing is left.
func (v *VHost) sendLetters() {
	l := &v.letters
	if l.busy {
		return
	}
	l.busy, l.caused = true, 0
	for i := 0; i < len(l.waiting); i++ {
		v.send(l.waiting[i])
	}
	clear(l.waiting)
	l.waiting, l.busy = l.waiting[:0], false
}

// send routes a dead letter. The way is not checked beforehand: an exchange that does
// not exist loses it.
func (v *VHost) send(l letter) {
	x, ok := v.exchanges[l.message.Exchange]
	switch {
	case !ok:
		v.dropLetter(l, "no dead-letter exchange '"+l.message.Exchange+"'")
		return
	case v.messages >= v.quota.Messages:
		v.dropLetter(l, "quota of messages")
		return
	case v.letters.caused > maxCaused:
		v.dropLetter(l, "too many dead letters of dead letters")
		return
	}
	if reached, _ := v.route(l.message, x); reached == 0 {
		v.dropLetter(l, "unroutable")
	}
}

func (v *VHost) dropLetter(l letter, reason string) {
	m := l.message
	v.record(brokers.Event{Kind: brokers.Dropped, Place: l.from.Name, Exchange: m.Exchange, Key: m.Key, Message: m.Number, Label: m.Label, Reason: reason})
}

// mayEnter keeps a dead letter out of a queue that it has died in before, if since
// then no consumer had a hand in it: it would go round forever.
func (m *Message) mayEnter(q *Queue) bool {
	if !m.automatic {
		return true
	}
	for _, death := range deathsOf(m.Properties.Headers) {
		if reason, _ := death.Get("reason"); reason == "rejected" {
			return true
		}
		if queue, _ := death.Get("queue"); queue == q.Name {
			return false
		}
	}
	return true
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
		{Name: "routing-keys", Value: e.knownKeys()},
	}
	if e.Properties.Has&wire.HasExpiration != 0 {
		death = append(death, wire.Field{Name: "original-expiration", Value: e.Properties.Expiration})
	}
	deaths := []any{death}
	for _, earlier := range deathsOf(headers) {
		if !sameDeath(earlier, q.Name, reason) {
			deaths = append(deaths, earlier)
			continue
		}
		count, _ := earlier.Get("count")
		n, _ := wholeNumber(count) // who publishes a dead letter again may send a shorter number
		deaths[0] = earlier.With("count", n+1)
	}
	_, again := headers.Get("x-death")
	headers = headers.With("x-death", deaths)
	if again {
		return headers
	}
	headers = headers.With("x-first-death-exchange", e.Exchange)
	headers = headers.With("x-first-death-queue", q.Name)
	return headers.With("x-first-death-reason", reason)
}

// knownKeys are the routing keys that a reader of the message may know of.
func (m *Message) knownKeys() []any {
	keys := []any{m.Key}
	value, _ := m.Properties.Headers.Get("CC")
	list, _ := value.([]any)
	for _, element := range list {
		if key, ok := element.(string); ok {
			keys = append(keys, key)
		}
	}
	return keys
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
