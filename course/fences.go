package course

import (
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"strings"

	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// living are the fences that are not code. Those without a function arrive with later chapters.
var living = map[string]func(j *job, line int, argument, body string) string{
	"d2":       (*job).diagram,
	"lab":      (*job).lab,
	"quiz":     (*job).quiz,
	"predict":  (*job).predict,
	"play":     (*job).play,
	"console":  (*job).terminal,
	"calc":     nil,
	"simulate": nil,
}

// kindSlot is the kind of a slotNode.
var kindSlot = ast.NewNodeKind("Slot")

// A slotNode stands for HTML of our own, which goes in after sanitising.
type slotNode struct {
	ast.BaseBlock
	mark string
}

// Kind implements ast.Node.
func (*slotNode) Kind() ast.NodeKind { return kindSlot }

// Dump implements ast.Node.
func (n *slotNode) Dump(src []byte, level int) { ast.DumpHelper(n, src, level, nil, nil) }

func renderSlot(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if s, ok := n.(*slotNode); ok && entering {
		_, _ = w.WriteString(s.mark + "\n")
	}
	return ast.WalkSkipChildren, nil
}

// fences replaces the fences that come alive and checks the names of all others.
func fences(j *job, doc *ast.Document) {
	each(doc, func(n *ast.FencedCodeBlock) {
		line := j.fenceLine(n)
		if !j.closedFence(n) {
			j.fail(line, true, "fence is not closed: expected a line that is only the marks it began with, such as ```")
			return
		}
		lang := string(n.Language(j.src))
		if lang == "" {
			j.fail(line, false, "fence names no language; write ```text if it has none")
			return
		}
		if lang == "go" {
			j.goBlocks = append(j.goBlocks, GoBlock{Text: fenceBody(n, j.src), Fence: line})
		}
		draw, alive := living[lang]
		switch {
		case alive && draw == nil:
			j.fail(line, true, "fence %q arrives later; leave it out until then", lang)
		case alive:
			argument := strings.TrimSpace(strings.TrimPrefix(string(n.Info.Segment.Value(j.src)), lang))
			html := draw(j, line, argument, fenceBody(n, j.src))
			n.Parent().ReplaceChild(n.Parent(), n, &slotNode{mark: j.slot(html)})
		case lexers.Get(lang) == nil:
			j.fail(line, true, "fence %q is unknown, expected a language of code such as go, yaml or text, or console, d2, lab, play, predict or quiz", lang)
		}
	})
}

// fenceLine is the line of the opening fence.
func (j *job) fenceLine(n *ast.FencedCodeBlock) int {
	if n.Info == nil && n.Lines().Len() > 0 {
		return j.line(n) - 1
	}
	return j.line(n)
}

var fenceCloses = regexp.MustCompile("^[ \\t>]*(?:`{3,}|~{3,})[ \\t]*\r?$")

// closedFence reports whether the line after a fence's last is a closing one. One
// without language or lines has no place that is known.
func (j *job) closedFence(n *ast.FencedCodeBlock) bool {
	end := 0
	switch {
	case n.Lines().Len() > 0:
		end = n.Lines().At(n.Lines().Len() - 1).Stop
	case n.Info != nil:
		_, rest, _ := strings.Cut(string(j.src[n.Info.Segment.Stop:]), "\n")
		end = len(j.src) - len(rest)
	default:
		return true
	}
	next, _, _ := strings.Cut(string(j.src[end:]), "\n")
	return fenceCloses.MatchString(next)
}

func fenceBody(n *ast.FencedCodeBlock, src []byte) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(src))
	}
	return b.String()
}

// diagram draws a d2 fence. What stands after "d2" tells those who cannot see it what it shows.
func (j *job) diagram(line int, caption, body string) string {
	if caption == "" {
		j.fail(line, true, "diagram has no description; write it behind d2, in one sentence")
		return ""
	}
	svg, err := Diagram(body)
	if err != nil {
		j.badDiagram(line, err)
		return ""
	}
	text := template.HTMLEscapeString(smarten(caption, j.lang))
	return fmt.Sprintf("<figure class=\"d2\"><div class=\"d2-view\" tabindex=\"0\" role=\"img\" aria-label=\"%s\">%s</div>"+
		"<figcaption aria-hidden=\"true\">%s</figcaption></figure>", text, svg, text)
}

// d2Place is where in its source D2 found a mistake: line and column.
var d2Place = regexp.MustCompile(`^(\d+):\d+: `)

// badDiagram notes each mistake of a diagram at its line of the lesson.
func (j *job) badDiagram(line int, err error) {
	for part := range strings.SplitSeq(err.Error(), "\n") {
		at := 0
		if m := d2Place.FindStringSubmatch(part); m != nil {
			at, _ = strconv.Atoi(m[1])
			part = strings.TrimPrefix(part, m[0])
		}
		j.fail(line+at, true, "diagram: %s", part)
	}
}

// lab draws the card that leads to a lab.
func (j *job) lab(line int, id, body string) string {
	if !labForm.MatchString(id) {
		j.fail(line, true, "lab id is %q, expected system/name behind the word lab, such as rabbitmq/work-queue", id)
		return ""
	}
	if body = strings.TrimSpace(body); body != "" {
		first, _, _ := strings.Cut(body, "\n")
		j.fail(line, true, "fence lab holds %q, expected nothing before the line that closes it; is that line there?", first)
		return ""
	}
	card := LabCard{ID: id, Title: id}
	if j.in != nil && j.in.labs != nil {
		known, ok := j.in.labs(j.lang, id)
		if !ok {
			j.fail(line, true, "lab %q is unknown", id)
			return ""
		}
		card = known
	}
	var facts []string
	if card.Minutes > 0 {
		facts = append(facts, count(j.lang, card.Minutes, "minutes"))
	}
	if card.Points > 0 {
		facts = append(facts, count(j.lang, card.Points, "points"))
	}
	return fmt.Sprintf("<div class=\"do\" data-lab=\"%s\"><div><strong>%s: %s</strong><span>%s</span></div>"+
		"<a class=\"go\" href=\"%s\">%s</a></div>",
		id, say(j.lang, "lab"), template.HTMLEscapeString(card.Title), strings.Join(facts, " · "),
		labHref(j.lang, id), say(j.lang, "open-lab"))
}
