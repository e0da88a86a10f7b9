package course

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/labs"
)

// Answered is what a reader has answered to a question, as its form shows it.
// The zero value is a question that nobody has answered.
type Answered struct {
	Answer  labs.QuizAnswer
	Result  *labs.QuizResult // nil: not graded
	Reveal  bool             // what is right and why is shown although the answer is not right
	Changed bool             // the reader answered an earlier version of the question
	Problem string           // why the answer could not be graded, in the reader's language
}

// Answered is the HTML of the page with its questions as a reader has answered
// them, by the id of the quiz, and its scenes as they were told, by theirs.
func (p *Page) Answered(answers map[string]Answered, told map[string]Told) string {
	if p.Broken || len(p.Questions)+len(p.Plays) == 0 {
		return p.HTML
	}
	pairs := make([]string, 0, 2*len(p.Questions)+2*len(p.Plays))
	for _, play := range p.Plays {
		pairs = append(pairs, playMark(play.ID), p.site().figure(play.Play, told[play.ID], false, false))
	}
	pairs = append(pairs, p.site().asked(p.Questions, answers, told)...)
	return strings.NewReplacer(pairs...).Replace(p.marked)
}

// asked are the marks of questions, each with what comes in its place.
func (s site) asked(questions []*Question, answers map[string]Answered, told map[string]Told) []string {
	var pairs []string
	for _, q := range questions {
		scene := ""
		if q.Predict != nil {
			scene = s.figure(q.Predict.Play, told[q.ID], true, answers[q.ID].Result == nil)
		}
		pairs = append(pairs, quizMark(q.ID), scene+s.form(q, answers[q.ID]))
	}
	return pairs
}

// Form is the form of a question of the page. It posts to the page itself,
// fields quiz, option (an index from 0) and number; reading.js sends the same to
// data-answer. What is right is not in it before it has been answered.
func (p *Page) Form(q *Question, a Answered) string { return p.site().form(q, a) }

// A site is where questions and scenes stand, and where their answers and recordings are.
type site struct {
	lang, path, quizzes, plays string
	again                      bool // a prediction that was wrong can be made again
}

func (p *Page) site() site {
	of := p.Chapter.Slug + "/" + p.Slug
	return site{lang: p.Lang, path: "/" + p.Lang + "/" + of, quizzes: "/api/quizzes/" + of + "/", plays: "/api/plays/" + of + "/"}
}

func (s site) form(q *Question, a Answered) string {
	f := quizForm{
		ID: q.ID, Kind: q.Kind, Unit: q.Unit, Legend: trusted(q.legend), More: trusted(q.more), Hint: trusted(q.hint),
		Action: s.path, API: s.quizzes + q.ID,
		Number: a.Answer.Number, Problem: a.Problem, lang: s.lang, Predict: q.Predict != nil, Moment: q.Predict != nil && q.Predict.Moment,
		Chart: q.Predict != nil && q.Predict.Play.Chart != nil,
	}
	shown := a.Result != nil && (a.Result.Verdict == labs.QuizRight || a.Reveal || f.Predict)
	f.Over = f.Predict && a.Result != nil
	f.Again = f.Over && s.again && a.Result.Verdict != labs.QuizRight
	if a.Result != nil {
		f.Verdict, f.Sentence = string(a.Result.Verdict), quizSentence(q, a, s.lang)
	}
	if a.Changed && a.Result == nil && a.Problem == "" {
		f.Sentence = say(s.lang, "quiz-changed")
	}
	if shown && (q.Kind == labs.Numeric || f.Predict) {
		f.Why = trusted(q.why)
	}
	for i, o := range q.options {
		f.Options = append(f.Options, optionOf(i, o, a, shown, q.Kind == labs.Single, s.lang).as(f))
	}
	var b strings.Builder
	if err := quizTemplate.Execute(&b, f); err != nil {
		panic(err) // a strings.Builder takes everything, and the tests run every branch
	}
	return b.String()
}

// trusted is HTML that sanitise and tidy have made.
func trusted(html string) template.HTML { return template.HTML(html) } //nolint:gosec // see above

// A quizForm is what the template gets.
type quizForm struct {
	ID, Kind, Action, API, Number, Unit string
	Legend, More, Hint, Why             template.HTML
	Verdict, Sentence, Problem          string
	Options                             []formOption
	Predict, Moment, Chart              bool // a prediction; one that marks a moment; one about a chart
	Over                                bool // it has been answered, once and for all
	Again                               bool // but can be taken back
	lang                                string
}

