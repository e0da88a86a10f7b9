package configfile

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/labs"
)

// A checker compares a tree with what a lab wants.
type checker struct{ problems []Problem }

// maxProblems bounds what is told of one file.
const maxProblems = 50

func (c *checker) add(p *Problem) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, *p)
	}
}

// object checks the fields of an object; path is where it is, with a point at its end.
func (c *checker) object(n *node, path string, want labs.ConfigField) {
	if n.kind != object {
		c.add(n.at.problem(n.end, "config-object", map[string]string{"field": strings.TrimSuffix(path, "."), "found": kindNames[n.kind]}))
		return
	}
	have := make(map[string]*node)
	for _, f := range n.fields {
		if have[f.name] != nil {
			c.add(f.at.problem(f.end, "config-twice", map[string]string{"field": path + f.name}))
		}
		have[f.name] = f.value
		field, known := want.Fields[f.name]
		switch {
		case known:
			c.value(f.value, path+f.name, field)
		case want.Closed:
			c.add(f.at.problem(f.end, "config-unknown", map[string]string{
				"field": path + f.name, "wanted": strings.Join(slices.Sorted(maps.Keys(want.Fields)), ", "),
			}))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want.Fields)) {
		value := have[name]
		if value == nil {
			if want.Fields[name].Required {
				c.add(n.at.problem(n.at, "config-required", map[string]string{"field": path + name}))
			}
			continue
		}
		for _, need := range want.Fields[name].Needs[value.text] {
			if have[need] == nil {
				c.add(value.at.problem(value.end, "config-needs", map[string]string{"field": path + name, "value": value.text, "need": path + need}))
			}
		}
	}
}

// list checks the items of a list. An item's path ends with its number, from 1.
func (c *checker) list(n *node, path string, want labs.ConfigField) {
	if n.kind != list {
		c.add(n.at.problem(n.end, "config-list", map[string]string{"field": path, "found": kindNames[n.kind]}))
		return
	}
	for i, item := range n.items {
		c.value(item, path+"."+strconv.Itoa(i+1), want)
	}
}

// value checks one value.
func (c *checker) value(n *node, path string, want labs.ConfigField) {
	told := func(code, found, wanted string) {
		c.add(n.at.problem(n.end, code, map[string]string{"field": path, "found": found, "wanted": wanted}))
	}
	switch {
	case want.Items != nil:
		c.list(n, path, *want.Items)
	case want.Fields != nil || want.Closed:
		c.object(n, path+".", want)
	case n.kind != scalar && (want.Values != nil || want.Type != ""):
		told("config-scalar", kindNames[n.kind], "")
	case want.Required && want.Type == "text":
		// An empty text is one.
	case want.Required && n.kind == scalar && strings.TrimSpace(n.text) == "":
		told("config-empty", "", "")
	case want.Values != nil && !slices.Contains(want.Values, n.text):
		told("config-value", n.text, strings.Join(want.Values, ", "))
	case want.Type == "number":
		if _, err := strconv.ParseFloat(n.text, 64); err != nil {
			told("config-number", n.text, "")
		}
	case want.Type == "boolean" && n.text != "true" && n.text != "false":
		told("config-boolean", n.text, "")
	}
}
