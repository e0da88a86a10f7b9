package tap_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/containers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/tap"
)

// BenchmarkRelay measures what the relay adds to a real broker in a container:
// messages through, and the time from a publish to its delivery, each as a ratio
// to the same without it in the same run.
func BenchmarkRelay(b *testing.B) {
	images, err := containers.Configure([]string{"rabbitmq=" + containers.TestImage})
	if err != nil {
		b.Fatal(err)
	}
	if err := containers.Available(b.Context(), "rabbitmq", images["rabbitmq"]); err != nil {
		b.Skipf("NOT RUN, no real broker: %v", err)
	}
	c, err := containers.Start(b.Context(), containers.Spec{Broker: "rabbitmq", Image: images["rabbitmq"]}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	clock := brokers.RealClock()
	journal := brokers.NewJournal(20_000, brokers.Forget, clock)
	quota := brokers.DefaultQuota()
	quota.Messages = 100_000_000
	t := tap.New(tap.Config{
		Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: quota,
		Dial: func(ctx context.Context) (net.Conn, error) { return c.Dial(ctx, 5672) },
	})
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = t.Serve(0, l) })
	defer serving.Wait()
	defer t.Close()
	var direct, relayed pace
	for range b.N {
		direct.add(flow(b, c.Addr(5672)))
		relayed.add(flow(b, l.Addr().String()))
	}
	b.ReportMetric(direct.perSecond/float64(b.N), "msg/s-direct")
	b.ReportMetric(relayed.perSecond/float64(b.N), "msg/s-relayed")
	b.ReportMetric(relayed.perSecond/direct.perSecond, "throughput-ratio")
	b.ReportMetric(float64(direct.trip.Microseconds())/float64(b.N), "µs-trip-direct")
	b.ReportMetric(float64(relayed.trip.Microseconds())/float64(b.N), "µs-trip-relayed")
}

type pace struct {
	perSecond float64
	trip      time.Duration
}

func (p *pace) add(o pace) { p.perSecond += o.perSecond; p.trip += o.trip }

// flow publishes and consumes many messages, then one at a time.
func flow(b *testing.B, addr string) pace {
	const many, single = 20_000, 500
	conn, err := amqp.Dial("amqp://guest:guest@" + addr + "/")
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	in, err := conn.Channel()
	if err != nil {
		b.Fatal(err)
	}
	out, err := conn.Channel()
	if err != nil {
		b.Fatal(err)
	}
	q, err := in.QueueDeclare("", false, true, true, false, nil)
	if err != nil {
		b.Fatal(err)
	}
	_ = out.Qos(200, 0, false)
	deliveries, err := out.Consume(q.Name, "", false, false, false, false, nil)
	if err != nil {
		b.Fatal(err)
	}
	publish := func(i int) {
		if err := in.PublishWithContext(b.Context(), "", q.Name, false, false, amqp.Publishing{Body: fmt.Appendf(nil, `{"order":"%d"}`, i)}); err != nil {
			b.Fatal(err)
		}
	}
	began := time.Now()
	go func() {
		for i := range many {
			publish(i)
		}
	}()
	for range many {
		d := <-deliveries
		_ = d.Ack(false)
	}
	p := pace{perSecond: many / time.Since(began).Seconds()}
	began = time.Now()
	for i := range single {
		publish(i)
		d := <-deliveries
		_ = d.Ack(false)
	}
	p.trip = time.Since(began) / single
	return p
}
