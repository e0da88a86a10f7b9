package rabbitmq_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A wish is a request to the management port: who makes it, and what it says.
type wish struct {
	user, method, path, body string
}

// wishes are made one after the other, of either broker. What is asked for in a GET are
// columns that do not depend on the machine.
var wishes = []wish{
	{"", "GET", "/whoami", ""},
	{"guest:wrong", "GET", "/whoami", ""},
	{"guest:guest", "GET", "/whoami", ""},
	{"guest:guest", "POST", "/whoami", ""},
	{"guest:guest", "GET", "/nothing", ""},
	{"guest:guest", "GET", "/overview?columns=rabbitmq_version,product_name", ""},
	{"guest:guest", "GET", "/nodes?columns=type,running", ""},
	// virtual hosts, users, permissions
	{"guest:guest", "PUT", "/vhosts/lab", "{}"},
	{"guest:guest", "PUT", "/vhosts/lab", "{}"},
	{"guest:guest", "GET", "/vhosts/lab?columns=name,tags,tracing,description", ""},
	{"guest:guest", "GET", "/vhosts/none", ""},
	{"guest:guest", "PUT", "/users/ann", `{"password":"p","tags":"monitoring"}`},
	{"guest:guest", "PUT", "/users/ann", `{"password":"p","tags":"monitoring,management"}`},
	{"guest:guest", "PUT", "/users/ben", `{"password":"p","tags":""}`},
	{"guest:guest", "PUT", "/users/cid", `{"password":"p","tags":["management"]}`},
	{"guest:guest", "PUT", "/users/dan", `{"password":"p"}`},
	{"guest:guest", "GET", "/users/ann?columns=name,tags,limits", ""},
	{"guest:guest", "GET", "/users/none", ""},
	{"guest:guest", "PUT", "/permissions/lab/ann", `{"configure":"^a","write":".*","read":".*"}`},
	{"guest:guest", "PUT", "/permissions/lab/ann", `{"configure":"^a","write":".*","read":".*"}`},
	{"guest:guest", "PUT", "/permissions/lab/cid", `{"configure":"^c","write":"^c","read":"^c"}`},
	{"guest:guest", "PUT", "/permissions/lab/none", `{"configure":".*","write":".*","read":".*"}`},
	{"guest:guest", "PUT", "/permissions/none/ann", `{"configure":".*","write":".*","read":".*"}`},
	{"guest:guest", "PUT", "/permissions/lab/ann", `{"configure":".*"}`},
	{"guest:guest", "GET", "/permissions/lab/ann", ""},
	{"guest:guest", "GET", "/users/ann/permissions", ""},
	{"guest:guest", "GET", "/permissions/none/ann", ""},
	// tags
	{"ben:p", "GET", "/whoami", ""},
	{"ann:p", "GET", "/whoami", ""},
	{"ann:p", "GET", "/users", ""},
	{"ann:p", "GET", "/nodes?columns=type", ""},
	{"ann:p", "PUT", "/vhosts/mine", "{}"},
	{"cid:p", "GET", "/nodes", ""},
	{"cid:p", "GET", "/vhosts?columns=name", ""},
	{"ann:p", "GET", "/vhosts?columns=name&sort=name", ""},
	{"cid:p", "GET", "/queues/%2F", ""},
	{"cid:p", "PUT", "/queues/%2F/cq", "{}"},
	{"cid:p", "PUT", "/queues/none/cq", "{}"},
	{"cid:p", "PUT", "/queues/lab/cq", "{}"},
	{"cid:p", "PUT", "/queues/lab/other", "{}"},
	{"cid:p", "POST", "/exchanges/lab/amq.default/publish", `{"routing_key":"cq","properties":{},"payload":"x","payload_encoding":"string"}`},
	{"ann:p", "DELETE", "/queues/lab/cq", ""},
	// queues
	{"guest:guest", "PUT", "/queues/lab/q", `{"durable":"true","auto_delete":"false","arguments":{"x-max-length":3}}`},
	{"guest:guest", "PUT", "/queues/lab/q", `{"durable":true,"auto_delete":false,"arguments":{"x-max-length":3}}`},
	{"guest:guest", "PUT", "/queues/lab/q", `{"durable":false}`},
	{"guest:guest", "PUT", "/queues/lab/amq.mine", "{}"},
	{"guest:guest", "PUT", "/queues/lab/bad", `{"arguments":{"x-max-length":-1}}`},
	{"guest:guest", "PUT", "/queues/lab/bad", "nonsense"},
	{"guest:guest", "GET", "/queues/lab/q?columns=name,vhost,durable,auto_delete,exclusive,arguments,type", ""},
	{"guest:guest", "GET", "/queues/lab?columns=name&sort=name", ""},
	{"guest:guest", "GET", "/queues/lab?columns=name&sort=name&sort_reverse=true", ""},
	{"guest:guest", "GET", "/queues/lab?columns=name&sort=name&page=1&page_size=1", ""},
	{"guest:guest", "GET", "/queues/lab/none", ""},
	{"guest:guest", "GET", "/queues/none", ""},
	{"guest:guest", "DELETE", "/queues/lab/none", ""},
	// exchanges and bindings
	{"guest:guest", "PUT", "/exchanges/lab/x", `{"type":"topic","durable":"true","internal":"false","auto_delete":"false","arguments":{}}`},
	{"guest:guest", "PUT", "/exchanges/lab/x", `{"type":"topic"}`},
	{"guest:guest", "PUT", "/exchanges/lab/x", `{"type":"fanout"}`},
	{"guest:guest", "PUT", "/exchanges/lab/y", `{"type":"topik"}`},
	{"guest:guest", "PUT", "/exchanges/lab/y", `{}`},
	{"guest:guest", "GET", "/exchanges/lab/y?columns=name,vhost,type,durable,auto_delete,internal,arguments", ""},
	{"guest:guest", "GET", "/exchanges/lab?columns=name,type&sort=name", ""},
	{"guest:guest", "GET", "/exchanges/lab/amq.default?columns=name,type", ""},
	{"guest:guest", "DELETE", "/exchanges/lab/none", ""},
	{"guest:guest", "DELETE", "/exchanges/lab/amq.topic", ""},
	{"guest:guest", "DELETE", "/exchanges/lab/amq.default", ""},
	{"guest:guest", "POST", "/bindings/lab/e/x/q/q", `{"routing_key":"a.*","arguments":{}}`},
	{"guest:guest", "POST", "/bindings/lab/e/x/q/none", `{"routing_key":"a.*"}`},
	{"guest:guest", "POST", "/bindings/lab/e/none/q/q", `{"routing_key":"a.*"}`},
	{"guest:guest", "POST", "/bindings/lab/e/x/e/y", `{"routing_key":"a.b"}`},
	{"guest:guest", "GET", "/bindings/lab/e/x/q/q", ""},
	{"guest:guest", "GET", "/bindings/lab/e/x/e/y", ""},
	{"guest:guest", "GET", "/bindings/lab/e/x/q/none", ""},
	{"guest:guest", "GET", "/queues/lab/q/bindings?sort=source", ""},
	{"guest:guest", "GET", "/exchanges/lab/x/bindings/source?sort=routing_key", ""},
	{"guest:guest", "GET", "/exchanges/lab/y/bindings/destination", ""},
	{"guest:guest", "DELETE", "/exchanges/lab/x?if-unused=true", ""},
	// messages
	{"guest:guest", "POST", "/exchanges/lab/x/publish", `{"routing_key":"a.b","properties":{},"payload":"hello","payload_encoding":"string"}`},
	{"guest:guest", "POST", "/exchanges/lab/x/publish", `{"routing_key":"zzz","properties":{},"payload":"hello","payload_encoding":"string"}`},
	{"guest:guest", "POST", "/exchanges/lab/x/publish", `{"routing_key":"a.b","properties":{}}`},
	{"guest:guest", "POST", "/exchanges/lab/none/publish", `{"routing_key":"a.b","properties":{},"payload":"x","payload_encoding":"string"}`},
	{"guest:guest", "POST", "/exchanges/lab/amq.default/publish", `{"routing_key":"q","properties":{"delivery_mode":2,"priority":3,"content_type":"text/plain","headers":{"n":1,"deep":[true,"x"]}},"payload":"AP8=","payload_encoding":"base64"}`},
	{"guest:guest", "POST", "/queues/lab/q/get", `{"count":"1","ackmode":"ack_requeue_true","encoding":"auto"}`},
	{"guest:guest", "POST", "/queues/lab/q/get", `{"count":5,"ackmode":"reject_requeue_true","encoding":"base64"}`},
	{"guest:guest", "POST", "/queues/lab/q/get", `{"count":5,"ackmode":"ack_requeue_false","encoding":"auto"}`},
	{"guest:guest", "POST", "/queues/lab/q/get", `{"count":5,"ackmode":"ack_requeue_false","encoding":"auto"}`},
	{"guest:guest", "POST", "/queues/lab/q/get", `{"count":1}`},
	{"guest:guest", "POST", "/queues/lab/none/get", `{"count":"1","ackmode":"ack_requeue_true","encoding":"auto"}`},
	{"cid:p", "POST", "/queues/lab/q/get", `{"count":"1","ackmode":"ack_requeue_true","encoding":"auto"}`},
	{"guest:guest", "POST", "/exchanges/lab/amq.default/publish", `{"routing_key":"q","properties":{},"payload":"x","payload_encoding":"string"}`},
	{"guest:guest", "DELETE", "/queues/lab/q?if-empty=true", ""},
	{"guest:guest", "DELETE", "/queues/lab/q/contents", ""},
	{"guest:guest", "DELETE", "/queues/lab/none/contents", ""},
	// the end of all that
	{"guest:guest", "DELETE", "/bindings/lab/e/x/q/q/none", ""},
	{"guest:guest", "DELETE", "/bindings/lab/e/x/q/q/a.%252A", ""},
	{"guest:guest", "GET", "/bindings/lab/e/x/q/q", ""},
	{"guest:guest", "DELETE", "/queues/lab/q?if-empty=true&if-unused=true", ""},
	{"guest:guest", "DELETE", "/exchanges/lab/x", ""},
	{"guest:guest", "DELETE", "/permissions/lab/ann", ""},
	{"guest:guest", "DELETE", "/permissions/lab/ann", ""},
	{"guest:guest", "DELETE", "/users/ann", ""},
	{"guest:guest", "DELETE", "/users/ann", ""},
	{"guest:guest", "DELETE", "/users/ben", ""},
	{"guest:guest", "DELETE", "/users/cid", ""},
	{"guest:guest", "DELETE", "/vhosts/lab", ""},
	{"guest:guest", "DELETE", "/vhosts/lab", ""},
	{"guest:guest", "DELETE", "/connections/none", ""},
	{"guest:guest", "GET", "/connections", ""},
	{"guest:guest", "GET", "/channels", ""},
	{"guest:guest", "GET", "/consumers", ""},
	{"guest:guest", "GET", "/policies", ""},
	{"guest:guest", "GET", "/parameters", ""},
}

