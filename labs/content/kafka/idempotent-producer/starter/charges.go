package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const ledgerURL = "http://localhost:8090/charges"

// ChargeAll is the reader of the topic "orders". In a company it would be another
// program, of another team. It reads from the first record to the last one there
// is, and charges each. What it has charged before it does not know, and need not:
// the ledger knows, by the id of the event.
func ChargeAll(ctx context.Context) error {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(brokers...),
		kgo.ConsumeTopics("orders"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	ends, err := kadm.NewClient(cl).ListEndOffsets(ctx, "orders")
	if err != nil {
		return fmt.Errorf("find the end of the topic: %w", err)
	}
	end, _ := ends.Lookup("orders", 0)
	for next := int64(0); next < end.Offset; {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return err
		}
		for _, r := range fetches.Records() {
			if err := charge(ctx, r); err != nil {
				return err
			}
			next = r.Offset + 1
		}
	}
	return nil
}

// charge takes the money. Two events with the same id are the same event, and the
// ledger takes the money once. An event without an id it cannot recognise.
func charge(ctx context.Context, r *kgo.Record) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, ledgerURL, bytes.NewReader(r.Value))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	for _, h := range r.Headers {
		if h.Key == "id" {
			req.Header.Set("Idempotency-Key", string(h.Value))
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("charge the order of record %d: %w", r.Offset, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("charge the order of record %d: the ledger answered %s", r.Offset, resp.Status)
	}
	return nil
}
