package property

import (
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
)

// TestNeedsMiniature: what a real broker does not show is not concluded from.
func TestNeedsMiniature(t *testing.T) {
	leaky := func(queue, why string) []brokers.Event {
		return []brokers.Event{{Kind: brokers.Declared, Place: queue, Detail: map[string]any{brokers.Leaky: why}}}
	}
	brief := func(exchange, key string) []brokers.Event {
		return []brokers.Event{{Kind: brokers.Published, Exchange: exchange, Key: key, Detail: map[string]any{brokers.Leaky: brokers.LeakyByTime}}}
	}
	none, heard := Sight{}, Sight{Heard: true}
	all := Sight{Heard: true, Probed: true, Followed: true}
	for _, tt := range []struct {
		rule, property string
		events         []brokers.Event
		sight          Sight
		want           bool
	}{
		{"a prefetch passes by", "prefetch-at-most", nil, none, false},
		{"a confirm passes by", "no-done-before-confirm", nil, none, false},
		{"each binding is asked for by a client", "bindings-at-most", nil, none, false},
		{"where messages went is not known", "at-least-once", nil, none, true},
		{"where they went is told", "at-least-once", nil, heard, false},
		{"nor for what a service published", "published-all", nil, none, true},
		{"the queue loses them by itself", "effect-exactly-once", leaky("orders", brokers.LeakyByTime), all, true},
		{"another queue does, and they are seen again", "effect-exactly-once", leaky("retry", brokers.LeakyByTime), heard, false},
		{"some have a time to live of their own", "none-blocked", brief("", "orders"), all, true},
		{"in another queue", "none-blocked", brief("", "retry"), all, false},
		{"in any queue", "none-blocked", brief("in", "retry"), all, true},
		{"and that changes nothing about acknowledgements", "no-ack-before-effect", leaky("orders", brokers.LeakyByTime), heard, false},
		{"an exchange tells where it sends", "routed", nil, heard, false},
		{"and does not", "routed", nil, none, true},
		{"but not what a full queue turns away", "routed", leaky("books", brokers.LeakyByLimit), all, true},
		{"what is too old was there", "routed", leaky("books", brokers.LeakyByTime), all, false},
		{"dead letters are moved inside", "dead-lettered", nil, heard, true},
		{"somebody looks for them", "dead-lettered", nil, Sight{Heard: true, Probed: true}, false},
		{"what is parked may be a dead letter", "parked", nil, heard, true},
		{"and is found", "retried-n-times", nil, Sight{Heard: true, Probed: true}, false},
		{"what came back is looked for", "returns-handled", nil, heard, true},
		{"so are bindings, but where they lead is the broker's own", "routed-exactly", nil, Sight{Heard: true, Probed: true}, true},
		{"the lab's own messages are followed", "routed-exactly", nil, Sight{Followed: true}, false},
		{"a property that nobody thought about", "per-key-order", nil, all, true},
	} {
		if got := NeedsMiniature(tt.property, Params{"queue": "orders"}, tt.events, tt.sight); got != tt.want {
			t.Errorf("%s: NeedsMiniature(%q) = %v, want %v", tt.rule, tt.property, got, tt.want)
		}
	}
}

// seen is a real broker's journal: a good order and a bad one in a queue, without
// a word on routing.
func seen(more ...brokers.Event) []brokers.Event {
	events := append([]brokers.Event{
		{Kind: brokers.Published, Key: "orders", Message: 1, Label: "1"},
		{Kind: brokers.Published, Key: "orders", Message: 2},
		{Kind: brokers.Delivered, Place: "orders", Message: 1, Label: "1", Client: "c1", Tag: 1},
		{Kind: brokers.Effect, Source: "ledger", Message: 1, Label: "1"},
		{Kind: brokers.Acked, Place: "orders", Message: 1, Label: "1", Client: "c1", Tag: 1},
		{Kind: brokers.Delivered, Place: "orders", Message: 2, Client: "c1", Tag: 2},
		{Kind: brokers.Rejected, Place: "orders", Message: 2, Client: "c1", Tag: 2},
	}, more...)
	for i := range events {
		events[i].Seq = uint64(i + 1)
	}
	return events
}

// outgoing1 is a real broker's journal of one order that a service has to publish.
func outgoing1(queue string) []brokers.Event {
	return []brokers.Event{
		{Seq: 1, Kind: brokers.Declared, Place: queue},
		{Seq: 2, Kind: brokers.Declared, Source: "shop", Label: "1"},
		{Seq: 3, Kind: brokers.Published, Key: "outbox", Message: 1, Label: "1", Client: "c1"},
		{Seq: 4, Kind: brokers.Confirmed, Key: "outbox", Message: 1, Label: "1", Client: "c1"},
		{Seq: 5, Kind: brokers.Effect, Source: "shop", Label: "1"},
	}
}

// TestRealJournal: the same properties hold and fail without routed events.
func TestRealJournal(t *testing.T) {
	dead := Params{"queue": "orders", "to": "dead", "tries": 1}
	out := Params{"queue": "outbox", "service": "shop"}
	done := Params{"queue": "orders", "service": "ledger"}
	for _, tt := range []struct {
		rule, property string
		with           Params
		events         []brokers.Event
		message        string // empty: holds
	}{
		{"charged and acked", "at-least-once", done, seen(), ""},
		{"published and not charged", "at-least-once", done, seen(brokers.Event{Kind: brokers.Published, Key: "orders", Message: 3, Label: "3"}), "not-done"},
		{"published to another queue", "at-least-once", done, seen(brokers.Event{Kind: brokers.Published, Key: "other", Message: 3, Label: "3"}), ""},
		{"in the queue and marked", "published-all", out, outgoing1("outbox"), ""},
		{"a queue that is not there", "published-all", out, outgoing1("nowhere"), "lost-publish"},
		{"refused and not found", "dead-lettered", dead, seen(), "dead-waiting"},
		{"refused and found", "dead-lettered", dead, seen(brokers.Event{Kind: brokers.Routed, Place: "dead", Message: 2, Reason: Probed}), ""},
		{"refused and given out there", "dead-lettered", dead, seen(brokers.Event{Kind: brokers.Delivered, Place: "dead", Message: 2}), ""},
	} {
		got, err := Judge(tt.property, tt.events, tt.with)
		if err != nil || got.OK != (tt.message == "") || got.Message != tt.message {
			t.Errorf("%s: %v %q, error %v; want %q", tt.rule, got.OK, got.Message, err, tt.message)
		}
	}
}
