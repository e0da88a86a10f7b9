package tap_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/containers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/tap"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A lab is a tap in front of a broker.
type lab struct {
	t       *testing.T
	tap     *tap.Broker
	journal *brokers.Journal
	seq     *brokers.Sequencer
	addr    string
}

// labelOf calls a message by its body, if that is short.
func labelOf(body []byte) string {
	if len(body) > 20 {
		return ""
	}
	return string(body)
}

// start taps the broker that dial reaches.
func start(t *testing.T, vhost string, dial func(context.Context) (net.Conn, error)) *lab {
	t.Helper()
	return startWith(t, brokers.DefaultQuota(), vhost, dial)
}

func startWith(t *testing.T, quota brokers.Quota, vhost string, dial func(context.Context) (net.Conn, error)) *lab {
	t.Helper()
	clock := brokers.RealClock()
	journal := brokers.NewJournal(100_000, brokers.Refuse, clock)
	l := &lab{t: t, journal: journal, seq: brokers.NewSequencer(journal)}
	l.tap = tap.New(tap.Config{
		Clock: clock, Journal: journal, Sequencer: l.seq, Quota: quota, Label: labelOf, Dial: dial, VHost: vhost,
	})
	l.addr = serve(t, l.tap)
	return l
}

// serve has a broker listen on a free port for the length of the test.
func serve(t *testing.T, b brokers.Broker) string {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- b.Serve(0, listener) }()
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// miniature starts the miniature to stand for the real broker, with a journal of
// its own to compare with.
func miniature(t *testing.T) (journal *brokers.Journal, addr string) {
	t.Helper()
	clock := brokers.RealClock()
	journal = brokers.NewJournal(100_000, brokers.Refuse, clock)
	b := rabbitmq.New(rabbitmq.Config{
		Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota(), Label: labelOf,
	})
	return journal, serve(t, b)
}

func dialer(addr string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp4", addr)
	}
}

// each runs a test against the miniature and, where there is one, a real broker
// in a container.
func each(t *testing.T, test func(t *testing.T, l *lab, inside *brokers.Journal)) {
	t.Run("miniature", func(t *testing.T) {
		inside, addr := miniature(t)
		test(t, start(t, "/", dialer(addr)), inside)
	})
	t.Run("container", func(t *testing.T) {
		test(t, startContainer(t), nil)
	})
}

// startContainer taps a real broker, in a virtual host of its own.
func startContainer(t *testing.T) *lab {
	t.Helper()
	c := container(t)
	vhost := "test-" + strings.ReplaceAll(t.Name(), "/", "-") + fmt.Sprint(time.Now().UnixNano())
	if err := c.MakeVHost(t.Context(), vhost); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.DropVHost(context.Background(), vhost) })
	return start(t, vhost, func(ctx context.Context) (net.Conn, error) { return c.Dial(ctx, 5672) })
}

var (
	shared    *containers.Container // one for all tests of the package
	sharedErr error
)

func container(t *testing.T) *containers.Container {
	t.Helper()
	images, err := containers.Configure([]string{"rabbitmq=" + containers.TestImage})
	if err != nil {
		t.Fatal(err)
	}
	if err := containers.Available(t.Context(), "rabbitmq", images["rabbitmq"]); err != nil {
		t.Skipf("NOT RUN, no real broker: %v (BROKERLAB_CONTAINERS=1 .ci/run builds one)", err)
	}
	if shared == nil && sharedErr == nil {
		shared, sharedErr = containers.Start(context.Background(), containers.Spec{Broker: "rabbitmq", Image: images["rabbitmq"], Session: "test"}, nil)
	}
	if sharedErr != nil {
		t.Fatal(sharedErr)
	}
	return shared
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(closing{m},
		goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), // docker's client keeps its connection
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}

type closing struct{ m *testing.M }

