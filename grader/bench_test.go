package grader

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// BenchmarkSubmit is a whole submission of the solution with a sweep of 25, found
// built: what the student waits for between Submit and the verdict.
func BenchmarkSubmit(b *testing.B) {
	g, lab := real(b)
	submit(b, g, lab, lab.Solution(), 1)
	for b.Loop() {
		if ev := submit(b, g, lab, lab.Solution(), 1); !ev.passed() || len(ev.Schedules) != trial.MaxPoints {
			b.Fatalf("%+v", ev.Checks)
		}
	}
}

// BenchmarkSubmitEdited is the same with a source that was never built before.
func BenchmarkSubmitEdited(b *testing.B) {
	g, lab := real(b)
	for i := 0; b.Loop(); i++ {
		if ev := submit(b, g, lab, edited(lab, fmt.Sprint("submit ", i, time.Now())), 1); !ev.passed() {
			b.Fatalf("%+v", ev.Checks)
		}
	}
}

// BenchmarkRunFirstOutput is Run to the first output of a program that was built
// while it was typed.
func BenchmarkRunFirstOutput(b *testing.B) {
	g, lab := real(b)
	s := open(b, g, lab)
	files := edited(lab, "run")
	if _, err := s.Build(context.Background(), files); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		if err := s.Reset(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		ctx, cancel := context.WithCancel(context.Background())
		_ = s.Run(ctx, files, func(u Update) {
			if u.Type == trial.TypeOutput {
				b.StopTimer() // how the run ends is not what the student waits for
				cancel()
			}
		})
		cancel()
		b.StartTimer()
	}
}

// BenchmarkGoRun is what the above replaces: go run of the same program, edited
// each time, to its first output. It needs no broker: main ends before it dials.
func BenchmarkGoRun(b *testing.B) {
	_, lab := real(b)
	dir, err := os.MkdirTemp(".", "testdata-gorun-") // inside the module, for its go.mod
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	for i := 0; b.Loop(); i++ {
		for _, f := range edited(lab, fmt.Sprint("go run ", i, time.Now())) {
			if err := os.WriteFile(filepath.Join(dir, f.Name), []byte(f.Text), 0o644); err != nil {
				b.Fatal(err)
			}
		}
		out, _ := exec.Command("go", "run", "./"+dir).CombinedOutput() // exits 1: there is no broker here
		if len(out) == 0 {
			b.Fatal("go run printed nothing")
		}
	}
}

// edited is the solution with a change that the compiler cannot skip.
func edited(lab *labs.Lab, what string) []labs.File {
	files := lab.Solution()
	for i := range files {
		if files[i].Name == "main.go" {
			files[i].Text += fmt.Sprintf("\nfunc init() { log.Print(%q) }\n", what)
		}
	}
	return files
}
