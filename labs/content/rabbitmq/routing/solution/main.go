// A router that brings each order to its department, and puts aside what no
// department takes.
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
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	brokerURL   = "amqp://guest:guest@localhost:5672/"
	confirmWait = 5 * time.Second
)

// Order is one message of the queue "incoming".
type Order struct {
	ID   string `json:"order"`
	Kind string `json:"kind"`
}

// errNoQueue says that no binding of the exchange took a message.
var errNoQueue = errors.New("no queue takes it")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := route(ctx); err != nil {
		log.Fatal(err)
	}
}

// route handles orders until ctx is done or the connection to the broker ends.
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
	if err := ch.Qos(1, 0, false); err != nil {
		return fmt.Errorf("set the prefetch: %w", err)
	}
	p := &publisher{ch, ch.NotifyReturn(make(chan amqp.Return, 1))}
	deliveries, err := ch.ConsumeWithContext(ctx, "incoming", "router", false, false, false, false, nil)
	if err != nil {
		return fmt.Errorf("consume: %w", err)
	}
	for d := range deliveries {
		if err := p.handle(ctx, d); err != nil {
			return err
		}
	}
	if ctx.Err() == nil {
		return errors.New("the broker closed the connection")
	}
	return nil
}

// declare makes both exchanges and their bindings. The queues are there.
func declare(ch *amqp.Channel) error {
	for exchange, kind := range map[string]string{"shop": amqp.ExchangeDirect, "news": amqp.ExchangeFanout} {
		if err := ch.ExchangeDeclare(exchange, kind, true, false, false, false, nil); err != nil {
			return fmt.Errorf("declare %s: %w", exchange, err)
		}
	}
	for _, department := range []string{"books", "music", "games"} {
		if err := ch.QueueBind(department, department, "shop", false, nil); err != nil {
			return fmt.Errorf("bind %s: %w", department, err)
		}
	}
	for _, listener := range []string{"audit", "search"} {
		if err := ch.QueueBind(listener, "", "news", false, nil); err != nil { // a fanout looks at no key
			return fmt.Errorf("bind %s: %w", listener, err)
		}
	}
	return nil
}

// A publisher waits for the broker's word on each message.
type publisher struct {
	ch      *amqp.Channel
	returns <-chan amqp.Return
}

// handle brings one order to its department, announces it and settles it.
func (p *publisher) handle(ctx context.Context, d amqp.Delivery) error {
	var o Order
	if err := json.Unmarshal(d.Body, &o); err != nil {
		return d.Reject(false)
	}
	switch err := p.publish(ctx, "shop", o.Kind, d.Body); {
	case errors.Is(err, errNoQueue):
		log.Printf("order %s: %q is nobody's", o.ID, o.Kind)
		return d.Reject(false) // not requeued: it goes to incoming.dead
	case err != nil:
		return err
	}
	if err := p.publish(ctx, "news", "", d.Body); err != nil {
		return err
	}
	return d.Ack(false)
}

// publish returns nil when a queue has the message, and errNoQueue when none
// wants it.
func (p *publisher) publish(ctx context.Context, exchange, key string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, confirmWait)
	defer cancel()
	const mandatory = true
	confirm, err := p.ch.PublishWithDeferredConfirmWithContext(ctx, exchange, key, mandatory, false, amqp.Publishing{
		ContentType: "application/json", DeliveryMode: amqp.Persistent, Body: body,
	})
	if err != nil {
		return fmt.Errorf("publish to %s: %w", exchange, err)
	}
	acked, err := confirm.WaitContext(ctx)
	if err != nil {
		return fmt.Errorf("publish to %s: no answer: %w", exchange, err)
	}
	select {
	case <-p.returns: // the broker sends it before the confirm
		return errNoQueue
	default:
	}
	if !acked {
		return fmt.Errorf("publish to %s: not confirmed", exchange)
	}
	return nil
}
