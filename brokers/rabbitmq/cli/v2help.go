package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// versionV2 is that of the tool whose flags and words these are.
const versionV2 = "2.34.0"

func sortedKeys(o row) []string { return slices.Sorted(maps.Keys(o)) }

// helpFor explains a group, a command in one, or everything.
func (c *call) helpFor(words []string) int {
	if len(words) == 0 {
		c.print("%s", helpV2())
		return 0
	}
	g := groupV2(words[0])
	if g == nil {
		return c.misusedText(fmt.Sprintf("unrecognized subcommand '%s'", words[0]), "rabbitmqadmin [OPTIONS] <COMMAND>")
	}
	if len(words) == 1 {
		var out strings.Builder
		fmt.Fprintf(&out, "%s\n\nUsage: rabbitmqadmin %s [OPTIONS] <COMMAND>\n\nCommands:\n", g.about, g.name)
		for _, cmd := range g.commands {
			fmt.Fprintf(&out, "  %-12s %s\n", cmd.name, cmd.about)
		}
		out.WriteString("\n" + "A command explains itself: --help behind it.\n")
		c.print("%s", out.String())
		return 0
	}
	cmd := g.find(words[1])
	if cmd == nil {
		return c.misusedText(fmt.Sprintf("unrecognized subcommand '%s'", words[1]), "rabbitmqadmin "+g.name+" [OPTIONS] <COMMAND>")
	}
	c.print("%s\n\nUsage: %s\n\nOptions:\n%s", cmd.about, cmd.usage(g), options(append(slices.Clone(cmd.flags), vhostFlag, flagHelp)))
	return 0
}

// usage is how a command is called.
func (cmd *commandV2) usage(g *groupV2Commands) string {
	var out strings.Builder
	fmt.Fprintf(&out, "rabbitmqadmin %s %s", g.name, cmd.name)
	if len(cmd.flags) > 0 {
		out.WriteString(" [OPTIONS]")
	}
	for _, f := range cmd.flags {
		if f.must {
			fmt.Fprintf(&out, " --%s <%s>", f.long, f.value)
		}
	}
	return out.String()
}

// options lists flags, each with what it is for.
func options(flags []flag) string {
	var out strings.Builder
	for _, f := range flags {
		left := "    "
		if f.short != 0 {
			left = "-" + string(rune(f.short)) + ", "
		}
		left += "--" + f.long
		if f.value != "" {
			left += " <" + f.value + ">"
		}
		fmt.Fprintf(&out, "  %-44s %s\n", left, f.help)
	}
	return out.String()
}

// helpV2 explains everything.
func helpV2() string {
	var out strings.Builder
	fmt.Fprintf(&out, "rabbitmqadmin %s: works with RabbitMQ over its HTTP API, as one of its users\n\nUsage: rabbitmqadmin [OPTIONS] <COMMAND>\n\nCommands:\n", versionV2)
	for _, g := range groupsV2 {
		fmt.Fprintf(&out, "  %-12s %s\n", g.name, g.about)
	}
	fmt.Fprintf(&out, "  %-12s %s\n\nOptions:\n%s", "help", "Print this message or the help of the given subcommand(s)", options(adminFlags))
	out.WriteString(`
All options but --vhost stand before the command:
  rabbitmqadmin --username ann --password secret --vhost /shop queues list

History: the tool that came with RabbitMQ up to 3.13 was a Python script, and spelled things
its own way; lines in that spelling are understood here, too:
  now     rabbitmqadmin declare exchange --name events --type topic
  before  rabbitmqadmin declare exchange name=events type=topic
'rabbitmqadmin help subcommands' lists them.
`)
	return out.String()
}
