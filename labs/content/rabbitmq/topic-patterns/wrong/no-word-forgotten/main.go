// expect: one-pattern, key-missing
//go:build wrong

// Forgets that a key may end where the wildcard begins.
package main

import (
	"fmt"
	"log"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	brokerURL = "amqp://guest:guest@localhost:5672/"
	exchange  = "user_events"
)

// A rule lets the messages whose key matches the pattern into the queue.
type rule struct{ queue, pattern string }

var rules = []rule{
	{"audit", "user.#"},
	{"profiles", "user.${area}.*"},
	{"profiles", "user.${area}.*.*"},
	{"notifications", "*.${area}.*"},
	{"billing", "#.${bad}"},
	{"security", "*.${sign}"},
	{"security", "*.password.*"},
}

func main() {
	if err := bind(); err != nil {
		log.Fatal(err)
	}
}

// bind makes a binding of every rule. The exchange and the queues are there.
func bind() error {
	conn, err := amqp.Dial(brokerURL)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		return fmt.Errorf("open a channel: %w", err)
	}
	for _, r := range rules {
		if err := ch.QueueBind(r.queue, r.pattern, exchange, false, nil); err != nil {
			return fmt.Errorf("bind %s with %q: %w", r.queue, r.pattern, err)
		}
	}
	return nil
}
