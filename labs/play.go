package labs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what a reader may do to a play.
const (
	// MaxPresses is how many actions a reader may take before starting over.
	MaxPresses = 60
	// MaxSteps is how many steps a scene may have, those of all presses included.
	MaxSteps = 200
	// MaxTyped is the longest text of a field, in bytes: the longest routing key.
	MaxTyped = 255
)

// A Step is one thing that happens in a scene, such as publish or crash. Its
// fields are as YAML has them: text, whole numbers, true and false, tables.
type Step struct {
	Do   string
	With map[string]any
	Line int // from 1 in the YAML
}

// A Scene is what can be run without a program: a broker, what it holds, and
// what then happens to it. Setup is not part of the recording.
type Scene struct {
	Broker string // such as "rabbitmq"
	Setup  []Step
	Steps  []Step
}

// Services are those that somebody in the scene calls, in order.
func (s *Scene) Services() []string {
	var names []string
	for _, step := range slices.Concat(s.Setup, s.Steps) {
		if name, ok := step.With["service"].(string); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// A Play is a scene of a lesson that a reader can watch and take a hand in, in
// one language.
type Play struct {
	ID      string // unique in the course, the same in every language
	Caption string // what it shows, in one or two sentences of plain text
	Broker  string
	Noun    string // what a message is called; may be empty
	Setup   []Step
	Steps   []Step // what happens when it opens
	Actions []PlayAction
	Chart   *Chart // what is drawn beside the picture; nil for none
	Line    int
}

// A Chart is drawn of a scene, over its time. A prediction shows it in place of the
// picture until it is answered, since the picture would tell.
type Chart struct {
	Lag     string // of the group with this name, partition by partition
	Service string // and what this service has yet to do of what was written; may be empty
}

// A PlayAction is a button of a play, and what it does.
type PlayAction struct {
	ID     string // unique in the play
	Say    string // what stands on the button
	Fields []PlayField
	Do     []Step
	Line   int
}

// Title is what stands on the button, with what its fields begin with.
func (a *PlayAction) Title() string {
	title := a.Say
	for _, f := range a.Fields {
		title += ", " + f.Label + ": " + f.Value
	}
	return title
}

// A PlayField is something to type or to choose beside a button. In the steps of
// the action {name} stands for its value.
type PlayField struct {
	Name    string
	Label   string
	Value   string   // from the start
	Options []string // to choose from; none: any text of at most MaxTyped bytes
}

// A Press is one action that a reader took.
type Press struct {
	Action string            `json:"action"`
	Fields map[string]string `json:"fields,omitempty"`
}

// A PressError says why presses cannot be played.
type PressError struct {
	Press int    // from 1; 0 when it is about all of them
	Field string // "" when it is not about a field
	Why   string
	Code  string // long, control: what is typed in the field; presses: there is no room for more; else ""
}

// Error names the press and the field.
func (e *PressError) Error() string {
	if e.Field != "" {
		return fmt.Sprintf("action %d, field %q: %s", e.Press, e.Field, e.Why)
	}
	return fmt.Sprintf("action %d: %s", e.Press, e.Why)
}

// Scene is the play with what a reader did. Error: *PressError.
func (p *Play) Scene(presses []Press) (Scene, error) {
	s := Scene{Broker: p.Broker, Setup: p.Setup, Steps: slices.Clone(p.Steps)}
	if len(presses) > MaxPresses {
		return s, &PressError{Why: fmt.Sprintf("found %d actions, expected at most %d", len(presses), MaxPresses), Code: "presses"}
	}
	for i, press := range presses {
		at := slices.IndexFunc(p.Actions, func(a PlayAction) bool { return a.ID == press.Action })
		if at < 0 {
			return s, &PressError{Press: i + 1, Why: fmt.Sprintf("there is no action %q", press.Action)}
		}
		values, err := p.Actions[at].values(press.Fields)
		if err != nil {
			err.Press = i + 1
			return s, err
		}
		for _, step := range p.Actions[at].Do {
			s.Steps = append(s.Steps, step.filled(values))
		}
	}
	if n := len(s.Setup) + len(s.Steps); n > MaxSteps {
		return s, &PressError{Why: fmt.Sprintf("found %d steps, expected at most %d", n, MaxSteps), Code: "presses"}
	}
	return s, nil
}

// values are the values of the action's fields, those that are not given as they
// were from the start.
func (a *PlayAction) values(given map[string]string) (map[string]string, *PressError) {
	values := make(map[string]string)
	for _, f := range a.Fields {
		v, ok := given[f.Name]
		if !ok {
			v = f.Value
		}
		if why, code := f.refuse(v); why != "" {
			return nil, &PressError{Field: f.Name, Why: why, Code: code}
		}
		values[f.Name] = v
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := values[name]; !ok {
			return nil, &PressError{Field: name, Why: "there is no such field"}
		}
	}
	return values, nil
}

// refuse says why a value cannot be, and the code of a PressError; "" when it can.
func (f *PlayField) refuse(value string) (why, code string) {
	switch {
	case len(f.Options) > 0 && !slices.Contains(f.Options, value):
		return fmt.Sprintf("found %q, expected one of %s", value, strings.Join(f.Options, ", ")), ""
	case len(value) > MaxTyped:
		return fmt.Sprintf("found %d bytes, expected at most %d", len(value), MaxTyped), "long"
	case !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "found a control character, expected text", "control"
	}
	return "", ""
}

// filled is the step with values in the places of their names.
func (s Step) filled(values map[string]string) Step {
	if len(values) == 0 {
		return s
	}
	pairs := make([]string, 0, 2*len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		pairs = append(pairs, "{"+name+"}", values[name])
	}
	with, _ := filledIn(s.With, strings.NewReplacer(pairs...)).(map[string]any)
	return Step{Do: s.Do, With: with, Line: s.Line}
}

func filledIn(v any, names *strings.Replacer) any {
	switch v := v.(type) {
	case string:
		return names.Replace(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = filledIn(value, names)
		}
		return out
	}
	return v
}

// Differences says in what a play differs from its original in another language,
// where the two must agree: everything but the words.
func (p *Play) Differences(original *Play) []string {
	var found []string
	if p.Broker != original.Broker {
		found = append(found, fmt.Sprintf("broker is %q, but %q", p.Broker, original.Broker))
	}
	if p.Chart != original.Chart && (p.Chart == nil || original.Chart == nil || *p.Chart != *original.Chart) {
		found = append(found, fmt.Sprintf("chart is %v, but %v", p.Chart, original.Chart))
	}
	found = append(found, differentSteps("setup", p.Setup, original.Setup)...)
	found = append(found, differentSteps("steps", p.Steps, original.Steps)...)
	if len(p.Actions) != len(original.Actions) {
		return append(found, fmt.Sprintf("number of actions is %d, but %d", len(p.Actions), len(original.Actions)))
	}
	for i := range p.Actions {
		here, there := &p.Actions[i], &original.Actions[i]
		if here.ID != there.ID || !slices.EqualFunc(here.Fields, there.Fields, sameField) {
			found = append(found, fmt.Sprintf("action %d is %q with its fields, but %q", i+1, here.ID, there.ID))
			continue
		}
		found = append(found, differentSteps(fmt.Sprintf("action %q", here.ID), here.Do, there.Do)...)
	}
	return found
}

func sameField(a, b PlayField) bool {
	return a.Name == b.Name && a.Value == b.Value && slices.Equal(a.Options, b.Options)
}

// differentSteps names the first step that differs.
func differentSteps(where string, here, there []Step) []string {
	for i := range max(len(here), len(there)) {
		if i >= len(here) || i >= len(there) || here[i].Do != there[i].Do || fmt.Sprint(here[i].With) != fmt.Sprint(there[i].With) {
			return []string{fmt.Sprintf("%s: step %d is %s, but %s", where, i+1, nthStep(here, i), nthStep(there, i))}
		}
	}
	return nil
}

func nthStep(steps []Step, i int) string {
	if i >= len(steps) {
		return "missing"
	}
	return strings.Replace(fmt.Sprint(steps[i].Do, ": ", steps[i].With), "map[", "[", 1)
}
