package build

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// tracedFile stands in for the generated file: records go to descriptor 3.
const tracedFile = `package main

import (
	"strconv"
	"syscall"
)

func brokerlabAt(line, call int32) {
	syscall.Write(3, []byte(strconv.Itoa(int(line))+" "+strconv.Itoa(int(call))+"\n"))
}
`

// everything traces calls into every package, which is harder than our own rule.
func everything(string) bool { return true }

// traceOf is a program with the trace in it, or the reason why it has none.
func traceOf(t *testing.T, files []File, traced func(string) bool) (prepared, []Diagnostic) {
	t.Helper()
	a, err := newAnalyser(testPack)
	if err != nil {
		t.Fatal(err)
	}
	c := a.check(files)
	if len(c.found) > 0 {
		return prepared{}, c.found
	}
	return instrument(c, traced), nil
}

// An outcome is what can be seen of a run.
type outcome struct {
	stdout, stderr string
	exit           int
	records        string
}

// linkAndRun runs files as they are.
func linkAndRun(t *testing.T, files []File) outcome {
	t.Helper()
	b := builder{pack: testPack, dir: t.TempDir(), generated: tracedFile}
	p, err := b.build(t.Context(), order{Files: files, Lang: testPack.info.Lang})
	if err != nil || p.Failed != "" {
		t.Fatalf("%s: %s %v\n%s", p.Failed, p.Said, err, files[0].Text)
	}
	records, err := os.Create(filepath.Join(b.dir, "records"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = records.Close() }()
	cmd := exec.CommandContext(t.Context(), filepath.Join(b.dir, "program"))
	cmd.WaitDelay = time.Minute
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = &stdout, &stderr, []*os.File{records}
	cmd.Env = []string{"GOTRACEBACK=single"}
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	said, err := os.ReadFile(records.Name())
	if err != nil {
		t.Fatal(err)
	}
	return outcome{stdout.String(), normal(stderr.String()), cmd.ProcessState.ExitCode(), string(said)}
}

// What differs from run to run in a stack: addresses, and arguments, of which
// some are addresses.
var (
	addresses = regexp.MustCompile(` \+0x[0-9a-f]+|0x[0-9a-f]+`)
	arguments = regexp.MustCompile(`(?m)^((?:main|panic)[^\n]*)\([^()\n]*\)$`)
	signals   = regexp.MustCompile(`(?m)^\[signal .*\]$`)
)

func normal(stack string) string {
	stack = signals.ReplaceAllString(stack, "[signal]")
	stack = arguments.ReplaceAllString(stack, "$1()")
	return addresses.ReplaceAllString(stack, "")
}

// TestTraceChangesNothing runs each program of the corpus with and without the
// trace: it prints the same, ends the same, and panics at the same lines.
func TestTraceChangesNothing(t *testing.T) {
	names, err := filepath.Glob("testdata/trace/*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if sameWithTrace(t, mainFile(string(text))) == "" {
				t.Error("nothing was traced")
			}
		})
	}
}

// sameWithTrace compares a program with itself under two traces, and gives what
// the larger one recorded.
func sameWithTrace(t *testing.T, files []File) (records string) {
	t.Helper()
	plain := linkAndRun(t, files)
	for name, which := range map[string]func(string) bool{"everything": everything, "clients": talks} {
		p, found := traceOf(t, files, which)
		if found != nil {
			t.Fatalf("the corpus has errors: %v", found)
		}
		traced := linkAndRun(t, p.Files)
		if traced.stdout != plain.stdout || traced.stderr != plain.stderr || traced.exit != plain.exit {
			t.Errorf("%s traced: exit %d, stdout\n%s\nstderr\n%s\nwant exit %d, stdout\n%s\nstderr\n%s",
				name, traced.exit, traced.stdout, traced.stderr, plain.exit, plain.stdout, plain.stderr)
		}
		if len(traced.records) > len(records) {
			records = traced.records
		}
	}
	return records
}

