package configfile

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A parser reads JSON from left to right. At the first mistake it stops.
type parser struct {
	text  string
	at    int
	line  int
	start int // of the line, in bytes
	bad   *Problem
}

func parseJSON(text string) (*node, *Problem) {
	p := &parser{text: text, line: 1}
	p.space()
	n := p.value(0)
	p.space()
	if p.bad == nil && p.at < len(p.text) {
		p.fail("config-json-end")
	}
	return n, p.bad
}

// here is where the parser is.
func (p *parser) here() place {
	return place{p.line, utf8.RuneCountInString(p.text[p.start:p.at]) + 1}
}

// fail notes a mistake at what comes next.
func (p *parser) fail(code string) {
	if p.bad != nil {
		return
	}
	at := p.here()
	found := "–"
	if p.at < len(p.text) {
		found = word.FindString(p.text[p.at:])
	} else {
		code += "-over" // the file ends
	}
	p.bad = at.problem(place{at.line, at.column + max(utf8.RuneCountInString(found), 1)}, code, map[string]string{"found": found})
}

// word is what is shown of the place of a mistake.
var word = regexp.MustCompile(`^(?:[\pL\pN_.-]{1,20}|(?s:.))`)

// space goes over white space.
func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case '\n':
			p.at++
			p.line, p.start = p.line+1, p.at
		case ' ', '\t', '\r':
			p.at++
		default:
			return
		}
	}
}

// take goes over a character, if it comes next.
func (p *parser) take(c byte) bool {
	if p.bad == nil && p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) value(depth int) *node {
	n := &node{at: p.here()}
	switch {
	case p.bad != nil:
	case depth > maxDepth:
		p.fail("config-deep")
	case p.take('{'):
		n.kind = object
		p.object(n, depth)
	case p.take('['):
		n.kind = list
		p.list(n, depth)
	case p.at < len(p.text) && p.text[p.at] == '"':
		n.text, n.quoted = p.string(), true
	default:
		n.text = p.literal()
	}
	n.end = p.here()
	return n
}

func (p *parser) object(n *node, depth int) {
	p.space()
	if p.take('}') {
		return
	}
	for p.bad == nil {
		p.space()
		if p.at >= len(p.text) || p.text[p.at] != '"' {
			p.fail("config-json-name")
			return
		}
		f := field{at: p.here()}
		f.name = p.string()
		f.end = p.here()
		p.space()
		if !p.take(':') {
			p.fail("config-json-colon")
			return
		}
		p.space()
		f.value = p.value(depth + 1)
		n.fields = append(n.fields, f)
		p.space()
		if p.take('}') {
			return
		}
		if !p.take(',') {
			p.fail("config-json-comma")
		}
	}
}

func (p *parser) list(n *node, depth int) {
	p.space()
	if p.take(']') {
		return
	}
	for p.bad == nil {
		p.space()
		n.items = append(n.items, p.value(depth+1))
		p.space()
		if p.take(']') {
			return
		}
		if !p.take(',') {
			p.fail("config-json-comma")
		}
	}
}

// string reads a string, which ends on its line.
func (p *parser) string() string {
	begin := p.at
	for i := begin + 1; i < len(p.text) && p.text[i] >= ' '; i++ {
		switch p.text[i] {
		case '\\':
			i++
		case '"':
			var s string
			if json.Unmarshal([]byte(p.text[begin:i+1]), &s) != nil {
				p.fail("config-json-escape")
				return ""
			}
			p.at = i + 1
			return s
		}
	}
	p.fail("config-json-string")
	return ""
}

// number is a number as JSON has it.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`)

// literal reads a number, true, false or null.
func (p *parser) literal() string {
	rest := p.text[p.at:]
	found := number.FindString(rest)
	for _, w := range []string{"true", "false", "null"} {
		if strings.HasPrefix(rest, w) {
			found = w
		}
	}
	if whole := word.FindString(rest); found == "" || len(whole) > len(found) {
		p.fail("config-json-value")
		return ""
	}
	p.at += len(found)
	return found
}
