package grader

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/console"
)

// headline sets what is read first: the sentence, why, the line, the hint, the run
// to replay, and what the program printed before an unusual end.
func (r *renderer) headline(v *Verdict, told told) {
	worst := r.worst()
	switch {
	case len(r.ev.Diagnostics) > 0:
		r.notCompiled(v)
		return
	case worst == nil:
		r.passed(v)
		return
	}
	id, events := BaselineID, []uint64(nil)
	if worst.Counter != nil {
		id, events = worst.Counter.Schedule, worst.Counter.Events
	}
	run := r.runOf(*worst)
	f := r.facts(worst.Facts, run)
	end := r.endMessage(run)
	if refusal, ok := r.refusal(*worst, id); ok {
		f.Reason, f.Line, f.Channel = refusal.Reason, refusal.Line, refusal.Channel
		events = []uint64{refusal.Seq}
		m := r.sourced("verdict", "broker-refused", refusal.Source)
		v.Sentence, v.Why, v.Line = m.Sentence, r.spans(m.Why, f), refusal.Line
	} else if end.Sentence != "" && endIsTheStory(*worst, run) {
		e := r.endFacts(run)
		e.Story = true
		v.Sentence, v.Why, v.Line = r.plain(end.Sentence, e), r.spans(end.Text, e), run.Exit.Line
	} else {
		m := r.checkMessage(*worst, f)
		v.Sentence, v.Why, v.Line = r.plain(m.Sentence, f), r.spans(m.Why, f), worst.Facts.Line
		r.caused(v, *worst, run, m.Sentence)
	}
	told.add(v.Why, f)
	r.place(v.Why, *worst)
	v.File = fileOf(v.Why, v.Line)
	if r.withoutFaults() {
		v.Why = append(v.Why, Span{Text: " " + r.message("verdict", "no-faults").Text})
	}
	if !worst.untold() {
		v.HintTask = worst.Task
		v.Hint[worst.Task] = r.lab.Hints(r.lang)[worst.Task]
	}
	if r.ev.Baseline == nil {
		return // only questions were asked
	}
	v.Replay = r.replay(id, events)
	if c, ok := r.lab.Check(worst.ID); ok && v.Replay != nil {
		v.Replay.Failing = c.Property != labs.Answered
	}
	v.Output = cmp.Or(run.Output, r.ev.Baseline.Output)
}

// place gives the lines in a text about a check their files. A line is that of an event
// of the run: best of one that proves the check.
func (r *renderer) place(text []Span, c Check) {
	id, proof := BaselineID, []uint64(nil)
	if c.Counter != nil {
		id, proof = c.Counter.Schedule, c.Counter.Events
	}
	exit := r.runOf(c).Exit
	for i := range text {
		s := &text[i]
		if s.Line == 0 || s.File != "" {
			continue
		}
		if s.Line == exit.Line {
			s.File = exit.File
		}
		for _, e := range r.ev.Journals[id] {
			if e.Line == s.Line && (s.File == "" || slices.Contains(proof, e.Seq)) {
				s.File = e.File
			}
		}
	}
}

// fileOf is the file of a line that a text names.
func fileOf(text []Span, line int) string {
	i := slices.IndexFunc(text, func(s Span) bool { return s.Line == line })
	if i < 0 {
		return ""
	}
	return text[i].File
}

// told are the ends of runs that a verdict has told of. Nothing is said twice.
type told map[string]bool

// add looks whether a text has said how the run ended.
func (t told) add(text []Span, f facts) {
	var all strings.Builder
	for _, s := range text {
		all.WriteString(s.Text)
	}
	if f.EndText != "" && strings.Contains(all.String(), flatten(f.EndText)) {
		t[f.EndText] = true
	}
}

// withoutFaults reports whether the lab has runs under faults that were not made,
// since the run without one did not succeed.
func (r *renderer) withoutFaults() bool {
	wanted := slices.ContainsFunc(r.lab.Checks, func(c labs.Check) bool { return c.Schedule.Kind != trial.None })
	return wanted && len(r.ev.Schedules) == 0
}

// missing are the messages that say that something did not happen. What broke the
// run off explains them.
var missing = []string{
	"no-consumer", "nothing-done", "not-done", "never-acked", "dead-waiting", "dead-not-refused", "not-declared",
	"nothing-published", "not-published", "not-marked", "never-done", "nothing-routed", "missed", "return-left",
	"nothing-returned", "none-bound", "key-refused", "key-missing", "never-tried", "not-parked", "unfinished",
	"never-committed", "left-uncommitted", "record-undone", "no-record-done", "log-empty", "record-missing", "no-topic", "nothing-read", "read-partly",
	"not-replayed", "replay-stopped", "no-group", "too-few-members", "uncovered", "never-confirmed",
}

