package console

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func text(s string) *string { return &s }

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, script string
		want         []Statement
	}{
		{"words", "a  b\tc", []Statement{{Line: 1, Stages: []Stage{{Words: []string{"a", "b", "c"}}}}}},
		{"quotes", `a 'b c' "d \"e\" f" g\ h ''`, []Statement{{Line: 1, Stages: []Stage{{Words: []string{"a", "b c", `d "e" f`, "g h", ""}}}}}},
		{"comments and empty lines", "# one\n\n a # two\n", []Statement{{Line: 3, Stages: []Stage{{Words: []string{"a"}}}}}},
		{"a hash inside a word", "a b#c", []Statement{{Line: 1, Stages: []Stage{{Words: []string{"a", "b#c"}}}}}},
		{"a line that goes on", "a \\\n b\nc", []Statement{{Line: 1, Stages: []Stage{{Words: []string{"a", "b"}}}}, {Line: 3, Stages: []Stage{{Words: []string{"c"}}}}}},
		{"pipes", "a | b|c", []Statement{{Line: 1, Stages: []Stage{{Words: []string{"a"}}, {Words: []string{"b"}}, {Words: []string{"c"}}}}}},
		{"a pipe at the end of a line", "a |\nb", []Statement{{Line: 1, Stages: []Stage{{Words: []string{"a"}}, {Words: []string{"b"}}}}}},
		{"operators", "a && b || c; d", []Statement{
			{Line: 1, Stages: []Stage{{Words: []string{"a"}}}}, {Line: 1, After: "&&", Stages: []Stage{{Words: []string{"b"}}}},
			{Line: 1, After: "||", Stages: []Stage{{Words: []string{"c"}}}}, {Line: 1, Stages: []Stage{{Words: []string{"d"}}}},
		}},
		{"a here-document", "a <<EOF\nx 'y\n\nEOF\nb", []Statement{
			{Line: 1, Stages: []Stage{{Words: []string{"a"}, Here: text("x 'y\n\n")}}}, {Line: 5, Stages: []Stage{{Words: []string{"b"}}}},
		}},
		{"a here-document before a pipe", "a <<'E' | b\nx\nE\n", []Statement{{Line: 1, Stages: []Stage{{Words: []string{"a"}, Here: text("x\n")}, {Words: []string{"b"}}}}}},
		{"two here-documents", "a <<A; b <<-B\n1\nA\n\t2\n\tB\n", []Statement{
			{Line: 1, Stages: []Stage{{Words: []string{"a"}, Here: text("1\n")}}}, {Line: 1, Stages: []Stage{{Words: []string{"b"}, Here: text("2\n")}}},
		}},
		{"a dollar before a digit", "echo 5$ $5", []Statement{{Line: 1, Stages: []Stage{{Words: []string{"echo", "5$", "$5"}}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse(c.script)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for script, want := range map[string]string{
		"a > f": "no files", "a < f": "no files", "a & b": "background", "$(a)": "no variables", "a `b`": "substitution",
		"a $HOME": "no variables", "| a": "nothing before |", "a ;; b": "nothing before ;", "a <<< b": "echo", "(a)": "unexpected",
		"a | ; b": "nothing after |", "a <<": "nothing after <<", "ok\nb \x00": "zero byte", strings.Repeat("a", MaxScript+1): "bytes",
	} {
		_, err := Parse(script)
		var wrong *SyntaxError
		if !errors.As(err, &wrong) || !strings.Contains(wrong.What, want) {
			t.Errorf("%.20q: %v, want a syntax error with %q", script, err, want)
		}
	}
	if _, err := Parse("ok\na > f"); err == nil || !strings.HasPrefix(err.Error(), "line 2:") {
		t.Errorf("%v, want line 2", err)
	}
	for _, script := range []string{"a 'b", `a "b`, "a |", "a &&\n", "a <<EOF\nx", "a <<EOF\nx\n", "a \\\n", `a \`} {
		if _, err := Parse(script); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%q: %v, want %v", script, err, ErrIncomplete)
		}
	}
}

// FuzzParse: what can be read has words and lines, and grows no longer than its text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a 'b' | c <<EOF\nx\nEOF\n", "a && b\n# c\n", "\\", "a <<A <<B\n1\nA\n2\nB\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		got, err := Parse(script)
		if err != nil {
			return
		}
		lines, size := strings.Count(script, "\n")+1, 0
		for _, st := range got {
			if st.Line < 1 || st.Line > lines || len(st.Stages) == 0 {
				t.Fatalf("%q: %+v", script, st)
			}
			for _, stage := range st.Stages {
				if len(stage.Words) == 0 {
					t.Fatalf("%q: a stage without words", script)
				}
				size += len(strings.Join(stage.Words, ""))
				if stage.Here != nil {
					size += len(*stage.Here)
				}
			}
		}
		if size > len(script) {
			t.Fatalf("%q: %d bytes became %d", script, len(script), size)
		}
	})
}
