// A worker that charges the orders of a queue.
package main

import (
	"log"

	amqp "github.com/rabbitmq/amqp091-go"
)

const brokerURL = "amqp://guest:guest@localhost:5672/"

func main() {
	if err := work(); err != nil {
		log.Fatal(err)
	}
}

// work handles orders until the connection to the broker ends.
func work() error {
	conn, err := amqp.Dial(brokerURL)
	if err != nil {
		return err
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}

	// TODO 1: ask the broker for one order at a time.

	const autoAck = false // the broker waits for our acknowledgement
	deliveries, err := ch.Consume("orders", "worker", autoAck, false, false, false, nil)
	if err != nil {
		return err
	}
	for d := range deliveries {
		log.Printf("received %s", d.Body)

		// TODO 2: charge the order, and acknowledge it at the right moment.
		// TODO 3: refuse what cannot be read as an Order.
	}
	return nil
}
