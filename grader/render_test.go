package grader

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/build"
)

var update = flag.Bool("update", false, "write the golden files anew")

// script writes the journal of a run by hand, so that golden files depend on no
// machine.
type script struct{ events []brokers.Event }

func (s *script) add(e brokers.Event) *script {
	e.Seq = uint64(len(s.events) + 1)
	e.At = time.Duration(e.Seq) * time.Millisecond
	s.events = append(s.events, e)
	return s
}

// queueOf fills the queue with orders 1 to n, and a poison message last.
func queueOf(n int) *script {
	s := (&script{}).
		add(brokers.Event{Kind: brokers.Declared, Source: "rabbitmq", Place: "orders.dead"}).
		add(brokers.Event{Kind: brokers.Declared, Source: "rabbitmq", Place: "orders"})
	for i := 1; i <= n+1; i++ {
		label := fmt.Sprint(i)
		if i > n {
			label = ""
		}
		s.add(brokers.Event{Kind: brokers.Routed, Source: "rabbitmq", Place: "orders", Key: "orders", Message: uint64(i), Label: label})
	}
	return s
}

func (s *script) life(client string) *script {
	kind := brokers.Started
	if client != "c1" {
		kind = brokers.Restarted
	}
	return s.add(brokers.Event{Kind: kind, Source: "host"}).
		add(brokers.Event{Kind: brokers.Opened, Source: "rabbitmq", Client: client, Line: 16}).
		add(brokers.Event{Kind: brokers.Subscribed, Source: "rabbitmq", Client: client, Channel: 1, Place: "orders", Consumer: "worker", N: 1, Line: 28})
}

// on records what a client did with message n; the poison one has no label.
func (s *script) on(kind brokers.Kind, client string, n, line int) *script {
	label := ""
	for _, e := range s.events {
		if e.Message == uint64(n) {
			label = e.Label
		}
	}
	e := brokers.Event{
		Kind: kind, Source: "rabbitmq", Client: client, Channel: 1, Place: "orders",
		Message: uint64(n), Label: label, Tag: uint64(n), Consumer: "worker", Line: line,
	}
	if kind == brokers.Effect {
		e = brokers.Event{Kind: kind, Source: "ledger", Place: "ledger", Message: uint64(n), Label: label, N: 1250, Line: line}
	}
	return s.add(e)
}

// ackFirst lets client handle messages the wrong way round.
func (s *script) ackFirst(client string, from, to int) *script {
	for n := from; n <= to; n++ {
		s.on(brokers.Delivered, client, n, 32).on(brokers.Acked, client, n, 39).on(brokers.Effect, client, n, 40)
	}
	return s
}

func (s *script) refuse(client string, n int) *script {
	s.on(brokers.Delivered, client, n, 32).on(brokers.Rejected, client, n, 36).on(brokers.DeadLettered, "", n, 0)
	return s.add(brokers.Event{Kind: brokers.Routed, Source: "rabbitmq", Place: "orders.dead", Message: uint64(n)})
}

// outcome judges a script as a host would.
func outcome(t *testing.T, lab *labs.Lab, f trial.Fault, s *script, end string) trial.Outcome {
	t.Helper()
	out := trial.Outcome{
		Fault: f, Fired: f.Kind == trial.Crash, End: end, Lives: 1, Events: s.events,
		Results: make(map[string]property.Result), Elapsed: 20 * time.Millisecond,
		Exit: trial.Exit{Code: -1, Signal: "SIGKILL", Killed: true},
	}
	for _, c := range specOf(lab, nil).Checks {
		r, err := property.Judge(c.Property, s.events, c.With)
		if err != nil {
			t.Fatal(err)
		}
		out.Results[c.ID] = r
	}
	return out
}

