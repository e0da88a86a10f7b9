// A publisher and a worker in one program, as a student would write them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

type order struct {
	ID    int `json:"id"`
	Cents int `json:"cents"`
}

var errTooMuch = errors.New("too much")

func main() {
	conn, err := amqp.Dial(os.Getenv("AMQP_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	if err := run(conn); err != nil {
		log.Fatal(err)
	}
}

func run(conn *amqp.Connection) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	ch, err := conn.Channel()
	if err != nil {
		return fmt.Errorf("channel: %w", err)
	}
	q, err := ch.QueueDeclare("orders", true, false, false, false, amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
	if err != nil {
		return fmt.Errorf("declare: %w", err)
	}
	if _, err := ch.QueueDeclare("dead", true, false, false, false, nil); err != nil {
		return err
	}
	if err := ch.Confirm(false); err != nil {
		return err
	}
	confirms := ch.NotifyPublish(make(chan amqp.Confirmation, 10))
	for id := 1; id <= 5; id++ {
		body, err := json.Marshal(order{ID: id, Cents: id * 100})
		if err != nil {
			return err
		}
		if err := ch.PublishWithContext(ctx, "", q.Name, false, false, amqp.Publishing{ContentType: "application/json", Body: body, MessageId: fmt.Sprint(id)}); err != nil {
			return err
		}
		c := <-confirms
		fmt.Println("confirmed", c.DeliveryTag, c.Ack)
	}
	if err := ch.Qos(1, 0, false); err != nil {
		return err
	}
	deliveries, err := ch.ConsumeWithContext(ctx, q.Name, "worker", false, false, false, false, nil)
	if err != nil {
		return err
	}
	seen := 0
	for d := range deliveries {
		err := handle(d)
		switch {
		case errors.Is(err, errTooMuch) && d.Redelivered:
			fmt.Println("dead:", d.MessageId)
			err = d.Reject(false)
			seen++
		case errors.Is(err, errTooMuch):
			fmt.Println("again:", err)
			err = d.Nack(false, true)
		case err == nil:
			err = d.Ack(false)
			seen++
		}
		if err != nil {
			return err
		}
		if seen == 5 {
			break
		}
	}
	_, err = ch.QueueDeclarePassive("nowhere", true, false, false, false, nil)
	var ae *amqp.Error
	if errors.As(err, &ae) {
		fmt.Println("refused:", ae.Code)
	}
	return nil
}

func handle(d amqp.Delivery) error {
	var o order
	if err := json.Unmarshal(d.Body, &o); err != nil {
		return err
	}
	if o.Cents > 400 {
		return fmt.Errorf("order %d: %w", o.ID, errTooMuch)
	}
	fmt.Println("charged", o.ID, o.Cents, d.Redelivered)
	return nil
}
