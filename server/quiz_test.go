package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
)

// quizLesson is a page with a quiz of each kind; %s are words of its language.
const quizLesson = `---
id: rabbitmq-quizzes
title: %[1]s
summary: x
minutes: 1
---

%[1]s.

` + "```quiz" + `
id: single-one
kind: single
question: %[1]s A?
options:
  - {text: Zero, why: SECRET zero., correct: true}
  - {text: One, why: SECRET one.}
  - {text: Two, why: SECRET two.}
` + "```\n\n```quiz" + `
id: multiple-one
kind: multiple
question: %[1]s B?
options:
  - {text: Zero, why: SECRET zero., correct: true}
  - {text: One, why: SECRET one., correct: true}
  - {text: Two, why: SECRET two.}
` + "```\n\n```quiz" + `
id: numeric-one
kind: numeric
question: %[1]s C?
value: 2.5
unit: ms
why: SECRET reason.
` + "```\n"

const (
	quizPath = "/rabbitmq/quizzes"
	quizAPI  = "/api/quizzes/rabbitmq/quizzes/"
)

// quizSite is a site whose course is that page, in both languages.
func quizSite(t *testing.T) *site {
	t.Helper()
	s := start(t)
	s.teach(t, quizLesson)
	return s
}

func (s *site) teach(t *testing.T, lesson string) {
	t.Helper()
	files := fstest.MapFS{}
	for lang, word := range map[string]string{"en": "What", "ru": "Что"} {
		files[lang+"/02-rabbitmq/chapter.yaml"] = &fstest.MapFile{Data: []byte("id: \"2.2\"\ntitle: RabbitMQ\nsummary: x\n")}
		files[lang+"/02-rabbitmq/01-quizzes.md"] = &fstest.MapFile{Data: fmt.Appendf(nil, lesson, word)}
	}
	for _, f := range course.Lint(files, nil) {
		t.Fatal(f)
	}
	c, _ := course.Load(files, nil)
	s.Reload(c, s.content.Load().labs)
}

// send posts the form of a quiz, as a browser without scripts does.
func (s *site) send(t *testing.T, lang, quiz string, fields url.Values, headers ...header) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{"quiz": {quiz}}
	for name, values := range fields {
		form[name] = values
	}
	return s.do(t, http.MethodPost, "/"+lang+quizPath, form.Encode(), append([]header{{"Content-Type", "application/x-www-form-urlencoded"}}, headers...)...)
}

func options(list ...string) url.Values { return url.Values{"option": list} }

func number(text string) url.Values { return url.Values{"number": {text}} }

// shown is the page as it is now, with plain spaces.
func (s *site) shown(t *testing.T, lang string) string {
	t.Helper()
	w := s.do(t, http.MethodGet, "/"+lang+quizPath, "")
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return plain(w)
}

func plain(w *httptest.ResponseRecorder) string {
	return strings.ReplaceAll(w.Body.String(), "\u00a0", " ")
}

func holds(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, part := range want {
		if !strings.Contains(page, part) {
			t.Errorf("no %q in\n%s", part, page)
		}
	}
}

