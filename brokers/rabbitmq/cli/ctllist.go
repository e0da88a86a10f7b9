package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// listCommands are those that show what there is.
var listCommands = []ctlCommand{
	{"list_bindings", monitoring, "[--vhost <vhost>] [--no-table-headers] [<column>, ...]", 0, -1, nil, "Lists all bindings on a vhost", listCtl("list_bindings")},
	{"list_channels", monitoring, "[--no-table-headers] [<column>, ...]", 0, -1, nil, "Lists all channels in the node", listCtl("list_channels")},
	{"list_connections", monitoring, "[--no-table-headers] [<column>, ...]", 0, -1, nil, "Lists AMQP 0.9.1 connections for the node", listCtl("list_connections")},
	{"list_consumers", monitoring, "[--vhost <vhost>] [--no-table-headers] [<column>, ...]", 0, -1, nil, "Lists all consumers for a vhost", listCtl("list_consumers")},
	{"list_exchanges", monitoring, "[--vhost <vhost>] [--no-table-headers] [<column>, ...]", 0, -1, nil, "Lists exchanges", listCtl("list_exchanges")},
	{"list_queues", monitoring, "[--vhost <vhost>] [--no-table-headers] [<column>, ...]", 0, -1, nil, "Lists queues and their properties", listCtl("list_queues")},
}

const monitoring = "Monitoring, observability and health checks"

// A listing is what one of them lists: the columns by default, and the field of the
// request's answer that each known column is.
type listing struct {
	path    string // of the request; the virtual host follows where there is one
	inVHost bool
	title   string // %s is the virtual host
	columns []string
	fields  []column // known ones
}

var listings = map[string]listing{
	"list_queues": {"queues", true, "Timeout: 60.0 seconds ...\nListing queues for vhost %s ...", []string{"name", "messages"}, append(
		same("name", "durable", "auto_delete", "exclusive", "arguments", "policy", "messages", "messages_ready", "messages_unacknowledged", "consumers", "state", "type"),
		column{name: "message_bytes_ready", field: "message_bytes_ready"})},
	"list_exchanges": {"exchanges", true, "Listing exchanges for vhost %s ...", []string{"name", "type"}, same("name", "type", "durable", "auto_delete", "internal", "arguments")},
	"list_bindings": {"bindings", true, "Listing bindings for vhost %s...", []string{"source_name", "source_kind", "destination_name", "destination_kind", "routing_key", "arguments"}, []column{
		{name: "source_name", field: "source"}, {name: "source_kind", field: "=exchange"}, {name: "destination_name", field: "destination"}, {name: "destination_kind", field: "destination_type"},
		{name: "routing_key", field: "routing_key"}, {name: "arguments", field: "arguments"},
	}},
	"list_consumers": {"consumers", true, "Listing consumers in vhost %s ...", []string{"queue_name", "channel_pid", "consumer_tag", "ack_required", "prefetch_count", "active", "arguments"}, []column{
		{name: "queue_name", field: "queue.name"}, {name: "channel_pid", field: "channel_details.name"}, {name: "consumer_tag", field: "consumer_tag"}, {name: "ack_required", field: "ack_required"},
		{name: "prefetch_count", field: "prefetch_count"}, {name: "active", field: "active"}, {name: "arguments", field: "arguments"},
	}},
	"list_connections": {"connections", false, "Listing connections ...", []string{"user", "peer_host", "peer_port", "state"}, append(
		same("name", "user", "vhost", "peer_host", "peer_port", "state", "protocol", "channels", "channel_max", "frame_max"), column{name: "client_properties", field: "client_properties"})},
	"list_channels": {"channels", false, "Listing channels ...", []string{"pid", "user", "consumer_count", "messages_unacknowledged"}, []column{
		{name: "pid", field: "name"}, {name: "name", field: "name"}, {name: "number", field: "number"}, {name: "user", field: "user"}, {name: "vhost", field: "vhost"}, {name: "state", field: "state"},
		{name: "consumer_count", field: "consumer_count"}, {name: "messages_unacknowledged", field: "messages_unacknowledged"}, {name: "prefetch_count", field: "prefetch_count"},
	}},
	"list_vhosts": {"vhosts", false, "Listing vhosts ...", []string{"name"}, same("name", "tracing", "description", "tags", "default_queue_type", "cluster_state")},
}

