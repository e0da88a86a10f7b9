package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// Tools are the commands, by name, for a broker at localhost.
func Tools() []brokers.Tool { return ToolsAt("localhost", "15672") }

// ToolsAt are the commands for a broker whose management port is at an address.
func ToolsAt(host, port string) []brokers.Tool {
	t := &target{host, port}
	return []brokers.Tool{
		{Name: "rabbitmqadmin", Broker: "rabbitmq", Does: "Declares, lists and deletes what is in RabbitMQ, over HTTP, as one of its users", Flags: typed(adminFlags), Run: t.admin, Words: t.adminWords},
		{Name: "rabbitmqctl", Broker: "rabbitmq", Does: "Administers the node itself: virtual hosts, users, permissions, policies", Flags: typed(ctlFlags), Run: t.ctl, Words: t.ctlWords},
	}
}

// A target is where the tools find a broker unless they are told otherwise.
type target struct{ host, port string }

// A call is one use of a tool.
type call struct {
	ctx  context.Context
	io   brokers.ToolIO
	to   *target
	api  *api
	args []string // all that was typed
	given
}

func (c *call) print(format string, args ...any) { fmt.Fprintf(c.io.Out, format, args...) }

// fail prints a line to the error output.
func (c *call) fail(format string, args ...any) { fmt.Fprintf(c.io.Err, format+"\n", args...) }

// note tells the console that the broker has refused what was asked for.
func (c *call) note(a answer) {
	if a.status == 401 && c.io.Refused != nil {
		c.io.Refused()
	}
}

// completeTime is how long completion may ask the broker, also where that is slow.
const completeTime = 10 * time.Second

// named are the names of what there is of a kind: queues, exchanges, vhosts, users,
// connections. They are asked for as the administrator that completion may be, whoever
// the command is going to be run as.
func (t *target) named(ctx context.Context, kind string) []string {
	ctx, cancel := context.WithTimeout(ctx, completeTime)
	defer cancel()
	a := &api{ctx: ctx, host: t.host, port: t.port, cookie: cookie}
	rows, _, err := a.list("/" + kind + "?columns=name")
	if err != nil {
		return nil // what cannot be asked cannot be offered
	}
	var names []string
	for _, r := range rows {
		if name := text(r, "name"); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// kindOf says what a flag or argument names, as a kind of thing that can be listed; ""
// if nothing that is there.
func kindOf(argument string) string {
	switch strings.TrimLeft(argument, "-") {
	case "queue", "q":
		return "queues"
	case "exchange", "source", "e":
		return "exchanges"
	case "vhost", "V":
		return "vhosts"
	case "user", "username", "u":
		return "users"
	}
	return ""
}

// choices are what a flag may say when that is a short list.
var choices = map[string][]string{
	"type":             {"classic", "quorum", "direct", "fanout", "topic", "headers"},
	"destination-type": {"queue", "exchange"},
	"destination_type": {"queue", "exchange"},
	"ack-mode":         ackModes,
	"ackmode":          ackModes,
	"durable":          {"true", "false"},
	"auto-delete":      {"true", "false"},
	"auto_delete":      {"true", "false"},
	"apply-to":         {"all", "queues", "exchanges"},
	"tags":             {"administrator", "management", "monitoring", "policymaker"},
	"format":           formatNames,
	"f":                formatNames,
	"table-style":      styleNames,
}

var ackModes = []string{"ack_requeue_false", "ack_requeue_true", "reject_requeue_false", "reject_requeue_true"}

// valuesOf are what may stand as the value of a flag or argument.
func (t *target) valuesOf(ctx context.Context, name string) []string {
	if list, ok := choices[strings.TrimLeft(name, "-")]; ok {
		return list
	}
	if kind := kindOf(name); kind != "" {
		return t.named(ctx, kind)
	}
	return nil
}
