package cli

import (
	"fmt"
	"net/http"
	"strings"
)

// usage is how a command is called.
func (cmd *ctlCommand) usage() string {
	return strings.TrimSpace("rabbitmqctl [--node <node>] [--longnames] [--quiet] " + cmd.name + " " + cmd.args)
}

// ctlUsage lists the commands.
func ctlUsage() string {
	var out strings.Builder
	out.WriteString("\nUsage\n\nrabbitmqctl [--node <node>] [--timeout <timeout>] [--longnames] [--quiet] <command> [<command options>]\n\nAvailable commands:\n")
	group := ""
	for _, cmd := range ctlCommands {
		if cmd.group != group {
			group = cmd.group
			fmt.Fprintf(&out, "\n%s:\n\n", group)
		}
		fmt.Fprintf(&out, "   %-22s %s\n", cmd.name, cmd.about)
	}
	out.WriteString("\nUse 'rabbitmqctl help <command>' to learn more about a specific command\n")
	return out.String()
}

// ctlHelp explains a command.
func (c *call) ctlHelp(args []string) int {
	if len(args) == 0 {
		c.print("%s", ctlUsage())
		return 0
	}
	cmd := findCtl(args[0])
	if cmd == nil {
		return c.unknownCommand(args[0])
	}
	c.print("\nUsage\n\n%s\n\n%s\n", cmd.usage(), cmd.about)
	if len(cmd.flags) > 0 {
		c.print("\nOptions of this command\n\n%s", options(cmd.flags))
	}
	if columns := columnsOf(cmd.name); columns != nil && strings.Contains(cmd.args, "<column>") {
		c.print("\nColumns\n\n  %s\n", strings.Join(columns, ", "))
	}
	c.print("\nGeneral Options\n\n%s", options(ctlFlags))
	return 0
}

func (c *call) ctlVersion([]string) int {
	rows, code := c.overview()
	if code == 0 {
		c.print("%s\n", text(rows, "rabbitmq_version"))
	}
	return code
}

func (c *call) ctlPing([]string) int {
	c.tell("Will ping rabbit@localhost. This only checks if the OS process is running and registered with epmd. Timeout: 60000 ms.")
	_, code := c.overview()
	if code == 0 {
		c.print("Ping succeeded\n")
	}
	return code
}

// overview asks for the sums of the node.
func (c *call) overview() (row, int) {
	got, code := c.ask(http.MethodGet, "/overview", nil)
	if code != 0 {
		return nil, code
	}
	rows, err := got.rows()
	if err != nil || len(rows) == 0 {
		return nil, c.went(exitUnavailable, "%v", err)
	}
	return rows[0], 0
}

func (c *call) ctlStatus([]string) int {
	o, code := c.overview()
	if code != 0 {
		return code
	}
	c.tell("Status of node %s ...", text(o, "node"))
	c.print("Runtime\n\nRabbitMQ version: %s\nNode name: %s\n\n", text(o, "rabbitmq_version"), text(o, "node"))
	c.print("Totals\n\nConnection count: %s\nQueue count: %s\nVirtual host count: %d\n\nListeners\n\n",
		cell(o, "object_totals.connections"), cell(o, "object_totals.queues"), len(c.to.named(c.ctx, "vhosts")))
	listeners, _ := o["listeners"].([]any)
	for _, l := range listeners {
		if l, ok := l.(row); ok {
			c.print("Interface: [::], port: %s, protocol: %s\n", text(l, "port"), text(l, "protocol"))
		}
	}
	return 0
}
