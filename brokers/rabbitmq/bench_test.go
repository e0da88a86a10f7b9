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

// burst is how many messages one iteration moves on each broker.
const burst = 20_000

// BenchmarkPublishConsume sends messages through a queue, from one connection to
// another, with the same client code: by turns through the miniature and, if it is
// installed, through RabbitMQ. It prints the ratio of the two, which is what
// counts: absolute numbers are the machine's.
//
//	go test -run '^$' -bench PublishConsume -benchtime 3x ./brokers/rabbitmq
func BenchmarkPublishConsume(b *testing.B) {
	peers := []peer{{"miniature", startAlone(b)}}
	if found, _ := findRabbitMQ(); found == "" {
		fmt.Println("publish/consume: rabbitmq-server is not installed, so there is no ratio")
	} else {
		peers = append(peers, peer{"rabbitmq-server", startRabbitMQ(b)})
	}
	for _, confirms := range []bool{false, true} {
		name := map[bool]string{false: "plain", true: "confirmed"}[confirms]
		var rates []float64
		b.Run(name, func(b *testing.B) {
			rates = byTurns(b, peers, confirms)
			b.ReportMetric(rates[0], "msg/s")
		})
		if len(rates) > 1 {
			fmt.Printf("publish/consume %s: %s %.0f msg/s, %s %.0f msg/s, ratio %.2f\n", name, peers[0].name, rates[0], peers[1].name, rates[1], rates[0]/rates[1])
		}
	}
}

// A peer is a broker to measure.
type peer struct{ name, url string }

// byTurns gives every peer b.N bursts, and returns their rates in messages per
// second.
func byTurns(b *testing.B, peers []peer, confirms bool) []float64 {
	b.Helper()
	spent := make([]time.Duration, len(peers))
	for range b.N {
		for i, p := range peers {
			spent[i] += publishConsume(b, p.url, confirms)
		}
	}
	rates := make([]float64, len(peers))
	for i := range rates {
		rates[i] = float64(b.N*burst) / spent[i].Seconds()
	}
	return rates
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

// publishConsume moves a burst of messages of 256 bytes and returns how long it took.
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
			for range burst {
				receive(b, confirmed)
			}
		}()
	}
	body := bytes.Repeat([]byte("x"), 256)
	failed := make(chan error, 1)
	began := time.Now()
	go func() {
		var err error
		for i := 0; i < burst && err == nil; i++ {
			err = in.PublishWithContext(background, "", q.Name, false, false, amqp.Publishing{Body: body})
		}
		failed <- err
	}()
	for i := range burst {
		d := receive(b, deliveries)
		if (i+1)%100 == 0 || i+1 == burst {
			must(b, d.Ack(true))
		}
	}
	must(b, <-failed)
	return time.Since(began)
}
