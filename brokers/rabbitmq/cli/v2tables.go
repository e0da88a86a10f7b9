package cli

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// A column of the second tool's tables: what it is called, and the field of the answer. A
// terminal is narrow, so one that is seldom looked at stands there only if it says more
// than the usual: usual is "=" and what every row says then, or anyOne; "" for a column
// that is always there.
type column struct{ name, field, usual string }

// anyOne is the usual of a column that tells rows apart or nothing.
const anyOne = "*"

// same are columns that are called as their fields are.
func same(names ...string) []column {
	var all []column
	for _, name := range names {
		all = append(all, column{name: name, field: name})
	}
	return all
}

// telling are the columns of which some row says more than the usual.
func telling(columns []column, rows []row) []column {
	return slices.DeleteFunc(slices.Clone(columns), func(col column) bool {
		usual, fixed := strings.CutPrefix(col.usual, "=")
		if col.usual == "" {
			return false
		}
		if !fixed && len(rows) > 0 {
			usual = cell(rows[0], col.field)
		}
		return !slices.ContainsFunc(rows, func(r row) bool { return cell(r, col.field) != usual })
	})
}

var messageColumns = []column{
	{"redelivered", "redelivered", ""}, {"exchange", "exchange", anyOne}, {"routing_key", "routing_key", ""},
	{"properties", "properties", "="}, {"payload", "payload", ""}, {"payload_encoding", "payload_encoding", "=string"},
}

// A listV2 is something that can be listed: in one virtual host, or everywhere.
type listV2 struct {
	kind, about string
	inVHost     bool
	columns     []column
}

// listsV2 are what can be listed.
var listsV2 = []listV2{
	{"bindings", "Lists bindings", true, []column{
		{"source", "source", ""}, {"destination", "destination", ""}, {"destination_type", "destination_type", "=queue"},
		{"routing_key", "routing_key", ""}, {"arguments", "arguments", "="},
	}},
	{"channels", "Lists all AMQP 0-9-1 channels across all virtual hosts", false, []column{{"id", "number", ""}, {"name", "name", ""}, {"vhost", "vhost", anyOne}, {"username", "user", ""}}},
	{"connections", "Lists client connections", false, []column{{"name", "name", ""}, {"state", "state", "=running"}, {"username", "user", ""}, {"channel_count", "channels", ""}}},
	{"consumers", "Lists consumers", true, []column{
		{"consumer_tag", "consumer_tag", ""}, {"queue", "queue.name", ""}, {"active", "active", "=true"}, {"manual_ack", "ack_required", ""},
		{"prefetch_count", "prefetch_count", ""}, {"exclusive", "exclusive", "=false"},
	}},
	{"exchanges", "Lists exchanges", true, []column{{"name", "name", ""}, {"exchange_type", "type", ""}, {"durable", "durable", ""}, {"auto_delete", "auto_delete", "=false"}, {"arguments", "arguments", "="}}},
	{"nodes", "Lists cluster nodes", false, []column{{"name", "name", ""}, {"running", "running", ""}, {"memory_used", "mem_used", ""}}},
	{"permissions", "Lists user permissions", false, same("user", "vhost", "configure", "read", "write")},
	{"policies", "Lists policies", true, []column{
		{"name", "name", ""}, {"pattern", "pattern", ""}, {"apply_to", "apply-to", "=all"}, {"priority", "priority", "=0"}, {"definition", "definition", ""},
	}},
	{"queues", "Lists queues and streams", true, []column{
		{"name", "name", ""}, {"vhost", "vhost", anyOne}, {"queue_type", "type", ""}, {"durable", "durable", ""}, {"arguments", "arguments", "="},
		{"policy", "policy", "="}, {"consumer_count", "consumers", "=0"}, {"message_count", "messages", ""},
	}},
	{"users", "Lists users in the internal database", false, same("name", "tags")},
	{"vhosts", "Lists virtual hosts", false, []column{{"name", "name", ""}, {"tags", "tags", "="}, {"description", "description", ""}}},
}

// listCommand is the command that lists a kind.
func listCommand(kind string) commandV2 {
	l := listsV2[slices.IndexFunc(listsV2, func(l listV2) bool { return l.kind == kind })]
	cmd := commandV2{name: kind, about: l.about, run: func(c *call) int {
		path := at(kind)
		if l.inVHost {
			path += at(c.or("vhost", "/"))
		}
		got, code := c.askV2(http.MethodGet, path, nil)
		if code != 0 {
			return code
		}
		return c.table(got, c.wanted(l.columns))
	}}
	if kind == "queues" {
		cmd.flags = []flag{columnsFlag}
	}
	return cmd
}

// wanted are the columns that --columns names; those that nobody knows are passed over.
func (c *call) wanted(all []column) []column {
	if !c.has("columns") {
		return all
	}
	var some []column
	for name := range strings.SplitSeq(c.or("columns", ""), ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if i := slices.IndexFunc(all, func(o column) bool { return o.name == name }); i >= 0 {
			some = append(some, column{name: name, field: all[i].field})
		}
	}
	return some
}

// table prints an answer's rows.
func (c *call) table(a answer, columns []column) int {
	rows, err := a.rows()
	if err != nil {
		c.fail("Response is incompatible with the target data type: %s", err)
		return exitDataV2
	}
	columns = telling(columns, rows)
	names := make([]string, len(columns))
	for i, col := range columns {
		names[i] = col.name
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		for _, col := range columns {
			cells[i] = append(cells[i], cell(r, col.field))
		}
	}
	return c.draw("", names, cells)
}

