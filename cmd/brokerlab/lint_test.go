package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mend writes the work queue's file with another text into a folder of content.
func mend(t *testing.T, dir, name, from, to string) (line int) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../../labs/content/rabbitmq/work-queue", name))
	if err != nil {
		t.Fatal(err)
	}
	before, _, ok := strings.Cut(string(raw), from)
	if !ok {
		t.Fatalf("%s does not hold %q", name, from)
	}
	write(t, filepath.Join(dir, "labs/rabbitmq/work-queue", name), strings.Replace(string(raw), from, to, 1))
	return 1 + strings.Count(before, "\n")
}

// TestLintOfLabs: what only the whole program knows is found, and printed as it is.
func TestLintOfLabs(t *testing.T) {
	for _, tt := range []struct{ name, file, from, to, want string }{
		{"words", "lab.yaml", "Order {{.Label}} was lost", "Order {{.Labl}} was lost", `check "nothing-lost": on_fail: lost in "en": sentence: found .Labl, expected a fact: one of .`},
		{"chapter", "lab.yaml", "chapter: rabbitmq", "chapter: rabitmq", `chapter: found "rabitmq", expected one of `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			line := mend(t, dir, tt.file, tt.from, tt.to)
			want := fmt.Sprintf("labs/rabbitmq/work-queue/%s:%d: %s", tt.file, line, tt.want)
			code, out, errs := command(t, "lint", dir)
			if code != exitFail || !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 1 {
				t.Errorf("lint exits with %d and says\n%s%s\nwant %d and\n%s", code, out, errs, exitFail, want)
			}
		})
	}
	dir := t.TempDir()
	mend(t, dir, "wrong/ack-first/main.go", "// expect:", "// hope:")
	_, out, _ := command(t, "lint", dir)
	if want := `labs/rabbitmq/work-queue/wrong/ack-first: no file begins with "// expect: <check id>, <message id>"`; !strings.Contains(out, want) {
		t.Errorf("lint says\n%s\nwant\n%s", out, want)
	}
}

// TestVerifyFindsTyposOfTheWorld: a lab that cannot be run is a finding with its
// line, and not a failure of ours.
func TestVerifyFindsTyposOfTheWorld(t *testing.T) {
	needBuilt(t)
	dir := t.TempDir()
	line := mend(t, dir, "lab.yaml", "  rabbitmq:", "  rabbit:")
	code, out, errs := command(t, "verify", "rabbitmq/work-queue", "--content", dir)
	want := fmt.Sprintf("rabbitmq/work-queue/lab.yaml:%d: broker: found \"rabbit\", expected one of kafka, rabbitmq\n", line)
	if code != exitFail || !strings.Contains(out, want) || strings.Contains(errs, "WARN") {
		t.Errorf("verify exits with %d and says\n%s%s\nwant %d and\n%s", code, out, errs, exitFail, want)
	}
}

// TestVerifySaysWhereAStarterDoesNotCompile: with the file and line of the error.
func TestVerifySaysWhereAStarterDoesNotCompile(t *testing.T) {
	needBuilt(t)
	dir := t.TempDir()
	line := mend(t, dir, "starter/main.go", "func main() {\n", "func main() {\n\tundefinedHere()\n") + 1
	t.Setenv("SEEDS", "1")
	_, out, errs := command(t, "verify", "rabbitmq/work-queue", "--content", dir)
	if want := fmt.Sprintf("rabbitmq/work-queue/starter/main.go:%d: does not compile: undefined: undefinedHere\n", line); !strings.Contains(out, want) {
		t.Errorf("verify says\n%s%s\nwant\n%s", out, errs, want)
	}
}
