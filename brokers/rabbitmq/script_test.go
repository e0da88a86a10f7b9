package rabbitmq_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A script is a client at work. What it sees, it says; what it has said is the
// transcript that must be the same whatever broker is at the url.
type script struct {
	t     testing.TB
	url   string
	lines []string

	returns map[*amqp.Channel]chan amqp.Return // what send listens to
}

func newScript(t testing.TB, url string) *script {
	return &script{t: t, url: url, returns: make(map[*amqp.Channel]chan amqp.Return)}
}

// chance is what differs between two runs on the same broker.
var chance = regexp.MustCompile(`amq\.(gen-|ctag-|rabbitmq\.reply-to\.)[A-Za-z0-9_.=+/-]+`)

// say adds a line to the transcript.
func (s *script) say(format string, args ...any) {
	s.lines = append(s.lines, chance.ReplaceAllString(fmt.Sprintf(format, args...), "amq.$1*"))
}

// outcome says how something ended.
func (s *script) outcome(what string, err error) {
	var e *amqp.Error
	switch {
	case err == nil:
		s.say("%s: ok", what)
	case errors.As(err, &e):
		s.say("%s: %d %s", what, e.Code, e.Reason)
	default:
		s.say("%s: %v", what, err)
	}
}

// connect opens a connection for the length of the script.
func (s *script) connect() *amqp.Connection {
	s.t.Helper()
	conn, err := amqp.DialConfig(s.url, amqp.Config{Dial: amqp.DefaultDial(patience), Locale: "en_US"})
	must(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func (s *script) channel(conn *amqp.Connection) *amqp.Channel {
	s.t.Helper()
	ch, err := conn.Channel()
	must(s.t, err)
	return ch
}

// open is a channel on a connection of its own.
func (s *script) open() *amqp.Channel { return s.channel(s.connect()) }

func (s *script) queue(ch *amqp.Channel, name string, args amqp.Table) string {
	s.t.Helper()
	q, err := ch.QueueDeclare(name, true, false, false, false, args)
	must(s.t, err)
	return q.Name
}

// publish sends messages with these bodies to a queue, and waits until they are
// there.
func (s *script) publish(queue string, bodies ...string) {
	s.t.Helper()
	ch := s.open()
	must(s.t, ch.Confirm(false))
	for _, body := range bodies {
		done, err := ch.PublishWithDeferredConfirm("", queue, false, false, amqp.Publishing{Body: []byte(body)})
		must(s.t, err)
		done.Wait()
	}
	must(s.t, ch.Close())
}

// consume starts a consumer.
func (s *script) consume(ch *amqp.Channel, queue, tag string) <-chan amqp.Delivery {
	s.t.Helper()
	deliveries, err := ch.Consume(queue, tag, false, false, false, false, nil)
	must(s.t, err)
	return deliveries
}

// show says what a delivery is.
func (s *script) show(d amqp.Delivery) {
	s.say("delivery %q tag=%d consumer=%q redelivered=%t exchange=%q key=%q", d.Body, d.DeliveryTag, d.ConsumerTag, d.Redelivered, d.Exchange, d.RoutingKey)
}

// next waits for the next delivery and says it.
func (s *script) next(from <-chan amqp.Delivery) amqp.Delivery {
	s.t.Helper()
	d := receive(s.t, from)
	s.show(d)
	return d
}

// nothing has the broker answer something, so that all it had to say before has
// been said; then nothing may be waiting.
func (s *script) nothing(ch *amqp.Channel, from <-chan amqp.Delivery) {
	s.t.Helper()
	must(s.t, ch.Flow(true)) // changes nothing, and is answered
	time.Sleep(quiet)
	select {
	case d, ok := <-from:
		s.say("unexpected delivery %q (open: %t)", d.Body, ok)
	default:
		s.say("nothing more")
	}
}

// quiet is how long a broker that owes nothing is listened to.
const quiet = 30 * time.Millisecond

// get takes one message and says it.
func (s *script) get(ch *amqp.Channel, queue string, autoAck bool) amqp.Delivery {
	s.t.Helper()
	d, ok, err := ch.Get(queue, autoAck)
	if err != nil || !ok {
		s.say("get: ok=%t", ok)
		s.outcome("get", err)
		return d
	}
	s.say("get %q tag=%d redelivered=%t exchange=%q key=%q left=%d", d.Body, d.DeliveryTag, d.Redelivered, d.Exchange, d.RoutingKey, d.MessageCount)
	return d
}

// closing registers for the end of a channel or connection before it comes.
func closing(c interface {
	NotifyClose(chan *amqp.Error) chan *amqp.Error
}) chan *amqp.Error {
	return c.NotifyClose(make(chan *amqp.Error, 1))
}

// closed waits for that end and says its reason.
func (s *script) closed(what string, end chan *amqp.Error) {
	s.t.Helper()
	select {
	case err := <-end:
		if err == nil {
			s.say("%s closed", what)
		} else {
			s.say("%s closed: %d %s", what, err.Code, err.Reason)
		}
	case <-time.After(patience):
		s.t.Fatalf("%s is still open", what)
	}
}

// count says how many messages and consumers a queue has.
func (s *script) count(queue string) {
	s.t.Helper()
	ch := s.open()
	q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	if err != nil {
		s.outcome("queue "+queue, err)
		return
	}
	s.say("queue %s: %d ready, %d consumers", queue, q.Messages, q.Consumers)
	must(s.t, ch.Close())
}

// death says the history in a message's headers, without times.
func (s *script) death(d amqp.Delivery) {
	s.t.Helper()
	for _, name := range slices.Sorted(mapKeys(d.Headers)) {
		if name != "x-death" {
			s.say("  %s=%v", name, d.Headers[name])
			continue
		}
		deaths, _ := d.Headers[name].([]any)
		for _, element := range deaths {
			death, _ := element.(amqp.Table)
			_, timed := death["time"].(time.Time)
			delete(death, "time")
			s.say("  x-death timed=%t %v", timed, death)
		}
	}
}

func mapKeys(t amqp.Table) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range t {
			if !yield(name) {
				return
			}
		}
	}
}

