package labs

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	// Answered is the property of a check that looks at the answer to a question of the
	// lab, and at no journal. Its parameter "question" is the question's id.
	Answered = "answered"
	// AnswersFile is the file of a submission that holds the answers.
	AnswersFile = "answers.yaml"
)

// ofAnswers is the row of the catalogue for answers: they are judged without a journal.
var ofAnswers = PropertyInfo{Answered, []string{"question"}, nil, []string{"answered-wrong", "answered-partly"}}

// An Asked is a question that a task of the lab asks: a quiz or, with a scene, a
// prediction. It stands in the lab's text as in a lesson, as a fence.
type Asked struct {
	*Quiz
	Predict *Predict // nil for a quiz
	Task    int
	Fence   int // line of lab.<lang>.md that the fence opens on; those of the quiz count below it
}

// Hash is that of the question and, if it has one, of its scene.
func (a Asked) Hash() string {
	if a.Predict != nil {
		return a.Predict.Hash()
	}
	return a.Quiz.Hash()
}

// differences says in what a question differs from its original in another language.
func (a Asked) differences(original Asked) []string {
	switch {
	case a.ID != original.ID || a.Task != original.Task || (a.Predict == nil) != (original.Predict == nil):
		return []string{fmt.Sprintf("is %s of task %d, but %s of task %d", a.name(), a.Task, original.name(), original.Task)}
	case a.Predict != nil:
		return a.Predict.Differences(original.Predict)
	}
	return a.Quiz.Differences(original.Quiz)
}

func (a Asked) name() string {
	if a.Predict != nil {
		return fmt.Sprintf("prediction %q", a.ID)
	}
	return fmt.Sprintf("quiz %q", a.ID)
}

// Questions are what the lab asks in a language, in the order of its text.
func (l *Lab) Questions(lang string) []Asked {
	all, _ := l.Text(lang).questions()
	return all
}

// Question finds a question by its id.
func (l *Lab) Question(lang, id string) (Asked, bool) {
	all := l.Questions(lang)
	i := slices.IndexFunc(all, func(a Asked) bool { return a.ID == id })
	if i < 0 {
		return Asked{}, false
	}
	return all[i], true
}

// questionSteps are the kinds of steps whose work is to answer questions.
var questionSteps = []string{"predict", "quiz"}

// Program reports whether the lab has a step in which something is written, so that
// there is something to run. Without one, answers are all that is graded.
func (l *Lab) Program() bool {
	return len(l.Steps) == 0 || slices.ContainsFunc(l.Steps, func(s string) bool { return !slices.Contains(questionSteps, s) })
}

// questionFence opens a question; its marks close it.
var questionFence = regexp.MustCompile("^(`{3,}|~{3,}) *(predict|quiz)[ \t]*$")

// questions parses the questions of the tasks. Findings have lines of the file.
func (t Text) questions() (all []Asked, found []Finding) {
	for _, task := range t.Tasks {
		lines := strings.Split(task.Body, "\n")
		for i := 0; i < len(lines); i++ {
			m := questionFence.FindStringSubmatch(strings.TrimRight(lines[i], "\r"))
			if m == nil {
				continue
			}
			a := Asked{Task: task.N, Fence: task.Line + i}
			end := i + 1
			for end < len(lines) && strings.TrimSpace(lines[end]) != m[1] {
				end++
			}
			body := []byte(strings.Join(lines[i+1:end], "\n") + "\n")
			i = end
			var wrong []Finding
			if m[2] == "predict" {
				if a.Predict, wrong = ParsePredict(body); a.Predict != nil {
					a.Quiz = a.Predict.Quiz
				}
			} else {
				a.Quiz, wrong = ParseQuiz(body)
			}
			for _, f := range wrong {
				f.Line, f.Message = f.Line+a.Fence, m[2]+": "+f.Message
				found = append(found, f)
			}
			switch {
			case a.Quiz == nil:
			case slices.ContainsFunc(all, func(o Asked) bool { return o.ID == a.ID }):
				found = append(found, Finding{Line: a.Fence + 1, Message: fmt.Sprintf("%s: id %q is taken above", m[2], a.ID)})
			default:
				all = append(all, a)
			}
		}
	}
	return all, found
}

// ParseAnswers reads answers.yaml: for each question by its id the number of an option,
// from 1, a list of such numbers, or what was typed. Empty ones are left out.
func ParseAnswers(raw string) (map[string]QuizAnswer, []Finding) {
	root, found := yamlRoot([]byte(raw))
	if found != nil {
		return nil, found
	}
	fail := func(n *yaml.Node, format string, args ...any) {
		found = append(found, Finding{Line: n.Line, Message: fmt.Sprintf(format, args...)})
	}
	answers := make(map[string]QuizAnswer)
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return answers, nil
	}
	if root.Kind != yaml.MappingNode {
		fail(root, "found %s, expected the ids of questions, one a line, each with its answer, such as where-is-it: 2", foundIn(root))
		return nil, found
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		id, n := root.Content[i].Value, root.Content[i+1]
		if _, twice := answers[id]; twice {
			fail(n, "question %q is answered twice", id)
		}
		a, ok := parseAnswer(n)
		switch {
		case !ok:
			fail(n, "answer to %q: found %s, expected the number of an option, from 1, such as 2, a list such as [1, 3], or a number in quotes", id, foundIn(n))
		case len(a.Options) > 0 || a.Number != "":
			answers[id] = a
		}
	}
	return answers, found
}

