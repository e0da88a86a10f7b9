package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// formatNames are the ways in which the first tool prints a list.
var formatNames = []string{"table", "tsv", "long", "kvp", "bash", "raw_json", "pretty_json"}

// promoted are the columns that come first.
var promoted = []string{"vhost", "name", "type", "source", "destination", "destination_type", "routing_key"}

// formatV1 prints a list. With no columns named it is all that stand in the objects
// themselves, and as deep as --depth says. asJSON are columns whose objects are written out.
func (c *call) formatV1(a answer, columns, asJSON []string) error {
	format := c.or("format", "table")
	switch format {
	case "raw_json":
		c.print("%s\n", a.body)
		return nil
	case "pretty_json":
		var value any
		in := json.NewDecoder(bytes.NewReader(a.body))
		in.UseNumber()
		if err := in.Decode(&value); err != nil {
			c.fail("*** %s\n", err)
			return errSaid
		}
		c.print("%s\n", jsonV1(value, 2))
		return nil
	}
	if !slices.Contains(formatNames, format) {
		c.usageV1("Format %s not recognised", format)
		return errSaid
	}
	rows, err := a.rows()
	if err != nil {
		c.fail("*** %s\n", err)
		return errSaid
	}
	depth := len(a.body) // deeper than any
	if len(columns) == 0 {
		if depth, err = strconv.Atoi(c.or("depth", "1")); err != nil {
			c.usageV1("depth: %q is no number", c.or("depth", "1"))
			return errSaid
		}
	}
	names, table := tableV1(rows, columns, asJSON, depth)
	if len(table) == 0 {
		c.verbose("No items")
		return nil
	}
	printersV1[format](c, names, table)
	return nil
}

// tableV1 makes a table of objects; a dot leads into an object that stands in another.
func tableV1(rows []row, columns, asJSON []string, depth int) ([]string, [][]string) {
	flat := make([]map[string]string, len(rows))
	found := make(map[string]bool)
	for i, r := range rows {
		flat[i] = make(map[string]string)
		flatten(flat[i], "", r, asJSON, depth)
		for name := range flat[i] {
			found[name] = true
		}
	}
	if len(columns) == 0 {
		for name := range found {
			columns = append(columns, name)
		}
		slices.SortFunc(columns, byPromotion)
	}
	table := make([][]string, len(rows))
	for i := range rows {
		for _, name := range columns {
			table[i] = append(table[i], flat[i][name])
		}
	}
	return columns, table
}

func byPromotion(a, b string) int {
	x, y := slices.Index(promoted, a), slices.Index(promoted, b)
	switch {
	case x >= 0 && y >= 0:
		return cmp.Compare(x, y)
	case x >= 0:
		return -1
	case y >= 0:
		return 1
	}
	return strings.Compare(a, b)
}

// flatten writes the fields of an object into out.
func flatten(out map[string]string, prefix string, r row, asJSON []string, depth int) {
	for key, value := range r {
		name := prefix + key
		inner, is := value.(row)
		switch {
		case is && slices.Contains(asJSON, key):
			out[name] = jsonV1(value, 0)
		case is && depth > 1:
			flatten(out, name+".", inner, asJSON, depth-1)
		case !is:
			out[name] = valueV1(value)
		}
	}
}

// valueV1 writes a value as Python does.
func valueV1(value any) string {
	switch v := value.(type) {
	case bool:
		if v {
			return "True"
		}
		return "False"
	case []any:
		if slices.ContainsFunc(v, func(item any) bool { _, ok := item.(string); return !ok }) {
			return jsonV1(v, 0)
		}
	}
	return plain(value)
}

// jsonV1 writes JSON as Python does: with spaces behind colons and commas, or on lines
// that are indented.
func jsonV1(value any, indent int) string {
	var out bytes.Buffer
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false)
	to.SetIndent("", strings.Repeat(" ", indent))
	if err := to.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	text := strings.TrimSuffix(out.String(), "\n")
	if indent > 0 {
		return text
	}
	return spaced(text)
}

// spaced puts a space behind each colon and comma that stands in no string.
func spaced(text string) string {
	var out strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		out.WriteByte(text[i])
		switch {
		case text[i] == '\\' && quoted && i+1 < len(text):
			i++
			out.WriteByte(text[i])
		case text[i] == '"':
			quoted = !quoted
		case (text[i] == ':' || text[i] == ',') && !quoted:
			out.WriteByte(' ')
		}
	}
	return out.String()
}

var printersV1 = map[string]func(c *call, names []string, table [][]string){
	"tsv": func(c *call, names []string, table [][]string) {
		c.verbose("%s", strings.Join(names, "\t"))
		for _, cells := range table {
			c.print("%s\n", strings.Join(cells, "\t"))
		}
	},
	"long":  longV1,
	"table": asciiTable,
	"kvp": func(c *call, names []string, table [][]string) {
		for _, cells := range table {
			for i := range cells {
				cells[i] = fmt.Sprintf(`%s="%s"`, names[i], cells[i]) //nolint:gocritic // %q would escape
			}
			c.print("%s\n", strings.Join(cells, " "))
		}
	},
	"bash": func(c *call, names []string, table [][]string) {
		at := slices.Index(names, "name")
		if at < 0 {
			return
		}
		var all []string
		for _, cells := range table {
			all = append(all, cells[at])
		}
		c.print("%s\n", strings.Join(all, " "))
	},
}

func longV1(c *call, names []string, table [][]string) {
	line := "\n" + strings.Repeat("-", 80) + "\n\n"
	width := 0
	for _, name := range names {
		width = max(width, utf8.RuneCountInString(name))
	}
	c.print("%s", line)
	for _, cells := range table {
		for i, cell := range cells {
			c.print("%*s: %s\n", width, names[i], cell)
		}
		c.print("%s", line)
	}
}

// asciiTable draws a table with + - and |, its heading centred.
func asciiTable(c *call, names []string, table [][]string) {
	widths := make([]int, len(names))
	for _, cells := range append([][]string{names}, table...) {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	bar := "+"
	for _, w := range widths {
		bar += strings.Repeat("-", w+2) + "+"
	}
	c.print("%s\n|", bar)
	for i, name := range names {
		left := (widths[i] - utf8.RuneCountInString(name)) / 2
		c.print(" %s |", pad(strings.Repeat(" ", left)+name, widths[i]))
	}
	c.print("\n%s\n", bar)
	for _, cells := range table {
		c.print("|")
		for i, cell := range cells {
			c.print(" %s |", pad(cell, widths[i]))
		}
		c.print("\n")
	}
	c.print("%s\n", bar)
}

// pad fills a text with spaces up to a width, in characters.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(width-utf8.RuneCountInString(text), 0))
}
