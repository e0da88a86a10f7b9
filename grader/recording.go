package grader

import (
	"fmt"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/labs"
)

// maxTexts bounds how many events of a recording are said in words here; the page
// says the others. Those of the counter-example are always among them.
const maxTexts = 2000

// A Recording is the whole journal of one run, for the page to go back and forth
// in. Its JSON is what static/src/view/types.ts calls a Recording.
type Recording struct {
	Version  int                      `json:"version"` // always 1
	Title    string                   `json:"title"`
	Lang     string                   `json:"lang"`
	Lab      string                   `json:"lab"`
	Attempt  int64                    `json:"attempt,omitempty"` // set by who stores attempts
	Schedule string                   `json:"schedule,omitempty"`
	Brokers  []string                 `json:"brokers"`
	Services []string                 `json:"services"`
	Start    *brokers.State           `json:"start"` // before Events[0]; null: nothing but the services
	Events   []brokers.Event          `json:"events"`
	Texts    map[uint64]string        `json:"texts"`          // by Seq, of the maxTexts events nearest to At
	Mine     []uint64                 `json:"mine,omitempty"` // of a prediction: what the reader said
	Proof    []uint64                 `json:"proof"`          // Seqs
	At       uint64                   `json:"at"`             // Seq of the event to open at
	Frames   map[uint64]brokers.Frame `json:"frames,omitempty"`
	Names    map[string]string        `json:"names,omitempty"`    // see Names
	Files    []labs.File              `json:"files,omitempty"`    // set by who stores attempts
	Sentence string                   `json:"sentence,omitempty"` // of the verdict
	Passed   bool                     `json:"passed,omitempty"`   // the verdict
	Runs     []RecordingRef           `json:"runs,omitempty"`     // that are kept beside this one, and it
}

// A RecordingRef names a run whose journal is kept.
type RecordingRef struct {
	Schedule string `json:"schedule"`
	Title    string `json:"title"`
	Failed   bool   `json:"failed"` // a check points to it
}

// ErrNoRecording says that the journal of a run is not kept, or that there is no
// such run.
var ErrNoRecording = fmt.Errorf("no journal is kept of this run")

// Recordings lists the runs whose journals are kept: the one without a fault, then
// those under faults, in their order.
func Recordings(lab *labs.Lab, ev *Evidence, lang string) []RecordingRef {
	r := &renderer{wordsIn(lang), lab.Drawn(ev.Seed), ev}
	refs := []RecordingRef{}
	for _, id := range append([]string{BaselineID}, faultIDs(ev)...) {
		if len(ev.Journals[id]) > 0 {
			refs = append(refs, RecordingRef{Schedule: id, Title: r.runTitle(id), Failed: len(r.proofOf(id)) > 0})
		}
	}
	return refs
}

func faultIDs(ev *Evidence) []string {
	var ids []string
	for _, s := range ev.Schedules {
		ids = append(ids, s.ID)
	}
	return ids
}

// RecordingOf returns one of the Recordings; the empty schedule stands for the one
// that the verdict is about. Error: ErrNoRecording.
func RecordingOf(lab *labs.Lab, ev *Evidence, schedule, lang string) (*Recording, error) {
	v := Render(lab, ev, lang)
	if schedule == "" && v.Replay != nil {
		schedule = v.Replay.Schedule
	}
	events := ev.Journals[schedule]
	if len(events) == 0 {
		return nil, fmt.Errorf("schedule %q: %w", schedule, ErrNoRecording)
	}
	r := &renderer{wordsIn(lang), lab.Drawn(ev.Seed), ev}
	proof := r.proofOf(schedule)
	if v.Replay != nil && v.Replay.Schedule == schedule {
		proof = v.Replay.Proof
	}
	rec := &Recording{
		Version: 1, Title: r.lab.Text(lang).Title + ": " + r.runTitle(schedule), Lang: lang, Lab: lab.ID, Schedule: schedule,
		Brokers: []string{}, Services: append([]string{}, r.lab.Services...), Events: events,
		Sentence: v.Sentence, Passed: v.Status == Passed, Runs: Recordings(lab, ev, lang),
		Texts: make(map[uint64]string), Proof: append([]uint64{}, proof...), At: opening(events, proof), Frames: ev.Frames[schedule],
		Names: Names(lab, lang),
	}
	for _, b := range r.lab.Brokers {
		rec.Brokers = append(rec.Brokers, b.Name)
	}
	first, last := window(events, rec.At, maxTexts)
	for _, e := range events[first:last] {
		rec.Texts[e.Seq] = r.event(e)
	}
	return rec, nil
}

// Names returns what the page has to say, by the keys of its texts, so that it calls
// messages what verdicts call them: "order 4", "the unreadable message (#6)". The
// page fills in {label} and {message}.
func Names(lab *labs.Lab, lang string) map[string]string {
	r := &renderer{words: wordsIn(lang), lab: lab}
	names := map[string]string{"event.message": r.ref("{label}", 0)}
	if lab.Label != "" {
		number := r.message("words", "number").Text + "{message}"
		names["event.nameless"] = r.plain(r.nameless().Text, facts{Number: number})
	}
	return names
}

// opening is the event at which a recording opens: the first that proves what is
// wrong, or the fault, or the last of all.
func opening(events []brokers.Event, proof []uint64) uint64 {
	if len(proof) > 0 {
		return slices.Min(proof)
	}
	for _, e := range events {
		if e.Kind == brokers.Crash || e.Kind == brokers.Disconnected {
			return e.Seq
		}
	}
	return events[len(events)-1].Seq
}

// proofOf returns the counter-example of the first failed check that points to a run,
// or else that fails in it.
func (r *renderer) proofOf(schedule string) []uint64 {
	for _, c := range r.ev.Checks {
		if c.Status == Failed && c.Counter != nil && c.Counter.Schedule == schedule {
			return c.Counter.Events
		}
	}
	for _, s := range r.ev.Schedules {
		if s.ID == schedule {
			return s.Proof
		}
	}
	return nil
}

// runTitle names a run by its fault.
func (r *renderer) runTitle(schedule string) string {
	for _, s := range r.ev.Schedules {
		if s.ID == schedule {
			f := facts{Ref: r.ref(s.Label, s.Message), N: int64(s.Nth)}
			f.What = r.plain(r.pointMessage(string(s.After)).Text, f)
			return r.plain(r.message("points", s.Kind).Text, f)
		}
	}
	return r.message("words", "run").Text
}
