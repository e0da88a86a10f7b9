package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
)

// liveEvents is how many events a live miniature remembers.
const liveEvents = 100_000

// miniatures makes each broker by its name.
var miniatures = map[string]func(brokers.Clock, *brokers.Journal, *brokers.Sequencer) brokers.Broker{
	"rabbitmq": func(c brokers.Clock, j *brokers.Journal, s *brokers.Sequencer) brokers.Broker {
		return rabbitmq.New(rabbitmq.Config{Clock: c, Journal: j, Sequencer: s, Quota: brokers.DefaultQuota()})
	},
}

type brokerCmd struct {
	Name    string `arg:"" help:"Which broker: rabbitmq." placeholder:"NAME"`
	Addr    string `help:"Address to listen on (default: 127.0.0.1 and the broker's own port)." placeholder:"HOST:PORT"`
	Manage  string `name:"management" help:"Address of the management requests (default: 127.0.0.1:15672; none with an --addr of your own)." placeholder:"HOST:PORT"`
	Journal bool   `help:"Print every event of the journal as a line of JSON."`
}

// Help is shown by brokerlab broker --help.
func (brokerCmd) Help() string {
	return `The miniature speaks the broker's real protocol to clients in any language, keeps
everything in memory, and forgets it when you stop it with Ctrl+C.

  brokerlab broker rabbitmq --journal
  amqp://guest:guest@localhost:5672/
  curl -u guest:guest http://localhost:15672/api/connections`
}

// A managed broker answers management requests over HTTP too.
type managed interface {
	ServeManagement(net.Listener) error
}

// Run serves one miniature until it is interrupted.
func (b *brokerCmd) Run(ctx context.Context, c *console) error {
	makeBroker, ok := miniatures[b.Name]
	if !ok {
		return usage("there is no miniature called %q, want rabbitmq", b.Name)
	}
	clock := brokers.RealClock()
	journal := brokers.NewJournal(liveEvents, brokers.Forget, clock)
	broker := makeBroker(clock, journal, brokers.NewSequencer(journal))
	addr := b.Addr
	if addr == "" {
		addr = fmt.Sprintf("127.0.0.1:%d", broker.Ports()[0])
	}
	l, err := listen(addr)
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	where := l.Addr().String()
	if m, ok := broker.(managed); ok && (b.Addr == "" || b.Manage != "") {
		ml, err := listen(cmp.Or(b.Manage, fmt.Sprintf("127.0.0.1:%d", rabbitmq.ManagementPort)))
		if err != nil {
			return errors.Join(err, l.Close(), broker.Close())
		}
		defer ml.Close() //nolint:errcheck // nothing is left to be lost
		where += ", its management requests at http://" + ml.Addr().String()
		go func() { ended <- m.ServeManagement(ml) }()
	}
	fmt.Fprintf(c.err, "A miniature %s listens on %s. Ctrl+C stops it.\n", b.Name, where)
	go func() { ended <- broker.Serve(0, l) }()
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
