package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
)

const (
	// maxAnswer is the largest answer to a quiz, in bytes of the request's body.
	maxAnswer = 4 << 10
	// revealAfter is how many tries show what is right, for those who are stuck.
	revealAfter = 3
)

var (
	errNoQuiz     = errors.New("no such quiz")
	errAnswerLong = errors.New("the answer is too long")
	errNotForm    = errors.New("the body is not a form")
)

// refusals are the errors of an answer that can be mended on the spot: the page
// comes back with what was answered, and with the words of the error beside it.
var refusals = []error{
	grader.ErrNoAnswer, grader.ErrNotNumber, grader.ErrNoOption, grader.ErrOneOption, grader.ErrOtherKind, store.ErrTooOften,
}

func refused(err error) bool {
	return slices.ContainsFunc(refusals, func(r error) bool { return errors.Is(err, r) })
}

// postQuizForm takes an answer from a page without scripts, which is led back to
// the question.
func (s *Server) postQuizForm(c echo.Context) error {
	content := s.content.Load()
	page, err := content.course.Page(s.lang(c), c.Param("chapter"), c.Param("page"))
	if err != nil {
		return err
	}
	form, err := quizForm(c)
	if err != nil {
		return err
	}
	q, ok := page.Question(form.quiz)
	if !ok {
		return fmt.Errorf("quiz %q on page %q: %w", form.quiz, page.ID, errNoQuiz)
	}
	err = s.answerQuiz(c.Request().Context(), s.user(c), "", q, form.answer)
	if refused(err) {
		return s.showRefused(c, content.course, page, q, form.answer, err)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, c.Request().URL.Path+"#quiz-"+q.ID)
}

// A quizFields is what the form of a quiz sends.
type quizFields struct {
	quiz   string
	answer labs.QuizAnswer
	again  bool // the prediction is taken back
}

// quizForm reads the form of a quiz.
func quizForm(c echo.Context) (quizFields, error) {
	r := c.Request()
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return quizFields{}, fmt.Errorf("content type %q: %w", r.Header.Get("Content-Type"), errNotForm)
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxAnswer)
	err = r.ParseForm()
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return quizFields{}, fmt.Errorf("body of more than %d bytes: %w", maxAnswer, errAnswerLong)
	}
	if err != nil {
		return quizFields{}, &badInput{what: err.Error()}
	}
	f := quizFields{quiz: r.PostForm.Get("quiz"), answer: labs.QuizAnswer{Number: r.PostForm.Get("number")}, again: r.PostForm.Get("again") != ""}
	for _, value := range r.PostForm["option"] {
		i, err := strconv.Atoi(value)
		if err != nil {
			i = -1 // no option has this index, and the grader says so
		}
		f.answer.Options = append(f.answer.Options, i)
	}
	return f, nil
}

// showRefused is the page with an answer that could not be graded.
func (s *Server) showRefused(c echo.Context, from *course.Course, page *course.Page, q *course.Question, a labs.QuizAnswer, why error) error {
	st, err := s.standing(c.Request().Context(), s.user(c))
	if err != nil {
		return err
	}
	answers, err := s.answered(c.Request().Context(), s.user(c), "", page.Questions)
	if err != nil {
		return err
	}
	said := answerFor(why)
	answers[q.ID] = course.Answered{Answer: a, Problem: s.pages.words[page.Lang].text("error." + said.code)}
	v := s.viewPage(c, from, page, st)
	told, _ := s.told(c.Request().Context(), page, answers)
	v.HTML = template.HTML(page.Answered(answers, told)) //nolint:gosec // made by course
	return s.show(c, said.status, "page", v)
}

// postQuiz takes an answer from reading.js, and gives it the form as it is now.
func (s *Server) postQuiz(c echo.Context) error {
	page, err := s.course().Page(s.lang(c), c.Param("chapter"), c.Param("page"))
	if err != nil {
		return err
	}
	q, ok := page.Question(c.Param("quiz"))
	if !ok {
		return fmt.Errorf("quiz %q on page %q: %w", c.Param("quiz"), page.ID, errNoQuiz)
	}
	var a labs.QuizAnswer
	if err := bindAnswer(c, &a); err != nil {
		return err
	}
	ctx, user := c.Request().Context(), s.user(c)
	if err := s.answerQuiz(ctx, user, "", q, a); err != nil {
		return err
	}
	answers, err := s.answered(ctx, user, "", page.Questions)
	if err != nil {
		return err
	}
	return s.sayAnswered(c, page, q, answers, page.Lang)
}

