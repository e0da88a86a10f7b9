package inhost

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// rabbits are the publishers and consumers of a scene with RabbitMQ.
type rabbits struct {
	*stage
	node       *model.Node
	setup      *model.Channel
	publishers map[string]*rabbitPublisher
	consumers  map[string]*rabbitConsumer
	label      string                   // of the message that is being published
	takes      map[uint64]time.Duration // what the work for a message takes, where it says so
}

type rabbitPublisher struct {
	channel  *model.Channel
	confirms bool
}

func newRabbits(s *stage) cast {
	r := &rabbits{stage: s, publishers: make(map[string]*rabbitPublisher), consumers: make(map[string]*rabbitConsumer), takes: make(map[uint64]time.Duration)}
	r.node = model.NewNode(s.clock, s.journal, brokers.DefaultQuota(), func([]byte) string { return r.label }, r.run)
	r.setup = r.node.VHost("/").Setup()
	return r
}

func (r *rabbits) state() brokers.State { return r.node.Picture() }

// run takes a step of the model, and makes the deliveries that follow from it.
func (r *rabbits) run(step func()) {
	if r.over() {
		return
	}
	step()
	for !r.over() && r.node.DeliverNext() {
	}
}

// A rabbitStep is a step with all the fields that its verb may have.
type rabbitStep struct {
	Name        string         `json:"name"`
	Type        string         `json:"type"`
	Durable     bool           `json:"durable"`
	Internal    bool           `json:"internal"`
	AutoDelete  bool           `json:"auto_delete"`
	Arguments   map[string]any `json:"arguments"`
	Queue       string         `json:"queue"`
	Destination string         `json:"destination"`
	Exchange    string         `json:"exchange"`
	Key         string         `json:"key"`
	Confirms    bool           `json:"confirms"`
	Prefetch    int            `json:"prefetch"`
	Ack         string         `json:"ack"`
	Takes       string         `json:"takes"`
	Service     string         `json:"service"`
	Priority    int            `json:"priority"`
	From        string         `json:"from"`
	Label       string         `json:"label"`
	Headers     map[string]any `json:"headers"`
	Expiration  string         `json:"expiration"`
	Mandatory   bool           `json:"mandatory"`
	Count       int            `json:"count"`
	Consumer    string         `json:"consumer"`
	Multiple    bool           `json:"multiple"`
	Requeue     bool           `json:"requeue"`
}

