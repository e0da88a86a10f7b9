// A relay that publishes the orders of an outbox and loses none.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	brokerURL    = "amqp://guest:guest@localhost:5672/"
	confirmWait  = 5 * time.Second // longer, and the answer counts as lost
	firstPause   = 20 * time.Millisecond
	longestPause = 5 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := relay(ctx); err != nil {
		log.Fatal(err)
	}
}

// relay empties the outbox. What it needs to know after a lost connection is in
// the outbox: each order that is not marked is published again.
func relay(ctx context.Context) error {
	pause := firstPause
	for {
		err := empty(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		log.Printf("%v; trying again in %s", err, pause)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

// empty publishes orders over one connection until the outbox is empty or
// something fails.
func empty(ctx context.Context) error {
	conn, err := amqp.Dial(brokerURL)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		return fmt.Errorf("open a channel: %w", err)
	}
	if err := ch.Confirm(false); err != nil {
		return fmt.Errorf("ask for confirms: %w", err)
	}
	for {
		orders, err := Pending(ctx)
		if err != nil {
			return err
		}
		if len(orders) == 0 {
			return nil
		}
		for _, o := range orders {
			if err := publish(ctx, ch, o); err != nil {
				return err
			}
			if err := MarkDone(ctx, o); err != nil {
				return err
			}
		}
	}
}

// publish returns nil when the broker has confirmed the order. After an error
// nobody knows whether the broker has it.
func publish(ctx context.Context, ch *amqp.Channel, o Order) error {
	ctx, cancel := context.WithTimeout(ctx, confirmWait)
	defer cancel()
	msg, err := o.Message()
	if err != nil {
		return fmt.Errorf("order %s: %w", o.ID, err)
	}
	confirm, err := ch.PublishWithDeferredConfirmWithContext(ctx, "", "orders", false, false, msg)
	if err != nil {
		return fmt.Errorf("publish order %s: %w", o.ID, err)
	}
	acked, err := confirm.WaitContext(ctx)
	if err != nil {
		return fmt.Errorf("order %s: no answer: %w", o.ID, err)
	}
	if !acked { // the broker refused it, or the channel is gone
		return fmt.Errorf("order %s was not confirmed", o.ID)
	}
	return nil
}
