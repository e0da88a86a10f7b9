package rabbitmq_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// events lists the journal as "kind label", without openings and closings.
func (l *lab) events() []string {
	var out []string
	for _, e := range l.journal.Since(0) {
		switch e.Kind {
		case brokers.Opened, brokers.Closed, brokers.Declared:
		default:
			out = append(out, strings.TrimSpace(string(e.Kind)+" "+e.Label))
		}
	}
	return out
}

// wait returns the first event of a kind, when it comes.
func (l *lab) wait(t testing.TB, kind brokers.Kind, reason string) brokers.Event {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		for _, e := range l.journal.Since(0) {
			if e.Kind == kind && strings.Contains(e.Reason, reason) {
				return e
			}
		}
	}
	t.Fatalf("no event %s with reason %q among %v", kind, reason, l.events())
	return brokers.Event{}
}

// crashAt arms a fault that cuts everything at the nth event of a kind, or of any
// kind when it is empty. The
// channel is closed when it has happened.
func (l *lab) crashAt(kind brokers.Kind, nth int) <-chan struct{} {
	happened := make(chan struct{})
	l.seq.Arm(brokers.Fault{
		Match: func(e brokers.Event) bool {
			if kind != "" && e.Kind != kind {
				return false
			}
			nth--
			return nth == 0
		},
		Fire: func(brokers.Event) {
			l.journal.Append(brokers.Event{Kind: brokers.Crash})
			l.Cut("crash")
			close(happened)
		},
	})
	return happened
}

// TestCrashBetweenTwoDeliveries: the fault falls after the second of three
// deliveries that one consume causes. The third is not made, and the two go back.
func TestCrashBetweenTwoDeliveries(t *testing.T) {
	l := start(t)
	s := newScript(t, l.url())
	ch := s.open()
	s.queue(ch, "q", nil)
	must(t, l.Apply([]brokers.Action{
		{Do: "publish", With: map[string]any{"key": "q", "body": "one"}},
		{Do: "publish", With: map[string]any{"key": "q", "body": "two"}},
		{Do: "publish", With: map[string]any{"key": "q", "body": "three"}},
	}))
	happened := l.crashAt(brokers.Delivered, 2)
	go func() { _, _ = ch.Consume("q", "worker", false, false, false, false, nil) }()
	receive(t, closedAs(happened))
	l.seq.Release()
	want := []string{
		"published one", "routed one", "published two", "routed two", "published three", "routed three",
		"subscribed", "delivered one", "delivered two", "crash", "cancelled", "requeued one", "requeued two",
	}
	if got := l.events(); strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("journal:\n got %v\nwant %v", got, want)
	}
	after := newScript(t, l.url())
	d := after.next(after.consume(after.open(), "q", "worker"))
	if string(d.Body) != "one" || !d.Redelivered {
		t.Errorf("after the crash: %q, redelivered %t; want the first, again", d.Body, d.Redelivered)
	}
}

// closedAs turns a channel that is closed into one that gives a value.
func closedAs(c <-chan struct{}) <-chan bool {
	out := make(chan bool, 1)
	go func() { <-c; out <- true }()
	return out
}

// TestCrashBeforeConfirm: the broker has the message, and the publisher is never
// told.
func TestCrashBeforeConfirm(t *testing.T) {
	l := start(t)
	s := newScript(t, l.url())
	ch := s.open()
	s.queue(ch, "q", nil)
	must(t, ch.Confirm(false))
	happened := l.crashAt(brokers.Published, 1)
	done, err := ch.PublishWithDeferredConfirm("", "q", false, false, amqp.Publishing{Body: []byte("m")})
	must(t, err)
	receive(t, closedAs(happened))
	l.seq.Release()
	if done.Wait() {
		t.Error("confirmed after the crash")
	}
	if got := strings.Join(l.events(), ", "); got != "published m, routed m, crash" {
		t.Errorf("journal: %s", got)
	}
}

