package course

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"

	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/yuin/goldmark"
	highlighting "github.com/yuin/goldmark-highlighting/v2"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"go.abhg.dev/goldmark/frontmatter"
)

// A job is the rendering of one document; the transformers find it in the parser's context.
type job struct {
	lang  string
	file  string
	src   []byte
	in    *edition // nil for a text outside the course
	page  *entry   // likewise
	ofLab string   // id of the lab whose text it is, if its questions are to be asked
	// inner: src is a text of a quiz of the page.
	inner bool

	findings  []Finding
	toc       []Heading
	ids       map[string]bool
	links     []link   // to headings, checked when all are known
	token     string   // cannot be guessed, so no lesson can forge a slot
	slots     []string // HTML of our own that goes in after sanitising
	questions []*Question
	plays     []*Play
	terminals []*Terminal
	goBlocks  []GoBlock
}

// A link leads to a heading of a page of the course.
type link struct {
	line     int
	file     string // the page that it leads to
	fragment string // without #; "" for the page itself
}

// A document is what a job makes.
type document struct {
	html      string
	toc       []Heading
	ids       map[string]bool
	links     []link
	findings  []Finding
	questions []*Question
	plays     []*Play
	terminals []*Terminal
	goBlocks  []GoBlock
}

var jobKey = parser.NewContextKey()

func jobOf(pc parser.Context) *job {
	j, ok := pc.Get(jobKey).(*job)
	if !ok {
		panic("course: the parser was started without a job")
	}
	return j
}

func (j *job) fail(line int, breaks bool, format string, args ...any) {
	j.findings = append(j.findings, Finding{File: j.file, Line: line, Message: fmt.Sprintf(format, args...), Breaks: breaks})
}

// slot keeps trusted HTML aside and returns the mark that stands for it.
func (j *job) slot(html string) string {
	j.slots = append(j.slots, html)
	return fmt.Sprintf("<div>%s-%d</div>", j.token, len(j.slots)-1)
}

// fill puts the trusted HTML in the place of its marks.
func (j *job) fill(html string) string {
	pairs := make([]string, 0, 2*len(j.slots))
	for i, s := range j.slots {
		pairs = append(pairs, fmt.Sprintf("<div>%s-%d</div>", j.token, i), s)
	}
	return strings.NewReplacer(pairs...).Replace(html)
}

// RenderMarkdown renders a text that is not a page, such as a lab's, to
// sanitised HTML in the manner of lang. Headings get no ids, since several such
// texts may share a page. The error joins all mistakes that would break it.
func RenderMarkdown(src []byte, lang string) (string, error) {
	doc := (&job{lang: lang, file: "text", src: src}).run()
	return doc.html, doc.broken()
}

// broken joins the mistakes that break a text which is not a page.
func (d document) broken() error {
	var errs []error
	for _, f := range d.findings {
		if f.Breaks {
			errs = append(errs, fmt.Errorf("line %d: %s", f.Line, f.Message))
		}
	}
	return errors.Join(errs...)
}

// renderPage renders one page of an edition.
func renderPage(e *edition, p *entry) document {
	return (&job{lang: e.lang, file: p.file, src: p.src, in: e, page: p}).run()
}

// run parses, transforms, renders, sanitises, and only then puts in what is our own.
func (j *job) run() document {
	j.token, j.ids = rand.Text(), make(map[string]bool)
	pc := parser.NewContext(parser.WithIDs(&slugger{taken: make(map[string]bool)}))
	pc.Set(jobKey, j)
	md := markdown(j.lang)
	tree := md.Parser().Parse(text.NewReader(j.src), parser.WithContext(pc))
	var buf bytes.Buffer
	if err := md.Renderer().Render(&buf, j.src, tree); err != nil {
		j.fail(0, true, "cannot be rendered: %v", err)
		return document{findings: j.findings}
	}
	clean, err := tidy(sanitise(buf.Bytes()), j.lang)
	if err != nil {
		j.fail(0, true, "cannot be rendered: %v", err)
	}
	for _, q := range j.questions {
		j.textsOf(q)
	}
	return document{
		html: j.figures(j.fill(clean)), toc: j.toc, ids: j.ids, links: j.links, findings: j.findings,
		questions: j.questions, plays: j.plays, terminals: j.terminals, goBlocks: j.goBlocks,
	}
}

var (
	markdownEN = sync.OnceValue(func() goldmark.Markdown { return newMarkdown("en") })
	markdownRU = sync.OnceValue(func() goldmark.Markdown { return newMarkdown("ru") })
)

