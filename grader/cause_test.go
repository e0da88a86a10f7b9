package grader

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// loop consumes the orders one by one and charges each; skip is what it does with
// one that it cannot read.
func loop(skip string) []labs.File {
	return program(amqpImport+` "context" "encoding/json"`, connect+`
	if err := ch.Qos(1, 0, false); err != nil { log.Fatal(err) }
	ds, err := ch.Consume("orders", "w", false, false, false, false, nil)
	if err != nil { log.Fatal(err) }
	for d := range ds {
		var o Order
		if err := json.Unmarshal(d.Body, &o); err != nil { `+skip+` }
		if Charge(context.Background(), o) == nil { d.Ack(false) }
	}`)
}

// statuses are the checks by their status.
func statuses(ev *Evidence) map[string][]string {
	out := make(map[string][]string)
	for _, c := range ev.Checks {
		out[c.Status] = append(out[c.Status], c.ID+" "+c.MessageID)
	}
	return out
}

// TestCauses: the headline names what broke a run off, what only follows from it is
// blocked, and nothing is said twice.
func TestCauses(t *testing.T) {
	g, lab := real(t)
	for _, tt := range []struct {
		name         string
		files        []labs.File
		en, ru, why  string // the sentences, and a part of the English reason
		output       string // a part of it
		task         int    // whose hint is shown
		failed, open int    // checks
	}{
		{
			"a failure of its own", program(`"log"`, `log.Fatal("no idea")`),
			"The program ended with exit code 1", "Программа завершилась с кодом 1", "Its output says why", "no idea", 1, 1, 4,
		},
		{
			"silent", program(`"os"`, `os.Exit(1)`),
			"The program ended with exit code 1", "Программа завершилась с кодом 1", "and printed nothing", "", 1, 1, 4,
		},
		{
			"an error of the broker", program(amqpImport, connect+`
	if _, err := ch.QueueDeclare("orders", false, false, false, false, nil); err != nil { log.Fatal(err) }`),
			"The broker refused a request", "Брокер отказал программе", "PRECONDITION_FAILED - inequivalent arg", "Exception (406)", 1, 1, 4,
		},
		{
			"a channel that is gone", program(amqpImport, connect+`
	if _, err := ch.QueueDeclarePassive("order", true, false, false, false, nil); err != nil { log.Print(err) }
	if err := ch.Qos(1, 0, false); err != nil { log.Print(err) }
	select {}`),
			"The broker refused a request", "Брокер отказал программе", "NOT_FOUND - no queue 'order'", "", 1, 1, 4,
		},
		{
			"skips what it cannot read", loop("continue"),
			"The unreadable message was never refused", "Нечитаемое сообщение не отклонено", "it was waiting for the next delivery", "", 3, 3, 0,
		},
		{
			"dies of what it cannot read", loop("log.Fatal(err)"),
			"The unreadable message is still in the queue", "Нечитаемое сообщение осталось в очереди", "exit code 1", "looking for beginning of value", 3, 3, 0,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ev := submit(t, g, lab, tt.files, 1)
			v := Render(lab, ev, "en")
			if ru := Render(lab, ev, "ru"); v.Sentence != tt.en || ru.Sentence != tt.ru {
				t.Errorf("said %q and %q, want %q and %q", v.Sentence, ru.Sentence, tt.en, tt.ru)
			}
			if why := flat(v.Why); !strings.Contains(why, tt.why) || !strings.Contains(why, "The runs with faults come when") {
				t.Errorf("why: %q, want %q and that there were no faults", why, tt.why)
			}
			if !strings.Contains(v.Output, tt.output) || (v.Output == "") != (tt.output == "") {
				t.Errorf("output %q, want %q in it", v.Output, tt.output)
			}
			if v.HintTask != tt.task {
				t.Errorf("hint of task %d, want %d", v.HintTask, tt.task)
			}
			by := statuses(ev)
			if len(by[Failed]) != tt.failed || len(by[Blocked]) != tt.open {
				t.Errorf("checks %v, want %d failed and %d blocked", by, tt.failed, tt.open)
			}
			saidOnce(t, v)
		})
	}
}

// saidOnce checks that only one text says how the run ended, and that a run that
// broke off finishes no task.
func saidOnce(t *testing.T, v Verdict) {
	t.Helper()
	all := flat(v.Why)
	for _, c := range v.Checks {
		all += " " + flat(c.Message)
	}
	for _, end := range []string{"ended with exit code", "the program said nothing"} {
		if n := strings.Count(all, end); n > 1 {
			t.Errorf("%q is said %d times:\n%s", end, n, all)
		}
	}
	if strings.Contains(all, "exit code") && slices.ContainsFunc(v.Tasks, func(s TaskStatus) bool { return s.Status == Passed }) {
		t.Errorf("tasks %+v: none is done by a run that broke off", v.Tasks)
	}
}

