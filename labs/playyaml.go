package labs

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxActions is how many buttons a play has room for.
const maxActions = 12

var playFieldName = regexp.MustCompile(`^[a-z]+$`)

// ParsePlay reads the YAML of a play, strictly. Lines count from 1 in raw, and so
// do those of the findings, which name no file. With findings the play is of no
// use. Whether the scene can be played, only playing it tells.
func ParsePlay(raw []byte) (*Play, []Finding) {
	root, found := yamlRoot(raw)
	if found != nil {
		return nil, found
	}
	p := &playParser{}
	play := &Play{Line: 1}
	p.readBroker(root)
	there := p.fields(root, map[string]func(*yaml.Node){
		"id": p.idInto(&play.ID), "caption": p.text(&play.Caption), "noun": p.text(&play.Noun), "broker": func(*yaml.Node) {},
		"setup": p.steps(&play.Setup), "steps": p.steps(&play.Steps), "actions": p.actions(play), "chart": p.chart(&play.Chart),
	})
	play.Broker = p.broker
	p.need(root, there, "id", "caption", "broker", "setup")
	if there != nil && there["steps"] == nil && there["actions"] == nil {
		p.fail(root, "found neither \"steps\" nor \"actions\", expected at least one: nothing happens")
	}
	if len(p.findings) > 0 {
		return nil, p.findings
	}
	return play, nil
}

// yamlRoot parses YAML down to its first node.
func yamlRoot(raw []byte) (*yaml.Node, []Finding) {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		wrong := yamlMistakes(err)[0]
		return nil, []Finding{{Line: max(wrong.line, 1), Message: "this is not YAML: " + wrong.text}}
	}
	if len(doc.Content) == 0 {
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1}, nil
	}
	return doc.Content[0], nil
}

// A playParser reads a play or a prediction. It knows all that a quizParser does.
type playParser struct {
	quizParser
	broker string
}

// readBroker finds the broker first: its verbs are needed for all the rest.
func (p *playParser) readBroker(root *yaml.Node) {
	if root.Kind != yaml.MappingNode {
		return // fields says so
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != "broker" {
			continue
		}
		n := root.Content[i+1]
		if playVerbs[n.Value] == nil {
			p.fail(n, "broker is %s, expected one of %s", foundIn(n), strings.Join(PlayBrokers(), ", "))
			continue
		}
		p.broker = n.Value
	}
}

// need says which fields are missing. there is nil when there are no fields at all,
// which has been said.
func (p *playParser) need(n *yaml.Node, there map[string]*yaml.Node, names ...string) {
	for _, name := range names {
		if there != nil && there[name] == nil {
			p.fail(n, "field %q is missing", name)
		}
	}
}

func (p *playParser) idInto(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := p.scalar(n, "an id")
		if ok && !quizID.MatchString(s) {
			p.fail(n, "id is %q, expected small Latin letters, digits and single hyphens, such as topic-routing", s)
		}
		*dst = s
	}
}

// actions reads the buttons.
func (p *playParser) actions(play *Play) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode || len(n.Content) > maxActions {
			p.fail(n, "found %s, expected a list of at most %d actions, each with id, say and do", foundIn(n), maxActions)
			return
		}
		seen := make(map[string]bool)
		for _, item := range n.Content {
			a := PlayAction{Line: item.Line}
			there := p.fields(item, map[string]func(*yaml.Node){
				"id": p.idInto(&a.ID), "say": p.text(&a.Say), "fields": p.playFields(&a), "do": p.steps(&a.Do),
			})
			p.need(item, there, "id", "say", "do")
			if seen[a.ID] {
				p.fail(item, "action %q is there twice", a.ID)
			}
			seen[a.ID] = true
			play.Actions = append(play.Actions, a)
		}
	}
}

// playFields reads what can be typed or chosen beside a button.
func (p *playParser) playFields(a *PlayAction) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			p.fail(n, "found %s, expected a list of fields, each with name and label", foundIn(n))
			return
		}
		for _, item := range n.Content {
			var f PlayField
			there := p.fields(item, map[string]func(*yaml.Node){
				"name": p.text(&f.Name), "label": p.text(&f.Label), "value": func(v *yaml.Node) { f.Value = v.Value },
				"options": p.texts(&f.Options),
			})
			p.need(item, there, "name", "label")
			if f.Name != "" && !playFieldName.MatchString(f.Name) {
				p.fail(item, "name is %q, expected small Latin letters, such as key", f.Name)
			}
			if len(f.Options) > 0 && f.Value == "" {
				f.Value = f.Options[0]
			}
			if why, _ := f.refuse(f.Value); why != "" {
				p.fail(item, "value: %s", why)
			}
			a.Fields = append(a.Fields, f)
		}
	}
}

// chart reads what is drawn of a scene over its time.
func (p *playParser) chart(dst **Chart) func(*yaml.Node) {
	return func(n *yaml.Node) {
		c := &Chart{}
		there := p.fields(n, map[string]func(*yaml.Node){"lag": p.text(&c.Lag), "service": p.text(&c.Service)})
		p.need(n, there, "lag")
		if p.broker != "kafka" {
			p.fail(n, "broker is %q, expected kafka: only its groups have a lag", p.broker)
		}
		*dst = c
	}
}

// texts reads a list of texts.
func (p *playParser) texts(dst *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
			p.fail(n, "found %s, expected a list, such as [a, b]", foundIn(n))
			return
		}
		for _, item := range n.Content {
			if s, ok := p.scalar(item, "text"); ok {
				*dst = append(*dst, s)
			}
		}
	}
}
