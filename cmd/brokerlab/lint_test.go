package main

import (
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

func TestLintReadsTheWordsOfLabs(t *testing.T) {
	dir := t.TempDir()
	mend(t, dir, "lab.yaml", "Order {{.Label}} was lost", "Order {{.Labl}} was lost")
	code, out, errs := command(t, "lint", dir)
	if code != exitFail || !strings.Contains(out, `on_fail: lost in "en": sentence: found .Labl, expected a fact: one of`) {
		t.Errorf("lint exits with %d and says\n%s%s\nwant %d and .Labl", code, out, errs, exitFail)
	}
}
