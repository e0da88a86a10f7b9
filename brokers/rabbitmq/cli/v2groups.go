package cli

import (
	"slices"
	"strings"
)

// A groupV2Commands is a verb with the nouns that it goes with, or the other way round.
type groupV2Commands struct {
	name, about string
	commands    []commandV2
}

// A commandV2 is one of its commands: what it is called there, and what it does. A list has no
// flags but those of its own.
type commandV2 struct {
	name  string
	about string
	flags []flag
	run   func(*call) int
}

// vhostFlag may stand behind the command, too.
var vhostFlag = adminFlags[slices.IndexFunc(adminFlags, func(f flag) bool { return f.long == "vhost" })]

// flagHelp is that of every command.
var flagHelp = flag{'h', "help", "", false, "Print help"}

func mustFlag(name, help string) flag {
	return flag{0, name, strings.ReplaceAll(name, "-", "_"), true, help}
}

func mayFlag(name, help string) flag {
	return flag{0, name, strings.ReplaceAll(name, "-", "_"), false, help}
}

var (
	nameFlag      = mustFlag("name", "name")
	argumentsFlag = mayFlag("arguments", "additional arguments, a JSON object [default: {}]")
	bindingFlags  = []flag{
		mustFlag("source", "source exchange"), mustFlag("destination-type", "destination type: exchange or queue"),
		mustFlag("destination", "destination exchange/queue name"), mustFlag("routing-key", "routing key"), argumentsFlag,
	}
	idempotently = flag{0, "idempotently", "", false, "do not consider 404 Not Found API responses to be errors"}
	columnsFlag  = mayFlag("columns", "columns to show, separated by commas")
)

// The commands by what they are about.
var (
	declaresV2 = []commandV2{
		{"exchange", "Declares an exchange", []flag{
			nameFlag, mayFlag("type", "exchange type [default: direct]"), mayFlag("durable", "should it be durable [default: true]"),
			mayFlag("auto-delete", "should it be auto-deleted [default: false]"), argumentsFlag,
		}, (*call).declareExchange},
		{"queue", "Declares a queue or a stream", []flag{
			nameFlag, mayFlag("type", "queue type [default: classic]"), mayFlag("durable", "should it be durable [default: true]"),
			mayFlag("auto-delete", "should it be auto-deleted [default: false]"), argumentsFlag,
		}, (*call).declareQueue},
		{"binding", "Creates a binding between a source exchange and a destination (a queue or an exchange)", bindingFlags, (*call).declareBinding},
		{"vhost", "Creates a virtual host", []flag{
			nameFlag, mayFlag("description", "what's the purpose of this virtual host?"), mayFlag("default-queue-type", "of queues that are declared without one; taken and not used here"),
		}, (*call).declareVHost},
		{"user", "Creates a user", []flag{
			nameFlag, mayFlag("password", "prefer providing a hash"), mayFlag("password-hash", "salted password hash"),
			mayFlag("tags", "a list of comma-separated tags"),
		}, (*call).declareUser},
		{"permissions", "Grants permissions to a user", []flag{
			mustFlag("username", "user"), mustFlag("configure", "name pattern for configuration access"),
			mustFlag("read", "name pattern for read access"), mustFlag("write", "name pattern for write access"),
		}, (*call).declarePermissions},
		{"policy", "Creates or updates a policy", []flag{
			nameFlag, mustFlag("pattern", "the pattern that is used to match entity (queue, stream, exchange) names"),
			mayFlag("apply-to", "entities to apply to (queues, exchanges, all) [default: all]"),
			mayFlag("priority", "policy priority [default: 0]"), mustFlag("definition", "policy definition, a JSON object"),
		}, (*call).declarePolicy},
	}
	deletesV2 = []commandV2{
		{"exchange", "Deletes an exchange", []flag{nameFlag, idempotently}, deleteV2("exchanges")},
		{"queue", "Deletes a queue", []flag{nameFlag, idempotently}, deleteV2("queues")},
		{"binding", "Deletes a binding", bindingFlags, (*call).deleteBinding},
		{"vhost", "Deletes a virtual host", []flag{nameFlag, idempotently}, deleteV2("vhosts")},
		{"user", "Deletes a user", []flag{nameFlag, idempotently}, deleteV2("users")},
		{"permissions", "Revokes user permissions to a given virtual host", []flag{mustFlag("username", "user"), idempotently}, deleteV2("permissions")},
		{"policy", "Deletes a policy", []flag{nameFlag, idempotently}, deleteV2("policies")},
	}
	purgeV2   = commandV2{"queue", "Purges (permanently removes unacknowledged messages from) a queue", []flag{nameFlag}, (*call).purgeQueue}
	closeV2   = commandV2{"connection", "Closes a client connection", []flag{nameFlag, idempotently}, deleteV2("connections")}
	publishV2 = commandV2{"message", "Publishes (inefficiently) message(s) to a queue or a stream. Only suitable for development and test environments.", []flag{
		{'k', "routing-key", "routing_key", false, "Routing key"}, {'e', "exchange", "exchange", false, "Exchange name"},
		{'m', "payload", "payload", false, "Message payload/body [default: test]"},
		{'f', "payload-file", "payload_file", false, "'-' reads the payload from standard input"},
		{'p', "properties", "properties", false, "Message properties, a JSON object [default: {}]"},
	}, (*call).publishMessage}
	getMessagesV2 = commandV2{"messages", "Fetches (via polling, very inefficiently) message(s) from a queue. Only suitable for development and test environments.", []flag{
		{'q', "queue", "queue", true, "Target queue name"}, {'c', "count", "count", false, "Maximum number of messages to consume [default: 1]"},
		{'a', "ack-mode", "ack_mode", false, "Accepted values are: ack_requeue_false, reject_requeue_false, ack_requeue_true, reject_requeue_true [default: ack_requeue_false]"},
	}, (*call).getMessages}
	showsV2 = []commandV2{
		{"overview", "Displays essential information about target node and its cluster", nil, (*call).showOverview},
		{"endpoint", "Displays the computed HTTP API endpoint URI. Use for troubleshooting only.", nil, (*call).showEndpoint},
	}
)