// markdown is the Markdown of one language; making it costs more than using it.
func markdown(lang string) goldmark.Markdown {
	if lang == "ru" {
		return markdownRU()
	}
	return markdownEN()
}

// newMarkdown puts together the Markdown that lessons are written in.
func newMarkdown(lang string) goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(
			&frontmatter.Extender{Formats: []frontmatter.Format{rawYAML}},
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			extension.NewTypographer(extension.WithTypographicSubstitutions(quotes(lang))),
			extension.NewFootnote(),
			extension.Strikethrough,
			highlighting.NewHighlighting(
				highlighting.WithFormatOptions(chromahtml.WithClasses(true), chromahtml.WithPreWrapper(preWrapper{})),
				highlighting.WithWrapperRenderer(wrapCode),
			),
		),
		goldmark.WithParserOptions(
			parser.WithAutoHeadingID(),
			parser.WithHeadingAttribute(),
			parser.WithParagraphTransformers(util.Prioritized(noteMarks{}, 50)),
			parser.WithASTTransformers(
				util.Prioritized(transform(admonitions), 100),
				util.Prioritized(transform(fences), 110),
				util.Prioritized(transform(headings), 120),
				util.Prioritized(transform(tables), 125),
				util.Prioritized(transform(links), 130),
				util.Prioritized(transform(rawHTML), 140),
			),
		),
		goldmark.WithRendererOptions(
			html.WithUnsafe(), // everything is sanitised as a whole afterwards
			renderer.WithNodeRenderers(util.Prioritized(nodes{lang: lang}, 50)),
		),
	)
}

// transform makes a function an AST transformer.
type transform func(j *job, doc *ast.Document)

// Transform implements parser.ASTTransformer.
func (t transform) Transform(doc *ast.Document, _ text.Reader, pc parser.Context) { t(jobOf(pc), doc) }

// each calls fn for every node of a kind, collected first so that fn may change the tree.
func each[N ast.Node](doc ast.Node, fn func(N)) {
	var found []N
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker returns no error
		if v, ok := n.(N); ok && entering {
			found = append(found, v)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range found {
		fn(n)
	}
}

// line is the line of the source on which a node begins, as far as it can be known.
func (j *job) line(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if at, ok := offset(n); ok {
			return lineAt(j.src, at)
		}
	}
	return 0
}

// offset is where the first byte of a node, or of what is in it, stands.
func offset(n ast.Node) (int, bool) {
	switch v := n.(type) {
	case *ast.Text:
		return v.Segment.Start, true
	case *ast.RawHTML:
		return v.Segments.At(0).Start, v.Segments.Len() > 0
	case *ast.FencedCodeBlock:
		if v.Info != nil {
			return v.Info.Segment.Start, true
		}
	}
	if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
		return n.Lines().At(0).Start, true
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if at, ok := offset(c); ok {
			return at, true
		}
	}
	return 0, false
}

// nodes renders the nodes that we make or that we draw in our own way.
type nodes struct{ lang string }

// RegisterFuncs implements renderer.NodeRenderer.
func (r nodes) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(kindNote, renderNote)
	reg.Register(kindSlot, renderSlot)
	reg.Register(ast.KindHeading, r.heading)
	reg.Register(extast.KindTable, r.table)
}

// preWrapper opens a block of code so that the keyboard can scroll it.
type preWrapper struct{}

// Start implements chromahtml.PreWrapper.
func (preWrapper) Start(bool, string) string { return `<pre tabindex="0" class="chroma"><code>` }

// End implements chromahtml.PreWrapper.
func (preWrapper) End(bool) string { return "</code></pre>" }

// wrapCode puts a block of code into a box that knows its language. The text of
// the pre is the code and nothing else, so that it copies as it is.
func wrapCode(w util.BufWriter, c highlighting.CodeBlockContext, entering bool) {
	lang, _ := c.Language()
	switch {
	case entering && c.Highlighted():
		_, _ = fmt.Fprintf(w, "<div class=\"code\" data-language=\"%s\">", util.EscapeHTML(lang))
	case entering:
		_, _ = w.WriteString("<div class=\"code\"><pre tabindex=\"0\" class=\"chroma\"><code>")
	case c.Highlighted():
		_, _ = w.WriteString("</div>\n")
	default:
		_, _ = w.WriteString("</code></pre></div>\n")
	}
}