var background = context.Background()

// A raw client speaks in frames, so that it can say what no library would.
type raw struct {
	s  *script
	nc net.Conn
	in *wire.FrameReader
}

// raw connects without saying anything.
func (s *script) raw() *raw {
	s.t.Helper()
	u, err := url.Parse(s.url)
	must(s.t, err)
	nc, err := net.DialTimeout("tcp", u.Host, patience)
	must(s.t, err)
	s.t.Cleanup(func() { _ = nc.Close() })
	must(s.t, nc.SetDeadline(time.Now().Add(patience)))
	return &raw{s: s, nc: nc, in: wire.NewFrameReader(bufio.NewReader(nc), 1<<20)}
}

// login goes through the handshake, to a connection with channel 1 open.
func (r *raw) login() *raw {
	r.s.t.Helper()
	r.bytes([]byte(wire.Header))
	r.want(&wire.ConnectionStart{})
	r.method(0, &wire.ConnectionStartOk{Mechanism: "PLAIN", Response: "\x00guest\x00guest", Locale: "en_US"})
	r.want(&wire.ConnectionTune{})
	r.method(0, &wire.ConnectionTuneOk{ChannelMax: 10, FrameMax: 4096})
	r.method(0, &wire.ConnectionOpen{VirtualHost: "/"})
	r.want(&wire.ConnectionOpenOk{})
	r.method(1, &wire.ChannelOpen{})
	r.want(&wire.ChannelOpenOk{})
	return r
}

func (r *raw) bytes(b []byte) {
	r.s.t.Helper()
	_, err := r.nc.Write(b)
	must(r.s.t, err)
}

func (r *raw) method(channel uint16, m wire.Method) {
	r.s.t.Helper()
	r.bytes(wire.AppendMethod(nil, channel, m))
}

func (r *raw) frame(kind byte, channel uint16, payload string) {
	r.s.t.Helper()
	r.bytes(wire.AppendFrame(nil, wire.Frame{Type: kind, Channel: channel, Payload: []byte(payload)}))
}

// read returns the next method, and fails the test when there is none.
func (r *raw) read() (uint16, wire.Method) {
	r.s.t.Helper()
	for {
		f, err := r.in.Next()
		must(r.s.t, err)
		if f.Type == wire.FrameMethod {
			m, err := wire.DecodeMethod(f.Payload)
			must(r.s.t, err)
			return f.Channel, m
		}
	}
}

func (r *raw) want(m wire.Method) {
	r.s.t.Helper()
	if _, got := r.read(); got.ID() != m.ID() {
		r.s.t.Fatalf("got %s %+v, want %s", got.ID(), got, m.ID())
	}
}

// refusal says the close that comes next: its codes and what caused it.
func (r *raw) refusal() {
	r.s.t.Helper()
	channel, m := r.read()
	switch m := m.(type) {
	case *wire.ConnectionClose:
		r.s.say("channel %d: connection closed: %d %s, because of %s", channel, m.ReplyCode, firstWord(m.ReplyText), wire.ID{Class: m.Class, Method: m.Method})
	case *wire.ChannelClose:
		r.s.say("channel %d closed: %d %s, because of %s", channel, m.ReplyCode, firstWord(m.ReplyText), wire.ID{Class: m.Class, Method: m.Method})
	default:
		r.s.say("channel %d: %s", channel, m.ID())
	}
}

// gone says that the connection ended without a word, or with which.
func (r *raw) gone() {
	r.s.t.Helper()
	f, err := r.in.Next()
	if err != nil {
		r.s.say("gone without a word")
		return
	}
	r.s.say("frame of type %d: %s", f.Type, wire.PeekID(f.Payload))
}

// end says whether the connection is at its end.
func (r *raw) end() {
	r.s.t.Helper()
	rest, err := io.ReadAll(r.nc)
	r.s.say("then %d bytes, error: %t", len(rest), err != nil && !strings.Contains(err.Error(), "reset"))
}

// firstWord is the part of a reply text that the protocol fixes.
func firstWord(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}
