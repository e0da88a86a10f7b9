// Package messages holds everything that a verdict says, in each language: one
// YAML file of templates for each.
package messages

import (
	"embed"
	"fmt"

	"gopkg.in/yaml.v3"
)

//go:embed *.yaml
var files embed.FS

// A Message is what a student reads about one thing. Each field is a
// text/template; which are set depends on the section.
type Message struct {
	Sentence string `yaml:"sentence"` // a headline
	Why      string `yaml:"why"`
	Expected string `yaml:"expected"`
	Found    string `yaml:"found"`
	Text     string `yaml:"text"` // one plain sentence
}

// UnmarshalYAML lets a message with only a Text be written as a plain string.
func (m *Message) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		m.Text = node.Value
		return nil
	}
	type plain Message
	return node.Decode((*plain)(m))
}

// Sections are the parts of a catalogue, and messages by their id.
type Sections map[string]map[string]Message

// Load reads the catalogue of a language.
func Load(lang string) (Sections, error) {
	raw, err := files.ReadFile(lang + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("messages in %q: %w", lang, err)
	}
	var s Sections
	if err := yaml.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("messages in %q: %w", lang, err)
	}
	return s, nil
}
