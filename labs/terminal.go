package labs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// MaxCommands is how many commands a terminal of a lesson has room for.
const MaxCommands = 12

// A Terminal is a place in a lesson where commands are tried: some that stand there, and
// whatever a reader types besides, on a broker of the reader's own.
type Terminal struct {
	ID       string // unique on its page, the same in every language
	Caption  string // what there is to be found out, in one or two sentences of plain text
	Broker   string
	Noun     string   // what a message is called; may be empty
	Setup    []Action // what the broker holds when the terminal is opened
	Commands []Command
	Line     int
}

// A Command is one that stands in a lesson.
type Command struct {
	Say   Markdown // what it is for; may be empty
	Run   string   // the line, or several with a here-document
	Stays bool     // it goes on until it is interrupted
	Line  int
}

// terminalPrefix begins the id of a lab that is a terminal of a lesson. No folder of labs has
// such a name.
const terminalPrefix = "lesson:"

// OfLesson reports whether the lab is a terminal of a lesson: it is not graded, and
// always runs on the miniature.
func (l *Lab) OfLesson() bool { return strings.HasPrefix(l.ID, terminalPrefix) }

// Lab is what a session of the terminal is opened for. Page is the id of the page.
func (t *Terminal) Lab(page string) *Lab {
	sum := sha256.Sum256(fmt.Append(nil, t.Broker, bareActions(t.Setup)))
	limits := DefaultLimits()
	limits.Wall = 30 * time.Second
	lab := &Lab{
		ID: terminalPrefix + page + "/" + t.ID, Steps: []string{"console"}, Brokers: []Broker{{t.Broker, t.Setup}},
		Label: "*", Limits: limits, Hash: hex.EncodeToString(sum[:]),
	}
	if t.Noun != "" {
		lab.Noun = make(map[string]string)
		for _, lang := range Languages {
			lab.Noun[lang] = t.Noun
		}
	}
	return lab
}

// bareActions are actions without their lines.
func bareActions(actions []Action) []Action {
	out := slices.Clone(actions)
	for i := range out {
		out[i].line = 0
	}
	return out
}

// Differences says in what a terminal differs from its original in another language.
func (t *Terminal) Differences(original *Terminal) []string {
	var found []string
	if t.Broker != original.Broker {
		found = append(found, fmt.Sprintf("broker is %s, but %s", t.Broker, original.Broker))
	}
	if fmt.Sprint(bareActions(t.Setup)) != fmt.Sprint(bareActions(original.Setup)) {
		found = append(found, "setup is another")
	}
	if len(t.Commands) != len(original.Commands) {
		return append(found, fmt.Sprintf("has %d commands, but %d", len(t.Commands), len(original.Commands)))
	}
	for i, c := range t.Commands {
		if o := original.Commands[i]; c.Run != o.Run || c.Stays != o.Stays {
			found = append(found, fmt.Sprintf("command %d is %q, but %q", i+1, c.Run, o.Run))
		}
	}
	return found
}

// ParseTerminal reads the YAML of a terminal, strictly. Lines count from 1 in raw, and
// so do those of the findings, which name no file. With findings the terminal is of no
// use. Whether its commands work, only running them tells.
func ParseTerminal(raw []byte) (*Terminal, []Finding) {
	root, found := yamlRoot(raw)
	if found != nil {
		return nil, found
	}
	p := &playParser{}
	t := &Terminal{Line: 1}
	there := p.fields(root, map[string]func(*yaml.Node){
		"id": p.idInto(&t.ID), "caption": p.text(&t.Caption), "noun": p.text(&t.Noun), "broker": p.text(&t.Broker),
		"setup": p.start(t), "commands": p.commands(t),
	})
	p.need(root, there, "id", "caption", "broker", "commands")
	if there != nil && there["broker"] != nil {
		p.known(there["broker"], t)
	}
	if len(p.findings) > 0 {
		return nil, p.findings
	}
	return t, nil
}

// known checks the broker of a terminal, and with it the steps of its setup.
func (p *playParser) known(n *yaml.Node, t *Terminal) {
	i := slices.IndexFunc(Brokers, func(b BrokerInfo) bool { return b.Name == t.Broker })
	if i < 0 && t.Broker != "" {
		p.fail(n, "broker is %q, expected one of %s", t.Broker, strings.Join(brokerNames(), ", "))
	}
	if i < 0 {
		return
	}
	for _, a := range t.Setup {
		for _, wrong := range a.mistakes(Brokers[i].Actions) {
			p.fail(&yaml.Node{Line: a.line}, "setup: %s", wrong)
		}
	}
}

// start reads the steps that make what the broker holds.
func (p *playParser) start(t *Terminal) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var steps []step
		if err := n.Decode(&steps); err != nil {
			for _, wrong := range yamlMistakes(err) {
				at := n
				if wrong.line > 0 {
					at = &yaml.Node{Line: wrong.line}
				}
				p.fail(at, "setup: %s", plainly(wrong.text, ""))
			}
		}
		for _, s := range steps {
			t.Setup = append(t.Setup, Action(s))
		}
	}
}

// commands reads the commands: each the line itself, or run with what is said of it.
func (p *playParser) commands(t *Terminal) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || len(n.Content) > MaxCommands {
			p.fail(n, "found %s, expected a list of 1 to %d commands, such as - kafka-topics --list", foundIn(n), MaxCommands)
			return
		}
		for _, item := range n.Content {
			c := Command{Line: item.Line}
			if item.Kind == yaml.ScalarNode {
				c.Run = item.Value
			} else {
				there := p.fields(item, map[string]func(*yaml.Node){"say": p.markdown(&c.Say), "run": p.text(&c.Run), "stays": p.flag(&c.Stays)})
				p.need(item, there, "run")
			}
			if c.Run = strings.TrimRight(c.Run, " \n"); c.Run == "" {
				p.fail(item, "found an empty command")
			}
			t.Commands = append(t.Commands, c)
		}
	}
}
