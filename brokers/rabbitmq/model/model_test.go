package model

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A listener is a client that notes what it is given.
type listener struct {
	busy  bool
	heard []string
}

func (l *listener) Ready() bool { return !l.busy }
func (l *listener) Deliver(d Delivery) {
	l.heard = append(l.heard, fmt.Sprintf("%s:%s", d.Consumer, d.Label))
}
func (l *listener) Cancelled(_ int, consumer string) {
	l.heard = append(l.heard, consumer+" cancelled")
}

// take returns what was heard since the last time.
func (l *listener) take() string {
	s := strings.Join(l.heard, " ")
	l.heard = nil
	return s
}

// A table is a virtual host with one client and a journal, on a clock that
// stands still. Messages are labelled by their bodies.
type table struct {
	*VHost
	*listener
	conn    *Connection
	journal *brokers.Journal
}

func newTable(t testing.TB, change ...func(*brokers.Quota)) *table {
	t.Helper()
	clock := brokers.NewVirtualClock(time.Unix(1_700_000_000, 0))
	journal := brokers.NewJournal(1_000_000, brokers.Forget, clock)
	quota := brokers.DefaultQuota()
	for _, c := range change {
		c(&quota)
	}
	v := NewVHost("/", clock, journal, quota, func(body []byte) string { return string(body) })
	l := &listener{}
	conn, err := v.Connect(l, "guest", "test")
	must(t, err)
	return &table{VHost: v, listener: l, conn: conn, journal: journal}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (tb *table) open(t testing.TB, number int) *Channel {
	t.Helper()
	ch, err := tb.conn.Open(number)
	must(t, err)
	return ch
}

func declare(t testing.TB, ch *Channel, name string, args ...wire.Field) *Queue {
	t.Helper()
	q, err := ch.DeclareQueue(QueueSpec{Name: name, Arguments: args})
	must(t, err)
	return q
}

// send publishes messages to a queue by its name.
func send(t testing.TB, ch *Channel, queue string, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		_, err := ch.Publish(Publishing{Key: queue, Body: []byte(body)})
		must(t, err)
	}
}

func (tb *table) deliverAll() string {
	for tb.DeliverNext() {
		continue
	}
	return tb.take()
}

func consume(t testing.TB, ch *Channel, queue, tag string) {
	t.Helper()
	_, err := ch.Consume(queue, tag, false, false, nil)
	must(t, err)
}

// kinds lists the events after seq as "kind label".
func (tb *table) kinds(seq uint64) []string {
	var out []string
	for _, e := range tb.journal.Since(seq) {
		out = append(out, strings.TrimSpace(string(e.Kind)+" "+e.Label))
	}
	return out
}

// want compares and says which rule broke.
func want[T any](t testing.TB, rule string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: want (-) and got (+):\n%s", rule, diff)
	}
}

func TestTurns(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "q")
	for _, tag := range []string{"a", "b", "c"} {
		consume(t, ch, "q", tag)
	}
	send(t, ch, "q", "1", "2", "3", "4")
	want(t, "consumers take turns", tb.deliverAll(), "a:1 b:2 c:3 a:4")
	send(t, ch, "q", "5")
	want(t, "and go on where they were", tb.deliverAll(), "b:5")
}

func TestPrefetch(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "q")
	ch.Qos(2, false)
	consume(t, ch, "q", "a")
	send(t, ch, "q", "1", "2", "3", "4")
	want(t, "no more than the prefetch", tb.deliverAll(), "a:1 a:2")
	must(t, ch.Ack(1, false))
	want(t, "an ack makes room for one", tb.deliverAll(), "a:3")
	ch.Cancel("a")
	want(t, "a cancelled consumer gets nothing", tb.deliverAll(), "")
	must(t, ch.Nack(2, false, true))
	consume(t, ch, "q", "b")
	want(t, "what came back comes first", tb.deliverAll(), "b:2 b:4")
}

func TestGlobalPrefetch(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "p")
	declare(t, ch, "q")
	ch.Qos(2, true)
	consume(t, ch, "p", "a")
	consume(t, ch, "q", "b")
	send(t, ch, "p", "p1", "p2")
	send(t, ch, "q", "q1", "q2")
	want(t, "one limit for all consumers, and queues take turns", tb.deliverAll(), "a:p1 b:q1")
	must(t, ch.Ack(2, true))
	want(t, "room for two", tb.deliverAll(), "a:p2 b:q2")
}

func TestBusyClientWaits(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	q := declare(t, ch, "q")
	consume(t, ch, "q", "a")
	tb.busy = true
	send(t, ch, "q", "1")
	want(t, "a busy client gets nothing", tb.deliverAll(), "")
	want(t, "and the message waits", q.Ready(), 1)
	tb.busy = false
	tb.conn.Resume()
	want(t, "until it is ready", tb.deliverAll(), "a:1")
}

