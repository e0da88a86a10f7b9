// expect: nothing-lost, not-marked
//go:build wrong

// Connects again, and goes on with the order after the one that was in doubt.
package main

import (
	"context"
	"log"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	ctx := context.Background()
	queue := make(chan Order, 100)
	seen := make(map[string]bool)
	for {
		orders, err := Pending(ctx)
		if err != nil {
			log.Fatal(err)
		}
		for _, o := range orders {
			if !seen[o.ID] {
				seen[o.ID] = true
				queue <- o
			}
		}
		if len(queue) == 0 {
			return
		}
		if err := send(ctx, queue); err != nil {
			log.Print(err)
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func send(ctx context.Context, queue <-chan Order) error {
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
	for len(queue) > 0 {
		o := <-queue
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
	return nil
}
