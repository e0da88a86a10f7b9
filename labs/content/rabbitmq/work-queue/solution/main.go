// A worker that charges the orders of a queue and loses none.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	amqp "github.com/rabbitmq/amqp091-go"
)

const brokerURL = "amqp://guest:guest@localhost:5672/"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := work(ctx); err != nil {
		log.Fatal(err)
	}
}

// work handles orders until ctx is done or the connection to the broker ends.
func work(ctx context.Context) error {
	conn, err := amqp.Dial(brokerURL)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		return fmt.Errorf("open a channel: %w", err)
	}
	// Consume reads the limit, so it has to be set first.
	if err := ch.Qos(1, 0, false); err != nil {
		return fmt.Errorf("set the prefetch: %w", err)
	}
	deliveries, err := ch.ConsumeWithContext(ctx, "orders", "worker", false, false, false, false, nil)
	if err != nil {
		return fmt.Errorf("consume: %w", err)
	}
	for d := range deliveries {
		if err := handle(ctx, d); err != nil {
			return err
		}
	}
	if ctx.Err() == nil {
		return errors.New("the broker closed the connection")
	}
	return nil
}

// handle settles one delivery. An order is acknowledged only after the ledger
// has its charge: whenever the worker dies, one of the two knows of the order.
func handle(ctx context.Context, d amqp.Delivery) error {
	var o Order
	if err := json.Unmarshal(d.Body, &o); err != nil {
		log.Printf("refused %q: %v", d.Body, err)
		return d.Reject(false) // not requeued: it goes to orders.dead
	}
	if err := Charge(ctx, o); err != nil {
		return errors.Join(err, d.Nack(false, true)) // someone else may have more luck
	}
	log.Printf("charged order %s", o.ID)
	return d.Ack(false)
}
