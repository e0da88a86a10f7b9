// expect: nothing-lost, lost
//go:build wrong

// Acknowledges an order before it is charged, and publishes it again if that fails.
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
	if err := declare(ch); err != nil {
		return err
	}
	if err := ch.Confirm(false); err != nil {
		return fmt.Errorf("ask for confirms: %w", err)
	}
	if err := ch.Qos(1, 0, false); err != nil {
		return fmt.Errorf("set the prefetch: %w", err)
	}
	deliveries, err := ch.ConsumeWithContext(ctx, "orders", "worker", false, false, false, false, nil)
	if err != nil {
		return fmt.Errorf("consume: %w", err)
	}
	for d := range deliveries {
		if err := handle(ctx, ch, d); err != nil {
			return err
		}
	}
	if ctx.Err() == nil {
		return errors.New("the broker closed the connection")
	}
	return nil
}

// handle settles one delivery.
func handle(ctx context.Context, ch *amqp.Channel, d amqp.Delivery) error {
	var o Order
	if err := json.Unmarshal(d.Body, &o); err != nil {
		return park(ctx, ch, d, err)
	}
	if err := d.Ack(false); err != nil {
		return err
	}
	err := Charge(ctx, o)
	tried, _ := d.Headers["tried"].(int64)
	switch {
	case err == nil:
		return nil
	case tried+1 >= attempts:
		return send(ctx, ch, "orders.parked", d.Body, tried+1)
	}
	log.Printf("order %s has to wait: %v", o.ID, err)
	return send(ctx, ch, "orders.retry", d.Body, tried+1)
}

func send(ctx context.Context, ch *amqp.Channel, queue string, body []byte, tried int64) error {
	return ch.PublishWithContext(ctx, "", queue, false, false, amqp.Publishing{Headers: amqp.Table{"tried": tried}, Body: body})
}
