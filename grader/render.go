package grader

import (
	"cmp"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/grader/messages"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
)

// A Verdict is what a student reads, in one language.
type Verdict struct {
	Status   string           `json:"status"` // passed, failed, blocked
	Sentence string           `json:"sentence"`
	Mark     string           `json:"mark"` // ✓ or ✕
	Line     int              `json:"line,omitempty"`
	File     string           `json:"file,omitempty"` // of Line; "" for main.go
	Score    Score            `json:"score"`
	Survived Survival         `json:"survived"`
	Summary  string           `json:"summary,omitempty"` // "survives 21 of 25"
	Points   []FaultPoint     `json:"points"`
	Why      []Span           `json:"why"`
	HintTask int              `json:"hintTask,omitempty"`
	Hint     map[int][]string `json:"hint"` // tiers by task, for the task that failed first
	Tasks    []TaskStatus     `json:"tasks"`
	Checks   []CheckLine      `json:"checks"`
	Replay   *Replay          `json:"replay,omitempty"`
	Output   string           `json:"output,omitempty"` // the end of what the program printed, where its end is unusual
}

// Survival counts the fault points that nothing was lost at.
type Survival struct {
	N  int `json:"n"`
	Of int `json:"of"`
}

// A FaultPoint is one square of the strip.
type FaultPoint struct {
	ID      string `json:"id"`
	Label   string `json:"label"`
	Outcome string `json:"outcome"`
	Title   string `json:"title"`
	Kept    bool   `json:"kept"` // its journal is: it has a Recording
}

// A TaskStatus is passed when all checks of the task are, failed when one is, and
// else blocked; "bonus" when all that is missing is a bonus.
type TaskStatus struct {
	N      int    `json:"n"`
	Title  string `json:"title"`
	Status string `json:"status"`
}

// A CheckLine is one check in words.
type CheckLine struct {
	ID       string `json:"id"`
	Task     int    `json:"task"`
	Title    string `json:"title"`
	Status   string `json:"status"`
	Message  []Span `json:"message,omitempty"`
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
}

// renderer says one evidence in one language.
type renderer struct {
	*words
	lab *labs.Lab
	ev  *Evidence
}

// Render says evidence in a language. It is a pure function: the same evidence
// and lab give the same words.
func Render(lab *labs.Lab, ev *Evidence, lang string) Verdict {
	r := &renderer{wordsIn(lang), lab.Drawn(ev.Seed), ev}
	v := Verdict{
		Status: r.status(), Mark: "✕", Score: ev.Score,
		Points: []FaultPoint{}, Checks: []CheckLine{},
		Tasks: r.tasks(), Hint: map[int][]string{},
	}
	for _, s := range ev.Schedules {
		if s.Kind == trial.Refuse { // no moment at which the program is cut short
			continue
		}
		v.Points = append(v.Points, r.point(s))
		if s.Outcome == Survived {
			v.Survived.N++
		}
	}
	v.Survived.Of = len(v.Points)
	if v.Survived.Of > 0 {
		v.Summary = r.plain(r.message("verdict", "survived").Text, facts{
			Facts: property.Facts{Count: v.Survived.N, Max: v.Survived.Of},
		})
	}
	told := make(told)
	r.headline(&v, told)
	for _, c := range ev.Checks {
		v.Checks = append(v.Checks, r.checkLine(c, told))
	}
	return v
}

func (r *renderer) status() string {
	if r.ev.passed() {
		return Passed
	}
	if len(r.ev.Diagnostics) > 0 || slices.ContainsFunc(r.ev.Checks, func(c Check) bool { return c.Status == Failed }) {
		return Failed
	}
	return Blocked
}

