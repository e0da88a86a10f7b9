package course

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/labs"
)

// A Play is a scene of a page that a reader can watch and take a hand in.
type Play struct {
	*labs.Play
	Fence int // line of the page that the fence opens on: line n of the YAML is n below it
}

// HasScenes reports whether there is something to be played on the page.
func (p *Page) HasScenes() bool {
	return len(p.Plays) > 0 || slices.ContainsFunc(p.Questions, func(q *Question) bool { return q.Predict != nil })
}

// Play finds a play of the page by its id.
func (p *Page) Play(id string) (*Play, bool) {
	i := slices.IndexFunc(p.Plays, func(q *Play) bool { return q.ID == id })
	if i < 0 {
		return nil, false
	}
	return p.Plays[i], true
}

// Told is a scene in words, for those who do not see it: as it opens, and what
// each of its actions does by itself.
type Told struct {
	Runs []ToldRun
	Lag  *labs.Lag // what its chart shows; nil without a chart
}

// A ToldRun is one run of a scene.
type ToldRun struct {
	Title  string   // of the action; "" as it opens
	Events []string // sentences, first to last
	More   int      // events after those
	Places []ToldPlace
	Ends   []ToldEnd // what has no messages to count, or more to say than their number
}

// A ToldEnd is how a place of a cluster stands in the end.
type ToldEnd struct{ Kind, Name, Says string }

// OnlyChanges leaves out of all runs but the first how places stand that the first run
// left as they are: most actions of a scene change little of a cluster.
func (t Told) OnlyChanges() {
	for i := 1; i < len(t.Runs); i++ {
		t.Runs[i].Ends = slices.DeleteFunc(t.Runs[i].Ends, func(end ToldEnd) bool { return slices.Contains(t.Runs[0].Ends, end) })
	}
}

// A ToldPlace is what a place holds in the end.
type ToldPlace struct {
	Kind, Name            string
	Ready, InFlight, Done int
	Messages              []string // that it holds or has had done, as far as they have names
}

// playMark stands for the figure of a play, as quizMark does for the form of a quiz.
func playMark(id string) string { return "<!--play " + id + "-->" }

// play turns a play fence into a mark, and keeps the play for its figure.
func (j *job) play(line int, argument, body string) string {
	if !j.mayAsk(line, "play", argument) {
		return ""
	}
	play, found := labs.ParsePlay([]byte(body))
	for _, f := range found {
		j.fail(line+f.Line, true, "play: %s", f.Message)
	}
	if play == nil || !j.newID(line+play.Line, "play", play.ID) {
		return ""
	}
	j.plays = append(j.plays, &Play{Play: play, Fence: line})
	return playMark(play.ID)
}

// mayAsk reports whether a fence that comes alive in pages has its place here.
func (j *job) mayAsk(line int, fence, argument string) bool {
	switch {
	case j.page == nil && (j.ofLab == "" || fence == "play" || fence == "console"):
		j.fail(line, true, "fence %q has no place here: questions and scenes stand in the pages of the course", fence)
		return false
	case j.inner:
		j.fail(line, true, "a quiz cannot hold another %s", fence)
		return false
	case argument != "":
		j.fail(line, true, "found %q behind the word %s, expected nothing: the id is a field", argument, fence)
	}
	return true
}

// newID reports whether no other quiz, play, terminal or prediction of the page has an id.
func (j *job) newID(line int, fence, id string) bool {
	taken := slices.Contains(slices.Concat(keys(j.questions), keys(j.plays), keys(j.terminals)), id)
	if taken {
		j.fail(line, true, "%s: id %q is taken above", fence, id)
	}
	return !taken
}

// figure is a scene of the page: what it shows, in words and for the script, which
// draws it from data-play. What a chart asks about is not seen to happen before it is
// answered: the scene is closed.
func (s site) figure(play *labs.Play, told Told, predict, closed bool) string {
	return s.execute("play", playFigure{
		ID: play.ID, API: s.plays + play.ID, Caption: smarten(play.Caption, s.lang), Actions: play.Actions, Told: told, Predict: predict, lang: s.lang,
		Chart: s.chart(play.ID, told.Lag), Closed: closed && play.Chart != nil,
	})
}

// words are the words of a scene as they stand in its figure, and its chart.
func (s site) words(id string, told Told) string {
	return string(s.chart(id, told.Lag)) + s.execute("told", playFigure{Told: told, lang: s.lang})
}