func parseAnswer(n *yaml.Node) (a QuizAnswer, ok bool) {
	options := []*yaml.Node{n}
	switch {
	case n.Kind == yaml.SequenceNode:
		options = n.Content
	case n.Tag == "!!str" || n.Tag == "!!float":
		return QuizAnswer{Number: n.Value}, len(n.Value) <= MaxNumber
	case n.Tag == "!!null":
		return a, true
	}
	for _, o := range options {
		v, err := strconv.Atoi(o.Value)
		if err != nil || o.Kind != yaml.ScalarNode || v < 1 || v > MaxOptions {
			return a, false
		}
		a.Options = append(a.Options, v-1)
	}
	return a, true
}

// FormatAnswers writes answers.yaml, in the order of the ids.
func FormatAnswers(ids []string, answers map[string]QuizAnswer) string {
	var b strings.Builder
	for _, id := range ids {
		a, ok := answers[id]
		switch {
		case !ok:
		case a.Number != "":
			fmt.Fprintf(&b, "%s: %q\n", id, a.Number)
		case len(a.Options) == 1:
			fmt.Fprintf(&b, "%s: %d\n", id, a.Options[0]+1)
		default:
			var list []string
			for _, o := range a.Options {
				list = append(list, strconv.Itoa(o+1))
			}
			fmt.Fprintf(&b, "%s: [%s]\n", id, strings.Join(list, ", "))
		}
	}
	return b.String()
}

// questions checks what the lab asks: that both languages ask the same, that steps and
// checks know of it, and that the answers of the folder can be read.
func (n *linter) questions() {
	here := n.lab.Questions("en")
	kinds := make(map[string]bool)
	for _, a := range here {
		kind := "quiz"
		if a.Predict != nil {
			kind = "predict"
		}
		kinds[kind] = true
		if !slices.ContainsFunc(n.lab.Checks, func(c Check) bool { return c.Property == Answered && c.With["question"] == a.ID }) {
			n.at("checks:", "%s has no check: expected one with property: %s and with: {question: %s}", a.name(), Answered, a.ID)
		}
	}
	for _, kind := range questionSteps {
		if has := slices.Contains(n.lab.Steps, kind); has != kinds[kind] {
			n.at("steps:", "steps have %s: %t, but the text has such questions: %t", kind, has, kinds[kind])
		}
	}
	n.sameQuestions(here)
	for _, c := range n.lab.Checks {
		if c.Property != Answered {
			continue
		}
		id, _ := c.With["question"].(string)
		a, ok := n.lab.Question("en", id)
		switch {
		case !ok:
			n.after("id: "+c.ID, "with:", "check %q: question: found %q, expected the id of a question of the text", c.ID, id)
		case a.Task != c.Task:
			n.after("id: "+c.ID, "task:", "check %q: task: found %d, but %s stands in task %d", c.ID, c.Task, a.name(), a.Task)
		}
	}
	n.answers("solution", n.lab.solution)
	for _, w := range n.lab.wrong {
		n.answers(path.Join("wrong", w.Name), w.Files)
	}
}

// sameQuestions compares the other languages with the first.
func (n *linter) sameQuestions(original []Asked) {
	for _, lang := range Languages[1:] {
		file, there := "lab."+lang+".md", n.lab.Questions(lang)
		if len(there) != len(original) {
			n.add(file, 1, "asks %d questions, lab.en.md asks %d", len(there), len(original))
			continue
		}
		for i, a := range there {
			for _, difference := range a.differences(original[i]) {
				n.add(file, a.Fence+1, "%s: %s in lab.en.md:%d", a.name(), difference, original[i].Fence+1)
			}
		}
	}
}

// answers reads the answers among files.
func (n *linter) answers(dir string, files []File) {
	i := slices.IndexFunc(files, func(f File) bool { return f.Name == AnswersFile })
	if i < 0 {
		return
	}
	answers, found := ParseAnswers(files[i].Text)
	for _, f := range found {
		n.add(path.Join(dir, AnswersFile), f.Line, "%s", f.Message)
	}
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		line := 1 + slices.IndexFunc(strings.Split(files[i].Text, "\n"), func(l string) bool { return strings.HasPrefix(l, id+":") })
		q, ok := n.lab.Question("en", id)
		switch {
		case !ok:
			n.add(path.Join(dir, AnswersFile), line, "answers %q, which the lab does not ask", id)
		case (q.Kind == Numeric) != (answers[id].Number != ""):
			n.add(path.Join(dir, AnswersFile), line, "answer to %q: expected numbers of options, from 1, or for a numeric quiz a number in quotes", id)
		}
	}
}
