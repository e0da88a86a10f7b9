package connect

import (
	"slices"
	"strings"
)

// Version is what the worker says of itself: the release of Kafka that it plays.
const Version = "4.3.0"

// A Plugin is a kind of connector.
type Plugin struct {
	Class string
	Type  string // source or sink
	Own   []Setting
}

// A Setting is what may stand in a configuration.
type Setting struct {
	Name     string
	Type     string // STRING, INT, LONG, BOOLEAN, LIST or CLASS; empty: STRING
	Default  string
	Required bool
	Values   []string // the only ones; nil: any
	Least    int64    // of an INT or LONG
	Most     int64    // likewise; 0: none
	Doc      string
}

// Modes of a source.
const (
	bulk         = "bulk"
	incrementing = "incrementing"
	timestamp    = "timestamp"
	both         = "timestamp+incrementing"
)

// Plugins are the connectors that this worker has.
var Plugins = []Plugin{
	{"brokerlab.connect.JdbcSourceConnector", "source", []Setting{
		{Name: "connection.url", Required: true, Doc: "JDBC connection URL of the database."},
		{Name: "table.whitelist", Type: "LIST", Required: true, Doc: "Tables to copy."},
		{Name: "mode", Required: true, Values: []string{bulk, incrementing, timestamp, both}, Doc: "How new and changed rows are found."},
		{Name: "incrementing.column.name", Doc: "Column whose value grows with every new row."},
		{Name: "timestamp.column.name", Doc: "Column with the time of the last change."},
		{Name: "topic.prefix", Required: true, Doc: "A table's topic is called by this and the table's name."},
		{Name: "poll.interval.ms", Type: "INT", Default: "5000", Least: 10, Doc: "Time between two polls of a table."},
		{Name: "batch.max.rows", Type: "INT", Default: "100", Least: 1, Most: 10_000, Doc: "Rows of one poll."},
	}},
	{"brokerlab.connect.SearchSinkConnector", "sink", []Setting{
		{Name: "topics", Type: "LIST", Required: true, Doc: "Topics to read; each is an index."},
		{Name: "connection.url", Required: true, Doc: "URL of the search index."},
		{Name: "key.ignore", Type: "BOOLEAN", Default: "false", Doc: "Make a document's id from topic, partition and offset, and not from the record's key."},
		{Name: "behavior.on.null.values", Default: "fail", Values: []string{"ignore", "delete", "fail"}, Doc: "What becomes of a record without a value."},
		{Name: "errors.deadletterqueue.topic.name", Default: "", Doc: "Topic for records that cannot be handled."},
		{Name: "errors.deadletterqueue.topic.replication.factor", Type: "INT", Default: "3", Least: 1, Most: 3, Doc: "Replicas of that topic, when it is made."},
		{Name: "errors.deadletterqueue.context.headers.enable", Type: "BOOLEAN", Default: "false", Doc: "Say in headers why a record is there."},
	}},
}

// common are the settings of every connector.
var common = []Setting{
	{Name: "name", Required: true, Doc: "Name of the connector."},
	{Name: "connector.class", Type: "CLASS", Required: true, Doc: "Class of the connector, or its short name."},
	{Name: "tasks.max", Type: "INT", Default: "1", Least: 1, Most: maxTasks, Doc: "Tasks at most."},
	{Name: "key.converter", Type: "CLASS", Values: []string{jsonConverter, stringConverter}, Doc: "How keys become bytes."},
	{Name: "key.converter.schemas.enable", Type: "BOOLEAN", Doc: "Keys carry their schema."},
	{Name: "value.converter", Type: "CLASS", Values: []string{jsonConverter, stringConverter}, Doc: "How values become bytes."},
	{Name: "value.converter.schemas.enable", Type: "BOOLEAN", Doc: "Values carry their schema."},
	{Name: "transforms", Type: "LIST", Default: "", Doc: "Names of the transforms, in order."},
	{Name: "predicates", Type: "LIST", Default: "", Doc: "Names of the predicates."},
	{Name: "errors.tolerance", Default: "none", Values: []string{"none", "all"}, Doc: "Whether records that cannot be handled are stepped over."},
	{Name: "errors.log.enable", Type: "BOOLEAN", Default: "false", Doc: "Log what was stepped over."},
	{Name: "errors.log.include.messages", Type: "BOOLEAN", Default: "false", Doc: "With the record."},
}

// pluginOf finds a plugin by its class, its simple name, or that without "Connector".
func pluginOf(class string) (Plugin, bool) {
	i := slices.IndexFunc(Plugins, func(p Plugin) bool {
		simple := p.Class[strings.LastIndexByte(p.Class, '.')+1:]
		return class == p.Class || class == simple || class == strings.TrimSuffix(simple, "Connector")
	})
	if i < 0 {
		return Plugin{}, false
	}
	return Plugins[i], true
}

// list reads a LIST.
func list(text string) (out []string) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// get returns a setting, or what it is by default.
func (p Plugin) get(config map[string]string, name string) string {
	if v, ok := config[name]; ok {
		return v
	}
	for _, s := range slices.Concat(common, p.Own) {
		if s.Name == name {
			return s.Default
		}
	}
	return ""
}
