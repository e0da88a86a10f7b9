package rabbitmq_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// pause is a wish for time to pass: what a policy changes is changed a moment later, and
// what expires takes its time.
const pause = "PAUSE"

// exchangeColumns are those of an exchange that depend on policies. Of a queue RabbitMQ
// tells them seconds later.
const exchangeColumns = "?columns=name,policy,arguments"

func send(to, body string) wish {
	return wish{"guest:guest", "POST", "/exchanges/lab/amq.default/publish", `{"routing_key":"` + to + `","properties":{},"payload":"` + body + `","payload_encoding":"string"}`}
}

func take(from string) wish {
	return wish{"guest:guest", "POST", "/queues/lab/" + from + "/get", `{"count":9,"ackmode":"ack_requeue_false","encoding":"auto"}`}
}

// admin is a wish of the administrator.
func admin(method, path, body string) wish { return wish{"guest:guest", method, path, body} }

// policyWishes are about policies, limits, parameters and definitions.
var policyWishes = []wish{
	admin("PUT", "/vhosts/lab", "{}"),
	admin("GET", "/policies", ""),
	admin("GET", "/policies/lab?sort=name", ""),
	admin("GET", "/policies/none", ""),
	admin("GET", "/policies/lab/none", ""),
	admin("DELETE", "/policies/lab/none", ""),
	// what is none
	admin("PUT", "/policies/lab/p", `{}`),
	admin("PUT", "/policies/lab/p", `nonsense`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q"}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"(","definition":{"max-length":1}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":1,"definition":{"max-length":1}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"max-length":"many"}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"max-length":-1}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"max-length-bytes":-1}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"message-ttl":-1}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"expires":0}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"overflow":"spill"}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"dead-letter-exchange":1}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"dead-letter-routing-key":1}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"alternate-exchange":1}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"colour":"red"}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"colour":"red","max-length":-1}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"max-length":1},"priority":"high"}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"max-length":1},"apply-to":"rocks"}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"alternate-exchange":"x"},"apply-to":"queues"}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"max-length":1},"apply-to":"exchanges"}`),
	admin("PUT", "/policies/none/p", `{"pattern":"^q","definition":{"max-length":1}}`),
	// what is one
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"max-length":2}}`),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"max-length":2},"priority":1,"apply-to":"queues"}`),
	admin("GET", "/policies/lab/p", ""),
	admin("GET", "/policies/lab?sort=name", ""),
	// precedence: the highest priority wins whole, and the lower of two numbers
	admin("PUT", "/queues/lab/q", `{}`),
	admin("PUT", "/queues/lab/q.short", `{"arguments":{"x-max-length":1}}`),
	admin("PUT", "/queues/lab/q.long", `{"arguments":{"x-max-length":3,"x-overflow":"drop-head"}}`),
	admin("PUT", "/queues/lab/other", `{}`),
	send("q", "1"), send("q", "2"), send("q", "3"),
	send("q.short", "1"), send("q.short", "2"), send("q.short", "3"),
	send("q.long", "1"), send("q.long", "2"), send("q.long", "3"), send("q.long", "4"),
	send("other", "1"), send("other", "2"), send("other", "3"),
	{"", pause, "", ""},
	take("q.short"), take("q.long"), take("other"),
	send("other", "1"), send("other", "2"), send("other", "3"),
	admin("PUT", "/policies/lab/higher", `{"pattern":"short$","definition":{"message-ttl":60000},"priority":5,"apply-to":"all"}`),
	{"", pause, "", ""},
	send("q.short", "1"), send("q.short", "2"),
	take("q.short"),
	// later: what is there already is dropped, and what is taken away no longer counts
	admin("PUT", "/policies/lab/p", `{"pattern":"^(q|other)$","definition":{"max-length":1}}`),
	{"", pause, "", ""},
	take("q"), take("other"),
	admin("DELETE", "/policies/lab/p", ""),
	admin("DELETE", "/policies/lab/higher", ""),
	{"", pause, "", ""},
	send("q", "1"), send("q", "2"), send("q", "3"),
	take("q"),
	// bytes, and what refuses
	admin("PUT", "/policies/lab/p", `{"pattern":"^q$","definition":{"max-length-bytes":5,"overflow":"reject-publish"}}`),
	{"", pause, "", ""},
	send("q", "123"), send("q", "456"), send("q", "78"),
	{"", pause, "", ""},
	take("q"),
	// time, and dead letters
	admin("PUT", "/queues/lab/dead", `{}`),
	admin("PUT", "/queues/lab/own", `{}`),
	admin("PUT", "/queues/lab/q.own", `{"arguments":{"x-dead-letter-exchange":"","x-dead-letter-routing-key":"own"}}`),
	send("q", "before"),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"message-ttl":100,"dead-letter-exchange":"","dead-letter-routing-key":"dead"}}`),
	{"", pause, "", ""},
	send("q", "after"), send("q.own", "own"),
	{"", pause, "", ""},
	{"guest:guest", "POST", "/queues/lab/dead/get", `{"count":9,"ackmode":"ack_requeue_false","encoding":"auto"}`},
	take("own"), take("q"),
	admin("PUT", "/policies/lab/p", `{"pattern":"^q$","definition":{"dead-letter-exchange":"amq.fanout"}}`),
	admin("POST", "/bindings/lab/e/amq.fanout/q/dead", `{"routing_key":""}`),
	send("q", "refused"),
	{"", pause, "", ""},
	{"guest:guest", "POST", "/queues/lab/q/get", `{"count":9,"ackmode":"reject_requeue_false","encoding":"auto"}`},
	{"", pause, "", ""},
	take("dead"),
	// queues that expire
	admin("PUT", "/policies/lab/brief", `{"pattern":"^(q.short|q.long)$","definition":{"expires":150},"apply-to":"queues"}`),
	{"", pause, "", ""},
	{"", pause, "", ""},
	admin("GET", "/queues/lab?columns=name&sort=name", ""),
	admin("DELETE", "/policies/lab/brief", ""),
	// exchanges
	admin("PUT", "/exchanges/lab/x", `{"type":"direct"}`),
	admin("PUT", "/exchanges/lab/x.own", `{"type":"direct","arguments":{"alternate-exchange":"amq.direct"}}`),
	admin("PUT", "/policies/lab/alt", `{"pattern":"^x","definition":{"alternate-exchange":"amq.fanout"},"apply-to":"exchanges"}`),
	{"", pause, "", ""},
	admin("GET", "/exchanges/lab/x"+exchangeColumns, ""),
	admin("GET", "/exchanges/lab/x.own"+exchangeColumns, ""),
	admin("POST", "/exchanges/lab/x/publish", `{"routing_key":"k","properties":{},"payload":"by the policy","payload_encoding":"string"}`),
	admin("POST", "/exchanges/lab/x.own/publish", `{"routing_key":"k","properties":{},"payload":"by the argument","payload_encoding":"string"}`),
	take("dead"),
	admin("DELETE", "/policies/lab/alt", ""),
	{"", pause, "", ""},
	admin("POST", "/exchanges/lab/x/publish", `{"routing_key":"k","properties":{},"payload":"nowhere","payload_encoding":"string"}`),
	// limits of virtual hosts and users
	admin("GET", "/vhost-limits", ""),
	admin("GET", "/vhost-limits/lab", ""),
	admin("PUT", "/vhost-limits/lab/max-queues", `{"value":5}`),
	admin("PUT", "/vhost-limits/lab/max-connections", `{"value":"3"}`),
	admin("PUT", "/vhost-limits/lab/max-connections", `{"value":"many"}`),
	admin("PUT", "/vhost-limits/lab/max-connections", `{"value":-2}`),
	admin("PUT", "/vhost-limits/lab/max-connections", `{"value":-1}`),
	admin("PUT", "/vhost-limits/lab/max-rocks", `{"value":5}`),
	admin("PUT", "/vhost-limits/lab/max-queues", `{}`),
	admin("PUT", "/vhost-limits/none/max-queues", `{"value":5}`),
	admin("GET", "/vhost-limits", ""),
	admin("GET", "/vhost-limits/lab", ""),
	admin("PUT", "/queues/lab/fifth", `{}`),
	admin("PUT", "/queues/lab/sixth", `{}`),
	admin("PUT", "/queues/lab/fifth", `{}`),
	admin("DELETE", "/vhost-limits/lab/max-queues", ""),
	admin("DELETE", "/vhost-limits/lab/max-queues", ""),
	admin("DELETE", "/vhost-limits/lab/max-rocks", ""),
	admin("PUT", "/queues/lab/sixth", `{}`),
	admin("GET", "/vhost-limits", ""),
	admin("DELETE", "/vhost-limits/lab/max-connections", ""),
	admin("GET", "/vhost-limits/lab", ""),
	admin("GET", "/user-limits", ""),
	admin("PUT", "/user-limits/guest/max-connections", `{"value":9}`),
	admin("PUT", "/user-limits/guest/max-channels", `{"value":"8"}`),
	admin("PUT", "/user-limits/guest/max-rocks", `{"value":8}`),
	admin("PUT", "/user-limits/none/max-channels", `{"value":8}`),
	admin("PUT", "/user-limits/guest/max-channels", `{"value":-1}`),
	admin("GET", "/user-limits", ""),
	admin("GET", "/user-limits/guest", ""),
	admin("GET", "/user-limits/none", ""),
	admin("GET", "/users/guest?columns=name,limits", ""),
	admin("DELETE", "/user-limits/guest/max-connections", ""),
	admin("DELETE", "/user-limits/guest/max-channels", ""),
	admin("GET", "/user-limits/guest", ""),
	// parameters
	admin("GET", "/parameters", ""),
	admin("GET", "/parameters/colour", ""),
	admin("GET", "/parameters/colour/lab", ""),
	admin("PUT", "/parameters/colour/lab/wall", `{"value":"red"}`),
	admin("PUT", "/parameters/shovel/lab/mine", `{"value":{"src-queue":"q"}}`),
	admin("PUT", "/parameters/federation-upstream/lab/mine", `{"value":{"uri":"amqp://"}}`),
	admin("PUT", "/parameters/policy/lab/p", `{"value":{"pattern":"^q","definition":{"max-length":1}}}`),
	admin("GET", "/parameters/colour/lab/wall", ""),
	admin("DELETE", "/parameters/colour/lab/wall", ""),
	admin("PUT", "/global-parameters/colour", `{"value":{"wall":"red"}}`),
	admin("PUT", "/global-parameters/colour", `{"value":["red",1]}`),
	admin("PUT", "/global-parameters/nothing", `{}`),
	admin("GET", "/global-parameters/colour", ""),
	admin("GET", "/global-parameters/none", ""),
	admin("DELETE", "/global-parameters/colour", ""),
	admin("DELETE", "/global-parameters/colour", ""),
	// definitions
	admin("POST", "/definitions", `nonsense`),
	admin("POST", "/definitions", `{}`),
	admin("POST", "/definitions", `{"queues":[{"name":"d1","vhost":"lab","durable":true,"auto_delete":false,"arguments":{"x-max-length":7}}],`+
		`"exchanges":[{"name":"dx","vhost":"lab","type":"topic","durable":true,"auto_delete":false,"internal":false,"arguments":{}}],`+
		`"bindings":[{"source":"dx","vhost":"lab","destination":"d1","destination_type":"queue","routing_key":"a.#","arguments":{}}],`+
		`"policies":[{"vhost":"lab","name":"dp","pattern":"^d","apply-to":"queues","definition":{"max-length":3},"priority":2}],`+
		`"parameters":[],"global_parameters":[{"name":"mood","value":"good"}],`+
		`"vhosts":[{"name":"lab"},{"name":"lab2"}],`+
		`"users":[{"name":"dora","password":"p","tags":"management"}],`+
		`"permissions":[{"user":"dora","vhost":"lab","configure":"^d","write":"^d","read":".*"}],"topic_permissions":[]}`),
	{"", pause, "", ""},
	admin("GET", "/queues/lab/d1?columns=name,durable,arguments", ""),
	admin("GET", "/bindings/lab/e/dx/q/d1", ""),
	admin("GET", "/permissions/lab/dora", ""),
	{"dora:p", "GET", "/whoami", ""},
	admin("GET", "/global-parameters/mood", ""),
	admin("POST", "/definitions", `{"queues":[{"name":"d1","vhost":"lab","durable":true,"auto_delete":false,"arguments":{"x-max-length":8}}]}`),
	admin("POST", "/definitions/lab", `{"queues":[{"name":"d2","durable":true,"auto_delete":false,"arguments":{}}]}`),
	admin("GET", "/queues/lab?columns=name&sort=name", ""),
	admin("GET", "/definitions/lab2", ""),
	admin("DELETE", "/global-parameters/mood", ""),
	// who may
	admin("PUT", "/users/polly", `{"password":"p","tags":"policymaker"}`),
	admin("PUT", "/permissions/lab/polly", `{"configure":"","write":"","read":""}`),
	{"polly:p", "PUT", "/policies/lab/hers", `{"pattern":"^h","definition":{"max-length":1}}`},
	{"polly:p", "PUT", "/policies/%2F/hers", `{"pattern":"^h","definition":{"max-length":1}}`},
	{"polly:p", "GET", "/policies?columns=name,vhost&sort=name", ""},
	{"polly:p", "PUT", "/vhost-limits/lab/max-queues", `{"value":50}`},
	{"polly:p", "PUT", "/user-limits/polly/max-channels", `{"value":50}`},
	{"polly:p", "PUT", "/global-parameters/hers", `{"value":1}`},
	{"polly:p", "POST", "/definitions", `{}`},
	{"dora:p", "GET", "/policies/lab?sort=name", ""},
	{"dora:p", "PUT", "/policies/lab/hers", `{"pattern":"^h","definition":{"max-length":1}}`},
	{"dora:p", "PUT", "/vhost-limits/lab/max-queues", `{"value":50}`},
	{"dora:p", "GET", "/vhost-limits/lab", ""},
	// the end
	admin("DELETE", "/global-parameters/hers", ""),
	admin("DELETE", "/users/polly", ""),
	admin("DELETE", "/users/dora", ""),
	admin("DELETE", "/vhosts/lab", ""),
	admin("DELETE", "/vhosts/lab2", ""),
	admin("GET", "/policies", ""),
	admin("GET", "/vhost-limits", ""),
}

