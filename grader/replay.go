package grader

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/messages"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// A Replay says which run a verdict is about, and where in its journal to look. The
// journal itself comes as a Recording.
type Replay struct {
	Schedule string   `json:"schedule"`
	At       uint64   `json:"at"` // Seq of the event to show first
	Proof    []uint64 `json:"proof,omitempty"`
	Count    int      `json:"count"` // of events
	// Failing says that the verdict blames the run: not a question that was asked beside it.
	Failing bool `json:"failing,omitempty"`
}

// replay points to a run, and to where its proof is; nil when its journal is not kept.
func (r *renderer) replay(id string, proof []uint64) *Replay {
	events := r.ev.Journals[id]
	if len(events) == 0 {
		return nil
	}
	return &Replay{Schedule: id, At: opening(events, proof), Proof: proof, Count: len(events)}
}

// window returns the part of a journal, at most size events long, that surrounds
// an event.
func window(events []brokers.Event, at uint64, size int) (first, last int) {
	if len(events) <= size {
		return 0, len(events)
	}
	i, _ := slices.BinarySearchFunc(events, at, func(e brokers.Event, seq uint64) int { return cmp.Compare(e.Seq, seq) })
	first = min(max(i-size/2, 0), len(events)-size)
	return first, first + size
}

// event is the sentence about one event.
func (r *renderer) event(e brokers.Event) string {
	f := facts{
		Facts: property.Facts{Label: e.Label, Message: e.Message},
		Ref:   r.ref(e.Label, e.Message),
		Place: e.Place, Exchange: e.Exchange, Key: e.Key, Consumer: e.Consumer, Client: e.Client, User: e.User,
		Reason: e.Reason, Tag: e.Tag, N: e.N, Channel: e.Channel, Redelivered: e.Redelivered, Group: e.Group, Node: e.Node,
		AutoAck: e.Reason == "auto-ack", Seconds: int(e.N / int64(time.Second/time.Millisecond)),
	}
	if e.Kind == brokers.Crash || e.Kind == brokers.Disconnected {
		f.What = r.plain(r.pointMessage(e.Reason).Text, f)
	}
	switch e.Kind {
	case brokers.OverQuota:
		f.Reason = r.quota(e.Reason)
	case brokers.Exited:
		f.Reason = r.limitMet(e.Reason)
	}
	id := string(e.Kind)
	if e.Kind == brokers.Refused && slices.Contains(r.lab.Services, e.Source) {
		id = "service-refused"
		if e.Reason == trial.DeclinedReason {
			id = "service-declined"
		}
	}
	switch {
	case e.Kind == brokers.Delivered:
		f.Consumer = cmp.Or(e.Consumer, e.User)
	case e.Kind == brokers.Permitted:
		f.Rights = rights(e.Detail)
	case e.Kind == brokers.Refused && e.User != "" && e.Client == "":
		id = "refused-user"
	}
	if e.Channel > 0 && (e.Kind == brokers.Opened || e.Kind == brokers.Closed) {
		id = "channel-" + id
	}
	source := e.Source
	switch {
	case source != "host":
	case r.lab.Config() != nil:
		source = "config" // there is no program
	case r.lab.Console():
		source = "session" // nor here: the commands are typed again
	}
	text := r.plain(r.sourced("events", id, source).Text, f)
	if e.User != "" && e.Source == "rabbitmq" && slices.Contains(byUser, e.Kind) {
		text += ", " + r.plain(r.message("words", "by").Text, f)
	}
	return text
}

// byUser are what a user asks for over HTTP; the sentences of other kinds name the user by
// themselves.
var byUser = []brokers.Kind{brokers.Declared, brokers.Deleted, brokers.Bound, brokers.Unbound, brokers.Purged, brokers.Published}

// rights writes permissions as rabbitmqctl takes them.
func rights(detail map[string]any) string {
	parts := make([]string, 0, len(access))
	for _, name := range access {
		parts = append(parts, fmt.Sprintf("%s '%v'", name, detail[name]))
	}
	return tame(strings.Join(parts, ", "))
}

// access are the permissions that a user may have in a virtual host.
var access = []string{"configure", "write", "read"}

// sourced returns the message of a section that says what a service did in the
// service's own words, where there are any: "effect-outbox" goes before "effect".
func (r *renderer) sourced(section, id, source string) messages.Message {
	if m, ok := r.sections[section][id+"-"+source]; ok {
		return m
	}
	return r.message(section, id)
}

// nameless is how a message without a name is called. Where all messages are the lab's
// own, it is one that cannot be read; in a log there are also records of other topics.
func (r *renderer) nameless() messages.Message {
	for _, b := range r.lab.Brokers {
		if b.Name == "kafka" {
			return r.message("words", "record")
		}
	}
	return r.message("words", "unreadable")
}

// ref is what the lab calls a message: "order 4". One whose name the lab cannot read
// is told apart by its number, and so is every message where none has a name.
func (r *renderer) ref(label string, n uint64) string {
	switch {
	case label != "":
		return cmp.Or(r.lab.Noun[r.lang], r.message("words", "message").Text) + " " + label
	case r.lab.Label != "":
		return r.plain(r.nameless().Text, facts{Number: r.number(n)})
	}
	return r.message("words", "message").Text + " " + r.number(n)
}