// TestTraceOfGoTests does the same with the programs of the toolchain's own test
// suite, which hold every shape of statement there is. It takes minutes, so it
// runs only when it is asked for.
func TestTraceOfGoTests(t *testing.T) {
	if os.Getenv("BROKERLAB_GO_TESTS") == "" {
		t.Skip("BROKERLAB_GO_TESTS is not set")
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "test", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "test", "*", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, name := range append(names, more...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files := mainFile(string(text))
		if !bytes.HasPrefix(text, []byte("// run\n")) || bytes.Contains(text, []byte("runtime.")) {
			continue
		}
		if p, found := traceOf(t, files, everything); found != nil || len(p.Calls) == 0 {
			continue
		}
		ran++
		t.Run(filepath.Base(name), func(t *testing.T) { sameWithTrace(t, files) })
	}
	t.Logf("%d programs", ran)
}

// FuzzTrace holds the trace to its promise on any source: what type-checked
// still does, and every name stays at its line and column. Its seeds are run by
// go test.
func FuzzTrace(f *testing.F) {
	names, err := filepath.Glob("testdata/trace/*.go")
	if err != nil || len(names) == 0 {
		f.Fatalf("no corpus: %v", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range clients {
		f.Add(text)
	}
	a, err := newAnalyser(testPack)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := a.check(mainFile(text))
		defer c.forget()
		if len(c.found) > 0 {
			return
		}
		traced := instrument(c, everything).Files[0].Text
		want, err := placesOf(a, text, nil)
		if err != nil {
			return
		}
		stub := "package main\n\nfunc brokerlabAt(line, call int32) {}\n"
		got, err := placesOf(a, traced, &stub)
		if err != nil {
			t.Fatalf("it does not type-check: %v\n%s", err, traced)
		}
		if !slices.Equal(got, want) {
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Fatalf("name %d is %s, want %s\n%s", i, got[i], want[i], traced)
				}
			}
			t.Fatalf("%d names, want %d\n%s", len(got), len(want), traced)
		}
	})
}

// placesOf type-checks a file, with another one beside it, and lists its names
// with their places as line directives make them, without those of the trace.
func placesOf(a *analyser, text string, beside *string) ([]string, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, mainName, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	trees := []*ast.File{tree}
	if beside != nil {
		other, err := parser.ParseFile(fset, generatedName, *beside, 0)
		if err != nil {
			return nil, err
		}
		trees = append(trees, other)
	}
	conf := types.Config{GoVersion: a.lang, Importer: a.imp, Sizes: a.size}
	if _, err := conf.Check("main", fset, trees, nil); err != nil {
		return nil, err
	}
	var places []string
	ast.Inspect(tree, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "brokerlabAt" {
				return false
			}
		}
		if id, ok := n.(*ast.Ident); ok {
			places = append(places, fmt.Sprintf("%s at %v", id.Name, fset.Position(id.Pos())))
		}
		return true
	})
	return places, nil
}

// TestTraceRecords says which records a program makes, in which order.
func TestTraceRecords(t *testing.T) {
	files := []File{{"main.go", `package main

import (
	"net/http"

	amqp "github.com/rabbitmq/amqp091-go"
)

type acker struct{}

func (acker) Ack(uint64, bool) error        { return nil }
func (acker) Nack(uint64, bool, bool) error { return nil }
func (acker) Reject(uint64, bool) error     { return nil }

func main() {
	ch := make(chan amqp.Delivery, 3)
	for i := range 3 {
		ch <- amqp.Delivery{Acknowledger: acker{}, DeliveryTag: uint64(i)}
	}
	close(ch)
	d := <-ch
	func() {
		defer d.Ack(false)
		println("work")
	}()
	select {
	case d := <-ch:
		if err := d.
			Nack(false, false); err != nil {
			return
		}
	}
	for d := range ch {
		charge(d)
	}
	_ = amqp.Table{}
	local()
	_ = http.StatusText(200)
	if http.StatusText(1) == "x" {
		local()
	} else if err := d.Ack(false); err != nil {
		local()
	}
}

func local() {}
`}, {"ledger.go", `package main

import amqp "github.com/rabbitmq/amqp091-go"

func charge(d amqp.Delivery) {
	d.Reject(true)
}
`}}
	want := []string{
		"21 receive amqp.Delivery",
		"23 amqp.Delivery.Ack",
		"27 receive amqp.Delivery",
		"29 amqp.Delivery.Nack",
		"33 receive amqp.Delivery",
		"34 main.charge",
		"6 amqp.Delivery.Reject @ledger.go",
		"38 http.StatusText",
		"39 http.StatusText",
		"41 amqp.Delivery.Ack",
	}
	p, found := traceOf(t, files, talks)
	if found != nil {
		t.Fatal(found)
	}
	var got []string
	for record := range strings.Lines(linkAndRun(t, p.Files).records) {
		var line, call int
		if _, err := fmt.Sscan(record, &line, &call); err != nil || call >= len(p.Calls) {
			t.Fatalf("record %q of %d calls: %v", record, len(p.Calls), err)
		}
		got = append(got, fmt.Sprint(line, " ", p.Calls[call]))
	}
	if !slices.Equal(got, want) {
		t.Errorf("records\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
