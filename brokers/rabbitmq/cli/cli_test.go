package cli

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
)

// TestSpelling tells the two spellings apart.
func TestSpelling(t *testing.T) {
	for line, want := range map[string]bool{
		"":                                             false,
		"list queues":                                  false,
		"list queues name messages":                    true,
		"-f tsv list queues":                           true,
		"list queues -f tsv":                           true,
		"--format=tsv list queues":                     true,
		"-V /app1 list queues":                         false,
		"queues list --columns name":                   false,
		"declare queue --name jobs":                    false,
		"declare queue name=jobs":                      true,
		"-u ann -p secret declare queue name=jobs":     true,
		"declare name=jobs":                            true,
		"declare queue":                                false,
		"declare permission":                           true,
		"declare permissions --user ann":               false,
		"declare queue --arguments a=b":                false,
		"publish exchange=e routing_key=k":             true,
		"publish message -e e -k k -m a=b":             false,
		"publish":                                      false,
		"get queue=jobs":                               true,
		"get messages --queue jobs":                    false,
		"help":                                         false,
		"help subcommands":                             true,
		"close connection name=x":                      true,
		"close connection --name x=y":                  false,
		"delete binding --source=a --destination=b":    false,
		"--vhost":                                      false,
		"show overview":                                false,
		"show overview rabbitmq_version":               true,
		"-q -V / declare exchange type=topic name=e":   true,
		"declare exchange --type=topic --name e extra": false,
	} {
		if got := old(strings.Fields(line)); got != want {
			t.Errorf("%q is in the spelling of v1: %t, want %t", line, got, want)
		}
	}
}

// TestParse: all ways to write a flag.
func TestParse(t *testing.T) {
	flags := []flag{{'n', "name", "name", false, ""}, {'q', "quiet", "", false, ""}, {0, "number", "n", false, ""}, {'v', "vhost", "v", false, ""}}
	for line, want := range map[string]struct {
		given given
		words []string
	}{
		"a --name x b":   {given{"name": "x"}, []string{"a", "b"}},
		"--name=x=y":     {given{"name": "x=y"}, nil},
		"-nx":            {given{"name": "x"}, nil},
		"-n=x":           {given{"name": "x"}, nil},
		"-qn x":          {given{"name": "x", "quiet": "true"}, nil},
		"--vh /":         {given{"vhost": "/"}, nil},
		"-q -- --name x": {given{"quiet": "true"}, []string{"--name", "x"}},
		"a - b":          {given{}, []string{"a", "-", "b"}},
	} {
		g := make(given)
		words, err := parse(flags, g, strings.Fields(line), false)
		if err != nil || !cmp.Equal(g, want.given) || !slices.Equal(words, want.words) {
			t.Errorf("%q is %v %v (%v), want %v %v", line, g, words, err, want.given, want.words)
		}
	}
	for _, line := range []string{"--nam", "--n x", "-x", "--name", "-n", "-qx"} {
		if words, err := parse(flags, make(given), strings.Fields(line), false); err == nil {
			t.Errorf("%q is read, as %v", line, words)
		}
	}
}

// FuzzArguments: no line of arguments makes a tool panic, print without end, or wait.
// Nobody listens where the tools look for a broker.
func FuzzArguments(f *testing.F) {
	for _, line := range []string{
		"declare queue --name jobs --arguments {}", "declare queue name=jobs arguments={", "list queues name messages", "-f long list queues",
		"publish routing_key=k payload=x", "get messages -q jobs -c 5", "set_permissions -p /app1 ann .* .* .*", "help list_queues", "add_user ann", "-pxqs",
		"--formatter json list_bindings source_name", "declare binding source=a destination=b destination_type=", "help subcommands", "--table-style x list queues",
		"declare queue --name jobs --type quorum --arguments null", "declare queue name=jobs queue_type=quorum arguments=null",
	} {
		f.Add(line)
	}
	tools := ToolsAt("127.0.0.1", "1")
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, " ")
		if hasHost(args) {
			t.Skip("it would look elsewhere")
		}
		for _, tool := range tools {
			var out bytes.Buffer
			if code := tool.Run(t.Context(), brokers.ToolIO{In: strings.NewReader("typed\n"), Out: &out, Err: io.Discard}, args); code < 0 || code > 255 {
				t.Errorf("%s %q exits with %d", tool.Name, line, code)
			}
			if out.Len() > 64<<10 {
				t.Errorf("%s %q prints %d bytes", tool.Name, line, out.Len())
			}
			if utf8.ValidString(line) && !utf8.Valid(out.Bytes()) {
				t.Errorf("%s %q prints what is no UTF-8", tool.Name, line)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			tool.Words(ctx, args[:len(args)-1], args[len(args)-1])
		}
	})
}

// hasHost reports whether a line names another host or port.
func hasHost(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		return strings.HasPrefix(arg, "--h") || strings.HasPrefix(arg, "--po") || len(arg) > 1 && arg[0] == '-' && strings.ContainsAny(arg, "HP")
	})
}

// TestHelp: every command explains itself.
func TestHelp(t *testing.T) {
	run := func(words ...string) (string, int) {
		for _, tool := range ToolsAt("127.0.0.1", "1") {
			if tool.Name == words[0] {
				var out bytes.Buffer
				code := tool.Run(t.Context(), brokers.ToolIO{In: strings.NewReader(""), Out: &out, Err: &out}, words[1:])
				return out.String(), code
			}
		}
		return "", -1
	}
	for _, g := range groupsV2 {
		if out, code := run("rabbitmqadmin", g.name, "--help"); code != 0 || !strings.Contains(out, g.about) {
			t.Errorf("%s: exit %d, %q", g.name, code, out)
		}
		for _, cmd := range g.commands {
			if out, code := run("rabbitmqadmin", g.name, cmd.name, "--help"); code != 0 || !strings.Contains(out, cmd.usage(&g)) {
				t.Errorf("%s %s: exit %d, %q", g.name, cmd.name, code, out)
			}
		}
	}
	for _, cmd := range ctlCommands {
		if out, code := run("rabbitmqctl", "help", cmd.name); code != 0 || !strings.Contains(out, cmd.about) {
			t.Errorf("help %s: exit %d, %q", cmd.name, code, out)
		}
	}
	for line, want := range map[string]string{
		"rabbitmqadmin":                      "name=events type=topic", // how it was spelled before
		"rabbitmqadmin help subcommands":     "declare permission vhost=... user=...",
		"rabbitmqadmin declare queue":        "--name <name>",
		"rabbitmqadmin declare thing":        "unrecognized subcommand 'thing'",
		"rabbitmqadmin declare queue --nam":  "a value is required for '--nam'",
		"rabbitmqadmin declare queue --x y":  "unexpected argument '--x' found",
		"rabbitmqadmin nothing":              "unrecognized subcommand 'nothing'",
		"rabbitmqadmin -f tsv nothing":       "Action nothing not understood",
		"rabbitmqadmin declare queue nam=x":  `Argument "nam" is not recognised`,
		"rabbitmqctl list_permisions":        "Did you mean 'list_permissions'?",
		"rabbitmqctl add_vhost x --nonsense": "Invalid options for this command:\n--nonsense",
		"rabbitmqctl":                        "Available commands:",
	} {
		if out, code := run(strings.Fields(line)...); !strings.Contains(out, want) || (code == 0) != (line == "rabbitmqadmin help subcommands") {
			t.Errorf("%s: exit %d, %q, want %q", line, code, out, want)
		}
	}
}
