package grader

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/labs"
)

func foresight(t *testing.T) (*labs.Set, *labs.Lab) {
	t.Helper()
	set, err := labs.Load(os.DirFS("../labs/testdata/foresight"))
	if err != nil {
		t.Fatal(err)
	}
	lab, ok := set.Lab("rabbitmq/foresight")
	if !ok {
		t.Fatal("no such lab")
	}
	return set, lab
}

// judged is the evidence of answers, as it comes back from the store.
func judged(t *testing.T, lab *labs.Lab, answers string) *Evidence {
	t.Helper()
	files := []labs.File{{Name: labs.AnswersFile, Text: answers}}
	ev := begin(lab, files, 1)
	ev.judgeAnswers(lab, files)
	ev.count()
	raw, err := json.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	var stored Evidence
	if err := json.Unmarshal(raw, &stored); err != nil {
		t.Fatal(err)
	}
	return &stored
}

func TestAnswersAreJudged(t *testing.T) {
	_, lab := foresight(t)
	for _, tt := range []struct {
		name, answers string
		points        int
		want          []string // status or message of each check
	}{
		{"all right", "dies-before: [2, 1]\nbeyond-saving: 2\nheld: \"5\"\n", 6, []string{"passed", "passed", "passed"}},
		{"some of it", "dies-before: 1\nbeyond-saving: 2\nheld: \"5,0\"\n", 4, []string{"answered-partly", "passed", "passed"}},
		{"one too many", "dies-before: [1, 2, 3]\nbeyond-saving: 1\nheld: \"8\"\n", 0, []string{"answered-partly", "answered-wrong", "answered-wrong"}},
		{"nothing", "", 0, []string{"unanswered", "unanswered", "unanswered"}},
		{"no YAML", "a: [", 0, []string{"unanswered", "unanswered", "unanswered"}},
		{"two moments, an option that is not, words", "dies-before: 9\nbeyond-saving: [1, 2]\nheld: many\n", 0, []string{"unanswered", "unanswered", "unanswered"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ev := judged(t, lab, tt.answers)
			var got []string
			for _, c := range ev.Checks {
				if c.Status == Passed {
					got = append(got, c.Status)
					continue
				}
				got = append(got, c.MessageID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("checks (-want +got):\n%s", diff)
			}
			if ev.Score != (Score{tt.points, 6}) {
				t.Errorf("score %+v, want %d of 6", ev.Score, tt.points)
			}
			for _, lang := range labs.Languages {
				if v := Render(lab, ev, lang); v.Sentence == "" || v.Replay != nil || (v.Status == Passed) != (tt.points == 6) {
					t.Errorf("verdict in %s: %+v", lang, v)
				}
			}
		})
	}
}

// TestAVerdictOnAnswersSaysBoth: what was said and what happens; of a quiz, which can be
// tried again, not what is right.
func TestAVerdictOnAnswersSaysBoth(t *testing.T) {
	_, lab := foresight(t)
	said := func(v Verdict) string {
		var b strings.Builder
		for _, c := range v.Checks {
			for _, s := range c.Message {
				b.WriteString(s.Text)
			}
			b.WriteString(" " + c.Expected + c.Found + "\n")
		}
		return b.String()
	}
	ev := judged(t, lab, "dies-before: [1, 2]\nbeyond-saving: 3\nheld: \"8\"\n")
	en, ru := said(Render(lab, ev, "en")), said(Render(lab, ev, "ru"))
	for _, want := range []string{"You said: “The worker dies”. What happens: “The broker writes it to the worker's socket”.", "You said: “8”."} {
		if !strings.Contains(en, want) {
			t.Errorf("no %q in\n%s", want, en)
		}
	}
	if strings.Contains(en, "The right answer5") || strings.Contains(en, "is 5") {
		t.Errorf("the quiz gives itself away:\n%s", en)
	}
	if want := "Вы ответили: «Воркер падает». Что происходит: «Брокер пишет его в сокет воркера»."; !strings.Contains(ru, want) {
		t.Errorf("no %q in\n%s", want, ru)
	}
}

// TestAnswersStandBesideAProgram: one that does not compile leaves what was answered.
func TestAnswersStandBesideAProgram(t *testing.T) {
	_, lab := foresight(t)
	both := *lab
	both.Steps = []string{"predict", "code"}
	both.Checks = append([]labs.Check{{ID: "run", Task: 1, Points: 4, Property: "declared"}}, lab.Checks...)
	files := []labs.File{{Name: labs.AnswersFile, Text: "dies-before: [1, 2]\n"}, {Name: "main.go", Text: "package main"}}
	ev := begin(&both, files, 1)
	ev.judgeAnswers(&both, files)
	ev.refuse("does-not-compile")
	ev.count()
	if ev.check("run").MessageID != "does-not-compile" || ev.check("dies-before").Status != Passed || ev.Score != (Score{2, 10}) {
		t.Errorf("checks %+v, score %+v", ev.Checks, ev.Score)
	}
	if s := sources(files); len(s) != 1 || s[0].Name != "main.go" {
		t.Errorf("the compiler gets %+v", s)
	}
	if spec := specOf(&both, nil); len(spec.Checks) != 1 {
		t.Errorf("the host gets %+v", spec.Checks)
	}
}

// TestVerifyALabOfQuestions proves it, scenes and all, on a lab host.
func TestVerifyALabOfQuestions(t *testing.T) {
	set, lab := foresight(t)
	g := New(Options{Sandbox: sharedSandbox(t), Labs: set})
	defer g.Close()
	found, err := g.Verify(t.Context(), []string{lab.ID}, VerifyOptions{Seeds: 1}, nil)
	if err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}
