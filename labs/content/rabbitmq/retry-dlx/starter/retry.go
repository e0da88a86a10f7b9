package main

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"
)

// declare makes the waiting room "orders.retry". Nobody consumes from it.
func declare(ch *amqp.Channel) error {
	// TODO 1: what dies in "orders" comes here. How long does it stay, and where
	// does it go then?
	return nil
}

// refusals says how often a message was refused in "orders".
func refusals(d amqp.Delivery) int64 {
	return 0 // TODO 2: the header x-death knows
}

// park moves a message to the queue "orders.parked".
func park(ctx context.Context, ch *amqp.Channel, d amqp.Delivery, why error) error {
	// TODO 3: publish it there and acknowledge it here. In which order?
	return d.Ack(false)
}
