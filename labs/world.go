package labs

import (
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// world checks that what a lab names is there: brokers and their steps, services,
// queues, variants and files. A mistake in it keeps the lab from being run.
func (n *linter) world() {
	before := len(n.findings)
	n.brokers()
	for _, name := range n.lab.Services {
		n.oneOf("services:", "service", name, Services)
	}
	for _, name := range slices.Sorted(maps.Keys(n.lab.Declines)) {
		n.oneOf("declines:", "declines", name, n.lab.Services)
	}
	if n.lab.Until.Charged != "" {
		n.oneOf("until:", "until: charged", n.lab.Until.Charged, n.lab.Services)
	}
	queues := n.queues()
	for _, queue := range n.lab.Until.Settled {
		n.queue("until:", "until: settled", queue, queues)
	}
	for _, c := range n.lab.Checks {
		n.names(c, queues)
	}
	for i := range n.findings[before:] {
		n.findings[before+i].Stops = true
	}
	for _, name := range n.lab.readOnlyNames {
		if !slices.ContainsFunc(n.lab.starter, func(f File) bool { return f.Name == name }) {
			n.at("read_only:", "read_only: found %q, expected a file of starter: %s", name, strings.Join(fileNames(n.lab.starter), ", "))
		}
	}
}

// brokers checks the names of brokers and the kinds of their steps.
func (n *linter) brokers() {
	for _, b := range n.lab.Brokers {
		i := slices.IndexFunc(Brokers, func(info BrokerInfo) bool { return info.Name == b.Name })
		if i < 0 {
			n.oneOf("  "+b.Name+":", "broker", b.Name, brokerNames())
			continue
		}
		for _, a := range b.Actions {
			n.step(b.Name, a, Brokers[i].Actions)
		}
	}
}

// step checks the kind of a step and the names of its fields.
func (n *linter) step(broker string, a Action, known map[string][]string) {
	for _, wrong := range a.mistakes(known) {
		n.add("lab.yaml", a.line, "%s: %s", broker, wrong)
	}
}

// mistakes says what of a step is not known: its kind, or its fields.
func (a Action) mistakes(known map[string][]string) []string {
	fields, ok := known[a.Do]
	if !ok {
		return []string{fmt.Sprintf("step: found %q, expected one of %s", a.Do, strings.Join(slices.Sorted(maps.Keys(known)), ", "))}
	}
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(a.With)) {
		if !slices.Contains(fields, name) {
			wrong = append(wrong, fmt.Sprintf("%s: field %q is unknown, expected one of %s", a.Do, name, strings.Join(fields, ", ")))
		}
	}
	return wrong
}

// queues are the queues and topics that may be named: those of the first state, and
// those that a program has to make.
func (n *linter) queues() []string {
	var all []string
	add := func(v any) {
		if s, ok := v.(string); ok && s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	for _, b := range n.lab.Brokers {
		for _, a := range b.Actions {
			switch a.Do {
			case "declare":
				add(a.With["queue"])
			case "topic":
				add(a.With["topic"])
			}
		}
	}
	for _, c := range n.lab.Checks {
		if c.Property == "declared" {
			add(c.With["queue"])
		}
	}
	return all
}

// names checks what the parameters of a check name.
func (n *linter) names(c Check, queues []string) {
	at := "id: " + c.ID
	if service, ok := c.With["service"].(string); ok && !slices.Contains(n.lab.Services, service) {
		n.after(at, "with:", "check %q: service: found %q, expected one of %s", c.ID, service, orNone(n.lab.Services))
	}
	if text, ok := c.With["delay"]; ok {
		if d, err := time.ParseDuration(fmt.Sprint(text)); err != nil || d <= 0 {
			n.after(at, "with:", "check %q: delay: found \"%v\", expected a time, such as 10s", c.ID, text)
		}
	}
	for _, name := range []string{"queue", "to", "topic"} {
		if queue, ok := c.With[name].(string); ok {
			n.queue(at, "check \""+c.ID+"\": "+name, queue, queues)
		}
	}
}

// queue checks one name of a queue. A program may also declare it, so what the
// solution writes in quotes will do.
func (n *linter) queue(at, what, name string, queues []string) {
	if slices.Contains(queues, name) || strings.Contains(name, "${") || n.solutionSays(name) {
		return
	}
	kind := "queue"
	if slices.ContainsFunc(n.lab.Brokers, func(b Broker) bool { return b.Name == "kafka" }) {
		kind = "topic"
	}
	n.after(at, name, "%s: found the %s %q, expected one that is declared under brokers or in the solution: %s", what, kind, name, orNone(queues))
}

func (n *linter) solutionSays(name string) bool {
	return slices.ContainsFunc(n.lab.solution, func(f File) bool {
		return strings.Contains(f.Text, `"`+name+`"`) || n.lab.Console() && strings.Contains(f.Text, name)
	})
}

// after notes a finding in lab.yaml at the first line with text from the line
// with start on.
func (n *linter) after(start, text, format string, args ...any) {
	from := max(slices.IndexFunc(n.yaml, func(l string) bool { return strings.Contains(l, start) }), 0)
	line := slices.IndexFunc(n.yaml[from:], func(l string) bool { return strings.Contains(l, text) })
	n.add("lab.yaml", from+max(line, 0)+1, format, args...)
}

// programs checks that every program can be read as Go. Whether it compiles is
// for verify.
func (n *linter) programs() {
	n.parse("starter", n.lab.starter)
	n.parse("solution", n.lab.solution)
	for _, w := range n.lab.wrong {
		n.parse(path.Join("wrong", w.Name), w.Files)
	}
}

func (n *linter) parse(dir string, files []File) {
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".go") || (dir != "starter" && n.lab.readOnly(f.Name)) {
			continue
		}
		_, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Text, parser.SkipObjectResolution)
		var list scanner.ErrorList
		if errors.As(err, &list) && len(list) > 0 {
			n.add(path.Join(dir, f.Name), list[0].Pos.Line, "is no Go program: %s", list[0].Msg)
		}
	}
}

func fileNames(files []File) []string {
	names := make([]string, 0, len(files))
	for _, f := range files {
		names = append(names, f.Name)
	}
	return names
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none is there"
	}
	return strings.Join(names, ", ")
}