// TestAckAfterCrashIsNotRead: what was sent before the cut and not handled by
// then is lost.
func TestAckAfterCrashIsNotRead(t *testing.T) {
	l := start(t)
	s := newScript(t, l.url())
	ch := s.open()
	s.queue(ch, "q", nil)
	s.publish("q", "one", "two")
	deliveries := s.consume(ch, "q", "worker")
	one, two := s.next(deliveries), s.next(deliveries)
	happened := l.crashAt(brokers.Acked, 1)
	must(t, one.Ack(false))
	receive(t, closedAs(happened))
	_ = two.Ack(false)
	l.seq.Release()
	acked := 0
	for _, e := range l.events() {
		if strings.HasPrefix(e, "acked") {
			acked++
		}
	}
	if acked != 1 {
		t.Errorf("%d acks in %v, want 1", acked, l.events())
	}
}

// TestLostConnection: a client that vanishes gives back what it held.
func TestLostConnection(t *testing.T) {
	l := start(t)
	s := newScript(t, l.url())
	keeper := s.open()
	s.queue(keeper, "q", nil)
	s.publish("q", "one")
	r := s.raw().login()
	r.method(1, &wire.BasicGet{Queue: "q"})
	r.want(&wire.BasicGetOk{})
	must(t, r.nc.Close())
	e := l.wait(t, brokers.Requeued, "connection lost")
	if e.Label != "one" || e.Place != "q" || e.Tag != 1 {
		t.Errorf("requeued: %+v", e)
	}
}

func TestHeartbeats(t *testing.T) {
	l := start(t)
	s := newScript(t, l.url())
	r := s.raw()
	r.bytes([]byte(wire.Header))
	r.want(&wire.ConnectionStart{})
	r.method(0, &wire.ConnectionStartOk{Mechanism: "PLAIN", Response: "\x00guest\x00guest"})
	_, m := r.read()
	if tune := m.(*wire.ConnectionTune); tune.Heartbeat != 60 || tune.FrameMax != 131072 || tune.ChannelMax != 2047 {
		t.Errorf("tune: %+v", tune)
	}
	r.method(0, &wire.ConnectionTuneOk{ChannelMax: 10, FrameMax: 4096, Heartbeat: 1})
	r.method(0, &wire.ConnectionOpen{VirtualHost: "/"})
	r.want(&wire.ConnectionOpenOk{})
	f, err := r.in.Next()
	if err != nil || f.Type != wire.FrameHeartbeat || f.Channel != 0 || len(f.Payload) != 0 {
		t.Fatalf("instead of a heartbeat: %+v, %v", f, err)
	}
	l.wait(t, brokers.Closed, "missed heartbeats") // since this client sends none
	conn, err := amqp.DialConfig(l.url(), amqp.Config{Heartbeat: time.Second})
	must(t, err)
	time.Sleep(3 * time.Second) // more than two intervals
	if conn.IsClosed() {
		t.Error("a client that sends heartbeats was dropped")
	}
	must(t, conn.Close())
}

// TestPanic: our own fault ends the connection that met it, and no other.
func TestPanic(t *testing.T) {
	l := start(t, func(cfg *rabbitmq.Config) {
		cfg.Label = func(body []byte) string {
			if string(body) == "bomb" {
				panic("boom")
			}
			return ""
		}
	})
	s := newScript(t, l.url())
	other := s.open()
	conn := s.connect()
	end := closing(conn)
	must(t, s.channel(conn).PublishWithContext(background, "", "q", false, false, amqp.Publishing{Body: []byte("bomb")}))
	if err := receive(t, end); err.Code != 541 {
		t.Errorf("closed with %v, want 541", err)
	}
	if _, err := other.QueueDeclare("q", false, false, false, false, nil); err != nil {
		t.Errorf("the other connection: %v", err)
	}
}

// TestFullJournal: a graded run refuses rather than forgets.
func TestFullJournal(t *testing.T) {
	var journal *brokers.Journal
	l := start(t, func(cfg *rabbitmq.Config) {
		journal = brokers.NewJournal(600, brokers.Refuse, cfg.Clock)
		cfg.Journal, cfg.Sequencer = journal, brokers.NewSequencer(journal)
	})
	s := newScript(t, l.url())
	conn := s.connect()
	end := closing(conn)
	ch := s.channel(conn)
	go func() {
		for ch.PublishWithContext(background, "", "nowhere", false, false, amqp.Publishing{}) == nil {
			continue
		}
	}()
	if err := receive(t, end); err.Code != 506 {
		t.Errorf("closed with %v, want 506", err)
	}
	if e := l.wait(t, brokers.OverQuota, "journal"); e.Client == "" || journal.Lost() > 0 {
		t.Errorf("%+v, %d lost", e, journal.Lost())
	}
	for range 50 {
		if again, err := amqp.Dial(l.url()); err == nil {
			t.Errorf("let in: %v", again.Close())
		}
	}
	if last := journal.Last(); last > 600 {
		t.Errorf("the journal grew to %d events by refusing", last)
	}
}