// decode fills in the fields of a step, strictly.
func decode(with map[string]any, into any) error {
	raw, err := json.Marshal(with)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// do takes one step.
func (r *rabbits) do(step brokers.Action) error {
	var w rabbitStep
	if err := decode(step.With, &w); err != nil {
		return err
	}
	arguments, err := fieldTable(w.Arguments)
	if err != nil {
		return fmt.Errorf("arguments: %w", err)
	}
	r.run(func() { err = r.doNow(step.Do, w, arguments) })
	return err
}

func (r *rabbits) doNow(do string, w rabbitStep, arguments wire.Table) error {
	switch do {
	case "exchange":
		return r.setup.DeclareExchange(model.ExchangeSpec{Name: w.Name, Kind: cmp.Or(w.Type, "direct"), Durable: w.Durable, Internal: w.Internal, Arguments: arguments})
	case "queue":
		_, err := r.setup.DeclareQueue(model.QueueSpec{Name: w.Name, Durable: w.Durable, AutoDelete: w.AutoDelete, Arguments: arguments})
		return err
	case "bind", "unbind":
		return r.bind(do, w, arguments)
	case "delete":
		_, err := r.setup.DeleteQueue(w.Queue, false, false)
		return err
	case "publisher":
		return r.publisher(w)
	case "publish":
		return r.publish(w)
	case "consumer":
		return r.consumer(w)
	}
	c, ok := r.consumers[w.Consumer]
	if !ok {
		return fmt.Errorf("there is no consumer %q, expected one of %q", w.Consumer, slices.Sorted(maps.Keys(r.consumers)))
	}
	return c.do(do, w)
}

func (r *rabbits) bind(do string, w rabbitStep, arguments wire.Table) error {
	if (w.Queue == "") == (w.Destination == "") {
		return fmt.Errorf("expected queue or destination, exactly one of the two")
	}
	switch {
	case do == "unbind" && w.Queue != "":
		return r.setup.Unbind(w.Queue, w.Exchange, w.Key, arguments)
	case do == "unbind":
		return r.setup.UnbindExchange(w.Destination, w.Exchange, w.Key, arguments)
	case w.Queue != "":
		return r.setup.Bind(w.Queue, w.Exchange, w.Key, arguments)
	}
	return r.setup.BindExchange(w.Destination, w.Exchange, w.Key, arguments)
}

// publisher makes a publisher.
func (r *rabbits) publisher(w rabbitStep) error {
	if r.publishers[w.Name] != nil {
		return cannot("there", w.Name, "there is a publisher %q already", w.Name)
	}
	_, ch, err := r.connect(listener{}, w.Name)
	if err != nil {
		return err
	}
	r.publishers[w.Name] = &rabbitPublisher{ch, w.Confirms}
	if w.Confirms {
		return ch.SelectConfirms()
	}
	return nil
}

// connect opens a connection and a channel.
func (r *rabbits) connect(client model.Client, name string) (*model.Connection, *model.Channel, error) {
	conn, err := r.node.Enter(client, "/", "guest", name)
	if err != nil {
		return nil, nil, err
	}
	ch, err := conn.Open(1)
	return conn, ch, err
}

// listener is a client that nothing is delivered to.
type listener struct{}

func (listener) Ready() bool            { return true }
func (listener) Deliver(model.Delivery) {}
func (listener) Cancelled(int, string)  {}

// publish publishes one message or several. Without a publisher's name it is the
// first who does, or the broker itself.
func (r *rabbits) publish(w rabbitStep) error {
	p := &rabbitPublisher{channel: r.setup}
	if names := slices.Sorted(maps.Keys(r.publishers)); w.From != "" || len(names) == 1 {
		if w.From == "" {
			w.From = names[0]
		}
		if p = r.publishers[w.From]; p == nil {
			return fmt.Errorf("there is no publisher %q, expected one of %q", w.From, names)
		}
	}
	m := model.Publishing{Exchange: w.Exchange, Key: w.Key, Mandatory: w.Mandatory, Body: []byte(w.Label)}
	headers, err := fieldTable(w.Headers)
	if err != nil {
		return fmt.Errorf("headers: %w", err)
	}
	if headers != nil {
		m.Properties = m.Properties.WithHeaders(headers)
	}
	if w.Priority > 0 {
		m.Properties.Priority = uint8(w.Priority) //nolint:gosec // the reader of scenes bounds it
		m.Properties.Has |= wire.HasPriority
	}
	if w.Expiration != "" {
		d, err := duration(w.Expiration)
		if err != nil {
			return err
		}
		m.Properties.Expiration = strconv.FormatInt(d.Milliseconds(), 10)
		m.Properties.Has |= wire.HasExpiration
	}
	takes, err := duration(w.Takes)
	if err != nil {
		return err
	}
	r.label = w.Label
	for range max(w.Count, 1) {
		receipt, err := p.channel.Publish(m)
		if err != nil {
			return err
		}
		if w.Takes != "" {
			r.takes[receipt.Number] = takes
		}
		if p.confirms {
			p.channel.Confirm(receipt)
		}
	}
	return nil
}

// duration reads a time; none is zero.
func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(text)
}

// fieldTable makes a field table of what YAML had: text, whole numbers, flags.
func fieldTable(from map[string]any) (wire.Table, error) {
	var t wire.Table
	for _, name := range slices.Sorted(maps.Keys(from)) {
		value := from[name]
		switch v := value.(type) {
		case string, bool:
		case float64: // as JSON has all numbers
			value = int64(v)
		default:
			return nil, fmt.Errorf("%s is a %T, expected text, a whole number, true or false", name, v)
		}
		t = append(t, wire.Field{Name: name, Value: value})
	}
	return t, nil
}
