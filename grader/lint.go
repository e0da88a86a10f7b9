package grader

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/labs"
)

// Lint reads a lab's own words for its verdicts as a verdict would: every text
// of on_fail in both languages is parsed and filled with sample facts. Findings
// have the line of the text in lab.yaml. Checks of the lab's own are type-checked.
func Lint(lab *labs.Lab) []labs.Finding {
	var found []labs.Finding
	seen := make(map[string]bool) // checks may share words, by an anchor of YAML
	for _, c := range lab.Checks {
		for _, lang := range labs.Languages {
			for _, id := range slices.Sorted(maps.Keys(c.OnFail[lang])) {
				wordsIn(lang).lintMessage(c.OnFail[lang][id], func(line int, part, mistake string) {
					at := fmt.Sprint(line, mistake)
					if seen[at] {
						return
					}
					seen[at] = true
					found = append(found, labs.Finding{
						File: path.Join(lab.ID, "lab.yaml"), Line: line,
						Message: fmt.Sprintf("check %q: on_fail: %s in %q: %s: %s", c.ID, id, lang, part, mistake),
					})
				})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b labs.Finding) int { return cmp.Compare(a.Line, b.Line) })
	return append(found, lintOwn(lab)...)
}

// lintMessage calls fail with every mistake in the parts of a message, and its line.
func (w *words) lintMessage(m labs.Message, fail func(line int, part, mistake string)) {
	parts := m.Parts()
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		for _, mistake := range w.mistakes(parts[part]) {
			fail(m.Lines[part], part, mistake)
		}
	}
}

// mistakes says what is wrong with a template, in the words of its author. Facts
// are looked for in every branch, also in those that no sample takes.
func (w *words) mistakes(text string) []string {
	if strings.Count(text, "{{") != strings.Count(text, "}}") {
		return []string{badEnd}
	}
	t, err := template.New("").Funcs(w.funcs).Parse(text)
	if err != nil {
		return []string{plainly(err)}
	}
	var unknown []string
	eachFact(t.Root, func(name string) {
		said := fmt.Sprintf("found .%s, expected a fact: one of %s", name, strings.Join(factNames(), ", "))
		if name != "P" && !slices.Contains(factNames(), "."+name) && !slices.Contains(unknown, said) {
			unknown = append(unknown, said)
		}
	})
	if len(unknown) > 0 {
		return unknown
	}
	for _, f := range samples() {
		if _, err := w.fill(text, f); err != nil {
			return []string{plainly(err)}
		}
	}
	return nil
}

// samples are facts that take the branches of common templates.
func samples() []facts {
	var all []facts
	for n := range 6 {
		for _, yes := range []bool{false, true} {
			f := facts{
				Facts: property.Facts{Count: n, Max: n, Line: n, NextLine: n, Crashed: yes, Held: yes, Code: n, Message: uint64(n)},
				N:     int64(n), Tag: uint64(n), Seconds: n, MiB: n, KiB: n, Channel: n, Redelivered: yes, AutoAck: yes,
				P: map[string]string{},
			}
			if yes {
				f.Label, f.Queue, f.To, f.Service, f.Waiting, f.What = "4", "orders", "orders.dead", "ledger", "Get", "messages"
				f.Name, f.Number, f.Ref, f.EndText = "4", "#4", "order 4", "The program ended."
				f.File, f.Pattern = "bindings.yaml", "user.#"
			}
			all = append(all, f)
		}
	}
	return all
}

// factNames are what a template may name, each with its dot.
func factNames() []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[facts]()) {
		if !f.Anonymous && f.Name != "P" && f.Name != "Params" {
			names = append(names, "."+f.Name)
		}
	}
	slices.Sort(names)
	return names
}

// eachFact calls fn with the name of every fact that a template uses. What
// stands in with and range has another dot, so it is left to the samples.
func eachFact(n parse.Node, fn func(name string)) {
	visit := func(nodes ...parse.Node) {
		for _, n := range nodes {
			if v := reflect.ValueOf(n); v.IsValid() && !v.IsNil() {
				eachFact(n, fn)
			}
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		visit(n.Nodes...)
	case *parse.ActionNode:
		visit(n.Pipe)
	case *parse.IfNode:
		visit(n.Pipe, n.List, n.ElseList)
	case *parse.WithNode:
		visit(n.Pipe, n.ElseList)
	case *parse.RangeNode:
		visit(n.Pipe, n.ElseList)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			visit(c.Args...)
		}
	case *parse.ChainNode:
		visit(n.Node)
	case *parse.FieldNode:
		fn(n.Ident[0])
	}
}

const badEnd = "found {{ without a good end, expected a form such as {{.Label}} or {{if .Line}}…{{end}}"

var (
	templatePlace = regexp.MustCompile(`^template: :\d+(?::\d+)?: (?:executing "" at <([^>]*)>: )?`)
	notDefined    = regexp.MustCompile(`^function "([^"]*)" not defined$`)
	wrongCount    = regexp.MustCompile(`wrong number of args for (\w+): want (?:at least )?(\d+) got (\d+)`)
)

// plainly says an error of text/template without its own vocabulary.
func plainly(err error) string {
	text := err.Error()
	var at string
	if m := templatePlace.FindStringSubmatch(text); m != nil {
		at, text = m[1], strings.TrimPrefix(text, m[0])
	}
	if m := notDefined.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("found the function %q, expected ln, plural, or one of Go's templates such as if, eq, gt", m[1])
	}
	if m := wrongCount.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("%s has %s arguments, expected %s", m[1], m[3], m[2])
	}
	switch {
	case strings.Contains(text, "unclosed action"), strings.Contains(text, `in operand`), strings.Contains(text, "bad character"):
		return badEnd
	case strings.Contains(text, "unexpected EOF"):
		return "found the end of the text inside {{if …}}, expected {{end}} before it"
	case strings.Contains(text, "unexpected {{end}}"), strings.Contains(text, "unexpected {{else}}"):
		return "found {{end}} or {{else}}, expected an {{if …}} before it"
	case at != "":
		return fmt.Sprintf("found %s: %s", at, text)
	}
	return "found what is no template: " + text
}