func TestAnswersWithoutScripts(t *testing.T) {
	s := quizSite(t)
	holds(t, plain(s.do(t, http.MethodGet, "/ru/", "")), "1 минута · 3 вопроса")
	if page := s.shown(t, "en"); strings.Contains(page, "SECRET") || strings.Contains(page, "checked") {
		t.Errorf("the page gives answers away:\n%s", page)
	}
	w := s.send(t, "en", "single-one", options("1"))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/en"+quizPath+"#quiz-single-one" {
		t.Fatalf("%d, to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	page := s.shown(t, "en")
	holds(t, page, `data-verdict="wrong"`, `value="1" checked`, "SECRET one.", "Not right.")
	if strings.Contains(page, "SECRET zero.") || strings.Contains(page, "SECRET reason.") {
		t.Errorf("a wrong answer gives away what is right:\n%s", page)
	}
	s.send(t, "en", "single-one", options("0"))
	s.send(t, "en", "multiple-one", options("0", "2"))
	s.send(t, "ru", "numeric-one", number(" 2,5 ms"))
	holds(t, s.shown(t, "en"), `value="0" checked`, "SECRET zero.", "SECRET reason.", `data-verdict="right"`, "0 of 2 points", `value="2,5 ms"`)
	holds(t, s.shown(t, "ru"), "0 из 2 баллов", "SECRET reason.", `value="2,5 ms"`)
	holds(t, plain(s.do(t, http.MethodGet, "/en/", "")), "1 minute · 2 of 3 questions right")
	got := answerOf[struct {
		Quizzes map[string]struct{ Best, Of int }
	}](t, s, http.MethodGet, "/api/progress", "", http.StatusOK)
	if q := got.Quizzes; len(q) != 3 || q["single-one"].Best != 1 || q["multiple-one"].Of != 2 || q["numeric-one"].Best != 1 {
		t.Errorf("progress says %v", q)
	}
}

// TestStuckReadersAreShownTheAnswer after some different tries; a reload is none.
func TestStuckReadersAreShownTheAnswer(t *testing.T) {
	s := quizSite(t)
	for _, text := range []string{"1", "1", "7", "7"} {
		s.send(t, "ru", "numeric-one", number(text))
	}
	if page := s.shown(t, "ru"); strings.Contains(page, "SECRET") {
		t.Errorf("shown after two tries:\n%s", page)
	}
	s.send(t, "ru", "numeric-one", number("3"))
	holds(t, s.shown(t, "ru"), "Нет, верное число меньше 3.", "Верный ответ: 2,5 ms.", "SECRET reason.")
}

// TestRefusedAnswers: whoever sends what cannot be graded is told why, in their
// language, and finds what they wrote; nothing is stored.
func TestRefusedAnswers(t *testing.T) {
	s := quizSite(t)
	tests := []struct {
		name, lang, quiz string
		fields           url.Values
		status           int
		want             []string
	}{
		{"empty choice", "en", "single-one", nil, 422, []string{"Nothing is answered yet."}},
		{"empty number", "ru", "numeric-one", number("  "), 422, []string{"Ответа пока нет."}},
		{"no number", "ru", "numeric-one", number("пять"), 422, []string{"Это не число.", `value="пять"`}},
		{"option out of range", "en", "single-one", options("3"), 422, []string{"There is no such option."}},
		{"option that is no number", "en", "single-one", options("x"), 422, []string{"There is no such option."}},
		{"huge option", "en", "multiple-one", options("0", "99999999999999999999"), 422, []string{"no such option", `value="0" checked`}},
		{"two of one", "en", "single-one", options("0", "1"), 422, []string{"Only one answer"}},
		{"another kind", "en", "single-one", number("1"), 422, []string{"another kind of question"}},
		{"unknown quiz", "ru", "nowhere", options("0"), 404, []string{"Такого вопроса на странице нет."}},
		{"too long", "en", "numeric-one", number(strings.Repeat("1", maxAnswer)), 413, []string{"The answer is too long."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := s.send(t, tt.lang, tt.quiz, tt.fields)
			if w.Code != tt.status {
				t.Errorf("%d, want %d", w.Code, tt.status)
			}
			page := plain(w)
			holds(t, page, tt.want...)
			if strings.Contains(page, "SECRET") {
				t.Errorf("it gives answers away:\n%s", page)
			}
		})
	}
	if page := s.shown(t, "en"); strings.Contains(page, "checked") || strings.Contains(page, "data-verdict") {
		t.Errorf("something was stored:\n%s", page)
	}
}

// TestOtherSitesCannotAnswer: the forms are held to the rule of the API.
func TestOtherSitesCannotAnswer(t *testing.T) {
	s := quizSite(t)
	for _, h := range []header{{"Origin", "http://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "null"}} {
		if w := s.send(t, "en", "single-one", options("0"), h); w.Code != http.StatusForbidden {
			t.Errorf("%v: %d, want 403", h, w.Code)
		}
	}
	if w := s.do(t, http.MethodPost, "/en"+quizPath, "quiz=single-one&option=0", header{"Content-Type", "text/plain"}); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("text: %d, want 415", w.Code)
	}
	if w := s.do(t, http.MethodPost, "/en/rabbitmq/nowhere", "quiz=single-one", header{"Content-Type", "application/x-www-form-urlencoded"}); w.Code != http.StatusNotFound {
		t.Errorf("no page: %d, want 404", w.Code)
	}
	if page := s.shown(t, "en"); strings.Contains(page, "checked") {
		t.Error("a foreign answer was stored")
	}
	policy := s.do(t, http.MethodGet, "/en"+quizPath, "").Header().Get("Content-Security-Policy")
	holds(t, policy, "form-action 'self'")
}

func TestAnswersOfTheScript(t *testing.T) {
	s := quizSite(t)
	type answered struct {
		Verdict    labs.QuizVerdict
		Points, Of int
		HTML       string
	}
	got := answerOf[answered](t, s, http.MethodPost, quizAPI+"multiple-one?lang=ru", `{"options":[1,0,1]}`, http.StatusOK)
	if got.Verdict != labs.QuizRight || got.Points != 2 || got.Of != 2 {
		t.Errorf("%+v", got)
	}
	holds(t, got.HTML, `<form class="quiz" id="quiz-multiple-one"`, `value="0" checked`, "SECRET two.", "Верно.")
	if page := s.shown(t, "ru"); !strings.Contains(page, strings.ReplaceAll(got.HTML, "\u00a0", " ")) {
		t.Error("the page shows another form than the script got")
	}
	for _, tt := range []struct {
		quiz, body string
		status     int
		code       string
	}{
		{"multiple-one", `{}`, 422, "quiz_empty"},
		{"multiple-one", `{"options":[3]}`, 422, "quiz_option"},
		{"single-one", `{"options":[0,1]}`, 422, "quiz_single"},
		{"numeric-one", `{"number":"much"}`, 422, "quiz_number"},
		{"numeric-one", `{"options":[1]}`, 422, "quiz_kind"},
		{"numeric-one", `{"number":2.5}`, 400, "bad_input"},
		{"numeric-one", `{"numbers":"2"}`, 400, "bad_input"},
		{"numeric-one", `{"number":"` + strings.Repeat("1", maxAnswer) + `"}`, 413, "quiz_long"},
		{"nowhere", `{"options":[0]}`, 404, "no_quiz"},
	} {
		refused := answerOf[struct {
			Error struct{ Code, Message string }
		}](t, s, http.MethodPost, quizAPI+tt.quiz+"?lang=ru", tt.body, tt.status)
		if refused.Error.Code != tt.code || !strings.ContainsAny(refused.Error.Message, "аеиоу") {
			t.Errorf("%s to %s: %+v, want %s in Russian", tt.body[:min(len(tt.body), 40)], tt.quiz, refused.Error, tt.code)
		}
	}
}

func TestTooManyAnswersAreRefused(t *testing.T) {
	s := quizSite(t)
	var last *httptest.ResponseRecorder
	for i := range 100 {
		if last = s.send(t, "en", "numeric-one", number(fmt.Sprint(i+10))); last.Code == http.StatusTooManyRequests {
			break
		}
	}
	if last.Code != http.StatusTooManyRequests {
		t.Fatalf("a hundred answers in a moment: %d", last.Code)
	}
	holds(t, plain(last), "a lot of answers for one minute", `<form class="quiz"`)
}

// TestEditedQuestionAsksAgain: what was answered before counts, and is not shown.
func TestEditedQuestionAsksAgain(t *testing.T) {
	s := quizSite(t)
	s.send(t, "en", "single-one", options("0"))
	s.teach(t, strings.Replace(quizLesson, "{text: Zero, why: SECRET zero., correct: true}\n  - {text: One, why: SECRET one.}\n  - {text: Two, why: SECRET two.}",
		"{text: Nought, why: SECRET zero.}\n  - {text: One, why: SECRET one., correct: true}", 1))
	page := s.shown(t, "ru")
	holds(t, page, "Вопрос изменился")
	if strings.Contains(page, "checked") || strings.Contains(page, "SECRET") {
		t.Errorf("the old answer is shown:\n%s", page)
	}
	scores, err := s.store.Quizzes(t.Context(), 1)
	if err != nil || scores["single-one"].Best != 1 {
		t.Errorf("the old result is gone: %v, %v", scores, err)
	}
}

// BenchmarkPageWithQuestions is a reading page whose three questions have been
// answered many times: the answers come from the database at each visit.
func BenchmarkPageWithQuestions(b *testing.B) {
	s := start(b)
	page, err := s.course().Page("en", "rabbitmq", "acknowledgements")
	if err != nil || len(page.Questions) == 0 {
		b.Fatalf("%v, %d questions", err, len(page.Questions))
	}
	for _, q := range page.Questions {
		for i := range 10 {
			answer := store.QuizAnswer{Quiz: q.ID, Hash: q.Hash, Answer: fmt.Appendf(nil, `{"options":[%d]}`, i%2), Of: 1}
			if err := s.store.AddQuizAnswer(b.Context(), store.LocalUser, answer); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if w := s.do(b, http.MethodGet, "/en/rabbitmq/acknowledgements", "", header{"Accept-Encoding", "gzip"}); w.Code != http.StatusOK {
				b.Errorf("%d", w.Code)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
