package tap_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/tap"
)

// listening taps a real broker in a virtual host that traces.
func listening(t *testing.T) *lab {
	t.Helper()
	c := container(t)
	vhost := "heard-" + fmt.Sprint(time.Now().UnixNano())
	if err := c.MakeVHost(t.Context(), vhost); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.DropVHost(context.Background(), vhost) })
	clock := brokers.RealClock()
	journal := brokers.NewJournal(100_000, brokers.Refuse, clock)
	l := &lab{t: t, journal: journal, seq: brokers.NewSequencer(journal)}
	l.tap = tap.New(tap.Config{
		Clock: clock, Journal: journal, Sequencer: l.seq, Quota: brokers.DefaultQuota(), Label: labelOf, VHost: vhost, Firehose: true,
		Dial: func(ctx context.Context) (net.Conn, error) { return c.Dial(ctx, 5672) },
	})
	l.addr = serve(t, l.tap)
	return l
}

// inside says what happened to messages inside a broker, each kind of event in its order.
func inside(j *brokers.Journal) map[string][]string {
	out := make(map[string][]string)
	for _, e := range j.Since(0) {
		switch e.Kind {
		case brokers.Routed, brokers.Unroutable:
			e.Reason = ""
		case brokers.DeadLettered:
		default:
			continue
		}
		who := fmt.Sprintf("%s of %d %s", e.Kind, e.Message, e.Label)
		out[who] = append(out[who], strings.TrimSpace(fmt.Sprintf("%s x=%s key=%s %s", e.Place, e.Exchange, e.Key, e.Reason)))
	}
	for who := range out {
		if !strings.HasPrefix(who, string(brokers.DeadLettered)) {
			slices.Sort(out[who]) // the queues of one message are told in no order
		}
	}
	return out
}

// ways publishes through exchanges of every type, some of it to nobody.
func ways(l *lab, ch *amqp.Channel) {
	for _, x := range []string{"direct", "fanout", "topic", "headers"} {
		l.must(ch.ExchangeDeclare(x, x, false, false, false, false, nil))
	}
	l.must(ch.ExchangeDeclare("rest", "fanout", false, false, false, false, nil))
	l.must(ch.ExchangeDeclare("with-rest", "direct", false, false, false, false, amqp.Table{"alternate-exchange": "rest"}))
	for _, q := range []string{"a", "b", "c"} {
		_, err := ch.QueueDeclare(q, false, false, false, false, nil)
		l.must(err)
		l.must(ch.QueueBind(q, "", "fanout", false, nil))
		l.must(ch.QueueBind(q, q, "direct", false, nil))
	}
	l.must(ch.QueueBind("a", "#.x", "topic", false, nil))
	l.must(ch.QueueBind("b", "*.x", "topic", false, nil))
	l.must(ch.QueueBind("c", "", "headers", false, amqp.Table{"x-match": "any", "colour": "red"}))
	l.must(ch.QueueBind("c", "", "rest", false, nil))
	l.must(ch.ExchangeBind("direct", "", "rest", false, nil))
	l.must(ch.Confirm(false))
	for _, p := range []struct {
		exchange, key, body, colour string
		mandatory                   bool
	}{
		{"direct", "b", "1", "", false}, {"direct", "nobody", "2", "", false}, {"direct", "nobody", "3", "", true},
		{"fanout", "", "4", "", false}, {"topic", "x", "5", "", false}, {"topic", "y.x", "6", "", true}, {"topic", "y", "7", "", false},
		{"headers", "", "same", "red", false}, {"headers", "", "same", "blue", false}, {"headers", "", "same", "red", false},
		{"with-rest", "nobody", "8", "", true}, {"", "a", "9", "", false}, {"", "nobody", "10", "", true},
	} {
		c, err := ch.PublishWithDeferredConfirmWithContext(context.Background(), p.exchange, p.key, p.mandatory, false,
			amqp.Publishing{Headers: amqp.Table{"colour": p.colour}, Body: []byte(p.body)})
		l.must(err)
		_, err = c.WaitContext(context.Background())
		l.must(err)
	}
}

