package grader

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/interp"
)

// param is one that a sentence is told with, wherever in a template it stands.
var param = regexp.MustCompile(`\.P\.(\w+)`)

func paramsOf(text string) []string {
	names := make(map[string]bool)
	for _, m := range param.FindAllStringSubmatch(text, -1) {
		names[m[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// TestRulesInBothLanguages: each rule and each reason is told with the same params in
// every language. That both have it is TestCatalogues'.
func TestRulesInBothLanguages(t *testing.T) {
	en := wordsIn("en")
	for _, section := range []string{"rules", "reasons"} {
		for id, m := range en.sections[section] {
			want := paramsOf(m.Text)
			for _, lang := range labs.Languages {
				other := wordsIn(lang).sections[section][id].Text
				if got := paramsOf(other); other == "" || !slices.Equal(got, want) {
					t.Errorf("%s/%s in %s has %v, want %v: %s", section, id, lang, got, want, other)
				}
			}
		}
	}
}

// TestRulesOfTheInterpreter: whatever the interpreter refuses is said in each language,
// and in English word for word as the interpreter itself says it.
func TestRulesOfTheInterpreter(t *testing.T) {
	said, because := interp.Sentences()
	for section, sentences := range map[string]map[string]string{"rules": said, "reasons": because} {
		for id, text := range sentences {
			if got := wordsIn("en").sections[section][id].Text; got != text {
				t.Errorf("%s/%s: %q, the interpreter says %q", section, id, got, text)
			}
			if got := wordsIn("ru").sections[section][id].Text; got == "" || got == text {
				t.Errorf("%s/%s in Russian: %q", section, id, got)
			}
		}
	}
	for id := range wordsIn("en").sections["reasons"] {
		if because[id] == "" {
			t.Errorf("the interpreter knows no reason %q", id)
		}
	}
	refused := []sandbox.Diagnostic{{
		Code: interp.CodePrint, Message: "in English", Params: map[string]string{"type": "[]level", "why": "inner-methods", "held": "level"},
	}}
	want := "Значение типа []level интерпретатор печатает не так, как Go. Методы level внутри значения не видны."
	if got := Localize(refused, "ru")[0].Message; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}
