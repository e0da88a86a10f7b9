package labs

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Languages are the languages that every lab is written in.
var Languages = []string{"en", "ru"}

// A Lab is one exercise: its text, its files, the world its programs run in and
// the checks that they are graded by.
type Lab struct {
	ID         string                    // its path under content, such as "rabbitmq/work-queue"
	Chapter    string                    // such as "rabbitmq"
	Steps      []string                  // kinds of work: code, console, config, predict, quiz, calc, simulate
	Minutes    int                       // what a student should expect to need
	Difficulty string                    // easy, medium or hard
	Points     int                       // the sum of its checks' points
	Title      map[string]string         // by language
	Summary    map[string]string         // by language, one sentence
	Objectives map[string][]string       // by language
	Requires   []string                  // ids of labs that come first
	Noun       map[string]string         // what a message is called, by language; nominative singular
	Label      string                    // the field of a message's JSON body that names it, such as "order"; "order | country window": its field, or else both of these
	Brokers    []Broker                  // in the order of lab.yaml's names
	Services   []string                  // such as "ledger"
	Settings   map[string]map[string]any // what a service is told, by its name
	Declines   map[string][]string       // labels that a service answers with 503 whenever they come, by service
	Until      Until                     // ends a run early
	Limits     Limits                    //
	Attempts   int                       // 0 for as many as the student likes
	Publish    string                    // when the solution is shown: after-pass, after-due or never
	Variants   map[string][]string       // values to draw from, by name
	Checks     []Check                   // in the order of lab.yaml
	Hash       string                    // SHA-256 of the folder, in hex; kept with each attempt

	texts    map[string]Text
	hints    map[string]map[int][]string
	starter  []File
	solution []File
	wrong    []Wrong

	readOnlyNames []string // as lab.yaml has them
	config        *Config  // nil: the lab has no step of the kind config
}

// A Broker is a miniature and what it holds before the program starts.
type Broker struct {
	Name    string
	Actions []Action
}

// An Action is one step of a broker's initial state, such as declare or publish.
type Action struct {
	Do   string
	With map[string]any

	line int // of lab.yaml
}

// Until says when a run is over although the program still runs.
type Until struct {
	Settled []string `yaml:"settled"` // queues with nothing ready and nothing in flight
	Charged string   `yaml:"charged"` // the service that has had an effect for every named message of them
	Quiet   bool     `yaml:"quiet"`   // and the program has nothing more to say
}

// Limits bound one run. A lab sets what it needs; Load fills in the rest.
type Limits struct {
	Wall     time.Duration `yaml:"wall"`     // from start to end
	CPU      time.Duration `yaml:"cpu"`      //
	Memory   int64         `yaml:"memory"`   // bytes
	Output   int64         `yaml:"output"`   // bytes on stdout and stderr together
	Events   int           `yaml:"events"`   // in the journal of a graded run
	Attempts int           `yaml:"attempts"` // deliveries of one message in one run
	Stall    time.Duration `yaml:"stall"`    // silence towards the brokers that ends a graded run
}

// DefaultLimits are the limits of a lab that sets none.
func DefaultLimits() Limits {
	return Limits{
		Wall: 10 * time.Second, CPU: 5 * time.Second, Memory: 256 << 20, Output: 256 << 10,
		Events: 20_000, Attempts: 25, Stall: time.Second,
	}
}

// A Check is one line of the verdict.
type Check struct {
	ID         string
	Task       int
	Points     int
	Bonus      bool     // it has its points, but the lab is passed without it
	Visibility string   // always, after-due or staff
	Needs      []string // checks that must pass first, else this one is blocked
	Property   string   // a name of the catalogue; "" for a check of the lab's own
	Func       string   // such as check.go, the file of a check that the catalogue cannot say; "" otherwise
	Source     string   // the text of that file
	With       map[string]any
	Schedule   Schedule
	Title      map[string]string
	OnFail     map[string]map[string]Message // by language, then by message id
}

// A Message is what a student is told when a check fails. Each field is a
// text/template; an empty one falls back to the grader's own words.
type Message struct {
	Sentence string `yaml:"sentence"` // the headline
	Why      string `yaml:"why"`
	Expected string `yaml:"expected"`
	Found    string `yaml:"found"`

	Lines map[string]int `yaml:"-"` // of lab.yaml, where each field's value begins, by the field's name
}

// Parts are the texts of a message by the names of their fields.
func (m Message) Parts() map[string]string {
	return map[string]string{"sentence": m.Sentence, "why": m.Why, "expected": m.Expected, "found": m.Found}
}