// ackFirstEvidence is that of a worker with three orders that acknowledges first,
// killed at its second acknowledgement and after its second charge.
func ackFirstEvidence(t *testing.T, lab *labs.Lab) *Evidence {
	t.Helper()
	ev := begin(lab, lab.Solution(), 7)
	ev.LabHash, ev.Source = "lab", "source" // change with every word of the lab
	baseline := outcome(t, lab, trial.Fault{ID: BaselineID, Kind: trial.None}, queueOf(3).life("c1").ackFirst("c1", 1, 3).refuse("c1", 4), trial.EndUntil)
	ev.addBaseline(baseline)
	crash := func(s *script, n int, after brokers.Kind) *script {
		return s.add(brokers.Event{Kind: brokers.Crash, Source: "host", Message: uint64(n), Label: fmt.Sprint(n), Reason: string(after)}).
			add(brokers.Event{Kind: brokers.Closed, Source: "rabbitmq", Client: "c1"})
	}
	lost := crash(queueOf(3).life("c1").ackFirst("c1", 1, 1).on(brokers.Delivered, "c1", 2, 32).on(brokers.Acked, "c1", 2, 39), 2, brokers.Acked)
	kept := crash(queueOf(3).life("c1").ackFirst("c1", 1, 2), 2, brokers.Effect)
	ev.merge(lab, baseline, []trial.Outcome{
		outcome(t, lab, trial.Fault{ID: "crash-acked-2", Kind: trial.Crash, After: brokers.Acked, Nth: 2, Label: "2", Message: 2}, lost.life("c2").ackFirst("c2", 3, 3).refuse("c2", 4), trial.EndQuiet),
		outcome(t, lab, trial.Fault{ID: "crash-effect-2", Kind: trial.Crash, After: brokers.Effect, Nth: 2, Label: "2", Message: 2}, kept.life("c2").ackFirst("c2", 3, 3).refuse("c2", 4), trial.EndUntil),
	})
	return ev
}

// TestRule6Evidence: the stored format, byte for byte. A change here is a change
// of every gradebook: raise EvidenceVersion and keep reading the old one.
func TestRule6Evidence(t *testing.T) {
	lab := workQueue(t)
	ev := ackFirstEvidence(t, lab)
	raw, err := json.MarshalIndent(ev, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "evidence.json", string(raw)+"\n")
	var back Evidence
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	for _, lang := range labs.Languages {
		if diff := cmp.Diff(Render(lab, ev, lang), Render(lab, &back, lang)); diff != "" {
			t.Errorf("%s: stored evidence says something else (-fresh +stored):\n%s", lang, diff)
		}
	}
}

// TestRenderGolden holds the exact words of every report.
func TestRenderGolden(t *testing.T) {
	lab := workQueue(t)
	for _, lang := range labs.Languages {
		ev := ackFirstEvidence(t, lab)
		rec, err := RecordingOf(lab, ev, "", lang)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "ack-first."+lang+".txt", report(Render(lab, ev, lang))+journalOf(rec))
		every := everyMessage(lab, lang)
		if _, line, broken := strings.Cut(every, " —"); broken {
			t.Errorf("%s: a line may begin with the dash of %.60q", lang, line)
		}
		golden(t, "messages."+lang+".txt", every)
		golden(t, "ends."+lang+".txt", everyEnd(lab, lang))
	}
}

// report writes a verdict as a page would show it.
func report(v Verdict) string {
	var out strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	say("%s %s    %d/%d    %s", v.Mark, v.Sentence, v.Score.Points, v.Score.Of, v.Summary)
	say("  %s", links(v.Why))
	for _, p := range v.Points {
		say("  [%s] %s", p.Outcome, p.Title)
	}
	for _, task := range v.Tasks {
		say("%d. %s: %s", task.N, task.Title, task.Status)
	}
	for _, c := range v.Checks {
		say("%-7s %s", c.Status, c.Title)
		if c.Status != Passed {
			say("        %s\n        + %s\n        - %s", links(c.Message), c.Expected, c.Found)
		}
	}
	for _, tier := range v.Hint[v.HintTask] {
		say("? %s", tier)
	}
	return out.String()
}

// journalOf writes a recording as a page would.
func journalOf(rec *Recording) string {
	var out strings.Builder
	for _, e := range rec.Events {
		mark := " "
		if slices.Contains(rec.Proof, e.Seq) {
			mark = "*"
		}
		fmt.Fprintf(&out, "%s #%d %s: %s (%d)\n", mark, e.Seq, e.Kind, rec.Texts[e.Seq], e.Line)
	}
	return out.String()
}

