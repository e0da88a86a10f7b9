package rabbitmq_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers"
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
	for request, want := range map[string]int{"/api/overview": 200, "/api/definitions": 200, "/api/parameters/a/b/c": 404, "/api/vhost-limits/%2F/x": 501, "/api/none": 404, "/api/connections": 200, "/api/connections/": 200} {
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