// Localize says diagnostics in a language. What the rules of the builder and of the
// interpreter refuse is in our words; what Go's compiler says stays as it is.
func Localize(diagnostics []sandbox.Diagnostic, lang string) []sandbox.Diagnostic {
	w := wordsIn(lang)
	out := slices.Clone(diagnostics)
	for i, d := range out {
		m, ok := w.sections["rules"][d.Code]
		if !ok {
			continue
		}
		out[i].Message = w.plain(m.Text, facts{P: d.Params})
		if why, ok := w.sections["reasons"][d.Params["why"]]; ok {
			out[i].Message += " " + w.plain(why.Text, facts{P: d.Params})
		}
	}
	return out
}

// runOf returns the run that a check points to.
func (r *renderer) runOf(c Check) Run {
	if c.Counter != nil {
		for _, s := range r.ev.Schedules {
			if s.ID == c.Counter.Schedule {
				return s.Run
			}
		}
	}
	if r.ev.Baseline == nil {
		return Run{}
	}
	return *r.ev.Baseline
}

// facts adds to what a property found what the run and the lab know.
func (r *renderer) facts(p property.Facts, run Run) facts {
	p.What = r.quota(p.What)
	f := facts{Facts: p, P: p.Params, Number: r.number(p.Message), Exchange: p.Exchange, Key: p.Key, User: p.User}
	f.Name = cmp.Or(p.Label, f.Number)
	f.Ref = r.ref(p.Label, p.Message)
	end := r.endFacts(run)
	typed := r.lab.Console() && run.End == trial.EndExit && run.Exit.Code == 0 && run.Exit.Signal == ""
	if r.lab.Routing() == nil && !typed { // bindings are made, and lines typed, and that is all that can be said of their end
		f.EndText = r.say(r.endMessage(run).Text, end)
	}
	f.What = cmp.Or(f.What, end.What)
	f.Seconds, f.MiB, f.KiB = end.Seconds, end.MiB, end.KiB
	if p.Params["question"] != "" {
		r.asked(&f, p.Params)
	}
	return f
}

// receiving begins what an exit says of a program that waited at a Go channel.
const receiving = "<-chan "

// endFacts are what the end of a run is told with.
func (r *renderer) endFacts(run Run) facts {
	_, words, _ := panicked(run.Exit)
	return facts{
		Facts: property.Facts{
			Code: run.Exit.Code, Waiting: strings.TrimPrefix(run.Exit.Waiting, receiving), Line: run.Exit.Line, File: run.Exit.File,
			What: cmp.Or(r.quota(run.Quota), run.Exit.Signal), Max: r.lab.Limits.Attempts,
		},
		Reason: words, Computing: run.Exit.Computing, Printed: run.Output != "",
		Receiving: strings.HasPrefix(run.Exit.Waiting, receiving) || run.Exit.Waiting == "chan receive",
		Polling:   strings.HasSuffix(run.Exit.Waiting, ".PollFetches") || strings.HasSuffix(run.Exit.Waiting, ".PollRecords"),
		Seconds:   r.limit(run), MiB: int(r.lab.Limits.Memory >> 20), KiB: int(r.lab.Limits.Output >> 10),
	}
}

// limit is the time limit that a run met, in seconds.
func (r *renderer) limit(run Run) int {
	d := r.lab.Limits.Wall
	switch {
	case run.End == trial.EndStall:
		d = cmp.Or(run.Silence, r.lab.Limits.Stall)
	case run.Exit.Limit == "cpu":
		d = r.lab.Limits.CPU
	}
	return int(d / time.Second)
}

// endMessage says how a run ended.
func (r *renderer) endMessage(run Run) messages.Message {
	id := run.End
	switch {
	case run.End == trial.EndLimit:
		id = run.Exit.Limit
	case run.End == trial.EndExit && run.Exit.Signal != "":
		id = "killed"
	case run.End == trial.EndExit && run.Exit.Panic != "":
		id, _, _ = panicked(run.Exit)
	case run.End == trial.EndExit && run.Exit.Code != 0:
		id = "failed"
	case run.End == "":
		id = trial.EndUntil
	}
	return r.message("ends", id)
}