func TestQuotaEndsConnection(t *testing.T) {
	l := start(t, func(cfg *rabbitmq.Config) { cfg.Quota.Queues = 1 })
	s := newScript(t, l.url())
	conn := s.connect()
	end := closing(conn)
	ch := s.channel(conn)
	s.queue(ch, "one", nil)
	_, err := ch.QueueDeclare("two", false, false, false, false, nil)
	if codeOf(err) != 506 {
		t.Errorf("second queue: %v, want 506", err)
	}
	receive(t, end)
	if e := l.wait(t, brokers.OverQuota, "queues"); e.N != 1 {
		t.Errorf("quota event: %+v", e)
	}
}

func TestTooLargeMessage(t *testing.T) {
	l := start(t, func(cfg *rabbitmq.Config) { cfg.Quota.Message = 1000 })
	s := newScript(t, l.url())
	conn := s.connect()
	ch := s.channel(conn)
	end := closing(ch)
	must(t, ch.PublishWithContext(background, "", "q", false, false, amqp.Publishing{Body: make([]byte, 1001)}))
	if err := receive(t, end); err.Code != 406 || !strings.Contains(err.Reason, "message size 1001 is larger than configured max size 1000") {
		t.Errorf("closed with %v", err)
	}
	if conn.IsClosed() {
		t.Error("the connection ended with its channel")
	}
}

// TestSlowReader: a client that does not read is not sent more than a bounded
// outbox holds, disturbs nobody, and gets everything when it reads again.
func TestSlowReader(t *testing.T) {
	l := start(t)
	s := newScript(t, l.url())
	const n, size = 300, 100_000 // more than outbox and socket hold together
	s.queue(s.open(), "q", nil)
	r := s.raw().login()
	r.method(1, &wire.BasicConsume{Queue: "q", ConsumerTag: "slow"})
	r.want(&wire.BasicConsumeOk{})
	must(t, l.Apply([]brokers.Action{{Do: "publish", With: map[string]any{"key": "q", "body": strings.Repeat("x", size), "count": n}}}))
	s.publish("elsewhere", "others go on")
	if idle := l.Idle(); idle.Ready == 0 || idle.InFlight == 0 {
		t.Errorf("idle: %+v, want some delivered and some waiting", idle)
	}
	got, deliveries := 0, 0
	for got < n*size {
		f, err := r.in.Next()
		must(t, err)
		switch f.Type {
		case wire.FrameBody:
			got += len(f.Payload)
		case wire.FrameMethod:
			deliveries++
		}
	}
	if deliveries != n {
		t.Errorf("%d deliveries, want %d", deliveries, n)
	}
	if idle := l.Idle(); idle != (brokers.Idle{InFlight: n}) {
		t.Errorf("idle: %+v", idle)
	}
}

// TestClose: clients are told, and everything ends.
func TestClose(t *testing.T) {
	l := start(t)
	conn := (newScript(t, l.url())).connect()
	end := closing(conn)
	must(t, l.Close())
	if err := receive(t, end); err.Code != 320 {
		t.Errorf("closed with %v, want 320", err)
	}
	must(t, l.Close())
	if _, err := amqp.Dial(l.url()); err == nil {
		t.Error("a closed broker let a client in")
	}
}

// TestAsksAndDoesNotRead: answers are bounded as well. What the client held goes
// back when it is given up.
func TestAsksAndDoesNotRead(t *testing.T) {
	l := start(t)
	s := newScript(t, l.url())
	must(t, l.Apply([]brokers.Action{
		{Do: "declare", With: map[string]any{"queue": "q"}},
		{Do: "publish", With: map[string]any{"key": "q", "body": strings.Repeat("x", 100_000)}},
	}))
	r := s.raw().login()
	var asks []byte
	for tag := range uint64(500) {
		asks = wire.AppendMethod(asks, 1, &wire.BasicGet{Queue: "q"})
		asks = wire.AppendMethod(asks, 1, &wire.BasicNack{DeliveryTag: tag + 1, Requeue: true})
	}
	_, _ = r.nc.Write(asks) // the end may come before all is written
	l.wait(t, brokers.Closed, "client does not read")
	if idle := l.Idle(); idle.InFlight != 0 || len(l.ready("q")) != 1 {
		t.Errorf("idle %+v, ready %v", idle, l.ready("q"))
	}
}