// as gives an option of a prediction the words of one: what was said to happen, and
// what does.
func (o formOption) as(f quizForm) formOption {
	if f.Predict && o.Class != "" && (o.Class != "spared" || f.Kind == labs.Multiple) {
		o.Mark = say(f.lang, "predict-"+o.Class)
		if f.Chart && o.Class == "missed" {
			o.Mark = say(f.lang, "chart-missed")
		}
	}
	return o
}

// KindText says what kind of question it is.
func (f quizForm) KindText() string {
	switch {
	case f.Moment:
		return f.Say("predict-moment")
	case f.Chart:
		return f.Say("chart-" + f.Kind)
	case f.Predict:
		return f.Say("predict-" + f.Kind)
	}
	return f.Say("quiz-" + f.Kind)
}

// Button is what stands on the button.
func (f quizForm) Button() string {
	switch {
	case f.Chart:
		return f.Say("chart-answer")
	case f.Predict:
		return f.Say("predict-answer")
	}
	return f.Say("quiz-answer")
}

// A formOption is one option of the form; Why is empty where it stays hidden.
type formOption struct {
	Index   int
	Text    template.HTML
	Chosen  bool
	Class   string // right, wrong, missed or spared, where Why is shown
	Mark    string // the same in words
	Why     template.HTML
	Verdict bool // Why is shown
}

// Say is a word of the form.
func (f quizForm) Say(key string) string { return say(f.lang, key) }

// Described are the ids of what belongs to the question besides its legend.
func (f quizForm) Described() string {
	var ids []string
	if f.More != "" {
		ids = append(ids, "quiz-"+f.ID+"-more")
	}
	if f.Kind == labs.Multiple {
		ids = append(ids, "quiz-"+f.ID+"-rule")
	}
	return strings.Join(ids, " ")
}

// Input is the kind of control that chooses an option.
func (f quizForm) Input() string {
	if f.Kind == labs.Multiple {
		return "checkbox"
	}
	return "radio"
}

// optionOf is an option with what may be seen of it: of an answer that is not
// right only what was chosen is explained, so that one can think again.
// In a question with one answer, a wrong option is wrong whether chosen or not.
func optionOf(i int, o questionOption, a Answered, all, one bool, lang string) formOption {
	f := formOption{Index: i, Text: trusted(o.text)}
	for _, chosen := range a.Answer.Options {
		f.Chosen = f.Chosen || chosen == i
	}
	if a.Result == nil || i >= len(a.Result.Options) || !f.Chosen && !all {
		return f
	}
	switch correct := a.Result.Options[i].Correct; {
	case f.Chosen && correct:
		f.Class = "right"
	case f.Chosen:
		f.Class = "wrong"
	case correct:
		f.Class = "missed"
	default:
		f.Class = "spared"
	}
	f.Mark, f.Why, f.Verdict = say(lang, "quiz-"+f.Class), trusted(o.why), true
	if f.Class == "spared" && one {
		f.Mark = say(lang, "quiz-wrong") // nobody meant to choose it beside the right one
	}
	return f
}

// quizSentence says how good an answer is.
func quizSentence(q *Question, a Answered, lang string) string {
	r := a.Result
	fill := func(key string) string {
		return strings.NewReplacer(
			"{points}", strconv.Itoa(r.Points), "{of}", strconv.Itoa(r.Of), "{points of}", pointsOf(lang, r.Of),
			"{found}", strconv.Itoa(r.Found), "{astray}", strconv.Itoa(r.Astray),
			"{number}", decimalIn(lang, r.Number), "{value}", strings.TrimSpace(decimalIn(lang, q.Value)+" "+q.Unit),
		).Replace(say(lang, key))
	}
	var key string
	switch {
	case q.Predict != nil && q.Predict.Play.Chart != nil:
		key = "chart-is-" + string(r.Verdict)
	case q.Predict != nil:
		key = "predict-is-" + string(r.Verdict)
	case r.Verdict == labs.QuizRight && q.Kind == labs.Numeric && !q.exact():
		key = "quiz-is-near"
	case r.Verdict == labs.QuizRight:
		key = "quiz-is-right"
	case q.Kind == labs.Multiple:
		key = "quiz-is-partly"
	case q.Kind == labs.Single:
		key = "quiz-is-wrong"
	case r.Off < 0:
		key = "quiz-is-more"
	default:
		key = "quiz-is-less"
	}
	sentence := fill(key)
	switch {
	case r.Verdict == labs.QuizRight || !a.Reveal || q.Predict != nil:
	case q.Kind == labs.Numeric:
		sentence += " " + fill("quiz-reveal-number")
	default:
		sentence += " " + fill("quiz-reveal")
	}
	return smarten(sentence, lang)
}

