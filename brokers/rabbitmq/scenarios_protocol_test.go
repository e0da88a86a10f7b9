package rabbitmq_test

import (
	"fmt"
	"sort"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// Scenarios of the protocol itself: what it carries, and what it refuses.

func properties(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{
		Headers: amqp.Table{
			"bool": true, "int8": int8(-8), "uint8": uint8(200), "int16": int16(-300), "int32": int32(-70000), "int64": int64(-1 << 40),
			"float32": float32(1.5), "float64": 2.25, "string": "text", "bytes": []byte{0, 1, 255},
			"array": []any{int32(1), "two", amqp.Table{"three": int32(3)}}, "table": amqp.Table{"nested": amqp.Table{"deep": nil}},
			"time": time.Unix(1700000000, 0), "decimal": amqp.Decimal{Scale: 2, Value: 314}, "nil": nil,
		},
		ContentType: "text/plain", ContentEncoding: "gzip", DeliveryMode: 2, Priority: 5, CorrelationId: "c", ReplyTo: "r",
		MessageId: "m", Timestamp: time.Unix(1700000000, 0), Type: "t", UserId: "guest", AppId: "a",
	}))
	d := s.get(ch, name, true)
	s.say("%q %q %d %d %q %q %q %q %d %q %q %q", d.ContentType, d.ContentEncoding, d.DeliveryMode, d.Priority, d.CorrelationId, d.ReplyTo, d.Expiration,
		d.MessageId, d.Timestamp.Unix(), d.Type, d.UserId, d.AppId)
	for name, value := range d.Headers {
		if at, ok := value.(time.Time); ok {
			value = at.Unix()
		}
		s.say("header %s: %T %v", name, value, value)
	}
	sort.Strings(s.lines)
}

func bodies(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	for _, size := range []int{0, 1, 131064, 131065, 300_000} {
		body := strings.Repeat("x", size)
		must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{Body: []byte(body)}))
		d, ok, err := ch.Get(name, true)
		must(s.t, err)
		s.say("%d bytes: %t %t", size, ok, string(d.Body) == body)
	}
}

func channelAgain(s *script, name string) {
	raw := s.raw().login()
	for range 2 {
		raw.method(1, &wire.QueueDeclare{Queue: name, Passive: true})
		raw.refusal()
		raw.method(1, &wire.QueueDeclare{Queue: name}) // ignored: the channel is being closed
		raw.method(1, &wire.ChannelCloseOk{})
		raw.method(1, &wire.ChannelOpen{})
		raw.want(&wire.ChannelOpenOk{})
	}
	s.count(name)
}

// tickets are what clients of AMQP 0-8 ask for.
func tickets(s *script, name string) {
	raw := s.raw().login()
	for _, realm := range []string{"/data", "", "nowhere"} {
		raw.method(1, &wire.AccessRequest{Realm: realm, Exclusive: true, Passive: realm == "", Active: true, Write: true, Read: true})
		_, m := raw.read()
		s.say("%s %+v", m.ID(), m)
	}
	raw.method(1, &wire.QueueDeclare{Ticket: 7, Queue: name, Exclusive: true})
	raw.want(&wire.QueueDeclareOk{Queue: name})
}

func notImplemented(s *script, name string) {
	for _, try := range []struct {
		what string
		do   func(ch *amqp.Channel)
	}{
		{"immediate", func(ch *amqp.Channel) {
			_ = ch.PublishWithContext(background, "", name, false, true, amqp.Publishing{})
		}},
		{"prefetch in bytes", func(ch *amqp.Channel) { _ = ch.Qos(0, 100, false) }},
		{"flow", func(ch *amqp.Channel) { _ = ch.Flow(false) }},
		{"recover to the same", func(ch *amqp.Channel) { _ = ch.Recover(false) }}, //nolint:staticcheck // likewise
	} {
		conn := s.connect()
		end := closing(conn)
		try.do(s.channel(conn))
		s.closed(try.what, end)
	}
	s.outcome("flow that flows", s.open().Flow(true))
}

func internalExchange(s *script, name string) {
	ch := s.open()
	end := closing(ch)
	must(s.t, ch.ExchangeDeclare(name, "direct", false, false, true, false, nil))
	must(s.t, ch.PublishWithContext(background, name, "", false, false, amqp.Publishing{}))
	s.closed("channel", end)
}

func userID(s *script, name string) {
	ch := s.open()
	end := closing(ch)
	must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{UserId: "mallory"}))
	s.closed("channel", end)
}

func deadLetterArguments(s *script, name string) {
	conn := s.connect()
	for _, args := range []amqp.Table{
		{"x-dead-letter-exchange": int32(5)},
		{"x-dead-letter-routing-key": "key"},
		{"x-dead-letter-exchange": "x", "x-dead-letter-routing-key": true},
	} {
		_, err := s.channel(conn).QueueDeclare(name, true, false, false, false, args)
		s.outcome(fmt.Sprint(args), err)
	}
}