// TestUnfinishedMessages: bodies that never end are bounded for all channels
// together.
func TestUnfinishedMessages(t *testing.T) {
	l := start(t, func(cfg *rabbitmq.Config) { cfg.Quota.Bytes, cfg.Quota.Message = 5000, 4000 })
	s := newScript(t, l.url())
	r := s.raw().login()
	r.method(2, &wire.ChannelOpen{})
	r.want(&wire.ChannelOpenOk{})
	for channel := range uint16(2) {
		r.method(channel+1, &wire.BasicPublish{RoutingKey: "q"})
		header := (&wire.ContentHeader{Class: wire.ClassBasic, BodySize: 4000}).Append(nil)
		r.frame(wire.FrameHeader, channel+1, string(header))
		r.frame(wire.FrameBody, channel+1, strings.Repeat("x", 3000))
	}
	r.refusal()
	if want := "channel 0: connection closed: 506 RESOURCE_ERROR, because of basic.publish"; s.lines[0] != want {
		t.Errorf("%s, want %s", s.lines[0], want)
	}
	l.wait(t, brokers.Closed, "bytes of messages that have begun to arrive")
}

// TestCrashAnywhere lets a program publish and work, and cuts it off after its
// first event, its second, and so on. Whatever was published and not acknowledged
// by then is in the queue, in order, and nothing else is.
func TestCrashAnywhere(t *testing.T) {
	for nth := 1; ; nth++ {
		l := start(t)
		must(t, l.Apply([]brokers.Action{{Do: "declare", With: map[string]any{"queue": "q", "durable": true}}}))
		crashed := l.crashAt("", nth)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			publishAndWork(l.url())
		}()
		select {
		case <-crashed:
			l.seq.Release()
			<-ended
		case <-ended:
			if nth < 30 {
				t.Fatalf("the program ended after fewer than %d events: %v", nth, l.events())
			}
			return
		case <-time.After(patience):
			t.Fatalf("neither ended nor crashed: %v", l.events())
		}
		if got, want := l.ready("q"), l.unacked(); !slices.Equal(got, want) {
			t.Fatalf("crash after event %d: the queue holds %v, want %v\n%v", nth, got, want, l.events())
		}
	}
}

// publishAndWork is a program: it stops at the first error.
func publishAndWork(url string) {
	conn, err := amqp.Dial(url)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil || ch.Confirm(false) != nil || ch.Qos(2, 0, false) != nil {
		return
	}
	for _, body := range []string{"1", "2", "3", "4", "5"} {
		done, err := ch.PublishWithDeferredConfirm("", "q", false, false, amqp.Publishing{Body: []byte(body)})
		if err != nil || !done.Wait() {
			return
		}
	}
	deliveries, err := ch.Consume("q", "worker", false, false, false, false, nil)
	if err != nil {
		return
	}
	for done := 0; done < 5; {
		d, ok := <-deliveries
		if !ok {
			return
		}
		if string(d.Body) == "3" && !d.Redelivered {
			_ = d.Nack(false, true)
			continue
		}
		_ = d.Ack(false)
		done++
	}
}

// ready lists the labels of the messages that wait in a queue.
func (l *lab) ready(queue string) (labels []string) {
	for _, p := range l.State().Places {
		if p.ID == "queue:"+queue {
			for _, token := range p.Tokens {
				labels = append(labels, token.Label)
			}
		}
	}
	return labels
}

// unacked lists what the journal says was published and not acknowledged.
func (l *lab) unacked() (labels []string) {
	for _, e := range l.journal.Since(0) {
		switch e.Kind {
		case brokers.Routed:
			labels = append(labels, e.Label)
		case brokers.Acked:
			labels = slices.DeleteFunc(labels, func(label string) bool { return label == e.Label })
		}
	}
	return labels
}
