package course

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/labs"
)

// fence is a quiz fence of a lesson; four marks, so that a question may hold code.
func fence(yaml string) string { return "\n````quiz\n" + yaml + "````\n" }

const (
	singleQuiz = `id: one-of-two
kind: single
question: What does ` + "`Ack`" + ` say?
options:
  - text: You may **forget** it.
    why: SECRET first reason.
    correct: true
  - text: I have seen it.
    why: SECRET second reason.
hint: Who keeps the message?
`
	multipleQuiz = `id: some-of-four
kind: multiple
question: |
  Which lose messages?

  ` + "```go\n  d.Ack(false)\n  ```" + `
options:
  - {text: A, why: SECRET a, correct: true}
  - {text: B, why: SECRET b}
  - {text: C, why: SECRET c, correct: true}
  - {text: D, why: SECRET d}
`
	numericQuiz = `id: how-many
kind: numeric
question: How many are in flight?
value: 271828
tolerance: 10%
unit: messages
why: SECRET reason, 271828.
`
)

// quizPage is a page with all three kinds in a language.
func quizPage(t *testing.T, lang string) *Page {
	t.Helper()
	p := page(t, tree(map[string]string{"01-one.md": front + fence(singleQuiz) + fence(multipleQuiz) + fence(numericQuiz)}), lang, "nine", "one")
	if p.Broken || len(p.Questions) != 3 {
		t.Fatalf("%v: %d questions", p.Findings, len(p.Questions))
	}
	return p
}

// TestNoAnswerBeforeAnswering is the promise of a quiz: nothing of what is right
// can be found in the page by looking into it.
func TestNoAnswerBeforeAnswering(t *testing.T) {
	for _, lang := range Langs {
		p := quizPage(t, lang)
		checkInline(t, lang, p.HTML)
		for _, secret := range []string{"SECRET", "271828", "correct", "data-verdict", "checked", "quiz-why", "<!--"} {
			if strings.Contains(p.HTML, secret) {
				t.Errorf("%s: the page holds %q:\n%s", lang, secret, p.HTML)
			}
		}
		right := regexp.MustCompile(`<li[^>]*>`).FindAllString(p.HTML, -1)
		for _, li := range right {
			if li != "<li>" {
				t.Errorf("%s: the options differ before the answer: %s", lang, li)
			}
		}
	}
}

