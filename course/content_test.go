package course

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/brokerlab/brokerlab/labs"
)

// catalogue is that of the built-in labs.
func catalogue(t testing.TB) Catalogue {
	t.Helper()
	set, err := labs.Load(labs.Content)
	if err != nil {
		t.Fatal(err)
	}
	return LabsOf(set)
}

// builtin calls fn for each page of the built-in course.
func builtin(t testing.TB, fn func(p *Page)) {
	t.Helper()
	c, found := Load(Content, catalogue(t))
	for _, f := range found {
		t.Error(f)
	}
	for _, lang := range Langs {
		for _, ref := range c.Refs(lang) {
			if ref.Kind != KindPage {
				continue
			}
			p, err := c.Page(lang, ref.Chapter, ref.Slug)
			if err != nil {
				t.Fatal(err)
			}
			fn(p)
		}
	}
}

func TestContentHasNoFindings(t *testing.T) {
	for _, f := range Lint(Content, catalogue(t)) {
		t.Error(f)
	}
}

func TestContentIsWhatTheSyllabusNames(t *testing.T) {
	c, _ := Load(Content, catalogue(t))
	want := map[string]int{"kafka": 10, "rabbitmq": 9, "activemq-sqs": 11, "redis-pulsar": 9, "choosing": 7} // labs of each chapter
	for _, lang := range Langs {
		if got := len(c.Chapters(lang)); got != len(want) {
			t.Errorf("%s has %d chapters, want %d", lang, got, len(want))
		}
		for _, ch := range c.Chapters(lang) {
			n := 0
			for _, ref := range ch.Pages {
				if ref.LabID != "" {
					n++
				}
			}
			if n != want[ch.Slug] {
				t.Errorf("%s: chapter %s names %d labs, want %d", lang, ch.Slug, n, want[ch.Slug])
			}
			if ch.Weeks == 0 || len(ch.Teaches) == 0 {
				t.Errorf("%s: chapter %s does not say how long it takes and what it teaches", lang, ch.Slug)
			}
		}
	}
	if ref, ok := c.PageByID("ru", "rabbitmq-acknowledgements"); !ok || ref.Href != "/ru/rabbitmq/acknowledgements" {
		t.Errorf("the page on acknowledgements is %+v", ref)
	}
}

// TestNothingInline holds every page to the policy that it is served under.
func TestNothingInline(t *testing.T) {
	builtin(t, func(p *Page) { checkInline(t, p.File, p.HTML) })
	for _, lang := range Langs {
		checkInline(t, "broken page", brokenHTML(lang, []Finding{{File: "<script>", Message: `<img onerror="x">`}}))
	}
}

// ourForm is a form that a fence has made.
var ourForm = regexp.MustCompile(` class="(quiz( predict)?( moments)?|play-action)"`)

// checkInline reports each inline style, script or handler, and each element that loads something.
func checkInline(t testing.TB, name, page string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				t.Errorf("%s: %v", name, z.Err())
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			if slices.Contains([]string{"style", "script", "iframe", "object", "embed", "link", "meta", "base", "foreignobject", "image", "use"}, tok.Data) {
				t.Errorf("%s: <%s>", name, tok.Data)
			}
			if tok.Data == "form" && !ourForm.MatchString(tok.String()) {
				t.Errorf("%s: a form that is neither a quiz nor a button of a scene: %s", name, tok)
			}
			for _, a := range tok.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.Contains(strings.ToLower(a.Val), "javascript:") && a.Key == "href" {
					t.Errorf("%s: <%s %s=%q>", name, tok.Data, a.Key, a.Val)
				}
			}
		}
	}
}

// TestDiagramsAreDrawn holds that the drawings of the built-in course are there,
// up to date, and no others. With -update it draws them.
func TestDiagramsAreDrawn(t *testing.T) {
	want := make(map[string]string)
	for _, block := range blocks(t, "d2") {
		svg, err := draw(block.text)
		if err != nil {
			t.Fatalf("%s: %v", block.at, err)
		}
		want[diagramName(block.text)] = svg
	}
	if *update {
		redraw(t, want)
		return
	}
	files, err := fs.ReadDir(drawn, "diagrams")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := want[f.Name()]; !ok {
			t.Errorf("diagrams/%s belongs to no page; go generate ./course removes it", f.Name())
		}
	}
	for name, svg := range want {
		if got, err := drawn.ReadFile("diagrams/" + name); err != nil || string(got) != svg {
			t.Errorf("diagrams/%s is not what its source draws (%v); go generate ./course draws it", name, err)
		}
	}
}

func redraw(t *testing.T, want map[string]string) {
	t.Helper()
	old, err := filepath.Glob("diagrams/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	for name, svg := range want {
		if err := os.WriteFile("diagrams/"+name, []byte(svg), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A block is the body of a fence of the built-in course.
type block struct{ at, text string }

// blocks are the fences of one kind in all pages.
func blocks(t *testing.T, kind string) []block {
	t.Helper()
	fence := regexp.MustCompile("(?ms)^```" + kind + `\b[^\n]*\n(.*?)^` + "```")
	var found []block
	builtin(t, func(p *Page) {
		src, err := fs.ReadFile(Content, p.File)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fence.FindAllSubmatchIndex(src, -1) {
			found = append(found, block{fmt.Sprintf("%s:%d", p.File, lineAt(src, m[2])), string(src[m[2]:m[3]])})
		}
	})
	return found
}

// TestGoBlocksCompile type-checks every block of Go in the course. A block is a
// file, or declarations, or statements with ctx, ch, d and deliveries in reach.
func TestGoBlocksCompile(t *testing.T) {
	compiled := exportData(t)
	for _, b := range blocks(t, "go") {
		fset := token.NewFileSet()
		text, _ := GoBlock{Text: b.text}.File()
		file, err := parser.ParseFile(fset, b.at, text, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%s: %v", b.at, err)
			continue
		}
		conf := types.Config{
			Importer: importer.ForCompiler(fset, "gc", compiled),
			Error:    func(err error) { t.Errorf("%s: %v", b.at, err) },
		}
		_, _ = conf.Check("main", fset, []*ast.File{file}, nil) // Error has reported everything
	}
}

// exportData finds the compiled packages that blocks import.
func exportData(t *testing.T) importer.Lookup {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}"}
	for _, path := range GoImports {
		args = append(args, path)
	}
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		files[path] = file
	}
	return func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("a block may not import %q", path)
		}
		data, err := os.ReadFile(files[path])
		return io.NopCloser(bytes.NewReader(data)), err
	}
}
