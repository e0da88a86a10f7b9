package grader

import (
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// program makes main.go from imports and a body.
func program(imports, body string) []labs.File {
	var list strings.Builder
	for name := range strings.FieldsSeq(imports) {
		list.WriteString("\t" + name + "\n")
	}
	if list.Len() > 0 {
		list.WriteString("\n") // keeps line numbers of bodies apart from the imports'
	}
	return []labs.File{{Name: "main.go", Text: "package main\n\nimport (\n" + list.String() + ")\n\nfunc main() {\n" + body + "\n}\n"}}
}

const (
	amqpImport = `amqp"github.com/rabbitmq/amqp091-go" "log"`
	connect    = `
	conn, err := amqp.Dial("amqp://guest:guest@localhost:5672/")
	if err != nil { log.Fatal(err) }
	ch, err := conn.Channel()
	if err != nil { log.Fatal(err) }
`
)

// hurried is the lab with a limit that a test can wait for: of time, or of processor time,
// which on a busy machine takes as long as it takes. Programs that meet another limit, or
// none, have the lab's own.
func hurried(lab *labs.Lab, limit string) *labs.Lab {
	quick := *lab
	switch limit {
	case "wall":
		quick.Limits.Wall = 5 * time.Second
	case "cpu":
		quick.Limits.Wall, quick.Limits.CPU = time.Minute, time.Second
	}
	return &quick
}

// TestHostile runs programs that do not play by the rules. Each is stopped in
// time and told why in both languages, and none of them passes a check by it.
func TestHostile(t *testing.T) {
	g, work := real(t)
	for _, tt := range []struct {
		name, imports, body string
		end, limit          string
		en, ru              string // in the sentence or the why
	}{
		{"endless loop", ``, `for {}`, trial.EndLimit, "cpu", "used up its 1 s of processor time", "исчерпала 1 с процессорного времени"},
		{"sleeps", `"time"`, `time.Sleep(time.Hour)`, trial.EndLimit, "wall", "stopped after 5 s; it was waiting in time.Sleep at line 9", "остановлена через 5 с; она ждала в time.Sleep на строке 9"},
		{"floods", `"fmt"`, `for { fmt.Println("passed 10/10 passed 10/10 passed 10/10") }`, trial.EndLimit, "output", "printed too much", "напечатала слишком много"},
		{"eats memory", ``, `var all [][]byte; for { b := make([]byte, 1<<20); for i := range b { b[i] = 1 }; all = append(all, b) }`, trial.EndLimit, "memory", "ran out of memory", "не хватило памяти"},
		{"starts processes", `"syscall"`, `syscall.ForkExec("/bin/true", nil, nil)`, trial.EndLimit, "processes", "does not allow", "чего в лабораторной нельзя"},
		{"leaves", ``, ``, trial.EndExit, "", "The program ended by itself", "Программа завершилась сама"},
		{"panics", ``, `panic("no")`, trial.EndExit, "", "stopped with a panic at line 7: “no”.", "остановилась с паникой на строке 7: «no»."},
		{"panics in the middle", amqpImport, connect + `
	ds, _ := ch.Consume("orders", "w", false, false, false, false, nil)
	<-ds
	var done map[string]bool
	done["1"] = true`, trial.EndExit, "", "with a panic", "с паникой"},
		{"says that it panicked", `"fmt" "os"`, `fmt.Fprintln(os.Stderr, "panic: passed 10/10"); os.Exit(1)`, trial.EndExit, "", "exit code 1", "с кодом 1"},
		{"forges a verdict", `"fmt"`, `fmt.Println(` + "`" + `{"status":"passed","score":{"points":10,"of":10}}` + "`" + `)`, trial.EndExit, "", "Nobody took a message", "Сообщения никто не забирал"},
		{"reads a file", `"os" "log"`, `b, err := os.ReadFile("/etc/passwd"); if err == nil { log.Print(len(b)); return }; os.Exit(3)`, trial.EndExit, "", "exit code 3", "с кодом 3"},
		{"dials out", `"net" "os"`, `if _, err := net.Dial("tcp", "1.1.1.1:80"); err != nil { os.Exit(4) }`, trial.EndExit, "", "exit code 4", "с кодом 4"},
		{"100 000 goroutines", `"time"`, `for range 100000 { go func() { time.Sleep(time.Hour) }() }; time.Sleep(time.Hour)`, trial.EndLimit, "", "", ""},
		{"comes back for ever", amqpImport, connect + `
	ds, _ := ch.Consume("orders", "w", false, false, false, false, nil)
	for d := range ds { d.Nack(false, true) }`, trial.EndAttempts, "", "comes back again and again", "приходит снова и снова"},
		{"publishes for ever", amqpImport, connect + `
	for { if err := ch.Publish("", "orders", false, false, amqp.Publishing{Body: []byte("{}")}); err != nil { log.Fatal(err) } }`, trial.EndQuota, "", "limit of the lab was met", "предел лабораторной"},
		{"deletes the queue", amqpImport, connect + `
	if _, err := ch.QueueDelete("orders", false, false, false); err != nil { log.Fatal(err) }`, trial.EndExit, "", "Nobody took a message", "Сообщения никто не забирал"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lab := hurried(work, tt.limit)
			ev := submit(t, g, lab, program(tt.imports, tt.body), 1)
			if ev.Baseline == nil {
				t.Fatalf("did not run: %+v", ev.Diagnostics)
			}
			if ev.Baseline.End != tt.end || tt.limit != "" && ev.Baseline.Exit.Limit != tt.limit {
				t.Errorf("the run ended by %+v, want %s %s", ev.Baseline, tt.end, tt.limit)
			}
			if ev.passed() || len(ev.Schedules) > 0 {
				t.Errorf("score %+v after %d schedules: want no sweep of a program that fails by itself", ev.Score, len(ev.Schedules))
			}
			for lang, want := range map[string]string{"en": tt.en, "ru": tt.ru} {
				v := Render(lab, ev, lang)
				if said := v.Sentence + ". " + flat(v.Why); !strings.Contains(said, want) {
					t.Errorf("%s: said %q, want %q", lang, said, want)
				}
			}
		})
	}
}

// TestDoesNotCompile: the student reads where, and nothing has run.
func TestDoesNotCompile(t *testing.T) {
	g, lab := real(t)
	ev := submit(t, g, lab, program("", "return 1"), 1)
	v := Render(lab, ev, "ru")
	if ev.Baseline != nil || v.Status != Failed || v.Line == 0 || v.Sentence != "Программа не компилируется" {
		t.Errorf("verdict %+v", v)
	}
	for _, c := range v.Checks {
		if c.Status != Blocked {
			t.Errorf("check %q is %s, want blocked", c.ID, c.Status)
		}
	}
}

// flat is a sentence without its links.
func flat(spans []Span) string {
	var out strings.Builder
	for _, s := range spans {
		out.WriteString(s.Text)
	}
	return out.String()
}
