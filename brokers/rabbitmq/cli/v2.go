package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// The spelling of rabbitmqadmin 2, the one for RabbitMQ 4: declare queue --name jobs.
// What it exits with when a flag is wrong, when flags do not fit together, and when the
// broker does not do what it is asked for.
const (
	exitFlagsV2 = 2
	exitUsageV2 = 64
	exitDataV2  = 65
)

// A groupV2 is a verb with the nouns that it goes with, or the other way round.
type groupV2Commands struct {
	name, about string
	commands    []commandV2
}

// A commandV2 is one of them: what it is called there, and what it does. A list has no
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
		{"vhost", "Creates a virtual host", []flag{nameFlag, mayFlag("description", "what's the purpose of this virtual host?")}, (*call).declareVHost},
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

// adminV2 is rabbitmqadmin in its second spelling.
func adminV2(c *call) int {
	words, err := parse(adminFlags, c.given, c.args, true)
	switch {
	case err != nil:
		return c.misused(err, "rabbitmqadmin [OPTIONS] <COMMAND>")
	case c.has("version"):
		c.print("rabbitmqadmin %s\n", versionV2)
		return 0
	case c.has("help") || len(words) > 0 && words[0] == "help":
		return c.helpFor(words[min(1, len(words)):])
	case len(words) == 0:
		c.fail("%s", helpV2())
		return exitFlagsV2
	}
	g := groupV2(words[0])
	switch {
	case g == nil:
		return c.misusedText(fmt.Sprintf("unrecognized subcommand '%s'", words[0]), "rabbitmqadmin [OPTIONS] <COMMAND>")
	case len(words) == 1 || words[1] == "help" || words[1] == "--help" || words[1] == "-h":
		return c.helpFor(append([]string{g.name}, words[min(2, len(words)):]...))
	}
	cmd := g.find(words[1])
	if cmd == nil {
		return c.misusedText(fmt.Sprintf("unrecognized subcommand '%s'", words[1]), "rabbitmqadmin "+g.name+" [OPTIONS] <COMMAND>")
	}
	return c.runV2(g, cmd, words[2:])
}

// runV2 reads the flags of a command, and runs it.
func (c *call) runV2(g *groupV2Commands, cmd *commandV2, args []string) int {
	own := make(given)
	usage := cmd.usage(g)
	left, err := parse(append(slices.Clone(cmd.flags), vhostFlag, flagHelp), own, args, false)
	switch {
	case err != nil:
		return c.misused(err, usage)
	case own.has("help"):
		return c.helpFor([]string{g.name, cmd.name})
	case len(left) > 0:
		return c.misusedText(fmt.Sprintf("unexpected argument '%s' found", left[0]), usage)
	}
	var missing []string
	for _, f := range cmd.flags {
		if f.must && !own.has(f.long) {
			missing = append(missing, fmt.Sprintf("\n  --%s <%s>", f.long, f.value))
		}
	}
	if missing != nil {
		return c.misusedText("the following required arguments were not provided:"+strings.Join(missing, ""), usage)
	}
	if c.has("password") && !c.has("username") {
		return c.misusedText("the following required arguments were not provided:\n  --username <username>", usage)
	}
	c.connect() // own has a --username of its own, which is another
	if !own.has("vhost") {
		own["vhost"] = c.or("vhost", "/")
	}
	for _, name := range []string{"quiet", "non-interactive", "table-style"} {
		if c.has(name) {
			own[name] = c.given[name]
		}
	}
	c.given = own
	return cmd.run(c)
}

// misused says what is wrong with a flag.
func (c *call) misused(err error, usage string) int {
	var wrong *flagError
	if errors.As(err, &wrong) && errors.Is(err, errNoValue) {
		return c.misusedText(fmt.Sprintf("a value is required for '%s' but none was supplied", wrong.flag), usage)
	}
	if wrong != nil {
		return c.misusedText(fmt.Sprintf("unexpected argument '%s' found", wrong.flag), usage)
	}
	return c.misusedText(err.Error(), usage)
}

func (c *call) misusedText(what, usage string) int {
	c.fail("error: %s\n\nUsage: %s\n\nFor more information, try '--help'.", what, usage)
	return exitFlagsV2
}

