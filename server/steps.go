package server

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
)

// takenBack is the hash of a prediction that was taken back, to be made again. The
// answers before it stay in the store, and with the attempts that had them.
const takenBack = "taken back"

// A labTask is the text of a task, with the questions that it asks.
type labTask struct {
	*course.LabText
	labs.Task
}

// labTasks renders the tasks of a lab. What is right and why is in their questions. An
// answer given in one language counts in the others, by the hash in the first.
func labTasks(lab *labs.Lab, lang string) ([]labTask, error) {
	var tasks []labTask
	for _, task := range lab.Text(lang).Tasks {
		text, err := course.RenderLabText([]byte(task.Body), lang, lab.ID)
		if err != nil {
			return nil, fmt.Errorf("task %d: %w", task.N, err)
		}
		for _, q := range text.Questions {
			if asked, ok := lab.Question(labs.Languages[0], q.ID); ok {
				q.Hash = asked.Hash()
			}
		}
		tasks = append(tasks, labTask{text, task})
	}
	return tasks, nil
}

// questionsOf are the questions of all tasks.
func questionsOf(tasks []labTask) []*course.Question {
	var all []*course.Question
	for _, t := range tasks {
		all = append(all, t.Questions...)
	}
	return all
}

// asked finds the question of a lab that a request names, and what of the lab's text
// asks it.
func (s *Server) asked(c echo.Context, id string) (lab *labs.Lab, at labTask, q *course.Question, err error) {
	if lab, err = s.lab(c); err != nil {
		return nil, at, nil, err
	}
	tasks, err := labTasks(lab, s.lang(c))
	if err != nil {
		return nil, at, nil, fmt.Errorf("text of lab %q: %w", lab.ID, err)
	}
	for _, t := range tasks {
		for _, q := range t.Questions {
			if q.ID == id {
				return lab, t, q, nil
			}
		}
	}
	return nil, at, nil, fmt.Errorf("question %q of lab %q: %w", id, lab.ID, errNoQuiz)
}

// getLabPlay is the recording of a prediction of a lab.
func (s *Server) getLabPlay(c echo.Context) error {
	lab, _, q, err := s.asked(c, c.Param("play"))
	if errors.Is(err, errNoQuiz) || err == nil && q.Predict == nil {
		return fmt.Errorf("scene %q: %w", c.Param("play"), errNoPlay)
	}
	if err != nil {
		return err
	}
	answers, err := s.answered(c.Request().Context(), s.user(c), lab.ID, []*course.Question{q})
	if err != nil {
		return err
	}
	return s.sendPrediction(c, q, answers[q.ID], s.lang(c))
}

// postLabAnswer takes an answer from the page's script, and gives it the form as it is
// now.
func (s *Server) postLabAnswer(c echo.Context) error {
	lab, at, q, err := s.asked(c, c.Param("quiz"))
	if err != nil {
		return err
	}
	var body struct {
		labs.QuizAnswer
		Again bool `json:"again"`
	}
	if err := bindAnswer(c, &body); err != nil {
		return err
	}
	ctx, user := c.Request().Context(), s.user(c)
	if err := s.answerLab(ctx, user, lab, q, body.QuizAnswer, body.Again); err != nil {
		return err
	}
	answers, err := s.answered(ctx, user, lab.ID, []*course.Question{q})
	if err != nil {
		return err
	}
	return s.sayAnswered(c, at, q, answers, s.lang(c))
}

// postLabForm takes an answer from a page without scripts, which is led back to the
// question.
func (s *Server) postLabForm(c echo.Context) error {
	form, err := quizForm(c)
	if err != nil {
		return err
	}
	lab, _, q, err := s.asked(c, form.quiz)
	if err != nil {
		return err
	}
	err = s.answerLab(c.Request().Context(), s.user(c), lab, q, form.answer, form.again)
	if refused(err) {
		said := answerFor(err)
		return s.showLab(c, said.status, lab, map[string]course.Answered{
			q.ID: {Answer: form.answer, Problem: s.pages.words[s.lang(c)].text("error." + said.code)},
		})
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, c.Request().URL.Path+"#quiz-"+q.ID)
}

