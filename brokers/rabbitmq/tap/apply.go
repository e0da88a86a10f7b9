package tap

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// applyTime bounds how long the initial state may take.
const applyTime = 20 * time.Second

// Apply makes the state that a lab starts with, in the real broker and over its
// protocol. The actions are those of the miniature:
//
//	declare  queue, or exchange and type; durable, exclusive, auto_delete, arguments
//	bind     queue, exchange, key
//	publish  exchange, key, body, headers, count
func (b *Broker) Apply(actions []brokers.Action) error {
	ctx, cancel := context.WithTimeout(b.ctx, applyTime)
	defer cancel()
	if err := b.listen(); err != nil {
		return err
	}
	conn, ch, err := b.login(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // everything was confirmed
	if err := ch.Confirm(false); err != nil {
		return fmt.Errorf("rabbitmq: ask the real broker for confirms: %w", err)
	}
	for i, a := range actions {
		if err := b.applyOne(ctx, ch, a); err != nil {
			return fmt.Errorf("rabbitmq: action %d, %s: %w", i+1, a.Do, err)
		}
	}
	return nil
}

// login opens a connection of the lab's own. The end of ctx ends it.
func (b *Broker) login(ctx context.Context) (*amqp.Connection, *amqp.Channel, error) {
	up, err := b.cfg.Dial(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("rabbitmq: the real broker cannot be reached: %w", err)
	}
	context.AfterFunc(ctx, func() { _ = up.Close() })
	conn, err := amqp.Open(up, amqp.Config{
		Vhost: b.cfg.VHost, SASL: []amqp.Authentication{&amqp.PlainAuth{Username: b.cfg.User, Password: b.cfg.Password}},
	})
	if err != nil {
		_ = up.Close()
		return nil, nil, fmt.Errorf("rabbitmq: log in to the real broker: %w", cmp.Or(context.Cause(ctx), err))
	}
	ch, err := conn.Channel()
	if err != nil {
		_ = conn.Close()
		return nil, nil, fmt.Errorf("rabbitmq: open a channel of the real broker: %w", cmp.Or(context.Cause(ctx), err))
	}
	return conn, ch, nil
}

// A step is what an action may say.
type step struct {
	Queue      string         `json:"queue"`
	Exchange   string         `json:"exchange"`
	Type       string         `json:"type"`
	Key        string         `json:"key"`
	Body       any            `json:"body"`
	Headers    map[string]any `json:"headers"`
	Arguments  map[string]any `json:"arguments"`
	Durable    bool           `json:"durable"`
	Exclusive  bool           `json:"exclusive"`
	AutoDelete bool           `json:"auto_delete"`
	Count      int            `json:"count"`
}

func (b *Broker) applyOne(ctx context.Context, ch *amqp.Channel, a brokers.Action) error {
	text, err := json.Marshal(a.With)
	if err != nil {
		return fmt.Errorf("fields: %w", err)
	}
	var w step
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return fmt.Errorf("fields: %w", err)
	}
	arguments := tableOf(w.Arguments)
	switch a.Do {
	case "declare":
		return b.applyDeclare(ch, w, arguments)
	case "bind":
		if err := ch.QueueBind(w.Queue, w.Key, w.Exchange, false, arguments); err != nil {
			return err
		}
		b.seq.Do(func() { b.book.bind(binding{w.Queue, w.Exchange, w.Key}, nil) })
		return nil
	case "publish":
		return b.applyPublish(ctx, ch, w)
	}
	return fmt.Errorf("unknown action, want declare, bind or publish")
}

func (b *Broker) applyDeclare(ch *amqp.Channel, w step, arguments amqp.Table) error {
	if w.Queue == "" && w.Exchange != "" {
		err := ch.ExchangeDeclare(w.Exchange, cmp.Or(w.Type, "direct"), w.Durable, w.AutoDelete, false, false, arguments)
		if err == nil {
			b.seq.Do(func() { b.book.declareExchange(w.Exchange, cmp.Or(w.Type, "direct"), nil) })
		}
		return err
	}
	q, err := ch.QueueDeclare(w.Queue, w.Durable, w.AutoDelete, w.Exclusive, false, arguments)
	if err != nil {
		return err
	}
	b.seq.Do(func() {
		b.book.declare(&wire.QueueDeclare{
			Durable: w.Durable, Exclusive: w.Exclusive, AutoDelete: w.AutoDelete, Arguments: fieldsOf(w.Arguments),
		}, q.Name, nil)
	})
	return nil
}

func (b *Broker) applyPublish(ctx context.Context, ch *amqp.Channel, w step) error {
	body := []byte{}
	if text, ok := w.Body.(string); ok {
		body = []byte(text)
	} else {
		var err error
		if body, err = json.Marshal(w.Body); err != nil {
			return fmt.Errorf("body: %w", err)
		}
	}
	for range max(w.Count, 1) {
		confirm, err := ch.PublishWithDeferredConfirmWithContext(ctx, w.Exchange, w.Key, false, false,
			amqp.Publishing{Headers: tableOf(w.Headers), Body: body})
		if err != nil {
			return err
		}
		if ok, err := confirm.WaitContext(ctx); err != nil || !ok {
			return fmt.Errorf("the broker did not take the message: confirmed %v, %w", ok, err)
		}
		b.seq.Do(func() {
			label := ""
			if len(body) <= maxLook {
				label = b.book.label(body)
			}
			headers := tableOf(w.Headers)
			at := shelfKey{fingerprintOf(uint64(len(body)), body), w.Exchange, w.Key, deathsOf(headers).String()}
			b.book.publish(at, deathsOf(headers), label, false, nil)
		})
	}
	return nil
}

// tableOf makes a field table of what stood in a lab's file. Whole numbers become
// int64.
func tableOf(from map[string]any) amqp.Table {
	if from == nil {
		return nil
	}
	t := make(amqp.Table, len(from))
	for name, value := range from {
		t[name] = fieldOf(value)
	}
	return t
}

func fieldOf(value any) any {
	switch v := value.(type) {
	case float64: // as JSON has all numbers
		if whole := int64(v); float64(whole) == v {
			return whole
		}
	case map[string]any:
		return tableOf(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = fieldOf(v[i])
		}
		return out
	}
	return value
}

// fieldsOf is the same for the book, which looks at texts only.
func fieldsOf(from map[string]any) wire.Table {
	var t wire.Table
	for name, value := range from {
		if f := fieldOf(value); f != nil {
			if _, nested := f.(amqp.Table); !nested {
				t = append(t, wire.Field{Name: name, Value: f})
			}
		}
	}
	return t
}
