package rabbitmq

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
)

// FuzzManagement sends any body, and any path: whatever is refused, it is not with a
// failure of ours.
func FuzzManagement(f *testing.F) {
	f.Add("PUT", "/api/queues/%2F/q", []byte(`{"durable":"true","arguments":{"x-max-length":3,"deep":[{"a":null},1.5]}}`))
	f.Add("PUT", "/api/exchanges/%2F/x", []byte(`{"type":"topic","arguments":[]}`))
	f.Add("POST", "/api/bindings/%2F/e/amq.topic/q/q", []byte(`{"routing_key":"a.#","arguments":{"n":1}}`))
	f.Add("POST", "/api/exchanges/%2F/amq.default/publish", []byte(`{"routing_key":"q","properties":{"headers":{"x":[]},"priority":300},"payload":"x","payload_encoding":"string"}`))
	f.Add("POST", "/api/queues/%2F/q/get", []byte(`{"count":"1e9","ackmode":"ack_requeue_true","encoding":"auto"}`))
	f.Add("PUT", "/api/users/ann", []byte(`{"password":"p","tags":[1,null]}`))
	f.Add("PUT", "/api/permissions/%2F/ann", []byte(`{"configure":"(","write":null,"read":3}`))
	f.Add("PUT", "/api/policies/%2F/p", []byte(`{"pattern":"x{9}|(y*)+","definition":{"max-length":1,"ha-params":[1],"dead-letter-exchange":""},"priority":"1","apply-to":"queues"}`))
	f.Add("PUT", "/api/vhost-limits/%2F/max-queues", []byte(`{"value":1e300}`))
	f.Add("PUT", "/api/user-limits/guest/max-channels", []byte(`{"value":-1}`))
	f.Add("PUT", "/api/parameters/vhost-limits/%2F/limits", []byte(`{"value":{"max-queues":2,"max-connections":null}}`))
	f.Add("PUT", "/api/global-parameters/g", []byte(`{"value":{"a":[null]}}`))
	f.Add("DELETE", "/api/parameters/vhost-limits/%2F/limits", []byte{})
	f.Add("POST", "/api/definitions", []byte(`{"users":[{"name":"a","tags":[],"password_hash":"","limits":{"max-channels":1}}],"vhosts":[{"name":"v"}],`+
		`"permissions":[{"user":"a","vhost":"v","configure":"","write":".*","read":"("}],"topic_permissions":[],"parameters":[{"component":"vhost-limits","name":"limits","value":{},"vhost":"v"}],`+
		`"global_parameters":[{"name":"g","value":[]}],"policies":[{"name":"p","pattern":"","definition":{"expires":1},"vhost":"/"}],`+
		`"queues":[{"name":"q","vhost":"/","durable":false,"arguments":{"x-overflow":"drop-head"}}],"exchanges":[{"name":"x","type":"headers","vhost":"/"}],`+
		`"bindings":[{"source":"x","destination":"q","destination_type":"queue","routing_key":"","vhost":"/","arguments":{"x-match":"any"}}]}`))
	f.Add("POST", "/api/definitions/%2F", []byte(`{"queues":[{"name":"r","arguments":[]}],"bindings":[{"source":"","destination":"r","destination_type":"exchange","routing_key":"r"}]}`))
	f.Add("GET", "/api/queues?columns=a.b,,name&sort=arguments.x&page=-1&page_size=0", []byte{})
	f.Add("GET", "/api/queues?page=9223372036854775807&page_size=500", []byte{})
	clock := brokers.RealClock()
	f.Fuzz(func(t *testing.T, method, path string, body []byte) {
		req, err := http.NewRequest(method, "http://localhost"+path, bytes.NewReader(body))
		if err != nil || req.URL.Host != "localhost" {
			return
		}
		req.SetBasicAuth("guest", "guest")
		req.RequestURI = path
		journal := brokers.NewJournal(1000, brokers.Forget, clock)
		b := New(Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota()})
		if err := b.Apply([]brokers.Action{
			{Do: "declare", With: map[string]any{"queue": "q"}}, {Do: "publish", With: map[string]any{"key": "q", "body": "x"}},
		}); err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		b.seq.Do(func() { b.management().ServeHTTP(answer, req) })
		if answer.Code == http.StatusInternalServerError {
			t.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
