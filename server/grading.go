package server

import (
	"context"
	"encoding/json"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

// A Grader is what the server asks of grading. Grading is the real one; tests
// have one that blocks when they say so. What is `any` goes to the page as JSON,
// as the grader made it.
type Grader interface {
	Check(ctx context.Context, lab *labs.Lab, files []labs.File, lang string) (diagnostics any, err error)
	Complete(ctx context.Context, lab *labs.Lab, files []labs.File, name string, offset int) (items any, err error)
	Build(ctx context.Context, lab *labs.Lab, files []labs.File, lang string) (build any, err error)

	// Open makes a session for a lab. The seed draws the lab's variant. Where
	// only one can be open, the error is grader.ErrOneLab; one that grader.LackOf
	// knows says that a real broker is not to be had.
	Open(ctx context.Context, lab *labs.Lab, seed uint64, on grader.Place) (Session, error)
	// Contained reports whether there is an image for every broker of a lab.
	Contained(lab *labs.Lab) bool
	// Offer says whether a lab can run on real brokers here.
	Offer(ctx context.Context, lab *labs.Lab) grader.Offer
	// Submit grades a program. Its errors are ours or of ctx; what is wrong
	// with the program is in the result.
	Submit(ctx context.Context, lab *labs.Lab, files []labs.File, seed uint64, on grader.Place, progress func(Progress)) (Result, error)
	// Holds reports whether stored evidence is what Submit would have to find out again.
	Holds(evidence json.RawMessage, lab *labs.Lab, files []labs.File, seed uint64, on grader.Place) bool
	// Play plays a scene of a lesson. Errors: *grader.SceneError for a scene that
	// cannot be, and ours.
	Play(ctx context.Context, scene labs.Scene) (grader.Played, error)
	// Try plays what files of bindings do, and where keys go, for a lab that has a
	// labs.Routing. The answer goes to the page as it is.
	Try(ctx context.Context, lab *labs.Lab, files []labs.File, keys []string, lang string) (tried any, err error)
	// Render says stored evidence in a language: the verdict, as the page takes it.
	Render(lab *labs.Lab, evidence json.RawMessage, lang string) (any, error)
	// Recording is the journal of one run of stored evidence; the empty schedule stands
	// for the one that the verdict is about. Error: grader.ErrNoRecording.
	Recording(lab *labs.Lab, evidence json.RawMessage, schedule, lang string) (*grader.Recording, error)
}

// A Session is one open lab: a live broker and the programs that run against it.
type Session interface {
	// Run runs a program to its end and emits what happens. Diagnostics are in
	// the language of whoever pressed Run.
	Run(ctx context.Context, files []labs.File, lang string, emit func(Update)) error
	Stop()
	Reset(ctx context.Context) error
	State(ctx context.Context) (Update, error)
	// Frame is what was on the wire when an event happened. Error: grader.ErrNoFrame.
	Frame(ctx context.Context, id uint64) (any, error)
	// Console does what somebody did at a terminal, as JSON. What comes of it is emitted,
	// and from then on everything that happens between runs; answer is nil unless it
	// was a question. Error: *grader.ConsoleError for what cannot be done.
	Console(ctx context.Context, in json.RawMessage, emit func(Update)) (answer any, err error)
	Done() <-chan struct{} // closed when the lab host is gone
	Close()
}

// A Result is what grading found, as it is stored.
type Result struct {
	Score, Points int
	Passed        bool
	Evidence      json.RawMessage
}

// An Update is one message for a page. Output of one stream and events that
// come close together are joined.
type Update struct {
	Type   string
	Stream string            // of output: stdout, stderr
	Text   string            // of output
	Events []json.RawMessage // of events
	Body   any               // of every other type: all its fields
	Texts  map[string]string // by language: added as "text", in the reader's
	Once   bool              // not for pages that are opened later
}

// A Progress says how far the grading of an attempt is.
type Progress struct {
	Done, Total int
	Phase       string // building, baseline, sweep
}

// join adds a later update to an earlier one, and reports whether it could.
func (u *Update) join(later Update) bool {
	if u.Type != later.Type {
		return false
	}
	switch u.Type {
	case "output":
		if u.Stream != later.Stream {
			return false
		}
		u.Text += later.Text
	case "events":
		u.Events = append(u.Events, later.Events...)
	default:
		return false
	}
	return true
}

// size is about how many bytes an update takes in memory.
func (u *Update) size() int {
	n := 64 + len(u.Text)
	for _, e := range u.Events {
		n += len(e)
	}
	return n
}

// encode makes the JSON of an update.
func (u *Update) encode() ([]byte, error) {
	switch u.Type {
	case "output":
		return json.Marshal(struct {
			Type   string `json:"type"`
			Stream string `json:"stream"`
			Text   string `json:"text"`
		}{u.Type, u.Stream, u.Text})
	case "events":
		return json.Marshal(struct {
			Type   string            `json:"type"`
			Events []json.RawMessage `json:"events"`
		}{u.Type, u.Events})
	}
	if u.Body != nil {
		return json.Marshal(u.Body)
	}
	return json.Marshal(struct {
		Type string `json:"type"`
	}{u.Type})
}
