package interp

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/sandbox/interp/check"
	"github.com/brokerlab/brokerlab/sandbox/jail"
)

// lab builds a command that only knows the role interp, without cgo, as the real one.
func lab(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "lab")
	cmd := exec.Command("go", "build", "-o", bin, "./testdata/lab")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// calm are limits that no check comes near that is not about them.
var calm = Limits{Wall: patience, CPU: 2 * patience, Memory: 512 << 20, Output: 64 << 10}

// level is the best that the tests can have here.
func level() jail.Level {
	if runtime.GOOS == "linux" {
		return jail.LevelA
	}
	return jail.LevelC
}

var journal = func() []byte {
	events := []brokers.Event{
		{Seq: 1, Kind: brokers.Published, Place: "", Message: 1, Label: "a"},
		{Seq: 2, Kind: brokers.Delivered, Place: "orders", Message: 1, Label: "a", Tag: 1},
		{Seq: 3, Kind: brokers.Acked, Place: "orders", Message: 1, Label: "a", Tag: 1},
		{Seq: 4, Kind: brokers.Delivered, Place: "orders", Message: 2, Label: "b", Tag: 2},
	}
	text, err := json.Marshal(events)
	if err != nil {
		panic(err)
	}
	return text
}()

const ackedCheck = `package main

import (
	"fmt"

	"brokerlab/check"
)

func main() {
	open := map[uint64]check.Event{}
	for _, e := range check.Events() {
		switch e.Kind {
		case "delivered":
			open[e.Message] = e
		case "acked":
			delete(open, e.Message)
		}
	}
	for _, e := range open {
		check.Fail("not-acked", map[string]string{"label": e.Label, "n": fmt.Sprint(len(open))}, e.Seq)
		return
	}
	check.Pass()
}
`

func TestRunCheck(t *testing.T) {
	e := &Engine{Lab: lab(t), Level: level(), Limits: calm}
	got, err := e.RunCheck(context.Background(), ackedCheck, journal)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Pass || got[0].Message != "not-acked" || got[0].Params["label"] != "b" || len(got[0].Seqs) != 1 || got[0].Seqs[0] != 4 {
		t.Errorf("results %+v, want not-acked of b at event 4", got)
	}
	got, err = e.RunCheck(context.Background(), ackedCheck, []byte("[]"))
	if err != nil || len(got) != 1 || !got[0].Pass {
		t.Errorf("results %+v, %v, want one pass", got, err)
	}
}

// TestCheckMistakes: whatever is wrong with a check is its author's, with the line,
// and never a pass.
func TestCheckMistakes(t *testing.T) {
	e := &Engine{Lab: lab(t), Level: level()}
	tests := []struct {
		name, body string
		line       int // in the file; the body begins at line 6
		says       string
	}{
		{"says nothing", "_ = check.Events()", 6, "without calling check.Pass"},
		{"panics", "check.Pass()\npanic(\"no\")", 7, "panicked: no"},
		{"index out of range", "check.Pass()\ns := check.Events()\n_ = s[99]", 8, "panicked"},
		{"endless loop", "check.Pass()\nfor {\n}", 7, "did not end"},
		{"endless wait", "check.Pass()\nch := make(chan int)\n<-ch", 8, ""},
		{"too much memory", "check.Pass()\nvar all [][]byte\nfor {\nall = append(all, make([]byte, 1<<20))\nall[len(all)-1][5] = 1\n}", 9, "memory"},
		{"no such event", "check.Fail(\"x\", nil, 77)", 6, "no event 77"},
		{"unused variable", "x := 1\ncheck.Pass()", 6, "declared and not used"},
		{"refused by the lint", "check.Pass()\nfor i := range 3 {\n_ = i\n}", 7, "range over a number"},
		{"unknown function", "check.Begin(nil)", 6, "not offer check.Begin"},
		{"syntax", "check.Pass(", 6, ""},
		{"panic in a goroutine", "check.Pass()\ngo func() {\npanic(\"g\")\n}()\nfor {\n}", 8, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := "package main\n\nimport \"brokerlab/check\"\n\nfunc main() {\n" + tt.body + "\n}\n"
			e.Limits = calm
			if strings.HasPrefix(tt.name, "endless") {
				e.Limits.Wall = 4 * time.Second // by then it has come to where it does not end
			}
			got, err := e.RunCheck(context.Background(), source, journal)
			var ce *CheckError
			if !errors.As(err, &ce) {
				t.Fatalf("results %+v, error %v, want a CheckError", got, err)
			}
			if ce.File != "check.go" || ce.Line < tt.line || ce.Line > tt.line+1 || !strings.Contains(ce.Message, tt.says) {
				t.Errorf("%v, want line %d (or the next) and %q", ce, tt.line, tt.says)
			}
		})
	}
}

