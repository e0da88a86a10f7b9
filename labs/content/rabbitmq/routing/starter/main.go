// A router that brings each order to its department.
package main

import (
	"context"
	"encoding/json"
	"log"

	amqp "github.com/rabbitmq/amqp091-go"
)

const brokerURL = "amqp://guest:guest@localhost:5672/"

// Order is one message of the queue "incoming".
type Order struct {
	ID   string `json:"order"`
	Kind string `json:"kind"`
}

func main() {
	if err := route(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// route handles orders until the connection to the broker ends.
func route(ctx context.Context) error {
	conn, err := amqp.Dial(brokerURL)
	if err != nil {
		return err
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}

	// TODO 1: declare the direct exchange "shop" and bind books, music and games.
	// TODO 2: declare the fanout exchange "news" and bind audit and search.

	deliveries, err := ch.ConsumeWithContext(ctx, "incoming", "router", false, false, false, false, nil)
	if err != nil {
		return err
	}
	for d := range deliveries {
		var o Order
		if err := json.Unmarshal(d.Body, &o); err != nil {
			return err
		}
		log.Printf("order %s: %s", o.ID, o.Kind)

		// TODO 1: publish the order to shop, with its kind as the key.
		// TODO 2: once a department has it, publish it to news; then acknowledge it.
		// TODO 3: refuse what comes back from shop.
	}
	return nil
}
