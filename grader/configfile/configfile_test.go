package configfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/labs"
)

var schema = &labs.ConfigFile{Fields: map[string]labs.ConfigField{
	"name": {Required: true},
	"config": {Required: true, Fields: map[string]labs.ConfigField{
		"mode":      {Required: true, Values: []string{"bulk", "timestamp"}, Needs: map[string][]string{"timestamp": {"column"}}},
		"column":    {},
		"poll.ms":   {Type: "number"},
		"key.there": {Type: "boolean"},
	}},
}}

// TestCheck: every mistake is found, with its line and column.
func TestCheck(t *testing.T) {
	for _, tt := range []struct{ name, file, text, want string }{
		{"all is well", "a.json", `{"name": "x", "config": {"mode": "bulk", "poll.ms": "100", "key.there": true}}`, ""},
		{"a comma is missing", "a.json", "{\n  \"name\": \"x\"\n  \"config\": {}\n}", "3:3 config-json-comma"},
		{"a comma too many", "a.json", "{\"name\": \"x\",\n}", "2:1 config-json-name"},
		{"a colon is missing", "a.json", `{"name" "x"}`, "1:9 config-json-colon"},
		{"no value", "a.json", "{\"name\": }", "1:10 config-json-value"},
		{"not quoted", "a.json", "{\"name\": articles}", "1:10 config-json-value"},
		{"a string without an end", "a.json", "{\"name\": \"x\n}", "1:10 config-json-string"},
		{"an escape", "a.json", `{"name": "\x"}`, "1:10 config-json-escape"},
		{"cut off", "a.json", `{"name": "x"`, "1:13 config-json-comma-over"},
		{"something follows", "a.json", `{"name": "x"} x`, "1:15 config-json-end"},
		{"nothing at all", "a.json", "", "1:1 config-json-value-over"},
		{"columns are characters", "a.json", `{"имя": x}`, "1:9 config-json-value"},
		{"required", "a.json", "{\n  \"name\": \"x\",\n  \"config\": {\n    \"poll.ms\": 5}}", "3:13 config-required config.mode"},
		{"empty", "a.json", `{"name": " ", "config": {"mode": "bulk"}}`, "1:10 config-empty name"},
		{"a value", "a.json", "{\"name\": \"x\", \"config\": {\n\"mode\": \"all\"}}", "2:9 config-value config.mode"},
		{"what a value asks for", "a.json", `{"name": "x", "config": {"mode": "timestamp"}}`, "1:34 config-needs config.mode"},
		{"no number", "a.json", `{"name": "x", "config": {"mode": "bulk", "poll.ms": "soon"}}`, "1:53 config-number config.poll.ms"},
		{"neither true nor false", "a.json", `{"name": "x", "config": {"mode": "bulk", "key.there": "yes"}}`, "1:55 config-boolean config.key.there"},
		{"twice", "a.json", `{"name": "x", "name": "y", "config": {"mode": "bulk"}}`, "1:15 config-twice name"},
		{"no object", "a.json", `{"name": "x", "config": []}`, "1:25 config-object config"},
		{"deep", "a.json", strings.Repeat("[", 100), "1:66 config-deep"},
		{"yaml", "a.yaml", "name: x\nconfig:\n  mode: all\n", "3:9 config-value config.mode"},
		{"yaml, wrong", "a.yaml", "name: x\n\tmode: y\n", "2:1 config-yaml"},
		{"yaml with an alias", "a.yml", "name: &a x\nconfig: *a\n", "2:9 config-alias"},
		{"xml", "a.xml", "<name>x</name>\n<config>\n<mode>bulk</mode></config>", ""},
		{"xml, wrong", "a.xml", "<name>\n</nam>", "2:1 config-xml"},
		{"properties", "a.properties", "# x\nname=x\nconfig", "3:1 config-properties"},
		{"another kind", "a.txt", "", "1:1 config-kind"},
		{"not text", "a.json", "\xff", "1:1 config-utf8"},
		{"large", "a.json", strings.Repeat(" ", maxSize+1), "1:1 config-large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, p := range Check(tt.file, tt.text, schema) {
				got += fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, p.Code, p.Params["field"])
			}
			if strings.TrimSpace(got) != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	if got := Find("a.json", "{\"config\":\n{\"mode\": 1}}", "mode"); got != 2 {
		t.Errorf("mode is at line %d, want 2", got)
	}
}

// FuzzCheck: any bytes end, and problems are within the file.
func FuzzCheck(f *testing.F) {
	for _, text := range []string{`{"name": "x"}`, "a: [b", "<a><b/></a>", "a=b\\\n c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		for _, name := range []string{"a.json", "a.yaml", "a.xml", "a.properties"} {
			for _, p := range Check(name, text, schema) {
				if p.Line < 1 || p.Line > lines || p.Column < 1 {
					t.Fatalf("%s: problem at %d:%d of %d lines", name, p.Line, p.Column, lines)
				}
			}
		}
	})
}
