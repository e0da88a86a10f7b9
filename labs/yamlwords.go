package labs

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

var (
	noSuchField = regexp.MustCompile(`^field (\S+) not found in type (.+)$`)
	wrongType   = regexp.MustCompile("^cannot unmarshal !!(\\w+) (?:`(.*)` )?into (.+)$")
	keyOfLine   = regexp.MustCompile(`^\s*(?:- )?([a-z_]+):`)
)

// documents are the Go types of lab.yaml's mappings. An author never reads their
// names, but what may stand in them.
var documents = []reflect.Type{
	reflect.TypeFor[document](), reflect.TypeFor[limitsDocument](), reflect.TypeFor[checkDocument](), reflect.TypeFor[Until](),
	reflect.TypeOf(document{}.Solution),
}

// fieldsOf lists the fields of a mapping by the name of its Go type.
func fieldsOf(goType string) []string {
	i := slices.IndexFunc(documents, func(t reflect.Type) bool { return t.String() == goType })
	if i < 0 {
		return nil
	}
	var names []string
	for n := range documents[i].NumField() {
		names = append(names, documents[i].Field(n).Tag.Get("yaml"))
	}
	slices.Sort(names)
	return names
}

// forms are what an author writes for a Go type.
var forms = map[string]string{
	"string": "text", "int": "a whole number", "[]string": "a list, such as [a, b]", "time.Duration": "a time, such as 10s",
	"map[string]string": "{en: …, ru: …}", "map[string][]string": "{en: […], ru: […]}",
	"map[string]interface {}":            "fields, such as {queue: orders, max: 1}",
	"[]labs.step":                        "a list of steps, such as - declare: {queue: orders}",
	"map[string][]labs.step":             "a broker and its steps, such as rabbitmq: [declare: {queue: orders}]",
	"[]labs.checkDocument":               "a list of checks, each beginning with - id: …",
	"map[string]labs.Message":            "{en: …, ru: …}",
	"map[string]map[string]labs.Message": "messages by their id, each with en: and ru:",
}

// A yamlMistake is an error of the YAML decoder, and the line that it names; 0 for none.
type yamlMistake struct {
	line int
	text string
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// yamlMistakes takes an error of the decoder apart: it may hold one for each value.
func yamlMistakes(err error) []yamlMistake {
	texts := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	var many *yaml.TypeError
	if errors.As(err, &many) {
		texts = many.Errors
	}
	mistakes := make([]yamlMistake, len(texts))
	for i, text := range texts {
		mistakes[i].text = text
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			mistakes[i].line, _ = strconv.Atoi(m[1]) // the pattern takes digits only
			mistakes[i].text = m[2]
		}
	}
	return mistakes
}

// found names a YAML value by its tag.
func found(tag, value string) string {
	switch tag {
	case "seq":
		return "a list"
	case "map":
		return "fields"
	}
	return fmt.Sprintf("%q", value)
}

// plainly says an error of the YAML decoder about a line as its author thinks of
// it: without Go's types, and with what may stand there.
func plainly(text, line string) string {
	if m := noSuchField.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("field %q is unknown, expected one of %s", m[1], strings.Join(fieldsOf(m[2]), ", "))
	}
	m := wrongType.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	want, ok := forms[m[3]]
	if len(fieldsOf(m[3])) > 0 {
		want, ok = "fields: "+strings.Join(fieldsOf(m[3]), ", "), true
	}
	if !ok {
		want = "another form, as the lab rabbitmq/work-queue has it"
	}
	key := ""
	if k := keyOfLine.FindStringSubmatch(line); k != nil {
		key = k[1] + ": "
		if k[1] == "variants" {
			want = "names with values to draw from, such as {price: [\"100\", \"200\"]}"
		}
	}
	return fmt.Sprintf("%sfound %s, expected %s", key, found(m[1], m[2]), want)
}
