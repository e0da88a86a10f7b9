package course

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"go.abhg.dev/goldmark/frontmatter"
	"gopkg.in/yaml.v3"
)

// meta is the front matter of a page.
type meta struct {
	ID         string   // unique in the course, the same in every language
	Title      string   // plain text
	Summary    string   // one or two sentences, plain text
	Minutes    int      // of reading, 1 to 90
	Objectives []string // what the reader can do afterwards
	Checked    string   // product and date that the facts were checked against
	Labs       []string // ids of the labs that the page leads to
}

// chapterMeta is chapter.yaml.
type chapterMeta struct {
	ID      string
	Title   string
	Summary string
	Weeks   float64
	Teaches []string
	Outline []outlineMeta
}

// outlineMeta is one line of an outline: a page by its slug, or a lab by its id.
type outlineMeta struct {
	Page, Lab      string
	Title, Summary string // what is shown until the page or lab is there
	line           int
}

var (
	idForm  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	labForm = regexp.MustCompile(`^[a-z0-9-]+/[a-z0-9-]+$`)
)

// rawYAML gives the front matter as bytes, so that we can say which line is wrong.
var rawYAML = frontmatter.Format{
	Name:  "YAML",
	Delim: '-',
	Unmarshal: func(raw []byte, dst any) error {
		out, ok := dst.(*[]byte)
		if !ok {
			return fmt.Errorf("front matter: decode into %T, want *[]byte", dst)
		}
		*out = raw
		return nil
	},
}

// frontParser reads front matter and takes all else for one paragraph, which costs little.
var frontParser = parser.NewParser(parser.WithBlockParsers(
	util.Prioritized(&frontmatter.Parser{Formats: []frontmatter.Format{rawYAML}}, 0),
	util.Prioritized(parser.NewParagraphParser(), 1000),
))

// readMeta reads the front matter of a page.
func readMeta(file string, src []byte) (meta, []Finding) {
	ctx := parser.NewContext()
	frontParser.Parse(text.NewReader(src), parser.WithContext(ctx))
	data := frontmatter.Get(ctx)
	if data == nil {
		return meta{}, []Finding{{File: file, Line: 1, Breaks: true,
			Message: "front matter is missing: the first line must be --- and the fields id, title, summary and minutes must follow"}}
	}
	var raw []byte
	if err := data.Decode(&raw); err != nil {
		return meta{}, []Finding{{File: file, Line: 1, Message: err.Error(), Breaks: true}}
	}
	if !closed(src, raw) {
		return meta{}, []Finding{{File: file, Line: 1, Message: "front matter is not closed: a line --- must end it", Breaks: true}}
	}
	f := &fields{file: file, offset: 1}
	var m meta
	f.read(raw, map[string]func(*yaml.Node){
		"id":         f.id(&m.ID),
		"title":      f.str(&m.Title),
		"summary":    f.str(&m.Summary),
		"minutes":    f.number(&m.Minutes, 1, 90),
		"objectives": f.list(&m.Objectives),
		"checked":    f.str(&m.Checked),
		"labs":       f.labs(&m.Labs),
	}, "id", "title", "summary", "minutes")
	return m, f.found
}

// closed reports whether a line of dashes follows the front matter.
func closed(src, raw []byte) bool {
	_, body, _ := strings.Cut(string(src), "\n")
	return strings.HasPrefix(body[min(len(raw), len(body)):], "---")
}

// readChapter reads chapter.yaml.
func readChapter(file string, raw []byte) (chapterMeta, []Finding) {
	f := &fields{file: file}
	var m chapterMeta
	f.read(raw, map[string]func(*yaml.Node){
		"id":      f.str(&m.ID),
		"title":   f.str(&m.Title),
		"summary": f.str(&m.Summary),
		"weeks":   f.weeks(&m.Weeks),
		"teaches": f.list(&m.Teaches),
		"outline": f.outline(&m.Outline),
	}, "id", "title", "summary")
	return m, f.found
}

// fields reads one YAML mapping field by field and notes what is wrong with it.
type fields struct {
	file   string
	offset int // lines of the file before the first line of the YAML
	found  []Finding
}

