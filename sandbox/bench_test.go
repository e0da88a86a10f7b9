//go:build linux

package sandbox_test

import (
	"testing"

	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/sandboxtest"
)

// BenchmarkRun starts a program, lets it print and end.
func BenchmarkRun(b *testing.B) {
	h := open(b, sandbox.Options{})
	bin := program(b)
	for b.Loop() {
		var r ran
		if err := h.Call(background, "run", ask{Text: "hello", Limits: limits}, &r, bin); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPrepare locks a program down up to the word to go.
func BenchmarkPrepare(b *testing.B) {
	h := open(b, sandbox.Options{})
	bin := program(b)
	for b.Loop() {
		var id int
		if err := h.Call(background, "prepare", ask{Text: "early", Limits: limits}, &id, bin); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := h.Call(background, "kill", ask{ID: id}, nil); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkGo lets a prepared program go, and waits for its end.
func BenchmarkGo(b *testing.B) {
	h := open(b, sandbox.Options{})
	bin := program(b)
	for b.Loop() {
		b.StopTimer()
		var id int
		if err := h.Call(background, "prepare", ask{Text: "early", Limits: limits}, &id, bin); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := h.Call(background, "go", ask{ID: id}, nil); err != nil {
			b.Fatal(err)
		}
		if err := h.Call(background, "running", ask{ID: id}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen starts a host that was not kept ready, and ends it.
func BenchmarkOpen(b *testing.B) {
	s := sandboxtest.Open(b, sandboxtest.TestLab, sandbox.Options{Warm: -1})
	for b.Loop() {
		h, err := s.Open(background)
		if err != nil {
			b.Fatal(err)
		}
		h.Close()
	}
}
