// Package configfile reads configuration files and says at which line something is wrong
// with them: with their form, or with what a lab wants in them.
//
// Read it in this order:
//
//	configfile.go  Check, and a file as a tree
//	schema.go      the tree against what the lab wants
//	bindings.go    bindings of RabbitMQ: what a file says, and what is wrong with it
//	json.go        JSON, with a place for every mistake
//	others.go      YAML, XML and properties
//
// It takes any bytes: a file is at most 64 KiB, and nested at most 64 deep.
package configfile

import (
	"path"
	"strings"
	"unicode/utf8"

	"github.com/brokerlab/brokerlab/labs"
)

// Bounds of a file.
const (
	maxSize  = 64 << 10 // bytes
	maxDepth = 64
)

// A Problem is something wrong with a file. Lines and columns count from 1, columns in
// characters; Code is an id of the catalogue of messages, section rules. A Warning does
// not keep a file from being applied.
type Problem struct {
	Warning      bool
	Line, Column int
	EndColumn    int // of the same line; exclusive
	Code         string
	Params       map[string]string
}

// A node is a value in a file.
type node struct {
	kind    kind
	text    string // of a scalar
	quoted  bool   // a string, where the format tells strings from other scalars
	fields  []field
	items   []*node
	at, end place
}

type kind int

const (
	scalar kind = iota
	object
	list
)

var kindNames = map[kind]string{scalar: "scalar", object: "object", list: "list"}

// A field of an object, and where its name stands.
type field struct {
	name    string
	at, end place
	value   *node
}

// A place in a file.
type place struct{ line, column int }

func (p place) problem(end place, code string, params map[string]string) *Problem {
	out := &Problem{Line: p.line, Column: p.column, EndColumn: p.column + 1, Code: code, Params: params}
	if end.line == p.line && end.column > p.column {
		out.EndColumn = end.column
	}
	return out
}

// Check reads a file by the ending of its name. With a schema, its fields are checked, too.
func Check(name, text string, schema *labs.ConfigFile) []Problem {
	root, bad := parse(name, text)
	if bad != nil {
		return []Problem{*bad}
	}
	if schema == nil || schema.Fields == nil {
		return nil
	}
	return against(root, text, schema)
}

// parse reads a file as a tree.
func parse(name, text string) (root *node, bad *Problem) {
	if len(text) > maxSize {
		return nil, &Problem{Line: 1, Column: 1, EndColumn: 2, Code: "config-large"}
	}
	if !utf8.ValidString(text) {
		return nil, &Problem{Line: 1, Column: 1, EndColumn: 2, Code: "config-utf8"}
	}
	switch path.Ext(name) {
	case ".json":
		root, bad = parseJSON(text)
	case ".yaml", ".yml":
		root, bad = parseYAML(text)
	case ".xml":
		root, bad = parseXML(text)
	case ".properties":
		root, bad = parseProperties(text)
	default:
		return nil, &Problem{Line: 1, Column: 1, EndColumn: 2, Code: "config-kind", Params: map[string]string{"found": path.Ext(name)}}
	}
	if bad != nil {
		bad.Line = min(bad.Line, strings.Count(text, "\n")+1) // YAML has other ends of lines
	}
	return root, bad
}

// against compares a tree with a schema.
func against(root *node, text string, schema *labs.ConfigFile) []Problem {
	c := &checker{}
	c.object(root, "", labs.ConfigField{Fields: schema.Fields, Closed: schema.Closed})
	for i := range c.problems {
		c.problems[i].Line = min(c.problems[i].Line, strings.Count(text, "\n")+1)
	}
	return c.problems
}

// Find returns the line of a field, by its name alone, wherever it is; 0 if it is not there.
func Find(name, text, field string) int {
	if len(text) > maxSize || path.Ext(name) != ".json" {
		return 0
	}
	root, bad := parseJSON(text)
	if bad != nil {
		return 0
	}
	return find(root, field)
}

func find(n *node, name string) int {
	for _, f := range n.fields {
		if f.name == name {
			return f.at.line
		}
		if line := find(f.value, name); line > 0 {
			return line
		}
	}
	return 0
}
