package course

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/labs"
)

// A Terminal is a place of a page where commands are tried.
type Terminal struct {
	*labs.Terminal
	Fence int // line of the page that the fence opens on: line n of the YAML is n below it
}

// Terminal finds a terminal of the page by its id.
func (p *Page) Terminal(id string) (*Terminal, bool) {
	i := slices.IndexFunc(p.Terminals, func(t *Terminal) bool { return t.ID == id })
	if i < 0 {
		return nil, false
	}
	return p.Terminals[i], true
}

// terminalMark stands for the figure of a terminal until its commands are rendered.
func terminalMark(id string) string { return "<!--console " + id + "-->" }

// terminal turns a console fence into a mark, and keeps the terminal for its figure.
func (j *job) terminal(line int, argument, body string) string {
	if !j.mayAsk(line, "console", argument) {
		return ""
	}
	t, found := labs.ParseTerminal([]byte(body))
	for _, f := range found {
		j.fail(line+f.Line, true, "console: %s", f.Message)
	}
	if t == nil || !j.newID(line+t.Line, "console", t.ID) {
		return ""
	}
	j.terminals = append(j.terminals, &Terminal{Terminal: t, Fence: line})
	return terminalMark(t.ID)
}

// figures puts the figures of terminals in the place of their marks.
func (j *job) figures(html string) string {
	var pairs []string
	for _, t := range j.terminals {
		pairs = append(pairs, terminalMark(t.ID), j.terminalFigure(t))
	}
	return strings.NewReplacer(pairs...).Replace(html)
}

// flags are those in the HTML of a command: lines that are broken on a narrow screen are
// not broken in them.
var flags = regexp.MustCompile(`(^|[\s>])(--?[A-Za-z][\w-]*)`)

// terminalFigure is the figure of a terminal: its commands, and what the script needs.
func (j *job) terminalFigure(t *Terminal) string {
	f := terminalFigure{
		ID: t.ID, Caption: smarten(t.Caption, j.lang), lang: j.lang,
		API: fmt.Sprintf("/api/consoles/%s/%s/%s", j.page.ref.Chapter, j.page.ref.Slug, t.ID),
	}
	for _, c := range t.Commands {
		code := j.fragment(t.Fence, labs.Markdown{Text: asBlock("bash", c.Run), Line: c.Line})
		f.Commands = append(f.Commands, terminalCommand{Say: trusted(strings.TrimSpace(j.fragment(t.Fence, c.Say))), Code: trusted(flags.ReplaceAllString(strings.TrimSpace(code), `$1<span class="flag">$2</span>`)), Run: c.Run})
	}
	var b strings.Builder
	if err := terminalTemplate.Execute(&b, f); err != nil {
		panic(err) // a strings.Builder takes everything, and the tests run every branch
	}
	return b.String()
}

// asBlock is code as a block of Markdown that nothing in it can end.
func asBlock(lang, code string) string {
	marks := "```"
	for strings.Contains(code, marks) {
		marks += "`"
	}
	return marks + lang + "\n" + code + "\n" + marks + "\n"
}

// A terminalFigure is what the template gets.
type terminalFigure struct {
	ID, API, Caption string
	Commands         []terminalCommand
	lang             string
}

type terminalCommand struct {
	Run       string
	Say, Code template.HTML
}

// Say is a word of the figure.
func (f terminalFigure) Say(key string) string { return say(f.lang, key) }

// terminalTemplate is the figure. Without the script the commands stand there to be
// read and copied, and the buttons are hidden.
var terminalTemplate = template.Must(template.New("console").Parse(`<figure class="try" id="console-{{.ID}}" data-console="{{.API}}" aria-label="{{.Say "console"}}">
<figcaption>{{.Caption}}</figcaption>
<ol class="try-commands">
{{range .Commands}}<li>{{.Say}}{{.Code}}<button class="btn" type="button" data-run="{{.Run}}" hidden>{{$.Say "console-run"}}</button></li>
{{end}}</ol>
<p class="try-open" hidden><button class="btn" type="button">{{.Say "console-open"}}</button> <span>{{.Say "console-own"}}</span></p>
</figure>`))