// refusal finds the broker's error that broke off the run that a check points to:
// the last one, if nobody took anything up with the broker after it.
func (r *renderer) refusal(c Check, schedule string) (last brokers.Event, ok bool) {
	if !slices.Contains(missing, c.MessageID) {
		return last, false
	}
	for _, e := range r.ev.Journals[schedule] {
		switch e.Kind {
		case brokers.Refused:
			if e.Client != "" && e.Reason != "" {
				last = e
			}
		case brokers.Delivered, brokers.Subscribed, brokers.Acked, brokers.Rejected, brokers.Published, brokers.Declared, brokers.Bound, brokers.Committed:
			if e.Client != "" {
				last = brokers.Event{}
			}
		}
	}
	return last, last.Seq > 0
}

// caused says that what did not happen did not because the program panicked before.
// Said is the sentence of the check as a template.
func (r *renderer) caused(v *Verdict, c Check, run Run, said string) {
	id, _, ok := panicked(run.Exit)
	if run.End != trial.EndExit || !ok || !slices.Contains(missing, c.MessageID) {
		return
	}
	f := r.endFacts(run)
	f.What = within(v.Sentence, said)
	v.Sentence, v.Line = r.plain(r.message("verdict", id).Sentence, f), run.Exit.Line
}

// names begin sentences, and keep their capital within one.
var names = []string{"Kafka", "Connect", "RabbitMQ", "Go"}

// within is a sentence as a part of another one: it begins with a small letter, unless
// its template begins with a value or a name.
func within(sentence, template string) string {
	first, size := utf8.DecodeRuneInString(sentence)
	if strings.HasPrefix(template, "{{") || slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(sentence, name) }) {
		return sentence
	}
	return string(unicode.ToLower(first)) + sentence[size:]
}

// endIsTheStory reports whether how the run ended says more than the check.
func endIsTheStory(c Check, run Run) bool {
	switch run.End {
	case trial.EndLimit, trial.EndQuota:
		return true
	case trial.EndExit:
		return slices.Contains([]string{"nothing-done", "no-consumer", "never-acked", "none-bound"}, c.MessageID)
	}
	return false
}

// notCompiled lists every error, each at its line.
func (r *renderer) notCompiled(v *Verdict) {
	all := Localize(asCode(r.ev.Diagnostics), r.lang)
	errs := slices.DeleteFunc(slices.Clone(all), func(d sandbox.Diagnostic) bool { return d.Severity != "error" })
	if len(errs) == 0 {
		errs = all
	}
	id := "does-not-compile"
	if errs[0].Line == 0 {
		id = "refused"
	}
	switch {
	case r.lab.Config() != nil:
		id = "config-broken"
	case r.lab.Console():
		id = "session-broken"
	}
	m := r.message("verdict", id)
	f := facts{Facts: property.Facts{Line: errs[0].Line, What: diagnosis(errs[0]), Count: len(errs)}}
	v.Sentence, v.Line = m.Sentence, errs[0].Line
	v.File = otherFile(errs[0])
	if len(errs) == 1 {
		v.Why = inFile(r.spans(m.Why, f), v.File)
		return
	}
	m = r.message("verdict", "errors")
	v.Why = r.spans(m.Why, f)
	if r.lab.Config() != nil {
		v.Why = r.spans(r.message("verdict", "config-errors").Why, f)
	}
	for _, d := range errs {
		f.Line, f.What = d.Line, diagnosis(d)
		v.Why = append(append(v.Why, Span{Text: "\n"}), inFile(r.spans(m.Text, f), otherFile(d))...)
	}
}

// asCode marks what was found as code where it would be taken for emphasis otherwise.
func asCode(diagnostics []sandbox.Diagnostic) []sandbox.Diagnostic {
	out := slices.Clone(diagnostics)
	for i, d := range out {
		if found := d.Params["found"]; strings.Contains(found, "*") {
			out[i].Params = maps.Clone(d.Params)
			out[i].Params["found"] = "`" + found + "`"
		}
	}
	return out
}

// inFile says that the lines of a text are those of a file.
func inFile(text []Span, file string) []Span {
	for i := range text {
		if text[i].Line > 0 {
			text[i].File = file
		}
	}
	return text
}

// otherFile is the file of a diagnostic; "" for main.go.
func otherFile(d sandbox.Diagnostic) string {
	if d.File == "main.go" {
		return ""
	}
	return d.File
}

func diagnosis(d sandbox.Diagnostic) string {
	if file := otherFile(d); file != "" && file != console.File {
		return file + ": " + d.Message
	}
	return d.Message
}

