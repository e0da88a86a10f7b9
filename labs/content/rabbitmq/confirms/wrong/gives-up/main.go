// expect: nothing-lost, not-published
//go:build wrong

// Does everything right over one connection, and ends with it.
package main

import (
	"context"
	"log"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	ctx := context.Background()
	if err := empty(ctx); err != nil {
		log.Fatal(err)
	}
}

func empty(ctx context.Context) error {
	conn, err := amqp.Dial("amqp://guest:guest@localhost:5672/")
	if err != nil {
		return err
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	if err := ch.Confirm(false); err != nil {
		return err
	}
	for {
		orders, err := Pending(ctx)
		if err != nil || len(orders) == 0 {
			return err
		}
		for _, o := range orders {
			msg, err := o.Message()
			if err != nil {
				return err
			}
			confirm, err := ch.PublishWithDeferredConfirmWithContext(ctx, "", "orders", false, false, msg)
			if err != nil {
				return err
			}
			if !confirm.Wait() {
				return amqp.ErrClosed
			}
			if err := MarkDone(ctx, o); err != nil {
				return err
			}
		}
	}
}
