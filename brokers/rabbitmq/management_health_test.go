package rabbitmq_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
)

// healthWishes are what monitors ask.
var healthWishes = []wish{
	{"guest:guest", "PUT", "/vhosts/lab", "{}"},
	{"guest:guest", "PUT", "/users/ann", `{"password":"p","tags":"monitoring"}`},
	{"guest:guest", "PUT", "/users/cid", `{"password":"p","tags":"management"}`},
	{"guest:guest", "PUT", "/permissions/lab/cid", `{"configure":"^c","write":".*","read":".*"}`},
	{"guest:guest", "GET", "/health/checks/alarms", ""},
	{"", "GET", "/health/checks/alarms", ""},
	{"ann:p", "GET", "/health/checks/alarms", ""},
	{"cid:p", "GET", "/health/checks/alarms", ""},
	{"guest:guest", "POST", "/health/checks/alarms", "{}"},
	{"guest:guest", "GET", "/health/checks/local-alarms", ""},
	{"guest:guest", "GET", "/health/checks/virtual-hosts", ""},
	{"guest:guest", "GET", "/health/checks/node-is-mirror-sync-critical", ""},
	{"guest:guest", "GET", "/health/checks/node-is-quorum-critical", ""},
	{"cid:p", "GET", "/health/checks/node-is-quorum-critical", ""},
	{"guest:guest", "GET", "/health/checks/certificate-expiration/1/weeks", ""},
	{"guest:guest", "GET", "/health/checks/certificate-expiration/1/fortnights", ""},
	{"guest:guest", "GET", "/health/checks/certificate-expiration/one/weeks", ""},
	{"guest:guest", "GET", "/health/checks/port-listener/1", ""},
	{"guest:guest", "GET", "/health/checks/port-listener/70000", ""},
	{"guest:guest", "GET", "/health/checks/port-listener/-1", ""},
	{"guest:guest", "GET", "/health/checks/port-listener/one", ""},
	{"guest:guest", "GET", "/health/checks/certificate-expiration/0/days", ""},
	{"guest:guest", "GET", "/health/checks/certificate-expiration/-1/days", ""},
	{"guest:guest", "GET", "/health/checks/protocol-listener/amqp091", ""},
	{"guest:guest", "GET", "/health/checks/protocol-listener/amqp", ""},
	{"guest:guest", "GET", "/health/checks/protocol-listener/AMQP", ""},
	{"guest:guest", "GET", "/health/checks/protocol-listener/amqp0-9-1", ""},
	{"guest:guest", "GET", "/health/checks/protocol-listener/amqp0.9.1", ""},
	{"guest:guest", "GET", "/health/checks/protocol-listener/amqp10", ""},
	{"guest:guest", "GET", "/health/checks/protocol-listener/amqps", ""},
	{"guest:guest", "GET", "/health/checks/protocol-listener/http", ""},
	{"guest:guest", "GET", "/health/checks/protocol-listener/mqtt", ""},
	{"guest:guest", "GET", "/health/checks/nothing", ""},
	{"guest:guest", "GET", "/healthchecks/node", ""},
	{"guest:guest", "GET", "/healthchecks/node/rabbit@nowhere", ""},
	{"cid:p", "GET", "/healthchecks/node", ""},
	{"guest:guest", "GET", "/aliveness-test/lab", ""},
	{"guest:guest", "GET", "/queues/lab?columns=name,durable,auto_delete,exclusive,arguments", ""},
	{"guest:guest", "GET", "/aliveness-test/lab", ""},
	{"guest:guest", "GET", "/aliveness-test/none", ""},
	{"guest:guest", "PUT", "/aliveness-test/lab", "{}"},
	{"cid:p", "GET", "/aliveness-test/lab", ""},
	{"cid:p", "GET", "/aliveness-test/%2F", ""},
	{"ann:p", "GET", "/aliveness-test/lab", ""},
	{"guest:guest", "DELETE", "/queues/lab/aliveness-test", ""},
	{"guest:guest", "PUT", "/policies/lab/none", `{"pattern":"^aliveness-test$","definition":{"max-length":0},"apply-to":"queues"}`},
	{"guest:guest", "PUT", "/queues/lab/aliveness-test", "{}"},
	{"guest:guest", "GET", "/aliveness-test/lab", ""}, // what it publishes is dropped
	{"guest:guest", "DELETE", "/policies/lab/none", ""},
	{"guest:guest", "DELETE", "/queues/lab/aliveness-test", ""},
	{"guest:guest", "PUT", "/queues/lab/aliveness-test", `{"durable":true}`},
	{"guest:guest", "GET", "/aliveness-test/lab", ""},
	{"guest:guest", "DELETE", "/queues/lab/aliveness-test", ""},
	{"cid:p", "GET", "/aliveness-test/lab", ""},
	{"guest:guest", "DELETE", "/users/ann", ""},
	{"guest:guest", "DELETE", "/users/cid", ""},
	{"guest:guest", "DELETE", "/vhosts/lab", ""},
}

// grantHealth makes the wishes of monitors, and says what is answered.
func grantHealth(t testing.TB, base string, rest time.Duration) []string {
	return grantAll(t, base, healthWishes, rest)
}

// TestHealth: a memory alarm makes the checks fail, with the status that monitors look at;
// and a listener is found by its port.
func TestHealth(t *testing.T) {
	l := start(t, func(c *rabbitmq.Config) { c.Quota.Bytes = 100_000 })
	base := manage(t, l)
	get := asks(t, base)
	port := base[strings.LastIndexByte(base, ':')+1:]
	if status, said := get("GET", "/health/checks/port-listener/"+port, ""); status != http.StatusOK || !strings.Contains(said, port) {
		t.Errorf("the port of the management: %d %s", status, said)
	}
	_, ch := dial(t, l.url())
	s := newScript(t, l.url())
	s.queue(ch, "q", nil)
	must(t, ch.Confirm(false))
	done, err := ch.PublishWithDeferredConfirm("", "q", false, false, amqp.Publishing{Body: make([]byte, 90_000)})
	must(t, err)
	done.Wait()
	for _, check := range []string{"alarms", "local-alarms"} {
		if status, said := get("GET", "/health/checks/"+check, ""); status != http.StatusServiceUnavailable || !strings.Contains(said, `"resource":"memory"`) {
			t.Errorf("%s: %d %s, want a memory alarm", check, status, said)
		}
	}
	_, err = ch.QueuePurge("q", false)
	must(t, err)
	if status, said := get("GET", "/health/checks/alarms", ""); status != http.StatusOK {
		t.Errorf("after the purge: %d %s", status, said)
	}
}
