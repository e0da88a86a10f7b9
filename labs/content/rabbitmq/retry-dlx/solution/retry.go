package main

import (
	"context"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	attempts = 3
	pause    = 10_000 // milliseconds between two of them
)

// declare makes the waiting room. Nobody consumes from it: what dies in "orders"
// comes here, outlives its time and dies back into "orders".
func declare(ch *amqp.Channel) error {
	_, err := ch.QueueDeclare("orders.retry", true, false, false, false, amqp.Table{
		"x-message-ttl":             pause,
		"x-dead-letter-exchange":    "",
		"x-dead-letter-routing-key": "orders",
	})
	if err != nil {
		return fmt.Errorf("declare orders.retry: %w", err)
	}
	return nil
}

// refusals says how often a message was refused in "orders".
func refusals(d amqp.Delivery) int64 {
	deaths, _ := d.Headers["x-death"].([]any)
	for _, death := range deaths {
		t, ok := death.(amqp.Table)
		if ok && t["queue"] == "orders" && t["reason"] == "rejected" {
			n, _ := t["count"].(int64)
			return n
		}
	}
	return 0
}

// park moves a message: first there, then away from here.
func park(ctx context.Context, ch *amqp.Channel, d amqp.Delivery, why error) error {
	const mandatory = true
	confirm, err := ch.PublishWithDeferredConfirmWithContext(ctx, "", "orders.parked", mandatory, false, amqp.Publishing{
		Headers:      amqp.Table{"parked-because": why.Error()},
		ContentType:  d.ContentType,
		DeliveryMode: amqp.Persistent,
		Body:         d.Body,
	})
	if err != nil {
		return fmt.Errorf("park: %w", err)
	}
	if ok, err := confirm.WaitContext(ctx); err != nil || !ok {
		return errors.Join(errors.New("not parked"), err)
	}
	return d.Ack(false)
}
