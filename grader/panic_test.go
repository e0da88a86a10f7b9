package grader

import (
	"slices"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/grader/trial"
)

// TestPanicIsTheCause: what did not happen because the program panicked is told with the
// panic and its line, and what went wrong before it is not.
func TestPanicIsTheCause(t *testing.T) {
	g, lab := real(t)
	files := slices.Clone(wrongOf(t, lab, "exits-early"))
	for i := range files {
		files[i].Text = strings.Replace(files[i].Text, "\t\tif o.ID == \"3\" {\n\t\t\treturn", "\t\tif o.ID == \"3\" {\n\t\t\tvar done map[string]bool\n\t\t\tdone[o.ID] = true", 1)
	}
	ev := submit(t, g, lab, files, 1)
	for lang, want := range map[string]string{
		"en": "The program stopped with a panic at line 45, so order 4 was not charged",
		"ru": "Программа остановилась с паникой на строке 45, поэтому деньги по заказу 4 не списаны",
	} {
		v := Render(lab, ev, lang)
		if v.Sentence != want || v.Line != 45 || v.File != "" || !strings.Contains(flat(v.Why), "assignment to entry in nil map") {
			t.Errorf("%s: %q at line %d: %s, want %q", lang, v.Sentence, v.Line, flat(v.Why), want)
		}
	}
}

func TestCaused(t *testing.T) {
	_, lab := real(t)
	died := Run{End: trial.EndExit, Exit: trial.Exit{Code: 2, Panic: "panic: x", Line: 31}}
	for _, tt := range []struct {
		message, said, template string
		run                     Run
		want                    string
	}{
		{"not-done", "Order 4 was not charged", "Order {{.Label}} was not charged", died, "The program stopped with a panic at line 31, so order 4 was not charged"},
		{"log-empty", "Orders holds nothing", "{{.Queue}} holds nothing", died, "The program stopped with a panic at line 31, so Orders holds nothing"},
		{"not-done", "Kafka was not asked", "Kafka was not asked", died, "The program stopped with a panic at line 31, so Kafka was not asked"},
		{"lost", "Order 4 was lost", "Order 4 was lost", died, "Order 4 was lost"},
		{"not-done", "Order 4 was not charged", "Order", Run{End: trial.EndExit, Exit: trial.Exit{Code: 1}}, "Order 4 was not charged"},
		{
			"not-done", "Order 4 was not charged", "Order", Run{End: trial.EndExit, Exit: trial.Exit{Code: 2, Panic: "fatal error: all goroutines are asleep - deadlock!"}},
			"The Go runtime stopped the program, so order 4 was not charged",
		},
	} {
		r := &renderer{words: wordsIn("en"), lab: lab, ev: &Evidence{Baseline: &tt.run}}
		v := Verdict{Sentence: tt.said}
		r.caused(&v, Check{MessageID: tt.message}, tt.run, tt.template)
		if v.Sentence != tt.want {
			t.Errorf("%s: %q, want %q", tt.message, v.Sentence, tt.want)
		}
	}
}
