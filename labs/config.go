package labs

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A Config says what becomes of the files of a lab whose step is config: there is no
// program, the files are what is applied.
//
//	config:
//	  apply: connect
//	  files:
//	    source.json:
//	      fields:
//	        name: {required: true}
//	        config:
//	          required: true
//	          fields:
//	            mode: {required: true, values: [bulk, incrementing]}
type Config struct {
	Apply string                `yaml:"apply"` // a service: connect takes each JSON file as POST /connectors
	Files map[string]ConfigFile `yaml:"files"` // by name
}

// A ConfigFile is what may stand in one file. Fields that it does not name may, too.
type ConfigFile struct {
	Fields map[string]ConfigField `yaml:"fields"`
}

// A ConfigField is what the value of one field must be.
type ConfigField struct {
	Required bool                   `yaml:"required"`
	Values   []string               `yaml:"values"` // the only ones; none: any
	Type     string                 `yaml:"type"`   // number or boolean; empty: any
	Fields   map[string]ConfigField `yaml:"fields"` // of an object
	Closed   bool                   `yaml:"closed"` // an object has no other fields
	Needs    map[string][]string    `yaml:"needs"`  // by value: fields beside it that it asks for
}

// Appliers are the services that files may be applied to, and the kinds of files that
// they take.
var Appliers = map[string][]string{"connect": {".json"}}

// ConfigKinds are the kinds of files that the editor and the check of configurations know.
var ConfigKinds = []string{".json", ".yaml", ".yml", ".xml", ".properties"}

// Config returns how the lab's files are applied; nil for a lab with another kind of step.
func (l *Lab) Config() *Config {
	if !slices.Contains(l.Steps, "config") || slices.Contains(l.Steps, "code") {
		return nil
	}
	if l.config == nil {
		return &Config{}
	}
	return l.config
}

// UnmarshalYAML reads the block strictly.
func (c *Config) UnmarshalYAML(node *yaml.Node) error {
	type plain Config
	return node.Decode((*plain)(c))
}

// configured checks the block against the lab's files.
func (n *linter) configured() {
	c := n.lab.Config()
	if c == nil {
		if n.lab.config != nil {
			n.at("config:", "config: found, but steps have no config (or code beside it)")
		}
		return
	}
	kinds, ok := Appliers[c.Apply]
	if !ok {
		n.at("config:", "config: apply: found %q, expected one of %s", c.Apply, strings.Join(slices.Sorted(maps.Keys(Appliers)), ", "))
		return
	}
	if !slices.Contains(n.lab.Services, c.Apply) {
		n.at("services:", "services: expected %q, to which config applies files", c.Apply)
	}
	for _, f := range slices.Concat(n.lab.starter, n.lab.solution) {
		if !slices.Contains(kinds, path.Ext(f.Name)) {
			n.add(path.Join("starter", f.Name), 0, "%s takes files of the kind %s", c.Apply, strings.Join(kinds, ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		if !slices.ContainsFunc(n.lab.starter, func(f File) bool { return f.Name == name }) {
			n.at("  "+name+":", "config: files: found %q, expected a file of starter: %s", name, strings.Join(fileNames(n.lab.starter), ", "))
		}
		n.fieldsOf(name, c.Files[name].Fields)
	}
}

// fieldsOf checks what the block says of fields.
func (n *linter) fieldsOf(where string, fields map[string]ConfigField) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f := fields[name]
		at := fmt.Sprintf("%s: %s", where, name)
		if !slices.Contains([]string{"", "number", "boolean"}, f.Type) {
			n.at(name+":", "config: %s: type: found %q, expected number or boolean", at, f.Type)
		}
		for value := range f.Needs {
			if len(f.Values) > 0 && !slices.Contains(f.Values, value) {
				n.at(name+":", "config: %s: needs: found %q, expected one of values", at, value)
			}
		}
		n.fieldsOf(at, f.Fields)
	}
}