// UnmarshalYAML reads the fields and notes their lines.
func (m *Message) UnmarshalYAML(node *yaml.Node) error {
	into := map[string]*string{"sentence": &m.Sentence, "why": &m.Why, "expected": &m.Expected, "found": &m.Found}
	wrong := func(n *yaml.Node, format string, args ...any) error {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: ", n.Line) + fmt.Sprintf(format, args...)}}
	}
	if node.Kind != yaml.MappingNode {
		return wrong(node, "found %s, expected fields, one a line: sentence, why, expected, found", foundIn(node))
	}
	m.Lines = make(map[string]int)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		to, ok := into[key.Value]
		switch {
		case !ok:
			return wrong(key, "field %q is unknown, expected one of sentence, why, expected, found", key.Value)
		case value.Kind != yaml.ScalarNode:
			return wrong(value, "%s: found %s, expected text", key.Value, foundIn(value))
		}
		*to, m.Lines[key.Value] = value.Value, value.Line
	}
	return nil
}

// Text is a lab in one language. Bodies are Markdown.
type Text struct {
	Title   string
	Intro   string
	Tasks   []Task
	Checked string
	Why     string
}

// A Task is one numbered section of a lab's text.
type Task struct {
	N     int
	Title string
	Body  string
	Line  int // of its file, that Body begins on
}

// A File is one source file as the editor holds it.
type File struct {
	Name     string `json:"name"`
	Text     string `json:"text"`
	ReadOnly bool   `json:"readOnly,omitempty"`
}

// Wrong is an attempt with a known mistake, and the check and message that must
// catch it.
type Wrong struct {
	Name    string
	Check   string
	Message string
	Files   []File // complete: laid over the solution

	expects string // the file whose first line names both
}

// Text returns the lab's text in lang, or in English where there is none.
func (l *Lab) Text(lang string) Text {
	if t, ok := l.texts[lang]; ok {
		return t
	}
	return l.texts["en"]
}

// Hints returns the tiers of hints of each task in lang, mildest first.
func (l *Lab) Hints(lang string) map[int][]string {
	if h, ok := l.hints[lang]; ok {
		return h
	}
	return l.hints["en"]
}

// Starter returns the files that the editor opens with.
func (l *Lab) Starter() []File { return slices.Clone(l.starter) }

// Solution returns a program that passes.
func (l *Lab) Solution() []File { return slices.Clone(l.solution) }

// Wrong returns the attempts with a known mistake, by name.
func (l *Lab) Wrong() []Wrong { return slices.Clone(l.wrong) }

// Check returns the check with an id.
func (l *Lab) Check(id string) (Check, bool) {
	i := slices.IndexFunc(l.Checks, func(c Check) bool { return c.ID == id })
	if i < 0 {
		return Check{}, false
	}
	return l.Checks[i], true
}

// A Fault is something that goes wrong on purpose while a program is graded.
type Fault struct {
	Kind  string `json:"kind"`  // crash, disconnect, refuse, node-down, leader-move or rebalance
	Sweep bool   `json:"sweep"` // at one point of the run after another, and not at one only
}

// Faults are what the checks are judged under, each kind once, in the order of the checks.
func (l *Lab) Faults() []Fault {
	all := []Fault{}
	for _, c := range l.Checks {
		f := Fault{Kind: c.Schedule.Kind}
		if f.Kind == "sweep" {
			f = Fault{c.Schedule.Fault, true}
		}
		i := slices.IndexFunc(all, func(other Fault) bool { return other.Kind == f.Kind })
		switch {
		case f.Kind == "none":
		case i < 0:
			all = append(all, f)
		default:
			all[i].Sweep = all[i].Sweep || f.Sweep
		}
	}
	return all
}

// Complete returns files with every read-only file of the lab put back as the
// lab has it, whatever the student sent under its name.
func (l *Lab) Complete(files []File) []File {
	out := make([]File, 0, len(files)+1)
	for _, f := range files {
		if !l.readOnly(f.Name) {
			out = append(out, File{Name: f.Name, Text: f.Text})
		}
	}
	for _, f := range l.starter {
		if f.ReadOnly {
			out = append(out, f)
		}
	}
	return out
}

func (l *Lab) readOnly(name string) bool {
	return slices.ContainsFunc(l.starter, func(f File) bool { return f.ReadOnly && f.Name == name })
}

// Variant draws a value for each of the lab's variants. The same seed always
// draws the same values.
func (l *Lab) Variant(seed uint64) map[string]string {
	drawn := make(map[string]string, len(l.Variants))
	for _, name := range slices.Sorted(maps.Keys(l.Variants)) {
		h := fnv.New64a()
		fmt.Fprintf(h, "%s %d %s", l.ID, seed, name)
		values := l.Variants[name]
		drawn[name] = values[h.Sum64()%uint64(len(values))]
	}
	return drawn
}

// Fill replaces each ${name} in the strings of v, which may be nested in maps,
// as keys too, and in lists, by the drawn value of that name.
func Fill(v any, variant map[string]string) any {
	switch v := v.(type) {
	case string:
		for name, value := range variant {
			v = strings.ReplaceAll(v, "${"+name+"}", value)
		}
		return v
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			name, _ := Fill(key, variant).(string)
			out[name] = Fill(item, variant)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = Fill(item, variant)
		}
		return out
	}
	return v
}
