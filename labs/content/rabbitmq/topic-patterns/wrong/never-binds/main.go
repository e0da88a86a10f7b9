// expect: one-pattern, none-bound
//go:build wrong

// Connects, and leaves the rest to whoever comes next.
package main

import (
	"fmt"
	"log"

	amqp "github.com/rabbitmq/amqp091-go"
)

const brokerURL = "amqp://guest:guest@localhost:5672/"

// A rule lets the messages whose key matches the pattern into the queue.
type rule struct{ queue, pattern string }

var rules = []rule{
	{"audit", "user.#"},
	{"profiles", "user.${area}.#"},
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

// bind looks whether the queues are there, and forgets what it came for.
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
		q, err := ch.QueueInspect(r.queue)
		if err != nil {
			return fmt.Errorf("look at %s: %w", r.queue, err)
		}
		log.Printf("%s is there, with %d messages", q.Name, q.Messages)
	}
	return nil
}
