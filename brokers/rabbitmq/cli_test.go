package rabbitmq_test

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/cli"
)

// use runs one of our own tools against a management port, and returns what it printed
// and its exit code.
func use(t testing.TB, base string, refused func(), input string, words ...string) (string, int) {
	t.Helper()
	u, err := url.Parse(base)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, tool := range cli.ToolsAt(u.Hostname(), u.Port()) {
		if tool.Name == words[0] {
			var out bytes.Buffer
			code := tool.Run(ctx, brokers.ToolIO{In: strings.NewReader(input), Out: &out, Err: &out, Settle: true, Refused: refused}, words[1:])
			return out.String(), code
		}
	}
	t.Fatalf("there is no tool %q", words[0])
	return "", 0
}

// ours makes the commands of the transcript of rabbitmqadmin with our own.
func ours(t testing.TB, base string) (lines []string) {
	t.Helper()
	for _, command := range commands {
		first := []string{"rabbitmqadmin", "-f", "table"} // says that a bare "list queues" is the first spelling's
		out, code := use(t, base, nil, "", append(first, strings.Fields(command)...)...)
		lines = append(lines, "$ rabbitmqadmin "+command)
		for line := range strings.Lines(out) {
			if line = strings.TrimRight(line, " \n"); line != "" {
				lines = append(lines, line)
			}
		}
		if code != 0 {
			lines = append(lines, "exit status "+strconv.Itoa(code))
		}
	}
	return lines
}

// TestOwnRabbitmqadmin: our rabbitmqadmin prints what RabbitMQ's own one did.
func TestOwnRabbitmqadmin(t *testing.T) {
	want, err := os.ReadFile(transcript("management with rabbitmqadmin"))
	must(t, err)
	if diff := cmp.Diff(strings.Split(string(want), "\n"), append(ours(t, manage(t, start(t))), "")); diff != "" {
		t.Errorf("RabbitMQ's own tool (-) and ours (+):\n%s", diff)
	}
}

// The commands for rabbitmqctl: each prints the same whichever node it is asked of.
var ctlCommands = []string{
	"add_vhost /app1", "add_vhost /app1", "add_vhost", "add_vhost a b", "list_vhosts", "-q list_vhosts name tracing",
	"add_user ann secret", "add_user ann secret", "set_user_tags ann administrator monitoring", "set_user_tags nobody administrator",
	"-s list_users", "authenticate_user ann secret", "authenticate_user ann wrong", "change_password ann other", "authenticate_user ann other",
	"change_password nobody other",
	"set_permissions -p /app1 ann ^a .* .*", "set_permissions -p /none ann .* .* .*", "set_permissions -p /app1 nobody .* .* .*",
	"set_permissions -p /app1 ann .*", "list_permissions -p /app1", "list_permissions -p /none", "list_user_permissions ann", "list_user_permissions nobody",
	"list_queues -p /app1", "list_queues -p /none", "list_queues nonsense", "-q list_bindings -p /app1", "list_consumers", "list_connections", "list_channels",
	"--formatter json list_permissions -p /app1", "list_vhosts --formatter json", "list_user_permissions ann --no-table-headers",
	"delete_queue none", "purge_queue none", "list_queue", "clear_permissions -p /app1 ann", "clear_permissions -p /app1 ann", "clear_permissions nobody",
	"delete_user ann", "delete_user ann", "delete_vhost /app1", "delete_vhost /app1",
}

// escapes are what a terminal takes for colours; usageLine differs in the options that are
// left out.
var (
	escapes   = regexp.MustCompile("\x1b\\[[0-9;]*m")
	usageLine = regexp.MustCompile(`^(rabbitmqctl \[--node <node>\] \[--longnames\] \[--quiet\] \w+).*`)
)

