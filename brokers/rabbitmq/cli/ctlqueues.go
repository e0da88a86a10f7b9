package cli

import (
	"encoding/json"
	"net/http"
	"strings"
)

// vhostCommands, policyCommands and queueCommands change what there is.
var (
	vhostCommands = []ctlCommand{
		{"add_vhost", "Virtual hosts", "<vhost> [--description <description> --tags \"<tag1>,<tag2>,<...>\" --default-queue-type <quorum|classic|stream>]", 1, 1, []flag{
			mayFlag("description", "what it is for"), mayFlag("tags", "words of one's own"), mayFlag("default-queue-type", "of queues that are declared without one; taken and not used here"),
		}, "Creates a virtual host", (*call).addVHost},
		{"delete_vhost", "Virtual hosts", "<vhost>", 1, 1, nil, "Deletes a virtual host", (*call).deleteVHost},
	}
	policyCommands = []ctlCommand{
		{"clear_policy", "Policies", "[--vhost <vhost>] <name>", 1, 1, nil, "Clears (removes) a policy", (*call).clearPolicy},
		{"list_policies", "Policies", "[--vhost <vhost>] [--no-table-headers]", 0, 0, nil, "Lists all policies in a virtual host", (*call).listPolicies},
		{"set_policy", "Policies", "[--vhost <vhost>] [--priority <priority>] [--apply-to <apply-to>] <name> <pattern> <definition>", 3, 3, []flag{
			mayFlag("priority", "of several that fit, the one with the highest counts [default: 0]"), mayFlag("apply-to", "queues, exchanges or all [default: all]"),
		}, "Sets or updates a policy", (*call).setPolicy},
	}
	queueCommands = []ctlCommand{
		{"close_all_connections", "Operations", "[--vhost <vhost>] <explanation>", 1, 1, nil, "Instructs the broker to close all connections for the specified vhost", (*call).closeAll},
		{"delete_queue", "Queues", "[--vhost <vhost>] <queue> [--if-empty|-e] [--if-unused|-u]", 1, 1, []flag{
			{'e', "if-empty", "", false, "delete the queue if it is empty"}, {'u', "if-unused", "", false, "delete the queue only if it has no consumers"},
		}, "Deletes a queue", (*call).deleteQueue},
		{"purge_queue", "Queues", "[--vhost <vhost>] <queue>", 1, 1, nil, "Purges a queue (removes all messages in it)", (*call).purgeQueueCtl},
	}
)

// addVHost makes a virtual host. Nobody may enter it yet: a request over HTTP would let its
// maker in, and the node is no user.
func (c *call) addVHost(args []string) int {
	c.tell("Adding vhost %q ...", args[0])
	_, code := c.ask(http.MethodPut, at("vhosts", args[0]), row{"description": c.or("description", "")})
	return code
}

func (c *call) deleteVHost(args []string) int {
	c.tell("Deleting vhost %q ...", args[0])
	got, code := c.ask(http.MethodDelete, at("vhosts", args[0]), nil)
	if got.status == http.StatusNotFound {
		c.fail("Virtual host '%s' does not exist", args[0])
		return exitData
	}
	return code
}

func (c *call) setPolicy(args []string) int {
	priority := c.or("priority", "0")
	c.tell("Setting policy %q for pattern %s to %s with priority %q for vhost %q ...", args[0], `"`+args[1]+`"`, `"`+args[2]+`"`, priority, c.vhost())
	var definition row
	if json.Unmarshal([]byte(args[2]), &definition) != nil {
		return c.went(exitUnavailable, "JSON decoding error. Reason: badarg")
	}
	got, err := c.api.do(http.MethodPut, at("policies", c.vhost(), args[0]), row{
		"pattern": args[1], "definition": definition, "priority": json.Number(priority), "apply-to": c.or("apply-to", "all"),
	})
	switch {
	case err != nil:
		return c.went(exitUnavailable, "%s", unreachable(err))
	case got.status == http.StatusNotFound:
		return c.went(exitUnavailable, "{:no_such_vhost, %q}", c.vhost())
	case got.failed():
		return c.went(exitUnavailable, "Validation failed\n\n%s\n", strings.TrimPrefix(got.reason(), "Validation failed\n\n"))
	}
	return 0
}

func (c *call) clearPolicy(args []string) int {
	c.tell("Clearing policy %q on vhost %q ...", args[0], c.vhost())
	got, code := c.ask(http.MethodDelete, at("policies", c.vhost(), args[0]), nil)
	if got.status == http.StatusNotFound {
		return c.went(exitUnavailable, "Parameter does not exist")
	}
	return code
}

func (c *call) listPolicies([]string) int {
	c.tell("Listing policies for vhost %q ...", c.vhost())
	got, code := c.ask(http.MethodGet, at("policies", c.vhost()), nil)
	if got.status == http.StatusNotFound {
		c.fail("Virtual host '%s' does not exist", c.vhost())
		return exitData
	}
	if code != 0 {
		return code
	}
	return c.printRows(got, []string{"vhost", "name", "pattern", "apply-to", "definition", "priority"}, func(r row) row {
		if o, ok := r["definition"].(row); ok {
			r["definition"] = plain(o)
		}
		return r
	})
}

// closeAll ends every connection to a virtual host.
func (c *call) closeAll(args []string) int {
	c.tell("Closing all connections in vhost %s, reason: %s...", c.vhost(), args[0])
	rows, got, err := c.api.list("/connections")
	if err != nil || got.failed() {
		return c.went(exitUnavailable, "%s%v", got.reason(), err)
	}
	closed := 0
	for _, r := range rows {
		if text(r, "vhost") != c.vhost() {
			continue
		}
		if _, code := c.ask(http.MethodDelete, at("connections", text(r, "name")), nil); code == 0 {
			closed++
		}
	}
	c.print("Closed %d connections\n", closed)
	return 0
}

func (c *call) deleteQueue(args []string) int {
	c.tell("Deleting queue '%s' on vhost '%s' ...", args[0], c.vhost())
	var conditions []string
	for _, name := range []string{"if-empty", "if-unused"} {
		if c.has(name) {
			conditions = append(conditions, name+"=true")
		}
	}
	path := at("queues", c.vhost(), args[0])
	before, got, err := c.api.list(path)
	switch {
	case err != nil:
		return c.went(exitUnavailable, "%s", unreachable(err))
	case got.status == http.StatusNotFound:
		return c.went(exitUsage, "Queue not found")
	}
	got, err = c.api.do(http.MethodDelete, path+"?"+strings.Join(conditions, "&"), nil)
	switch {
	case err != nil:
		return c.went(exitUnavailable, "%s", unreachable(err))
	case got.failed():
		return c.went(exitUnavailable, "%s", got.reason())
	}
	c.tell("Queue was successfully deleted with %s ready messages", text(before[0], "messages_ready"))
	return 0
}

func (c *call) purgeQueueCtl(args []string) int {
	c.tell("Purging queue '%s' in vhost '%s' ...", args[0], c.vhost())
	got, code := c.ask(http.MethodDelete, at("queues", c.vhost(), args[0], "contents"), nil)
	if got.status == http.StatusNotFound {
		return c.went(exitUnavailable, "not_found")
	}
	return code
}
