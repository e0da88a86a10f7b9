package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
)

// liveEvents is how many events a live miniature remembers.
const liveEvents = 100_000

// miniatures makes each broker by its name.
var miniatures = map[string]func(brokers.Clock, *brokers.Journal, *brokers.Sequencer) brokers.Broker{
	"kafka": func(c brokers.Clock, j *brokers.Journal, s *brokers.Sequencer) brokers.Broker {
		return kafka.New(kafka.Config{Clock: c, Journal: j, Sequencer: s, Quota: brokers.DefaultQuota()})
	},
	"rabbitmq": func(c brokers.Clock, j *brokers.Journal, s *brokers.Sequencer) brokers.Broker {
		return rabbitmq.New(rabbitmq.Config{Clock: c, Journal: j, Sequencer: s, Quota: brokers.DefaultQuota()})
	},
}

type brokerCmd struct {
	Name    string `arg:"" help:"Which broker: kafka or rabbitmq." placeholder:"NAME"`
	Addr    string `help:"Address to listen on (default: 127.0.0.1 and the broker's own port); further nodes listen on the ports after it." placeholder:"HOST:PORT"`
	Manage  string `name:"management" help:"Address of the management requests (default: 127.0.0.1:15672; none with an --addr of your own)." placeholder:"HOST:PORT"`
	Journal bool   `help:"Print every event of the journal as a line of JSON."`
}

// Help is shown by brokerlab broker --help.
func (brokerCmd) Help() string {
	return `The miniature speaks the broker's real protocol to clients in any language, keeps
everything in memory, and forgets it when you stop it with Ctrl+C.

  brokerlab broker rabbitmq --journal
  amqp://guest:guest@localhost:5672/
  curl -u guest:guest http://localhost:15672/api/connections

  brokerlab broker kafka
  kcat -b localhost:9092 -L`
}

// A managed broker answers management requests over HTTP too.
type managed interface {
	ServeManagement(net.Listener) error
}

// Run serves one miniature until it is interrupted.
func (b *brokerCmd) Run(ctx context.Context, c *console) error {
	makeBroker, ok := miniatures[b.Name]
	if !ok {
		return usage("there is no miniature called %q, want kafka or rabbitmq", b.Name)
	}
	clock := brokers.RealClock()
	journal := brokers.NewJournal(liveEvents, brokers.Forget, clock)
	broker := makeBroker(clock, journal, brokers.NewSequencer(journal))
	addr := b.Addr
	if addr == "" {
		addr = fmt.Sprintf("127.0.0.1:%d", broker.Ports()[0])
	}
	nodes := len(broker.Ports())
	m, ok := broker.(managed)
	if ok {
		nodes-- // the last port is that of the management requests, which have an address of their own
	}
	ls, err := listenEach(addr, nodes)
	if err != nil {
		return err
	}
	ended := make(chan error, len(ls)+1)
	where := ls[0].Addr().String()
	for _, l := range ls[1:] {
		where += ", " + l.Addr().String()
	}
	if ok && (b.Addr == "" || b.Manage != "") {
		ml, err := listen(cmp.Or(b.Manage, fmt.Sprintf("127.0.0.1:%d", rabbitmq.ManagementPort)))
		if err != nil {
			return errors.Join(err, closeEach(ls), broker.Close())
		}
		defer ml.Close() //nolint:errcheck // nothing is left to be lost
		where += ", its management requests at http://" + ml.Addr().String()
		go func() { ended <- m.ServeManagement(ml) }()
	}
	fmt.Fprintf(c.err, "A miniature %s listens on %s. Ctrl+C stops it.\n", b.Name, where)
	for node, l := range ls {
		go func() { ended <- broker.Serve(node, l) }()
	}
	if b.Journal {
		go printJournal(ctx, c, journal)
	}
	select {
	case err := <-ended:
		return fault(err)
	case <-ctx.Done():
	}
	return fault(broker.Close()) // which closes what it listens on
}

// listenEach listens for n nodes, on addr and the ports after it.
func listenEach(addr string, n int) ([]net.Listener, error) {
	var ls []net.Listener
	for range n {
		l, err := listen(addr)
		if err != nil {
			return nil, errors.Join(err, closeEach(ls))
		}
		ls = append(ls, l)
		host, port, err := net.SplitHostPort(addr)
		if number, nerr := strconv.Atoi(port); err == nil && nerr == nil && number > 0 {
			addr = net.JoinHostPort(host, strconv.Itoa(number+1))
		}
	}
	return ls, nil
}

func closeEach(ls []net.Listener) error {
	var errs []error
	for _, l := range ls {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// printJournal prints events as they come, some fifty times a second, so that
// printing never holds up the broker.
func printJournal(ctx context.Context, c *console, journal *brokers.Journal) {
	out := json.NewEncoder(c.out)
	var last uint64
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		for _, e := range journal.Since(last) {
			if e.Seq > last+1 {
				fmt.Fprintln(c.err, strings.TrimSpace(fmt.Sprintf("(%d events were too many to print)", e.Seq-last-1)))
			}
			last = e.Seq
			if out.Encode(e) != nil {
				return
			}
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}