// TestRefusalThatWasDealtWith is no cause: the program went on after it.
func TestRefusalThatWasDealtWith(t *testing.T) {
	g, lab := real(t)
	ev := submit(t, g, lab, program(amqpImport, connect+`
	if _, err := ch.QueueDeclarePassive("order", true, false, false, false, nil); err != nil { log.Print(err) }
	if ch, err = conn.Channel(); err != nil { log.Fatal(err) }
	if err := ch.Qos(1, 0, false); err != nil { log.Fatal(err) }
	if _, err := ch.Consume("orders", "w", false, false, false, false, nil); err != nil { log.Fatal(err) }
	select {}`), 1)
	if v := Render(lab, ev, "en"); v.Sentence != "No order was charged" {
		t.Errorf("said %q: %s", v.Sentence, flat(v.Why))
	}
}

// TestAllErrors: a program that does not compile is told of every error, each at
// its line.
func TestAllErrors(t *testing.T) {
	g, lab := real(t)
	ev := submit(t, g, lab, program("", "\tone()\n\ttwo()\n\tvar x int"), 1)
	v := Render(lab, ev, "en")
	var lines []int
	for _, s := range v.Why {
		if s.Line > 0 {
			lines = append(lines, s.Line)
		}
	}
	if want := []int{7, 8, 9}; !slices.Equal(lines, want) || v.Line != 7 {
		t.Errorf("lines %v, first %d, want %v: %s", lines, v.Line, want, flat(v.Why))
	}
	if why := flat(v.Why); !strings.HasPrefix(why, "The compiler found 3 errors:\nline 7: undefined: one") {
		t.Errorf("why: %s", why)
	}
}

// TestLiveComputes: the status of a run tells a program that computes from one that
// waits, whatever it called last.
func TestLiveComputes(t *testing.T) {
	g, lab := real(t)
	consume := connect + `
	ds, err := ch.Consume("orders", "w", false, false, false, false, nil)
	if err != nil { log.Fatal(err) }
	for range ds { `
	for _, tt := range []struct {
		name, body, imports string
		computing           bool
	}{
		{"computes", consume + "for {} }", amqpImport, true},
		{"waits", consume + "}", amqpImport, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := firstBlocked(t, g, lab, program(tt.imports, tt.body))
			if u.Computing != tt.computing || (u.Waiting == "") != tt.computing {
				t.Errorf("status %+v, want computing %v", u, tt.computing)
			}
		})
	}
}

