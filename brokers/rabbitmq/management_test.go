package rabbitmq_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
)

// manage serves the management requests of a broker, and returns where.
func manage(t testing.TB, l *lab) (base string) {
	t.Helper()
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	served := make(chan error, 1)
	go func() { served <- l.ServeManagement(nl) }()
	t.Cleanup(func() {
		must(t, l.Close())
		must(t, <-served)
	})
	return "http://" + nl.Addr().String()
}

// ask makes one request, and returns its status; what it answers fills into.
func ask(t testing.TB, method, address, user string, into any) int {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	req, err := http.NewRequest(method, address, nil)
	must(t, err)
	req.SetBasicAuth(user, "guest")
	resp, err := client.Do(req)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	if into != nil {
		must(t, json.NewDecoder(resp.Body).Decode(into))
	}
	return resp.StatusCode
}

type listed struct {
	Name             string
	User, VHost      string
	ClientProperties map[string]any `json:"client_properties"`
}

func TestManagement(t *testing.T) {
	l := start(t)
	base := manage(t, l)
	dial := func(name string) *amqp.Connection {
		conn, err := amqp.DialConfig(l.url(), amqp.Config{Properties: amqp.Table{"connection_name": name}})
		must(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	one, two := dial("one"), dial("two")
	s := newScript(t, l.url())
	first, second := s.channel(two), s.channel(one)
	s.queue(first, "q", nil)
	s.consume(first, "q", "first")
	waits := s.consume(second, "q", "second")
	must(t, first.PublishWithContext(background, "", "q", false, false, amqp.Publishing{Body: []byte("held")}))
	must(t, first.Flow(true))
	end := closing(two)
	var list []listed
	if code := ask(t, "GET", base+"/api/connections", "guest", &list); code != 200 || len(list) != 2 {
		t.Fatalf("listed %+v with %d, want two connections", list, code)
	}
	if got := list[1]; got.ClientProperties["connection_name"] != "two" || got.User != "guest" || got.VHost != "/" {
		t.Errorf("listed %+v", got)
	}
	address := base + "/api/connections/" + url.PathEscape(list[1].Name)
	if code := ask(t, "DELETE", address, "guest", nil); code != 204 {
		t.Errorf("closed with %d, want 204", code)
	}
	if err := receive(t, end); err == nil || err.Code != 320 {
		t.Errorf("the client heard %v, want 320", err)
	}
	if d := receive(t, waits); !d.Redelivered {
		t.Errorf("%q is not redelivered", d.Body)
	}
	if code := ask(t, "DELETE", address, "guest", nil); code != 404 {
		t.Errorf("closed again with %d, want 404", code)
	}
	if one.IsClosed() {
		t.Error("the other connection was closed too")
	}
	for request, want := range map[string]int{"/api/overview": 200, "/api/definitions": 200, "/api/parameters/a/b/c": 404, "/api/operator-policies/%2F/x": 501, "/api/none": 404, "/api/connections": 200, "/api/connections/": 200} {
		if code := ask(t, "GET", base+request, "guest", nil); code != want {
			t.Errorf("%s: %d, want %d", request, code, want)
		}
	}
	if code := ask(t, "GET", base+"/api/connections", "mallory", nil); code != 401 {
		t.Errorf("a stranger got %d, want 401", code)
	}
}

// TestDefinitions: what was declared is exported, and nothing that RabbitMQ would not
// take back.
func TestDefinitions(t *testing.T) {
	l := start(t)
	settle(t, l)
	base := manage(t, l)
	must(t, l.Apply([]brokers.Action{
		{Do: "declare", With: map[string]any{"exchange": "x", "type": "topic", "durable": true, "vhost": "shop"}},
		{Do: "declare", With: map[string]any{"queue": "q", "durable": true, "vhost": "shop", "arguments": map[string]any{"x-max-length": 3}}},
		{Do: "bind", With: map[string]any{"queue": "q", "exchange": "x", "key": "a.#", "vhost": "shop"}},
	}))
	s := newScript(t, l.url())
	_, err := s.open().QueueDeclare("mine", false, false, true, false, nil)
	must(t, err)
	type named struct{ Name, VHost string }
	var d struct {
		Users, VHosts, Queues, Exchanges []named
		Bindings                         []struct{ Source, Destination, VHost string }
		Permissions                      []struct{ User, VHost string }
	}
	if code := ask(t, "GET", base+"/api/definitions", "guest", &d); code != 200 {
		t.Fatalf("answered %d", code)
	}
	want := d
	want.Queues, want.Exchanges = []named{{"q", "shop"}}, []named{{"x", "shop"}}
	want.VHosts, want.Users = []named{{"/", ""}, {"shop", ""}}, []named{{"alice", ""}, {"bob", ""}, {"guest", ""}}
	want.Bindings = want.Bindings[:min(1, len(want.Bindings))]
	if diff := cmp.Diff(want, d); diff != "" || len(d.Bindings) != 1 || d.Bindings[0].Source != "x" || len(d.Permissions) != 4 {
		t.Errorf("%+v\n%s", d, diff)
	}
}

// TestManagementIsRecorded: what is done over HTTP is in the journal with the user who asked
// for it, and what was refused, with the permission that is lacking.
func TestManagementIsRecorded(t *testing.T) {
	l := start(t)
	base := manage(t, l)
	for _, command := range []string{
		"rabbitmqctl add_vhost /app1", "rabbitmqctl add_user ann secret", "rabbitmqctl set_user_tags ann management",
		"rabbitmqctl set_permissions -p /app1 ann ^$ .* .*", "rabbitmqadmin -u ann -p secret -V /app1 declare queue --name jobs",
		"rabbitmqadmin -u ann -p secret -V / queues list", "rabbitmqctl set_permissions -p /app1 ann ^jobs .* .*",
		"rabbitmqadmin -u ann -p secret -V /app1 declare queue --name jobs", "rabbitmqadmin -u ann -p secret -V /app1 publish message -k jobs -m one",
		"rabbitmqadmin -u ann -p secret -V /app1 get messages -q jobs", "rabbitmqctl change_password ann other", "rabbitmqctl clear_permissions -p /app1 ann",
		"rabbitmqctl delete_user ann", "rabbitmqctl delete_vhost /app1",
	} {
		_, _ = use(t, base, nil, "", strings.Fields(command)...)
	}
	var got []string
	for _, e := range l.journal.Since(0) {
		access, _ := e.Detail["access"].(string)
		got = append(got, strings.Join(strings.Fields(strings.Join([]string{string(e.Kind), e.User, e.Place, access}, " ")), " "))
	}
	want := []string{
		"vhost-added /app1", "user-added ann", "user-changed ann", "permitted ann /app1", "refused ann configure", "refused ann enter", "permitted ann /app1",
		"declared ann /app1:jobs", "published ann", "routed /app1:jobs", "delivered ann /app1:jobs", "user-changed ann", "forbidden ann /app1", "user-deleted ann",
		"deleted /app1:jobs", "vhost-deleted /app1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the journal (-want +got):\n%s", diff)
	}
}

// TestPasswordHash: a user can be made again from the hash of the password alone, by whoever
// has the same salt and the same hash.
func TestPasswordHash(t *testing.T) {
	base := manage(t, start(t))
	// As RabbitMQ's documentation has it: the salt 908DC60A and the password test12.
	const hash = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
	for _, c := range []struct {
		command string
		code    int
	}{
		{"rabbitmqadmin users declare --name ann --tags management --password-hash " + hash, 0},
		{"rabbitmqctl authenticate_user ann test12", 0},
		{"rabbitmqctl authenticate_user ann test13", 65},
		{"rabbitmqctl set_user_tags ann monitoring", 0},
		{"rabbitmqctl authenticate_user ann test12", 0},
		{"rabbitmqctl change_password ann other", 0},
		{"rabbitmqctl authenticate_user ann test12", 65},
		{"rabbitmqctl authenticate_user ann other", 0},
		{"rabbitmqadmin users declare --name ben --password-hash nonsense", 65},
	} {
		if out, code := use(t, base, nil, "", strings.Fields(c.command)...); code != c.code {
			t.Errorf("%s: exit %d, want %d: %s", c.command, code, c.code, out)
		}
	}
}

// TestCookie: what the node's own tools show is no user's, and not anybody's.
func TestCookie(t *testing.T) {
	base := manage(t, start(t))
	for header, want := range map[string]int{"Cookie " + rabbitmq.Cookie: http.StatusOK, "Cookie wrong": http.StatusUnauthorized, "Cookie ": http.StatusUnauthorized} {
		req, err := http.NewRequest(http.MethodGet, base+"/api/users", nil)
		must(t, err)
		req.Header.Set("Authorization", header)
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}).Do(req)
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode != want {
			t.Errorf("%q: %d, want %d", header, resp.StatusCode, want)
		}
	}
}