// exact reports whether only one number is right.
func (q *Question) exact() bool { return q.Tolerance.Size == 0 }

// decimalIn is a number with the decimal mark of the language.
func decimalIn(lang string, v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if lang == "ru" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return strings.Replace(s, "-", "\u2212", 1)
}

// pointsOf is the noun after "1 of 3".
func pointsOf(lang string, n int) string {
	switch {
	case lang != "ru" && n == 1:
		return "point"
	case lang != "ru":
		return "points"
	case n%10 == 1 && n%100 != 11:
		return "балла"
	}
	return "баллов"
}

// quizTemplate is the form. The region that says the result is always there, so
// that screen readers notice when its words change.
var quizTemplate = template.Must(template.New("quiz").Parse(strings.ReplaceAll(`
<form class="quiz{{if .Predict}} predict{{end}}{{if .Moment}} moments{{end}}" id="quiz-{{.ID}}" method="post" action="{{.Action}}#quiz-{{.ID}}" autocomplete="off"
 data-answer="{{.API}}" data-offline="{{.Say "quiz-offline"}}"{{with .Verdict}} data-verdict="{{.}}"{{end}}>
<input type="hidden" name="quiz" value="{{.ID}}">
<fieldset{{if .Over}} disabled{{end}}{{with .Described}} aria-describedby="{{.}}"{{end}}>
<legend><span class="quiz-kind">{{.KindText}}</span> <span class="quiz-question">{{.Legend}}</span></legend>
{{with .More}}<div class="quiz-more" id="quiz-{{$.ID}}-more">{{.}}</div>
{{end}}{{if .Options}}<ul class="quiz-options">
{{range .Options}}<li{{with .Class}} class="{{.}}"{{end}}><label><input type="{{$.Input}}" name="option" value="{{.Index}}"
{{- if .Chosen}} checked{{end}}{{if .Verdict}} aria-describedby="quiz-{{$.ID}}-why-{{.Index}}"{{end}}> <span>{{.Text}}</span></label>
{{- if .Verdict}}<div class="quiz-why" id="quiz-{{$.ID}}-why-{{.Index}}"><strong>{{.Mark}}</strong> {{.Why}}</div>{{end}}</li>
{{end}}</ul>
{{if eq .Kind "multiple"}}<p class="quiz-rule" id="quiz-{{.ID}}-rule">{{.Say "quiz-rule"}}</p>
{{end}}{{else}}<p class="quiz-number"><label for="quiz-{{.ID}}-number">{{.Say "quiz-number"}}</label>
<input id="quiz-{{.ID}}-number" type="text" inputmode="decimal" name="number" maxlength="40" size="9" spellcheck="false" value="{{.Number}}"
{{- if .Unit}} aria-describedby="quiz-{{.ID}}-unit"{{end}}{{if .Problem}} aria-invalid="true"{{end}}>
{{- with .Unit}} <span id="quiz-{{$.ID}}-unit">{{.}}</span>{{end}}</p>
{{end}}</fieldset>
<div class="quiz-said" role="status">
{{- with .Problem}}<p class="quiz-problem">{{.}}</p>{{end}}
{{- with .Sentence}}<p class="quiz-sentence">{{.}}</p>{{end}}
{{- with .Why}}<div class="quiz-reason">{{.}}</div>{{end}}</div>
{{if not .Over}}<div class="quiz-foot"><button class="btn" type="submit">{{.Button}}</button>
{{- with .Hint}}<details class="quiz-hint"><summary>{{$.Say "quiz-hint"}}</summary>{{.}}</details>{{end}}</div>{{end}}
{{- if .Again}}<div class="quiz-foot"><button class="btn" type="submit" name="again" value="1">{{if .Chart}}{{.Say "chart-again"}}{{else}}{{.Say "predict-again"}}{{end}}</button></div>{{end}}
</form>`, "\n data-", " data-")))
