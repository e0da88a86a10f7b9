package course

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// elements are what a lesson may hold, written as Markdown or as HTML.
var elements = []string{
	"a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em", "figcaption", "figure",
	"h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "section", "small", "span", "strong",
	"sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul", "var",
}

// policy is made once; it is safe for any number of goroutines afterwards.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(elements...)
	p.AllowElements("h1") // lab texts
	p.AllowNoAttrs().OnElements("span", "a", "details")
	p.AllowRelativeURLs(true)
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^(/|data:image/)`)).OnElements("img")
	p.AllowDataURIImages()
	p.AllowAttrs("alt", "width", "height").OnElements("img")
	p.AllowAttrs("open").Matching(regexp.MustCompile(`^$`)).OnElements("details")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|right|center)$`)).OnElements("td", "th")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^0$`)).OnElements("div", "pre")
	p.AllowAttrs("data-language").Matching(regexp.MustCompile(`^[\w+#-]+$`)).OnElements("div")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^[\w -]+$`)).Globally()
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^[\w:-]+$`)).Globally()
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^(note|region|doc-[a-z]+)$`)).Globally()
	p.AllowAttrs("aria-label", "lang", "title").Globally()
	return p
})

// sanitise drops everything that is not on the list.
func sanitise(src []byte) []byte { return policy().SanitizeBytes(src) }

// tag finds the elements in a piece of raw HTML.
var tag = regexp.MustCompile(`<([a-zA-Z][a-zA-Z0-9-]*)([^>]*)>?`)

// rawHTML says which HTML of a lesson will not be there.
func rawHTML(j *job, doc *ast.Document) {
	each(doc, func(n *ast.HTMLBlock) {
		for i := range n.Lines().Len() {
			at := n.Lines().At(i)
			j.checkTags(lineAt(j.src, at.Start), at.Value(j.src))
		}
	})
	each(doc, func(n *ast.RawHTML) {
		for i := range n.Segments.Len() {
			at := n.Segments.At(i)
			j.checkTags(lineAt(j.src, at.Start), at.Value(j.src))
		}
	})
}

func (j *job) checkTags(line int, piece []byte) {
	for _, m := range tag.FindAllSubmatch(piece, -1) {
		name := strings.ToLower(string(m[1]))
		switch {
		case !slices.Contains(elements, name):
			j.fail(line, false, "element <%s> is not allowed in a lesson and is left out", name)
		case name == "img" && !strings.Contains(string(m[2]), "alt="):
			j.fail(line, false, "image has no alt text; add alt=\"what it shows\"")
		}
	}
}

// tidy closes what a lesson left open, so that it cannot break the page around
// it, and sets the spaces of the language.
func tidy(src []byte, lang string) (string, error) {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	list, err := html.ParseFragment(strings.NewReader(string(src)), body)
	if err != nil {
		return "", fmt.Errorf("parse the rendered HTML: %w", err)
	}
	var b strings.Builder
	for _, n := range list {
		setSpaces(n, lang)
		if err := html.Render(&b, n); err != nil {
			return "", fmt.Errorf("write the rendered HTML: %w", err)
		}
	}
	return b.String(), nil
}

// setSpaces smartens the text of a tree; of code it says only whether it is long.
func setSpaces(n *html.Node, lang string) {
	if n.Type == html.TextNode {
		n.Data = smarten(n.Data, lang)
		return
	}
	if n.DataAtom == atom.Pre {
		return
	}
	if n.DataAtom == atom.Code {
		markLong(n)
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		setSpaces(c, lang)
	}
}

// longestName is how many letters of code in a line of text are kept together; a phone's
// line has room for a few more.
const longestName = 24

// markLong marks code in a line of text that may be broken: all other code is kept
// together, which the style sheets do.
func markLong(code *html.Node) {
	var b strings.Builder
	for n := range code.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	if utf8.RuneCountInString(b.String()) > longestName {
		code.Attr = append(code.Attr, html.Attribute{Key: "class", Val: "long"})
	}
}

// brokenHTML is shown in the place of a page that has a mistake.
func brokenHTML(lang string, found []Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<div class=\"note broken\" role=\"alert\"><p class=\"note-title\">%s</p><ul class=\"findings\">", say(lang, "broken"))
	for _, f := range found {
		fmt.Fprintf(&b, "<li><code>%s:%d</code> %s</li>", template.HTMLEscapeString(f.File), f.Line, template.HTMLEscapeString(f.Message))
	}
	fmt.Fprintf(&b, "</ul><p>%s</p></div>", say(lang, "broken-hint"))
	return b.String()
}
