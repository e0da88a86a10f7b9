package cli

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// The spelling of the Python tool: declare queue name=jobs. It ends with 1 when something
// goes wrong, with 2 when a flag does.
const (
	exitFailed  = 1
	exitFlagsV1 = 2
)

// A kindV1 is what one of the verbs may be used on. The first of arguments must be there.
type kindV1 struct {
	name     string
	must     []string
	may      []string // with what they are otherwise: "durable=true"; nothing without =
	json     []string // arguments that hold JSON
	path     []string // {x} stands for the argument x
	postsNew bool
}

var (
	exchangePath = []string{"exchanges", "{vhost}", "{name}"}
	queuePath    = []string{"queues", "{vhost}", "{name}"}
	bindingPath  = []string{"bindings", "{vhost}", "e", "{source}", "{char}", "{destination}"}
	vhostPath    = []string{"vhosts", "{name}"}
	userPath     = []string{"users", "{name}"}
	permitPath   = []string{"permissions", "{vhost}", "{user}"}
	policyPath   = []string{"policies", "{vhost}", "{name}"}
)

// verbsV1 are the verbs that change something.
var verbsV1 = map[string][]kindV1{
	"declare": {
		{"exchange", []string{"name", "type"}, []string{"auto_delete=false", "durable=true", "internal=false", "arguments={}"}, []string{"arguments"}, exchangePath, false},
		{"queue", []string{"name"}, []string{"auto_delete=false", "durable=true", "arguments={}", "node", "queue_type"}, []string{"arguments"}, queuePath, false},
		{"binding", []string{"source", "destination"}, []string{"destination_type=queue", "routing_key=", "arguments={}"}, []string{"arguments"}, bindingPath, true},
		{"vhost", []string{"name"}, []string{"tracing"}, nil, vhostPath, false},
		{"user", []string{"name", "password|password_hash", "tags"}, []string{"hashing_algorithm"}, nil, userPath, false},
		{"permission", []string{"vhost", "user", "configure", "write", "read"}, nil, nil, permitPath, false},
		{"policy", []string{"name", "pattern", "definition"}, []string{"priority=0", "apply-to"}, []string{"definition", "priority"}, policyPath, false},
	},
	"delete": {
		{name: "exchange", must: []string{"name"}, path: exchangePath},
		{name: "queue", must: []string{"name"}, path: queuePath},
		{name: "binding", must: []string{"source", "destination_type", "destination"}, may: []string{"properties_key=~"}, path: append(slices.Clone(bindingPath), "{properties_key}")},
		{name: "vhost", must: []string{"name"}, path: vhostPath},
		{name: "user", must: []string{"name"}, path: userPath},
		{name: "permission", must: []string{"vhost", "user"}, path: permitPath},
		{name: "policy", must: []string{"name"}, path: policyPath},
	},
	"close": {{name: "connection", must: []string{"name"}, path: []string{"connections", "{name}"}}},
	"purge": {{name: "queue", must: []string{"name"}, path: append(slices.Clone(queuePath), "contents")}},
}

// publishV1 and getV1 are verbs without a kind.
var (
	publishV1 = kindV1{
		name: "publish", must: []string{"routing_key"}, may: []string{"payload", "properties={}", "exchange=amq.default", "payload_encoding=string"},
		json: []string{"properties"}, path: []string{"exchanges", "{vhost}", "{exchange}", "publish"},
	}
	getV1 = kindV1{
		name: "get", must: []string{"queue"}, may: []string{"count=1", "ackmode=ack_requeue_true", "payload_file", "encoding=auto"},
		path: []string{"queues", "{vhost}", "{queue}", "get"},
	}
)

// errSaid is an error that has been told already.
var errSaid = errors.New("said")

// adminV1 is rabbitmqadmin in its first spelling.
func adminV1(c *call) int {
	words, err := parse(slices.Concat(adminFlags, flagsV1), c.given, c.args, false)
	var wrong *flagError
	switch {
	case errors.As(err, &wrong) && errors.Is(err, errNoValue):
		c.fail("%s\nrabbitmqadmin: error: %s option requires 1 argument", usageV1, wrong.flag)
		return exitFlagsV1
	case errors.As(err, &wrong):
		c.fail("%s\nrabbitmqadmin: error: no such option: %s", usageV1, wrong.flag)
		return exitFlagsV1
	case c.has("help"):
		c.print("%s", helpV2())
		return 0
	case len(words) == 0:
		return c.usageV1("Action not specified")
	}
	c.connect()
	verb, rest := words[0], words[1:]
	switch verb {
	case "list", "show":
		err = c.listV1(verb, rest)
	case "publish":
		err = c.publishV1(rest)
	case "get":
		err = c.getV1(rest)
	case "help":
		c.print("%s", subcommandsV1())
	default:
		err = c.changeV1(verb, rest)
	}
	if err != nil {
		return exitFailed
	}
	return 0
}

const usageV1 = "Usage\n=====\n  rabbitmqadmin [options] subcommand\n"

// usageV1 says what is wrong with a call.
func (c *call) usageV1(format string, args ...any) int {
	c.fail("\nERROR: "+format+"\n\nrabbitmqadmin --help for help\n", args...)
	return exitFailed
}

