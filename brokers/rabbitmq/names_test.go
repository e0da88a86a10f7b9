package rabbitmq_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// asks makes requests as the administrator.
func asks(t *testing.T, base string) func(method, path, body string) (status int, said string) {
	return func(method, path, body string) (int, string) {
		req, err := http.NewRequest(method, base+"/api"+path, strings.NewReader(body))
		must(t, err)
		req.SetBasicAuth("guest", "guest")
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		defer func() { _ = resp.Body.Close() }()
		all, err := io.ReadAll(resp.Body)
		must(t, err)
		return resp.StatusCode, string(all)
	}
}

// TestNumbersAreWhole: priorities and limits are whole numbers of a size that there is.
func TestNumbersAreWhole(t *testing.T) {
	l := start(t)
	do := asks(t, manage(t, l))
	for n, ok := range map[string]bool{"3": true, "-1": true, "2147483647": true, "1.5": false, "2147483648": false, "-1e300": false, `"x"`: false, "null": false, "[]": false} {
		for what, at := range map[string][2]string{
			"the limit of a virtual host": {"/vhost-limits/%2f/max-queues", `{"value":N}`},
			"the limit of a user":         {"/user-limits/guest/max-channels", `{"value":N}`},
			"limits as a parameter":       {"/parameters/vhost-limits/%2f/limits", `{"value":{"max-queues":N}}`},
			"a priority":                  {"/policies/%2f/p", `{"pattern":"x","definition":{"max-length":1},"priority":N}`},
		} {
			want := ok || n == "null" && what == "a priority" // none is 0
			if status, said := do("PUT", at[0], strings.ReplaceAll(at[1], "N", n)); (status < 300) != want || status >= 500 {
				t.Errorf("%s of %s: %d %s", what, n, status, said)
			}
		}
	}
}

// TestNamesFit: what AMQP has no room for does not come in by the management port, and
// neither does a pattern that would take megabytes.
func TestNamesFit(t *testing.T) {
	l := start(t)
	base := manage(t, l)
	do := asks(t, base)
	fits, long := strings.Repeat("n", 255), strings.Repeat("n", 256)
	for what, at := range map[string][3]string{
		"a queue":           {"PUT", "/queues/%2f/NAME", "{}"},
		"an exchange":       {"PUT", "/exchanges/%2f/NAME", `{"type":"fanout"}`},
		"a user":            {"PUT", "/users/NAME", `{"password":"x","tags":""}`},
		"a virtual host":    {"PUT", "/vhosts/NAME", "{}"},
		"a policy":          {"PUT", "/policies/%2f/NAME", `{"pattern":"x","definition":{"max-length":1}}`},
		"a parameter":       {"PUT", "/global-parameters/NAME", `{"value":1}`},
		"a key":             {"POST", "/bindings/%2f/e/amq.direct/e/amq.fanout", `{"routing_key":"NAME"}`},
		"a key of a record": {"POST", "/exchanges/%2f/amq.direct/publish", `{"routing_key":"NAME","properties":{},"payload":"","payload_encoding":"string"}`},
		"definitions":       {"POST", "/definitions", `{"queues":[{"name":"NAME","vhost":"/"}]}`},
		"a definition":      {"POST", "/definitions/%2f", `{"bindings":[{"source":"amq.direct","destination":"amq.fanout","destination_type":"exchange","routing_key":"NAME"}]}`},
	} {
		with := func(name string) (int, string) {
			return do(at[0], strings.ReplaceAll(at[1], "NAME", name), strings.ReplaceAll(at[2], "NAME", name))
		}
		if status, said := with(long); status != http.StatusBadRequest || !strings.Contains(said, "of 256 bytes") {
			t.Errorf("%s of 256 bytes: %d %.100s", what, status, said)
		}
		if status, said := with(fits); status >= 300 {
			t.Errorf("%s of 255 bytes: %d %.100s", what, status, said)
		}
	}
	for _, pattern := range []string{strings.Repeat("x{1000}", 3), strings.Repeat("x", 1001)} {
		if status, said := do("PUT", "/policies/%2f/p", `{"pattern":"`+pattern+`","definition":{"max-length":1}}`); status != http.StatusBadRequest {
			t.Errorf("a policy of %d bytes: %d %.100s", len(pattern), status, said)
		}
	}
}

// TestLimitsOfOneUser: who asks for one user's limits is told no other's.
func TestLimitsOfOneUser(t *testing.T) {
	l := start(t)
	do := asks(t, manage(t, l))
	do("PUT", "/users/ann", `{"password":"x","tags":""}`)
	do("PUT", "/users/bob", `{"password":"x","tags":""}`)
	do("PUT", "/user-limits/ann/max-channels", `{"value":1}`)
	do("PUT", "/user-limits/guest/max-channels", `{"value":2}`)
	const ann, guest = `{"user":"ann","value":{"max-channels":1}}`, `{"user":"guest","value":{"max-channels":2}}`
	for path, want := range map[string]string{"/user-limits": "[" + ann + "," + guest + "]", "/user-limits/ann": "[" + ann + "]", "/user-limits/bob": "[]"} {
		if status, said := do("GET", path, ""); status != http.StatusOK || strings.TrimSpace(said) != want {
			t.Errorf("%s: %d %s, want %s", path, status, said, want)
		}
	}
	if status, _ := do("GET", "/user-limits/nobody", ""); status != http.StatusNotFound {
		t.Errorf("the limits of nobody: %d", status)
	}
}

// TestDefinitionsLeaveOutWhatIsExclusive: a queue that goes with its connection could not
// be set up again, and neither could its bindings.
func TestDefinitionsLeaveOutWhatIsExclusive(t *testing.T) {
	l := start(t)
	do := asks(t, manage(t, l))
	_, ch := dial(t, l.url())
	for name, exclusive := range map[string]bool{"mine": true, "ours": false} {
		_, err := ch.QueueDeclare(name, false, false, exclusive, false, nil)
		must(t, err)
		must(t, ch.QueueBind(name, "k", "amq.direct", false, nil))
	}
	must(t, ch.ExchangeBind("amq.fanout", "k", "amq.direct", false, nil))
	for _, path := range []string{"/definitions", "/definitions/%2f"} {
		_, said := do("GET", path, "")
		if strings.Contains(said, `"mine"`) || strings.Count(said, `"destination":"ours"`) != 1 || strings.Count(said, `"destination":"amq.fanout"`) != 1 {
			t.Errorf("%s: %s", path, said)
		}
	}
}
