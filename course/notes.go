package course

import (
	"fmt"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// noteKinds maps what an author writes to the class and the title of the note.
var noteKinds = map[string]string{
	"NOTE":    "note",
	"TIP":     "tip",
	"CAREFUL": "careful",
	"WARNING": "careful",
	"HISTORY": "history",
}

// noteMark is the first line of a note: [!CAREFUL].
var noteMark = regexp.MustCompile(`^\[!(\w+)\][ \t]*\n?$`)

// kindNote is the kind of a note.
var kindNote = ast.NewNodeKind("Note")

// A note is a paragraph set apart: a quotation whose first line is [!NOTE] or its kind.
type note struct {
	ast.BaseBlock
	class, title string
}

// Kind implements ast.Node.
func (*note) Kind() ast.NodeKind { return kindNote }

// Dump implements ast.Node.
func (n *note) Dump(src []byte, level int) { ast.DumpHelper(n, src, level, nil, nil) }

func renderNote(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	a, ok := n.(*note)
	switch {
	case ok && entering:
		_, _ = fmt.Fprintf(w, "<div class=\"note %s\" role=\"note\"><p class=\"note-title\">%s</p>\n", a.class, a.title)
	case ok:
		_, _ = w.WriteString("</div>\n")
	}
	return ast.WalkContinue, nil
}

// admonitions turns marked quotations into notes.
func admonitions(j *job, doc *ast.Document) {
	each(doc, func(q *ast.Blockquote) {
		p, ok := q.FirstChild().(*ast.Paragraph)
		if !ok || p.Lines().Len() == 0 {
			return
		}
		first := p.Lines().At(0)
		mark := noteMark.FindSubmatch(first.Value(j.src))
		if mark == nil {
			return
		}
		class, known := noteKinds[string(mark[1])]
		if !known {
			j.fail(lineAt(j.src, first.Start), true, "note [!%s] is unknown, expected one of %s", mark[1], names(noteKinds))
			return
		}
		dropLine(p, first)
		if p.ChildCount() == 0 {
			q.RemoveChild(q, p)
		}
		n := &note{class: class, title: say(j.lang, class)}
		for q.FirstChild() != nil {
			n.AppendChild(n, q.FirstChild())
		}
		q.Parent().ReplaceChild(q.Parent(), q, n)
	})
}

// dropLine removes the inline nodes of a paragraph's first line.
func dropLine(p *ast.Paragraph, first text.Segment) {
	for c := p.FirstChild(); c != nil; {
		next := c.NextSibling()
		if at, ok := offset(c); !ok || at < first.Stop {
			p.RemoveChild(p, c)
		}
		c = next
	}
}
