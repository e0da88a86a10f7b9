package course

import "strings"

// A LabText is a part of a lab's text in one language, with the questions that it asks.
type LabText struct {
	Questions []*Question

	site   site
	marked string // HTML with marks in the places of its questions
}

// RenderLabText renders a part of a lab's text, as RenderMarkdown does. Other than
// there, quizzes and predictions have their place in it.
func RenderLabText(src []byte, lang, lab string) (*LabText, error) {
	doc := (&job{lang: lang, file: "text", src: src, ofLab: lab}).run()
	t := &LabText{
		Questions: doc.questions, marked: doc.html,
		site: site{lang: lang, path: "/" + lang + "/labs/" + lab, quizzes: "/api/labs/" + lab + "/answers/", plays: "/api/labs/" + lab + "/plays/", again: true},
	}
	return t, doc.broken()
}

// Answered is the HTML with the questions as a student has answered them, by the id of
// the question, and the scenes of predictions as they were told, by theirs.
func (t *LabText) Answered(answers map[string]Answered, told map[string]Told) string {
	return strings.NewReplacer(t.site.asked(t.Questions, answers, told)...).Replace(t.marked)
}

// Form is the form of a question, as Page.Form is.
func (t *LabText) Form(q *Question, a Answered) string { return t.site.form(q, a) }

// Words are the words of a prediction's scene, as Page.Words are.
func (t *LabText) Words(q *Question, told Told) string { return t.site.words(q.ID, told) }
