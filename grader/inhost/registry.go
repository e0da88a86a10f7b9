package inhost

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/tap"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// miniatures are the brokers that a lab may name.
var miniatures = map[string]func(*world) brokers.Broker{
	"kafka": func(w *world) brokers.Broker {
		return kafka.New(kafka.Config{
			Clock: w.clock, Journal: w.journal, Sequencer: w.seq,
			Quota: brokers.DefaultQuota(), Label: w.label, FetchWait: fetchWait, ConsumerHeartbeat: consumerHeartbeat,
		})
	},
	"rabbitmq": func(w *world) brokers.Broker {
		return rabbitmq.New(rabbitmq.Config{
			Clock: w.clock, Journal: w.journal, Sequencer: w.seq,
			Quota: brokers.DefaultQuota(), Label: w.label, Heartbeat: heartbeat,
		})
	},
}

// fetchWait keeps runs short in which partitions change hands: kgo's fetches wait for five
// seconds, and partitions that it gets meanwhile are not among what it has asked for.
const fetchWait = 50 * time.Millisecond

// consumerHeartbeat does the same for groups with the consumer protocol, whose members hear
// of a new assignment with the answer to a heartbeat.
const consumerHeartbeat = 200 * time.Millisecond

// taps stand for the same brokers where a container does the work.
var taps = map[string]func(*world, trial.Broker) brokers.Broker{
	"rabbitmq": func(w *world, b trial.Broker) brokers.Broker {
		return tap.New(tap.Config{
			Clock: w.clock, Journal: w.journal, Sequencer: w.seq,
			Quota: brokers.DefaultQuota(), Label: w.label, VHost: b.VHost, Firehose: true,
			Dial: func(ctx context.Context) (net.Conn, error) { return w.dials.dial(ctx, b.Name) },
		})
	},
}

// untapped is the kind of an event after which a journal tells only part of what
// happened.
const untapped = tap.Untapped

// open makes a broker of the world, with nothing in it.
func (w *world) open(b trial.Broker) (brokers.Broker, error) {
	if b.Container {
		open, ok := taps[b.Name]
		if !ok {
			return nil, fmt.Errorf("broker %q: it cannot be run in a container yet", b.Name)
		}
		return open(w, b), nil
	}
	open, ok := miniatures[b.Name]
	if !ok {
		return nil, fmt.Errorf("broker %q: there is no such miniature", b.Name)
	}
	return open(w), nil
}

// services are the services that a lab may name.
var services = map[string]func(*world) (service, error){
	"connect": newConnect,
	"db":      newDatabase,
	"ledger":  func(w *world) (service, error) { return newLedger(w), nil },
	"outbox":  func(w *world) (service, error) { return newOutbox(w), nil },
	"search":  newSearch,
}
