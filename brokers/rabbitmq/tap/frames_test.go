package tap_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
)

// TestFrames: each event carries the frame that tells of it, whole where it came in
// pieces.
func TestFrames(t *testing.T) {
	_, addr := miniature(t)
	l := start(t, "/", dialer(addr))
	conn, err := amqp.Dial("amqp://guest:guest@" + l.addr + "/")
	l.must(err)
	defer conn.Close() //nolint:errcheck // the end of the test
	ch, err := conn.Channel()
	l.must(err)
	_, err = ch.QueueDeclare("q", false, false, false, false, nil)
	l.must(err)
	body := strings.Repeat("x", 300_000)
	l.must(ch.PublishWithContext(context.Background(), "", "q", false, false, amqp.Publishing{Body: []byte(body)}))
	deliveries, err := ch.Consume("q", "worker", false, false, false, false, nil)
	l.must(err)
	select {
	case d := <-deliveries:
		l.must(d.Ack(false))
	case <-time.After(time.Minute):
		t.Fatal("nothing is delivered")
	}
	l.must(ch.Close())
	names := map[brokers.Kind]string{}
	for _, e := range l.journal.Since(0) {
		f, ok := l.journal.Frame(e.Frame)
		if !ok {
			t.Errorf("%s has no frame", e.Kind)
		}
		names[e.Kind] = f.Name
		if f.Out {
			names[e.Kind] += " sent"
		}
		if (e.Kind == brokers.Published || e.Kind == brokers.Delivered) && f.Size < len(body) {
			t.Errorf("%s: frame of %d bytes for a body of %d", e.Kind, f.Size, len(body))
		}
	}
	want := map[brokers.Kind]string{
		brokers.Opened: "channel.open_ok sent", brokers.Declared: "queue.declare_ok sent", brokers.Published: "basic.publish",
		brokers.Subscribed: "basic.consume_ok sent", brokers.Delivered: "basic.deliver sent", brokers.Acked: "basic.ack",
		brokers.Cancelled: "channel.close", brokers.Closed: "channel.close",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}
