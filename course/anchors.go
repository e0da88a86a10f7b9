package course

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// A slugger makes the ids of headings that name none themselves. They are in
// Latin letters in every language, so that a link to one reads well.
type slugger struct{ taken map[string]bool }

// Generate implements parser.IDs.
func (s *slugger) Generate(value []byte, _ ast.NodeKind) []byte {
	slug := Slug(string(value))
	if slug == "" {
		slug = "section"
	}
	id := slug
	for n := 2; s.taken[id]; n++ {
		id = fmt.Sprintf("%s-%d", slug, n)
	}
	s.taken[id] = true
	return []byte(id)
}

// Put implements parser.IDs.
func (s *slugger) Put(value []byte) { s.taken[string(value)] = true }

// latin spells Russian letters in Latin ones.
var latin = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "e", 'ж': "zh", 'з': "z", 'и': "i", 'й': "y",
	'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f",
	'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "sch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya",
}

// Slug spells a title in small Latin letters, digits and hyphens.
func Slug(title string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(title) {
		spelled, russian := latin[r]
		switch {
		case russian:
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			spelled = string(r)
		default:
			gap = b.Len() > 0
			continue
		}
		if gap && spelled != "" {
			b.WriteByte('-')
			gap = false
		}
		b.WriteString(spelled)
	}
	return b.String()
}

// headings checks the headings of a page and makes its table of contents.
func headings(j *job, doc *ast.Document) {
	above := 1 // the page's title
	each(doc, func(h *ast.Heading) {
		if j.page == nil {
			h.RemoveAttributes()
			return
		}
		line := j.line(h)
		switch {
		case h.Level == 1:
			j.fail(line, false, "heading of level 1: the title is in the front matter, so begin with ##")
		case h.Level > above+1:
			j.fail(line, false, "heading of level %d follows level %d; no level may be skipped", h.Level, above)
		}
		above = max(h.Level, 1)
		id := headingID(h)
		if j.ids[id] {
			j.fail(line, false, "id %q is taken by a heading above", id)
		}
		j.ids[id] = true
		if h.Level == 2 || h.Level == 3 {
			j.toc = append(j.toc, Heading{Level: h.Level, ID: id, Text: smarten(plainText(h, j.src), j.lang)})
		}
	})
}

func headingID(h *ast.Heading) string {
	if v, ok := h.AttributeString("id"); ok {
		if id, ok := v.([]byte); ok {
			return string(id)
		}
	}
	return ""
}

// heading renders a heading with a link to itself.
func (r nodes) heading(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	h, ok := n.(*ast.Heading)
	if !ok {
		return ast.WalkContinue, nil
	}
	id := headingID(h)
	switch {
	case entering && id == "":
		_, _ = fmt.Fprintf(w, "<h%d>", h.Level)
	case entering:
		_, _ = fmt.Fprintf(w, "<h%d id=\"%s\">", h.Level, util.EscapeHTML([]byte(id)))
	case id == "":
		_, _ = fmt.Fprintf(w, "</h%d>\n", h.Level)
	default:
		_, _ = fmt.Fprintf(w, "<a class=\"anchor\" href=\"#%s\" aria-label=\"%s\">#</a></h%d>\n",
			util.EscapeHTML([]byte(id)), say(r.lang, "anchor"), h.Level)
	}
	return ast.WalkContinue, nil
}

// plainText is what a reader sees of a node, without its markup.
func plainText(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) { // the walker returns no error
		switch v := c.(type) {
		case *ast.Text:
			if entering {
				b.Write(util.UnescapePunctuations(v.Segment.Value(src)))
			}
		case *ast.String:
			if entering {
				b.Write(util.ResolveEntityNames(util.ResolveNumericReferences(v.Value)))
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}
