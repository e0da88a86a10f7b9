package rabbitmq_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

func TestApply(t *testing.T) {
	l := start(t)
	must(t, l.Apply([]brokers.Action{
		{Do: "declare", With: map[string]any{"exchange": "x"}},
		{Do: "declare", With: map[string]any{"queue": "q", "durable": true, "arguments": map[string]any{"x-dead-letter-exchange": "x"}}},
		{Do: "bind", With: map[string]any{"queue": "q", "exchange": "x", "key": "k"}},
		{Do: "publish", With: map[string]any{"exchange": "x", "key": "k", "body": map[string]any{"order": "4"}, "headers": map[string]any{"n": 1, "deep": []any{true, 1.5}}, "count": 2}},
	}))
	s := newScript(t, l.url())
	ch := s.open()
	s.queue(ch, "q", amqp.Table{"x-dead-letter-exchange": "x"})
	d := s.get(ch, "q", true)
	if string(d.Body) != `{"order":"4"}` || d.Headers["n"] != int64(1) || d.MessageCount != 1 {
		t.Errorf("got %q %v, %d left", d.Body, d.Headers, d.MessageCount)
	}
	for _, tt := range []struct {
		action brokers.Action
		want   string
	}{
		{brokers.Action{Do: "explode"}, "rabbitmq: action 1, explode: unknown action, want declare, bind, publish, vhost, user or permission"},
		{brokers.Action{Do: "declare", With: map[string]any{"que": "q"}}, `rabbitmq: action 1, declare: fields: json: unknown field "que"`},
		{brokers.Action{Do: "bind", With: map[string]any{"queue": "none", "exchange": "x"}}, "rabbitmq: action 1, bind: NOT_FOUND - no queue 'none' in vhost '/'"},
		{brokers.Action{Do: "declare", With: map[string]any{"exchange": "t", "type": "star"}}, "rabbitmq: action 1, declare: COMMAND_INVALID - unknown exchange type 'star'"},
	} {
		if err := l.Apply([]brokers.Action{tt.action}); err == nil || err.Error() != tt.want {
			t.Errorf("%+v: %v, want %s", tt.action, err, tt.want)
		}
	}
}

// TestNotYet: what is not there yet answers 540.
func TestNotYet(t *testing.T) {
	l := start(t)
	for what, try := range map[string]func(ch *amqp.Channel) error{
		"quorum queue": func(ch *amqp.Channel) error { return declareWith(ch, amqp.Table{"x-queue-type": "quorum"}) },
		"stream":       func(ch *amqp.Channel) error { return declareWith(ch, amqp.Table{"x-queue-type": "stream"}) },
	} {
		s := newScript(t, l.url())
		ch := s.open()
		s.queue(ch, "q", nil)
		err := try(ch)
		if codeOf(err) != 540 {
			t.Errorf("%s: %v, want 540", what, err)
		}
	}
}

