package course

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/labs"
)

// A Question is a quiz of a page, with its texts rendered. What is right and why
// is in it, so it is for the server and not for the reader.
type Question struct {
	*labs.Quiz
	// Predict is the scene that the question is about; nil for a quiz.
	Predict *labs.Predict
	// Hash is that of the question in the first language, so that an answer
	// given in one language counts in the others.
	Hash string

	Fence int // line of the page that the fence opens on

	legend  string // HTML: the question itself, without blocks
	more    string // what follows it, such as code
	options []questionOption
	why     string
	hint    string
}

// A questionOption is an option as HTML.
type questionOption struct{ text, why string }

// Question finds a quiz of the page by its id.
func (p *Page) Question(id string) (*Question, bool) {
	i := slices.IndexFunc(p.Questions, func(q *Question) bool { return q.ID == id })
	if i < 0 {
		return nil, false
	}
	return p.Questions[i], true
}

// quizMark stands for the form of a quiz. Sanitising drops every comment of a
// lesson, so none can forge it.
func quizMark(id string) string { return "<!--quiz " + id + "-->" }

// quiz turns a quiz fence into a mark, and keeps the question for its form.
func (j *job) quiz(line int, argument, body string) string {
	if !j.mayAsk(line, "quiz", argument) {
		return ""
	}
	quiz, found := labs.ParseQuiz([]byte(body))
	for _, f := range found {
		j.fail(line+f.Line, true, "quiz: %s", f.Message)
	}
	if quiz == nil {
		return ""
	}
	quiz.Line += line
	if !j.newID(quiz.Line, "quiz", quiz.ID) {
		return ""
	}
	j.questions = append(j.questions, &Question{Quiz: quiz, Hash: quiz.Hash(), Fence: line})
	return quizMark(quiz.ID)
}

// textsOf renders the texts of a quiz.
func (j *job) textsOf(q *Question) {
	line := q.Fence
	q.legend, q.more = j.legend(line, q.Quiz.Question)
	for _, o := range q.Options {
		text, rest := j.legend(line, o.Text)
		if rest != "" {
			j.fail(line+o.Text.Line, true, "quiz: text of an option is more than one paragraph; what needs more belongs into its why")
		}
		q.options = append(q.options, questionOption{text: text, why: j.fragment(line, o.Why)})
	}
	q.why, q.hint = j.fragment(line, q.Why), j.fragment(line, q.Hint)
}

// legend renders a text that begins with a paragraph: the paragraph without its
// tags, and what follows.
func (j *job) legend(line int, m labs.Markdown) (first, rest string) {
	html := strings.TrimSpace(j.fragment(line, m))
	first, rest, ok := strings.Cut(html, "</p>")
	if !ok || !strings.HasPrefix(first, "<p>") {
		j.fail(line+m.Line, true, "quiz: found a text that does not begin with a sentence")
		return "", ""
	}
	return strings.TrimPrefix(first, "<p>"), strings.TrimSpace(rest)
}

// fragment renders a text of a quiz as a lesson of its own, whose mistakes and
// links are those of the page.
func (j *job) fragment(line int, m labs.Markdown) string {
	if m.Text == "" {
		return ""
	}
	at := line + m.Line - 1 // the line above the text
	doc := (&job{lang: j.lang, file: j.file, src: []byte(m.Text), in: j.in, page: j.page, ofLab: j.ofLab, inner: true}).run()
	for _, f := range doc.findings {
		j.fail(at+max(f.Line, 1), f.Breaks, "quiz: %s", f.Message)
	}
	for _, l := range doc.links {
		l.line += at
		j.links = append(j.links, l)
	}
	if len(doc.ids) > 0 || strings.Contains(doc.html, "doc-noteref") {
		j.fail(at+1, true, "quiz: found a heading or a footnote, which a question has no place for")
	}
	return doc.html
}

var (
	fenceOpens = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})\\s*([a-z0-9]*)")
	quizIDLine = regexp.MustCompile(`^\s*id:\s*([a-z0-9-]+)`)
)

// quizIDs finds the quizzes and predictions of a page without rendering it, as outlines need
// them: fences at the margin and their first id.
func quizIDs(src []byte) []string {
	var ids []string
	var fence, lang string // that is open
	for line := range strings.Lines(string(src)) {
		m := fenceOpens.FindStringSubmatch(line)
		switch {
		case fence == "" && m != nil:
			fence, lang = m[1], m[2]
		case m != nil && strings.HasPrefix(m[1], fence) && m[2] == "":
			fence, lang = "", ""
		case lang == "quiz" || lang == "predict":
			if id := quizIDLine.FindStringSubmatch(line); id != nil {
				ids, lang = append(ids, id[1]), ""
			}
		}
	}
	return ids
}

// lintUnique reports the quizzes whose id an earlier page has. Files are in order.
func lintUnique(files []string, docs map[string]document) []Finding {
	var found []Finding
	first := make(map[string]string) // id to where it stands
	for _, file := range files {
		for _, q := range docs[file].questions {
			if at := first[q.ID]; at != "" {
				found = append(found, Finding{File: file, Line: q.Line, Message: fmt.Sprintf("quiz: id %q is taken by the quiz at %s", q.ID, at)})
				continue
			}
			first[q.ID] = fmt.Sprintf("%s:%d", file, q.Line)
		}
	}
	return found
}