// bindAnswer reads an answer that a script sends.
func bindAnswer(c echo.Context, a any) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxAnswer)
	err := bind(c, a)
	if errors.Is(err, errTooLong) {
		return fmt.Errorf("body of more than %d bytes: %w", maxAnswer, errAnswerLong)
	}
	return err
}

// A form is where a question stands: a page of the course, or the text of a lab.
type form interface {
	Form(q *course.Question, a course.Answered) string
	Words(q *course.Question, told course.Told) string
}

// sayAnswered gives a script the form of a question as it is now, and of a prediction
// the words of its scene.
func (s *Server) sayAnswered(c echo.Context, at form, q *course.Question, answers map[string]course.Answered, lang string) error {
	now := answers[q.ID]
	said := map[string]any{"html": at.Form(q, now)}
	if now.Result != nil {
		said["verdict"], said["points"], said["of"] = now.Result.Verdict, now.Result.Points, now.Result.Of
	}
	if q.Predict != nil {
		told := map[string]course.Told{}
		if s.tellPredictions(c.Request().Context(), []*course.Question{q}, answers, lang, told) {
			said["words"] = at.Words(q, told[q.ID])
		}
	}
	return c.JSON(http.StatusOK, said)
}

// answerQuiz grades an answer and keeps it. A prediction is answered once: a later
// answer changes nothing. lab is the id of the lab that asks; "" for a page.
func (s *Server) answerQuiz(ctx context.Context, user int64, lab string, q *course.Question, a labs.QuizAnswer) error {
	if over, err := s.predicted(ctx, user, lab, q); over || err != nil {
		return err
	}
	result, err := grader.Quiz(q.Quiz, a)
	if err != nil {
		return fmt.Errorf("quiz %q: %w", q.ID, err)
	}
	a.Number = strings.TrimSpace(a.Number)
	slices.Sort(a.Options)
	a.Options = slices.Compact(a.Options)
	raw, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("quiz %q: %w", q.ID, err) // cannot be: numbers and a string
	}
	return s.opts.Store.AddQuizAnswer(ctx, user, store.QuizAnswer{Quiz: path.Join(lab, q.ID), Hash: q.Hash, Answer: raw, Points: result.Points, Of: result.Of})
}

// predicted reports whether a question is a prediction that the user has answered.
func (s *Server) predicted(ctx context.Context, user int64, lab string, q *course.Question) (bool, error) {
	if q.Predict == nil {
		return false, nil
	}
	key := path.Join(lab, q.ID)
	records, err := s.opts.Store.QuizAnswers(ctx, user, []string{key})
	if err != nil {
		return false, err
	}
	record, ok := records[key]
	return ok && record.Hash == q.Hash, nil
}

// answersKey changes with what answered returns, and costs less.
func (s *Server) answersKey(ctx context.Context, user int64, page *course.Page) (string, error) {
	if len(page.Questions) == 0 {
		return "", nil
	}
	last, err := s.opts.Store.LastQuizAnswer(ctx, user)
	return fmt.Sprintf(" quizzes=%d/%d", user, last), err
}

// answered is what a user has answered to questions of a page or a lab, graded again.
func (s *Server) answered(ctx context.Context, user int64, lab string, questions []*course.Question) (map[string]course.Answered, error) {
	answers := map[string]course.Answered{}
	if len(questions) == 0 {
		return answers, nil
	}
	var ids []string
	for _, q := range questions {
		ids = append(ids, path.Join(lab, q.ID))
	}
	records, err := s.opts.Store.QuizAnswers(ctx, user, ids)
	if err != nil {
		return nil, err
	}
	for _, q := range questions {
		if r, ok := records[path.Join(lab, q.ID)]; ok && r.Hash != takenBack {
			answers[q.ID] = answeredBefore(q, r)
		}
	}
	return answers, nil
}

// answeredBefore is a stored answer as its question shows it. One to an earlier
// version of the question is not shown: its options may have been others.
func answeredBefore(q *course.Question, r store.QuizRecord) course.Answered {
	var a labs.QuizAnswer
	if r.Hash != q.Hash || json.Unmarshal(r.Answer, &a) != nil {
		return course.Answered{Changed: true}
	}
	result, err := grader.Quiz(q.Quiz, a)
	if err != nil {
		return course.Answered{Changed: true}
	}
	return course.Answered{Answer: a, Result: &result, Reveal: result.Verdict != labs.QuizRight && r.Tries >= revealAfter}
}
