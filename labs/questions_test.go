package labs

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const foresight = "rabbitmq/foresight"

// foresightTree is the lab of questions, to be spoilt.
func foresightTree(t *testing.T) fstest.MapFS {
	t.Helper()
	tree, from := fstest.MapFS{}, os.DirFS("testdata/foresight")
	err := fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(from, name)
		tree[name] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestALabOfQuestions(t *testing.T) {
	tree := foresightTree(t)
	if found := Lint(tree); len(found) > 0 {
		t.Fatalf("findings: %v", found)
	}
	set, err := Load(tree)
	if err != nil {
		t.Fatal(err)
	}
	lab, _ := set.Lab(foresight)
	if lab.Program() {
		t.Error("it has a program")
	}
	for _, lang := range Languages {
		var ids []string
		for _, q := range lab.Questions(lang) {
			ids = append(ids, q.ID)
			original, _ := lab.Question("en", q.ID)
			if lines := strings.Split(string(tree[foresight+"/lab."+lang+".md"].Data), "\n"); !strings.HasPrefix(lines[q.Fence-1], "```") {
				t.Errorf("%s in %s: line %d is %q, want the fence", q.ID, lang, q.Fence, lines[q.Fence-1])
			}
			if q.Task != original.Task {
				t.Errorf("%s: task %d, want %d", q.ID, q.Task, original.Task)
			}
		}
		if diff := cmp.Diff([]string{"dies-before", "beyond-saving", "held"}, ids); diff != "" {
			t.Errorf("questions in %s (-want +got):\n%s", lang, diff)
		}
	}
	work, ok := mustLoad(t).Lab("rabbitmq/work-queue")
	if !ok || !work.Program() || len(work.Questions("en")) > 0 {
		t.Error("a lab of code is taken for one of questions")
	}
}

func mustLoad(t *testing.T) *Set {
	t.Helper()
	set, err := Load(Content)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestMistakesInQuestions breaks the lab in one way and looks for what is said of it.
func TestMistakesInQuestions(t *testing.T) {
	for _, tt := range []struct{ name, file, old, new, want string }{
		{"unknown field", "lab.en.md", "noun: order\n", "nuon: order\n", `lab.en.md:15: predict: field "nuon" is unknown`},
		{"an id twice", "lab.en.md", "id: held", "id: dies-before", `lab.en.md:82: quiz: id "dies-before" is taken above`},
		{"another right option", "lab.ru.md", "  - text: Воркер падает.\n", "  - text: Воркер падает.\n    correct: true\n", `lab.ru.md:64: predict: 2 options have correct: true`},
		{"another step in one language", "lab.ru.md", "  - wait: 5s\n", "  - wait: 6s\n", `lab.ru.md:47: prediction "beyond-saving": then: step 5 is`},
		{"no check", "lab.yaml", "with: {question: held}", "with: {question: beyond-saving}", `quiz "held" has no check`},
		{"no such question", "lab.yaml", "with: {question: held}", "with: {question: hold}", `check "held": question: found "hold"`},
		{"the check of another task", "lab.yaml", "task: 2", "task: 1", `check "held": task: found 1, but quiz "held" stands in task 2`},
		{"a kind too many", "lab.yaml", "steps: [predict, quiz]", "steps: [predict]", `lab.yaml:3: steps have quiz: false, but the text has such questions: true`},
		{"an answer to nothing", "solution/answers.yaml", "held:", "hold:", `solution/answers.yaml:3: answers "hold", which the lab does not ask`},
		{"no answer", "wrong/all-is-well/answers.yaml", "dies-before: 3", "dies-before: third", `wrong/all-is-well/answers.yaml:2: answer to "dies-before": expected numbers of options`},
		{"option zero", "solution/answers.yaml", "beyond-saving: 2", "beyond-saving: 0", `solution/answers.yaml:2: answer to "beyond-saving": found "0", expected the number of an option, from 1`},
		{"an unknown message", "wrong/all-is-well/answers.yaml", "answered-wrong", "answered-badly", `expects message "answered-badly", which answered cannot give, expected one of answered-wrong, answered-partly`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := foresightTree(t)
			file := tree[foresight+"/"+tt.file]
			if !strings.Contains(string(file.Data), tt.old) {
				t.Fatalf("%s does not hold %q", tt.file, tt.old)
			}
			file.Data = []byte(strings.Replace(string(file.Data), tt.old, tt.new, 1))
			var all []string
			for _, f := range Lint(tree) {
				if all = append(all, f.Error()); strings.Contains(f.Error(), tt.want) {
					return
				}
			}
			t.Errorf("want %s, got\n%s", tt.want, strings.Join(all, "\n"))
		})
	}
}

// TestAnswersAreReadAsTheyAreWritten: what the server writes the grader reads.
func TestAnswersAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := make(map[string]QuizAnswer)
		ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,5})?`), 0, 6, rapid.ID[string]).Draw(t, "ids")
		for _, id := range ids {
			if rapid.Bool().Draw(t, "number") {
				want[id] = QuizAnswer{Number: rapid.StringMatching(`-?[0-9]{1,6}([.,][0-9]{1,3})?`).Draw(t, "typed")}
				continue
			}
			want[id] = QuizAnswer{Options: rapid.SliceOfNDistinct(rapid.IntRange(0, MaxOptions-1), 1, MaxOptions, rapid.ID[int]).Draw(t, "options")}
		}
		text := FormatAnswers(ids, want)
		got, found := ParseAnswers(text)
		if len(found) > 0 {
			t.Fatalf("%q: %v", text, found)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
	})
}

// FuzzParseAnswers: whatever a file holds, it is answers or findings with lines.
func FuzzParseAnswers(f *testing.F) {
	f.Add("a: 1\nb: [1, 2]\nc: \"7\"\n")
	f.Add("- 1")
	f.Add("a: {b: 1}")
	f.Fuzz(func(t *testing.T, raw string) {
		answers, found := ParseAnswers(raw)
		for _, finding := range found {
			if finding.Line < 1 || finding.Message == "" {
				t.Errorf("finding %+v", finding)
			}
		}
		for id, a := range answers {
			if len(a.Options) == 0 && a.Number == "" || len(a.Number) > MaxNumber {
				t.Errorf("answer %q: %+v", id, a)
			}
		}
	})
}