func grantPolicies(t testing.TB, base string, rest time.Duration) []string {
	return grantAll(t, base, policyWishes, rest)
}

// TestDefinitionsComeBack: what was exported comes back on another node, and what is wrong with
// definitions is told with its place.
func TestDefinitionsComeBack(t *testing.T) {
	first, second := manage(t, start(t)), manage(t, start(t))
	for _, w := range []wish{
		admin("PUT", "/vhosts/lab", "{}"),
		admin("PUT", "/users/ann", `{"password":"p","tags":"monitoring"}`),
		admin("PUT", "/user-limits/ann/max-channels", `{"value":3}`),
		admin("PUT", "/permissions/lab/ann", `{"configure":"^a","write":".*","read":".*"}`),
		admin("PUT", "/vhost-limits/lab/max-queues", `{"value":9}`),
		admin("PUT", "/global-parameters/mood", `{"value":{"is":["good",1]}}`),
		admin("PUT", "/policies/lab/p", `{"pattern":"^q","definition":{"max-length":2,"dead-letter-exchange":"x"},"priority":3,"apply-to":"queues"}`),
		admin("PUT", "/queues/lab/q", `{"durable":true,"arguments":{"x-message-ttl":60000}}`),
		admin("PUT", "/exchanges/lab/x", `{"type":"headers","durable":true,"arguments":{"alternate-exchange":"amq.fanout"}}`),
		admin("POST", "/bindings/lab/e/x/q/q", `{"routing_key":"","arguments":{"x-match":"any","n":1}}`),
		admin("POST", "/bindings/lab/e/amq.fanout/e/x", `{"routing_key":"k"}`),
	} {
		if status, body := grantOne(t, first, w); status >= 300 {
			t.Fatalf("%s %s: %d %s", w.method, w.path, status, body)
		}
	}
	_, exported := grantOne(t, first, admin("GET", "/definitions", ""))
	if status, body := grantOne(t, second, admin("POST", "/definitions", exported)); status != 204 {
		t.Fatalf("import: %d %s", status, body)
	}
	if _, again := grantOne(t, second, admin("GET", "/definitions", "")); again != exported {
		t.Errorf("exported\n%s, imported and exported\n%s", exported, again)
	}
	for body, want := range map[string]string{
		`{"queues":7}`: "queues is 7, want a list",
		`{"queues":[{"name":"a","vhost":"/"},7]}`:                               "queues[1] is 7, want an object",
		`{"queues":[{"vhost":"/"}]}`:                                            `queues[0]: \"name\" is missing`,
		`{"queues":[{"name":[1],"vhost":"/"}]}`:                                 `queues[0]: \"name\" is [1], want text`,
		`{"queues":[{"name":"d","vhost":"none"}]}`:                              `queues[0]: no_such_vhost: \"none\"`,
		`{"queues":[{"name":"d","vhost":"/","durable":"maybe"}]}`:               "queues[0]: not_boolean: maybe",
		`{"queues":[{"name":"d","vhost":"/","arguments":{"x-max-length":-1}}]}`: "queues[0]: invalid arg 'x-max-length'",
		`{"exchanges":[{"name":"e","vhost":"/","type":"star"}]}`:                "exchanges[0]: unknown exchange type 'star'",
		`{"bindings":[{"source":"amq.topic","destination":"none","destination_type":"queue","routing_key":"","vhost":"/"}]}`: "bindings[0]: no queue 'none'",
		`{"bindings":[{"source":"amq.topic","destination":"d","destination_type":"rock","routing_key":"","vhost":"/"}]}`:     "bindings[0]: destination_type is rock",
		`{"policies":[{"name":"p","pattern":"^q","definition":{"max-length":-1},"vhost":"/"}]}`:                              "policies[0]: Validation failed",
		`{"users":[{"name":"u"}]}`: "users[0]: tags_not_present",
		`{"permissions":[{"user":"nobody","vhost":"/","configure":"","write":"","read":""}]}`: `permissions[0]: there is no user \"nobody\"`,
		`{"parameters":[{"component":"shovel","name":"s","vhost":"/","value":{}}]}`:           "parameters[0]: Validation failed\\n\\ncomponent shovel not found",
		`{"topic_permissions":[{}]}`: "topic_permissions[0]: permissions of topics are not part",
	} {
		status, got := grantOne(t, second, admin("POST", "/definitions", body))
		if status != 400 || !strings.Contains(got, want) {
			t.Errorf("%s: %d %s, want 400 and %q", body, status, got, want)
		}
	}
}

