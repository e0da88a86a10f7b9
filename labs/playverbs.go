package labs

import (
	"maps"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// A verb is what a step can do: its fields, and the one that a value without
// fields means, as in "crash: worker".
type verb struct {
	main     string
	required []string
	fields   map[string]form
}

// A form is what a field of a step takes.
type form struct {
	want string // for whoever wrote something else
	ok   func(*yaml.Node) bool
}

var (
	aName     = form{"a name", func(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Value != "" && n.Tag == "!!str" }}
	aText     = form{"text", func(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag != "!!null" }}
	aFlag     = form{"true or false", func(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!bool" }}
	aTable    = form{"fields, such as {type: email}", func(n *yaml.Node) bool { return n.Kind == yaml.MappingNode }}
	aDuration = form{"a time of at most a day, such as 500ms, 30s or 5m", isDuration}
	aWait     = form{"a time of at most a day, such as 500ms, 30s or 5m, or idle: until nobody has work", func(n *yaml.Node) bool {
		return n.Value == "idle" || isDuration(n)
	}}
)

// maxPlayWait bounds one wait of a scene.
const maxPlayWait = 24 * time.Hour

func isDuration(n *yaml.Node) bool {
	d, err := time.ParseDuration(n.Value)
	return n.Kind == yaml.ScalarNode && err == nil && d >= 0 && d <= maxPlayWait
}

func aNumber(low, high int) form {
	return form{"a whole number", func(n *yaml.Node) bool {
		var v int
		return n.Kind == yaml.ScalarNode && n.Tag == "!!int" && n.Decode(&v) == nil && v >= low && v <= high
	}}
}

func oneOf(values ...string) form {
	return form{"one of " + strings.Join(values, ", "), func(n *yaml.Node) bool {
		return n.Kind == yaml.ScalarNode && slices.Contains(values, n.Value)
	}}
}

// PlayBrokers are the brokers that can be played, in order.
func PlayBrokers() []string { return slices.Sorted(maps.Keys(playVerbs)) }

// playVerbs are the verbs of each broker, in its own terms. A broker that is added
// here has its actors in grader/inhost.
var playVerbs = map[string]map[string]verb{
	"rabbitmq": {
		// What is there.
		"exchange": {main: "name", required: []string{"name"}, fields: map[string]form{
			"name": aName, "type": oneOf("direct", "fanout", "topic", "headers"), "durable": aFlag, "internal": aFlag, "arguments": aTable,
		}},
		"queue": {main: "name", required: []string{"name"}, fields: map[string]form{
			"name": aName, "durable": aFlag, "auto_delete": aFlag, "arguments": aTable,
		}},
		"bind": {required: []string{"exchange"}, fields: map[string]form{
			"queue": aName, "destination": aName, "exchange": aName, "key": aText, "arguments": aTable,
		}},
		"unbind": {required: []string{"exchange"}, fields: map[string]form{
			"queue": aName, "destination": aName, "exchange": aName, "key": aText, "arguments": aTable,
		}},
		"delete": {main: "queue", required: []string{"queue"}, fields: map[string]form{"queue": aName}},
		// Who takes part.
		"publisher": {main: "name", required: []string{"name"}, fields: map[string]form{"name": aName, "confirms": aFlag}},
		"consumer": {main: "name", required: []string{"name", "queue"}, fields: map[string]form{
			"name": aName, "queue": aName, "prefetch": aNumber(0, 65535), "ack": oneOf("manual", "automatic", "before", "after"),
			"takes": aDuration, "service": oneOf("ledger"), "priority": aNumber(-100, 100),
		}},
		// What they do.
		"publish": {fields: map[string]form{
			"from": aName, "exchange": aText, "key": aText, "label": aText, "headers": aTable, "priority": aNumber(0, 255),
			"expiration": aDuration, "takes": aDuration, "mandatory": aFlag, "count": aNumber(1, 100),
		}},
		"work":   {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName}},
		"ack":    {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName, "multiple": aFlag}},
		"nack":   {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName, "multiple": aFlag, "requeue": aFlag}},
		"reject": {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName, "requeue": aFlag}},
		// What befalls them.
		"crash":      {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName}},
		"restart":    {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName}},
		"disconnect": {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName}},
		"cancel":     {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName}},
		"wait":       {main: "for", required: []string{"for"}, fields: map[string]form{"for": aWait}},
	},
	"kafka": {
		// What is there. Followers have a record by the lag of their node after the leader.
		"topic": {main: "name", required: []string{"name"}, fields: map[string]form{
			"name": aName, "partitions": aNumber(1, 40), "replication": aNumber(1, 3), "configs": aTable,
		}},
		"partitions": {required: []string{"topic", "partitions"}, fields: map[string]form{"topic": aName, "partitions": aNumber(1, 40)}},
		"lag":        {required: []string{"node", "by"}, fields: map[string]form{"node": aNumber(1, 3), "by": aDuration}},
		// Who takes part.
		"producer": {main: "name", required: []string{"name"}, fields: map[string]form{
			"name": aName, "acks": oneOf("0", "1", "all"), "idempotent": aFlag, "transaction": aName,
		}},
		"consumer": {main: "name", required: []string{"name", "group", "topic"}, fields: map[string]form{
			"name": aName, "group": aName, "topic": aName, "commit": oneOf("manual", "read", "before", "after", "auto"), "takes": aDuration,
			"service": oneOf("ledger"), "from": oneOf("earliest", "latest"), "isolation": oneOf("committed", "uncommitted"), "session": aDuration,
			"batch": aNumber(1, 500), "interval": aDuration, "fails": aText, "max_poll": aDuration, "instance": aName,
		}},
		// What they do.
		"produce": {required: []string{"topic"}, fields: map[string]form{
			"from": aName, "topic": aName, "key": aText, "value": aText, "partition": aNumber(0, 39), "acks": aText, "count": aNumber(1, 100),
			"every": aDuration, "for": aDuration,
		}},
		"resend": {main: "producer", required: []string{"producer"}, fields: map[string]form{"producer": aName}},
		"begin":  {main: "producer", required: []string{"producer"}, fields: map[string]form{"producer": aName}},
		"end":    {required: []string{"producer", "commit"}, fields: map[string]form{"producer": aName, "commit": aFlag}},
		"read":   {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName}},
		"work":   {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName}},
		"commit": {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName}},
		"seek": {required: []string{"consumer"}, fields: map[string]form{
			"consumer": aName, "partition": aNumber(0, 39), "offset": aText, "ago": aDuration,
		}},
		"pace":  {required: []string{"consumer", "takes"}, fields: map[string]form{"consumer": aName, "takes": aDuration}},
		"leave": {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName}},
		// What befalls them.
		"crash":     {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName}},
		"restart":   {main: "consumer", required: []string{"consumer"}, fields: map[string]form{"consumer": aName}},
		"node-down": {main: "node", fields: map[string]form{"node": aText, "leads": aName}},
		"node-up":   {main: "node", required: []string{"node"}, fields: map[string]form{"node": aText}},
		"leader":    {required: []string{"partition", "node"}, fields: map[string]form{"partition": aName, "node": aNumber(1, 3), "unclean": aFlag}},
		"wait":      {main: "for", required: []string{"for"}, fields: map[string]form{"for": aWait}},
	},
}

