package course

import (
	"fmt"
	"slices"

	"github.com/brokerlab/brokerlab/labs"
)

// predict turns a predict fence into a mark. A prediction is a question with a
// scene: it is answered once, and then it is seen what happens.
func (j *job) predict(line int, argument, body string) string {
	if !j.mayAsk(line, "predict", argument) {
		return ""
	}
	p, found := labs.ParsePredict([]byte(body))
	for _, f := range found {
		j.fail(line+f.Line, true, "predict: %s", f.Message)
	}
	if p == nil || !j.newID(line+p.Quiz.Line, "predict", p.Quiz.ID) {
		return ""
	}
	p.Quiz.Line += line
	j.questions = append(j.questions, &Question{Quiz: p.Quiz, Predict: p, Hash: p.Hash(), Fence: line})
	return quizMark(p.Quiz.ID)
}

// Prediction finds a prediction of the page by its id.
func (p *Page) Prediction(id string) (*Question, bool) {
	q, ok := p.Question(id)
	return q, ok && q.Predict != nil
}

// differences says in what a question differs from its original.
func (q *Question) differences(original *Question) []string {
	switch {
	case (q.Predict == nil) != (original.Predict == nil):
		return []string{"one is a quiz and the other a prediction: they differ from what stands"}
	case q.Predict != nil:
		return q.Predict.Differences(original.Predict)
	}
	return q.Quiz.Differences(original.Quiz)
}

// lintPlays compares the plays of a translation with those of its original.
func lintPlays(p, twin *entry, here, there []*Play) []Finding {
	var found []Finding
	differ := func(line int, format string, args ...any) {
		found = append(found, Finding{File: p.file, Line: line, Message: fmt.Sprintf(format, args...)})
	}
	if !slices.Equal(playIDs(here), playIDs(there)) {
		differ(1, "plays are %q, but %q in %s; give both the same ids in the same order", playIDs(here), playIDs(there), twin.file)
	}
	for _, play := range here {
		i := slices.IndexFunc(there, func(o *Play) bool { return o.ID == play.ID })
		if i < 0 {
			continue
		}
		for _, difference := range play.Differences(there[i].Play) {
			differ(play.Fence, "play %q: %s in %s:%d", play.ID, difference, twin.file, there[i].Fence)
		}
	}
	return found
}

func playIDs(list []*Play) []string {
	var ids []string
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	return ids
}
