package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// An option is one flag of a tool.
type option struct {
	name  string // without the two dashes
	value string // what its argument is called; "" for a flag without one, "[…]" for one that may have one
	help  string
}

// A command is the options of one tool, with the words around them.
type command struct {
	name    string
	about   string
	options []option
}

// common are the options that every tool of Kafka has.
var common = []option{
	{"bootstrap-server", "String: server to connect to", "REQUIRED: The Kafka server to connect to."},
	{"help", "", "Print usage information."},
	{"version", "", "Display Kafka version."},
}

// version is that of the tools whose flags and words these are.
const version = "4.3.0"

// given is what the flags of one call say.
type given map[string][]string

func (g given) has(name string) bool { return len(g[name]) > 0 }

// last is the value of a flag that counts; "" without one.
func (g given) last(name string) string {
	if values := g[name]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

// first is the first of some flags that was given; "" for none.
func (g given) first(names ...string) string {
	for _, name := range names {
		if g.has(name) {
			return name
		}
	}
	return ""
}

// pairs reads values of the form key=value. With whole it reads a list of them, too:
// a=1,b=[x,y].
func (g given) pairs(name string) (map[string]string, error) {
	out := make(map[string]string)
	for _, text := range g[name] {
		for _, part := range commas(text) {
			key, value, ok := strings.Cut(part, "=")
			if !ok || strings.TrimSpace(key) == "" {
				return nil, fmt.Errorf("Invalid entity config: all configs to be added must be in the format \"key=val\".") //nolint:staticcheck // the tool's own words
			}
			out[strings.TrimSpace(key)] = strings.Trim(strings.TrimSpace(value), "[]")
		}
	}
	return out, nil
}

// commas splits at commas that stand in no brackets.
func commas(text string) []string {
	var parts []string
	depth, start := 0, 0
	for i, r := range text {
		switch r {
		case '[':
			depth++
		case ']':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, text[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, text[start:])
}

// find is the option of a name, or the only one that begins with it.
func (c *command) find(name string) (option, bool) {
	var found []option
	for _, o := range slices.Concat(c.options, common) {
		if o.name == name {
			return o, true
		}
		if strings.HasPrefix(o.name, name) && len(name) > 1 {
			found = append(found, o)
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return option{}, false
}

// parse reads the flags. Both --topic events and --topic=events are right.
func (c *command) parse(args []string) (given, error) {
	g := make(given)
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		name, value, joined := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if !strings.HasPrefix(word, "-") || name == "" {
			return nil, fmt.Errorf("%s is not a recognized option", word)
		}
		o, ok := c.find(name)
		switch {
		case !ok:
			return nil, fmt.Errorf("%s is not a recognized option", name)
		case o.value == "":
			value = "true"
		case joined:
		case o.value[0] == '[' && (len(args) == 0 || strings.HasPrefix(args[0], "--")):
			value = ""
		case len(args) == 0 || strings.HasPrefix(args[0], "--"):
			return nil, fmt.Errorf("Option %s requires an argument", o.name) //nolint:staticcheck // the tool's own words
		default:
			value, args = args[0], args[1:]
		}
		g[o.name] = append(g[o.name], value)
	}
	return g, nil
}

// The columns of the usage.
const (
	optionWidth = 39
	helpWidth   = 40
)

// usage prints the options, as Kafka's tools do.
func (c *command) usage(w io.Writer) {
	all := slices.SortedFunc(slices.Values(slices.Concat(c.options, common)), func(a, b option) int { return strings.Compare(a.name, b.name) })
	row := func(left, right string) { fmt.Fprintf(w, "%-*s %s\n", optionWidth-1, left, right) }
	row("Option", "Description")
	row("------", "-----------")
	for _, o := range all {
		left := "--" + o.name
		switch {
		case strings.HasPrefix(o.value, "["):
			left += " " + o.value
		case o.value != "":
			left += " <" + o.value + ">"
		}
		lefts, rights := wrap(left, optionWidth-3), wrap(o.help, helpWidth)
		for i := range max(len(lefts), len(rights)) {
			var l, r string
			if i < len(lefts) {
				l = lefts[i]
			}
			if i > 0 && l != "" {
				l = "  " + l
			}
			if i < len(rights) {
				r = rights[i]
			}
			row(l, r)
		}
	}
}

// wrap breaks a text into lines of at most width, between words.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// flags are the options as they are typed.
func (c *command) flags() []string {
	var all []string
	for _, o := range slices.Concat(c.options, common) {
		all = append(all, "--"+o.name)
	}
	slices.Sort(all)
	return all
}