// firstBlocked runs a program until it is said to be blocked, once it has been given all
// messages: before that it may be waiting for its turn on a busy machine.
func firstBlocked(t *testing.T, g *Grader, lab *labs.Lab, files []labs.File) (found Update) {
	t.Helper()
	s, err := g.Open(t.Context(), lab, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	given := 0
	if err := s.Run(t.Context(), files, func(u Update) {
		given += kinds(u)["delivered"]
		if u.Status == trial.Blocked && found.Status == "" && given == 9 {
			found = u
			go s.Stop()
		}
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// TestHolds: stored evidence stands for the same submission only, and for none once
// anything that decides the verdict has changed.
func TestHolds(t *testing.T) {
	lab := workQueue(t)
	g := &Grader{}
	raw, err := json.Marshal(begin(lab.Drawn(7), lab.Complete(lab.Solution()), 7))
	if err != nil {
		t.Fatal(err)
	}
	stored := func() *Evidence {
		var ev Evidence
		if err := json.Unmarshal(raw, &ev); err != nil {
			t.Fatal(err)
		}
		return &ev
	}
	if !g.Holds(stored(), lab, lab.Solution(), 7) {
		t.Error("the evidence of the same submission does not hold")
	}
	for what, change := range map[string]func(*Evidence){
		"format": func(ev *Evidence) { ev.Version++ }, "grader": func(ev *Evidence) { ev.Grader = "0" },
		"lab": func(ev *Evidence) { ev.LabHash = "other" }, "miniature": func(ev *Evidence) { ev.Miniatures["rabbitmq"] = "0" },
		"real broker": func(ev *Evidence) { ev.Real = map[string]string{"rabbitmq": "rabbitmq:3"} },
		"answer of the real broker, if it gave none": func(ev *Evidence) {
			ev.conclude(lab.Checks[0], []trial.Outcome{{Blocked: map[string]string{lab.Checks[0].ID: unheard}}})
		},
	} {
		ev := stored()
		if change(ev); g.Holds(ev, lab, lab.Solution(), 7) {
			t.Errorf("it holds with another %s", what)
		}
	}
	if g.Holds(stored(), lab, lab.Starter(), 7) || g.Holds(stored(), lab, lab.Solution(), 8) {
		t.Error("it holds for other files, or another seed")
	}
}

// TestLinesOfOtherFiles: a line that is not one of main.go says whose it is.
func TestLinesOfOtherFiles(t *testing.T) {
	g, lab := real(t)
	files := append(program(amqpImport, connect+`
	if err := ch.Qos(1, 0, false); err != nil { log.Fatal(err) }
	ds, err := ch.Consume("orders", "w", false, false, false, false, nil)
	if err != nil { log.Fatal(err) }
	for d := range ds { handle(d) }`), labs.File{Name: "handle.go", Text: `package main

import (
	"context"
	"encoding/json"

	amqp "github.com/rabbitmq/amqp091-go"
)

func handle(d amqp.Delivery) {
	var o Order
	if json.Unmarshal(d.Body, &o) != nil {
		d.Reject(false)
	} else if d.Ack(false) == nil {
		Charge(context.Background(), o)
	}
}
`})
	ev := submit(t, g, lab, files, 1)
	v := Render(lab, ev, "en")
	i := slices.IndexFunc(v.Why, func(s Span) bool { return s.Line > 0 })
	if i < 0 || v.Why[i].Line != 14 || v.Why[i].File != "handle.go" || v.File != "handle.go" {
		t.Errorf("%s: the line is %+v of %q, want line 14 of handle.go", v.Sentence, v.Why, v.File)
	}
	at := slices.IndexFunc(ev.Journals[BaselineID], func(e brokers.Event) bool { return e.Kind == brokers.Subscribed })
	if e := ev.Journals[BaselineID][at]; e.Line == 0 || e.File != "" {
		t.Errorf("subscribed at line %d of %q, want one of main.go", e.Line, e.File)
	}
	broken := submit(t, g, lab, append(program("", ""), labs.File{Name: "handle.go", Text: "package main\n\nvar x int = true\n"}), 1)
	if v := Render(lab, broken, "ru"); v.Line != 3 || v.File != "handle.go" {
		t.Errorf("an error of handle.go is at line %d of %q: %s", v.Line, v.File, flat(v.Why))
	}
}

// TestALiveRunSaysHowItEnded, and nothing of what it printed: that was shown as it came.
func TestALiveRunSaysHowItEnded(t *testing.T) {
	lab := workQueue(t)
	for lang, want := range map[string]string{"en": "The program ended with exit code 1.", "ru": "Программа завершилась с кодом 1."} {
		if got := EndText(lab, &trial.Exit{Code: 1}, lang); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestUnheardVerdict: when a real broker did not answer, the verdict is about that, with
// the reason, and not about the program, unless something of that is known to be wrong.
func TestUnheardVerdict(t *testing.T) {
	lab := workQueue(t)
	none, early := property.Result{OK: true}, property.Result{Message: "some-other-way"}
	for _, tt := range []struct {
		lang        string
		charged     property.Result // of the run under a refusal
		say, reason string
		hints       int
	}{
		{"en", none, "The real broker did not answer", "“no route”. That is no fault of your program.", 0},
		{"ru", none, "Настоящий брокер не ответил", "«no route». Ваша программа тут ни при чём.", 0},
		{"en", early, "some-other-way", "", 1},
	} {
		ev := begin(lab.Drawn(1), lab.Complete(lab.Solution()), 1)
		for _, c := range lab.Checks {
			o := trial.Outcome{Results: map[string]property.Result{c.ID: none}, End: trial.EndUntil}
			switch c.ID {
			case "prefetch":
				o.Blocked, o.Unheard = map[string]string{c.ID: unheard}, "no route"
			case "charge-refused":
				o.Results[c.ID] = tt.charged
			}
			ev.conclude(c, []trial.Outcome{o})
		}
		v := Render(lab, ev, tt.lang)
		if v.Sentence != tt.say || !strings.Contains(links(v.Why), tt.reason) || v.Status == Passed || len(v.Hint) != tt.hints {
			t.Errorf("%s: %s, %q: %s, hints for %d tasks", tt.lang, v.Status, v.Sentence, links(v.Why), len(v.Hint))
		}
	}
}