// grant makes the wishes, and says what is answered.
func grant(t testing.TB, base string, rest time.Duration) []string {
	return grantAll(t, base, wishes, rest)
}

func grantAll(t testing.TB, base string, wishes []wish, rest time.Duration) (lines []string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	for _, w := range wishes {
		if w.method == pause {
			time.Sleep(rest)
			continue
		}
		req, err := http.NewRequest(w.method, base+"/api"+w.path, strings.NewReader(w.body))
		must(t, err)
		if name, word, ok := strings.Cut(w.user, ":"); ok {
			req.SetBasicAuth(name, word)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		must(t, err)
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		must(t, resp.Body.Close())
		lines = append(lines, fmt.Sprintf("%s %s %s %s", w.user, w.method, w.path, w.body), fmt.Sprintf("  %d %s", resp.StatusCode, sorted(t, body)))
	}
	return lines
}

// deathTime is when a message has died, which is different each time.
var deathTime = regexp.MustCompile(`"time":\d+`)

// sorted writes JSON with its keys in order.
func sorted(t testing.TB, body []byte) string {
	t.Helper()
	if len(bytes.TrimSpace(body)) == 0 {
		return ""
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return fmt.Sprintf("%q", body)
	}
	text, err := json.Marshal(value)
	must(t, err)
	return listening.ReplaceAllString(deathTime.ReplaceAllString(string(text), `"time":0`), `"$1":[]`)
}

// listening is where a broker listens, which is different each time, and for what: RabbitMQ
// has a port for its clusters.
var listening = regexp.MustCompile(`"(ports|protocols)":\[[^\]]*\]`)

// commands are lines for rabbitmqadmin, and what is asked with it.
var commands = []string{
	"declare vhost name=shop2",
	"-V shop2 declare exchange name=orders type=topic",
	"-V shop2 declare exchange name=odd type=topik",
	`-V shop2 declare queue name=paid arguments={"x-max-length":5}`,
	"-V shop2 declare queue name=all durable=false",
	"-V shop2 declare queue name=all durable=true",
	"-V shop2 declare binding source=orders destination=paid routing_key=order.paid",
	"-V shop2 declare binding source=orders destination=all routing_key=order.#",
	"-V shop2 declare binding source=orders destination=none routing_key=order.#",
	"-V shop2 publish exchange=orders routing_key=order.paid payload=one",
	`-V shop2 publish exchange=orders routing_key=order.late payload=two properties={"delivery_mode":2}`,
	"-V shop2 publish exchange=orders routing_key=zzz payload=three",
	"-V shop2 publish routing_key=paid payload=four",
	"-V shop2 publish exchange=none routing_key=paid payload=four",
	"-V shop2 get queue=paid count=2",
	"-V shop2 get queue=paid count=2 ackmode=ack_requeue_false",
	"-V shop2 get queue=none",
	"-V shop2 -S name list exchanges name type durable",
	"-V shop2 -S name list queues name vhost durable arguments",
	"-V shop2 -S routing_key list bindings source destination destination_type routing_key",
	"-S name -f tsv list vhosts name",
	"-V shop2 purge queue name=all",
	"-V shop2 get queue=all",
	"declare user name=eve password=secret tags=management",
	"declare permission vhost=shop2 user=eve configure=^eve write=.* read=.*",
	"-S user list permissions user vhost configure write read",
	"-S name list users name tags",
	"-u eve -p secret -V shop2 -S name list queues name",
	"-u eve -p secret -V shop2 declare queue name=mine",
	"-u eve -p secret -V shop2 declare queue name=eve.own",
	"-u eve -p secret list users",
	"-u eve -p wrong list queues",
	"-u eve -p secret -V / list queues",
	"list policies",
	"show overview rabbitmq_version",
	"close connection name=none",
	"-V shop2 delete binding source=orders destination_type=queue destination=paid properties_key=order.paid",
	"-V shop2 -S routing_key list bindings source destination routing_key",
	"-V shop2 delete queue name=paid",
	"-V shop2 delete queue name=paid",
	"-V shop2 delete exchange name=orders",
	"delete permission vhost=shop2 user=eve",
	"delete user name=eve",
	"delete vhost name=shop2",
	"-V shop2 list queues",
}

// administer runs the commands, and says what they print.
func administer(t testing.TB, base string, _ time.Duration) (lines []string) {
	t.Helper()
	tool := findAdmin(t)
	port := base[strings.LastIndexByte(base, ':')+1:]
	for _, command := range commands {
		cmd := exec.CommandContext(t.Context(), tool[0], append(tool[1:], append([]string{"-H", "127.0.0.1", "-P", port}, strings.Fields(command)...)...)...)
		cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
		out, err := cmd.CombinedOutput()
		lines = append(lines, "$ rabbitmqadmin "+command)
		for line := range strings.Lines(string(out)) {
			if line = strings.TrimRight(line, " \n"); line != "" {
				lines = append(lines, line)
			}
		}
		if err != nil {
			lines = append(lines, err.Error())
		}
	}
	return lines
}

// findAdmin finds rabbitmqadmin, and the Python that it needs.
func findAdmin(t testing.TB) []string {
	t.Helper()
	python, err := exec.LookPath("python3")
	found, _ := filepath.Glob("/usr/lib/rabbitmq/lib/*/plugins/rabbitmq_management-*/priv/www/cli/rabbitmqadmin")
	if tool, lookErr := exec.LookPath("rabbitmqadmin"); lookErr == nil {
		found = append(found, tool)
	}
	if err != nil || len(found) == 0 {
		t.Skip("SKIPPED, NOT TESTED: no python3, or no rabbitmqadmin; install rabbitmq-server to have it")
	}
	return []string{python, found[0]}
}

// TestManagementTranscripts makes the same requests as were made of RabbitMQ: by
// themselves, and with its own tool.
func TestManagementTranscripts(t *testing.T) {
	for name, run := range managed {
		t.Run(name, func(t *testing.T) {
			base := manage(t, start(t))
			if diff := fromRecorded(t, name, func(rest time.Duration) []string { return run(t, base, rest) }); diff != "" {
				t.Errorf("RabbitMQ's transcript (-) and ours (+):\n%s", diff)
			}
		})
	}
}

var managed = map[string]func(t testing.TB, base string, rest time.Duration) []string{"management requests": grant, "management policies": grantPolicies, "management health": grantHealth, "management with rabbitmqadmin": administer}

// fromRecorded is how what is answered differs from what RabbitMQ was recorded to answer.
// What a policy changes comes about some time after it was answered, and nothing tells
// when: answers that differ are asked for once more with pauses ten times as long, which
// is enough for a busy machine.
func fromRecorded(t testing.TB, name string, ask func(rest time.Duration) []string) (diff string) {
	t.Helper()
	want, err := os.ReadFile(transcript(name))
	if err != nil {
		t.Fatalf("%v; record it with -run TestRabbitMQManagement -update", err)
	}
	for _, rest := range []time.Duration{400 * time.Millisecond, 4 * time.Second} {
		diff = cmp.Diff(strings.Split(string(want), "\n"), append(ask(rest), ""))
		if diff == "" || name != "management policies" { // the others have no pauses
			return diff
		}
	}
	return diff
}

// TestRabbitMQManagement makes them of RabbitMQ itself, so that the recorded
// transcripts stay true.
func TestRabbitMQManagement(t *testing.T) {
	_, base := startManaged(t, "[rabbitmq_management].")
	waitManaged(t, base)
	for _, person := range people { // who is there for other scenarios is not there in these
		if person.name != "guest" {
			ask(t, "DELETE", base+"/api/users/"+person.name, "guest", nil)
		}
	}
	ask(t, "DELETE", base+"/api/vhosts/shop", "guest", nil)
	for _, name := range []string{"management requests", "management policies", "management health", "management with rabbitmqadmin"} {
		t.Run(name, func(t *testing.T) {
			ask := func(rest time.Duration) []string { return managed[name](t, base, rest) }
			if *update {
				must(t, os.WriteFile(transcript(name), []byte(strings.Join(ask(4*time.Second), "\n")+"\n"), 0o644))
				return
			}
			if diff := fromRecorded(t, name, ask); diff != "" {
				t.Errorf("recorded (-) and now (+):\n%s", diff)
			}
		})
	}
}

// waitManaged waits until the management plugin answers.
func waitManaged(t testing.TB, base string) {
	t.Helper()
	for deadline := time.Now().Add(3 * patience); ; time.Sleep(100 * time.Millisecond) {
		resp, err := http.Get(base + "/api/whoami")
		if err == nil {
			_ = resp.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