// askV2 makes a request. code is not 0 when it went wrong, and then it has been said.
func (c *call) askV2(method, path string, body any) (got answer, code int) {
	got, err := c.api.do(method, path, body)
	switch {
	case err != nil:
		c.fail("encountered an error when performing an HTTP request: %s", unreachable(err))
		return got, exitDataV2
	case !got.failed():
		return got, 0
	case got.status == http.StatusNotFound && method == http.MethodDelete && c.has("idempotently"):
		return got, 0
	}
	c.note(got)
	switch reason := got.reason(); {
	case got.status == http.StatusNotFound && (reason == "" || reason == "Not Found"):
		c.fail("API responded with a 404 Not Found")
	case reason != "" && got.status < http.StatusInternalServerError:
		c.fail("%s", reason)
	case got.status < http.StatusInternalServerError:
		c.fail("API responded with a client error: status code of %d %s", got.status, http.StatusText(got.status))
	default:
		c.fail("API responded with a server error: status code of %d %s\n\n%s", got.status, http.StatusText(got.status), reason)
	}
	return got, exitDataV2
}

// object reads a flag that holds a JSON object.
func (c *call) object(name string) (o row, ok bool) {
	if err := json.Unmarshal([]byte(c.or(name, "{}")), &o); err != nil {
		c.fail("Failed to parse JSON argument: %s is %s, expected an object", name, c.or(name, ""))
		return nil, false
	}
	return o, true
}

// truth reads a flag that says true or false.
func (c *call) truth(name string, otherwise bool) (value, ok bool) {
	switch c.or(name, fmt.Sprint(otherwise)) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	c.misusedText(fmt.Sprintf("invalid value '%s' for '--%s <%s>'\n  [possible values: true, false]", c.or(name, ""), name, strings.ReplaceAll(name, "-", "_")), "rabbitmqadmin [OPTIONS] <COMMAND>")
	return false, false
}

// declaration is what queues and exchanges have in common.
func (c *call) declaration() (body row, ok bool) {
	durable, ok := c.truth("durable", true)
	if !ok {
		return nil, false
	}
	autoDelete, ok := c.truth("auto-delete", false)
	if !ok {
		return nil, false
	}
	arguments, ok := c.object("arguments")
	return row{"durable": durable, "auto_delete": autoDelete, "arguments": arguments}, ok
}

func (c *call) declareExchange() int {
	body, ok := c.declaration()
	if !ok {
		return exitFlagsV2
	}
	body["type"] = c.or("type", "direct")
	_, code := c.askV2(http.MethodPut, at("exchanges", c.or("vhost", "/"), c.or("name", "")), body)
	return code
}

func (c *call) declareQueue() int {
	body, ok := c.declaration()
	if !ok {
		return exitFlagsV2
	}
	if kind := c.or("type", "classic"); kind != "classic" {
		body["arguments"].(row)["x-queue-type"] = kind
	}
	_, code := c.askV2(http.MethodPut, at("queues", c.or("vhost", "/"), c.or("name", "")), body)
	return code
}

// ends is the path between the two ends of a binding.
func (c *call) ends() (path string, ok bool) {
	kind := c.or("destination-type", "")
	if kind != "queue" && kind != "exchange" {
		c.misusedText(fmt.Sprintf("invalid value '%s' for '--destination-type <destination_type>': expected queue or exchange", kind), "rabbitmqadmin [OPTIONS] <COMMAND>")
		return "", false
	}
	return at("bindings", c.or("vhost", "/"), "e", c.or("source", ""), kind[:1], c.or("destination", "")), true
}

func (c *call) declareBinding() int {
	path, ok := c.ends()
	arguments, read := c.object("arguments")
	if !ok || !read {
		return exitFlagsV2
	}
	_, code := c.askV2(http.MethodPost, path, row{"routing_key": c.or("routing-key", ""), "arguments": arguments})
	return code
}

// deleteBinding looks for the binding of that key, since requests name it otherwise.
func (c *call) deleteBinding() int {
	path, ok := c.ends()
	if !ok {
		return exitFlagsV2
	}
	got, code := c.askV2(http.MethodGet, path, nil)
	if code != 0 {
		return code
	}
	bound, err := got.rows()
	if err != nil {
		c.fail("%s", err)
		return exitDataV2
	}
	bound = slices.DeleteFunc(bound, func(b row) bool { return text(b, "routing_key") != c.or("routing-key", "") })
	switch len(bound) {
	case 0:
		c.fail("API responded with a 404 Not Found")
		return exitDataV2
	case 1:
		_, code = c.askV2(http.MethodDelete, path+at(text(bound[0], "properties_key")), nil)
		return code
	}
	c.fail("multiple bindings match, cannot determine which binding to delete without explicitly provided binding properties")
	return exitUsageV2
}

