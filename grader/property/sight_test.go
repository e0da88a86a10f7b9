package property

import (
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
)

// TestNeedsMiniature: what a real broker does not show is not concluded from.
func TestNeedsMiniature(t *testing.T) {
	direct := []brokers.Event{{Kind: brokers.Published, Key: "orders"}}
	routed := append(direct, brokers.Event{Kind: brokers.Published, Exchange: "in", Key: "order"})
	leaky := append(direct[:1:1], brokers.Event{Kind: brokers.Declared, Place: "retry", Detail: map[string]any{brokers.Leaky: true}})
	for _, tt := range []struct {
		rule, property string
		events         []brokers.Event
		probed, want   bool
	}{
		{"a prefetch passes by", "prefetch-at-most", routed, false, false},
		{"the default exchange names the queue", "at-least-once", direct, false, false},
		{"another exchange does not", "at-least-once", routed, false, true},
		{"a queue that messages leave by themselves", "effect-exactly-once", leaky, false, true},
		{"and that changes nothing about acknowledgements", "no-ack-before-effect", leaky, false, false},
		{"dead letters are moved inside", "dead-lettered", direct, false, true},
		{"a probe finds them", "dead-lettered", direct, true, false},
		{"so are bindings, but where they lead is the broker's own", "routed-exactly", routed, false, true},
		{"a probe follows them", "routed-exactly", routed, true, false},
		{"each binding is asked for by a client", "bindings-at-most", routed, false, false},
		{"a confirm passes by", "no-done-before-confirm", routed, false, false},
		{"a property that nobody thought about", "per-key-order", direct, true, true},
	} {
		if got := NeedsMiniature(tt.property, tt.events, tt.probed); got != tt.want {
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
