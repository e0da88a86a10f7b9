package main

import (
	amqp "github.com/rabbitmq/amqp091-go"
)

const exchange = "notices"

// declare makes the exchange and the bindings. The queues are there.
func declare(ch *amqp.Channel) error {
	// TODO 1: declare the exchange, of the type headers, and bind urgent-mail.
	// TODO 2: bind pager.
	// TODO 3: bind own-mail and account.
	return nil
}

// headers is what the exchange gets to see of a notice.
func headers(n Notice) amqp.Table {
	return nil // TODO 1: type, priority and x-tenant
}
