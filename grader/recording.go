package grader

import (
	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/labs"
)

// A Recording is the whole journal of one run, for the page to go back and forth
// in. Its JSON is what static/src/view/types.ts calls a Recording.
type Recording struct {
	Version  int                      `json:"version"` // always 1
	Title    string                   `json:"title"`
	Lang     string                   `json:"lang"`
	Lab      string                   `json:"lab"`
	Attempt  int64                    `json:"attempt,omitempty"` // set by who stores attempts
	Schedule string                   `json:"schedule"`
	Brokers  []string                 `json:"brokers"`
	Services []string                 `json:"services"`
	Start    *brokers.State           `json:"start"` // before Events[0]; null: nothing but the services
	Events   []brokers.Event          `json:"events"`
	Texts    map[uint64]string        `json:"texts"` // by Seq, of the maxTexts events nearest to At
	Proof    []uint64                 `json:"proof"` // Seqs
	At       uint64                   `json:"at"`    // Seq of the event to open at
	Frames   map[uint64]brokers.Frame `json:"frames,omitempty"`
	Files    []labs.File              `json:"files,omitempty"` // set by who stores attempts
	Sentence string                   `json:"sentence"`        // of the verdict
	Passed   bool                     `json:"passed"`          // the verdict
	Runs     []RecordingRef           `json:"runs"`            // that are kept beside this one, and it
}

// A RecordingRef names a run whose journal is kept.
type RecordingRef struct {
	Schedule string `json:"schedule"`
	Title    string `json:"title"`
	Failed   bool   `json:"failed"` // a check points to it
}