func TestRequeueKeepsThePlace(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "q")
	send(t, ch, "q", "1", "2", "3", "4", "5")
	for range 4 {
		_, _, _, err := ch.Get("q", false)
		must(t, err)
	}
	must(t, ch.Reject(3, true))
	must(t, ch.Nack(1, false, true))
	must(t, ch.Nack(4, false, true))
	var order []string
	for {
		d, _, ok, err := ch.Get("q", true)
		must(t, err)
		if !ok {
			break
		}
		order = append(order, fmt.Sprintf("%s %t", d.Label, d.Redelivered))
	}
	want(t, "in their old order, and known", order, []string{"1 true", "3 true", "4 true", "5 false"})
}

func TestSettledInAnyOrder(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	q := declare(t, ch, "q")
	const n = 200
	for range n {
		send(t, ch, "q", "m")
		_, _, _, err := ch.Get("q", false)
		must(t, err)
	}
	for tag := uint64(2); tag < n; tag += 2 { // holes
		must(t, ch.Ack(tag, false))
	}
	var refused *Error
	if err := ch.Ack(100, false); !errors.As(err, &refused) || refused.Code != PreconditionFailed {
		t.Errorf("acked twice: %v, want PRECONDITION_FAILED", err)
	}
	want(t, "half is left", q.Unacked(), n/2+1)
	must(t, ch.Ack(101, true))
	want(t, "multiple takes what is left up to it", q.Unacked(), n/2-50)
	must(t, ch.Nack(0, true, true))
	want(t, "zero means all", [2]int{q.Unacked(), q.Ready()}, [2]int{0, n/2 - 50})
}

func TestEventsOfAMessage(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "dead")
	declare(t, ch, "q", wire.Field{Name: "x-dead-letter-exchange", Value: ""}, wire.Field{Name: "x-dead-letter-routing-key", Value: "dead"})
	consume(t, ch, "q", "a")
	for _, tt := range []struct {
		rule string
		do   func()
		want []string
	}{
		{"published and delivered", func() { send(t, ch, "q", "m"); tb.deliverAll() }, []string{"published m", "routed m", "delivered m"}},
		{"given back", func() { must(t, ch.Nack(1, false, true)) }, []string{"nacked m", "requeued m"}},
		{"delivered again", func() { tb.deliverAll() }, []string{"delivered m"}},
		{"refused for good", func() { must(t, ch.Reject(2, false)) }, []string{"rejected m", "dead-lettered m", "routed m"}},
		{"nobody's", func() { send(t, ch, "nowhere", "n") }, []string{"published n", "unroutable n"}},
		{"with nowhere to go", func() { _, _, _, err := ch.Get("dead", false); must(t, err); must(t, ch.Reject(3, false)) }, []string{"delivered m", "rejected m", "dropped m"}},
	} {
		seq := tb.journal.Last()
		tt.do()
		want(t, tt.rule, tb.kinds(seq), tt.want)
	}
}

func TestQuotas(t *testing.T) {
	for _, tt := range []struct {
		what   string
		change func(*brokers.Quota)
		do     func(tb *table, ch *Channel) error // twice is once too often
	}{
		{"messages", func(q *brokers.Quota) { q.Messages = 1 }, func(_ *table, ch *Channel) error { _, err := ch.Publish(Publishing{Key: "q"}); return err }},
		{"bytes of messages", func(q *brokers.Quota) { q.Bytes = 5 }, func(_ *table, ch *Channel) error {
			_, err := ch.Publish(Publishing{Key: "q", Body: []byte("abc")})
			return err
		}},
		{"queues", func(q *brokers.Quota) { q.Queues = 2 }, func(_ *table, ch *Channel) error { _, err := ch.DeclareQueue(QueueSpec{}); return err }},
		{"exchanges", func(q *brokers.Quota) { q.Exchanges = 8 }, func(tb *table, ch *Channel) error {
			return ch.DeclareExchange(ExchangeSpec{Name: fmt.Sprint("x", len(tb.exchanges)), Kind: "direct"})
		}},
		{"bindings", func(q *brokers.Quota) { q.Bindings = 1 }, func(tb *table, ch *Channel) error {
			return ch.Bind("q", "amq.direct", fmt.Sprint(tb.bindings), nil)
		}},
		{"consumers", func(q *brokers.Quota) { q.Consumers = 1 }, func(_ *table, ch *Channel) error { _, err := ch.Consume("q", "", false, false, nil); return err }},
		{"channels in one connection", func(q *brokers.Quota) { q.Channels = 2 }, func(tb *table, _ *Channel) error { _, err := tb.conn.Open(len(tb.conn.channels) + 1); return err }},
	} {
		tb := newTable(t, tt.change)
		ch := tb.open(t, 1)
		declare(t, ch, "q")
		if err := tt.do(tb, ch); err != nil {
			t.Errorf("%s: the first: %v", tt.what, err)
		}
		var over *brokers.QuotaError
		if err := tt.do(tb, ch); !errors.As(err, &over) || over.What != tt.what {
			t.Errorf("%s: the second: %v, want a QuotaError", tt.what, err)
		}
	}
}

