package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Order is one record of the topics "orders" and "invoices".
type Order struct {
	ID    string `json:"order"`
	Cents int    `json:"cents"`
}

const ledgerURL = "http://localhost:8090/charges"

// Charge takes the money for an order. It returns nil only when the ledger has
// the charge. The order's number is the idempotency key: to charge the same
// order again is safe and takes no more money.
func Charge(ctx context.Context, o Order) error {
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, ledgerURL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", "order-"+o.ID)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("charge order %s: %w", o.ID, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("charge order %s: the ledger answered %s", o.ID, resp.Status)
	}
	return nil
}