// as gives a command another name.
func as(name string, c commandV2) commandV2 {
	c.name = name
	return c
}

// groupsV2 are all groups, in the order of their names.
var groupsV2 = func() []groupV2Commands {
	of := func(kind string) []commandV2 {
		i := slices.IndexFunc(declaresV2, func(c commandV2) bool { return plural(c.name) == kind })
		return []commandV2{as("declare", declaresV2[i]), as("delete", deletesV2[i]), as("list", listCommand(kind))}
	}
	var lists []commandV2
	for _, l := range listsV2 {
		lists = append(lists, listCommand(l.kind))
	}
	return []groupV2Commands{
		{"bindings", "Operations on bindings", of("bindings")},
		{"channels", "Operations on channels", []commandV2{as("list", listCommand("channels"))}},
		{"close", "Closes connections", []commandV2{closeV2}},
		{"connections", "Operations on connections", []commandV2{as("close", closeV2), as("list", listCommand("connections"))}},
		{"declare", "Creates or declares objects", declaresV2},
		{"delete", "Deletes objects", deletesV2},
		{"exchanges", "Operations on exchanges", of("exchanges")},
		{"get", "Fetches message(s) from a queue or stream via polling. Only suitable for development and test environments.", []commandV2{getMessagesV2}},
		{"list", "Lists objects", lists},
		{"nodes", "Node operations", []commandV2{as("list", listCommand("nodes"))}},
		{"permissions", "Operations on user permissions", of("permissions")},
		{"policies", "Operations on policies", of("policies")},
		{"publish", "Publishes (inefficiently) message(s) to a queue or a stream. Only suitable for development and test environments.", []commandV2{publishV2}},
		{"purge", "Purges queues", []commandV2{purgeV2}},
		{"queues", "Operations on queues", append(of("queues"), as("purge", purgeV2))},
		{"show", "Overview, and more", showsV2},
		{"users", "Operations on users", of("users")},
		{"vhosts", "Virtual host operations", of("vhosts")},
	}
}()

// plural is what a kind of thing is listed as.
func plural(kind string) string {
	switch {
	case kind == "policy":
		return "policies"
	case strings.HasSuffix(kind, "s"):
		return kind
	}
	return kind + "s"
}

// groupV2 finds a group.
func groupV2(name string) *groupV2Commands {
	i := slices.IndexFunc(groupsV2, func(g groupV2Commands) bool { return g.name == name })
	if i < 0 {
		return nil
	}
	return &groupsV2[i]
}

func (g *groupV2Commands) find(name string) *commandV2 {
	i := slices.IndexFunc(g.commands, func(c commandV2) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return &g.commands[i]
}

func (g *groupV2Commands) nouns() []string {
	var names []string
	for _, c := range g.commands {
		names = append(names, c.name)
	}
	return names
}

// verbs are the groups' names.
func verbs() []string {
	names := []string{"help"}
	for _, g := range groupsV2 {
		names = append(names, g.name)
	}
	return names
}
