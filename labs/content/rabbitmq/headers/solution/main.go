// A router that sorts notices by their headers.
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

// Notice is one message of the queue "incoming".
type Notice struct {
	ID       string `json:"notice"`
	Type     string `json:"type"`
	Priority string `json:"priority"`
	Tenant   string `json:"tenant"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := route(ctx); err != nil {
		log.Fatal(err)
	}
}

// route handles notices until ctx is done or the connection to the broker ends.
func route(ctx context.Context) error {
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
	deliveries, err := ch.ConsumeWithContext(ctx, "incoming", "router", false, false, false, false, nil)
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

// handle publishes one notice and acknowledges it when the broker has it.
func handle(ctx context.Context, ch *amqp.Channel, d amqp.Delivery) error {
	var n Notice
	if err := json.Unmarshal(d.Body, &n); err != nil {
		return d.Reject(false)
	}
	confirm, err := ch.PublishWithDeferredConfirmWithContext(ctx, exchange, "", false, false, amqp.Publishing{
		Headers: headers(n), ContentType: "application/json", DeliveryMode: amqp.Persistent, Body: d.Body,
	})
	if err != nil {
		return fmt.Errorf("publish notice %s: %w", n.ID, err)
	}
	if ok, err := confirm.WaitContext(ctx); err != nil || !ok {
		return errors.Join(fmt.Errorf("notice %s was not confirmed", n.ID), err)
	}
	return d.Ack(false)
}
