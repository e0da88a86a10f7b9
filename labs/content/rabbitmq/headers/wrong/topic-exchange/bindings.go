// expect: all-of, wrong-type
//go:build wrong

// Declares a topic exchange, which does not look at the arguments of a binding.
package main

import (
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

const exchange = "notices"

// wanted says what each queue asks of a message's headers.
var wanted = map[string]amqp.Table{
	"urgent-mail": {"x-match": "all", "type": "email", "priority": "high"},
	"pager":       {"x-match": "any", "type": "${channel}", "priority": "high"},
	"own-mail":    {"x-match": "all-with-x", "type": "email", "x-tenant": "${tenant}"},
	"account":     {"x-match": "any-with-x", "x-tenant": "${tenant}", "priority": "high"},
}

// declare makes the exchange and the bindings. The queues are there.
func declare(ch *amqp.Channel) error {
	if err := ch.ExchangeDeclare(exchange, amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
		return fmt.Errorf("declare %s: %w", exchange, err)
	}
	for queue, arguments := range wanted {
		if err := ch.QueueBind(queue, "", exchange, false, arguments); err != nil {
			return fmt.Errorf("bind %s: %w", queue, err)
		}
	}
	return nil
}

// headers is what the exchange gets to see of a notice.
func headers(n Notice) amqp.Table {
	return amqp.Table{"type": n.Type, "priority": n.Priority, "x-tenant": n.Tenant}
}