// links shows a way to a line as <line 3>.
func links(spans []Span) string {
	var out strings.Builder
	for _, s := range spans {
		if s.Line > 0 {
			fmt.Fprintf(&out, "<%s>", s.Text)
			continue
		}
		out.WriteString(s.Text)
	}
	return out.String()
}

// everyMessage says every message of the catalogue, and the lab's own words
// where it has them.
func everyMessage(lab *labs.Lab, lang string) string {
	f := property.Facts{
		Label: "4", Message: 5, Queue: "orders", To: "orders.dead", Service: "ledger", Count: 3, Max: 2,
		Line: 27, NextLine: 28, Crashed: true, Held: true, What: "messages",
		Exchange: "user_events", Key: "user.login", Pattern: "user.*.*, #.b, a", User: "app1", VHost: "/app2", Access: "write",
	}
	run := Run{End: trial.EndExit, Exit: trial.Exit{}}
	r := &renderer{words: wordsIn(lang), lab: lab, ev: &Evidence{Baseline: &run}}
	var out strings.Builder
	for _, p := range labs.Properties {
		id := ""
		for _, c := range lab.Checks {
			if c.Property == p.Name {
				id = c.ID
			}
		}
		for _, message := range p.Messages {
			all := r.facts(f, run)
			m := r.checkMessage(Check{ID: id, MessageID: message}, all)
			fmt.Fprintf(&out, "%s/%s\n  ! %s\n    %s\n  + %s\n  - %s\n", p.Name, message,
				r.plain(m.Sentence, all), links(r.spans(m.Why, all)), r.plain(m.Expected, all), r.plain(m.Found, all))
		}
	}
	return out.String()
}

// everyEnd says every way in which a run can end.
func everyEnd(lab *labs.Lab, lang string) string {
	r := &renderer{words: wordsIn(lang), lab: lab, ev: &Evidence{}}
	var out strings.Builder
	wait := trial.Exit{Waiting: "amqp.Channel.Consume", Line: 21}
	for _, run := range []Run{
		{End: trial.EndUntil}, {End: trial.EndQuiet}, {End: trial.EndExit}, {End: trial.EndExit, Exit: trial.Exit{Code: 2}},
		{End: trial.EndExit, Exit: trial.Exit{Code: 2, Panic: "panic: assignment to entry in nil map", Line: 31}},
		{End: trial.EndExit, Exit: trial.Exit{Code: 2, Panic: "fatal error: all goroutines are asleep - deadlock!", Line: 31, File: "outbox.go"}},
		{End: trial.EndExit, Exit: trial.Exit{Code: 1}, Output: "no queue\n"}, {End: trial.EndStall, Exit: trial.Exit{Computing: true, Line: 39}},
		{End: trial.EndStall, Exit: trial.Exit{Computing: true}}, {End: trial.EndStall, Exit: trial.Exit{Waiting: "<-chan amqp.Delivery", Line: 39}},
		{End: trial.EndStall, Exit: trial.Exit{Waiting: "<-chan int", Line: 39}}, {End: trial.EndStall, Exit: trial.Exit{Waiting: "chan receive", Line: 39}},
		{End: trial.EndExit, Exit: trial.Exit{Code: -1, Signal: "SIGSEGV"}}, {End: trial.EndStall, Exit: wait}, {End: trial.EndStall}, {End: trial.EndStall, Silence: 20 * time.Second},
		{End: trial.EndAttempts}, {End: trial.EndQuota, Quota: "events in the journal"},
		{End: trial.EndLimit, Exit: trial.Exit{Limit: "wall", Waiting: wait.Waiting, Line: 21}},
		{End: trial.EndLimit, Exit: trial.Exit{Limit: "cpu"}}, {End: trial.EndLimit, Exit: trial.Exit{Limit: "memory"}},
		{End: trial.EndLimit, Exit: trial.Exit{Limit: "output"}}, {End: trial.EndLimit, Exit: trial.Exit{Limit: "processes"}},
		{End: trial.EndLimit, Exit: trial.Exit{Limit: "files"}}, {End: trial.EndLimit, Exit: trial.Exit{Limit: "network"}},
	} {
		m, f := r.endMessage(run), r.endFacts(run)
		fmt.Fprintf(&out, "%s %s\n  ! %s\n    %s\n", run.End, run.Exit.Limit, r.plain(m.Sentence, f), links(r.spans(m.Text, f)))
	}
	return out.String()
}