func (c closing) Run() int {
	code := c.m.Run()
	if shared != nil {
		if err := shared.Close(); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	return code
}

// connect opens a connection and a channel through the tap.
func (l *lab) connect() (*amqp.Connection, *amqp.Channel) {
	l.t.Helper()
	conn, err := amqp.Dial("amqp://guest:guest@" + l.addr + "/")
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		l.t.Fatal(err)
	}
	return conn, ch
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// events says the journal in one line for each event.
func events(j *brokers.Journal) []string {
	var out []string
	for _, e := range j.Since(0) {
		if !slices.Contains(append(tap.Knows(), tap.Untapped), e.Kind) {
			continue
		}
		s := fmt.Sprintf("%s %s/%d place=%s x=%s key=%s label=%s m%d tag=%d by=%s n=%d", e.Kind, e.Client, e.Channel, e.Place, e.Exchange, e.Key, e.Label, e.Message, e.Tag, e.Consumer, e.N)
		if e.Redelivered {
			s += " again"
		}
		if e.Kind != brokers.Closed {
			s += " " + e.Reason
		}
		out = append(out, s)
	}
	return out
}

// until waits until the journal has n events of a kind.
func (l *lab) until(kind brokers.Kind, n int) {
	l.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for l.count(kind) < n {
		if time.Now().After(deadline) {
			l.t.Fatalf("%d events %q, want %d; the journal has\n%s", l.count(kind), kind, n, strings.Join(events(l.journal), "\n"))
		}
		time.Sleep(time.Millisecond)
	}
}

func (l *lab) count(kind brokers.Kind) int {
	n := 0
	for _, e := range l.journal.Since(0) {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// TestSameStory: what the tap writes down is what the broker itself knows of the
// same conversation. The miniature's own journal is the measure; the container has
// to give the same.
func TestSameStory(t *testing.T) {
	var first []string
	each(t, func(t *testing.T, l *lab, inside *brokers.Journal) {
		conn, ch := l.connect()
		story(l, ch)
		l.must(conn.Close())
		l.until(brokers.Closed, 2)
		got := events(l.journal)
		slices.Sort(got)
		if inside != nil {
			first = events(inside)
			slices.Sort(first)
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Errorf("inside the miniature (-) and seen by the tap (+):\n%s", diff)
		}
	})
}

// story is one of everything.
func story(l *lab, ch *amqp.Channel) {
	l.t.Helper()
	ctx := context.Background()
	_, err := ch.QueueDeclare("dead", true, false, false, false, nil)
	l.must(err)
	_, err = ch.QueueDeclare("work", true, false, false, false, amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
	l.must(err)
	l.must(ch.ExchangeDeclare("in", "direct", true, false, false, false, nil))
	l.must(ch.QueueBind("work", "job", "in", false, nil))
	l.must(ch.Confirm(false))
	publish := func(exchange, key, body string, mandatory bool) {
		c, err := ch.PublishWithDeferredConfirmWithContext(ctx, exchange, key, mandatory, false, amqp.Publishing{Body: []byte(body)})
		l.must(err)
		_, err = c.WaitContext(ctx)
		l.must(err)
	}
	publish("", "work", "one", false)
	publish("", "work", "two", false)
	publish("", "work", "two", false)
	publish("in", "job", "three", false)
	publish("in", "job", strings.Repeat("big", 100_000), false)
	publish("in", "nobody", "four", true)
	publish("", "work", "", false)
	l.must(ch.Qos(3, 0, false))
	deliveries, err := ch.Consume("work", "me", false, false, false, false, nil)
	l.must(err)
	d := <-deliveries
	l.must(d.Ack(false))
	d = <-deliveries
	l.must(d.Nack(false, true))
	d = <-deliveries
	l.must(d.Reject(false))
	for range 4 { // "two" again, "three", the big one, and the empty one
		d = <-deliveries
		if d.DeliveryTag == 6 {
			l.must(d.Ack(true))
		}
	}
	l.must(ch.Cancel("me", false))
	got, ok, err := ch.Get("dead", true)
	l.must(err)
	if !ok || string(got.Body) != "two" {
		l.t.Errorf("get of dead: %v %q", ok, got.Body)
	}
	_, ok, err = ch.Get("dead", true)
	l.must(err)
	if ok {
		l.t.Error("a second get of dead finds something")
	}
}

// TestErrors: what the broker refuses reaches the client in the broker's words,
// with the virtual host as the client knows it.
func TestErrors(t *testing.T) {
	each(t, func(t *testing.T, l *lab, _ *brokers.Journal) {
		_, ch := l.connect()
		_, err := ch.QueueDeclarePassive("none", false, false, false, false, nil)
		want := `Exception (404) Reason: "NOT_FOUND - no queue 'none' in vhost '/'"`
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
		l.until(brokers.Refused, 1)
		if conn, err := amqp.Dial("amqp://guest:guest@" + l.addr + "/elsewhere"); err == nil {
			t.Error("a virtual host that there is not was opened")
			_ = conn.Close()
		}
		if conn, err := amqp.Dial("amqp://guest:wrong@" + l.addr + "/"); err == nil {
			t.Error("a wrong password is taken")
			_ = conn.Close()
		}
		if n := l.count(brokers.Opened); n != 2 {
			t.Errorf("%d opened, want the connection and its channel", n)
		}
	})
}

// TestCrash: a fault on an ack cuts the program off, and the broker has that ack
// and nothing after it; the next life gets the rest, and the journal says the same.
func TestCrash(t *testing.T) {
	each(t, func(t *testing.T, l *lab, _ *brokers.Journal) {
		var actions []brokers.Action
		actions = append(actions, brokers.Action{Do: "declare", With: map[string]any{"queue": "work", "durable": true}})
		for i := range 6 {
			actions = append(actions, brokers.Action{Do: "publish", With: map[string]any{"key": "work", "body": fmt.Sprint("job ", i)}})
		}
		l.must(l.tap.Apply(actions))
		fired := make(chan struct{})
		acks := 0
		l.seq.Arm(brokers.Fault{
			Match: func(e brokers.Event) bool {
				if e.Kind == brokers.Acked {
					acks++
				}
				return e.Kind == brokers.Acked && acks == 3
			},
			Fire: func(brokers.Event) {
				l.journal.Append(brokers.Event{Kind: brokers.Crash, Source: "host"})
				l.tap.Cut("crash")
				close(fired)
			},
		})
		_, ch := l.connect()
		l.must(ch.Qos(2, 0, false))
		deliveries, err := ch.Consume("work", "", false, false, false, false, nil)
		l.must(err)
		go func() {
			for d := range deliveries {
				_ = d.Ack(false)
			}
		}()
		<-fired
		l.seq.Release()
		if acked := l.count(brokers.Acked); acked != 3 {
			t.Errorf("%d acks in the journal, want 3", acked)
		}
		_, ch = l.connect()
		deliveries, err = ch.Consume("work", "", false, false, false, false, nil)
		l.must(err)
		var left []string
		for range 3 {
			d := <-deliveries
			left = append(left, string(d.Body))
			l.must(d.Ack(false))
		}
		if want := []string{"job 3", "job 4", "job 5"}; !slices.Equal(left, want) {
			t.Errorf("the second life gets %q, want %q", left, want)
		}
		l.until(brokers.Acked, 6)
		if idle := l.tap.Idle(); idle != (brokers.Idle{}) {
			t.Errorf("idle %+v, want nothing", idle)
		}
		for _, p := range l.tap.State().Places {
			if p.Kind == "queue" && (p.Ready != 0 || p.InFlight != 0 || p.Done != 6) {
				t.Errorf("queue %s: %d ready, %d in flight, %d done", p.Name, p.Ready, p.InFlight, p.Done)
			}
		}
	})
}

// TestHangsUp: what a program acks and does not wait for is handled, although it
// hangs up at once.
func TestHangsUp(t *testing.T) {
	each(t, func(t *testing.T, l *lab, _ *brokers.Journal) {
		l.must(l.tap.Apply([]brokers.Action{
			{Do: "declare", With: map[string]any{"queue": "work"}},
			{Do: "publish", With: map[string]any{"key": "work", "body": "x", "count": 200}},
		}))
		var raw net.Conn
		conn, err := amqp.DialConfig("amqp://guest:guest@"+l.addr+"/", amqp.Config{Dial: func(network, addr string) (net.Conn, error) {
			c, err := net.Dial(network, addr)
			raw = c
			return c, err
		}})
		l.must(err)
		defer conn.Close()
		ch, err := conn.Channel()
		l.must(err)
		deliveries, err := ch.Consume("work", "", false, false, false, false, nil)
		l.must(err)
		for range 100 {
			d := <-deliveries
			l.must(d.Ack(false))
		}
		_ = raw.Close()
		l.until(brokers.Closed, 2)
		_, ch = l.connect() // waits until the broker has let go
		acked := l.count(brokers.Acked)
		q, err := ch.QueueDeclarePassive("work", false, false, false, false, nil)
		l.must(err)
		if q.Messages != 200-acked {
			t.Errorf("%d messages are left, want %d: the journal has %d acks", q.Messages, 200-acked, acked)
		}
	})
}

// TestUntapped: transactions are relayed, and the journal says that it does not
// follow them.
func TestUntapped(t *testing.T) {
	l := start(t, "/", func(ctx context.Context) (net.Conn, error) {
		c := container(t)
		return c.Dial(ctx, 5672)
	})
	_ = container(t) // skips
	_, ch := l.connect()
	q, err := ch.QueueDeclare("", false, true, true, false, nil)
	l.must(err)
	l.must(ch.Tx())
	l.must(ch.PublishWithContext(t.Context(), "", q.Name, false, false, amqp.Publishing{Body: []byte("x")}))
	l.must(ch.TxCommit())
	_, ok, err := ch.Get(q.Name, true)
	l.must(err)
	if !ok {
		t.Error("what was committed is not there")
	}
	if n := l.count(tap.Untapped); n != 1 || l.count(brokers.Published) != 0 {
		t.Errorf("%d untapped, %d published; want one and none", n, l.count(brokers.Published))
	}
}

// TestUnreachable: without a broker a client is hung up on, and the journal says why.
func TestUnreachable(t *testing.T) {
	l := start(t, "/", func(context.Context) (net.Conn, error) { return nil, fmt.Errorf("nobody there") })
	if conn, err := amqp.Dial("amqp://guest:guest@" + l.addr + "/"); err == nil {
		t.Error("connected to nothing")
		_ = conn.Close()
	}
	l.until(brokers.Refused, 1)
	if err := l.tap.Apply(nil); err == nil || !strings.Contains(err.Error(), "nobody there") {
		t.Errorf("Apply: %v", err)
	}
}

// TestBrokerDies: the client is hung up on, and what it held counts as requeued.
func TestBrokerDies(t *testing.T) {
	_, addr := miniature(t)
	conns := make(chan net.Conn, 10)
	l := start(t, "/", func(ctx context.Context) (net.Conn, error) {
		c, err := dialer(addr)(ctx)
		conns <- c
		return c, err
	})
	l.must(l.tap.Apply([]brokers.Action{
		{Do: "declare", With: map[string]any{"queue": "work"}}, {Do: "publish", With: map[string]any{"key": "work", "body": "x"}},
	}))
	<-conns
	conn, ch := l.connect()
	gone := conn.NotifyClose(make(chan *amqp.Error, 1))
	deliveries, err := ch.Consume("work", "", false, false, false, false, nil)
	l.must(err)
	<-deliveries
	_ = (<-conns).(*net.TCPConn).CloseRead()
	<-gone
	l.until(brokers.Requeued, 1)
	l.until(brokers.Closed, 2)
}

// TestProbe: dead letters are found where they lie, told apart, and left there.
func TestProbe(t *testing.T) {
	each(t, func(t *testing.T, l *lab, _ *brokers.Journal) {
		l.must(l.tap.Apply([]brokers.Action{
			{Do: "declare", With: map[string]any{"queue": "dead", "durable": true}},
			{Do: "declare", With: map[string]any{"queue": "work", "durable": true, "arguments": map[string]any{
				"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead",
			}}},
			{Do: "publish", With: map[string]any{"key": "work", "body": "good"}},
			{Do: "publish", With: map[string]any{"key": "work", "body": "bad", "count": 2}},
			{Do: "publish", With: map[string]any{"key": "dead", "body": "was here before"}},
		}))
		conn, ch := l.connect()
		deliveries, err := ch.Consume("work", "", false, false, false, false, nil)
		l.must(err)
		for range 3 {
			if d := <-deliveries; string(d.Body) == "good" {
				l.must(d.Ack(false))
			} else {
				l.must(d.Nack(false, false))
			}
		}
		l.until(brokers.Nacked, 2)
		for range 2 { // the second probe finds the same, and takes it for other copies of nothing
			l.must(l.tap.Probe(t.Context(), "probe"))
			var found []string
			for _, e := range l.journal.Since(0) {
				if e.Kind == brokers.Routed && e.Reason == "probe" && e.Message != 0 {
					found = append(found, fmt.Sprint(e.Place, " ", e.Message, " ", e.Label))
				}
			}
			if want := []string{"dead 2 bad", "dead 3 bad"}; !slices.Equal(found, want) {
				t.Errorf("found %q, want %q", found, want)
			}
		}
		_ = conn.Close()
		_, ch = l.connect()
		q, err := ch.QueueDeclarePassive("dead", false, false, false, false, nil)
		l.must(err)
		if q.Messages != 3 {
			t.Errorf("%d messages in the queue after the probe, want 3", q.Messages)
		}
	})
}

// TestTrace: where messages went is found by looking, also through another exchange,
// beside older ones that look the same, and they are left there.
func TestTrace(t *testing.T) {
	each(t, func(t *testing.T, l *lab, inside *brokers.Journal) {
		publish := func(key string) brokers.Action {
			return brokers.Action{Do: "publish", With: map[string]any{"exchange": "events", "key": key, "body": key}}
		}
		l.must(l.tap.Apply([]brokers.Action{
			{Do: "declare", With: map[string]any{"exchange": "events", "type": "topic"}},
			{Do: "declare", With: map[string]any{"exchange": "copies", "type": "fanout"}},
			{Do: "declare", With: map[string]any{"queue": "all"}},
			{Do: "declare", With: map[string]any{"queue": "late"}},
			{Do: "bind", With: map[string]any{"queue": "all", "exchange": "copies", "key": ""}},
			{Do: "bind", With: map[string]any{"queue": "late", "exchange": "events", "key": "*.b"}},
		}))
		_, ch := l.connect()
		l.must(ch.ExchangeBind("copies", "#", "events", false, nil))
		l.must(ch.QueueUnbind("late", "*.b", "events", nil))
		l.must(l.tap.Apply([]brokers.Action{publish("a.b")}))
		l.must(ch.QueueBind("late", "*.b", "events", false, nil))
		l.must(l.tap.Apply([]brokers.Action{publish("a.b"), publish("a.c"), publish("d")}))
		l.must(l.tap.Trace(t.Context(), "events", []string{"a.b", "a.c"}, "probe"))
		var found, bound []string
		for _, e := range l.journal.Since(0) {
			if e.Kind == brokers.Routed {
				found = append(found, fmt.Sprint(e.Place, " ", e.Message, " ", e.Key))
			}
			if e.Kind == brokers.Bound && e.Reason == "exchange" {
				bound = append(bound, e.Exchange+" "+e.Place)
			}
		}
		slices.Sort(found)
		if want := []string{"all 1 a.b", "all 2 a.b", "all 3 a.c", "late 2 a.b"}; !slices.Equal(found, want) {
			t.Errorf("found %q, want %q", found, want)
		}
		if !slices.Equal(bound, []string{"events copies"}) {
			t.Errorf("bindings of exchanges: %q", bound)
		}
		q, err := ch.QueueDeclarePassive("all", false, false, false, false, nil)
		for l.must(err); q.Messages < 4; q, err = ch.QueueDeclarePassive("all", false, false, false, false, nil) {
			l.must(err)
		}
		if q.Messages != 4 {
			t.Errorf("%d messages in the queue afterwards, want 4", q.Messages)
		}
	})
}

// TestNotAFrame: bytes that are no frames are relayed as they are; only the tap of
// that connection ends. Before the client has logged in nobody may go on.
func TestNotAFrame(t *testing.T) {
	for _, tt := range []struct {
		rule   string
		login  bool
		tapped int
	}{{"after the login", true, 1}, {"before it", false, 0}} {
		got := make(chan []byte, 1)
		broker, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			c, err := broker.Accept()
			if err != nil {
				return
			}
			_ = c.SetReadDeadline(time.Now().Add(time.Minute))
			all, _ := io.ReadAll(c)
			got <- all
			_ = c.Close()
		}()
		l := start(t, "mine", dialer(broker.Addr().String()))
		c, err := net.Dial("tcp4", l.addr)
		l.must(err)
		sent := []byte(wire.Header)
		want := append([]byte{}, sent...)
		if tt.login {
			sent = wire.AppendMethod(sent, 0, &wire.ConnectionOpen{VirtualHost: "/"})
			want = wire.AppendMethod(want, 0, &wire.ConnectionOpen{VirtualHost: "mine"})
		}
		junk := append([]byte("\x01\x00\x01\xff\xff\xff\xffthis is no frame"), wire.AppendMethod(nil, 0, &wire.ConnectionOpen{VirtualHost: "other"})...)
		if tt.login {
			want = append(want, junk...)
		}
		_, err = c.Write(append(sent, junk...))
		l.must(err)
		_ = c.(*net.TCPConn).CloseWrite()
		if all := <-got; !bytes.Equal(all, want) {
			t.Errorf("%s: the broker got\n%q, want\n%q", tt.rule, all, want)
		}
		_ = c.Close()
		_ = broker.Close()
		if n := l.count(tap.Untapped); n != tt.tapped {
			t.Errorf("%s: %d untapped, want %d", tt.rule, n, tt.tapped)
		}
	}
}

// TestQuota: a client that would make us hold too much is told so and ended.
func TestQuota(t *testing.T) {
	_, addr := miniature(t)
	quota := brokers.DefaultQuota()
	quota.Queues = 10
	l := startWith(t, quota, "/", dialer(addr))
	conn, ch := l.connect()
	gone := conn.NotifyClose(make(chan *amqp.Error, 1))
	for i := range 20 {
		if _, err := ch.QueueDeclare(fmt.Sprint("q", i), false, false, false, false, nil); err != nil {
			break
		}
	}
	if err := <-gone; err == nil || err.Code != 506 {
		t.Errorf("closed with %v, want RESOURCE_ERROR 506", err)
	}
	if n := l.count(brokers.OverQuota); n != 1 {
		t.Errorf("%d quota events, want 1", n)
	}
}

// TestCounts: where messages come and go inside the broker, the broker is asked,
// and a run is not taken for over before they have.
func TestCounts(t *testing.T) {
	l := startContainer(t)
	l.must(l.tap.Apply([]brokers.Action{
		{Do: "declare", With: map[string]any{"queue": "dead"}},
		{Do: "declare", With: map[string]any{"queue": "brief", "arguments": map[string]any{
			"x-message-ttl": 300, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead",
		}}},
		{Do: "publish", With: map[string]any{"key": "brief", "body": "x", "count": 3}},
	}))
	if idle := l.tap.Idle(); idle.Due == 0 {
		t.Errorf("idle %+v while three messages have yet to expire", idle)
	}
	deadline := time.Now().Add(time.Minute)
	for l.tap.Idle() != (brokers.Idle{}) {
		if time.Now().After(deadline) {
			t.Fatalf("idle %+v, and never nothing", l.tap.Idle())
		}
		time.Sleep(time.Millisecond)
	}
	ready := make(map[string]int)
	for _, p := range l.tap.State().Places {
		ready[p.Name] = p.Ready
	}
	if ready["brief"] != 0 || ready["dead"] != 3 {
		t.Errorf("ready %v, want the three among the dead", ready)
	}
	l.must(l.tap.Probe(t.Context(), "probe"))
	if n := l.count(brokers.DeadLettered); n != 3 {
		t.Errorf("%d dead-lettered, want 3", n)
	}
}
