package cli

import (
	"errors"
	"fmt"
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