// answerLab keeps an answer to a question of a lab, or takes a prediction back.
func (s *Server) answerLab(ctx context.Context, user int64, lab *labs.Lab, q *course.Question, a labs.QuizAnswer, again bool) error {
	if !again {
		return s.answerQuiz(ctx, user, lab.ID, q, a)
	}
	over, err := s.predicted(ctx, user, lab.ID, q)
	if err != nil || !over {
		return err
	}
	return s.opts.Store.AddQuizAnswer(ctx, user, store.QuizAnswer{Quiz: path.Join(lab.ID, q.ID), Hash: takenBack, Answer: []byte("{}"), Of: 1})
}

// withAnswers adds to a submission what the student has answered to the lab's questions.
func (s *Server) withAnswers(ctx context.Context, user int64, lab *labs.Lab, files []labs.File) ([]labs.File, error) {
	var questions []*course.Question
	var ids []string
	for _, a := range lab.Questions(labs.Languages[0]) {
		questions = append(questions, &course.Question{Quiz: a.Quiz, Predict: a.Predict, Hash: a.Hash()})
		ids = append(ids, a.ID)
	}
	answers, err := s.answered(ctx, user, lab.ID, questions)
	if err != nil || len(questions) == 0 {
		return files, err
	}
	given := make(map[string]labs.QuizAnswer)
	for id, a := range answers {
		if a.Result != nil {
			given[id] = a.Answer
		}
	}
	return append(files, labs.File{Name: labs.AnswersFile, Text: labs.FormatAnswers(ids, given)}), nil
}

// A stepView is one step of a lab, for the way through it.
type stepView struct {
	Href, Title, Kind string
	N                 int
	Questions         string // ids of those that it asks, with spaces
	Done              bool   // they are answered
}

// steps lead through a lab of several kinds of work: its tasks in order, those of one
// kind together.
func (v *labView) steps(lab *labs.Lab, tasks []labTask, answers map[string]course.Answered) {
	writing := "code"
	for _, kind := range lab.Steps {
		if kind != "predict" && kind != "quiz" {
			writing = kind
		}
	}
	for i, t := range tasks {
		step := stepView{Href: fmt.Sprintf("#task-%d", t.N), Kind: writing, Done: len(t.Questions) > 0}
		var ids []string
		for _, q := range t.Questions {
			step.Kind = "quiz"
			if q.Predict != nil {
				step.Kind = "predict"
			}
			ids = append(ids, q.ID)
			step.Done = step.Done && answers[q.ID].Result != nil
		}
		step.Questions = strings.Join(ids, " ")
		if last := len(v.Steps) - 1; i > 0 && v.Steps[last].Kind == step.Kind {
			v.Steps[last].Questions = strings.TrimSpace(v.Steps[last].Questions + " " + step.Questions)
			v.Steps[last].Done = v.Steps[last].Done && step.Done
			continue
		}
		step.N, step.Title = len(v.Steps)+1, v.T("lab.step."+step.Kind)
		v.Steps = append(v.Steps, step)
	}
	if len(v.Steps) < 2 {
		v.Steps = nil
	}
}

// fillTasks renders the tasks of a lab with the answers of a student.
func (v *labView) fillTasks(lab *labs.Lab, tasks []labTask, answers map[string]course.Answered, told map[string]course.Told) error {
	v.Questions = len(questionsOf(tasks)) > 0
	v.steps(lab, tasks, answers)
	for _, t := range tasks {
		title, err := course.RenderMarkdown([]byte(t.Title), v.Lang)
		if err != nil {
			return err
		}
		v.Tasks = append(v.Tasks, taskView{
			N: t.N, Title: inline(template.HTML(title)), //nolint:gosec // sanitised by course
			Body: template.HTML(t.Answered(answers, told)), //nolint:gosec // made by course
		})
	}
	return nil
}
