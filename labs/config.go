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
	// Apply says to what: connect takes each JSON file as POST /connectors, bindings binds
	// the queues of RabbitMQ as a YAML file says; see bindings.go.
	Apply string                `yaml:"apply"`
	Files map[string]ConfigFile `yaml:"files"` // by name
}

// A ConfigFile is what may stand in one file. Fields that it does not name may, too,
// unless it is closed.
type ConfigFile struct {
	Fields map[string]ConfigField `yaml:"fields"`
	Closed bool                   `yaml:"closed"`
}

// A ConfigField is what the value of one field must be.
type ConfigField struct {
	Required bool                   `yaml:"required"`
	Values   []string               `yaml:"values"` // the only ones; none: any
	Type     string                 `yaml:"type"`   // number, boolean or text: any single value, even an empty one; "": anything
	Fields   map[string]ConfigField `yaml:"fields"` // of an object
	Items    *ConfigField           `yaml:"items"`  // it is a list, of such
	Closed   bool                   `yaml:"closed"` // an object has no other fields
	Needs    map[string][]string    `yaml:"needs"`  // by value: fields beside it that it asks for
}

// An Applier takes the files of a lab.
type Applier struct {
	Kinds   []string // of files, by their ending
	Service string   // that the lab needs for it; "" if it needs none
	Broker  string   // the same of brokers
}

// ApplyConnect and ApplyBindings are the names of what files may be applied to.
const (
	ApplyConnect  = "connect"
	ApplyBindings = "bindings"
)

// Appliers are what files may be applied to, by name.
var Appliers = map[string]Applier{
	ApplyConnect:  {Kinds: []string{".json"}, Service: "connect"},
	ApplyBindings: {Kinds: []string{".yaml", ".yml"}, Broker: "rabbitmq"},
}

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
	applier, ok := Appliers[c.Apply]
	if !ok {
		n.at("config:", "config: apply: found %q, expected one of %s", c.Apply, strings.Join(slices.Sorted(maps.Keys(Appliers)), ", "))
		return
	}
	if applier.Service != "" && !slices.Contains(n.lab.Services, applier.Service) {
		n.at("services:", "services: expected %q, to which config applies files", applier.Service)
	}
	if applier.Broker != "" && !slices.ContainsFunc(n.lab.Brokers, func(b Broker) bool { return b.Name == applier.Broker }) {
		n.at("brokers:", "brokers: expected %q, to which config applies files", applier.Broker)
	}
	for _, f := range slices.Concat(n.lab.starter, n.lab.solution) {
		if f.Name != AnswersFile && !slices.Contains(applier.Kinds, path.Ext(f.Name)) {
			n.add(path.Join("starter", f.Name), 0, "%s takes files of the kind %s", c.Apply, strings.Join(applier.Kinds, ", "))
		}
	}
	if c.Apply == ApplyBindings {
		n.bindings()
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
		if !slices.Contains([]string{"", "number", "boolean", "text"}, f.Type) {
			n.at(name+":", "config: %s: type: found %q, expected number, boolean or text", at, f.Type)
		}
		for value := range f.Needs {
			if len(f.Values) > 0 && !slices.Contains(f.Values, value) {
				n.at(name+":", "config: %s: needs: found %q, expected one of values", at, value)
			}
		}
		n.fieldsOf(at, f.Fields)
		if f.Items != nil {
			n.fieldsOf(at, f.Items.Fields)
		}
	}
}