// askV1 makes a request, and says what went wrong in the words of the first tool.
func (c *call) askV1(method, path string, body any) (answer, error) {
	got, err := c.api.do(method, path, body)
	switch {
	case c.ctx.Err() != nil:
		return got, errSaid
	case err != nil:
		c.fail("*** Could not connect: %s\n", unreachable(err))
		return got, errSaid
	case !got.failed():
		return got, nil
	}
	c.note(got)
	switch got.status {
	case http.StatusBadRequest:
		c.fail("*** %s\n", got.reason())
	case http.StatusUnauthorized:
		c.fail("*** Access refused: %s\n", got.path)
	case http.StatusNotFound:
		c.fail("*** Not found: %s\n", got.path)
	default:
		c.fail("*** Received response %d %s for path %s\n%s\n", got.status, http.StatusText(got.status), got.path, got.reason())
	}
	return got, errSaid
}

// changeV1 declares, deletes, closes or purges something.
func (c *call) changeV1(verb string, words []string) error {
	kinds := verbsV1[verb]
	if kinds == nil {
		c.usageV1("Action %s not understood", verb)
		return errSaid
	}
	if len(words) == 0 {
		c.usageV1("Type not specified")
		return errSaid
	}
	i := slices.IndexFunc(kinds, func(k kindV1) bool { return k.name == words[0] })
	if i < 0 {
		c.usageV1("Type %s not recognised", words[0])
		return errSaid
	}
	k := kinds[i]
	upload, path, err := c.argumentsV1(&k, words[1:])
	if err != nil {
		return err
	}
	method, did, body := http.MethodDelete, verb+"d", any(nil)
	if verb == "declare" {
		method, body = http.MethodPut, upload
		if k.postsNew {
			method = http.MethodPost
		}
	}
	if _, err := c.askV1(method, path, body); err != nil {
		return err
	}
	c.verbose("%s %s", k.name, did)
	return nil
}

func (c *call) verbose(format string, args ...any) {
	if !c.has("quiet") {
		c.print(format+"\n", args...)
	}
}

// argumentsV1 reads name=value arguments: what is sent, and where to.
func (c *call) argumentsV1(k *kindV1, words []string) (upload row, path string, err error) {
	upload = make(row)
	var known []string
	for _, m := range k.must {
		known = append(known, strings.Split(m, "|")...)
	}
	for _, m := range k.may {
		name, value, set := strings.Cut(m, "=")
		known = append(known, name)
		if set {
			upload[name] = value
		}
	}
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		switch {
		case !ok:
			c.usageV1("Argument %q not in the name=value format", word)
			return nil, "", errSaid
		case !slices.Contains(known, name):
			c.usageV1("Argument %q is not recognised", name)
			return nil, "", errSaid
		}
		upload[name] = value
	}
	if err := c.completeV1(k, upload); err != nil {
		return nil, "", err
	}
	return upload, pathV1(k.path, upload), nil
}

// completeV1 checks that what must be there is, and reads JSON.
func (c *call) completeV1(k *kindV1, upload row) error {
	for _, m := range k.must {
		either := strings.Split(m, "|")
		if slices.ContainsFunc(either, func(name string) bool { _, ok := upload[name]; return ok }) {
			continue
		}
		if len(either) > 1 {
			c.usageV1("one of mandatory arguments \"['%s']\" is required", strings.Join(either, "', '"))
		} else {
			c.usageV1("mandatory argument %q is required", m)
		}
		return errSaid
	}
	for _, name := range k.json {
		given, ok := upload[name].(string)
		if !ok {
			continue
		}
		var value any
		if json.Unmarshal([]byte(given), &value) != nil {
			c.fail("ERROR: Could not parse JSON:\n  %s", given)
			return errSaid
		}
		upload[name] = value
	}
	if !slices.Contains(k.must, "vhost") {
		upload["vhost"] = c.or("vhost", "/")
	}
	if kind, ok := upload["queue_type"]; ok {
		arguments, _ := upload["arguments"].(row)
		if arguments == nil {
			arguments = make(row)
		}
		arguments["x-queue-type"] = kind
		upload["arguments"] = arguments
	}
	return nil
}

// pathV1 fills in a path.
func pathV1(parts []string, upload row) string {
	filled := make([]string, len(parts))
	for i, part := range parts {
		name, is := strings.CutPrefix(part, "{")
		switch name = strings.TrimSuffix(name, "}"); {
		case !is:
			filled[i] = part
		case name == "char":
			filled[i] = plain(upload["destination_type"])[:min(1, len(plain(upload["destination_type"])))]
		default:
			filled[i] = plain(upload[name])
		}
	}
	return at(filled...)
}

// publishV1 publishes one message. Without a payload it is what stands in the input.
func (c *call) publishV1(words []string) error {
	upload, path, err := c.argumentsV1(&publishV1, words)
	if err != nil {
		return err
	}
	if _, ok := upload["payload"]; !ok {
		data, err := io.ReadAll(io.LimitReader(c.io.In, maxAnswer))
		if err != nil {
			return errSaid // it was interrupted
		}
		upload["payload"], upload["payload_encoding"] = base64.StdEncoding.EncodeToString(data), "base64"
	}
	got, err := c.askV1(http.MethodPost, path, upload)
	if err != nil {
		return err
	}
	c.verbose("%s", routedV1[routed(got)])
	return nil
}

