package main

import (
	"errors"
	"fmt"
	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	p := amqp.Publishing{ContentType: "text/plain", Body: []byte("hi"), DeliveryMode: amqp.Persistent, Headers: amqp.Table{"x-retry": int32(2)}}
	fmt.Println(p.ContentType, string(p.Body), p.DeliveryMode, p.Headers["x-retry"])
	e := &amqp.Error{Code: 404, Reason: "no queue"}
	var err error = fmt.Errorf("consume: %w", e)
	var ae *amqp.Error
	fmt.Println(errors.As(err, &ae), ae.Code)
	if err := p.Headers.Validate(); err != nil {
		fmt.Println(err)
	}
	_, err = amqp.Dial("amqp://guest:guest@127.0.0.1:1/")
	fmt.Println(err != nil)
	d := amqp.Delivery{RoutingKey: "a.b", Body: []byte("x")}
	handle := func(d amqp.Delivery) string { return d.RoutingKey + string(d.Body) }
	fmt.Println(handle(d))
}
