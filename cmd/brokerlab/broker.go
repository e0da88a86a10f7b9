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

type brokerCmd struct {
	Name    string   `arg:"" help:"Which broker: kafka or rabbitmq." placeholder:"NAME"`
	Addr    string   `help:"Address to listen on (default: 127.0.0.1 and the broker's own port); further nodes listen on the ports after it." placeholder:"HOST:PORT"`
	Manage  string   `name:"management" help:"Address of RabbitMQ's management requests (default: 127.0.0.1:15672; none with an --addr of your own)." placeholder:"HOST:PORT"`
	Nodes   *int     `help:"How many nodes Kafka has, 1 to 3 (default: 3)." placeholder:"N"`
	User    []string `sep:"none" help:"A user of Kafka; may be repeated. With one, clients have to log in by SASL/PLAIN." placeholder:"NAME:PASSWORD"`
	Journal bool     `help:"Print every event of the journal as a line of JSON."`
}

// Help is shown by brokerlab broker --help.
func (brokerCmd) Help() string {
	return `The miniature speaks the broker's real protocol to clients in any language, keeps
everything in memory, and forgets it when you stop it with Ctrl+C.

  brokerlab broker rabbitmq --journal
  amqp://guest:guest@localhost:5672/
  curl -u guest:guest http://localhost:15672/api/connections

  brokerlab broker kafka
  kcat -b localhost:9092 -L

Faults are typed where Kafka runs: "down 2" takes node 2 out of the cluster, "up 2"
brings it back, "move orders/0" gives a partition another leader, "rebalance billing"
lets a group share its partitions anew.`
}

// miniature makes the broker that was asked for.
func (b *brokerCmd) miniature(c brokers.Clock, j *brokers.Journal, s *brokers.Sequencer) (brokers.Broker, error) {
	switch b.Name {
	case "kafka":
		users, err := b.users()
		if err != nil {
			return nil, err
		}
		nodes := 3
		if b.Nodes != nil {
			nodes = *b.Nodes
		}
		if nodes < 1 || nodes > 3 {
			return nil, usage("--nodes %d, want 1 to 3", nodes)
		}
		if b.Manage != "" {
			return nil, usage("--management is for rabbitmq: kafka has no management requests")
		}
		return kafka.New(kafka.Config{Clock: c, Journal: j, Sequencer: s, Quota: brokers.DefaultQuota(), Nodes: nodes, Users: users}), nil
	case "rabbitmq":
		if b.Nodes != nil {
			return nil, usage("--nodes is for kafka: the miniature rabbitmq is one node")
		}
		if len(b.User) > 0 {
			return nil, usage("--user is for kafka: users of rabbitmq are made by its management requests, as guest")
		}
		return rabbitmq.New(rabbitmq.Config{Clock: c, Journal: j, Sequencer: s, Quota: brokers.DefaultQuota()}), nil
	}
	return nil, usage("there is no miniature called %q, want kafka or rabbitmq", b.Name)
}

// users are those who may log in, with their passwords.
func (b *brokerCmd) users() (map[string]string, error) {
	users := map[string]string{}
	for _, u := range b.User {
		name, password, ok := strings.Cut(u, ":")
		if !ok || name == "" || password == "" {
			return nil, usage("--user %q, want NAME:PASSWORD", u)
		}
		if _, twice := users[name]; twice {
			return nil, usage("--user %s is given twice", name)
		}
		users[name] = password
	}
	return users, nil
}

// A managed broker answers management requests over HTTP too.
type managed interface {
	ServeManagement(net.Listener) error
}

// Run serves one miniature until it is interrupted.
func (b *brokerCmd) Run(ctx context.Context, c *console) error {
	clock := brokers.RealClock()
	journal := brokers.NewJournal(liveEvents, brokers.Forget, clock)
	seq := brokers.NewSequencer(journal)
	broker, err := b.miniature(clock, journal, seq)
	if err != nil {
		return err
	}
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
	if cluster, ok := broker.(brokers.Disturber); ok {
		fmt.Fprintf(c.err, "Faults can be typed here: %s.\n", orders)
		go takeOrders(ctx, c, journal, seq, cluster)
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
