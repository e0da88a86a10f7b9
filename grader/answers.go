package grader

import (
	"slices"
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/labs"
)

// judgeAnswers concludes the checks that look at answers to the lab's questions. They
// need no run. A question that is not answered yet blocks its check.
func (ev *Evidence) judgeAnswers(lab *labs.Lab, files []labs.File) {
	answers := answersIn(files)
	for _, c := range lab.Checks {
		if c.Property != labs.Answered {
			continue
		}
		check := ev.check(c.ID)
		id, _ := c.With["question"].(string)
		check.Facts = property.Facts{Params: map[string]string{"question": id}}
		check.Status, check.MessageID = Blocked, "unanswered"
		asked, ok := lab.Question("en", id)
		answer, given := answers[id]
		if !ok || !given {
			continue
		}
		r, err := Quiz(asked.Quiz, answer)
		if err != nil {
			continue // such as an option that there is no more
		}
		check.Facts.Params["answer"] = formatAnswer(answer)
		check.Facts.Count, check.Facts.Max = r.Points, r.Of
		switch r.Verdict {
		case labs.QuizRight:
			check.Status, check.MessageID, check.Facts = Passed, "", property.Facts{}
		case labs.QuizPartly:
			check.Status, check.MessageID = Failed, "answered-partly"
		default:
			check.Status, check.MessageID = Failed, "answered-wrong"
		}
	}
}

// answersIn reads the answers of a submission. What cannot be read is not answered.
func answersIn(files []labs.File) map[string]labs.QuizAnswer {
	i := slices.IndexFunc(files, func(f labs.File) bool { return f.Name == labs.AnswersFile })
	if i < 0 {
		return nil
	}
	answers, _ := labs.ParseAnswers(files[i].Text)
	return answers
}

// formatAnswer is an answer in the evidence: options from 1 with commas, or a number.
func formatAnswer(a labs.QuizAnswer) string {
	if a.Number != "" {
		return a.Number
	}
	var list []string
	for _, o := range a.Options {
		list = append(list, strconv.Itoa(o+1))
	}
	return strings.Join(list, ",")
}

// asked adds to the facts of a check about an answer what was asked, what was said and,
// of a prediction, what happens, in the reader's words. A quiz can be tried again, so
// what is right is not told.
func (r *renderer) asked(f *facts, params map[string]string) {
	f.P = map[string]string{"asked": params["question"], "said": params["answer"]}
	q, ok := r.lab.Question(r.lang, params["question"])
	if !ok {
		return
	}
	f.P["asked"] = firstLine(q.Question.Text)
	said := params["answer"]
	if len(q.Options) > 0 {
		said = optionsNamed(q.Quiz, func(i int, _ labs.Option) bool {
			return slices.Contains(strings.Split(params["answer"], ","), strconv.Itoa(i+1))
		})
	}
	f.P["said"] = said
	if q.Predict != nil {
		f.P["happens"] = optionsNamed(q.Quiz, func(_ int, o labs.Option) bool { return o.Correct })
	}
}

// optionsNamed quotes the options that a function takes.
func optionsNamed(q *labs.Quiz, take func(int, labs.Option) bool) string {
	var list []string
	for i, o := range q.Options {
		if take(i, o) {
			list = append(list, strings.TrimRight(firstLine(o.Text.Text), "."))
		}
	}
	return strings.Join(list, "; ")
}

// firstLine is the first paragraph of a text, in one line.
func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n\n")
	return strings.Join(strings.Fields(first), " ")
}