func (r *renderer) passed(v *Verdict) {
	v.Mark = "✓"
	id := "passed"
	if v.Survived.Of > 0 {
		id = "passed-sweep"
		if !slices.ContainsFunc(r.ev.Schedules, func(s Schedule) bool { return s.Kind != trial.Disconnect }) {
			id = "passed-disconnect"
		}
		if !slices.ContainsFunc(r.ev.Schedules, func(s Schedule) bool { return !s.Fault.Inner() }) {
			id = "passed-cluster"
		}
	}
	if r.lab.Config() != nil && id == "passed-sweep" {
		id = "passed-config"
	}
	if r.lab.Routing() != nil {
		id = "passed-bindings"
	}
	if r.ev.Baseline == nil {
		id = "passed-answers"
	}
	m := r.message("verdict", id)
	v.Sentence = m.Sentence
	v.Why = r.spans(m.Why, facts{Facts: property.Facts{Count: v.Survived.Of}})
	v.Replay = r.replay(BaselineID, nil)
	r.bonus(v)
}

// bonus says what a lab that is passed still has to give.
func (r *renderer) bonus(v *Verdict) {
	i := slices.IndexFunc(r.ev.Checks, func(c Check) bool { return c.Bonus && c.Status == Failed })
	if i < 0 {
		return
	}
	c := r.ev.Checks[i]
	f := r.facts(c.Facts, r.runOf(c))
	f.Count, f.What = c.Points, r.plain(r.checkMessage(c, f).Sentence, f)
	v.Why = append(append(v.Why, Span{Text: " "}), r.spans(r.message("verdict", "bonus").Why, f)...)
	v.HintTask, v.Hint[c.Task] = c.Task, r.lab.Hints(r.lang)[c.Task]
}

// gravity orders messages for the headline: what cannot be made good first, what
// only follows from something else last.
var gravity = []string{
	"marked-lost", "marked-unwritten", "record-done-twice", "result-wrong", "result-twice",
	"lost", "refusal-ignored", "refused-good", "wrong-amount", "done-twice", "dead-swallowed", "dead-retried", "tried-and-waiting",
	"hot-loop", "held-waiting", "parked-lost", "too-soon", "not-retried", "tried-too-often", "tried-too-seldom", "parked-early", "parked-good", "not-parked", "blocked", "never-tried",
	"no-consumer", "nothing-done", "never-acked", "not-done", "auto-acked", "acked-early", "dead-good",
	"prefetch-ignored", "prefetch-unlimited", "prefetch-high", "dead-waiting", "no-exchange", "exchange-type", "not-declared",
	"record-lost", "confirmed-lost", "committed-unread", "committed-early", "no-record-done", "record-undone", "never-committed", "left-uncommitted",
	"no-topic", "wrong-partitions", "log-empty", "record-missing", "nothing-read", "read-partly", "in-log-twice", "key-wrong", "key-scattered", "out-of-order", "not-spread", "confirmed-alone", "never-confirmed",
	"no-group", "owned-twice", "uncovered", "too-few-members", "record-repeated", "not-replayed", "replayed-too-much", "replayed-too-little", "replay-stopped",
	"lost-publish", "no-confirms", "done-unconfirmed", "nothing-published", "not-published", "not-marked", "never-done",
	"vanished", "return-ignored", "good-refused", "wrong-type", "misrouted", "nothing-routed", "missed", "return-left", "nothing-returned",
	"wrong-type", "bound-elsewhere", "none-bound", "key-refused", "key-missing", "key-extra", "bindings-many",
	"parked-lost", "hot-loop", "too-soon", "held-waiting", "not-retried", "tried-too-often", "tried-too-seldom", "parked-early",
	"parked-good", "blocked", "not-parked", "never-tried",
	"none-written", "not-written", "written-unmarked", "result-surplus", "result-missing", "no-result",
}

// worst returns the failed check that the headline is about; nil when none has
// failed but for a bonus. A blocked one will do when there is no other. Of two that are as grave it
// is the one whose message was given out first: the other waited behind it.
func (r *renderer) worst() *Check {
	var open []Check
	for _, c := range r.ev.Checks {
		if c.Status != Passed && !c.Bonus {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return &slices.SortedStableFunc(slices.Values(open), func(a, b Check) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(r.givenOut(a), r.givenOut(b)))
	})[0]
}

func rank(c Check) int {
	id := c.MessageID
	switch {
	case c.Status == Blocked:
		return len(gravity) + 1
	case id == "dead-waiting" && c.Facts.Count > 0:
		id = "tried-and-waiting"
	case id == "dead-not-refused":
		id = "not-done"
	}
	if i := slices.Index(gravity, id); i >= 0 {
		return i
	}
	return len(gravity)
}

// givenOut is the Seq of the first delivery in a check's proof; without one it comes
// after all others.
func (r *renderer) givenOut(c Check) uint64 {
	if c.Counter == nil {
		return math.MaxUint64
	}
	for _, e := range r.ev.Journals[c.Counter.Schedule] {
		if e.Kind == brokers.Delivered && slices.Contains(c.Counter.Events, e.Seq) {
			return e.Seq
		}
	}
	return math.MaxUint64
}
