package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Order is one order of the outbox.
type Order struct {
	ID    string `json:"order"`
	Cents int    `json:"cents"`
}

const outboxURL = "http://localhost:8091/orders"

// Record is the event "this order is paid", as it goes to the topic "orders".
func (o Order) Record() *kgo.Record {
	value, err := json.Marshal(o)
	if err != nil {
		panic(err) // a text and a number can always be written
	}
	return &kgo.Record{Topic: "orders", Key: []byte(o.ID), Value: value}
}

// Pending returns the oldest orders that are not marked done, five at most. It
// returns none when the outbox is empty.
func Pending(ctx context.Context) ([]Order, error) {
	resp, err := ask(ctx, http.MethodGet, outboxURL)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	defer resp.Body.Close()
	var orders []Order
	if err := json.NewDecoder(resp.Body).Decode(&orders); err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return orders, nil
}

// MarkDone strikes an order out of the outbox: nobody will publish it again. To
// mark an order twice is harmless.
func MarkDone(ctx context.Context, o Order) error {
	resp, err := ask(ctx, http.MethodPost, outboxURL+"/"+url.PathEscape(o.ID)+"/done")
	if err != nil {
		return fmt.Errorf("mark order %s: %w", o.ID, err)
	}
	return resp.Body.Close()
}

// ask sends a request without a body and wants an answer of the kind 2xx.
func ask(ctx context.Context, method, to string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		resp.Body.Close()
		return nil, fmt.Errorf("the outbox answered %s", resp.Status)
	}
	return resp, nil
}
