package rabbitmq_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
)

// BenchmarkPublishConsume sends messages through a queue, from one connection to
// another, with the same client code for the miniature and for RabbitMQ, if that
// is installed. It prints the ratio of the two, which is what counts: absolute
// numbers are the machine's.
func BenchmarkPublishConsume(b *testing.B) {
	ways := []struct {
		name     string
		confirms bool
	}{{"plain", false}, {"confirmed", true}}
	rates := make(map[string]float64)
	brokers := []struct {
		name string
		url  func(b *testing.B) string
	}{
		{"miniature", func(b *testing.B) string { return startAlone(b) }},
		{"rabbitmq", func(b *testing.B) string { return startRabbitMQ(b) }},
	}
	for _, broker := range brokers {
		b.Run(broker.name, func(b *testing.B) {
			url := broker.url(b)
			for _, way := range ways {
				b.Run(way.name, func(b *testing.B) {
					elapsed := publishConsume(b, url, way.confirms)
					rates[broker.name+way.name] = float64(b.N) / elapsed.Seconds()
					b.ReportMetric(rates[broker.name+way.name], "msg/s")
				})
			}
		})
	}
	for _, way := range ways {
		ours, theirs := rates["miniature"+way.name], rates["rabbitmq"+way.name]
		if theirs > 0 {
			fmt.Printf("publish/consume %s: miniature %.0f msg/s, rabbitmq-server %.0f msg/s, ratio %.2f\n", way.name, ours, theirs, ours/theirs)
		}
	}
}

// serveVariable in the environment makes the test binary a broker.
const serveVariable = "BROKERLAB_TEST_SERVE"

// startAlone runs the miniature in a process of its own, as RabbitMQ is, with
// quotas that a benchmark does not meet, as RabbitMQ has none.
func startAlone(b *testing.B) (url string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveVariable+"=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	must(b, err)
	stdout, err := cmd.StdoutPipe()
	must(b, err)
	must(b, cmd.Start())
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must(b, err)
	return strings.TrimSpace(line)
}

// serveAlone is that process: it prints its url and serves until its standard
// input ends.
func serveAlone() {
	quota := brokers.DefaultQuota()
	quota.Messages, quota.Bytes, quota.EventsPerSecond = 1<<30, 1<<40, 1<<30
	clock := brokers.RealClock()
	journal := brokers.NewJournal(50_000, brokers.Forget, clock)
	b := rabbitmq.New(rabbitmq.Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: quota})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Printf("amqp://guest:guest@%s/\n", l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = b.Close()
	}()
	if err := b.Serve(0, l); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// publishConsume moves b.N messages of 256 bytes and returns how long it took.
func publishConsume(b *testing.B, url string, confirms bool) time.Duration {
	b.Helper()
	_, in := dial(b, url)
	_, out := dial(b, url)
	q, err := in.QueueDeclare("", false, true, false, false, nil)
	must(b, err)
	must(b, out.Qos(500, 0, false))
	deliveries, err := out.Consume(q.Name, "", false, false, false, false, nil)
	must(b, err)
	if confirms {
		must(b, in.Confirm(false))
		confirmed := in.NotifyPublish(make(chan amqp.Confirmation, 1<<16))
		defer func() {
			for range b.N {
				receive(b, confirmed)
			}
		}()
	}
	body := bytes.Repeat([]byte("x"), 256)
	failed := make(chan error, 1)
	b.ReportAllocs()
	b.ResetTimer()
	began := time.Now()
	go func() {
		var err error
		for i := 0; i < b.N && err == nil; i++ {
			err = in.PublishWithContext(background, "", q.Name, false, false, amqp.Publishing{Body: body})
		}
		failed <- err
	}()
	for i := range b.N {
		d := receive(b, deliveries)
		if (i+1)%100 == 0 || i+1 == b.N {
			must(b, d.Ack(true))
		}
	}
	must(b, <-failed)
	b.StopTimer()
	return time.Since(began)
}