func (c *call) declareVHost() int {
	_, code := c.askV2(http.MethodPut, at("vhosts", c.or("name", "")), row{"description": c.or("description", "")})
	return code
}

func (c *call) declareUser() int {
	password, hash := c.or("password", ""), c.or("password-hash", "")
	if (password == "") == (hash == "") {
		c.fail("Please provide either --password or --password-hash")
		return exitUsageV2
	}
	body := row{"tags": c.or("tags", "")}
	if hash != "" {
		body["password_hash"] = hash
	} else {
		body["password"] = password
	}
	_, code := c.askV2(http.MethodPut, at("users", c.or("name", "")), body)
	return code
}

func (c *call) declarePermissions() int {
	_, code := c.askV2(http.MethodPut, at("permissions", c.or("vhost", "/"), c.or("username", "")), row{
		"configure": c.or("configure", ""), "write": c.or("write", ""), "read": c.or("read", ""),
	})
	return code
}

func (c *call) declarePolicy() int {
	definition, ok := c.object("definition")
	if !ok {
		return exitDataV2
	}
	var priority json.Number = "0"
	if c.has("priority") {
		priority = json.Number(c.or("priority", ""))
	}
	_, code := c.askV2(http.MethodPut, at("policies", c.or("vhost", "/"), c.or("name", "")), row{
		"pattern": c.or("pattern", ""), "definition": definition, "priority": priority, "apply-to": c.or("apply-to", "all"),
	})
	return code
}

// deleteV2 deletes one thing of a kind.
func deleteV2(kind string) func(*call) int {
	return func(c *call) int {
		path := at(kind, c.or("vhost", "/"), c.or("name", c.or("username", "")))
		switch kind {
		case "vhosts", "users", "connections":
			path = at(kind, c.or("name", ""))
		}
		_, code := c.askV2(http.MethodDelete, path, nil)
		return code
	}
}

func (c *call) purgeQueue() int {
	_, code := c.askV2(http.MethodDelete, at("queues", c.or("vhost", "/"), c.or("name", ""), "contents"), nil)
	return code
}

func (c *call) publishMessage() int {
	properties, ok := c.object("properties")
	if !ok {
		return exitDataV2
	}
	payload := c.or("payload", "test")
	if file := c.or("payload-file", ""); file == "-" {
		data, err := io.ReadAll(io.LimitReader(c.io.In, maxAnswer))
		if err != nil {
			return exitDataV2 // it was interrupted
		}
		payload = string(data)
	} else if file != "" {
		c.fail("could not read message payload from `%s`: there are no files here", file)
		return exitDataV2
	}
	exchange := c.or("exchange", "")
	if exchange == "" {
		exchange = "amq.default"
	}
	got, code := c.askV2(http.MethodPost, at("exchanges", c.or("vhost", "/"), exchange, "publish"), row{
		"routing_key": c.or("routing-key", ""), "properties": properties, "payload": payload, "payload_encoding": "string",
	})
	if code == 0 {
		c.print("%s\n", map[bool]string{true: "Message published and routed successfully", false: "Message published but NOT routed"}[routed(got)])
	}
	return code
}

func (c *call) getMessages() int {
	mode := c.or("ack-mode", "ack_requeue_false")
	if !slices.Contains(ackModes, mode) {
		c.fail("Unsupported argument value for property (field) ack_mode")
		return exitUsageV2
	}
	got, code := c.askV2(http.MethodPost, at("queues", c.or("vhost", "/"), c.or("queue", ""), "get"), row{
		"count": c.or("count", "1"), "ackmode": mode, "encoding": "auto",
	})
	if code != 0 {
		return code
	}
	return c.table(got, messageColumns)
}

func (c *call) showEndpoint() int {
	c.print("Using endpoint: http://%s:%s/api\n", c.api.host, c.api.port)
	return 0
}