// TestCatalogues: both languages have the same messages, and every message that
// a check can give, and each renders without a mistake.
func TestCatalogues(t *testing.T) {
	en, ru := wordsIn("en"), wordsIn("ru")
	given := map[string]string{}
	for _, name := range []string{
		"size", "limit", "count", "name", "package", "path", "near", "directive", "asked", "said", "happens",
		"found", "what", "field", "wanted", "value", "need", "code", "queue", "pattern", "line",
		"type", "other", "under", "into", "types", "function", "method", "held", "needs", "offered",
	} {
		given[name] = "x"
	}
	for section, messages := range en.sections {
		for id, m := range messages {
			other, ok := ru.sections[section][id]
			if !ok {
				t.Errorf("%s/%s is missing in Russian", section, id)
			}
			for name, pair := range map[string][2]string{
				"sentence": {m.Sentence, other.Sentence}, "why": {m.Why, other.Why}, "expected": {m.Expected, other.Expected},
				"found": {m.Found, other.Found}, "text": {m.Text, other.Text},
			} {
				if (pair[0] == "") != (pair[1] == "") {
					t.Errorf("%s/%s: %s is there in one language only", section, id, name)
				}
				for i, w := range []*words{en, ru} {
					for n := range 3 {
						f := facts{Facts: property.Facts{Count: n, Max: n, Line: n, NextLine: n, Crashed: n > 0, Held: n > 0}, N: int64(n), P: given}
						if said, err := w.fill(pair[i], f); err != nil || strings.Contains(said, "<no value>") {
							t.Errorf("%s/%s in %s: %s %v", section, id, w.lang, said, err)
						}
					}
				}
			}
		}
	}
	for section, messages := range ru.sections {
		for id := range messages {
			if _, ok := en.sections[section][id]; !ok {
				t.Errorf("%s/%s is missing in English", section, id)
			}
		}
	}
	for _, p := range labs.Properties {
		for _, id := range append(p.Messages, labs.CommonMessages...) {
			if m := en.sections["checks"][id]; m.Sentence == "" || m.Why == "" || m.Expected == "" || m.Found == "" {
				t.Errorf("message %q of property %q is not complete", id, p.Name)
			}
		}
	}
}

// TestServicesHaveTheirWords: what an outbox does is not a charge.
func TestServicesHaveTheirWords(t *testing.T) {
	lab := &labs.Lab{Services: []string{"outbox"}, Noun: map[string]string{"en": "order", "ru": "заказ"}}
	effect := brokers.Event{Kind: brokers.Effect, Source: "outbox", Place: "outbox", Label: "4"}
	cut := brokers.Event{Kind: brokers.Disconnected, Source: "host", Label: "4", Reason: "effect"}
	for _, tt := range []struct {
		lang string
		e    brokers.Event
		want string
	}{
		{"en", effect, "outbox: order 4 is marked done"},
		{"en", brokers.Event{Kind: brokers.Declared, Source: "outbox", Label: "4"}, "outbox: order 4 waits to be published"},
		{"en", brokers.Event{Kind: brokers.Effect, Source: "ledger", Place: "ledger", Label: "4"}, "ledger: order 4 is charged"},
		{"en", cut, "injected here: the network is lost after order 4 was marked done"},
		{"ru", effect, "outbox: отмечено, заказ 4"},
	} {
		r := &renderer{words: wordsIn(tt.lang), lab: lab, ev: &Evidence{}}
		if got := r.event(tt.e); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.lang, got, tt.want)
		}
	}
	r := &renderer{words: wordsIn("en"), lab: lab, ev: &Evidence{}}
	point := r.point(Schedule{Fault: trial.Fault{Kind: trial.Disconnect, After: brokers.Effect, Label: "4"}, Outcome: Survived})
	if want := "cut off after order 4 was marked done: survived"; point.Title != want {
		t.Errorf("the point is %q, want %q", point.Title, want)
	}
}

