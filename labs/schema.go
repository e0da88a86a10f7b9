package labs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// SchemaVersion is the version of lab.yaml that this package reads.
const SchemaVersion = 1

// document is lab.yaml, field for field.
type document struct {
	Version    int                 `yaml:"version"`
	Chapter    string              `yaml:"chapter"`
	Steps      []string            `yaml:"steps"`
	Minutes    int                 `yaml:"minutes"`
	Difficulty string              `yaml:"difficulty"`
	Points     int                 `yaml:"points"`
	Summary    map[string]string   `yaml:"summary"`
	Objectives map[string][]string `yaml:"objectives"`
	Requires   []string            `yaml:"requires"`
	Noun       map[string]string   `yaml:"noun"`
	Label      string              `yaml:"label"`
	Brokers    map[string][]step   `yaml:"brokers"`
	Services   []serviceDocument   `yaml:"services"`
	Declines   map[string][]string `yaml:"declines"`
	Config     *Config             `yaml:"config"`
	ReadOnly   []string            `yaml:"read_only"`
	Until      Until               `yaml:"until"`
	Limits     limitsDocument      `yaml:"limits"`
	Attempts   int                 `yaml:"attempts"`
	Solution   struct {
		Publish string `yaml:"publish"`
	} `yaml:"solution"`
	Variants map[string][]string `yaml:"variants"`
	Checks   []checkDocument     `yaml:"checks"`
}

type limitsDocument struct {
	Wall     time.Duration `yaml:"wall"`
	CPU      time.Duration `yaml:"cpu"`
	Memory   string        `yaml:"memory"` // such as 256MiB
	Output   string        `yaml:"output"`
	Events   int           `yaml:"events"`
	Attempts int           `yaml:"attempts"`
	Stall    time.Duration `yaml:"stall"`
}

type checkDocument struct {
	ID         string                        `yaml:"id"`
	Task       int                           `yaml:"task"`
	Points     int                           `yaml:"points"`
	Bonus      bool                          `yaml:"bonus"`
	Visibility string                        `yaml:"visibility"`
	Needs      []string                      `yaml:"needs"`
	Property   string                        `yaml:"property"`
	Func       string                        `yaml:"func"` // a Go file beside lab.yaml, in place of a property
	With       map[string]any                `yaml:"with"`
	Schedule   Schedule                      `yaml:"schedule"`
	Title      map[string]string             `yaml:"title"`
	OnFail     map[string]map[string]Message `yaml:"on_fail"` // by message id, then language
}

// decode reads a YAML file strictly into out. Its findings carry the line.
func decode(fsys fs.FS, file string, out any) []Finding {
	raw, err := fs.ReadFile(fsys, file)
	if err != nil {
		return []Finding{{File: file, Message: err.Error()}}
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err = dec.Decode(out); err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return []Finding{{File: file, Line: 1, Message: fmt.Sprintf("the file is empty, expected version: %d and what else a lab needs", SchemaVersion)}}
	}
	lines := strings.Split(string(raw), "\n")
	var findings []Finding
	for _, wrong := range yamlMistakes(err) {
		line := max(wrong.line, 1)
		f := Finding{File: file, Line: line, Message: plainly(wrong.text, lines[min(line, len(lines))-1])}
		if !slices.Contains(findings, f) { // what an anchor is used for twice is one mistake
			findings = append(findings, f)
		}
	}
	return findings
}