func (site) execute(name string, f playFigure) string {
	var b strings.Builder
	if err := playTemplate.ExecuteTemplate(&b, name, f); err != nil {
		panic(err) // a strings.Builder takes everything, and the tests run every branch
	}
	return b.String()
}

// Words are what the words of a prediction's scene have become, for the place of those
// that the page has.
func (p *Page) Words(q *Question, told Told) string { return p.site().words(q.ID, told) }

// Chart is the chart of a play as it has become by what the reader did.
func (p *Page) Chart(play *Play, lag *labs.Lag) string { return string(p.site().chart(play.ID, lag)) }

// A playFigure is what the template gets.
type playFigure struct {
	ID, API, Caption string
	Actions          []labs.PlayAction
	Told             Told
	Chart            template.HTML
	Predict, Closed  bool
	lang             string
}

// Say is a word of the figure.
func (f playFigure) Say(key string) string { return say(f.lang, key) }

// More counts the events that are not told.
func (f playFigure) More(n int) string {
	return strings.Replace(say(f.lang, "play-more"), "{n}", fmt.Sprint(n), 1)
}

// Kind is what a kind of place is called.
func (f playFigure) Kind(kind string) string { return say(f.lang, "place-"+kind) }

// List joins names.
func (playFigure) List(names []string) string { return strings.Join(names, ", ") }

// playTemplate is the figure. Without the script the words stay open and the
// buttons hidden. The region that says what a press did is always there.
var playTemplate = template.Must(template.New("play").Parse(strings.ReplaceAll(`
<figure class="play" id="play-{{.ID}}" data-play="{{.API}}" data-offline="{{.Say "play-offline"}}" data-nothing="{{.Say "play-nothing"}}"{{if .Predict}} data-mine="{{.Say "predict-mine"}}" data-happens="{{.Say "predict-happens"}}"{{end}}>
{{with .Chart}}<div class="play-chart">{{.}}</div>
{{end}}<div class="play-view"{{if .Closed}} hidden{{end}}></div>
{{if .Actions}}<div class="play-actions" hidden>
{{range .Actions}}{{$action := .ID}}<form class="play-action" data-action="{{.ID}}">
{{- range .Fields}}{{$for := print "play-" $.ID "-" $action "-" .Name}}<label for="{{$for}}">{{.Label}}</label>
{{- if .Options}}<select id="{{$for}}" name="{{.Name}}">{{$value := .Value}}{{range .Options}}<option{{if eq . $value}} selected{{end}}>{{.}}</option>{{end}}</select>
{{- else}}<input id="{{$for}}" name="{{.Name}}" type="text" value="{{.Value}}" maxlength="255" spellcheck="false" autocapitalize="off" autocomplete="off">{{end}}{{end}}
<button class="btn" type="submit">{{.Say}}</button></form>
{{end}}<div class="play-turns"><button class="btn" type="button" data-undo disabled>{{.Say "play-undo"}}</button>
<button class="btn" type="button" data-over disabled>{{.Say "play-over"}}</button></div>
</div>{{end}}
<p class="play-said" role="status"></p>
{{template "told" .}}
<figcaption>{{.Caption}}</figcaption>
</figure>{{define "told"}}{{with .Told.Runs}}<details class="play-told" open><summary>{{$.Say "play-words"}}</summary>
{{range .}}{{with .Title}}<p class="play-title">{{.}}</p>{{end}}
{{- if .Events}}<ol>{{range .Events}}<li>{{.}}</li>{{end}}</ol>{{end}}
{{- if .More}}<p>{{$.More .More}}</p>{{end}}
{{- if .Ends}}<p>{{if .Events}}{{$.Say "play-place"}}{{else}}{{$.Say "play-first"}}{{end}}:</p>
<ul>{{range .Ends}}<li>{{if ne .Kind "node"}}{{$.Kind .Kind}} {{end}}{{.Name}}: {{.Says}}</li>{{end}}</ul>{{end}}
{{- if .Places}}<div class="table" tabindex="0"><table><thead><tr><th scope="col">{{$.Say "play-place"}}</th><th scope="col">{{$.Say "play-ready"}}</th><th scope="col">{{$.Say "play-flight"}}</th><th scope="col">{{$.Say "play-done"}}</th></tr></thead>
<tbody>{{range .Places}}<tr><th scope="row">{{$.Kind .Kind}} {{.Name}}</th><td>{{.Ready}}</td><td>{{.InFlight}}</td><td>{{.Done}}</td></tr>{{end}}</tbody></table></div>{{end}}
{{end}}</details>{{end}}{{end}}`, "\n<figure", "<figure")))
