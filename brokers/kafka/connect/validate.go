package connect

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// A Value is one setting of a configuration, and what is wrong with it.
type Value struct {
	Setting
	Given  string
	IsSet  bool
	Errors []string
}

// maxConfig bounds the settings of one configuration.
const maxConfig = 200

// Validate says what stands in a configuration of a plugin, and what is wrong with it.
// Settings that the plugin does not know are left alone, as Connect leaves them.
func (p Plugin) Validate(config map[string]string) []Value {
	v := &validation{config: config}
	for _, s := range slices.Concat(common, p.Own) {
		v.check(s.Name, s)
	}
	v.transforms()
	switch p.Type {
	case "source":
		v.source()
	case "sink":
		v.sink()
	}
	return v.values
}

// A validation gathers values.
type validation struct {
	config map[string]string
	values []Value
}

// check looks at one setting, under the name that it has in the configuration.
func (v *validation) check(name string, s Setting) string {
	given, set := v.config[name]
	value := Value{Setting: s, Given: given, IsSet: set}
	value.Name = name
	if !set {
		value.Given = s.Default
	}
	if text := s.wrong(name, given, set); text != "" {
		value.Errors = append(value.Errors, text)
	}
	v.values = append(v.values, value)
	return value.Given
}

// fail adds an error to a setting that was checked.
func (v *validation) fail(name, text string) {
	for i := range v.values {
		if v.values[i].Name == name {
			v.values[i].Errors = append(v.values[i].Errors, text)
			return
		}
	}
	v.values = append(v.values, Value{Setting: Setting{Name: name}, Given: v.config[name], IsSet: true, Errors: []string{text}})
}

// wrong says in Kafka's words what is wrong with a value; empty if nothing is.
func (s Setting) wrong(name, given string, set bool) string {
	invalid := func(why string) string {
		return fmt.Sprintf("Invalid value %s for configuration %s: %s", given, name, why)
	}
	switch {
	case !set && s.Required:
		return fmt.Sprintf("Missing required configuration %q which has no default value.", name)
	case !set:
		return ""
	case s.Required && strings.TrimSpace(given) == "":
		return invalid("String must be non-empty")
	case s.Values != nil && !slices.Contains(s.Values, given):
		return invalid("String must be one of: " + strings.Join(s.Values, ", "))
	case s.Type == "BOOLEAN" && given != "true" && given != "false":
		return invalid("Expected value to be either true or false")
	case s.Type == "INT" || s.Type == "LONG":
		n, err := strconv.ParseInt(strings.TrimSpace(given), 10, 32)
		switch {
		case err != nil:
			return invalid("Not a number of type " + s.Type)
		case n < s.Least:
			return invalid(fmt.Sprintf("Value must be at least %d", s.Least))
		case s.Most > 0 && n > s.Most:
			return invalid(fmt.Sprintf("Value must be no more than %d", s.Most))
		}
	}
	return ""
}

// transforms checks the transforms and predicates that the configuration names.
func (v *validation) transforms() {
	names := list(v.config["predicates"])
	for _, p := range names {
		prefix := "predicates." + p + "."
		class := v.check(prefix+"type", Setting{Type: "CLASS", Required: true})
		made, known := predicates[predicateClass(class)]
		if class != "" && !known {
			v.fail(prefix+"type", fmt.Sprintf("Invalid value %s for configuration %stype: Class %s could not be found.", class, prefix, class))
		}
		for _, s := range made.fields {
			v.check(prefix+s.Name, s)
		}
		if text := v.config[prefix+"pattern"]; text != "" {
			if _, err := brokers.CompilePattern(text); err != nil {
				v.fail(prefix+"pattern", fmt.Sprintf("Invalid value %s for configuration %spattern: Invalid regex", text, prefix))
			}
		}
	}
	aliases := list(v.config["transforms"])
	for i, alias := range aliases {
		if slices.Contains(aliases[:i], alias) {
			v.fail("transforms", fmt.Sprintf("Invalid value %s for configuration transforms: Duplicate alias provided.", v.config["transforms"]))
			return
		}
		v.transform("transforms."+alias+".", names)
	}
}

func (v *validation) transform(prefix string, predicateNames []string) {
	class := v.check(prefix+"type", Setting{Type: "CLASS", Required: true})
	v.check(prefix+"negate", Setting{Type: "BOOLEAN", Default: "false"})
	if p := v.check(prefix+"predicate", Setting{}); p != "" && !slices.Contains(predicateNames, p) {
		v.fail(prefix+"predicate", fmt.Sprintf("Invalid value %s for configuration %spredicate: predicate must be an existing alias in the predicates configuration", p, prefix))
	}
	if class == "" {
		return
	}
	name, key, err := classOf(class)
	if err != nil {
		v.fail(prefix+"type", fmt.Sprintf("Invalid value %s for configuration %stype: %s", class, prefix, err))
		return
	}
	for _, s := range makers[name].fields {
		v.check(prefix+s.Name, s)
	}
	if _, err := makers[name].make(func(f string) string { return v.config[prefix+f] }, key); err != nil {
		v.fail(prefix+"renames", fmt.Sprintf("Invalid value %s for configuration %srenames: %s", v.config[prefix+"renames"], prefix, err))
	}
}

// source checks what a mode asks for.
func (v *validation) source() {
	mode := v.config["mode"]
	if (mode == incrementing || mode == both) && v.config["incrementing.column.name"] == "" {
		v.fail("incrementing.column.name", fmt.Sprintf("Invalid value %s for configuration mode: incrementing.column.name must be given in this mode", mode))
	}
	if (mode == timestamp || mode == both) && v.config["timestamp.column.name"] == "" {
		v.fail("timestamp.column.name", fmt.Sprintf("Invalid value %s for configuration mode: timestamp.column.name must be given in this mode", mode))
	}
	v.address("jdbc:", "db")
}

func (v *validation) sink() {
	v.address("", "search")
	if dlq := v.config["errors.deadletterqueue.topic.name"]; dlq != "" && slices.Contains(list(v.config["topics"]), dlq) {
		v.fail("errors.deadletterqueue.topic.name", fmt.Sprintf("Invalid value %s for configuration errors.deadletterqueue.topic.name: The DLQ topic may not be included in the list of topics (\"topics\") consumed by the connector", dlq))
	}
}

// address checks that a connection.url leads to where something is.
func (v *validation) address(scheme, host string) {
	const name = "connection.url"
	text := v.config[name]
	if text == "" {
		return // its own error, if it is missing
	}
	rest, ok := strings.CutPrefix(text, scheme)
	u, err := url.Parse(rest)
	if !ok || err != nil || u.Host == "" {
		v.fail(name, fmt.Sprintf("Invalid value %s for configuration %s: want one such as %s", text, name, map[string]string{"db": "jdbc:postgresql://db/shop", "search": "http://search:8093"}[host]))
		return
	}
	if at := u.Hostname(); at != host && at != "localhost" && at != "127.0.0.1" {
		v.fail(name, fmt.Sprintf("Invalid value %s for configuration %s: Unable to connect to %s: unknown host", text, name, at))
	}
}

// errorsOf are all errors of a configuration, in the order of its settings.
func errorsOf(values []Value) (out []string) {
	for _, v := range values {
		out = append(out, v.Errors...)
	}
	return out
}

// refusal is what Connect answers to a configuration with errors.
func refusal(errs []string) string {
	return fmt.Sprintf("Connector configuration is invalid and contains the following %d error(s):\n%s\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`", len(errs), strings.Join(errs, "\n"))
}
