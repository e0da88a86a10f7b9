package grader

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
)

// EvidenceVersion is the version of the stored format.
const EvidenceVersion = 1

// Evidence is everything that is kept of a graded submission, and enough to say
// it again in any language: ids, numbers and events, no prose.
type Evidence struct {
	Version    int               `json:"version"`
	Lab        string            `json:"lab"`
	LabHash    string            `json:"labHash"`
	Grader     string            `json:"grader"`         // Version of this package
	Miniatures map[string]string `json:"miniatures"`     // version by broker
	Engine     string            `json:"engine"`         // compiled
	Real       map[string]string `json:"real,omitempty"` // image by broker, of those that a container stood for
	Seed       uint64            `json:"seed"`
	Variant    map[string]string `json:"variant,omitempty"`
	Source     string            `json:"source"` // SHA-256 of the student's files

	// Diagnostics are there when the program did not compile, and then no run is.
	Diagnostics []sandbox.Diagnostic `json:"diagnostics,omitempty"`

	Baseline  *Run       `json:"baseline,omitempty"`
	Schedules []Schedule `json:"schedules"` // fault points, in the order of the baseline
	Checks    []Check    `json:"checks"`    // in the order of the lab
	Score     Score      `json:"score"`

	// Journals holds the baseline, the runs that the checks point to and, where there is
	// room, others, by id.
	Journals map[string][]brokers.Event `json:"journals,omitempty"`
	// Frames holds what was on the wire, by the same ids and by Event.Frame: of the
	// events nearest to what a check points to. Evidence of before has none.
	Frames map[string]map[uint64]brokers.Frame `json:"frames,omitempty"`
}

// BaselineID is the id of the run without a fault.
const BaselineID = "baseline"

// A Run says how one run went.
type Run struct {
	End   string     `json:"end"` // see trial.Outcome
	Exit  trial.Exit `json:"exit"`
	Quota string     `json:"quota,omitempty"`
	Lives int        `json:"lives"`
	// Output is the end of what the program printed, of a run that ended in an unusual
	// way: the baseline, and a run that a check points to.
	Output string `json:"output,omitempty"`
	Millis int64  `json:"millis"`
	// Silence is trial.Outcome's.
	Silence time.Duration `json:"silence,omitempty"`
}

func (r *Run) abnormal() bool { return trial.Abnormal(r.End, r.Exit) }

// A Schedule is one run under a fault.
type Schedule struct {
	trial.Fault
	Outcome string   `json:"outcome"`          // survived, failed, blocked
	Failed  []string `json:"failed,omitempty"` // checks
	Proof   []uint64 `json:"proof,omitempty"`  // Seq of the events that prove the first of Failed
	Run     Run      `json:"run"`
}

// Outcomes of a schedule, and statuses of a check.
const (
	Survived = "survived"
	Failed   = "failed"
	Blocked  = "blocked" // by a quota, by a check that has to pass first, or by what a real broker does not show
	Passed   = "passed"
)

// unheard is the message of a check that a real broker could have told about and did
// not: it was asked, more than once, and gave no answer. The next time it may.
const unheard = "unheard"

// needsMiniature is the message of a check about what a real broker does not show.
const needsMiniature = "needs-miniature"

// A Check is how one check of the lab came out.
type Check struct {
	ID        string         `json:"id"`
	Task      int            `json:"task"`
	Points    int            `json:"points"`          // of the check, whether or not it passed
	Bonus     bool           `json:"bonus,omitempty"` // the lab is passed without it
	Status    string         `json:"status"`          // passed, failed or blocked
	MessageID string         `json:"messageId,omitempty"`
	Facts     property.Facts `json:"facts,omitzero"`
	Counter   *Counter       `json:"counterexample,omitempty"`
}

// untold reports whether a real broker did not or could not say what the check needs, so
// that nothing is known of the program and there is nothing to hint at.
func (c *Check) untold() bool { return c.MessageID == unheard || c.MessageID == needsMiniature }

// A Counter is the proof of a failed check.
type Counter struct {
	Schedule string   `json:"schedule"` // a key of Journals
	Events   []uint64 `json:"events"`   // Seq of the events that prove it
}

// A Score is in points.
type Score struct {
	Points int `json:"points"`
	Of     int `json:"of"`
}

// begin makes the evidence of a submission before anything is known.
func begin(lab *labs.Lab, files []labs.File, seed uint64) *Evidence {
	ev := &Evidence{
		Version: EvidenceVersion, Lab: lab.ID, LabHash: lab.Hash, Grader: Version, Engine: "compiled",
		Seed: seed, Variant: lab.Variant(seed), Source: sourceHash(files),
		Miniatures: make(map[string]string), Schedules: []Schedule{},
		Journals: make(map[string][]brokers.Event), Frames: make(map[string]map[uint64]brokers.Frame),
	}
	for _, b := range lab.Brokers {
		ev.Miniatures[b.Name] = trial.MiniatureVersion
	}
	for _, c := range lab.Checks {
		ev.Checks = append(ev.Checks, Check{ID: c.ID, Task: c.Task, Points: c.Points, Bonus: c.Bonus})
		ev.Score.Of += c.Points
	}
	return ev
}

// sourceHash is the SHA-256 of the files that the student may change.
func sourceHash(files []labs.File) string {
	own := slices.Clone(files)
	slices.SortFunc(own, func(a, b labs.File) int { return strings.Compare(a.Name, b.Name) })
	sum := sha256.New()
	for _, f := range own {
		if !f.ReadOnly {
			fmt.Fprintf(sum, "%s %d\n%s", f.Name, len(f.Text), f.Text)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// mute reports whether a real broker left something unsaid.
func (ev *Evidence) mute() bool {
	return slices.ContainsFunc(ev.Checks, func(c Check) bool { return c.MessageID == unheard })
}

// check returns the check with an id; it must be one of the lab's.
func (ev *Evidence) check(id string) *Check {
	i := slices.IndexFunc(ev.Checks, func(c Check) bool { return c.ID == id })
	return &ev.Checks[i]
}

// passed reports whether every check has passed that is no bonus.
func (ev *Evidence) passed() bool {
	return !slices.ContainsFunc(ev.Checks, func(c Check) bool { return c.Status != Passed && !c.Bonus })
}

// refuse marks every check that needs a run blocked by one message.
func (ev *Evidence) refuse(message string) {
	for i := range ev.Checks {
		if ev.Checks[i].Status == "" {
			ev.Checks[i].Status, ev.Checks[i].MessageID = Blocked, message
		}
	}
}