// cell is a field of a row as the tables have it: a dot leads into an object.
func cell(r row, field string) string {
	outer, inner, deeper := strings.Cut(field, ".")
	value := r[outer]
	if o, ok := value.(row); ok && deeper {
		return cell(o, inner)
	}
	if o, ok := value.(row); ok {
		if len(o) == 0 {
			return ""
		}
		var lines []string
		for _, key := range sortedKeys(o) {
			lines = append(lines, key+": "+plain(o[key]))
		}
		return strings.Join(lines, "\n")
	}
	if list, ok := value.([]any); ok && field == "tags" {
		return strings.ReplaceAll(plain(list), " ", ", ")
	}
	return plain(value)
}

// showOverview prints the sums of the node.
func (c *call) showOverview() int {
	got, code := c.askV2(http.MethodGet, "/overview", nil)
	if code != 0 {
		return code
	}
	rows, err := got.rows()
	if err != nil {
		c.fail("Response is incompatible with the target data type: %s", err)
		return exitDataV2
	}
	var cells [][]string
	for _, line := range []column{
		{"Product name", "product_name", ""}, {"Product version", "product_version", ""}, {"RabbitMQ version", "rabbitmq_version", ""},
		{"Connections (total)", "object_totals.connections", ""}, {"AMQP 0-9-1 channels (total)", "object_totals.channels", ""},
		{"Queues and streams (total)", "object_totals.queues", ""}, {"Consumers (total)", "object_totals.consumers", ""},
		{"Messages (total)", "queue_totals.messages", ""}, {"Messages ready for delivery (total)", "queue_totals.messages_ready", ""},
		{"Messages delivered but unacknowledged by consumers (total)", "queue_totals.messages_unacknowledged", ""},
	} {
		cells = append(cells, []string{line.name, cell(rows[0], line.field)})
	}
	return c.draw("Overview", []string{"key", "value"}, cells)
}

// A style is how a table is drawn: its corners and lines.
type style struct {
	top, middle, bottom [4]string // left, line, between, right; no such line if left is ""
	rows                [4]string // the line between rows
	bar                 [3]string // left, between, right of cells
}

var styles = map[string]style{
	"modern":     {[4]string{"┌", "─", "┬", "┐"}, [4]string{"├", "─", "┼", "┤"}, [4]string{"└", "─", "┴", "┘"}, [4]string{"├", "─", "┼", "┤"}, [3]string{"│ ", " │ ", " │"}},
	"ascii":      {[4]string{"+", "-", "+", "+"}, [4]string{"+", "-", "+", "+"}, [4]string{"+", "-", "+", "+"}, [4]string{"+", "-", "+", "+"}, [3]string{"| ", " | ", " |"}},
	"markdown":   {middle: [4]string{"|", "-", "|", "|"}, bar: [3]string{"| ", " | ", " |"}},
	"borderless": {bar: [3]string{" ", "  ", " "}},
}

var styleNames = []string{"modern", "borderless", "markdown", "ascii"}

// draw prints a table; above it, if there is one, a title.
func (c *call) draw(title string, names []string, table [][]string) int {
	look := c.or("table-style", "modern")
	s, ok := styles[look]
	if !ok {
		return c.misusedText("invalid value '"+look+"' for '--table-style <STYLE>'\n  [possible values: "+strings.Join(styleNames, ", ")+"]", "rabbitmqadmin [OPTIONS] <COMMAND>")
	}
	bare := c.has("non-interactive")
	if bare {
		s = styles["borderless"]
	}
	widths := widthsOf(append([][]string{names}, table...), bare)
	if title != "" && s.top[0] != "" {
		whole := 0
		for _, w := range widths {
			whole += w + 3
		}
		c.print("%s%s%s\n%s%s%s\n", s.top[0], strings.Repeat(s.top[1], whole-1), s.top[3], s.bar[0], pad(title, whole-3), s.bar[2])
		s.top = [4]string{s.middle[0], s.top[1], s.top[2], s.middle[3]}
	}
	c.line(s.top, widths)
	if !bare {
		c.cells(s, widths, names, bare)
		if len(table) > 0 || look == "markdown" {
			c.line(s.middle, widths)
		}
	}
	for i, r := range table {
		if i > 0 {
			c.line(s.rows, widths)
		}
		c.cells(s, widths, r, bare)
	}
	c.line(s.bottom, widths)
	return 0
}

// widthsOf measures columns; several lines in one cell are told apart unless they are joined.
func widthsOf(table [][]string, joined bool) []int {
	widths := make([]int, len(table[0]))
	for _, r := range table {
		for i, text := range r {
			for _, line := range linesOf(text, joined) {
				widths[i] = max(widths[i], utf8.RuneCountInString(line))
			}
		}
	}
	return widths
}

func linesOf(text string, joined bool) []string {
	if joined {
		return []string{strings.ReplaceAll(text, "\n", ",")}
	}
	return strings.Split(text, "\n")
}

func (c *call) line(parts [4]string, widths []int) {
	if parts[0] == "" {
		return
	}
	segments := make([]string, len(widths))
	for i, w := range widths {
		segments[i] = strings.Repeat(parts[1], w+2)
	}
	c.print("%s%s%s\n", parts[0], strings.Join(segments, parts[2]), parts[3])
}

// cells prints one row, which is as high as its highest cell.
func (c *call) cells(s style, widths []int, r []string, joined bool) {
	height := 1
	lines := make([][]string, len(r))
	for i, text := range r {
		lines[i] = linesOf(text, joined)
		height = max(height, len(lines[i]))
	}
	for n := range height {
		parts := make([]string, len(r))
		for i := range r {
			part := ""
			if n < len(lines[i]) {
				part = lines[i][n]
			}
			parts[i] = pad(part, widths[i])
		}
		c.print("%s\n", strings.TrimRight(s.bar[0]+strings.Join(parts, s.bar[1])+s.bar[2], " "))
	}
}
