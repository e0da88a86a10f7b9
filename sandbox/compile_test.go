//go:build linux

package sandbox_test

import (
	"os"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/sandboxtest"
)

const student = `package main

import (
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	_, err := amqp.Dial("amqp://guest:guest@localhost:5672/")
	fmt.Println(err != nil)
}
`

// TestBuildAndRun has what the builder makes run in a host: it is locked down, it
// traces, and its calls are in the table.
func TestBuildAndRun(t *testing.T) {
	sandboxtest.Pack(t)
	s := sandboxtest.Open(t, sandboxtest.TestLab, sandbox.Options{Warm: 1})
	files := []sandbox.File{{Name: "main.go", Text: student}}
	bin, found, err := s.Build(background, files)
	if err != nil || len(found) > 0 {
		t.Fatal(err, found)
	}
	f, err := os.Open(bin.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read-only
	h, err := s.Open(background)
	if err != nil {
		t.Fatal(err)
	}
	var r ran
	if err := h.Call(background, "run", ask{Limits: limits}, &r, f); err != nil {
		t.Fatal(err)
	}
	if r.Output != "true\n" || r.Exit.Code != 0 {
		t.Errorf("ran %+v", r)
	}
	traced := ""
	for _, rec := range r.Trace {
		if rec.Line == 10 && int(rec.Call) < len(bin.Calls) {
			traced = bin.Calls[rec.Call]
		}
	}
	if !strings.Contains(traced, "Dial") {
		t.Errorf("trace %+v of calls %q, want Dial on line 10", r.Trace, bin.Calls)
	}
	broken := []sandbox.File{{Name: "main.go", Text: strings.Replace(student, "err != nil", "err != nill", 1)}}
	for _, ask := range []func() ([]sandbox.Diagnostic, error){
		func() ([]sandbox.Diagnostic, error) { return s.Check(background, broken) },
		func() ([]sandbox.Diagnostic, error) { _, d, err := s.Build(background, broken); return d, err },
	} {
		if d, err := ask(); err != nil || len(d) != 1 || d[0].Line != 11 {
			t.Errorf("diagnostics %+v, %v; want one on line 11", d, err)
		}
	}
}
