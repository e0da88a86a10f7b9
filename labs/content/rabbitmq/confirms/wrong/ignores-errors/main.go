// expect: nothing-lost, lost-publish
//go:build wrong

// Writes errors to the log and marks the order all the same.
package main

import (
	"context"
	"log"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	ctx := context.Background()
	for {
		err := empty(ctx)
		if err == nil {
			return
		}
		log.Print(err)
		time.Sleep(20 * time.Millisecond)
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
				log.Printf("order %s: %v", o.ID, err)
			} else if !confirm.Wait() {
				log.Printf("order %s: not confirmed", o.ID)
			}
			if err := MarkDone(ctx, o); err != nil {
				return err
			}
		}
	}
}
