package inhost

import (
	"fmt"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A rabbitConsumer is a consumer with what it does to its messages: by itself, or
// when a step says so.
type rabbitConsumer struct {
	in    *rabbits
	spec  rabbitStep
	takes time.Duration

	conn    *model.Connection
	channel *model.Channel // nil while it is not there
	life    int            // counts connections: what belongs to an earlier one is void
	dead    int            // counts crashes: work that died with the program has no effect
	held    []held         // delivered and not settled, oldest first
	inbox   []held         // waiting for the worker, who does one thing at a time
	busy    bool
}

// held is a delivery with the life that it belongs to.
type held struct {
	model.Delivery
	life, dead int
	worked     bool
}

// consumer makes a consumer and connects it.
func (r *rabbits) consumer(w rabbitStep) error {
	if r.consumers[w.Name] != nil {
		return cannot("there", w.Name, "there is a consumer %q already", w.Name)
	}
	takes, err := duration(w.Takes)
	if err != nil {
		return err
	}
	c := &rabbitConsumer{in: r, spec: w, takes: takes}
	if w.Service != "" {
		if _, ok := r.effects[w.Service]; !ok {
			return fmt.Errorf("there is no service %q", w.Service)
		}
	}
	r.consumers[w.Name] = c
	return c.connect()
}

// connect begins a life.
func (c *rabbitConsumer) connect() error {
	conn, ch, err := c.in.connect(c, c.spec.Name)
	if err != nil {
		return err
	}
	c.conn, c.channel, c.life = conn, ch, c.life+1
	ch.Qos(c.spec.Prefetch, false)
	var arguments wire.Table
	if c.spec.Priority != 0 {
		arguments = wire.Table{{Name: "x-priority", Value: int64(c.spec.Priority)}}
	}
	_, err = ch.Consume(c.spec.Queue, c.spec.Name, c.spec.Ack == "automatic", false, arguments)
	return err
}

// Ready, Deliver and Cancelled make it a model.Client.
func (c *rabbitConsumer) Ready() bool { return true }

// Deliver takes a message. What the consumer does with it comes after the model has
// done with the delivery.
func (c *rabbitConsumer) Deliver(d model.Delivery) {
	h := held{Delivery: d, life: c.life, dead: c.dead}
	if c.spec.Ack != "automatic" {
		c.held = append(c.held, h)
	}
	switch c.spec.Ack {
	case "before":
		c.later(0, func() {
			if h.life == c.life {
				c.settle(h, func() error { return c.channel.Ack(h.Tag, false) })
				c.accept(h)
			}
		})
	case "after", "automatic":
		c.later(0, func() { c.accept(h) })
	}
}

// Cancelled says that the queue is gone.
func (c *rabbitConsumer) Cancelled(int, string) {}

// later has the consumer do something, and the broker deliver what follows.
func (c *rabbitConsumer) later(d time.Duration, fn func()) {
	c.in.act(d, func() { c.in.run(fn) })
}

// accept puts a delivery before the worker.
func (c *rabbitConsumer) accept(h held) {
	if h.dead != c.dead {
		return
	}
	c.inbox = append(c.inbox, h)
	c.next()
}

// next begins the next work.
func (c *rabbitConsumer) next() {
	if c.busy || len(c.inbox) == 0 {
		return
	}
	h := c.inbox[0]
	c.inbox = c.inbox[1:]
	c.busy = true
	c.in.working++
	takes, own := c.in.takes[h.Number]
	if !own {
		takes = c.takes
	}
	c.in.act(takes, func() {
		c.in.working--
		c.in.run(func() { c.done(h) })
	})
}

// done is the end of a work: its effect, and its acknowledgement if the connection
// is still the one that the message came by.
func (c *rabbitConsumer) done(h held) {
	if h.dead != c.dead {
		return
	}
	c.in.serve(c.spec.Service, h.Number, h.Label)
	if c.spec.Ack == "after" && h.life == c.life {
		c.settle(h, func() error { return c.channel.Ack(h.Tag, false) })
	}
	c.busy = false
	c.next()
}

// settle takes a delivery out of what is held and tells the broker.
func (c *rabbitConsumer) settle(h held, tell func() error) {
	for i := range c.held {
		if c.held[i].Tag == h.Tag {
			c.held = append(c.held[:i:i], c.held[i+1:]...)
			break
		}
	}
	if err := tell(); err != nil && c.in.failed == nil {
		c.in.failed = err
	}
}

// do takes a step that names the consumer.
func (c *rabbitConsumer) do(do string, w rabbitStep) error {
	if do == "restart" {
		if c.channel != nil {
			return cannot("up", c.spec.Name, "%s runs already", c.spec.Name)
		}
		c.in.record(brokers.Event{Kind: brokers.Restarted, Consumer: c.spec.Name})
		return c.connect()
	}
	if c.channel == nil {
		return cannot("down", c.spec.Name, "%s does not run", c.spec.Name)
	}
	switch do {
	case "crash":
		c.strike(brokers.Crash)
		c.dead++
		c.busy, c.inbox = false, nil
		c.leave("crash")
		return nil
	case "disconnect":
		c.strike(brokers.Disconnected)
		c.leave("connection lost")
		return c.connect()
	case "cancel":
		c.channel.Cancel(c.spec.Name)
		return nil
	}
	return c.settleOldest(do, w)
}

// strike records what befalls the consumer.
func (c *rabbitConsumer) strike(kind brokers.Kind) {
	e := brokers.Event{Kind: kind, Consumer: c.spec.Name}
	if len(c.held) > 0 {
		e.Message, e.Label = c.held[0].Number, c.held[0].Label
	}
	c.in.record(e)
}

// leave ends the connection.
func (c *rabbitConsumer) leave(reason string) {
	c.held, c.channel = nil, nil
	c.conn.Close(reason)
}

// settleOldest does with the oldest delivery what a step says.
func (c *rabbitConsumer) settleOldest(do string, w rabbitStep) error {
	if len(c.held) == 0 {
		return cannot("empty", c.spec.Name, "%s holds no message", c.spec.Name)
	}
	if do == "work" {
		for i := range c.held {
			if !c.held[i].worked {
				c.held[i].worked = true
				c.in.serve(c.spec.Service, c.held[i].Number, c.held[i].Label)
				return nil
			}
		}
		return cannot("worked", c.spec.Name, "%s has done the work for all that it holds", c.spec.Name)
	}
	h := c.held[0]
	if w.Multiple {
		h = c.held[len(c.held)-1]
		c.held = nil
	}
	c.settle(h, func() error {
		switch do {
		case "ack":
			return c.channel.Ack(h.Tag, w.Multiple)
		case "nack":
			return c.channel.Nack(h.Tag, w.Multiple, w.Requeue)
		}
		return c.channel.Reject(h.Tag, w.Requeue)
	})
	return nil
}
