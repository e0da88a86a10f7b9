package grader

import (
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"unicode"

	"github.com/brokerlab/brokerlab/grader/messages"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/labs"
)

// A Span is a piece of a sentence; one with a line is a way to that line.
type Span struct {
	Text string `json:"text"`
	Line int    `json:"line,omitempty"`
	File string `json:"file,omitempty"` // of Line; "" for main.go
}

// facts are what a template may use: what the property found, and what the
// run and the lab add to it.
type facts struct {
	property.Facts
	Number                        string // of the message in the journal: "#6"
	Name                          string // of the message: its label, or its number
	Ref                           string // the same with what the lab calls a message: "order 4"
	EndText                       string // how the run ended
	Computing, Printed, Receiving bool   // the program at its end: it used the processor, it had printed something, it waited at a Go channel
	Story                         bool   // the end is what the verdict is about
	Polling                       bool   // it waited for records of a log
	Seconds                       int
	MiB                           int
	KiB                           int

	Place, Exchange, Key, Consumer, Client, Group, User, Reason string // of an event
	Tag                                                         uint64
	N                                                           int64
	Redelivered, AutoAck                                        bool
	P                                                           map[string]string // of a diagnostic
	Channel, Node                                               int
	Rights                                                      string // that an event gives to a user
}

// words speak one language.
type words struct {
	lang     string
	sections messages.Sections
	funcs    template.FuncMap
}

// Marks around a way to a line, inside a rendered text. What a program sends is
// cleaned of control characters, so it cannot forge them.
const (
	markLine = "\x01"
	markText = "\x02"
	markEnd  = "\x03"
)

// catalogues are read once; they are part of the program, so a broken one is a bug.
var catalogues = sync.OnceValue(func() map[string]*words {
	all := make(map[string]*words)
	for _, lang := range labs.Languages {
		sections, err := messages.Load(lang)
		if err != nil {
			panic(err)
		}
		w := &words{lang: lang, sections: sections}
		w.funcs = template.FuncMap{"plural": w.plural, "ln": line, "at": at}
		all[lang] = w
	}
	return all
})

// wordsIn returns the words of a language, or English ones.
func wordsIn(lang string) *words {
	if w, ok := catalogues()[lang]; ok {
		return w
	}
	return catalogues()["en"]
}

// line marks a way to line n of the source.
func line(n int, word string) string {
	return markLine + strconv.Itoa(n) + markText + word + " " + strconv.Itoa(n) + markEnd
}

// at marks a way to line n of a file as compilers write it: "bindings.yaml:7".
func at(file string, n int) string {
	return markLine + strconv.Itoa(n) + markText + file + ":" + strconv.Itoa(n) + markEnd
}

// plural picks the form that goes with n: one and other in English; one, few and
// many in Russian.
func (w *words) plural(n any, forms ...string) (string, error) {
	v := reflect.ValueOf(n)
	if !v.CanInt() || len(forms) == 0 {
		return "", fmt.Errorf("plural of %v with %d forms", n, len(forms))
	}
	i := v.Int()
	form := len(forms) - 1
	switch {
	case w.lang == "ru" && i%10 == 1 && i%100 != 11:
		form = 0
	case w.lang == "ru" && i%10 >= 2 && i%10 <= 4 && (i%100 < 12 || i%100 > 14):
		form = 1
	case w.lang != "ru" && i == 1:
		form = 0
	}
	return forms[min(form, len(forms)-1)], nil
}

// quota says what a quota counts; a miniature's own words will do.
func (w *words) quota(name string) string {
	if m, ok := w.sections["quotas"][name]; ok {
		return m.Text
	}
	return name
}

// limitMet says which limit ended a program; the name of a signal will do.
func (w *words) limitMet(name string) string {
	if m, ok := w.sections["limits"][name]; ok {
		return m.Text
	}
	return name
}

// number writes the number of a message so that nobody takes it for a label.
func (w *words) number(n uint64) string {
	return w.message("words", "number").Text + strconv.FormatUint(n, 10)
}

// message returns a message of the catalogue; one that is missing says its id.
func (w *words) message(section, id string) messages.Message {
	m, ok := w.sections[section][id]
	if !ok {
		return messages.Message{Sentence: id, Text: id}
	}
	return m
}

// say fills a template. One that fails says nothing: a student never reads about
// templates. Lint and the tests find it.
func (w *words) say(text string, f facts) string {
	said, err := w.fill(text, f)
	if err != nil {
		slog.Error("A text of a verdict is left out", "lang", w.lang, "text", text, "err", err)
	}
	return holdDash(said)
}

// holdDash keeps a dash on the line of the word before it.
func holdDash(text string) string { return strings.ReplaceAll(text, " —", "\u00a0—") }

// fill fills a template, or says why it cannot.
func (w *words) fill(text string, f facts) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	t, err := template.New("").Funcs(w.funcs).Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if err := t.Execute(&out, f.clean()); err != nil {
		return "", err
	}
	return strings.TrimSpace(out.String()), nil
}

// spans says a template as pieces, with its ways to lines.
func (w *words) spans(text string, f facts) []Span { return cut(w.say(text, f)) }

// cut takes a rendered text apart at its marks.
func cut(rest string) []Span {
	var spans []Span
	for rest != "" {
		before, after, found := strings.Cut(rest, markLine)
		if before != "" {
			spans = append(spans, Span{Text: before})
		}
		if !found {
			break
		}
		number, after, _ := strings.Cut(after, markText)
		label, after, _ := strings.Cut(after, markEnd)
		n, _ := strconv.Atoi(number)
		spans = append(spans, Span{Text: label, Line: n})
		rest = after
	}
	return spans
}

// plain says a template as one string.
func (w *words) plain(text string, f facts) string { return flatten(w.say(text, f)) }

// flatten is a rendered text without its marks.
func flatten(text string) string {
	var out strings.Builder
	for _, s := range cut(text) {
		out.WriteString(s.Text)
	}
	return out.String()
}

// clean removes control characters from everything that a program may have sent.
// EndText is ours, and has marks.
func (f facts) clean() facts {
	for _, s := range []*string{
		&f.Label, &f.Name, &f.Ref, &f.Queue, &f.To, &f.Service, &f.Waiting, &f.What, &f.VHost, &f.Access,
		&f.Place, &f.Exchange, &f.Key, &f.Consumer, &f.Client, &f.Group, &f.User, &f.Reason, &f.Pattern,
	} {
		*s = tame(*s)
	}
	params := make(map[string]string, len(f.P))
	for name, value := range f.P {
		params[name] = tame(value)
	}
	f.P = params
	return f
}

// maxWord bounds a name that a program has made up, in bytes.
const maxWord = 300

func tame(s string) string {
	if len(s) > maxWord {
		s = strings.ToValidUTF8(s[:maxWord], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