// grantOne makes one wish.
func grantOne(t testing.TB, base string, w wish) (int, string) {
	t.Helper()
	req, err := http.NewRequest(w.method, base+"/api"+w.path, strings.NewReader(w.body))
	must(t, err)
	name, word, _ := strings.Cut(w.user, ":")
	req.SetBasicAuth(name, word)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	must(t, resp.Body.Close())
	return resp.StatusCode, string(bytes.TrimSpace(body))
}

// TestEffectivePolicy: a queue tells which policy applies to it, and so does the picture.
func TestEffectivePolicy(t *testing.T) {
	l := start(t)
	base := manage(t, l)
	for _, w := range []wish{
		admin("PUT", "/queues/%2F/q", `{}`),
		admin("PUT", "/policies/%2F/low", `{"pattern":".*","definition":{"max-length":5}}`),
		admin("PUT", "/policies/%2F/high", `{"pattern":"^q","definition":{"message-ttl":60000},"priority":1}`),
	} {
		if status, body := grantOne(t, base, w); status >= 300 {
			t.Fatalf("%s %s: %d %s", w.method, w.path, status, body)
		}
	}
	_, got := grantOne(t, base, admin("GET", "/queues/%2F/q?columns=policy,effective_policy_definition", ""))
	if want := `{"effective_policy_definition":{"message-ttl":60000},"policy":"high"}`; got != want {
		t.Errorf("the queue tells %s, want %s", got, want)
	}
	_, _ = grantOne(t, base, admin("DELETE", "/policies/%2F/high", ""))
	_, got = grantOne(t, base, admin("GET", "/queues/%2F/q?columns=policy,effective_policy_definition", ""))
	if want := `{"effective_policy_definition":{"max-length":5},"policy":"low"}`; got != want {
		t.Errorf("without the higher one it tells %s, want %s", got, want)
	}
}
