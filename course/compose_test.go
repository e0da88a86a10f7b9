package course

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/schema"
	"gopkg.in/yaml.v3"
)

// yamlFence is a block of YAML in a page.
var yamlFence = regexp.MustCompile("(?ms)^```yaml[^\n]*\n(.*?)^```")

// TestComposeFiles: blocks of YAML that are Compose files are right by the Compose
// specification.
func TestComposeFiles(t *testing.T) {
	found := 0
	err := fs.WalkDir(Content, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".md" {
			return err
		}
		raw, err := fs.ReadFile(Content, name)
		if err != nil {
			return err
		}
		for _, m := range yamlFence.FindAllSubmatchIndex(raw, -1) {
			line := strings.Count(string(raw[:m[2]]), "\n") + 1
			var file map[string]any
			if err := yaml.Unmarshal(raw[m[2]:m[3]], &file); err != nil {
				t.Errorf("%s:%d: %v", name, line, err)
				continue
			}
			if _, compose := file["services"]; !compose {
				continue
			}
			found++
			if err := schema.Validate(file); err != nil {
				t.Errorf("%s:%d: %v", name, line, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("no page has a Compose file, want those of running-kafka")
	}
}

// TestComposeMistakes: the specification is really asked.
func TestComposeMistakes(t *testing.T) {
	for _, text := range []string{
		"services: {kafka: {imgae: apache/kafka}}",
		"services: {kafka: {image: x, ports: 9092}}",
		"services: [kafka]",
	} {
		var file map[string]any
		if err := yaml.Unmarshal([]byte(text), &file); err != nil {
			t.Fatal(err)
		}
		if schema.Validate(file) == nil {
			t.Errorf("%s passes", text)
		}
	}
}