// ctlLines are what a command printed, for the transcript.
func ctlLines(command, out string, code int) (lines []string) {
	lines = append(lines, "$ rabbitmqctl "+command)
	for line := range strings.Lines(escapes.ReplaceAllString(out, "")) {
		if line = strings.TrimRight(line, " \n"); line != "" {
			lines = append(lines, usageLine.ReplaceAllString(line, "$1 …"))
		}
	}
	if code != 0 {
		lines = append(lines, "exit status "+strconv.Itoa(code))
	}
	return lines
}

const ctlTranscript = "node with rabbitmqctl"

// TestOwnRabbitmqctl: our rabbitmqctl prints what RabbitMQ's own one did, and exits as it.
func TestOwnRabbitmqctl(t *testing.T) {
	base := manage(t, start(t))
	var lines []string
	for _, command := range ctlCommands {
		out, code := use(t, base, nil, "", append([]string{"rabbitmqctl"}, strings.Fields(command)...)...)
		lines = append(lines, ctlLines(command, out, code)...)
	}
	want, err := os.ReadFile(transcript(ctlTranscript))
	must(t, err)
	if diff := cmp.Diff(strings.Split(string(want), "\n"), append(lines, "")); diff != "" {
		t.Errorf("RabbitMQ's own tool (-) and ours (+):\n%s", diff)
	}
}

// TestRabbitMQCtl runs RabbitMQ's own tools against RabbitMQ, and our rabbitmqadmin, so that
// the recorded transcripts stay true. rabbitmqctl takes a second for each command.
func TestRabbitMQCtl(t *testing.T) {
	if os.Getenv("BROKERLAB_CLIENT_TESTS") == "" && !*update {
		t.Skip("SKIPPED: rabbitmqctl itself takes a minute; BROKERLAB_CLIENT_TESTS=1 runs it")
	}
	node := startNode(t, "[rabbitmq_management].")
	waitManaged(t, node.management)
	for _, person := range people {
		if person.name != "guest" {
			ask(t, "DELETE", node.management+"/api/users/"+person.name, "guest", nil)
		}
	}
	ask(t, "DELETE", node.management+"/api/vhosts/shop", "guest", nil)
	want, err := os.ReadFile(transcript("management with rabbitmqadmin"))
	must(t, err)
	if diff := cmp.Diff(strings.Split(string(want), "\n"), append(ours(t, node.management), "")); diff != "" {
		t.Errorf("RabbitMQ's own rabbitmqadmin (-) and ours (+), asked of RabbitMQ:\n%s", diff)
	}
	var lines []string
	for _, command := range ctlCommands {
		cmd := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(node.script), "rabbitmqctl"), strings.Fields(command)...)
		cmd.Env = node.env
		out, err := cmd.CombinedOutput()
		if _, exited := err.(*exec.ExitError); err != nil && !exited { //nolint:errorlint // it is the error itself
			t.Fatal(err)
		}
		lines = append(lines, ctlLines(command, string(out), cmd.ProcessState.ExitCode())...)
	}
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		must(t, os.WriteFile(transcript(ctlTranscript), []byte(got), 0o644))
		return
	}
	recorded, err := os.ReadFile(transcript(ctlTranscript))
	must(t, err)
	if diff := cmp.Diff(strings.Split(string(recorded), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("recorded (-) and now (+):\n%s", diff)
	}
}

// nobody listens at the near end of a connection, and nobody else is given its port.
func nobody(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	held, err := net.Dial("tcp", l.Addr().String())
	must(t, err)
	t.Cleanup(func() { _, _ = held.Close(), l.Close() })
	return "http://" + held.LocalAddr().String()
}

// TestToolsWithNobodyThere: a broker that does not answer is said so, and soon.
func TestToolsWithNobodyThere(t *testing.T) {
	base := nobody(t)
	for command, want := range map[string]struct {
		code int
		text string
	}{
		"rabbitmqadmin list queues name messages":  {1, "*** Could not connect: [Errno 111] Connection refused"},
		"rabbitmqadmin queues list":                {65, "encountered an error when performing an HTTP request"},
		"rabbitmqctl list_queues":                  {69, "unable to perform an operation on node"},
		"rabbitmqctl authenticate_user ann secret": {69, "unable to perform an operation on node"},
	} {
		began := time.Now()
		out, code := use(t, base, nil, "", strings.Fields(command)...)
		if code != want.code || !strings.Contains(out, want.text) {
			t.Errorf("%s: exit %d, %q; want %d, %q (after %s)", command, code, out, want.code, want.text, time.Since(began))
		}
	}
}