// fail notes a mistake at a node.
func (f *fields) fail(n *yaml.Node, format string, args ...any) {
	f.found = append(f.found, Finding{File: f.file, Line: n.Line + f.offset, Message: fmt.Sprintf(format, args...), Breaks: true})
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// read gives each value of the mapping to the function that its key names.
func (f *fields) read(raw []byte, into map[string]func(*yaml.Node), required ...string) {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		at := &yaml.Node{Line: 1}
		msg := err.Error()
		if m := yamlLine.FindStringSubmatch(msg); m != nil {
			_, _ = fmt.Sscan(m[1], &at.Line) // stays 1 when the error names no line
			msg = strings.TrimPrefix(msg, m[0])
		}
		f.fail(at, "this is not YAML: %s", msg)
		return
	}
	root := &yaml.Node{Kind: yaml.MappingNode, Line: 1}
	if len(doc.Content) > 0 {
		root = doc.Content[0]
	}
	f.mapping(root, into, required...)
}

// mapping gives each value of a mapping to the function that its key names.
func (f *fields) mapping(n *yaml.Node, into map[string]func(*yaml.Node), required ...string) {
	if n.Kind != yaml.MappingNode {
		f.fail(n, "found %s, expected fields, one a line: name: value", kindOf(n))
		return
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		set := into[key.Value]
		switch {
		case set == nil:
			f.fail(key, "field %q is unknown, expected one of %s", key.Value, names(into))
		case seen[key.Value]:
			f.fail(key, "field %q is there twice", key.Value)
		default:
			set(value)
		}
		seen[key.Value] = true
	}
	for _, name := range required {
		if !seen[name] {
			f.fail(n, "field %q is missing", name)
		}
	}
}

// scalar is the text of a scalar that is not empty.
func (f *fields) scalar(n *yaml.Node, want string) (string, bool) {
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
		f.fail(n, "found %s, expected %s", kindOf(n), want)
		return "", false
	}
	return strings.TrimSpace(n.Value), true
}

func (f *fields) str(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if s, ok := f.scalar(n, "text"); ok {
			*dst = s
		}
	}
}

func (f *fields) id(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := f.scalar(n, "an id")
		if ok && !idForm.MatchString(s) {
			f.fail(n, "id is %q, expected small Latin letters, digits and single hyphens, such as rabbitmq-acks", s)
			return
		}
		*dst = s
	}
}

func (f *fields) number(dst *int, low, high int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var v int
		if err := n.Decode(&v); err != nil || v < low || v > high {
			f.fail(n, "found %q, expected a whole number from %d to %d", n.Value, low, high)
			return
		}
		*dst = v
	}
}

func (f *fields) weeks(dst *float64) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var v float64
		if err := n.Decode(&v); err != nil || v <= 0 || v > 52 {
			f.fail(n, "found %q, expected a number of weeks above 0, such as 1.5", n.Value)
			return
		}
		*dst = v
	}
}

func (f *fields) list(dst *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			f.fail(n, "found %s, expected a list, one \"- text\" a line", kindOf(n))
			return
		}
		for _, item := range n.Content {
			if s, ok := f.scalar(item, "text"); ok {
				*dst = append(*dst, s)
			}
		}
	}
}

func (f *fields) labs(dst *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		f.list(dst)(n)
		for _, item := range n.Content {
			if item.Kind == yaml.ScalarNode && !labForm.MatchString(item.Value) {
				f.fail(item, "lab id is %q, expected system/name, such as rabbitmq/work-queue", item.Value)
			}
		}
	}
}

func (f *fields) outline(dst *[]outlineMeta) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			f.fail(n, "found %s, expected a list of pages and labs", kindOf(n))
			return
		}
		for _, item := range n.Content {
			o := outlineMeta{line: item.Line}
			f.mapping(item, map[string]func(*yaml.Node){
				"page": f.id(&o.Page), "lab": f.str(&o.Lab), "title": f.str(&o.Title), "summary": f.str(&o.Summary),
			}, "title")
			if err := o.check(); err != nil {
				f.fail(item, "%s", err)
				continue
			}
			*dst = append(*dst, o)
		}
	}
}

// check reports what a line of an outline lacks.
func (o outlineMeta) check() error {
	if (o.Page == "") == (o.Lab == "") {
		return errors.New("a line of the outline names a page or a lab, exactly one of the two")
	}
	if o.Lab != "" && !labForm.MatchString(o.Lab) {
		return fmt.Errorf("lab id is %q, expected system/name, such as rabbitmq/work-queue", o.Lab)
	}
	return nil
}

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "fields"
	case strings.TrimSpace(n.Value) == "":
		return "nothing"
	}
	return fmt.Sprintf("%q", n.Value)
}
