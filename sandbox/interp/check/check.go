// Package check is what a lab's check.go may ask and say. Such a file is a
// package main that imports "brokerlab/check"; it is interpreted in a child of its
// own, sees the journal of one run, and reports what it finds:
//
//	func main() {
//		for _, e := range check.Events() {
//			if e.Kind == "dead-lettered" && e.Reason != "rejected" {
//				check.Fail("dlx.reason", map[string]string{"reason": e.Reason}, e.Seq)
//				return
//			}
//		}
//		check.Pass()
//	}
//
// A check that says nothing, panics, or does not end is the author's mistake and
// never a pass.
package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// An Event is one thing that happened in the run; it mirrors an event of the journal.
type Event struct {
	Seq         uint64        `json:"seq"`                   // position in the journal, from 1
	At          time.Duration `json:"at"`                    // since the journal began, in nanoseconds
	Kind        string        `json:"kind"`                  // "published", "delivered", "acked"…
	Source      string        `json:"source,omitempty"`      // who recorded it: "rabbitmq", "ledger", "host"
	Client      string        `json:"client,omitempty"`      // the connection, such as "c1"
	Channel     int           `json:"channel,omitempty"`     // channel within the connection
	Place       string        `json:"place,omitempty"`       // queue, topic or account
	Exchange    string        `json:"exchange,omitempty"`    //
	Key         string        `json:"key,omitempty"`         // routing key or partition key
	Message     uint64        `json:"message,omitempty"`     // number of the message, from 1
	Label       string        `json:"label,omitempty"`       // what the lab calls the message
	Tag         uint64        `json:"tag,omitempty"`         // delivery tag or offset
	Consumer    string        `json:"consumer,omitempty"`    // consumer tag
	N           int64         `json:"n,omitempty"`           // a number whose meaning the kind gives
	Redelivered bool          `json:"redelivered,omitempty"` // delivered, or done, before
	Reason      string        `json:"reason,omitempty"`      //
	Line        int           `json:"line,omitempty"`        // line of the student's source
	File        string        `json:"file,omitempty"`        // its file; "" for main.go
}

// A Result is one verdict of a check.
type Result struct {
	Pass    bool              `json:"pass"`
	Message string            `json:"message,omitempty"` // id of a message of the lab, when it failed
	Params  map[string]string `json:"params,omitempty"`
	Seqs    []uint64          `json:"seqs,omitempty"` // events that show it, in the order given
}

// Limits on what one run of a check may say.
const (
	MaxResults = 64
	maxParams  = 16
	maxText    = 256 // bytes of a message id, a parameter's name or its value
	maxSeqs    = 64
)

var state struct {
	sync.Mutex
	events  []Event
	results []Result
	known   map[uint64]bool
}

// Events gives the run's events in their order. The slice is the caller's own.
func Events() []Event {
	state.Lock()
	defer state.Unlock()
	return slices.Clone(state.events)
}

// Pass says that all is well.
func Pass() { add(Result{Pass: true}) }

// Fail says what is wrong: the id of a message of the lab, what to put into it,
// and the events that show it. It panics when a limit is met or when an event
// does not exist, since either is a mistake in the check.
func Fail(messageID string, params map[string]string, seqs ...uint64) {
	switch {
	case messageID == "":
		panic("check.Fail: the message id is empty")
	case len(messageID) > maxText:
		panic(fmt.Sprintf("check.Fail: the message id has %d bytes, at most %d are allowed", len(messageID), maxText))
	case len(params) > maxParams:
		panic(fmt.Sprintf("check.Fail: %d params, at most %d are allowed", len(params), maxParams))
	case len(seqs) > maxSeqs:
		panic(fmt.Sprintf("check.Fail: %d events, at most %d are allowed", len(seqs), maxSeqs))
	}
	for k, v := range params {
		if len(k) > maxText || len(v) > maxText {
			panic(fmt.Sprintf("check.Fail: the param %.40q has more than %d bytes", k, maxText))
		}
	}
	add(Result{Message: messageID, Params: maps.Clone(params), Seqs: slices.Clone(seqs)})
}

func add(r Result) {
	state.Lock()
	defer state.Unlock()
	if len(state.results) == MaxResults {
		panic(fmt.Sprintf("check: more than %d results", MaxResults))
	}
	for _, seq := range r.Seqs {
		if !state.known[seq] {
			panic(fmt.Sprintf("check.Fail: there is no event %d", seq))
		}
	}
	state.results = append(state.results, r)
}

// Begin hands over a journal, a JSON list of events, and forgets earlier results.
// It is for the child that runs a check; a check cannot call it.
func Begin(journal []byte) error {
	var events []Event
	dec := json.NewDecoder(bytes.NewReader(journal))
	if err := dec.Decode(&events); err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	known := make(map[uint64]bool, len(events))
	for _, e := range events {
		known[e.Seq] = true
	}
	state.Lock()
	defer state.Unlock()
	state.events, state.results, state.known = events, nil, known
	return nil
}

// Results gives what the check said so far. A check cannot call it.
func Results() []Result {
	state.Lock()
	defer state.Unlock()
	return slices.Clone(state.results)
}
