package labs

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

var (
	quizID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	// quizNumber keeps out what YAML also takes for numbers: 0x10, 1_000, .inf.
	quizNumber = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
)

// ParseQuiz reads the YAML of a quiz, strictly. Lines count from 1 in raw, and
// so do those of the findings, which name no file. With findings the quiz is of
// no use.
func ParseQuiz(raw []byte) (*Quiz, []Finding) {
	root, broken := yamlRoot(raw)
	if broken != nil {
		return nil, broken
	}
	p := &quizParser{quiz: &Quiz{Line: 1}}
	p.root(root)
	if len(p.findings) > 0 {
		return nil, p.findings
	}
	return p.quiz, nil
}

// A quizParser reads one quiz and notes what is wrong with it.
type quizParser struct {
	quiz     *Quiz
	findings []Finding
}

func (p *quizParser) fail(n *yaml.Node, format string, args ...any) {
	p.findings = append(p.findings, Finding{Line: n.Line, Message: fmt.Sprintf(format, args...)})
}

// quizFields are the fields of each kind; the first list must be there.
var quizFields = map[string]struct{ required, optional []string }{
	Single:   {[]string{"id", "kind", "question", "options"}, []string{"hint"}},
	Multiple: {[]string{"id", "kind", "question", "options"}, []string{"hint"}},
	Numeric:  {[]string{"id", "kind", "question", "value", "why"}, []string{"hint", "tolerance", "unit"}},
}

func (p *quizParser) root(n *yaml.Node) {
	q := p.quiz
	known := map[string]func(*yaml.Node){
		"id": p.id, "kind": p.kind, "question": p.markdown(&q.Question), "options": p.options,
		"value": p.number(&q.Value), "tolerance": p.tolerance, "unit": p.text(&q.Unit),
		"why": p.markdown(&q.Why), "hint": p.markdown(&q.Hint),
	}
	there := p.fields(n, known)
	fields, ok := quizFields[q.Kind]
	if !ok {
		if there["kind"] == nil && there != nil {
			p.fail(n, "field \"kind\" is missing, expected one of %s", strings.Join(QuizKinds, ", "))
		}
		return // what belongs to it is not known
	}
	for _, name := range fields.required {
		if there[name] == nil {
			p.fail(n, "field %q is missing", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if !slices.Contains(fields.required, name) && !slices.Contains(fields.optional, name) {
			p.fail(there[name], "field %q does not belong to a %s quiz", name, q.Kind)
		}
	}
	if options := there["options"]; options != nil && len(p.findings) == 0 {
		p.correct(options)
	}
}

// fields gives each value of a mapping to the function that its key names, and
// returns the keys that were there; nil when it is no mapping.
func (p *quizParser) fields(n *yaml.Node, known map[string]func(*yaml.Node)) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		p.fail(n, "found %s, expected fields, one a line: name: value", foundIn(n))
		return nil
	}
	there := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		set := known[key.Value]
		switch {
		case set == nil:
			p.fail(key, "field %q is unknown, expected one of %s", key.Value, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		case there[key.Value] != nil:
			p.fail(key, "field %q is there twice", key.Value)
		default:
			there[key.Value] = key
			set(value)
		}
	}
	return there
}

// scalar is the text of a scalar that is not empty.
func (p *quizParser) scalar(n *yaml.Node, want string) (string, bool) {
	s := strings.TrimSpace(n.Value)
	if n.Kind != yaml.ScalarNode || s == "" {
		p.fail(n, "found %s, expected %s", foundIn(n), want)
		return "", false
	}
	return s, true
}

func (p *quizParser) id(n *yaml.Node) {
	s, ok := p.scalar(n, "an id")
	if ok && !quizID.MatchString(s) {
		p.fail(n, "id is %q, expected small Latin letters, digits and single hyphens, such as ack-means", s)
	}
	p.quiz.ID = s
}

func (p *quizParser) kind(n *yaml.Node) {
	s, ok := p.scalar(n, "a kind")
	if ok && !slices.Contains(QuizKinds, s) {
		p.fail(n, "kind is %q, expected one of %s", s, strings.Join(QuizKinds, ", "))
	}
	p.quiz.Kind = s
}

func (p *quizParser) text(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) { *dst, _ = p.scalar(n, "text") }
}

func (p *quizParser) markdown(dst *Markdown) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, _ := p.scalar(n, "text")
		*dst = Markdown{Text: s, Line: n.Line}
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			dst.Line++ // the text begins below the sign
		}
	}
}

func (p *quizParser) number(dst *float64) func(*yaml.Node) {
	return func(n *yaml.Node) {
		v, err := strconv.ParseFloat(n.Value, 64)
		if n.Kind != yaml.ScalarNode || !quizNumber.MatchString(n.Value) || err != nil || math.IsInf(v, 0) {
			p.fail(n, "found %s, expected a number such as 11 or 2.5", foundIn(n))
			return
		}
		*dst = v
	}
}

func (p *quizParser) tolerance(n *yaml.Node) {
	text, relative := strings.CutSuffix(strings.TrimSpace(n.Value), "%")
	v, err := strconv.ParseFloat(text, 64)
	if n.Kind != yaml.ScalarNode || !quizNumber.MatchString(text) || err != nil || v < 0 || relative && v >= 100 {
		p.fail(n, "tolerance is %s, expected a distance such as 0.5, or a share such as 5%%", foundIn(n))
		return
	}
	if relative {
		v /= 100
	}
	p.quiz.Tolerance = Tolerance{Size: v, Relative: relative}
}

func (p *quizParser) options(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		p.fail(n, "found %s, expected a list of options, each with text and why", foundIn(n))
		return
	}
	if len(n.Content) < 2 || len(n.Content) > MaxOptions {
		p.fail(n, "found %d options, expected 2 to %d", len(n.Content), MaxOptions)
	}
	for _, item := range n.Content {
		o := Option{Line: item.Line}
		there := p.fields(item, map[string]func(*yaml.Node){
			"text": p.markdown(&o.Text), "why": p.markdown(&o.Why), "correct": p.flag(&o.Correct),
		})
		for _, name := range []string{"text", "why"} {
			if there != nil && there[name] == nil {
				p.fail(item, "option has no %q", name)
			}
		}
		p.quiz.Options = append(p.quiz.Options, o)
	}
}

func (p *quizParser) flag(dst *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if err := n.Decode(dst); err != nil || n.Tag != "!!bool" {
			p.fail(n, "found %s, expected true or false", foundIn(n))
		}
	}
}

// correct checks that as many options are right as the kind has.
func (p *quizParser) correct(options *yaml.Node) {
	switch n := p.quiz.Correct(); {
	case p.quiz.Kind == Single && n != 1:
		p.fail(options, "%d options have correct: true, expected one; a question with several is kind: multiple", n)
	case n == 0:
		p.fail(options, "no option has correct: true, expected at least one")
	}
	seen := make(map[string]bool)
	for _, o := range p.quiz.Options {
		if seen[o.Text.Text] {
			p.fail(&yaml.Node{Line: o.Line}, "option %q is there twice", o.Text.Text)
		}
		seen[o.Text.Text] = true
	}
}

// foundIn says what stands at a node.
func foundIn(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "fields"
	case strings.TrimSpace(n.Value) == "":
		return "nothing"
	}
	return strconv.Quote(n.Value)
}
