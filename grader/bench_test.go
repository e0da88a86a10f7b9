package grader

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// BenchmarkRun is Run to the first output, of a program that was built while it
// was typed, against go run of the same program after the same edit. The two take
// turns, so that both have the same machine.
func BenchmarkRun(b *testing.B) {
	g, lab := real(b)
	s := open(b, g, lab)
	dir := workFolder(b)
	var ours, theirs []time.Duration
	for i := 0; b.Loop(); i++ {
		files := edited(lab, fmt.Sprint("run ", i, time.Now()))
		if built, err := g.Build(context.Background(), lab, files); err != nil || !built.OK {
			b.Fatalf("build: %+v, %v", built, err)
		}
		ours = append(ours, firstOutput(b, s, files))
		theirs = append(theirs, goRun(b, dir, files))
	}
	b.ReportMetric(0, "ns/op") // of both together, which says nothing
	b.ReportMetric(milliseconds(ours, 50), "run-p50-ms")
	b.ReportMetric(milliseconds(ours, 99), "run-p99-ms")
	b.ReportMetric(milliseconds(theirs, 50), "gorun-p50-ms")
	b.ReportMetric(milliseconds(theirs, 50)/milliseconds(ours, 50), "gorun/run")
}

// BenchmarkSubmit is a whole submission of the solution, 25 schedules: built
// while it was typed, and built by the submission. go run takes its turn too.
func BenchmarkSubmit(b *testing.B) {
	g, lab := real(b)
	dir := workFolder(b)
	var built, fresh, theirs []time.Duration
	for i := 0; b.Loop(); i++ {
		files := edited(lab, fmt.Sprint("submit ", i, time.Now()))
		for _, times := range []*[]time.Duration{&fresh, &built} {
			began := time.Now()
			ev := submit(b, g, lab, files, 1)
			*times = append(*times, time.Since(began))
			if !ev.passed() || len(ev.Schedules) != trial.MaxPoints+1 {
				b.Fatalf("%d schedules, checks %+v", len(ev.Schedules), ev.Checks)
			}
		}
		theirs = append(theirs, goRun(b, dir, files))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(built, 50), "submit-p50-ms")
	b.ReportMetric(milliseconds(built, 99), "submit-p99-ms")
	b.ReportMetric(milliseconds(fresh, 50), "build+submit-p50-ms")
	b.ReportMetric(milliseconds(theirs, 50)/milliseconds(built, 50), "gorun/submit")
}

// firstOutput runs a program in a fresh lab until it prints.
func firstOutput(b *testing.B, s *Session, files []labs.File) time.Duration {
	b.Helper()
	if err := s.Reset(context.Background()); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	began := time.Now()
	var spent time.Duration
	err := s.Run(ctx, files, func(u Update) {
		if u.Type == trial.TypeOutput && spent == 0 {
			spent = time.Since(began)
			cancel()
		}
	})
	if spent == 0 {
		b.Fatalf("the program printed nothing: %v", err)
	}
	return spent
}

// goRun is go run of the same files to the end. There is no broker where it
// runs, so the program ends after its first line.
func goRun(b *testing.B, dir string, files []labs.File) time.Duration {
	b.Helper()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), []byte(f.Text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	began := time.Now()
	out, _ := exec.Command("go", "run", "./"+dir).CombinedOutput() // fails, for want of a broker
	spent := time.Since(began)
	if !strings.Contains(string(out), "edited") {
		b.Fatalf("go run printed %q", out)
	}
	return spent
}

// workFolder is inside the module, since go run wants its go.mod.
func workFolder(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp(".", "gorun-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// edited is the solution with a change that no cache has seen.
func edited(lab *labs.Lab, what string) []labs.File {
	files := lab.Solution()
	for i := range files {
		if files[i].Name == "main.go" {
			files[i].Text += fmt.Sprintf("\nfunc init() { log.Print(%q) }\n", "edited "+what)
		}
	}
	return files
}

// milliseconds is a percentile of times.
func milliseconds(times []time.Duration, percent int) float64 {
	sorted := slices.Sorted(slices.Values(times))
	at := min(len(sorted)*percent/100, len(sorted)-1)
	return float64(sorted[at].Microseconds()) / 1000
}
