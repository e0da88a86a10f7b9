// expect: nothing-lost, wrong-amount
//go:build wrong

// Charges one cent for every order.
package main

import (
	"context"
	"encoding/json"
	"log"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	conn, err := amqp.Dial("amqp://guest:guest@localhost:5672/")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		log.Fatal(err)
	}
	if err := ch.Qos(1, 0, false); err != nil {
		log.Fatal(err)
	}
	deliveries, err := ch.Consume("orders", "worker", false, false, false, false, nil)
	if err != nil {
		log.Fatal(err)
	}
	for d := range deliveries {
		var o Order
		if err := json.Unmarshal(d.Body, &o); err != nil {
			log.Printf("not an order: %v", err)
			d.Reject(false)
			continue
		}
		o.Cents = 1
		if err := Charge(context.Background(), o); err != nil {
			log.Fatal(err)
		}
		d.Ack(false)
	}
}