func TestDeletedQueueTakesItsMessages(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "q")
	consume(t, ch, "q", "a")
	ch.Qos(0, false)
	send(t, ch, "q", "1", "2")
	tb.deliverAll()
	send(t, ch, "q", "3")
	must(t, ch.Bind("q", "amq.direct", "k", nil))
	n, err := ch.DeleteQueue("q", false, false)
	must(t, err)
	want(t, "the ready one is counted", n, 1)
	want(t, "the consumer hears of it", tb.take(), "a cancelled")
	want(t, "nothing is left", [3]int{tb.messages, tb.bytes, tb.VHost.bindings}, [3]int{})
	must(t, ch.Ack(1, false))
	must(t, ch.Nack(2, false, true))
	want(t, "and nothing comes back", [2]int{tb.messages, len(tb.queues)}, [2]int{})
}

func TestAutoDeleteWithWhatIsHeld(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	_, err := ch.DeclareQueue(QueueSpec{Name: "q", AutoDelete: true})
	must(t, err)
	consume(t, ch, "q", "a")
	send(t, ch, "q", "1")
	tb.deliverAll()
	tb.conn.Close("gone")
	want(t, "queue and message have gone", [3]int{len(tb.queues), tb.messages, tb.consumers}, [3]int{})
}

func TestIdle(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "q")
	send(t, ch, "q", "1", "2", "3")
	want(t, "without a consumer nobody waits", tb.Idle(), brokers.Idle{})
	ch.Qos(2, false)
	consume(t, ch, "q", "a")
	want(t, "ready for a consumer", tb.Idle(), brokers.Idle{Ready: 3})
	tb.deliverAll()
	want(t, "a full consumer does not count", tb.Idle(), brokers.Idle{InFlight: 2})
}

func TestPicture(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "q", wire.Field{Name: "x-dead-letter-exchange", Value: "amq.direct"})
	ch.Qos(1, false)
	consume(t, ch, "q", "a")
	send(t, ch, "q", "one", "two")
	tb.deliverAll()
	must(t, ch.Nack(1, false, true))
	tb.deliverAll()
	got := tb.Picture()
	want(t, "flows", got.Flows, []brokers.Flow{
		{From: "exchange:", To: "queue:q", Label: "q"},
		{From: "queue:q", To: "exchange:amq.direct", Label: "dead letters"},
		{From: "queue:q", To: "consumer:c1/1/a"},
	})
	want(t, "places", got.Places, []brokers.Place{
		{ID: "exchange:", Kind: "exchange", Name: "(default)", Detail: map[string]any{"type": "direct", "durable": true, "autoDelete": false, "internal": false}},
		{
			ID: "queue:q", Kind: "queue", Name: "q", Ready: 1, InFlight: 1, Tokens: []brokers.Token{{Message: 2, Label: "two", State: "ready"}},
			Detail: map[string]any{"durable": false, "exclusive": false, "auto_delete": false, "consumers": 1, "arguments": map[string]any{"x-dead-letter-exchange": "amq.direct"}},
		},
		{
			ID: "consumer:c1/1/a", Kind: "consumer", Name: "a", InFlight: 1, Tokens: []brokers.Token{{Message: 1, Label: "one", State: "twice"}},
			Detail: map[string]any{"prefetch": 1, "no_ack": false, "exclusive": false, "client": "c1", "channel": 1, "tag": "a", "queue": "q"},
		},
	})
}

func TestBytesThatAreNotBodies(t *testing.T) {
	tb := newTable(t, func(q *brokers.Quota) { q.Bytes = 1000 })
	ch := tb.open(t, 1)
	declare(t, ch, "q")
	long := wire.Table{{Name: "x", Value: strings.Repeat("x", maxArguments)}}
	for rule, try := range map[string]func() error{
		"headers count":            func() error { _, err := ch.Publish(Publishing{Key: "q", Overhead: 1001}); return err },
		"arguments of a queue":     func() error { _, err := ch.DeclareQueue(QueueSpec{Name: "r", Arguments: long}); return err },
		"arguments of an exchange": func() error { return ch.DeclareExchange(ExchangeSpec{Name: "x", Kind: "direct", Arguments: long}) },
		"arguments of a binding":   func() error { return ch.Bind("q", "amq.direct", "k", long) },
	} {
		var over *brokers.QuotaError
		if err := try(); !errors.As(err, &over) {
			t.Errorf("%s: %v, want a QuotaError", rule, err)
		}
	}
	for range 3 { // what has left makes room
		_, err := ch.Publish(Publishing{Key: "q", Overhead: 400, Body: make([]byte, 400)})
		must(t, err)
		_, _, _, err = ch.Get("q", true)
		must(t, err)
	}
	want(t, "and nothing is left", tb.bytes, 0)
}
