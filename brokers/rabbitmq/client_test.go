package rabbitmq_test

import (
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
)

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) != "" {
		serveAlone()
		return
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what has to come. It decides nothing:
// a test that runs into it has failed.
const patience = time.Minute

// A lab is a broker on a free port, with its journal.
type lab struct {
	*rabbitmq.Broker
	journal *brokers.Journal
	seq     *brokers.Sequencer
	addr    string
}

// start runs a broker for the length of one test. Messages are labelled by their
// bodies.
func start(t testing.TB, change ...func(*rabbitmq.Config)) *lab {
	t.Helper()
	journal := brokers.NewJournal(1_000_000, brokers.Forget, brokers.RealClock())
	cfg := rabbitmq.Config{
		Clock: brokers.RealClock(), Journal: journal, Sequencer: brokers.NewSequencer(journal),
		Quota: brokers.DefaultQuota(), Label: func(body []byte) string { return string(body[:min(len(body), 20)]) },
	}
	for _, c := range change {
		c(&cfg)
	}
	b := rabbitmq.New(cfg)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- b.Serve(0, l) }()
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return &lab{Broker: b, journal: cfg.Journal, seq: cfg.Sequencer, addr: l.Addr().String()}
}

func (l *lab) url() string { return "amqp://guest:guest@" + l.addr + "/" }

// dial opens a connection with one channel.
func dial(t testing.TB, url string) (*amqp.Connection, *amqp.Channel) {
	t.Helper()
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return conn, ch
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// receive waits for the next value of a channel.
func receive[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v, ok := <-from:
		if !ok {
			t.Fatalf("channel of %T is closed", v)
		}
		return v
	case <-time.After(patience):
		t.Fatalf("nothing came")
		panic("unreachable")
	}
}

func TestPublishAndConsume(t *testing.T) {
	l := start(t)
	_, ch := dial(t, l.url())
	q, err := ch.QueueDeclare("orders", true, false, false, false, nil)
	must(t, err)
	for i := range 10 {
		must(t, ch.PublishWithContext(background, "", q.Name, false, false, amqp.Publishing{Body: fmt.Append(nil, i+1)}))
	}
	deliveries, err := ch.Consume(q.Name, "worker", false, false, false, false, nil)
	must(t, err)
	for i := range 10 {
		d := receive(t, deliveries)
		if want := fmt.Sprint(i + 1); string(d.Body) != want || d.DeliveryTag != uint64(i+1) {
			t.Errorf("delivery %d: body %q tag %d, want body %q", i+1, d.Body, d.DeliveryTag, want)
		}
		must(t, d.Ack(false))
	}
	must(t, ch.Close())
}

// TestManyAtOnce: publishers and workers on connections of their own. The workers
// refuse some messages once; each message is acknowledged exactly once.
func TestManyAtOnce(t *testing.T) {
	const publishers, workers, each = 4, 4, 500
	l := start(t)
	s := newScript(t, l.url())
	s.queue(s.open(), "jobs", nil)
	for range publishers {
		ch := s.open()
		go func() {
			for i := range each {
				body := fmt.Append(nil, i)
				if err := ch.PublishWithContext(background, "", "jobs", false, false, amqp.Publishing{Body: body}); err != nil {
					t.Errorf("publish: %v", err)
					return
				}
			}
		}()
	}
	done := make(chan struct{}, publishers*each)
	for range workers {
		ch := s.open()
		must(t, ch.Qos(10, 0, false))
		deliveries := s.consume(ch, "jobs", "")
		go func() {
			for d := range deliveries {
				if !d.Redelivered && len(d.Body) == 1 {
					_ = d.Nack(false, true)
					continue
				}
				_ = d.Ack(false)
				done <- struct{}{}
			}
		}()
	}
	for range publishers * each {
		receive(t, done)
	}
	acked := make(map[uint64]int)
	for deadline := time.Now().Add(patience); len(acked) < publishers*each && time.Now().Before(deadline); {
		clear(acked)
		for _, e := range l.journal.Since(0) {
			if e.Kind == brokers.Acked {
				acked[e.Message]++
			}
		}
	}
	for message, n := range acked {
		if n != 1 {
			t.Errorf("message %d was acked %d times", message, n)
		}
	}
	if idle := l.Idle(); len(acked) != publishers*each || idle != (brokers.Idle{}) {
		t.Errorf("%d messages acked, want %d; idle %+v", len(acked), publishers*each, idle)
	}
}
