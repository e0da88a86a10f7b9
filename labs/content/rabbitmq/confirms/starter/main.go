// A relay that publishes the orders of an outbox.
package main

import (
	"context"
	"log"

	amqp "github.com/rabbitmq/amqp091-go"
)

const brokerURL = "amqp://guest:guest@localhost:5672/"

func main() {
	if err := relay(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// relay publishes orders until the outbox is empty.
func relay(ctx context.Context) error {
	// TODO 3: when the connection is lost, connect again and go on.
	conn, err := amqp.Dial(brokerURL)
	if err != nil {
		return err
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	defer ch.Close()

	// TODO 2: ask the broker to confirm what is published on this channel.

	orders, err := Pending(ctx)
	if err != nil {
		return err
	}
	for _, o := range orders {
		log.Printf("order %s waits", o.ID)

		// TODO 1: publish the order to the queue "orders", and mark it done at
		// the right moment. Go on until Pending returns no order.
	}
	return nil
}
