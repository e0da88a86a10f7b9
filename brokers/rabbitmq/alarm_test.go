package rabbitmq_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
)

// TestBlocked fills four fifths of a lab's bytes: publishers are asked to pause, each
// once, and told when there is room again. A consumer is left in peace.
func TestBlocked(t *testing.T) {
	l := start(t, func(c *rabbitmq.Config) { c.Quota.Bytes = 100_000 })
	conn, ch := dial(t, l.url())
	blocked := conn.NotifyBlocked(make(chan amqp.Blocking, 10))
	reader, in := dial(t, l.url())
	peace := reader.NotifyBlocked(make(chan amqp.Blocking, 10))
	s := newScript(t, l.url())
	s.queue(ch, "q", nil)
	must(t, ch.Confirm(false))
	publish := func(ch *amqp.Channel, size int) {
		t.Helper()
		done, err := ch.PublishWithDeferredConfirm("", "q", false, false, amqp.Publishing{Body: make([]byte, size)})
		must(t, err)
		if done != nil {
			done.Wait()
		}
	}
	publish(ch, 40_000)
	if len(blocked) != 0 {
		t.Fatalf("blocked with room for more: %+v", receive(t, blocked))
	}
	publish(ch, 40_000)
	if b := receive(t, blocked); !b.Active || b.Reason != "low on memory" {
		t.Errorf("got %+v, want a block", b)
	}
	late, lateCh := dial(t, l.url())
	lateBlocked := late.NotifyBlocked(make(chan amqp.Blocking, 10))
	publish(lateCh, 1)
	if b := receive(t, lateBlocked); !b.Active {
		t.Errorf("got %+v, want a block at the first message", b)
	}
	publish(ch, 1)
	d := s.get(in, "q", false)
	must(t, d.Ack(false))
	if b := receive(t, blocked); b.Active {
		t.Errorf("got %+v, want the end of it", b)
	}
	if b := receive(t, lateBlocked); b.Active {
		t.Errorf("got %+v, want the end of it", b)
	}
	must(t, in.Flow(true))
	if len(blocked)+len(lateBlocked)+len(peace) > 0 {
		t.Error("somebody heard more than that")
	}
	var got []string
	for _, e := range l.journal.Since(0) {
		if e.Kind == brokers.Blocked || e.Kind == brokers.Unblocked {
			got = append(got, e.Client+" "+frameOf(t, l.journal, e))
		}
	}
	want := []string{"c1 connection.blocked sent", "c3 connection.blocked sent", "c1 connection.unblocked sent", "c3 connection.unblocked sent"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
