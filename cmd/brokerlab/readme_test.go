package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestLintOfTheReadme: the lesson that README shows passes our own lint.
func TestLintOfTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	lesson := regexp.MustCompile("(?s)\n````markdown\n(.*?)\n````\n").FindSubmatch(readme)
	if lesson == nil {
		t.Fatal("README has no block ````markdown with a lesson")
	}
	dir := t.TempDir()
	for _, lang := range []string{"en", "ru"} {
		write(t, filepath.Join(dir, "course", lang, "02-rabbitmq/30-my-page.md"), string(lesson[1])+"\n")
	}
	if code, out, errs := command(t, "lint", dir); code != exitPass {
		t.Errorf("lint of README's lesson exits with %d:\n%s%s", code, out, errs)
	}
}
