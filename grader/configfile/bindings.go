package configfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/labs"
)

// Bounds of bindings.
const (
	// MaxBindings is how many a file may have.
	MaxBindings = 100
	// maxPattern is the longest text that AMQP has room for in a binding, in bytes.
	maxPattern = 255
)

// A Binding has the messages of an exchange, whose key the pattern matches, sent to a queue.
type Binding struct {
	Exchange string
	Queue    string
	Pattern  string
	File     string
	Line     int
}

// Bindings reads a file of bindings, see labs.Routing, and says what is wrong with it.
// With an error among the problems there are none. A nil routing stands for any exchange
// and any queue.
func Bindings(name, text string, r *labs.Routing) ([]Binding, []Problem) {
	root, bad := parse(name, text)
	if bad != nil {
		return nil, []Problem{*bad}
	}
	found := against(root, text, bindingSchema(r))
	if len(found) > 0 {
		return nil, found
	}
	exchange := root.field("exchange").text
	topic := r != nil && r.Exchanges[exchange] == "topic"
	items := root.field("bindings")
	if len(items.items) > MaxBindings {
		at := items.items[MaxBindings].at
		return nil, []Problem{*at.problem(at, "bindings-limit", map[string]string{"found": fmt.Sprint(len(items.items)), "wanted": fmt.Sprint(MaxBindings)})}
	}
	var out []Binding
	failed := false
	add := func(p *Problem, warning bool) {
		p.Warning = warning
		found, failed = append(found, *p), failed || !warning
	}
	for _, item := range items.items {
		pattern := item.field("pattern")
		b := Binding{exchange, item.field("queue").text, pattern.text, name, pattern.at.line}
		if bad := patternProblem(pattern, text); bad != nil {
			add(bad, false)
		} else if word := literal(pattern.text); topic && word != "" {
			add(pattern.at.problem(pattern.end, "pattern-literal", map[string]string{"found": word}), true)
		}
		if i := slices.IndexFunc(out, func(o Binding) bool { return o.Queue == b.Queue && o.Pattern == b.Pattern }); i >= 0 {
			add(pattern.at.problem(pattern.end, "binding-twice", map[string]string{"queue": b.Queue, "pattern": b.Pattern, "line": fmt.Sprint(out[i].Line)}), false)
		}
		out = append(out, b)
	}
	if failed {
		return nil, found
	}
	return out, found
}

// bindingSchema is what a file of bindings may say.
func bindingSchema(r *labs.Routing) *labs.ConfigFile {
	exchange, queue := labs.ConfigField{Required: true}, labs.ConfigField{Required: true}
	if r != nil {
		exchange.Values, queue.Values = slices.Sorted(maps.Keys(r.Exchanges)), r.Queues
	}
	binding := labs.ConfigField{Closed: true, Fields: map[string]labs.ConfigField{"queue": queue, "pattern": {Required: true, Type: "text"}}}
	return &labs.ConfigFile{Closed: true, Fields: map[string]labs.ConfigField{
		"exchange": exchange,
		"bindings": {Required: true, Items: &binding},
	}}
}

// patternProblem says why a pattern cannot be bound; nil if it can.
func patternProblem(n *node, text string) *Problem {
	switch size := len(n.text); {
	case size > maxPattern:
		return n.at.problem(n.end, "pattern-long", map[string]string{"found": fmt.Sprint(size), "wanted": fmt.Sprint(maxPattern)})
	case size > 0:
		return nil
	}
	if lines := strings.Split(text, "\n"); !n.quoted && n.at.line <= len(lines) {
		if p := trapped(hash, "config-yaml-hash", n.at.line, lines[n.at.line-1]); p != nil {
			return p
		}
	}
	return n.at.problem(n.end, "pattern-empty", nil)
}

// literal returns a word of a pattern in which * or # stands beside other letters, where
// it is a letter like them; "" if there is none.
func literal(pattern string) string {
	for word := range strings.SplitSeq(pattern, ".") {
		if len(word) > 1 && strings.ContainsAny(word, "*#") {
			return word
		}
	}
	return ""
}

// field returns the value of a field that is there.
func (n *node) field(name string) *node {
	for _, f := range n.fields {
		if f.name == name {
			return f.value
		}
	}
	return &node{}
}

// Trace gives the events of a journal that made bindings their lines in the files.
func Trace(events []brokers.Event, bindings []Binding) {
	for i := range events {
		e := &events[i]
		if e.Kind != brokers.Bound {
			continue
		}
		at := slices.IndexFunc(bindings, func(b Binding) bool { return b.Exchange == e.Exchange && b.Queue == e.Place && b.Pattern == e.Key })
		if at >= 0 {
			e.File, e.Line = bindings[at].File, bindings[at].Line
		}
	}
}
