package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// cookie is what lets the tools of a node in. The miniature's management port takes it
// from this machine only.
const cookie = "BROKERLAB"

// The exit codes of rabbitmqctl, after sysexits.h.
const (
	exitUsage       = 64 // the line is wrong
	exitData        = 65 // what it says is
	exitNoUser      = 67
	exitUnavailable = 69
	exitSoftware    = 70
)

// ctlFlags are the flags of all commands; those of some stand with them.
var ctlFlags = []flag{
	{'?', "help", "", false, "displays command help"},
	{'n', "node", "node", false, "connect to node <node>"},
	{'l', "longnames", "", false, "use long host names"},
	{'t', "timeout", "n", false, "for commands that support it, operation timeout in seconds"},
	{'q', "quiet", "", false, "suppress informational messages"},
	{'s', "silent", "", false, "suppress informational messages and table header row"},
	{'p', "vhost", "vhost", false, "for commands that are scoped to a virtual host, virtual host to use"},
	{0, "formatter", "formatter", false, "alternative result formatter: json, table, csv"},
	{0, "no-table-headers", "", false, "suppress the table header row"},
}

// A ctlCommand is one command of rabbitmqctl.
type ctlCommand struct {
	name  string
	group string
	args  string // as its usage has them
	least int    // arguments
	most  int    // -1: any number
	flags []flag // besides the common ones
	about string
	run   func(*call, []string) int
}

// ctlCommands are the commands, group by group.
var ctlCommands []ctlCommand

func init() { // help reads the table
	ctlCommands = slices.Concat([]ctlCommand{
		{"help", "Help", "[<command>]", 0, 1, nil, "Displays usage information for a command", (*call).ctlHelp},
		{"version", "Help", "", 0, 0, nil, "Displays CLI tools version", (*call).ctlVersion},
		{"status", "Nodes", "", 0, 0, nil, "Displays status of a node", (*call).ctlStatus},
		{"ping", "Nodes", "", 0, 0, nil, "Checks that the node OS process is up and CLI tools can authenticate with it", (*call).ctlPing},
	}, userCommands, listCommands, policyCommands, vhostCommands, queueCommands)
}

// ctl is rabbitmqctl.
func (t *target) ctl(ctx context.Context, io brokers.ToolIO, args []string) int {
	c := &call{ctx: ctx, io: io, to: t, args: args, given: make(given)}
	c.api = &api{ctx: ctx, host: t.host, port: t.port, cookie: cookie}
	words, err := parse(allCtlFlags(), c.given, args, false)
	switch {
	case err != nil:
		return c.wrongFlag(words, err)
	case len(words) == 0 && c.has("help"):
		c.print("%s", ctlUsage())
		return 0
	case len(words) == 0:
		c.fail("%s", ctlUsage())
		return exitUsage
	}
	cmd := findCtl(words[0])
	if cmd == nil {
		return c.unknownCommand(words[0])
	}
	if c.has("help") {
		return c.ctlHelp([]string{cmd.name})
	}
	if n := c.node(); n != "" && n != "rabbit@localhost" {
		c.fail("Error: unable to perform an operation on node '%s'. The only node here is rabbit@localhost.", n)
		return exitUnavailable
	}
	if code := c.checkCtl(cmd, words[1:]); code != 0 {
		return code
	}
	code := cmd.run(c, words[1:])
	if code != 0 && ctx.Err() != nil {
		return brokers.ExitInterrupted
	}
	return code
}

func (c *call) node() string { return c.or("node", "") }

// allCtlFlags are the flags of all commands together.
func allCtlFlags() []flag {
	all := slices.Clone(ctlFlags)
	for _, cmd := range ctlCommands {
		for _, f := range cmd.flags {
			if !slices.ContainsFunc(all, func(o flag) bool { return o.long == f.long }) {
				all = append(all, f)
			}
		}
	}
	return all
}

func findCtl(name string) *ctlCommand {
	i := slices.IndexFunc(ctlCommands, func(cmd ctlCommand) bool { return cmd.name == name })
	if i < 0 {
		return nil
	}
	return &ctlCommands[i]
}

// checkCtl looks at how many arguments there are, and which flags.
func (c *call) checkCtl(cmd *ctlCommand, args []string) int {
	for name := range c.given {
		known := slices.ContainsFunc(slices.Concat(ctlFlags, cmd.flags), func(f flag) bool { return f.long == name })
		if !known {
			return c.wrongLine(cmd, fmt.Sprintf("Invalid options for this command:\n--%s : ", name))
		}
	}
	switch {
	case len(args) < cmd.least:
		return c.wrongLine(cmd, "not enough arguments.")
	case cmd.most >= 0 && len(args) > cmd.most:
		return c.wrongLine(cmd, "too many arguments.")
	}
	if f := c.or("formatter", "table"); f != "table" && f != "json" && f != "csv" {
		return c.wrongLine(cmd, fmt.Sprintf("formatter %q is not part of this miniature: table, json or csv", f))
	}
	return 0
}

