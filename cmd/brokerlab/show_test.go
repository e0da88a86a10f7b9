package main

import (
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
)

// TestRunSpeaksTheLanguage: what a program is refused for is said in the language that
// was asked for, at its place; Go's own words stay.
func TestRunSpeaksTheLanguage(t *testing.T) {
	refused := []sandbox.Diagnostic{
		{File: "main.go", Line: 3, Column: 5, Severity: "error", Code: "min-max", Message: "in English", Params: map[string]string{"name": "max"}},
		{File: "main.go", Line: 4, Column: 1, Severity: "error", Code: "type", Message: "declared and not used: x"},
	}
	for lang, want := range map[string]string{
		"en": "main.go:3:5: The interpreter does not know max. Compare with if.\nmain.go:4:1: declared and not used: x\n",
		"ru": "main.go:3:5: Интерпретатор не знает max. Сравните значения через if.\nmain.go:4:1: declared and not used: x\n",
	} {
		var said strings.Builder
		p := &runPrinter{c: &console{err: &said}, lang: lang}
		p.update(grader.Update{Type: trial.TypeDiagnostics, Diagnostics: refused})
		if said.String() != want || !p.failed {
			t.Errorf("%s: %q, want %q", lang, said.String(), want)
		}
	}
}

func TestNoticesInEveryLanguage(t *testing.T) {
	for id, words := range notices {
		for _, lang := range labs.Languages {
			if words[lang] == "" || strings.Count(words[lang], "%") != strings.Count(words["en"], "%") {
				t.Errorf("notice %q in %s: %q", id, lang, words[lang])
			}
		}
	}
}