// TestCheckImports: a check cannot leave, print where it likes, or look outside.
func TestCheckImports(t *testing.T) {
	e := &Engine{Lab: lab(t), Level: level(), Limits: calm}
	for path, code := range map[string]string{
		"os": CodeCheckImport, "os/exec": CodeCheckImport, "net": CodeCheckImport, "net/http": CodeCheckImport, "syscall": CodeCheckImport,
		"log": CodeCheckImport, "github.com/rabbitmq/amqp091-go": CodeCheckImport, "runtime/debug": CodeCheckImport, "unsafe": CodeUnsafe,
	} {
		_, err := e.RunCheck(context.Background(), "package main\n\nimport _ \""+path+"\"\n\nfunc main() {}\n", journal)
		var ce *CheckError
		if !errors.As(err, &ce) || ce.Line != 3 || len(ce.Diagnostics) == 0 || ce.Diagnostics[0].Code != code {
			t.Errorf("import %q: %v, want %s at line 3", path, err, code)
		}
	}
}

// TestCheckCancelled: the caller's end ends the child and is not the author's mistake.
func TestCheckCancelled(t *testing.T) {
	e := &Engine{Lab: lab(t), Level: level(), Limits: calm}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.RunCheck(ctx, ackedCheck, journal); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

// TestEventMirror: a check's event has the fields of a journal's event.
func TestEventMirror(t *testing.T) {
	var want []brokers.Event
	if err := json.Unmarshal(journal, &want); err != nil {
		t.Fatal(err)
	}
	if err := check.Begin(journal); err != nil {
		t.Fatal(err)
	}
	full := brokers.Event{Seq: 1, At: 2, Kind: "k", Source: "s", Client: "c", Channel: 3, Place: "p", Exchange: "x", Key: "y", Message: 4,
		Label: "l", Tag: 5, Consumer: "t", N: 6, Redelivered: true, Reason: "r", Line: 7}
	in, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	var mirror check.Event
	if err := json.Unmarshal(in, &mirror); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(mirror)
	if err != nil {
		t.Fatal(err)
	}
	if string(in) != string(out) {
		t.Errorf("journal writes %s, check reads %s", in, out)
	}
}

// TestLint: a student's program is refused with its place, and nothing of it runs.
func TestLint(t *testing.T) {
	e := &Engine{Lab: lab(t), Level: level(), Limits: calm}
	for _, tt := range []struct {
		name, body, code string
		line             int
	}{
		{"good", `os.Exit(7)`, "", 0},
		{"a type error", `var n int = "one"; os.Exit(n)`, CodeType, 6},
		{"what the interpreter gets wrong", `for i := range 3 { defer func() { os.Exit(i) }() }`, "defer-in-loop", 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, err := e.Lint(t.Context(), []File{{Name: "main.go", Text: "package main\n\nimport \"os\"\n\nfunc main() {\n" + tt.body + "\n}\n"}})
			if err != nil || (len(found) == 0) != (tt.code == "") {
				t.Fatalf("found %+v, error %v; want %q", found, err, tt.code)
			}
			if tt.code != "" && !slices.ContainsFunc(found, func(d Diagnostic) bool { return d.Code == tt.code && d.Line == tt.line }) {
				t.Errorf("found %+v, want %s at line %d", found, tt.code, tt.line)
			}
		})
	}
}

// BenchmarkCheck is the whole life of a child with a check of a small journal.
func BenchmarkCheck(b *testing.B) {
	bin := os.Getenv("INTERP_LAB")
	if bin == "" {
		b.Skip("set INTERP_LAB to a lab command")
	}
	e := &Engine{Lab: bin, Level: level(), Limits: calm}
	for b.Loop() {
		if _, err := e.RunCheck(context.Background(), ackedCheck, journal); err != nil {
			b.Fatal(err)
		}
	}
}
