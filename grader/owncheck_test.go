package grader

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox/interp"
)

// onceYAML is a check of a lab's own, as lab.yaml has it.
const onceYAML = `
  - id: once
    task: 3
    points: 1
    func: check.go
    schedule: none
    title: {en: Nothing comes twice., ru: Ничего не приходит дважды.}
    on_fail:
      again:
        en:
          sentence: "It came {{.P.times}} times"
          why: "The message came {{.P.times}} times{{if .Line}}, last at {{ln .Line \"line\"}}{{end}}."
          expected: One delivery.
          found: "{{.P.times}}."
        ru:
          sentence: "Пришло {{.P.times}} раза"
          why: "Сообщение пришло {{.P.times}} раза{{if .Line}}, последний — на {{ln .Line \"строке\"}}{{end}}."
          expected: Одна доставка.
          found: "{{.P.times}}."
`

// onceGo is its source; say stands where it says what it has found.
func onceGo(say string) string {
	return `package main

import (
	"brokerlab/check"
	"strconv"
)

func main() {
	seen := make(map[uint64][]uint64)
	for _, e := range check.Events() {
		if e.Kind != "delivered" {
			continue
		}
		seen[e.Message] = append(seen[e.Message], e.Seq)
		if n := len(seen[e.Message]); n > 1 {
			times := strconv.Itoa(n); _ = times
			` + say + `
			return
		}
	}
	check.Pass()
}
`
}

const again = `check.Fail("again", map[string]string{"times": times}, seen[e.Message]...)`

// ownLab is the work queue with a check of its own.
func ownLab(t *testing.T, source string) (*labs.Set, *labs.Lab) {
	t.Helper()
	raw, err := fs.ReadFile(labs.Content, "rabbitmq/work-queue/lab.yaml")
	if err != nil {
		t.Fatal(err)
	}
	set, err := labs.Load(labs.Overlay(fstest.MapFS{
		"rabbitmq/work-queue/lab.yaml": {Data: append(raw, onceYAML...)},
		"rabbitmq/work-queue/check.go": {Data: []byte(source)},
	}, labs.Content))
	if err != nil {
		t.Fatal(err)
	}
	lab, ok := set.Lab("rabbitmq/work-queue")
	if !ok {
		t.Fatal("the lab is gone")
	}
	return set, lab
}

// TestOwnCheck: a check.go passes and fails runs, with its own words, parameters and
// proof.
func TestOwnCheck(t *testing.T) {
	g, _ := real(t)
	_, lab := ownLab(t, onceGo(again))
	if c := submit(t, g, lab, lab.Solution(), 1).check("once"); c.Status != Passed {
		t.Errorf("the solution: %+v", c)
	}
	ev := submit(t, g, lab, loop("d.Nack(false, true); continue"), 1)
	c := ev.check("once")
	if c.Status != Failed || c.MessageID != "again" || c.Facts.Params["times"] != "2" {
		t.Fatalf("check %+v, want it failed with 2 times", c)
	}
	for _, seq := range c.Counter.Events {
		if e := ev.Journals[BaselineID][seq-1]; e.Kind != "delivered" || e.Label != "" {
			t.Errorf("the proof has %+v, want deliveries of the unreadable message", e)
		}
	}
	lines := Render(lab, ev, "en").Checks
	i := slices.IndexFunc(lines, func(l CheckLine) bool { return l.ID == "once" })
	if said := flat(lines[i].Message); !strings.HasPrefix(said, "The message came 2 times, last at line ") || lines[i].Found != "2." {
		t.Errorf("said %q, found %q", said, lines[i].Found)
	}
}

// TestBrokenOwnCheck: what a check.go does wrong is our fault and costs no attempt;
// verify gives its file and line, and lint what can be seen without a run.
func TestBrokenOwnCheck(t *testing.T) {
	g, _ := real(t)
	for _, tt := range []struct {
		name, source string
		line         int
		want         string
		lint         bool // lint finds it, too
	}{
		{"panics", onceGo(`panic("no idea")`), 17, "it panicked", false},
		{"never ends", onceGo(`for { n++ }`), 17, "it did not end", false},
		{"eats memory", onceGo(`var all [][]byte; for { all = append(all, make([]byte, 1<<20)) }`), 17, "memory", false},
		{"another message", onceGo(`check.Fail("agian", nil)`), 17, `"agian"`, true},
		{"an event that is not there", onceGo(`check.Fail("again", nil, 99999)`), 17, "there is no event 99999", false},
		{"a type error", onceGo(`check.Fail(n, nil)`), 17, "cannot use n", true},
		{"no import of a check", strings.Replace(onceGo(again), `"strconv"`, `"strconv"; "os"`, 1), 5, "os", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, lab := ownLab(t, tt.source)
			_, err := g.Submit(t.Context(), lab, loop("d.Nack(false, true); continue"), 1, nil)
			var ours *Fault
			var own *interp.CheckError
			if !errors.As(err, &ours) || !errors.As(err, &own) {
				t.Fatalf("error %v, want a Fault of the check", err)
			}
			if own.File != "check.go" || own.Line != tt.line || !strings.Contains(own.Message, tt.want) {
				t.Errorf("error %v, want check.go:%d: …%s…", own, tt.line, tt.want)
			}
			found := Lint(lab)
			at := slices.ContainsFunc(found, func(f labs.Finding) bool {
				return f.File == "rabbitmq/work-queue/check.go" && f.Line == tt.line && strings.Contains(f.Message, tt.want)
			})
			if at != tt.lint || !tt.lint && len(found) > 0 {
				t.Errorf("lint: %v, want the line %v", found, tt.lint)
			}
		})
	}
}

// TestVerifyOwnCheck: verify says file and line of a check that is to blame.
func TestVerifyOwnCheck(t *testing.T) {
	m, _ := real(t)
	set, lab := ownLab(t, "package main\n\nimport \"brokerlab/check\"\n\nfunc main() {\n\tcheck.Fail(\"agian\", nil)\n}\n")
	g := New(Options{Sandbox: sharedSandbox(t), Labs: set, Lanes: m.lanes})
	t.Cleanup(g.Close)
	found, err := g.Verify(t.Context(), []string{lab.ID}, VerifyOptions{Seeds: 1}, nil)
	if err != nil || len(found) != 1 || found[0].File != "rabbitmq/work-queue/check.go" || found[0].Line != 6 {
		t.Errorf("verify: %v, error %v; want one finding at check.go:6", found, err)
	}
}
