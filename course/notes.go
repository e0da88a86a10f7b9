package course

import (
	"fmt"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
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
var noteMark = regexp.MustCompile(`^\[!(\w+)\][ \t\r]*\n?$`)

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

// noteAttr is where noteMarks leaves the class of a note for admonitions.
const noteAttr = "note"

// noteMarks finds the first lines that make a quotation a note. It takes them
// out before the text is parsed any further.
type noteMarks struct{}

// Transform implements parser.ParagraphTransformer.
func (noteMarks) Transform(p *ast.Paragraph, r text.Reader, pc parser.Context) {
	q, ok := p.Parent().(*ast.Blockquote)
	if !ok || p.PreviousSibling() != nil || p.Lines().Len() == 0 {
		return
	}
	first := p.Lines().At(0)
	mark := noteMark.FindSubmatch(first.Value(r.Source()))
	if mark == nil {
		return
	}
	class, known := noteKinds[string(mark[1])]
	if !known {
		jobOf(pc).fail(lineAt(r.Source(), first.Start), true, "note [!%s] is unknown, expected one of %s", mark[1], names(noteKinds))
		return
	}
	q.SetAttributeString(noteAttr, class)
	p.Lines().SetSliced(1, p.Lines().Len())
	if p.Lines().Len() == 0 {
		q.RemoveChild(q, p)
	}
}

// admonitions turns marked quotations into notes.
func admonitions(j *job, doc *ast.Document) {
	each(doc, func(q *ast.Blockquote) {
		attr, _ := q.AttributeString(noteAttr)
		class, ok := attr.(string)
		if !ok {
			return
		}
		n := &note{class: class, title: say(j.lang, class)}
		for q.FirstChild() != nil {
			n.AppendChild(n, q.FirstChild())
		}
		q.Parent().ReplaceChild(q.Parent(), q, n)
	})
}
