package configfile

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// yamlLine finds the line that the YAML reader names in its errors.
var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

func parseYAML(text string) (*node, *Problem) {
	var root yaml.Node
	err := yaml.Unmarshal([]byte(text), &root)
	if err != nil {
		if trap := unquoted(text, err); trap != nil {
			return nil, trap
		}
		at, what := place{1, 1}, strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(what); m != nil {
			at.line, _ = strconv.Atoi(m[1])
			what = m[2]
		}
		return nil, at.problem(at, "config-yaml", map[string]string{"what": what})
	}
	if len(root.Content) == 0 {
		return &node{kind: object, at: place{1, 1}, end: place{1, 1}}, nil
	}
	return yamlNode(root.Content[0], 0)
}

// star finds a value that begins with * and is not quoted, hash one that begins with #.
var (
	star = regexp.MustCompile(`^(?:[^"'#]|"[^"]*"|'[^']*')*?[:\[,{-][ \t]+(\*[^\s,}\]]*)`)
	hash = regexp.MustCompile(`^(?:[^"'#]|"[^"]*"|'[^']*')*?\w:[ \t]+(#[^\s,}\]]*)`)
)

// unquoted finds the place of a mistake that the YAML reader explains to nobody who does
// not know YAML: a value that begins with * is taken for an alias, and # for the beginning
// of a comment, which may swallow a bracket.
func unquoted(text string, err error) *Problem {
	aliases := alias.MatchString(err.Error())
	for i, line := range strings.Split(text, "\n") {
		if p := trapped(star, "config-yaml-star", i+1, line); p != nil && aliases {
			return p
		}
		if p := trapped(hash, "config-yaml-hash", i+1, line); p != nil && strings.ContainsAny(line, "{[") {
			return p
		}
	}
	return nil
}

// alias finds in an error of the YAML reader that it took something for an alias.
var alias = regexp.MustCompile(`alias|anchor|alphabetic`)

// trapped finds a value on a line that YAML takes for something else.
func trapped(value *regexp.Regexp, code string, number int, line string) *Problem {
	m := value.FindStringSubmatchIndex(line)
	if m == nil {
		return nil
	}
	at := place{number, utf8.RuneCountInString(line[:m[2]]) + 1}
	end := place{number, at.column + utf8.RuneCountInString(line[m[2]:m[3]])}
	return at.problem(end, code, map[string]string{"found": line[m[2]:m[3]]})
}

func yamlNode(y *yaml.Node, depth int) (*node, *Problem) {
	at := place{y.Line, y.Column}
	n := &node{at: at, end: place{y.Line, y.Column + len([]rune(y.Value))}, text: y.Value}
	if n.quoted = y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0; n.quoted {
		n.end.column += 2
	}
	if y.Tag == "!!null" {
		n.text = ""
	}
	if depth > maxDepth {
		return nil, at.problem(at, "config-deep", nil)
	}
	switch y.Kind {
	case yaml.MappingNode:
		n.kind = object
		for i := 0; i+1 < len(y.Content); i += 2 {
			key := y.Content[i]
			value, bad := yamlNode(y.Content[i+1], depth+1)
			if bad != nil {
				return nil, bad
			}
			n.fields = append(n.fields, field{key.Value, place{key.Line, key.Column}, place{key.Line, key.Column + len([]rune(key.Value))}, value})
		}
	case yaml.SequenceNode:
		n.kind = list
		for _, item := range y.Content {
			value, bad := yamlNode(item, depth+1)
			if bad != nil {
				return nil, bad
			}
			n.items = append(n.items, value)
		}
	case yaml.AliasNode:
		return nil, at.problem(at, "config-alias", nil) // what it stands for may be without end
	}
	return n, nil
}

// parseXML makes an object of every element: its attributes and its children by name. An
// element with text alone is a scalar.
func parseXML(text string) (*node, *Problem) {
	d := xml.NewDecoder(strings.NewReader(text))
	root := &node{kind: object, at: place{1, 1}, end: place{1, 1}}
	open := []*node{root}
	for {
		token, err := d.Token()
		line, column := d.InputPos()
		at := place{line, column}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			what := err.Error()
			var wrong *xml.SyntaxError
			if errors.As(err, &wrong) {
				at, what = place{wrong.Line, 1}, wrong.Msg
			}
			return nil, at.problem(at, "config-xml", map[string]string{"what": what})
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{kind: object, at: at, end: at}
			for _, a := range t.Attr {
				n.fields = append(n.fields, field{a.Name.Local, at, at, &node{text: a.Value, at: at, end: at}})
			}
			top.fields = append(top.fields, field{t.Name.Local, at, at, n})
			if open = append(open, n); len(open) > maxDepth {
				return nil, at.problem(at, "config-deep", nil)
			}
		case xml.EndElement:
			if len(top.fields) == 0 {
				top.kind = scalar
			}
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += strings.TrimSpace(string(t))
		}
	}
	if len(root.fields) == 0 {
		return nil, root.at.problem(root.at, "config-xml", map[string]string{"what": "there is no element"})
	}
	return root, nil
}

// parseProperties reads "name = value" or "name: value", one a line; # and ! begin
// comments, and a backslash at the end goes on with the next line.
func parseProperties(text string) (*node, *Problem) {
	root := &node{kind: object, at: place{1, 1}, end: place{1, 1}}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		at := i + 1
		line := strings.TrimSpace(lines[i])
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		for strings.HasSuffix(line, `\`) && i+1 < len(lines) {
			i++
			line = strings.TrimSuffix(line, `\`) + strings.TrimSpace(lines[i])
		}
		cut := strings.IndexAny(line, "=:")
		begin := place{at, len([]rune(lines[at-1])) - len([]rune(strings.TrimLeft(lines[at-1], " \t"))) + 1}
		end := place{at, len([]rune(strings.TrimRight(lines[at-1], " \t\r"))) + 1}
		if cut <= 0 {
			return nil, begin.problem(end, "config-properties", map[string]string{"found": line[:min(len(line), 40)]})
		}
		name := strings.TrimSpace(line[:cut])
		value := &node{text: strings.TrimSpace(line[cut+1:]), at: begin, end: end}
		root.fields = append(root.fields, field{name, begin, end, value})
	}
	return root, nil
}
