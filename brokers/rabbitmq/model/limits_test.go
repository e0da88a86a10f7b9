package model

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// skip moves the clock, and returns what happened by itself: "kind place label reason".
func (tb *table) skip(d time.Duration) []string {
	seq := tb.journal.Last()
	tb.clock.Skip(d)
	return tb.told(seq)
}

func (tb *table) told(seq uint64) []string {
	var out []string
	for _, e := range tb.journal.Since(seq) {
		out = append(out, strings.Join(strings.Fields(fmt.Sprint(e.Kind, " ", e.Place, " ", e.Label, " ", e.Reason)), " "))
	}
	return out
}

func ms(name string, n int64) wire.Field { return wire.Field{Name: name, Value: n} }

func toDead(queue string) []wire.Field {
	return []wire.Field{{Name: "x-dead-letter-exchange", Value: ""}, {Name: "x-dead-letter-routing-key", Value: queue}}
}

func sendFor(t testing.TB, ch *Channel, queue, body, expiration string) {
	t.Helper()
	_, err := ch.Publish(Publishing{Key: queue, Body: []byte(body), Properties: wire.Properties{Has: wire.HasExpiration, Expiration: expiration}})
	must(t, err)
}

func TestExpires(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "dead")
	declare(t, ch, "q", append(toDead("dead"), ms("x-message-ttl", 100))...)
	declare(t, ch, "gone", ms("x-message-ttl", 200))
	send(t, ch, "q", "a")
	send(t, ch, "gone", "b")
	want(t, "both wait for the clock", tb.Idle(), brokers.Idle{Due: 2})
	want(t, "not before its time", tb.skip(99*time.Millisecond), nil)
	want(t, "expired and sent on", tb.skip(time.Millisecond), []string{"expired q a", "dead-lettered q a expired", "routed dead a"})
	want(t, "expired and gone", tb.skip(time.Second), []string{"expired gone b"})
	want(t, "nothing is due any more", tb.Idle(), brokers.Idle{})
	want(t, "and one message is left", tb.messages, 1)
}

func TestExpiresAtTheHeadOnly(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	q := declare(t, ch, "q")
	send(t, ch, "q", "head")
	sendFor(t, ch, "q", "behind", "10")
	want(t, "the head is in the way", tb.skip(time.Hour), nil)
	want(t, "so nothing is due", tb.Idle(), brokers.Idle{})
	seq := tb.journal.Last()
	_, left, ok, err := ch.Get("q", true)
	must(t, err)
	want(t, "the head is taken", [2]any{left, ok}, [2]any{0, true})
	want(t, "and what was behind it goes", tb.told(seq), []string{"delivered q head auto-ack", "expired q behind"})
	want(t, "the queue is empty", q.Ready(), 0)
}

func TestConsumerBeforeTheClock(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "q", ms("x-message-ttl", 0))
	consume(t, ch, "q", "a")
	send(t, ch, "q", "1")
	want(t, "who waits gets it", tb.deliverAll(), "a:1")
	must(t, ch.Nack(1, false, true))
	want(t, "but it does not come back", tb.deliverAll(), "")
	want(t, "and nothing is held", tb.messages, 0)
}

func TestQueueExpires(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "q", ms("x-expires", 100))
	tb.skip(60 * time.Millisecond)
	_, err := ch.FindQueue("q")
	must(t, err)
	want(t, "used in between", tb.skip(60*time.Millisecond), nil)
	consume(t, ch, "q", "a")
	want(t, "a consumer uses it", tb.skip(time.Hour), nil)
	ch.Cancel("a")
	want(t, "then nobody", tb.skip(100*time.Millisecond), []string{"deleted q expired"})
}

func TestDropHead(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "dead")
	declare(t, ch, "q", append(toDead("dead"), ms("x-max-length", 2))...)
	declare(t, ch, "small", ms("x-max-length-bytes", 3))
	send(t, ch, "q", "1", "2")
	seq := tb.journal.Last()
	send(t, ch, "q", "3")
	want(t, "the oldest makes room", tb.told(seq), []string{"published 3", "routed q 3", "dead-lettered q 1 maxlen", "routed dead 1"})
	send(t, ch, "small", "ab")
	seq = tb.journal.Last()
	send(t, ch, "small", "cd")
	want(t, "or is dropped", tb.told(seq), []string{"published cd", "routed small cd", "dropped small ab maxlen"})
}

func TestRefusedByAFullQueue(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	must(t, ch.SelectConfirms())
	declare(t, ch, "q", ms("x-max-length", 0), wire.Field{Name: "x-overflow", Value: "reject-publish"})
	seq := tb.journal.Last()
	r, err := ch.Publish(Publishing{Key: "q", Body: []byte("m")})
	must(t, err)
	ch.Confirm(r)
	want(t, "the publisher hears of it", tb.told(seq), []string{"published m", "dropped q m queue is full", "refused m nack: a queue is full"})
}

// TestDeadLetterCircles: letters that go round by themselves end, one way or another.
func TestDeadLetterCircles(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	must(t, ch.DeclareExchange(ExchangeSpec{Name: "all", Kind: "fanout"}))
	for i := range 12 {
		name := fmt.Sprint("q", i)
		declare(t, ch, name, ms("x-max-length", 0), wire.Field{Name: "x-dead-letter-exchange", Value: "all"})
		must(t, ch.Bind(name, "all", "", nil))
	}
	send(t, ch, "q0", "m")
	var cycles, many int
	for _, e := range tb.journal.Since(0) {
		switch e.Reason {
		case "dead-letter cycle":
			cycles++
		case "too many dead letters of dead letters":
			many++
		}
	}
	if cycles == 0 || many == 0 {
		t.Errorf("%d stopped as cycles and %d as too many, want some of both", cycles, many)
	}
	want(t, "and nothing is left", [2]int{tb.messages, len(tb.letters.waiting)}, [2]int{})
}

func TestPriorityLines(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	q := declare(t, ch, "q", ms("x-max-priority", 2))
	for i, priority := range []uint8{0, 2, 1, 200, 0} {
		_, err := ch.Publish(Publishing{Key: "q", Body: []byte{'0' + byte(i)}, Properties: wire.Properties{Has: wire.HasPriority, Priority: priority}})
		must(t, err)
	}
	var order string
	for _, e := range q.first(10) {
		order += e.Label
	}
	want(t, "the highest first, and in order", order, "13204")
	consume(t, ch, "q", "a")
	want(t, "as they are delivered", tb.deliverAll(), "a:1 a:3 a:2 a:0 a:4")
}
