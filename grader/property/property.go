// Package property judges a journal. Each property is a pure function of the
// events and of the check's parameters; one that does not hold returns the
// fewest events that prove it.
//
// Read it in this order:
//
//	property.go   Result, Facts, and the table of all properties
//	history.go    the events of one queue, message by message
//	effects.go    at-least-once, at-most-once, no-ack-before-effect
//	flow.go       prefetch-at-most, dead-lettered, declared
//	publish.go    no-done-before-confirm, published-all
//	routing.go    routed, returns-handled
//	patterns.go   routed-exactly, bindings-at-most, and the probes for them
//	retry.go      retried-n-times, parked, none-blocked
//	logs.go       logs that stay: no-commit-before-effect, every-record-done,
//	              no-duplicates, per-key-order, replayed-from
//	copies.go     a table copied to an index: rows-indexed and its relatives
//	cluster.go    group-covers-all-partitions, replicated-to
//	written.go    what a service wants written: written-all, records-done-once
//	results.go    what comes of a stream: results-exactly
//	byhand.go     at a terminal: exchange-declared, published-as, taken;  topics.go: those of Kafka
//	access.go     vhosts-declared, users-declared, user-permissions, attempts-made
//	sight.go      what can be judged by a real broker's journal
//
// A message is followed by its number, and matched with what a service did by
// its label, which is what the lab calls the message (an order's id). A message
// without a label could not be read by the lab's own rule, and no effect is
// expected of it.
package property

import (
	"fmt"

	"github.com/brokerlab/brokerlab/brokers"
)

// Params are the parameters of a check as lab.yaml has them.
type Params map[string]any

// text returns a parameter that is a name.
func (p Params) text(name string) string {
	s, _ := p[name].(string)
	return s
}

// number returns a parameter that is a number; JSON makes floats of them all.
func (p Params) number(name string) int {
	switch n := p[name].(type) {
	case int:
		return n
	case float64:
		return int(n)
	}
	return 0
}

// Facts are what a failed check is told with. Words are not among them: the
// catalogue of messages has those.
type Facts struct {
	Label     string `json:"label,omitempty"`     // of the message that proves it
	Message   uint64 `json:"message,omitempty"`   // its number
	Queue     string `json:"queue,omitempty"`     //
	To        string `json:"to,omitempty"`        // the queue it should have gone to
	Service   string `json:"service,omitempty"`   //
	Count     int    `json:"count,omitempty"`     // how many, by message id
	Max       int    `json:"max,omitempty"`       // how many are allowed
	Line      int    `json:"line,omitempty"`      // of the student's source; 0 if unknown
	File      string `json:"file,omitempty"`      // of Line; "" for main.go
	FirstLine int    `json:"firstLine,omitempty"` // the call that was refused
	NextLine  int    `json:"nextLine,omitempty"`  // the call that the crash came before
	Crashed   bool   `json:"crashed,omitempty"`   // a fault was injected before it was decided
	Held      bool   `json:"held,omitempty"`      // the program had the message when the run ended
	End       string `json:"end,omitempty"`       // why the run ended, see trial.Outcome
	Code      int    `json:"code,omitempty"`      // exit code
	Waiting   string `json:"waiting,omitempty"`   // the client call it was blocked in
	Need      string `json:"need,omitempty"`      // the check that has to pass first
	What      string `json:"what,omitempty"`      // which quota
	Exchange  string `json:"exchange,omitempty"`  //
	Key       string `json:"key,omitempty"`       // routing key that went wrong
	User      string `json:"user,omitempty"`      //
	VHost     string `json:"vhost,omitempty"`     //
	Access    string `json:"access,omitempty"`    // configure, write or read
	// Params are what a check of the lab's own says with its message.
	Params  map[string]string `json:"params,omitempty"`
	Pattern string            `json:"pattern,omitempty"` // of the binding that let it in, or of one that should have
}

// A Result says whether a property holds.
type Result struct {
	OK      bool     `json:"ok"`
	Message string   `json:"message,omitempty"` // id of the way it failed
	Facts   Facts    `json:"facts,omitzero"`
	Events  []uint64 `json:"events,omitempty"` // the counter-example, oldest first
	// Unreached says that the run never came to what the property is about: what is
	// missing only follows from something that went wrong before.
	Unreached bool `json:"unreached,omitempty"`
}

// A Func judges a journal.
type Func func(events []brokers.Event, p Params) Result

// Funcs are the properties by name. The catalogue in labs lists the same.
var Funcs = map[string]Func{
	"declared":             declared,
	"at-least-once":        atLeastOnce,
	"at-most-once":         atMostOnce,
	"effect-exactly-once":  exactlyOnce,
	"no-ack-before-effect": noAckBeforeEffect,
	"prefetch-at-most":     prefetchAtMost,
	"dead-lettered":        deadLettered,

	"no-done-before-confirm": noDoneBeforeConfirm,
	"published-all":          publishedAll,

	"retried-n-times": retriedNTimes,
	"parked":          parked,
	"none-blocked":    noneBlocked,

	"no-commit-before-effect":     noCommitBeforeEffect,
	"every-record-done":           everyRecordDone,
	"all-committed":               allCommitted,
	"no-repeats":                  noRepeats,
	"spread-over":                 spreadOver,
	"no-duplicates":               noDuplicates,
	"results-exactly":             resultsExactly,
	"per-key-order":               perKeyOrder,
	"replayed-from":               replayedFrom,
	"group-covers-all-partitions": groupCovers,
	"replicated-to":               replicatedTo,
	"topic-declared":              topicDeclared,
	"read-whole":                  readWhole,
	"written-all":                 writtenAll,
	"records-done-once":           recordsDoneOnce,

	"rows-indexed":         rowsIndexed,
	"changes-indexed":      changesIndexed,
	"one-document-per-row": oneDocument,
	"field-absent":         fieldAbsent,
	"kept-aside":           keptAside,
	"read-once":            readOnce,

	"routed":           routed,
	"returns-handled":  returnsHandled,
	"routed-exactly":   routedExactly,
	"bindings-at-most": bindingsAtMost,

	"exchange-declared": exchangeDeclared,
	"published-as":      publishedAs,
	"taken":             taken,
	"vhosts-declared":   vhostsDeclared,
	"users-declared":    usersDeclared,
	"user-permissions":  userPermissions,
	"attempts-made":     attemptsMade,
}

// Judge applies the property with a name.
func Judge(name string, events []brokers.Event, p Params) (Result, error) {
	judge, ok := Funcs[name]
	if !ok {
		return Result{}, fmt.Errorf("property %q is not known", name)
	}
	return judge(events, p), nil
}

var holds = Result{OK: true}

// fails makes the result of a property that does not hold.
func fails(message string, facts Facts, events ...uint64) Result {
	return Result{Message: message, Facts: facts, Events: proof(events...)}
}

// unreached is fails for a run that ended before the property could matter.
func unreached(when bool, r Result) Result {
	r.Unreached = when
	return r
}

// proof lists the events there are, each once, in order.
func proof(events ...uint64) []uint64 {
	var out []uint64
	for _, seq := range events {
		at := len(out)
		for at > 0 && out[at-1] > seq {
			at--
		}
		if seq == 0 || at > 0 && out[at-1] == seq {
			continue
		}
		out = append(out[:at], append([]uint64{seq}, out[at:]...)...)
	}
	return out
}
