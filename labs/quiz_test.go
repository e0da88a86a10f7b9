package labs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The start of a quiz that is right, and what each kind needs after it.
const (
	quizStart   = "id: ack-means\nkind: %s\nquestion: What?\n"
	twoOptions  = "options:\n  - text: A\n    correct: true\n    why: Yes.\n  - text: B\n    why: No.\n"
	numberParts = "value: 11\nwhy: Because.\n"
)

func started(kind, rest string) string { return fmt.Sprintf(quizStart, kind) + rest }

func TestQuizzesAreRead(t *testing.T) {
	tests := []struct {
		name, text string
		want       Quiz
	}{
		{"single", started(Single, twoOptions+"hint: Think.\n"), Quiz{
			ID: "ack-means", Kind: Single, Question: Markdown{"What?", 3}, Line: 1, Hint: Markdown{"Think.", 10},
			Options: []Option{
				{Text: Markdown{"A", 5}, Correct: true, Why: Markdown{"Yes.", 7}, Line: 5},
				{Text: Markdown{"B", 8}, Why: Markdown{"No.", 9}, Line: 8},
			},
		}},
		{"a text of several lines", "id: a\nkind: numeric\nquestion: |\n  What?\n\n  More.\n" + numberParts, Quiz{
			ID: "a", Kind: Numeric, Question: Markdown{"What?\n\nMore.", 4}, Line: 1, Value: 11, Why: Markdown{"Because.", 8},
		}},
		{"absolute tolerance", started(Numeric, numberParts+"tolerance: 0.5\nunit: ms\n"), Quiz{
			ID: "ack-means", Kind: Numeric, Question: Markdown{"What?", 3}, Line: 1, Value: 11, Why: Markdown{"Because.", 5},
			Tolerance: Tolerance{Size: 0.5}, Unit: "ms",
		}},
		{"relative tolerance", started(Numeric, "value: -2.5\nwhy: So.\ntolerance: 5%\n"), Quiz{
			ID: "ack-means", Kind: Numeric, Question: Markdown{"What?", 3}, Line: 1, Value: -2.5, Why: Markdown{"So.", 5},
			Tolerance: Tolerance{Size: 0.05, Relative: true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found := ParseQuiz([]byte(tt.text))
			if len(found) > 0 {
				t.Fatal(found)
			}
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMistakesInQuizzesHaveTheirWords(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // line: message
	}{
		{"not YAML", "id: [\n", []string{"1: this is not YAML: did not find expected node content"}},
		{"nothing", "", []string{`1: field "kind" is missing, expected one of single, multiple, numeric`}},
		{"a list", "- a\n", []string{"1: found a list, expected fields, one a line: name: value"}},
		{"unknown kind", started("poll", ""), []string{`2: kind is "poll", expected one of single, multiple, numeric`}},
		{"fields missing", "kind: single\n", []string{`1: field "id" is missing`, `1: field "question" is missing`, `1: field "options" is missing`}},
		{"numeric without its fields", started(Numeric, ""), []string{`1: field "value" is missing`, `1: field "why" is missing`}},
		{"unknown field", started(Single, "answer: 1\n"+twoOptions),
			[]string{`4: field "answer" is unknown, expected one of hint, id, kind, options, question, tolerance, unit, value, why`}},
		{"field twice", started(Single, "id: b\n"+twoOptions), []string{`4: field "id" is there twice`}},
		{"bad id", "id: Ack Means\nkind: single\nquestion: What?\n" + twoOptions,
			[]string{`1: id is "Ack Means", expected small Latin letters, digits and single hyphens, such as ack-means`}},
		{"empty question", "id: a\nkind: single\nquestion:\n" + twoOptions, []string{"3: found nothing, expected text"}},
		{"options that are no list", started(Single, "options: yes\n"), []string{`4: found "yes", expected a list of options, each with text and why`}},
		{"one option", started(Single, "options:\n  - {text: A, why: B, correct: true}\n"), []string{"5: found 1 options, expected 2 to 10"}},
		{"eleven options", started(Single, "options:\n"+strings.Repeat("  - {text: A, why: B}\n", 11)), []string{"5: found 11 options, expected 2 to 10"}},
		{"option that is text", started(Single, "options:\n  - A\n  - {text: B, why: C, correct: true}\n"),
			[]string{`5: found "A", expected fields, one a line: name: value`}},
		{"option without its why", started(Single, "options:\n  - {text: A, correct: true}\n  - {why: B}\n"),
			[]string{`5: option has no "why"`, `6: option has no "text"`}},
		{"option with an unknown field", started(Single, "options:\n  - {text: A, why: B, right: true}\n  - {text: B, why: B}\n"),
			[]string{`5: field "right" is unknown, expected one of correct, text, why`}},
		{"correct is no flag", started(Single, "options:\n  - {text: A, why: B, correct: yes}\n  - {text: B, why: B}\n"),
			[]string{`5: found "yes", expected true or false`}},
		{"two right options of one", started(Single, "options:\n  - {text: A, why: B, correct: true}\n  - {text: B, why: B, correct: true}\n"),
			[]string{"4: 2 options have correct: true, expected one; a question with several is kind: multiple"}},
		{"no right option", started(Multiple, "options:\n  - {text: A, why: B}\n  - {text: B, why: B}\n"),
			[]string{"4: no option has correct: true, expected at least one"}},
		{"option twice", started(Single, "options:\n  - {text: A, why: B, correct: true}\n  - {text: A, why: B}\n"), []string{`6: option "A" is there twice`}},
		{"value of a choice", started(Single, "value: 1\n"+twoOptions), []string{`4: field "value" does not belong to a single quiz`}},
		{"options of a number", started(Numeric, numberParts+twoOptions), []string{`6: field "options" does not belong to a numeric quiz`}},
		{"value is a word", started(Numeric, "value: many\nwhy: x\n"), []string{`4: found "many", expected a number such as 11 or 2.5`}},
		{"value with a comma", started(Numeric, "value: 2,5\nwhy: x\n"), []string{`4: found "2,5", expected a number such as 11 or 2.5`}},
		{"value without end", started(Numeric, "value: .inf\nwhy: x\n"), []string{`4: found ".inf", expected a number such as 11 or 2.5`}},
		{"negative tolerance", started(Numeric, numberParts+"tolerance: -1\n"),
			[]string{`6: tolerance is "-1", expected a distance such as 0.5, or a share such as 5%`}},
		{"tolerance of everything", started(Numeric, numberParts+"tolerance: 100%\n"),
			[]string{`6: tolerance is "100%", expected a distance such as 0.5, or a share such as 5%`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			quiz, found := ParseQuiz([]byte(tt.text))
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprintf("%d: %s", f.Line, f.Message))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || quiz != nil {
				t.Errorf("%v %s", quiz, diff)
			}
		})
	}
}

func TestLanguagesAgreeInAllButTheWords(t *testing.T) {
	const en = "id: a\nkind: multiple\nquestion: What?\noptions:\n  - {text: A, why: B, correct: true}\n  - {text: B, why: B}\n  - {text: C, why: C}\nhint: x\n"
	const number = "id: a\nkind: numeric\nquestion: What?\nvalue: 11\nwhy: So.\ntolerance: 5%\nunit: ms\n"
	tests := []struct {
		name, en, ru string
		want         []string
	}{
		{"words only", en, strings.NewReplacer("What", "Что", "text: B", "text: Б", "why: B", "why: Да").Replace(en), nil},
		{"kind", en, strings.Replace(en, "multiple", "single", 1), []string{"kind is single, but multiple"}},
		{"fewer options", en, strings.Replace(en, "  - {text: C, why: C}\n", "", 1), []string{"number of options is 2, but 3"}},
		{"other right options", en, strings.Replace(en, "why: C", "why: C, correct: true", 1), []string{"the right options are 1, 3, but 1"}},
		{"no hint", en, strings.Replace(en, "hint: x\n", "", 1), []string{"has no hint, but a hint"}},
		{"value", number, strings.Replace(number, "11", "12", 1), []string{"value is 12, but 11"}},
		{"tolerance", number, strings.Replace(number, "5%", "0.05", 1), []string{"tolerance is 0.05, but 5%"}},
		{"unit", number, strings.Replace(number, "unit: ms\n", "", 1), []string{`unit is "", but "ms"`}},
		{"unit in its language", number, strings.Replace(number, "unit: ms", "unit: мс", 1), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			original, found := ParseQuiz([]byte(tt.en))
			quiz, more := ParseQuiz([]byte(tt.ru))
			if len(found)+len(more) > 0 {
				t.Fatal(found, more)
			}
			if diff := cmp.Diff(tt.want, quiz.Differences(original)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHashChangesWithWhatAnAnswerRefersTo(t *testing.T) {
	text := started(Single, twoOptions)
	hash := func(text string) string {
		q, found := ParseQuiz([]byte(text))
		if len(found) > 0 {
			t.Fatal(found)
		}
		return q.Hash()
	}
	for change, same := range map[string]bool{
		"why: Yes.": true, "What?": false, "text: A": false, "correct: true": false,
	} {
		changed := strings.Replace(text, change, change[:len(change)-1]+"X", 1)
		if change == "correct: true" {
			changed = strings.Replace(strings.Replace(text, "    correct: true\n", "", 1), "text: B\n", "text: B\n    correct: true\n", 1)
		}
		if (hash(changed) == hash(text)) != same {
			t.Errorf("changing %q: same hash is %v, want %v", change, !same, same)
		}
	}
}

// TestAnyTextIsAQuizOrHasFindings: never both, never neither, and no panic.
func TestAnyTextIsAQuizOrHasFindings(t *testing.T) {
	lines := strings.SplitAfter(started(Single, twoOptions)+numberParts+"tolerance: 5%\nunit: ms\nhint: x\n", "\n")
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(append(lines, "- ", "  - *a\n", "? [a]\n", "<<: {id: b}\n"))).Draw(t, "lines"), "")
		quiz, found := ParseQuiz([]byte(text))
		if (quiz == nil) != (len(found) > 0) {
			t.Fatalf("%q: %+v, %v", text, quiz, found)
		}
	})
}