// steps reads a list of steps.
func (p *playParser) steps(dst *[]Step) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			p.fail(n, "found %s, expected a list of steps, such as - publish: {exchange: events, key: user.login}", foundIn(n))
			return
		}
		if len(n.Content) > MaxSteps {
			p.fail(n, "found %d steps, expected at most %d", len(n.Content), MaxSteps)
			return
		}
		for _, item := range n.Content {
			if s, ok := p.step(item); ok {
				*dst = append(*dst, s)
			}
		}
	}
}

// step reads one step: a verb and its fields.
func (p *playParser) step(n *yaml.Node) (Step, bool) {
	verbs := playVerbs[p.broker]
	if verbs == nil {
		return Step{}, false // that there is no such broker is reported once
	}
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		p.fail(n, "found %s, expected one verb with its fields, such as publish: {exchange: events, key: user.login}", foundIn(n))
		return Step{}, false
	}
	name, value := n.Content[0], n.Content[1]
	v, ok := verbs[name.Value]
	if !ok {
		p.fail(name, "verb %q is unknown, expected one of %s", name.Value, strings.Join(slices.Sorted(maps.Keys(verbs)), ", "))
		return Step{}, false
	}
	s := Step{Do: name.Value, With: make(map[string]any), Line: n.Line}
	if value.Kind == yaml.ScalarNode && v.main != "" {
		p.stepField(&s, v, v.main, value)
		return s, p.complete(name, s, v)
	}
	if value.Kind != yaml.MappingNode {
		p.fail(value, "%s: found %s, expected fields: %s", s.Do, foundIn(value), strings.Join(slices.Sorted(maps.Keys(v.fields)), ", "))
		return s, false
	}
	for i := 0; i+1 < len(value.Content); i += 2 {
		key := value.Content[i]
		if _, ok := v.fields[key.Value]; !ok {
			p.fail(key, "%s: field %q is unknown, expected one of %s", s.Do, key.Value, strings.Join(slices.Sorted(maps.Keys(v.fields)), ", "))
			return s, false
		}
		p.stepField(&s, v, key.Value, value.Content[i+1])
	}
	return s, p.complete(name, s, v)
}

// stepField reads one field of a step.
func (p *playParser) stepField(s *Step, v verb, name string, n *yaml.Node) {
	f := v.fields[name]
	if !f.ok(n) {
		p.fail(n, "%s: %s: found %s, expected %s", s.Do, name, foundIn(n), f.want)
		return
	}
	var value any
	if f.want == aText.want || f.want == aName.want {
		value = n.Value
	} else if err := n.Decode(&value); err != nil {
		p.fail(n, "%s: %s: %v", s.Do, name, err)
		return
	}
	s.With[name] = value
}

// complete reports whether a step has all that its verb needs.
func (p *playParser) complete(at *yaml.Node, s Step, v verb) bool {
	for _, name := range v.required {
		if _, ok := s.With[name]; !ok {
			p.fail(at, "%s: field %q is missing", s.Do, name)
			return false
		}
	}
	return true
}