// retries has one message refused and come back until it is parked as a copy with its
// headers, and another die of its age and be parked by the broker.
func retries(l *lab, ch *amqp.Channel) {
	must := func(name string, args amqp.Table) {
		_, err := ch.QueueDeclare(name, false, false, false, false, args)
		l.must(err)
	}
	must("parked", nil)
	must("work", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "wait"})
	must("wait", amqp.Table{"x-message-ttl": 150, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "work"})
	must("brief", amqp.Table{"x-message-ttl": 100, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "parked"})
	l.must(ch.Confirm(false))
	publish := func(key, body string, headers amqp.Table) {
		c, err := ch.PublishWithDeferredConfirmWithContext(context.Background(), "", key, false, false, amqp.Publishing{Body: []byte(body), Headers: headers})
		l.must(err)
		_, err = c.WaitContext(context.Background())
		l.must(err)
	}
	publish("work", "bad", nil)
	publish("work", "bad", nil)
	publish("brief", "old", nil)
	deliveries, err := ch.Consume("work", "", false, false, false, false, nil)
	l.must(err)
	for i := range 6 {
		d := <-deliveries
		if i < 4 {
			l.must(d.Reject(false))
			continue
		}
		publish("parked", "bad", d.Headers) // which tell of deaths that the copy has not died
		l.must(d.Ack(false))
	}
}

// TestHeard: where messages went inside a real broker is told as the miniature tells it
// of the same conversation: by the firehose, by their headers, and by looking where
// nobody has seen them since.
func TestHeard(t *testing.T) {
	for _, tt := range []struct {
		name  string
		story func(*lab, *amqp.Channel)
	}{{"ways", ways}, {"retries", retries}} {
		t.Run(tt.name, func(t *testing.T) {
			want, addr := miniature(t)
			l := &lab{t: t, addr: addr}
			_, ch := l.connect()
			tt.story(l, ch)
			for began := time.Now(); tt.name == "retries" && len(inside(want)["routed of 3 old"]) < 2; time.Sleep(time.Millisecond) {
				if time.Since(began) > time.Minute {
					t.Fatalf("what is brief has not died: %v", inside(want))
				}
			}

			l = listening(t)
			_, ch = l.connect()
			tt.story(l, ch)
			l.must(l.tap.Sync(t.Context()))
			for deadline := time.Now().Add(time.Minute); l.tap.Idle() != (brokers.Idle{}) && time.Now().Before(deadline); {
				time.Sleep(time.Millisecond)
			}
			l.must(l.tap.Probe(t.Context(), tap.Heard))
			l.must(l.tap.Probe(t.Context(), tap.Heard)) // finds nothing new
			if diff := cmp.Diff(inside(want), inside(l.journal)); diff != "" {
				t.Errorf("inside the miniature (-) and told by the real broker (+):\n%s", diff)
			}
			came := make(map[string]bool)
			for _, e := range l.journal.Since(0) {
				at := fmt.Sprint(e.Message, " ", e.Place)
				if e.Kind == brokers.Delivered && !came[at] {
					t.Errorf("message %d is given out from %s before it has come there", e.Message, e.Place)
				}
				came[at] = came[at] || e.Kind == brokers.Routed
			}
		})
	}
}

// TestNeverHandled: what a client sends on a channel that the broker has closed is known
// to have gone nowhere, and what a broker without tracing does is not known.
func TestNeverHandled(t *testing.T) {
	l := listening(t)
	_, ch := l.connect()
	_, err := ch.QueueDeclare("q", false, false, false, false, nil)
	l.must(err)
	l.must(ch.ExchangeDeclare("gone", "fanout", false, true, false, false, nil))
	l.must(ch.QueueBind("q", "", "gone", false, nil))
	l.must(ch.QueueUnbind("q", "", "gone", nil)) // with which it is deleted, inside the broker
	for i := range 50 {
		if err := ch.PublishWithContext(t.Context(), "gone", "", false, false, amqp.Publishing{Body: fmt.Append(nil, i)}); err != nil {
			break
		}
	}
	l.until(brokers.Refused, 1)
	l.must(l.tap.Sync(t.Context()))

	_, addr := miniature(t) // which has no firehose
	clock := brokers.RealClock()
	journal := brokers.NewJournal(1000, brokers.Refuse, clock)
	deaf := tap.New(tap.Config{
		Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota(), Firehose: true, Dial: dialer(addr),
	})
	defer deaf.Close()
	l.must(deaf.Apply([]brokers.Action{
		{Do: "declare", With: map[string]any{"queue": "q"}}, {Do: "publish", With: map[string]any{"key": "q", "body": "x"}},
	}))
	if err := deaf.Sync(t.Context()); err == nil {
		t.Error("a firehose that tells nothing is taken for one that has told everything")
	}
}