// TestRefused: a tool tells the console of what the broker refuses a user, and of nothing
// else.
func TestRefused(t *testing.T) {
	base := manage(t, start(t))
	for _, c := range []struct {
		command string
		want    bool
	}{
		{"rabbitmqctl add_user ann secret", false},
		{"rabbitmqadmin -u ann -p secret declare queue --name jobs", true}, // not a management user
		{"rabbitmqctl set_user_tags ann management", false},
		{"rabbitmqadmin -u ann -p secret declare queue --name jobs", true}, // may not enter
		{"rabbitmqctl set_permissions ann ^$ .* .*", false},
		{"rabbitmqadmin -u ann -p secret declare queue --name jobs", true},
		{"rabbitmqadmin -u ann -p secret declare queue name=jobs", true},
		{"rabbitmqadmin declare queue --name jobs", false},
		{"rabbitmqadmin -u ann -p secret publish message -k jobs -m one", false},
		{"rabbitmqadmin -u ann -p secret delete queue --name other", false}, // there is none
	} {
		refused := false
		out, code := use(t, base, func() { refused = true }, "", strings.Fields(c.command)...)
		if refused != c.want {
			t.Errorf("%s: refused %t, want %t: exit %d, %q", c.command, refused, c.want, code, out)
		}
	}
}

// TestCompletion: what the Tab key offers.
func TestCompletion(t *testing.T) {
	base := manage(t, start(t))
	for _, command := range []string{
		"rabbitmqctl add_vhost /app1", "rabbitmqctl add_user ann secret", "rabbitmqadmin declare exchange --name user_events --type topic",
		"rabbitmqadmin declare queue --name jobs",
	} {
		if out, code := use(t, base, nil, "", strings.Fields(command)...); code != 0 {
			t.Fatalf("%s: %s", command, out)
		}
	}
	u, err := url.Parse(base)
	must(t, err)
	for line, want := range map[string]string{
		"rabbitmqadmin |de":                               "declare",
		"rabbitmqadmin declare |ex":                       "exchange",
		"rabbitmqadmin declare exchange |--na":            "--name",
		"rabbitmqadmin declare binding --source |":        "user_events",
		"rabbitmqadmin -V |":                              "/app1",
		"rabbitmqadmin -u |":                              "ann",
		"rabbitmqadmin get messages --queue |j":           "jobs",
		"rabbitmqadmin delete queue --name |":             "jobs",
		"rabbitmqadmin declare binding |source=user":      "source=user_events",
		"rabbitmqadmin get |queue=":                       "queue=jobs",
		"rabbitmqadmin declare exchange x --type |to":     "topic",
		"rabbitmqctl |set_":                               "set_permissions",
		"rabbitmqctl set_permissions -p |":                "/app1",
		"rabbitmqctl set_permissions -p /app1 |":          "ann",
		"rabbitmqctl delete_vhost |/":                     "/app1",
		"rabbitmqctl set_policy |--pr":                    "--priority",
		"rabbitmqctl list_queues |mess":                   "messages_ready",
		"rabbitmqctl help |list":                          "list_bindings",
		"rabbitmqadmin get messages -q jobs --ack-mode |": "reject_requeue_true",
	} {
		before, part, _ := strings.Cut(line, "|")
		words := strings.Fields(before)
		for _, tool := range cli.ToolsAt(u.Hostname(), u.Port()) {
			if tool.Name != words[0] {
				continue
			}
			if got := tool.Words(t.Context(), words[1:], part); !strings.Contains(" "+strings.Join(got, " ")+" ", " "+want+" ") {
				t.Errorf("%s: offers %q, want %q among them", line, got, want)
			}
		}
	}
}