func strangers(s *script, _ string) {
	_, err := amqp.Dial(strings.Replace(s.url, "guest:guest", "guest:wrong", 1))
	s.outcome("wrong password", err)
	_, err = amqp.Dial(strings.Replace(s.url, "guest:guest", "nobody:guest", 1))
	s.outcome("unknown user", err)
	_, err = amqp.Dial(s.url + "nowhere")
	s.outcome("unknown vhost", err)
	conn, err := amqp.DialConfig(s.url, amqp.Config{SASL: []amqp.Authentication{&amqp.AMQPlainAuth{Username: "guest", Password: "guest"}}})
	s.outcome("AMQPLAIN", err)
	if err == nil {
		s.outcome("close", conn.Close())
	}
	for _, capable := range []bool{true, false} {
		raw := s.raw()
		raw.bytes([]byte(wire.Header))
		raw.want(&wire.ConnectionStart{})
		raw.method(0, &wire.ConnectionStartOk{
			ClientProperties: wire.Table{{Name: "capabilities", Value: wire.Table{{Name: "authentication_failure_close", Value: capable}}}},
			Mechanism:        "PLAIN", Response: "\x00guest\x00wrong", Locale: "en_US",
		})
		if capable {
			raw.refusal()
		} else {
			raw.end()
		}
	}
}

func wrongLimits(s *script, _ string) {
	for _, tune := range []wire.ConnectionTuneOk{
		{ChannelMax: 10, FrameMax: 100}, {ChannelMax: 10, FrameMax: 1 << 20}, {ChannelMax: 10}, {ChannelMax: 3000, FrameMax: 4096}, {FrameMax: 4096},
	} {
		raw := s.raw()
		raw.bytes([]byte(wire.Header))
		raw.want(&wire.ConnectionStart{})
		raw.method(0, &wire.ConnectionStartOk{Mechanism: "PLAIN", Response: "\x00guest\x00guest", Locale: "en_US"})
		raw.want(&wire.ConnectionTune{})
		raw.method(0, &tune)
		raw.method(0, &wire.ConnectionOpen{VirtualHost: "/"})
		s.say("%+v", tune)
		raw.gone()
	}
}

func wrongHeader(s *script, _ string) {
	for _, header := range []string{"AMQP\x00\x01\x00\x00", "AMQP\x01\x01\x00\x0a", "GET / HTTP/1.1\r\n\r\n"} {
		raw := s.raw()
		raw.bytes([]byte(header))
		answer := make([]byte, 8)
		n, err := raw.nc.Read(answer)
		s.say("%q: answer %q, error %t", header, answer[:n], err != nil)
	}
}

func outOfTurn(s *script, name string) {
	body := string(wire.AppendContent(nil, 1, &wire.Properties{}, []byte("four"), 4096))
	header := body[7 : 7+14]
	for _, try := range []struct {
		what string
		do   func(r *raw)
	}{
		{"body without a method", func(r *raw) { r.frame(wire.FrameBody, 1, "body") }},
		{"header without a method", func(r *raw) { r.frame(wire.FrameHeader, 1, header) }},
		{"method where a header should be", func(r *raw) {
			r.method(1, &wire.BasicPublish{RoutingKey: name})
			r.method(1, &wire.BasicPublish{RoutingKey: name})
		}},
		{"body where a header should be", func(r *raw) {
			r.method(1, &wire.BasicPublish{RoutingKey: name})
			r.frame(wire.FrameBody, 1, "body")
		}},
		{"header of another class", func(r *raw) {
			r.method(1, &wire.BasicPublish{RoutingKey: name})
			r.frame(wire.FrameHeader, 1, "\x00\x0a"+header[2:])
		}},
		{"method where a body should be", func(r *raw) {
			r.method(1, &wire.BasicPublish{RoutingKey: name})
			r.frame(wire.FrameHeader, 1, header)
			r.method(1, &wire.BasicPublish{RoutingKey: name})
		}},
		{"start-ok a second time", func(r *raw) {
			r.method(0, &wire.ConnectionTuneOk{ChannelMax: 10, FrameMax: 4096})
		}},
	} {
		raw := s.raw().login()
		try.do(raw)
		s.say("%s", try.what)
		raw.refusal()
	}
}

func channelsOutOfTurn(s *script, name string) {
	for _, try := range []struct {
		what string
		do   func(r *raw)
	}{
		{"opened twice", func(r *raw) { r.method(1, &wire.ChannelOpen{}) }},
		{"never opened", func(r *raw) { r.method(2, &wire.QueueDeclare{Queue: name}) }},
		{"over the maximum", func(r *raw) { r.method(11, &wire.ChannelOpen{}) }},
		{"a method that clients do not send", func(r *raw) { r.method(1, &wire.BasicConsumeOk{}) }},
	} {
		raw := s.raw().login()
		try.do(raw)
		s.say("%s", try.what)
		raw.refusal()
	}
}

func noFrames(s *script, _ string) {
	for _, bytes := range []string{
		"\x01\x00\x01\x00\x00\x00\x04\x00\x3c\x00\x50\xff", // wrong end mark
		"\x01\x00\x01\x00\x01\x00\x00",                     // longer than was agreed
	} {
		raw := s.raw().login()
		raw.bytes([]byte(bytes))
		s.say("%q", bytes)
		raw.refusal()
	}
}

func newSecret(s *script, _ string) {
	conn := s.connect()
	s.outcome("update-secret", conn.UpdateSecret("guest", "rotation"))
	s.outcome("goes on", s.channel(conn).Close())
}
