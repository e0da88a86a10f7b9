package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// benched are the programs that the budgets in DESIGN.md are about.
var benched = []string{"fmt", "amqp091", "franz-go"}

// BenchmarkEditToBinary edits a program and builds it, by Compile and by go build
// in turn, and reports the medians and their ratio. Budget: ratio ≤ 1.0.
func BenchmarkEditToBinary(b *testing.B) {
	for _, name := range benched {
		b.Run(name, func(b *testing.B) {
			c := newCompiler(b)
			dir := b.TempDir()
			edit := func(i int) string { return fmt.Sprintf("%s\nconst edit = %d\n", clients[name], i) }
			built(b, c, mainFile(edit(-1)))
			goBuild(b, dir, edit(-1)) // fills Go's build cache
			var ours, theirs []time.Duration
			for i := range b.N {
				ours = append(ours, built(b, c, mainFile(edit(i))).Elapsed)
				theirs = append(theirs, goBuild(b, dir, edit(i)))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(millis(quantile(ours, 50)), "ms-p50")
			b.ReportMetric(millis(quantile(theirs, 50)), "ms-go-build-p50")
			b.ReportMetric(millis(quantile(ours, 50))/millis(quantile(theirs, 50)), "ratio")
		})
	}
}

// goBuild builds a program with the go command as a student would, in the module
// that has the clients, and gives the time.
func goBuild(b *testing.B, dir, text string) time.Duration {
	b.Helper()
	source := filepath.Join(dir, mainName)
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", filepath.Join(dir, "program"), source)
	cmd.Dir = testModule
	cmd.Env = append(cleanEnv(os.Environ()), "GOFLAGS=-buildvcs=false")
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return time.Since(began)
}

// BenchmarkKeystroke types one more letter and waits for the diagnostics.
// Budget: p50 ≤ 80 ms.
func BenchmarkKeystroke(b *testing.B) {
	for _, name := range benched {
		b.Run(name, func(b *testing.B) {
			checker := newChecker(b)
			if _, err := checker.Check(b.Context(), mainFile(clients[name])); err != nil {
				b.Fatal(err)
			}
			var took []time.Duration
			for i := range b.N {
				files := mainFile(fmt.Sprintf("%s\nconst edit = %d\n\nfunc half() { print", clients[name], i))
				began := time.Now()
				found, err := checker.Check(b.Context(), files)
				if err != nil || len(found) == 0 {
					b.Fatal("no diagnostics: ", err)
				}
				took = append(took, time.Since(began))
			}
			report(b, took)
		})
	}
}

// BenchmarkComplete asks for the methods of a client's type.
func BenchmarkComplete(b *testing.B) {
	checker := newChecker(b)
	text := program("\tch.")
	cursor := len(text) - len("\n}\n\nfunc main() {}\n")
	var took []time.Duration
	for range b.N {
		began := time.Now()
		items, err := checker.Complete(b.Context(), mainFile(text), mainName, cursor)
		if err != nil || len(items) == 0 {
			b.Fatal("no completions: ", err)
		}
		took = append(took, time.Since(began))
	}
	report(b, took)
}

// BenchmarkFirstDiagnostics is the start of a checker with its first answer.
func BenchmarkFirstDiagnostics(b *testing.B) {
	var took []time.Duration
	for range b.N {
		checker := NewChecker(options(b))
		began := time.Now()
		if _, err := checker.Check(b.Context(), mainFile(clients["amqp091"])); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		checker.Close()
	}
	report(b, took)
}

// BenchmarkCachedBuild is Compile of a program that is there.
func BenchmarkCachedBuild(b *testing.B) {
	c := newCompiler(b)
	built(b, c, mainFile(clients["amqp091"]))
	for b.Loop() {
		built(b, c, mainFile(clients["amqp091"]))
	}
}

func report(b *testing.B, took []time.Duration) {
	b.Helper()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(millis(quantile(took, 50)), "ms-p50")
	b.ReportMetric(millis(quantile(took, 99)), "ms-p99")
}

// quantile gives the value that p percent are not above.
func quantile(took []time.Duration, p int) time.Duration {
	took = slices.Sorted(slices.Values(took))
	return took[min(len(took)*p/100, len(took)-1)]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
