package course

import "github.com/brokerlab/brokerlab/labs"

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
