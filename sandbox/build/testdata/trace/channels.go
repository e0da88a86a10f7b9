package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

type acker struct{}

func (acker) Ack(tag uint64, multiple bool) error { fmt.Println("ack", tag, multiple); return nil }
func (acker) Nack(tag uint64, multiple, requeue bool) error {
	fmt.Println("nack", tag, requeue)
	return nil
}
func (acker) Reject(tag uint64, requeue bool) error { fmt.Println("reject", tag); return nil }

func feed(n int) <-chan amqp.Delivery {
	ch := make(chan amqp.Delivery)
	go func() {
		defer close(ch)
		for i := range n { ch <- amqp.Delivery{Acknowledger: acker{}, DeliveryTag: uint64(i + 1)} }
	}()
	return ch
}

func main() {
	for d := range feed(2) { d.Ack(false) }
	for range feed(1) {}
	ch := feed(5)
	d := <-ch
	d.Nack(false, true)
	if d, ok := <-ch; ok { d.Reject(false) }
	// Of each select one case alone can be taken: which of two, Go draws.
	full := make(chan error)
	select {
	case d, ok := <-ch: d.Ack(ok)
	case full <- fmt.Errorf("never ready"):
	}
	done := make(chan error, 1)
	var none <-chan amqp.Delivery
	select {
	case d, ok := <-none: d.Ack(ok)
	case done <- fmt.Errorf("ready"):
		fmt.Println("sent", <-done)
		(<-ch).Ack(true)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			select {
			case <-ctx.Done():
				return
			case d, ok := <-ch:
				if !ok { return }
				d.Ack(false)
			}
		}
	}()
	wg.Wait()
	fmt.Println(len(ch))
}