// columnsOf are the columns that a command knows.
func columnsOf(command string) []string {
	var names []string
	for _, col := range listings[command].fields {
		names = append(names, col.name)
	}
	return names
}

// listCtl runs a command that lists.
func listCtl(name string) func(*call, []string) int {
	return func(c *call, columns []string) int {
		l := listings[name]
		columns = slices.DeleteFunc(strings.FieldsFunc(strings.Join(columns, ","), func(r rune) bool { return r == ',' || r == ' ' }), func(s string) bool { return s == "" })
		var unknown []string
		for _, col := range columns {
			if !slices.Contains(columnsOf(name), col) {
				unknown = append(unknown, col)
			}
		}
		if unknown != nil {
			return c.wrongLine(findCtl(name), fmt.Sprintf("Info key(s) %s are not supported", strings.Join(unknown, ",")))
		}
		if len(columns) == 0 {
			columns = l.columns
		}
		return c.list(&l, columns)
	}
}

func (c *call) listVHosts(args []string) int { return listCtl("list_vhosts")(c, args) }

// list asks for what is listed, and prints it. In a virtual host that is not there, there
// is nothing.
func (c *call) list(l *listing, columns []string) int {
	path, title := at(l.path), l.title
	if l.inVHost {
		path += at(c.vhost())
		title = fmt.Sprintf(title, c.vhost())
	}
	c.tell("%s", title)
	got, code := c.ask(http.MethodGet, path, nil)
	if got.status == http.StatusNotFound {
		return 0
	}
	if code != 0 {
		return code
	}
	return c.printRows(got, columns, func(r row) row {
		out := make(row)
		for _, col := range l.fields {
			out[col.name] = fieldOf(r, col.field)
		}
		return out
	})
}

// fieldOf is a field of an answer: a dot leads into an object, and = is the text itself.
func fieldOf(r row, field string) any {
	if text, ok := strings.CutPrefix(field, "="); ok {
		return text
	}
	outer, inner, deeper := strings.Cut(field, ".")
	if o, ok := r[outer].(row); ok && deeper {
		return o[inner]
	}
	return r[outer]
}

// printRows prints an answer's rows, each made into what the columns are of.
func (c *call) printRows(a answer, columns []string, of func(row) row) int {
	rows, err := a.rows()
	if err != nil {
		return c.went(exitUnavailable, "%v", err)
	}
	for i := range rows {
		rows[i] = of(rows[i])
	}
	return c.printTable(columns, rows)
}

// printTable prints rows, with tabs between columns or as --formatter says. Without rows
// there is no heading either.
func (c *call) printTable(columns []string, rows []row) int {
	format := c.or("formatter", "table")
	if format == "json" {
		return c.printJSON(columns, rows)
	}
	between := map[string]string{"table": "\t", "csv": ","}[format]
	if len(rows) > 0 && !c.has("silent") && !c.has("no-table-headers") {
		c.print("%s\n", strings.Join(columns, between))
	}
	for _, r := range rows {
		cells := make([]string, len(columns))
		for i, name := range columns {
			cells[i] = term(r[name])
		}
		c.print("%s\n", strings.Join(cells, between))
	}
	return 0
}

// printJSON prints rows as rabbitmqctl does: an object on each line.
func (c *call) printJSON(columns []string, rows []row) int {
	c.print("[\n")
	for i, r := range rows {
		fields := make([]string, len(columns))
		for n, name := range columns {
			value, err := json.Marshal(r[name])
			if err != nil {
				return c.went(exitUnavailable, "%v", err)
			}
			fields[n] = fmt.Sprintf("%q:%s", name, value)
		}
		if i > 0 {
			c.print(",")
		}
		c.print("{%s}\n", strings.Join(fields, ","))
	}
	c.print("]\n")
	return 0
}

// term writes a value as Erlang's terms are written: lists in brackets, tables as lists
// of pairs.
func term(value any) string {
	switch v := value.(type) {
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = plain(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case row:
		var parts []string
		for _, key := range sortedKeys(v) {
			inner := plain(v[key])
			if text, ok := v[key].(string); ok {
				inner = fmt.Sprintf("%q", text)
			}
			parts = append(parts, fmt.Sprintf("{%q, %s}", key, inner))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return plain(value)
}