// lab turns the document into a Lab without its texts and files.
func (d *document) lab(id string) (*Lab, error) {
	if d.Version != SchemaVersion {
		return nil, fmt.Errorf("version is %d, want %d", d.Version, SchemaVersion)
	}
	limits, err := d.Limits.limits()
	if err != nil {
		return nil, err
	}
	l := &Lab{
		ID: id, Chapter: d.Chapter, Steps: d.Steps, Minutes: d.Minutes, Difficulty: d.Difficulty,
		Points: d.Points, Summary: d.Summary, Objectives: d.Objectives, Requires: d.Requires,
		Noun: d.Noun, Label: d.Label, Declines: d.Declines, Until: d.Until, Limits: limits,
		Attempts: d.Attempts, Publish: d.Solution.Publish, Variants: d.Variants,
	}
	for _, s := range d.Services {
		l.Services = append(l.Services, s.name)
		if s.settings != nil {
			if l.Settings == nil {
				l.Settings = make(map[string]map[string]any)
			}
			l.Settings[s.name] = s.settings
		}
	}
	l.config = d.Config
	for _, name := range slices.Sorted(maps.Keys(d.Brokers)) {
		b := Broker{Name: name}
		for _, step := range d.Brokers[name] {
			b.Actions = append(b.Actions, Action(step))
		}
		l.Brokers = append(l.Brokers, b)
	}
	for _, c := range d.Checks {
		l.Checks = append(l.Checks, c.check())
	}
	return l, nil
}

// A step is an Action as lab.yaml has it: a map with one key, what to do.
type step Action

// UnmarshalYAML reads the one key and its fields.
func (s *step) UnmarshalYAML(node *yaml.Node) error {
	wrong := func(n *yaml.Node, text string) error {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %s, expected a step with its fields, such as declare: {queue: orders}", n.Line, text)}}
	}
	if node.Kind != yaml.MappingNode {
		return wrong(node, "found "+foundIn(node))
	}
	if len(node.Content) != 2 {
		return wrong(node, fmt.Sprintf("found %d keys", len(node.Content)/2))
	}
	s.Do, s.line = node.Content[0].Value, node.Line
	if with := node.Content[1]; with.Kind != yaml.MappingNode {
		return wrong(with, s.Do+": found "+foundIn(with))
	}
	return node.Content[1].Decode(&s.With)
}

func (c *checkDocument) check() Check {
	out := Check{
		ID: c.ID, Task: c.Task, Points: c.Points, Bonus: c.Bonus, Visibility: c.Visibility, Needs: c.Needs,
		Property: c.Property, Func: c.Func, With: c.With, Schedule: c.Schedule, Title: c.Title,
		OnFail: make(map[string]map[string]Message),
	}
	if out.Visibility == "" {
		out.Visibility = "always"
	}
	if out.Schedule.Kind == "" {
		out.Schedule.Kind = "none"
	}
	for id, byLang := range c.OnFail {
		for lang, m := range byLang {
			if out.OnFail[lang] == nil {
				out.OnFail[lang] = make(map[string]Message)
			}
			out.OnFail[lang][id] = m
		}
	}
	return out
}

// limits fills what the lab leaves out.
func (d *limitsDocument) limits() (Limits, error) {
	l := DefaultLimits()
	for _, set := range []struct {
		to   *time.Duration
		from time.Duration
	}{{&l.Wall, d.Wall}, {&l.CPU, d.CPU}, {&l.Stall, d.Stall}} {
		if set.from != 0 {
			*set.to = set.from
		}
	}
	for _, set := range []struct {
		to   *int
		from int
	}{{&l.Events, d.Events}, {&l.Attempts, d.Attempts}} {
		if set.from != 0 {
			*set.to = set.from
		}
	}
	var err error
	if l.Memory, err = bytesOf("memory", d.Memory, l.Memory); err != nil {
		return l, err
	}
	if l.Output, err = bytesOf("output", d.Output, l.Output); err != nil {
		return l, err
	}
	if l.Wall <= 0 || l.CPU <= 0 || l.Stall <= 0 || l.Events <= 0 || l.Attempts <= 0 {
		return l, errors.New("limits: every limit must be positive")
	}
	return l, nil
}

// bytesOf reads a size such as 64KiB; an empty text leaves what is there.
func bytesOf(name, text string, otherwise int64) (int64, error) {
	if text == "" {
		return otherwise, nil
	}
	for suffix, unit := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20} {
		if number, ok := strings.CutSuffix(text, suffix); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
			if err == nil && n > 0 {
				return n * unit, nil
			}
		}
	}
	return 0, fmt.Errorf("limits: %s is %q, want a size such as 64KiB or 256MiB", name, text)
}