func TestPlural(t *testing.T) {
	ru, en := wordsIn("ru"), wordsIn("en")
	for n, want := range map[int]string{
		0: "заказов", 1: "заказ", 2: "заказа", 4: "заказа", 5: "заказов", 11: "заказов", 12: "заказов", 14: "заказов",
		21: "заказ", 22: "заказа", 25: "заказов", 101: "заказ", 111: "заказов", 112: "заказов",
	} {
		if got, err := ru.plural(n, "заказ", "заказа", "заказов"); got != want || err != nil {
			t.Errorf("%d %s, want %s (%v)", n, got, want, err)
		}
	}
	for n, want := range map[int]string{0: "orders", 1: "order", 2: "orders", 21: "orders"} {
		if got, _ := en.plural(n, "order", "orders"); got != want {
			t.Errorf("%d %s, want %s", n, got, want)
		}
	}
}

// TestForgedMarks: what a program calls a message cannot become a link, nor break
// a line of the report.
func TestForgedMarks(t *testing.T) {
	r := &renderer{words: wordsIn("en"), lab: workQueue(t), ev: &Evidence{}}
	text := r.event(brokers.Event{Kind: brokers.Acked, Label: markLine + "1" + markText + "evil" + markEnd + "\n{{.Line}}", Tag: 1})
	if strings.ContainsAny(text, "\x01\x02\x03\n") || !strings.Contains(text, "{{.Line}}") {
		t.Errorf("said %q", text)
	}
	long := r.event(brokers.Event{Kind: brokers.Refused, Reason: strings.Repeat("я", 10_000)})
	if len(long) > maxWord+100 {
		t.Errorf("a reason of 20 000 bytes was said in %d", len(long))
	}
}

// TestNotCompiled: the diagnostics are the verdict.
func TestNotCompiled(t *testing.T) {
	lab := workQueue(t)
	ev := begin(lab, lab.Starter(), 1)
	ev.Diagnostics = []sandbox.Diagnostic{{File: "main.go", Line: 12, Severity: "error", Message: "undefined: x"}}
	ev.refuse("does-not-compile")
	ev2 := *ev
	ev2.Diagnostics = []sandbox.Diagnostic{{
		File: "main.go", Line: 3, Severity: "error", Code: "import-not-allowed", Message: "in English",
		Params: map[string]string{"path": "os/exec", "near": "os"},
	}}
	v := Render(lab, &ev2, "ru")
	if got := links(v.Why); got != "Компилятор остановился на <строке 3>: os/exec нельзя импортировать в лабораторной. Может быть, os?" {
		t.Errorf("said %q", got)
	}
	v = Render(lab, ev, "en")
	if got := links(v.Why); got != "The compiler stopped at <line 12>: undefined: x" {
		t.Errorf("said %q", got)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update writes it anew:\n%s", file, diff)
	}
}

func workQueue(t testing.TB) *labs.Lab {
	t.Helper()
	set, err := labs.Load(labs.Content)
	if err != nil {
		t.Fatal(err)
	}
	lab, ok := set.Lab("rabbitmq/work-queue")
	if !ok {
		t.Fatal("there is no lab rabbitmq/work-queue")
	}
	return lab
}

// TestRulesOfTheBuilder: what the builder refuses is said in the reader's words,
// whatever the rule, and never with a gap.
func TestRulesOfTheBuilder(t *testing.T) {
	for _, code := range []string{
		build.CodeNoFiles, build.CodeTooLarge, build.CodeTooMany, build.CodeFileName, build.CodeTestFile, build.CodeSameName,
		build.CodeNotText, build.CodePackage, build.CodeImport, build.CodeCgo, build.CodeUnsafe, build.CodeDirective,
		build.CodeReserved, build.CodeNoBody, build.CodeNoMain, build.CodeBuildLimit,
	} {
		got := Localize([]sandbox.Diagnostic{{Code: code, Message: "in English", Params: map[string]string{"limit": "time"}}}, "ru")
		if got[0].Message == "in English" {
			t.Errorf("rule %q has no words in Russian", code)
		}
	}
	if got := Localize([]sandbox.Diagnostic{{Code: "UnusedVar", Message: "declared and not used: x"}}, "ru"); got[0].Message != "declared and not used: x" {
		t.Errorf("Go's own words became %q", got[0].Message)
	}
}