var routedV1 = map[bool]string{true: "Message published", false: "Message published but NOT routed"}

// routed reads whether a message has reached a queue.
func routed(a answer) bool {
	var said struct {
		Routed bool `json:"routed"`
	}
	return json.Unmarshal(a.body, &said) == nil && said.Routed
}

// getV1 takes messages.
func (c *call) getV1(words []string) error {
	upload, path, err := c.argumentsV1(&getV1, words)
	if err != nil {
		return err
	}
	if _, ok := upload["payload_file"]; ok {
		c.fail("*** payload_file: there are no files here\n")
		return errSaid
	}
	got, err := c.askV1(http.MethodPost, path, upload)
	if err != nil {
		return err
	}
	return c.formatV1(got, nil, nil)
}

// A listV1 is what can be listed: its columns if none are named, those that hold JSON,
// and whether it belongs to a virtual host.
type listV1 struct {
	name    string
	columns []string
	json    []string
	inVHost bool
}

var listsV1 = []listV1{
	{"connections", []string{"name", "user", "channels"}, nil, false},
	{"channels", []string{"name", "user"}, nil, false},
	{"consumers", nil, nil, true},
	{"exchanges", []string{"name", "type"}, nil, true},
	{"queues", []string{"name", "messages"}, nil, true},
	{"bindings", []string{"source", "destination", "routing_key"}, nil, true},
	{"users", nil, nil, false},
	{"vhosts", []string{"name", "messages"}, nil, false},
	{"permissions", nil, nil, false},
	{"nodes", []string{"name", "type", "mem_used"}, nil, false},
	{"parameters", nil, []string{"value"}, false},
	{"policies", nil, []string{"definition"}, false},
	{"operator_policies", nil, []string{"definition"}, false},
	{"vhost_limits", nil, []string{"value"}, false},
}

var overviewV1 = listV1{"overview", []string{"rabbitmq_version", "cluster_name", "queue_totals.messages", "object_totals.queues"}, nil, false}

// listV1 lists or shows something.
func (c *call) listV1(verb string, words []string) error {
	if len(words) == 0 {
		c.usageV1("Type not specified")
		return errSaid
	}
	l := overviewV1
	i := slices.IndexFunc(listsV1, func(l listV1) bool { return l.name == words[0] })
	switch {
	case verb == "list" && i >= 0:
		l = listsV1[i]
	case verb == "list" || words[0] != overviewV1.name:
		c.usageV1("Don't know how to %s %s", verb, words[0])
		return errSaid
	}
	path := at(strings.ReplaceAll(l.name, "_", "-"))
	if l.inVHost && c.has("vhost") {
		path += at(c.or("vhost", ""))
	}
	columns := words[1:]
	if len(columns) == 0 && c.or("depth", "1") == "1" && !strings.Contains(c.or("format", ""), "json") {
		columns = l.columns
	}
	var query []string
	if len(columns) > 0 {
		query = append(query, "columns="+strings.Join(columns, ","))
	}
	if c.has("sort") {
		query = append(query, "sort="+c.or("sort", ""))
	}
	if c.has("sort-reverse") {
		query = append(query, "sort_reverse=true")
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	got, err := c.askV1(http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return c.formatV1(got, columns, l.json)
}

// subcommandsV1 is what `help subcommands` says.
func subcommandsV1() string {
	var out strings.Builder
	title := func(name string) { fmt.Fprintf(&out, "\n%s\n%s\n\n", name, strings.Repeat("=", len(name))) }
	out.WriteString(usageV1 + "\n  where subcommand is one of:\n")
	title("Display")
	for _, l := range listsV1 {
		fmt.Fprintf(&out, "  list %s [<column>...]\n", l.name)
	}
	out.WriteString("  show overview [<column>...]\n")
	title("Object Manipulation")
	for _, verb := range []string{"declare", "delete", "close", "purge"} {
		for _, k := range verbsV1[verb] {
			fmt.Fprintf(&out, "  %s %s %s\n", verb, k.name, k.usage())
		}
	}
	title("Publishing and Consuming")
	fmt.Fprintf(&out, "  publish %s\n  get %s\n", publishV1.usage(), getV1.usage())
	out.WriteString("\n  * If payload is not specified on publish, standard input is used\n")
	return out.String()
}

// usage lists the arguments of a kind.
func (k *kindV1) usage() string {
	var must, may []string
	for _, m := range k.must {
		must = append(must, strings.ReplaceAll(m, "|", "=... OR ")+"=...")
	}
	for _, m := range k.may {
		name, _, _ := strings.Cut(m, "=")
		may = append(may, name+"=...")
	}
	if len(may) == 0 {
		return strings.Join(must, " ")
	}
	return strings.Join(must, " ") + " [" + strings.Join(may, " ") + "]"
}
