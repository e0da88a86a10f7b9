package inhost

import (
	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
)

// miniatures are the brokers that a lab may name.
var miniatures = map[string]func(*world) brokers.Broker{
	"rabbitmq": func(w *world) brokers.Broker {
		return rabbitmq.New(rabbitmq.Config{
			Clock: w.clock, Journal: w.journal, Sequencer: w.seq,
			Quota: brokers.DefaultQuota(), Label: w.label, Heartbeat: heartbeat,
		})
	},
}

// services are the services that a lab may name.
var services = map[string]func(*world) service{
	"ledger": newLedger,
}