// codeOf returns the reply code of an error, or 0.
func codeOf(err error) int {
	var e *amqp.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func declareWith(ch *amqp.Channel, args amqp.Table) error {
	_, err := ch.QueueDeclare("other", false, false, false, false, args)
	return err
}

// TestJournal: what graders read, field by field.
func TestJournal(t *testing.T) {
	l := start(t)
	s := newScript(t, l.url())
	ch := s.open()
	s.queue(ch, "dead", nil)
	s.queue(ch, "q", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
	must(t, ch.Qos(3, 0, false))
	deliveries := s.consume(ch, "q", "worker")
	must(t, ch.PublishWithContext(background, "", "q", false, false, amqp.Publishing{Body: []byte("four")}))
	must(t, s.next(deliveries).Nack(false, true))
	must(t, s.next(deliveries).Reject(false))
	must(t, ch.Cancel("worker", false))
	_, err := ch.Consume("dead", "undertaker", true, false, false, false, nil)
	must(t, err)
	must(t, ch.Close())
	var got []brokers.Event
	var frames []string
	for _, e := range l.journal.Since(0) {
		if e.Client != "" && e.Client != "c1" || e.Source != "rabbitmq" {
			t.Errorf("from %q by %q: %+v", e.Client, e.Source, e)
		}
		if e.Kind != brokers.Routed && (e.Client != "c1" || e.Kind != brokers.Opened && e.Channel != 1) {
			t.Errorf("no client or channel: %+v", e)
		}
		frames = append(frames, frameOf(t, l.journal, e))
		e.Seq, e.At, e.Source, e.Client, e.Channel, e.Frame = 0, 0, "", "", 0, 0
		got = append(got, e)
	}
	want := []brokers.Event{
		{Kind: brokers.Opened, Reason: "AMQP 0.9.1 Client"},
		{Kind: brokers.Opened},
		{Kind: brokers.Declared, Place: "dead", Detail: map[string]any{"durable": true, "exclusive": false, "auto_delete": false, "arguments": map[string]any{}}},
		{Kind: brokers.Declared, Place: "q", Detail: map[string]any{
			"durable": true, "exclusive": false, "auto_delete": false, "deadLetter": "",
			"arguments": map[string]any{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"},
		}},
		{Kind: brokers.Subscribed, Place: "q", Consumer: "worker", N: 3},
		{Kind: brokers.Published, Key: "q", Message: 1, Label: "four", N: 4},
		{Kind: brokers.Routed, Place: "q", Key: "q", Message: 1, Label: "four"},
		{Kind: brokers.Delivered, Place: "q", Key: "q", Message: 1, Label: "four", Tag: 1, Consumer: "worker"},
		{Kind: brokers.Nacked, Place: "q", Key: "q", Message: 1, Label: "four", Tag: 1, Consumer: "worker"},
		{Kind: brokers.Requeued, Place: "q", Key: "q", Message: 1, Label: "four", Tag: 1, Consumer: "worker", Reason: "nacked"},
		{Kind: brokers.Delivered, Place: "q", Key: "q", Message: 1, Label: "four", Tag: 2, Consumer: "worker", Redelivered: true},
		{Kind: brokers.Rejected, Place: "q", Key: "q", Message: 1, Label: "four", Tag: 2, Consumer: "worker", Redelivered: true},
		{Kind: brokers.DeadLettered, Place: "q", Key: "dead", Message: 1, Label: "four", Tag: 2, Consumer: "worker", Redelivered: true, Reason: "rejected"},
		{Kind: brokers.Routed, Place: "dead", Key: "dead", Message: 1, Label: "four"},
		{Kind: brokers.Cancelled, Place: "q", Consumer: "worker"},
		{Kind: brokers.Subscribed, Place: "dead", Consumer: "undertaker", Reason: "auto-ack"},
		{Kind: brokers.Delivered, Place: "dead", Key: "dead", Message: 1, Label: "four", Tag: 3, Consumer: "undertaker", Reason: "auto-ack"},
		{Kind: brokers.Cancelled, Place: "dead", Consumer: "undertaker", Reason: "closed by client"},
		{Kind: brokers.Closed, Reason: "closed by client"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-) and got (+):\n%s", diff)
	}
	wantFrames := []string{
		"connection.open", "channel.open", "queue.declare", "queue.declare", "basic.consume",
		"basic.publish", "basic.publish", "basic.deliver sent", "basic.nack", "basic.nack", "basic.deliver sent",
		"basic.reject", "basic.reject", "basic.reject", "basic.cancel", "basic.consume", "basic.deliver sent",
		"channel.close", "channel.close",
	}
	if diff := cmp.Diff(wantFrames, frames); diff != "" {
		t.Errorf("frames, want (-) and got (+):\n%s", diff)
	}
}

// frameOf names the frame that an event carries, and fails unless its fields are all
// of its bytes.
func frameOf(t *testing.T, j *brokers.Journal, e brokers.Event) string {
	t.Helper()
	f, ok := j.Frame(e.Frame)
	if !ok {
		return "none"
	}
	if f.Client != e.Client && e.Client != "" || f.Channel != e.Channel && e.Channel != 0 {
		t.Errorf("%s of %s/%d carries a frame of %s/%d", e.Kind, e.Client, e.Channel, f.Client, f.Channel)
	}
	end := 0
	for _, field := range f.Fields {
		if field.Name == "malformed" || field.At > end {
			t.Errorf("%s: bytes %d to %d are not explained: %+v", f.Name, end, field.At, field)
		}
		end = field.At + field.Length
	}
	if end != len(f.Bytes) || f.Size < end {
		t.Errorf("%s: %d bytes are explained, want %d", f.Name, end, len(f.Bytes))
	}
	if f.Out {
		return f.Name + " sent"
	}
	return f.Name
}

// TestFramesOfAnswers: what the broker says by itself is the frame of its event, with
// the content that comes with it; a long one is kept in part.
func TestFramesOfAnswers(t *testing.T) {
	l := start(t)
	s := newScript(t, l.url())
	ch := s.open()
	must(t, ch.Confirm(false))
	confirms := ch.NotifyPublish(make(chan amqp.Confirmation, 9))
	body := bytes.Repeat([]byte("long"), 100_000)
	must(t, ch.PublishWithContext(background, "", "nowhere", true, false, amqp.Publishing{MessageId: "m1", Body: body}))
	receive(t, confirms)
	_, err := ch.QueueDeclarePassive("nowhere", false, false, false, false, nil)
	if codeOf(err) != 404 {
		t.Fatalf("%v, want 404", err)
	}
	names := map[brokers.Kind]string{}
	for _, e := range l.journal.Since(0) {
		names[e.Kind] = frameOf(t, l.journal, e)
		if f, _ := l.journal.Frame(e.Frame); (e.Kind == brokers.Published || e.Kind == brokers.Returned) && (f.Size < len(body) || len(f.Bytes) != brokers.MaxFrameBytes) {
			t.Errorf("%s: frame of %d bytes, %d kept", e.Kind, f.Size, len(f.Bytes))
		}
	}
	want := map[brokers.Kind]string{
		brokers.Opened: "channel.open", brokers.Published: "basic.publish", brokers.Unroutable: "basic.publish",
		brokers.Returned: "basic.return sent", brokers.Confirmed: "basic.ack sent",
		brokers.Refused: "channel.close sent", brokers.Closed: "queue.declare",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("want (-) and got (+):\n%s", diff)
	}
}

// TestCancelNotice: only a client that asked for it is told that its consumer has
// ended.
func TestCancelNotice(t *testing.T) {
	l := start(t)
	for _, asked := range []bool{true, false} {
		s := newScript(t, l.url())
		s.queue(s.open(), "q", nil)
		r := s.raw()
		r.bytes([]byte(wire.Header))
		r.want(&wire.ConnectionStart{})
		r.method(0, &wire.ConnectionStartOk{
			ClientProperties: wire.Table{{Name: "capabilities", Value: wire.Table{{Name: "consumer_cancel_notify", Value: asked}}}},
			Mechanism:        "PLAIN", Response: "\x00guest\x00guest",
		})
		r.want(&wire.ConnectionTune{})
		r.method(0, &wire.ConnectionTuneOk{ChannelMax: 10, FrameMax: 4096})
		r.method(0, &wire.ConnectionOpen{VirtualHost: "/"})
		r.want(&wire.ConnectionOpenOk{})
		r.method(1, &wire.ChannelOpen{})
		r.want(&wire.ChannelOpenOk{})
		r.method(1, &wire.BasicConsume{Queue: "q", ConsumerTag: "worker"})
		r.want(&wire.BasicConsumeOk{})
		_, err := s.open().QueueDelete("q", false, false, false)
		must(t, err)
		if asked {
			r.want(&wire.BasicCancel{})
		}
		r.method(1, &wire.ChannelFlow{Active: true})
		r.want(&wire.ChannelFlowOk{})
	}
}
