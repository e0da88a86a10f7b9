package server

import (
	"html/template"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/static"
)

// A view is what every template gets.
type view struct {
	Lang        string
	Title       string
	Description string
	Theme       string // light, dark, or "" to follow the system
	Nonce       string
	Live        bool // the page listens for its author's changes
	Unbuilt     bool // this binary has no style sheets and scripts
	Version     string
	Languages   []langLink // this page in every language
	words       *words
}

type langLink struct {
	Lang, Label, Name, Href string
	Here                    bool
}

type link struct{ Href, Text string }

var (
	langLabels = map[string]string{"en": "EN", "ru": "RU"}
	langNames  = map[string]string{"en": "English", "ru": "Русский"}
)

// view begins the view of a page at a path, which is the same in every
// language but for its first part.
func (s *Server) view(c echo.Context, path string) view {
	lang := s.lang(c)
	v := view{
		Lang: lang, Theme: theme(c), Nonce: nonce(c), Live: s.opts.Live, Unbuilt: !static.Built(),
		Version: s.opts.Version, words: s.pages.words[lang],
	}
	for _, l := range languages {
		v.Languages = append(v.Languages, langLink{Lang: l, Label: langLabels[l], Name: langNames[l], Href: "/" + l + path, Here: l == lang})
	}
	return v
}

// T says a key in the language of the page.
func (v view) T(key string, args ...any) string { return v.words.text(key, args...) }

// N says a key in the plural form of n.
func (v view) N(key string, n int, args ...any) string { return v.words.count(key, n, args...) }

// Home is the course page.
func (v view) Home() string { return "/" + v.Lang + "/" }

// Fonts are the font files that this language's text needs first; every text has Latin words
// and code. What has not come at the first sight of the page is not used in it, so that
// nothing moves when it comes.
func (v view) Fonts() []string {
	if v.Lang == "ru" {
		return []string{"golos-cyrillic.woff2", "golos-latin.woff2", "mono-latin.woff2"}
	}
	return []string{"golos-latin.woff2", "mono-latin.woff2"}
}

// A lineView is one line of an outline.
type lineView struct {
	course.PageRef
	Class string // of the list item: lab, done, half, soon
	Note  string // how long it takes, or how many points are won
	Here  bool
}

// line is one line of an outline, with how far the student is.
func (v view) line(ref course.PageRef, st standing) lineView {
	l := lineView{PageRef: ref}
	var classes []string
	if ref.Kind == course.KindLab || ref.LabID != "" {
		classes = append(classes, "lab")
	}
	if ref.Kind == course.KindPlanned {
		classes = append(classes, "soon")
	}
	if state := st.state(ref); state != "" {
		classes = append(classes, state)
	}
	l.Class = strings.Join(classes, " ")
	score := st.labs[ref.LabID]
	switch {
	case ref.Kind == course.KindPlanned:
	case ref.Kind == course.KindLab && score.Of > 0:
		l.Note = v.N("points_won", score.Of, score.Best)
	case ref.Kind == course.KindLab:
		l.Note = v.N("points", ref.Points)
	case ref.Minutes > 0:
		l.Note = v.N("minutes", ref.Minutes)
	}
	switch n, right := len(ref.Quizzes), st.answered(ref); {
	case n == 0 || l.Note == "":
	case right > 0:
		l.Note += " · " + v.N("questions_right", n, right)
	default:
		l.Note += " · " + v.N("questions", n)
	}
	return l
}

// A chapterView is a chapter and its outline.
type chapterView struct {
	course.Chapter
	Class string // done, half, or "" for the whole chapter
	Lines []lineView
	Here  bool
}

// Written are the lines that can be opened.
func (ch chapterView) Written() []lineView {
	return slices.DeleteFunc(slices.Clone(ch.Lines), func(l lineView) bool { return l.Href == "" })
}

// Planned are the lines that are still to come.
func (ch chapterView) Planned() []lineView {
	return slices.DeleteFunc(slices.Clone(ch.Lines), func(l lineView) bool { return l.Href != "" })
}

func (v view) chapter(ch course.Chapter, st standing) chapterView {
	cv := chapterView{Chapter: ch}
	begun, all := false, true
	for _, ref := range ch.Pages {
		cv.Lines = append(cv.Lines, v.line(ref, st))
		state := st.state(ref)
		begun = begun || state != ""
		all = all && state == "done"
	}
	switch {
	case begun && all:
		cv.Class = "done"
	case begun:
		cv.Class = "half"
	}
	return cv
}

type courseView struct {
	view
	Chapters []chapterView
	Resume   *resumeView
	Done     bool
}

type resumeView struct {
	Line    lineView
	Chapter string
	Began   bool
}

type pageView struct {
	view
	Page     *course.Page
	HTML     template.HTML
	Chapter  chapterView
	Chapters []chapterView
}

type labView struct {
	view
	Lab     *labs.Lab
	Back    link
	Strings template.JS
	Intro   template.HTML
	Tasks   []taskView
	Steps   []stepView // none when there is only one
	// Backends: it can be chosen what the lab runs on.
	Backends bool
	// Questions: the text asks some.
	Questions bool
	Checked   template.HTML
	Why       template.HTML
}

// TerminalsFirst reports whether the lab's terminals come before its program or files.
func (v labView) TerminalsFirst() bool {
	first := slices.IndexFunc(v.Lab.Steps, func(step string) bool { return slices.Contains([]string{"console", "code", "config"}, step) })
	return first >= 0 && v.Lab.Steps[first] == "console"
}

// Work is what is worked on in the lab: a program, the session of a terminal, files that
// are applied, or answers to questions.
func (v labView) Work() string {
	switch {
	case !v.Lab.Program():
		return "answers"
	case v.Lab.Console():
		return "session"
	case v.Lab.Config() != nil:
		return "files"
	}
	return "program"
}

type taskView struct {
	N     int
	Title template.HTML
	Body  template.HTML
}

// fill renders the text of a lab. The text belongs to the lab's author, and is
// sanitised like a lesson.
func (v *labView) fill(lab *labs.Lab, lang string) error {
	text := lab.Text(lang)
	v.Title, v.Description = text.Title, lab.Summary[lang]
	var failed error
	render := func(src string) template.HTML {
		html, err := course.RenderMarkdown([]byte(src), lang)
		if err != nil && failed == nil {
			failed = err
		}
		return template.HTML(html) //nolint:gosec // sanitised by course
	}
	v.Intro, v.Checked, v.Why = render(text.Intro), render(text.Checked), render(text.Why)
	return failed
}

// inline takes the paragraph off a heading that was rendered as Markdown.
func inline(html template.HTML) template.HTML {
	text := strings.TrimSpace(string(html))
	text = strings.TrimSuffix(strings.TrimPrefix(text, "<p>"), "</p>")
	return template.HTML(text) //nolint:gosec // a part of what course has sanitised
}

type errorView struct {
	view
	Status    int
	Message   string
	Ours      bool
	RequestID string
}
