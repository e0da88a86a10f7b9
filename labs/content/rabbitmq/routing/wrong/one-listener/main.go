// expect: announced, missed
//go:build wrong

// Binds one of the two listeners, as if a fanout exchange knew the other.
package main

import (
	"encoding/json"
	"log"

	amqp "github.com/rabbitmq/amqp091-go"
)

type Order struct {
	ID   string `json:"order"`
	Kind string `json:"kind"`
}

func main() {
	conn, err := amqp.Dial("amqp://guest:guest@localhost:5672/")
	check(err)
	defer conn.Close()
	ch, err := conn.Channel()
	check(err)
	check(ch.ExchangeDeclare("shop", "direct", true, false, false, false, nil))
	check(ch.ExchangeDeclare("news", "fanout", true, false, false, false, nil))
	for _, q := range []string{"books", "music", "games"} {
		check(ch.QueueBind(q, q, "shop", false, nil))
	}
	check(ch.QueueBind("audit", "", "news", false, nil))
	check(ch.Confirm(false))
	check(ch.Qos(1, 0, false))
	returns := ch.NotifyReturn(make(chan amqp.Return, 1))
	deliveries, err := ch.Consume("incoming", "router", false, false, false, false, nil)
	check(err)
	for d := range deliveries {
		var o Order
		check(json.Unmarshal(d.Body, &o))
		publish(ch, "shop", o.Kind, d.Body)
		select {
		case <-returns:
			check(d.Reject(false))
			continue
		default:
		}
		publish(ch, "news", "", d.Body)
		check(d.Ack(false))
	}
}

// publish returns when the broker has confirmed the message.
func publish(ch *amqp.Channel, exchange, key string, body []byte) {
	confirm, err := ch.PublishWithDeferredConfirm(exchange, key, true, false, amqp.Publishing{Body: body})
	check(err)
	if !confirm.Wait() {
		log.Fatal("not confirmed")
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