// wrongLine says what is wrong with a call, and how it should be.
func (c *call) wrongLine(cmd *ctlCommand, what string) int {
	c.fail("Error (argument validation): %s\nArguments given:\n\t%s\n\nUsage\n\n%s", what, strings.Join(c.args, " "), cmd.usage())
	return exitUsage
}

func (c *call) wrongFlag(words []string, err error) int {
	var wrong *flagError
	if !errors.As(err, &wrong) {
		c.fail("Error: %s", err)
		return exitUsage
	}
	what := fmt.Sprintf("Invalid options for this command:\n%s : ", wrong.flag)
	if len(words) > 0 {
		if cmd := findCtl(words[0]); cmd != nil {
			return c.wrongLine(cmd, what)
		}
	}
	c.fail("Error (argument validation): %s\nArguments given:\n\t%s\n\n%s", what, strings.Join(c.args, " "), strings.TrimSuffix(ctlUsage(), "\n"))
	return exitUsage
}

func (c *call) unknownCommand(name string) int {
	best, distance := "", len(name)/3+1
	for _, cmd := range ctlCommands {
		if d := edits(name, cmd.name); d <= distance {
			best, distance = cmd.name, d-1
		}
	}
	c.fail("\nCommand '%s' not found. ", name)
	if best != "" {
		c.fail("Did you mean '%s'? \n", best)
	} else {
		c.fail("%s", ctlUsage())
	}
	return exitUsage
}

// edits is how many letters have to be changed, left out or put in to make one word the
// other; both are short.
func edits(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		now := append(make([]int, 0, len(b)+1), i+1)
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			now = append(now, min(change, last[j+1]+1, now[j]+1))
		}
		last = now
	}
	return last[len(b)]
}

// tell says what is being done, unless nobody wants to know.
func (c *call) tell(format string, args ...any) {
	if !c.has("quiet") && !c.has("silent") && c.or("formatter", "table") == "table" {
		c.print(format+"\n", args...)
	}
}

// went says what went wrong, as rabbitmqctl says it, and returns the exit code.
func (c *call) went(code int, format string, args ...any) int {
	c.fail("Error:\n"+format, args...)
	return code
}

// ask makes a request for a command. code is not 0 when it went wrong, and then it has
// been said.
func (c *call) ask(method, path string, body any) (answer, int) {
	got, err := c.api.do(method, path, body)
	switch {
	case err != nil:
		c.fail("Error: unable to perform an operation on node 'rabbit@localhost'. Please see diagnostics information and suggestions below.\n\nMost common reasons for this are:\n\n * Target node is unreachable\n * Target node is not running\n\n%s", unreachable(err))
		return got, exitUnavailable
	case got.status == 404:
		return got, exitUnavailable // each command has its own words for what it did not find
	case got.failed():
		c.note(got)
		return got, c.went(exitUnavailable, "%s", got.reason())
	}
	return got, 0
}

// vhost is the virtual host that a command is about.
func (c *call) vhost() string { return c.or("vhost", "/") }

// ctlWords completes what may follow some words of rabbitmqctl.
func (t *target) ctlWords(ctx context.Context, words []string, part string) []string {
	if n := len(words); n > 0 {
		switch words[n-1] {
		case "-p", "--vhost":
			return t.named(ctx, "vhosts")
		case "--formatter":
			return []string{"json", "table", "csv"}
		case "--apply-to":
			return choices["apply-to"]
		}
	}
	left, _ := parse(allCtlFlags(), make(given), words, false)
	var cmd *ctlCommand
	if len(left) > 0 {
		cmd = findCtl(left[0])
	}
	switch {
	case strings.HasPrefix(part, "-") && cmd != nil:
		return append(typed(ctlFlags), typed(cmd.flags)...)
	case strings.HasPrefix(part, "-"):
		return typed(ctlFlags)
	case len(left) == 0 || left[0] == "help":
		var names []string
		for _, cmd := range ctlCommands {
			names = append(names, cmd.name)
		}
		return names
	case cmd == nil:
		return nil
	}
	return cmd.words(ctx, t, len(left)-1)
}

// words are what may stand as the n-th argument of a command.
func (cmd *ctlCommand) words(ctx context.Context, t *target, n int) []string {
	args := strings.Fields(cmd.args)
	args = slices.DeleteFunc(args, func(a string) bool { return !strings.HasPrefix(a, "<") || strings.HasSuffix(a, "]") })
	switch {
	case strings.HasPrefix(cmd.name, "list_") && strings.Contains(cmd.args, "<column>"):
		return columnsOf(cmd.name)
	case n >= len(args):
		return nil
	case cmd.name == "add_user" || cmd.name == "add_vhost":
		return nil // what is not there yet
	case args[n] == "<username>":
		return t.named(ctx, "users")
	case args[n] == "<vhost>":
		return t.named(ctx, "vhosts")
	case args[n] == "<queue>":
		return t.named(ctx, "queues")
	case args[n] == "<tag>":
		return choices["tags"]
	}
	return nil
}