func TestFormsWorkWithoutScripts(t *testing.T) {
	html := quizPage(t, "en").HTML
	for _, want := range []string{
		`<form class="quiz" id="quiz-one-of-two" method="post" action="/en/nine/one#quiz-one-of-two" autocomplete="off"`,
		`<input type="hidden" name="quiz" value="one-of-two">`,
		`<legend><span class="quiz-kind">Question: one answer</span> <span class="quiz-question">What does <code>Ack</code> say?</span></legend>`,
		`<label><input type="radio" name="option" value="0"> <span>You may <strong>forget</strong> it.</span></label>`,
		`<input type="checkbox" name="option" value="3">`,
		`<fieldset aria-describedby="quiz-some-of-four-more quiz-some-of-four-rule">`,
		"A right choice earns a point, a wrong one costs one.",
		`<label for="quiz-how-many-number">Your answer</label>`,
		`inputmode="decimal" name="number" maxlength="40"`,
		`<span id="quiz-how-many-unit">messages</span>`,
		`<summary>Hint</summary><p>Who keeps the message?</p>`,
		`<button class="btn" type="submit">Answer</button>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in\n%s", want, html)
		}
	}
	if n := strings.Count(html, `<div class="quiz-said" role="status"></div>`); n != 3 {
		t.Errorf("%d regions for results, want 3 empty ones", n)
	}
}

func TestAnsweredForms(t *testing.T) {
	marks := func(chosen, correct string) (list []labs.QuizMark) {
		for i := range chosen {
			list = append(list, labs.QuizMark{Chosen: chosen[i] == 'x', Correct: correct[i] == 'x'})
		}
		return list
	}
	tests := []struct {
		name, lang, id string
		answered       Answered
		want, not      []string
	}{
		{"a wrong choice explains itself only", "en", "one-of-two",
			Answered{Answer: labs.QuizAnswer{Options: []int{1}}, Result: &labs.QuizResult{Verdict: labs.QuizWrong, Of: 1, Options: marks("-x", "x-")}},
			[]string{`data-verdict="wrong"`, `value="1" checked`, "second reason", "Not right. Read why"}, []string{"first reason", "missed"}},
		{"revealed", "en", "one-of-two",
			Answered{Answer: labs.QuizAnswer{Options: []int{1}}, Reveal: true, Result: &labs.QuizResult{Verdict: labs.QuizWrong, Of: 1, Options: marks("-x", "x-")}},
			[]string{"first reason", "second reason", `class="missed"`, "Right, but not chosen.", "What is right is shown above."}, nil},
		{"a right choice explains all", "en", "one-of-two",
			Answered{Answer: labs.QuizAnswer{Options: []int{0}}, Result: &labs.QuizResult{Verdict: labs.QuizRight, Points: 1, Of: 1, Options: marks("x-", "x-")}},
			[]string{"first reason", "second reason", `class="right"`, `class="spared"`, `<p class="quiz-sentence">Right.</p>`}, nil},
		{"in part", "ru", "some-of-four",
			Answered{Answer: labs.QuizAnswer{Options: []int{0}}, Result: &labs.QuizResult{Verdict: labs.QuizPartly, Points: 1, Of: 2, Found: 1, Options: marks("x---", "x-x-")}},
			[]string{"1 из 2 баллов", "SECRET a"}, []string{"SECRET b", "SECRET c"}},
		{"too little", "ru", "how-many",
			Answered{Answer: labs.QuizAnswer{Number: "1,5"}, Result: &labs.QuizResult{Verdict: labs.QuizWrong, Of: 1, Number: 1.5, Off: -1}},
			[]string{`value="1,5"`, "больше 1,5"}, []string{"271828"}},
		{"near enough", "en", "how-many",
			Answered{Answer: labs.QuizAnswer{Number: "270000"}, Result: &labs.QuizResult{Verdict: labs.QuizRight, Points: 1, Of: 1, Number: 270000}},
			[]string{"Right: 271828 messages.", "SECRET reason"}, nil},
		{"cannot be graded, and nothing is lost", "en", "how-many",
			Answered{Answer: labs.QuizAnswer{Number: `<b>"many"`}, Problem: "That is not a number."},
			[]string{`value="&lt;b&gt;&#34;many&#34;"`, `aria-invalid="true"`, `<p class="quiz-problem">That is not a number.</p>`}, []string{"data-verdict"}},
		{"changed meanwhile", "en", "how-many", Answered{Changed: true}, []string{"has changed since you answered"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := quizPage(t, tt.lang)
			all := strings.ReplaceAll(p.Answered(map[string]Answered{tt.id: tt.answered}, nil), "\u00a0", " ")
			q, _ := p.Question(tt.id)
			form := strings.ReplaceAll(p.Form(q, tt.answered), "\u00a0", " ")
			if !strings.Contains(all, form) {
				t.Errorf("the page does not hold the form:\n%s", all)
			}
			for _, want := range tt.want {
				if !strings.Contains(form, want) {
					t.Errorf("no %q in\n%s", want, form)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(form, not) {
					t.Errorf("%q in\n%s", not, form)
				}
			}
		})
	}
}

func TestMistakesInQuizFences(t *testing.T) {
	with := func(change ...string) string {
		return front + fence(strings.NewReplacer(change...).Replace(singleQuiz))
	}
	const at = "en/01-nine/01-one.md:"
	tests := []struct{ name, text, want string }{
		{"YAML", front + fence("id: [\n"), at + "9: quiz: this is not YAML: did not find expected node content"},
		{"a field", with("kind: single", "kind: poll"), at + `10: quiz: kind is "poll", expected one of single, multiple, numeric`},
		{"behind the word", strings.Replace(with(), "````quiz", "````quiz one", 1), at + `8: found "one" behind the word quiz, expected nothing: the id is a field`},
		{"id twice", with() + fence(singleQuiz), at + `22: quiz: id "one-of-two" is taken above`},
		{"question is a list", with("What does `Ack` say?", "\"- one\\n- two\""), at + "11: quiz: found a text that does not begin with a sentence"},
		{"heading in a why", with("SECRET second reason.", "\"## Why\""), at + "17: quiz: found a heading or a footnote, which a question has no place for"},
		{"option of two paragraphs", with("I have seen it.", "\"I have\\n\\nseen it.\""),
			at + "16: quiz: text of an option is more than one paragraph; what needs more belongs into its why"},
		{"quiz in a quiz", with("question: What does `Ack` say?", "question: |\n  What?\n\n  ```quiz\n  ```"), at + "14: quiz: a quiz cannot hold another quiz"},
		{"broken link", with("SECRET second reason.", "See [x](#nowhere)."), at + "17: broken link: en/01-nine/01-one.md has no heading #nowhere"},
		{"script", with("SECRET second", "<script>x</script>"), at + "17: quiz: element <script> is not allowed in a lesson and is left out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := english(Lint(tree(map[string]string{"01-one.md": tt.text}), oneLab))
			if len(got) == 0 || got[0] != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestQuizzesOfTranslationsAreCompared(t *testing.T) {
	fsys := tree(map[string]string{
		"01-one.md": front + fence(singleQuiz) + fence(numericQuiz),
		"02-two.md": strings.ReplaceAll(front, "one", "two") + fence(numericQuiz),
	})
	fsys["ru/01-nine/01-one.md"] = &fstest.MapFile{Data: []byte(front +
		fence(strings.Replace(strings.Replace(singleQuiz, "    correct: true\n", "", 1), "second reason.", "second reason.\n    correct: true", 1)) +
		fence(strings.Replace(numericQuiz, "how-many", "how-few", 1)))}
	var got []string
	for _, f := range Lint(fsys, oneLab) {
		got = append(got, f.String())
	}
	want := []string{
		`en/01-nine/02-two.md:9: quiz: id "how-many" is taken by the quiz at en/01-nine/01-one.md:22`,
		`ru/01-nine/01-one.md:1: quizzes are ["one-of-two" "how-few"], but ["one-of-two" "how-many"] in en/01-nine/01-one.md; give both the same ids in the same order`,
		`ru/01-nine/01-one.md:9: quiz "one-of-two": the right options are 2, but 1 in en/01-nine/01-one.md:9`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAnswersCountInEveryLanguage: a translation has the hash of its original.
func TestAnswersCountInEveryLanguage(t *testing.T) {
	fsys := tree(map[string]string{"01-one.md": front + fence(singleQuiz)})
	fsys["ru/01-nine/01-one.md"] = &fstest.MapFile{Data: []byte(front + fence(strings.Replace(singleQuiz, "What does", "Что говорит", 1)))}
	c, _ := Load(fsys, oneLab)
	hashes := make(map[string]string)
	for _, lang := range []string{"ru", "en"} {
		p, err := c.Page(lang, "nine", "one")
		if err != nil {
			t.Fatal(err)
		}
		hashes[lang] = fmt.Sprint(p.Questions[0].Hash)
	}
	if hashes["en"] != hashes["ru"] || len(hashes["en"]) != 64 {
		t.Errorf("hashes are %v", hashes)
	}
}

// TestOutlinesKnowTheQuizzes: they are found without rendering, the same ones.
func TestOutlinesKnowTheQuizzes(t *testing.T) {
	text := front + fence(singleQuiz) + "\n~~~text\n```quiz\nid: shown-only\n```\n~~~\n" + fence(multipleQuiz) + "\n```go\nid: x\n```\n" + fence(numericQuiz)
	p := page(t, tree(map[string]string{"01-one.md": text}), "en", "nine", "one")
	if diff := cmp.Diff(keys(p.Questions), quizIDs([]byte(text))); diff != "" || len(p.Questions) != 3 {
		t.Error(diff)
	}
	c, _ := Load(Content, catalogue(t))
	builtin(t, func(p *Page) {
		if ref, _ := c.PageByID(p.Lang, p.ID); !slices.Equal(ref.Quizzes, keys(p.Questions)) {
			t.Errorf("%s: the outline has quizzes %q, the page %q", p.File, ref.Quizzes, keys(p.Questions))
		}
	})
}

// TestQuizzesOnlyInPages: a lab's text has nowhere to post an answer to.
func TestQuizzesOnlyInPages(t *testing.T) {
	_, err := RenderMarkdown([]byte(fence(singleQuiz)), "en")
	if err == nil || err.Error() != "line 2: fence \"quiz\" has no place here: questions and scenes stand in the pages of the course" {
		t.Error(err)
	}
}

// TestNoLessonForgesAForm: a form written as HTML, or a mark, stays out of the page.
func TestNoLessonForgesAForm(t *testing.T) {
	p := page(t, tree(map[string]string{"01-one.md": front + "\n<form action=\"/api/x\"><input name=a></form>\n\n<!--quiz one-of-two-->\n" + fence(singleQuiz)}), "en", "nine", "one")
	if n := strings.Count(p.HTML, "<form"); n != 1 || strings.Contains(p.HTML, "/api/x") {
		t.Errorf("%d forms in\n%s", n, p.HTML)
	}
}
