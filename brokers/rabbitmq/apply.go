package rabbitmq

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// Apply makes the state that a lab starts with. The actions are
//
//	declare  queue, or exchange and type; durable, exclusive, internal, auto_delete, arguments
//	bind     queue, or destination for another exchange; exchange, key, arguments
//	publish  exchange, key, body, headers, count
//	vhost    name
//	user     name, password, tags (administrator and the like, for the management requests)
//	permission  user, configure, write, read
//
// All but vhost and user take place in the virtual host vhost, or in "/".
func (b *Broker) Apply(actions []brokers.Action) error {
	var err error
	b.seq.Do(func() {
		for i, a := range actions {
			if err = applyOne(b.node, a); err != nil {
				err = fmt.Errorf("rabbitmq: action %d, %s: %w", i+1, a.Do, err)
				return
			}
			b.deliverAll(nil)
		}
	})
	return err
}

// A step is what an action may say.
type step struct {
	Queue       string         `json:"queue"`
	Exchange    string         `json:"exchange"`
	Destination string         `json:"destination"`
	Type        string         `json:"type"`
	Key         string         `json:"key"`
	Body        any            `json:"body"`
	Headers     map[string]any `json:"headers"`
	Arguments   map[string]any `json:"arguments"`
	Durable     bool           `json:"durable"`
	Internal    bool           `json:"internal"`
	Exclusive   bool           `json:"exclusive"`
	AutoDelete  bool           `json:"auto_delete"`
	Count       int            `json:"count"`
	VHost       string         `json:"vhost"`
	Name        string         `json:"name"`
	User        string         `json:"user"`
	Password    string         `json:"password"`
	Tags        []string       `json:"tags"`
	Configure   string         `json:"configure"`
	Write       string         `json:"write"`
	Read        string         `json:"read"`
}

// applyOne makes one step.
func applyOne(node *model.Node, a brokers.Action) error {
	var w step
	if err := fields(a.With, &w); err != nil {
		return err
	}
	arguments, err := tableOf("arguments", w.Arguments)
	if err != nil {
		return err
	}
	w.VHost = cmp.Or(w.VHost, "/")
	v := node.VHost(w.VHost)
	switch {
	case a.Do == "vhost":
		_, err := node.AddVHost(w.Name)
		return err
	case a.Do == "user":
		err := node.AddUser(w.Name, w.Password)
		node.Tag(w.Name, w.Tags...)
		return err
	case a.Do == "permission":
		return node.Permit(w.User, w.VHost, w.Configure, w.Write, w.Read)
	case v == nil:
		return fmt.Errorf("there is no virtual host %q", w.VHost)
	}
	ch := v.Setup()
	switch a.Do {
	case "declare":
		if w.Queue == "" && w.Exchange != "" {
			w.Type = cmp.Or(w.Type, "direct")
			return ch.DeclareExchange(model.ExchangeSpec{Name: w.Exchange, Kind: w.Type, Durable: w.Durable, AutoDelete: w.AutoDelete, Internal: w.Internal, Arguments: arguments})
		}
		_, err := ch.DeclareQueue(model.QueueSpec{Name: w.Queue, Durable: w.Durable, Exclusive: w.Exclusive, AutoDelete: w.AutoDelete, Arguments: arguments})
		return err
	case "bind":
		if w.Destination != "" {
			return ch.BindExchange(w.Destination, w.Exchange, w.Key, arguments)
		}
		return ch.Bind(w.Queue, w.Exchange, w.Key, arguments)
	case "publish":
		return applyPublish(ch, model.Publishing{Exchange: w.Exchange, Key: w.Key}, w.Body, w.Headers, w.Count)
	}
	return fmt.Errorf("unknown action, want declare, bind, publish, vhost, user or permission")
}

func applyPublish(ch *model.Channel, p model.Publishing, body any, headers map[string]any, count int) error {
	table, err := tableOf("headers", headers)
	if err != nil {
		return err
	}
	if table != nil {
		p.Properties = p.Properties.WithHeaders(table)
	}
	if text, ok := body.(string); ok {
		p.Body = []byte(text)
	} else if p.Body, err = json.Marshal(body); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	for range max(count, 1) {
		if _, err := ch.Publish(p); err != nil {
			return err
		}
	}
	return nil
}

// fields fills in the fields of a step, and refuses those that it does not know.
func fields(with map[string]any, into any) error {
	text, err := json.Marshal(with)
	if err != nil {
		return fmt.Errorf("fields: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("fields: %w", err)
	}
	return nil
}

// tableOf makes a field table of what stood in a lab's file. Whole numbers
// become int64.
func tableOf(what string, from map[string]any) (wire.Table, error) {
	var t wire.Table
	for _, name := range slices.Sorted(maps.Keys(from)) {
		value, err := fieldOf(from[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", what, name, err)
		}
		t = append(t, wire.Field{Name: name, Value: value})
	}
	return t, nil
}

func fieldOf(value any) (any, error) {
	switch v := value.(type) {
	case nil, bool, string:
		return v, nil
	case float64: // as JSON has all numbers
		if whole := int64(v); float64(whole) == v {
			return whole, nil
		}
		return v, nil
	case map[string]any:
		return tableOf("table", v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = fieldOf(v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("a %T, want text, a number, true or false, a list or a table", value)
}