// panicked takes apart how the Go runtime ended a program: the message that says so, and
// its words. ok is false when it did not.
func panicked(e trial.Exit) (id, words string, ok bool) {
	if words, ok = strings.CutPrefix(e.Panic, "panic: "); ok {
		return "panicked", words, true
	}
	words, ok = strings.CutPrefix(e.Panic, "fatal error: ")
	return "runtime", words, ok
}

// checkMessage returns the words for a check: the lab's own where it has them
// and they can be said of f.
func (r *renderer) checkMessage(c Check, f facts) messages.Message {
	m := r.message("checks", c.MessageID)
	check, _ := r.lab.Check(c.ID)
	own := check.OnFail[r.lang][c.MessageID]
	or := func(own, generic string) string {
		if _, err := r.fill(own, f); err != nil {
			slog.Error("A lab's own words cannot be said", "lab", r.lab.ID, "check", c.ID, "message", c.MessageID, "lang", r.lang, "err", err)
			return generic
		}
		return cmp.Or(own, generic)
	}
	return messages.Message{
		Sentence: or(own.Sentence, m.Sentence), Why: or(own.Why, m.Why),
		Expected: or(own.Expected, m.Expected), Found: or(own.Found, m.Found),
	}
}

// unearned is the status of a bonus that was not earned, for whom it is said to: nothing
// is wrong.
const unearned = "bonus"

func (r *renderer) checkLine(c Check, told told) CheckLine {
	check, _ := r.lab.Check(c.ID)
	out := CheckLine{ID: c.ID, Task: c.Task, Title: holdDash(check.Title[r.lang]), Status: c.Status}
	if c.Status == Passed {
		return out
	}
	if c.Bonus && c.Status == Failed {
		out.Status = unearned
	}
	f := r.facts(c.Facts, r.runOf(c))
	m := r.checkMessage(c, f)
	if c.MessageID == "needs" {
		need, _ := r.lab.Check(c.Facts.Need)
		f.What = need.Title[r.lang]
	}
	if told[f.EndText] {
		f.EndText = ""
	}
	out.Message, out.Expected, out.Found = r.spans(m.Why, f), r.plain(m.Expected, f), r.plain(m.Found, f)
	r.place(out.Message, c)
	told.add(out.Message, f)
	return out
}

// tasks says how each task stands. After a run that broke off nothing is finished,
// whatever was right until then.
func (r *renderer) tasks() []TaskStatus {
	out := []TaskStatus{}
	best := Passed
	if r.ev.Baseline != nil && r.ev.Baseline.abnormal() && !r.ev.passed() {
		best = Blocked
	}
	for _, t := range r.lab.Text(r.lang).Tasks {
		status := best
		for _, c := range r.ev.Checks {
			switch {
			case c.Task != t.N || c.Status == Passed || status == Failed:
			case !c.Bonus:
				status = c.Status
			case status == Passed:
				status = unearned
			}
		}
		out = append(out, TaskStatus{t.N, t.Title, status})
	}
	return out
}

// pointMessage says after which kind of event a fault fell. A lab has one service
// whose effects are meant.
func (r *renderer) pointMessage(kind string) messages.Message {
	service := ""
	if len(r.lab.Services) > 0 {
		service = r.lab.Services[0]
	}
	return r.sourced("points", kind, service)
}

// point says where a fault fell and what came of it.
func (r *renderer) point(s Schedule) FaultPoint {
	f := facts{Ref: r.ref(s.Label, s.Message)}
	f.What = r.plain(r.pointMessage(string(s.After)).Text, f)
	title := r.plain(r.message("points", s.Kind).Text, f) + ": " + r.message("points", s.Outcome).Text
	return FaultPoint{ID: s.ID, Label: s.Label, Outcome: s.Outcome, Title: title, Kept: len(r.ev.Journals[s.ID]) > 0}
}
